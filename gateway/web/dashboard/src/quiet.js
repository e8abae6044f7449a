/*
 * quiet.js - since when nothing urgent happened
 *
 *   watchQuiet(store)    asks the journal at first, and after each urgent alarm
 *   quietSince(store)    ms, or null: not known (yet)
 *
 * The journal is read backwards to its last event of a P1; one without any tells
 * of the time since it begins.  Not further back than PAGES: then it is at
 * least as long as to the last row seen.
 */
import { countOf } from './alarms.js';

const PAGES = 5;
const ROWS = 1000;
const RETRY_MS = 30000;

async function page(before) {
	const answer = await fetch(`/api/v1/journal?limit=${ROWS}` + (before ? `&before=${before}` : ''), { cache: 'no-store' });
	if (!answer.ok)
		throw new Error('journal: ' + answer.status);
	return answer.json();
}

async function lookBack() {
	let before = null, seen = null;
	for (let i = 0; i < PAGES; i++) {
		const { events, next } = await page(before);
		const urgent = events.find((e) => e.severity === 'P1');
		if (urgent)
			return urgent.ts;
		if (events.length)
			seen = events[events.length - 1].ts;
		if (!next)
			break;
		before = next;
	}
	return seen;
}

export const quietSince = (store) => (store.state.quiet === undefined ? null : store.state.quiet);

export function watchQuiet(store) {
	let asked = false, timer = 0;

	async function ask() {
		timer = 0;
		try {
			store.set({ quiet: await lookBack() });
		} catch (e) {
			timer = timer || setTimeout(ask, RETRY_MS);
		}
	}

	store.subscribe((state) => {
		if (!state.known)
			return;
		if (countOf(store.alarms(), 'P1'))
			asked = false; // what was known is over
		else if (!asked) {
			asked = true;
			ask();
		}
	});
}
