/*
 * history.js - today's highest load of each transformer, from the gateway's history
 *
 *   watchPeaks(store)    asks at first and each quarter of an hour, into state.peaks:
 *                        Map(device -> {v, ts, least})
 *   midnightOf(now, zone)     when the site's day began; pure
 *   peakOf(rows, from, now)   of quarters of an hour: the highest mean, or null; pure.
 *                        least: some of them are missing, so it was at least that high
 *
 * The quarter that runs is no mean yet.  A gateway without a history, or one
 * that does not answer, leaves the peaks as they were.
 */
import { clock } from './format.js';
import { zoneOf } from './zone.js';

const QUARTER_MS = 15 * 60 * 1000;
const SETTLE_MS = 20 * 1000; // the history is a moment behind the clock
const RETRY_MS = 60 * 1000;
const WHOLE = 0.8; // of a quarter: below that it counts as missing

/* Good on all days but those two on which a zone changes its clocks. */
export function midnightOf(now, zone) {
	const [h, m, s] = clock(now, zone).split(':').map(Number);
	return now - (now % 1000) - ((h * 60 + m) * 60 + s) * 1000;
}

export function peakOf(rows, from, now) {
	const done = rows.filter((r) => r.t + QUARTER_MS <= now && typeof r.mean === 'number');
	const whole = done.filter((r) => r.coverage >= WHOLE);
	const top = done.reduce((best, r) => (best === null || r.mean > best.mean ? r : best), null);

	return top && { v: top.mean, ts: top.t, least: whole.length < Math.floor((now - from) / QUARTER_MS) };
}

async function ask(device, from, now) {
	const answer = await fetch(`/api/v1/history?point=${device.id}/load&from=${from}&to=${Math.floor(now)}&step=15m`, { cache: 'no-store' });
	if (!answer.ok)
		throw new Error('history: ' + answer.status);
	return peakOf((await answer.json()).rows, from, now);
}

export function watchPeaks(store) {
	async function look() {
		const now = store.now(), from = midnightOf(now, zoneOf(store.state)), peaks = new Map();
		for (const d of store.state.devices.filter((x) => x.kind === 'transformer' && x.points.load)) {
			const peak = await ask(d, from, now);
			if (peak)
				peaks.set(d.id, peak);
		}
		store.set({ peaks });
	}

	function again() {
		if (!store.state.known || !store.state.devices.length || store.state.link !== 'live') {
			setTimeout(again, 1000);
			return;
		}
		look().then(
			() => setTimeout(again, QUARTER_MS - (store.now() % QUARTER_MS) + SETTLE_MS),
			() => setTimeout(again, RETRY_MS));
	}

	again();
}
