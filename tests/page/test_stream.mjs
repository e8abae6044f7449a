/* The way in, with a browser of our own whose time we turn. */
import assert from 'node:assert';
import { lifeOf, retryAfter, startStream } from '../../gateway/web/dashboard/src/stream.js';
import { makeStore } from '../../gateway/web/dashboard/src/store.js';
import { NOW, test } from './help.mjs';

const LIVES = [
	[0, 0, 'live', 'connection'], [11999, 0, 'live', 'connection'], [12000, 0, 'late', 'connection'], [29999, 0, 'late', 'connection'],
	[30000, 0, 'dead', 'connection'], [100, 11999, 'live', 'connection'], [100, 12000, 'late', 'loop'], [100, 30000, 'dead', 'loop'],
	[40000, 40000, 'dead', 'connection'],
];
for (const [silent, loop, link, cause] of LIVES) {
	test(`silent for ${silent} ms, the loop ${loop} ms old: ${link}, for its ${cause}`, () =>
		assert.deepStrictEqual(lifeOf(silent, loop).slice(0, 2), [link, cause]));
}
test('tries are 1 2 4 8 15 15 .. s apart, never more, with jitter', () => {
	assert.deepStrictEqual([0, 1, 2, 3, 4, 5, 500].map((n) => retryAfter(n, 1)), [1000, 2000, 4000, 8000, 15000, 15000, 15000]);
	assert.strictEqual(retryAfter(4, 0), 11250);
});

/* ---- a browser ---- */

let slept_ms = 0; // of which a telephone's monotonic clock knows nothing
Date.now = () => NOW + now_ms + slept_ms;
let now_ms = 0, jobs = [], sources = [], number = 1;

class Source {
	constructor(url) {
		Object.assign(this, { url, closed: false, on: {} });
		sources.push(this);
	}
	addEventListener(name, f) { this.on[name] = f; }
	close() { this.closed = true; }
	say(name, data) { this.on[name]({ data: JSON.stringify(data) }); }
}

const later = (f, ms, again) => { jobs.push({ id: number, at: now_ms + ms, f, again: again ? ms : 0 }); return number++; };
const forget = (id) => { jobs = jobs.filter((j) => j.id !== id); };

/* The page's world, not node's: what the module takes from its browser. */
Object.defineProperty(globalThis, 'performance', { value: { now: () => now_ms }, configurable: true });
Object.assign(globalThis, { EventSource: Source, setTimeout: (f, ms) => later(f, ms), setInterval: (f, ms) => later(f, ms, true), clearTimeout: forget, clearInterval: forget,
	fetch: () => new Promise(() => {}) });

function pass(ms) {
	const until = now_ms + ms;
	for (;;) {
		const next = jobs.filter((j) => j.at <= until).sort((a, b) => a.at - b.at)[0];
		if (!next)
			break;
		now_ms = next.at;
		if (next.again)
			next.at += next.again;
		else
			forget(next.id);
		next.f();
	}
	now_ms = until;
}

function begin() {
	jobs = [];
	sources = [];
	const told = { lost: 0, builds: [] };
	const store = makeStore(() => {}, () => now_ms);
	startStream(store, { onLost: () => told.lost++, onBuild: (b) => told.builds.push(b) });
	return { store, told, last: () => sources[sources.length - 1] };
}

const beat = (more) => Object.assign({ ts: NOW, synced: true, build: 'a', loop_age_ms: 3, names: 1 }, more);

test('a stream that breaks is opened again, and again', () => {
	const { last, told } = begin();
	for (let i = 0; i < 50; i++) {
		last().onerror();
		pass(15000);
	}
	assert.ok(sources.length > 50);
	assert.ok(sources.slice(0, -1).every((s) => s.closed));
	assert.ok(told.lost >= 50);
});
test('after a heartbeat the tries begin anew with a second', () => {
	const { last } = begin();
	for (let i = 0; i < 8; i++) {
		last().onerror();
		pass(15000);
	}
	last().say('hb', beat());
	last().onerror();
	const before = sources.length;
	pass(1000);
	assert.strictEqual(sources.length, before + 1);
});
test('a connection that is open and silent is given up', () => {
	const { store, last } = begin();
	last().say('hb', beat());
	const first = last();
	pass(11000);
	assert.deepStrictEqual([first.closed, store.state.link], [false, 'live']);
	pass(3000);
	assert.deepStrictEqual([first.closed, store.state.link], [true, 'late']);
});
test('a page that never got through says so after 12 s, and dies after 30', () => {
	const { store } = begin();
	pass(11000);
	assert.strictEqual(store.state.link, 'start');
	pass(2000);
	assert.strictEqual(store.state.link, 'late');
	pass(18000);
	assert.strictEqual(store.state.link, 'dead');
});
test('it lives again with the first heartbeat, without being loaded anew', () => {
	const { store, last, told } = begin();
	last().say('hb', beat());
	pass(60000);
	assert.strictEqual(store.state.link, 'dead');
	last().say('hb', beat({ ts: NOW + 60000 }));
	assert.deepStrictEqual([store.state.link, told.builds.length], ['live', 0]);
});
test('a gateway that talks and does not read is not alive', () => {
	const { store, last } = begin();
	for (let s = 0; s <= 35; s += 5) {
		last().say('hb', beat({ ts: NOW + s * 1000, loop_age_ms: s * 1000 }));
		pass(s < 35 ? 5000 : 0);
	}
	assert.deepStrictEqual([store.state.link, store.state.cause], ['dead', 'loop']);
});
test('a telephone that slept does not show as live what it knew before', () => {
	const { store, last } = begin();
	last().say('hb', beat());
	pass(1000);
	const before = last();
	slept_ms += 3600000;
	pass(500);
	assert.deepStrictEqual([store.state.link, before.closed], ['dead', true]);
	pass(1000);
	assert.notStrictEqual(last(), before);
	last().say('hb', beat({ ts: NOW + 3600000 }));
	assert.strictEqual(store.state.link, 'live');
});
test('another build is told, and the same is not', () => {
	const { last, told } = begin();
	last().say('hb', beat());
	last().say('hb', beat());
	last().onerror();
	pass(2000);
	last().say('hb', beat({ build: 'b' }));
	assert.deepStrictEqual(told.builds, ['b']);
});
test('a message that says nothing harms nothing', () => {
	const { store, last } = begin();
	last().say('point', {});
	last().say('alarm', {});
	assert.deepStrictEqual(store.alarms(), []);
});

/* ---- the model ---- */

const settle = () => new Promise((done) => setImmediate(done));
let asked = 0;
globalThis.fetch = () => {
	asked++;
	return Promise.resolve({ ok: false, status: 503 });
};
const { last: lastOf } = begin();
for (let i = 0; i < 6000; i++) {
	if (i % 53 === 0)
		lastOf().say('hb', beat());
	pass(100);
	await settle();
}
test('a model that does not come is asked for again and again, and not more and more often', () => {
	assert.ok(asked > 200, asked);
	assert.ok(jobs.length < 10, jobs.length); // what waits does not grow
});
