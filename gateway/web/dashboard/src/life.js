/*
 * life.js - dataAge(store): ms since anything was read last, or null; pure
 *
 * Also while all else stands still.  The newest of all points: one device that is silent makes its own values old,
 * all of them together make the page's data old.
 */
export function dataAge(store) {
	let newest = null;
	for (const d of store.state.devices) {
		for (const p of Object.keys(d.points)) {
			const v = store.valueOf(d.id, p);
			if (v && v.ts !== null && (newest === null || v.ts > newest))
				newest = v.ts;
		}
	}
	return newest === null ? null : Math.max(0, store.running() - newest);
}
