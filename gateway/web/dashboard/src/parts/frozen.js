/*
 * parts/frozen.js - the page's own death, told on every page
 *
 *   setFrozen(store)   shows or hides #frozen-banner by the link's state.  The
 *                      look of values is by body[data-link] in the style sheet.
 */
import { h, setText } from '../dom.js';
import { clock } from '../format.js';
import { isRefused } from '../session.js';
import { t } from '../words.js';
import { zoneOf } from '../zone.js';

const what = h('strong');
const why = h('span');
const since = h('b', { class: 'frozen-since', 'aria-hidden': 'true' });
const banner = h('div', { id: 'frozen-banner', hidden: true }, h('span', { role: 'alert' }, what, ' ', why), since);

export function setFrozen(store) {
	const { link, cause, silent_ms, hb, me } = store.state;
	const frozen = link === 'late' || link === 'dead';

	if (!banner.parentNode)
		document.body.prepend(banner);
	banner.hidden = !frozen;
	if (!frozen)
		return;
	setText(what, hb ? t('frozen.title', { at: clock(hb.ts - (hb.loop_age_ms || 0), zoneOf(store.state)) }) : t('head.dead'));
	setText(why, t('frozen.' + (isRefused(me) ? 'refused' : cause)));
	setText(since, link === 'dead' ? t('frozen.dead', { s: Math.floor(silent_ms / 1000) }) : '');
}
