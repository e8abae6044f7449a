/* help.mjs - test(sentence, f): one check that is counted; f throws if it fails.
 * An estate and a clock to play with. */
import { makeStore } from '../../gateway/web/dashboard/src/store.js';

export function test(sentence, f) {
	try {
		f();
		console.log(`ok  - page: ${sentence}`);
	} catch (e) {
		console.log(`FAIL- page: ${sentence}  [${String(e.message).replace(/\s+/g, ' ').slice(0, 300)}]`);
		process.exitCode = 1;
	}
}

export const NOW = 1795291200000; // 2026-11-22 04:00 in Shanghai

/* A store whose server says that it is NOW; frames are drawn by draw(). */
export function stage(devices) {
	const clock = { ms: 1000 };
	const frames = [];
	const store = makeStore((f) => frames.push(f), () => clock.ms);
	store.takeModel({ id: 's', name: { zh: '小区', en: 'Estate' } }, devices);
	store.takeHeartbeat({ ts: NOW, synced: true, build: 'a', loop_age_ms: 0 });
	return { store, clock, draw: () => frames.splice(0).forEach((f) => f()) };
}

export const good = (v, age = 1000) => ({ v, q: 'good', ts: NOW - age });
export const none = (q, age = 1000) => ({ v: null, q, ts: NOW - age });
