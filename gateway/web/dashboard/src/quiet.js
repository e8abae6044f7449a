/*
 * quiet.js - since when nothing urgent happened
 *
 *   watchQuiet(store)    asks the journal at first, after each urgent alarm, and after each time the gateway
 *                        was not heard: one may have come and gone meanwhile
 *   quietSince(store)    ms, or null: not known (yet), or less than a minute
 *
 * The journal is read backwards to its last event of a P1; one without any tells
 * of the time since it begins.  Not further back than PAGES: then it is at
 * least as long as to the last row seen.
 */
import { countOf } from './alarms.js';

const PAGES = 5;
const ROWS = 1000;
const RETRY_MS = 30000;
const CALM_MS = 60 * 1000; // nothing is said of the first minute

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

export function quietSince(store) {
	const { quiet } = store.state;
	return quiet !== null && store.now() - quiet >= CALM_MS ? quiet : null;
}

export function watchQuiet(store) {
	let count = 0, asked = 0, timer = 0; // asked: which question is open or answered, or 0

	async function ask(number) {
		try {
			const quiet = await lookBack();
			if (number === asked)
				store.set({ quiet });
		} catch (e) {
			clearTimeout(timer);
			timer = setTimeout(() => number === asked && ask(number), RETRY_MS);
		}
	}

	/* What was known is over, and so is what is being asked. */
	function forget() {
		if (store.state.quiet !== null)
			store.set({ quiet: null });
		asked = 0;
	}

	store.subscribe((state) => {
		if (!state.known)
			return;
		if (state.link !== 'live' || countOf(store.alarms(), 'P1')) {
			forget();
		} else if (!asked) {
			asked = ++count;
			ask(asked);
		}
	});
}
