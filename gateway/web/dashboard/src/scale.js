/*
 * scale.js - what is normal, as a part of a bar; pure
 *
 *   LOAD_MAX              where a bar of loads ends, in %
 *   bandOf(normal, top)   of a scale from 0 to top: [from, to] as shares of it, or null: there is none.
 *                         normal: {low, high}, or null; an end that it has not is the scale's
 */
export const LOAD_MAX = 120;

export function bandOf(normal, top) {
	if (!normal || top === null)
		return null;
	const { low = 0, high = top } = normal;
	const from = Math.max(0, low / top), to = Math.min(1, high / top);
	return from < to ? [from, to] : null;
}
