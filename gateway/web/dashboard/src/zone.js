/* zone.js - zoneOf(state): the site's time zone, whatever the browser's is */
const DEFAULT = 'Asia/Shanghai';

export const zoneOf = (state) => (state.site && state.site.timezone) || DEFAULT;
