/* own.js - own(o, key): what an object has of its own under a name that came from outside, or undefined.
 * "constructor" is a name like any other. */
export const own = (o, key) => (o && Object.prototype.hasOwnProperty.call(o, key) ? o[key] : undefined);
