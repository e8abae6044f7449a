import assert from 'node:assert';
import { dataAge } from '../../gateway/web/dashboard/src/life.js';
import { NOW, good, none, stage, test } from './help.mjs';

const DEVICES = [{ id: 'tx-1', kind: 'transformer', name: { zh: 'T1' }, points: { load: { unit: '%' } } }];

test('what is asked for elsewhere is not known at first', () => {
	const { me, quiet, contacts, peaks } = stage(DEVICES).store.state;
	assert.deepStrictEqual([me, quiet, contacts, peaks.size], [null, null, null, 0]);
});
test('a whole state forgets what was there', () => {
	const { store } = stage(DEVICES);
	store.takePoints({ full: true, points: { old: { p: good(1) }, 'tx-1': { load: good(1), gone: good(2) } }, online: { old: true } });
	store.takePoints({ full: true, points: { 'tx-1': { load: good(2) } }, online: {} });
	assert.deepStrictEqual([store.valueOf('old', 'p'), store.isOnline('old'), store.valueOf('tx-1', 'gone'), store.valueOf('tx-1', 'load').v],
		[undefined, undefined, undefined, 2]);
});
test('the gateway itself is none of the estate, and makes nothing of it young', () => {
	const { store } = stage([...DEVICES, { id: 'gateway', kind: 'gateway', name: { zh: '网关' }, points: { disk_used: { unit: '%' } } }]);
	store.takePoints({ full: true, points: { 'tx-1': { load: good(1, 60000) }, gateway: { disk_used: good(30, 0) } }, online: { 'tx-1': true, gateway: true } });
	assert.deepStrictEqual(store.state.devices.map((d) => d.id), ['tx-1']);
	assert.strictEqual(dataAge(store), 60000);
});
test('a change leaves the rest as it is', () => {
	const { store } = stage(DEVICES);
	store.takePoints({ full: true, points: { 'tx-1': { load: good(1), x: good(7) } }, online: { 'tx-1': true } });
	store.takePoints({ points: { 'tx-1': { load: good(2) } } });
	assert.deepStrictEqual([store.valueOf('tx-1', 'load').v, store.valueOf('tx-1', 'x').v, store.isOnline('tx-1')], [2, 7, true]);
});
test('of what is not known any more the last value is what the gateway says, also to a page that has just come', () => {
	const { store } = stage(DEVICES);
	store.takePoints({ full: true, points: { 'tx-1': { load: { ...none('bad:timeout', 9000), last: 42 }, x: none('never', 0) } } });
	assert.strictEqual(store.valueOf('tx-1', 'x').last, null);
	assert.deepStrictEqual(store.valueOf('tx-1', 'load').last, { v: 42, ts: NOW - 9000 });
	store.takePoints({ points: { 'tx-1': { load: good(43, 0) } } });
	assert.strictEqual(store.valueOf('tx-1', 'load').last, null);
});
test('names that a script knows are names like others', () => {
	const { store } = stage(DEVICES);
	assert.strictEqual(store.valueOf('constructor', 'valueOf'), undefined);
	store.takePoints(JSON.parse('{"full":true,"points":{"constructor":{"__proto__":{"v":1,"q":"good","ts":1}}}}'));
	assert.strictEqual(store.valueOf('constructor', '__proto__').v, 1);
	assert.strictEqual({}.v, undefined);
});
test('time is the server\'s, whatever the phone says, and goes on between heartbeats', () => {
	const { store, clock } = stage(DEVICES);
	assert.strictEqual(store.now(), NOW);
	clock.ms += 2500;
	assert.strictEqual(store.now(), NOW + 2500);
	store.takeHeartbeat({ ts: NOW + 60000 });
	assert.strictEqual(store.now(), NOW + 60000);
});
test('time stands while the connection is dead, and is right again after', () => {
	const { store, clock } = stage(DEVICES);
	clock.ms += 30000;
	store.setLink('dead', 'connection', 30000);
	clock.ms += 50000;
	assert.strictEqual(store.now(), NOW + 30000);
	store.takeHeartbeat({ ts: NOW + 81000 });
	store.setLink('live', 'connection', 0);
	assert.strictEqual(store.now(), NOW + 81000);
});
test('alarms come, change and go by device and name', () => {
	const { store } = stage(DEVICES);
	store.takeAlarms({ full: true, alarms: [{ device: 'a', alarm: 'x', state: 'UNACK' }, { device: 'b', alarm: 'x', state: 'UNACK' }] });
	store.takeAlarms({ alarms: [{ device: 'a', alarm: 'x', state: 'ACKED' }], gone: ['b/x', 'c/x'] });
	assert.deepStrictEqual(store.alarms().map((a) => a.device + a.state), ['aACKED']);
	store.takeAlarms({ full: true, alarms: [] });
	assert.deepStrictEqual(store.alarms(), []);
});
test('who looks is told once a frame, whatever came', () => {
	const { store, draw } = stage(DEVICES);
	let told = 0;
	store.subscribe(() => told++);
	for (let i = 0; i < 100; i++)
		store.takePoints({ points: { 'tx-1': { load: good(i) } } });
	assert.strictEqual(told, 0);
	draw();
	assert.strictEqual(told, 1);
});
test('the data are as old as the newest of all points', () => {
	const { store, clock } = stage(DEVICES);
	assert.strictEqual(dataAge(store), null);
	store.takePoints({ full: true, points: { 'tx-1': { load: good(1, 4000) } } });
	clock.ms += 1500;
	assert.strictEqual(dataAge(store), 5500);
});
