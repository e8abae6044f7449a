import assert from 'node:assert';
import { lifts, transformers, waters } from '../../gateway/web/dashboard/src/estate.js';
import { midnightOf, peakOf } from '../../gateway/web/dashboard/src/history.js';
import { fittedBars, loadBars, mostOf, scaleOf, waterBars } from '../../gateway/web/dashboard/src/wall/bars.js';
import { dangerOf, fitted, sizeOf, summary, tilesOf } from '../../gateway/web/dashboard/src/wall/lifts.js';
import { cornerOf, isNight, isReloadTime } from '../../gateway/web/dashboard/src/wall/night.js';
import { floodOf, slotsOf } from '../../gateway/web/dashboard/src/wall/slots.js';
import { useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { NOW, good, none, stage, test } from './help.mjs';

const MIN = 60000, QUARTER = 15 * MIN, ZONE = 'Asia/Shanghai';
const name = (s) => ({ zh: s, en: s });
const points = (...names) => Object.fromEntries(names.map((n) => [n, { unit: { load: '%', pressure: 'MPa', active_power: 'kW' }[n] }]));
const LIFT = points('floor', 'floor_label', 'direction', 'door', 'service_mode', 'supply');
const lift = (b, s) => ({ id: `lift-${b}-${s}`, kind: 'elevator', name: name(`${b}号楼`), place: { building: b, stair: s }, points: LIFT });
const waiting = { floor: good(4), floor_label: good('4'), direction: good('none'), door: good('closed'), service_mode: good('normal'), supply: good('ok') };
const alarm = (device, severity, of) => ({ device, alarm: 'fault', state: 'UNACK', active: true, severity, since: NOW - MIN, text: name(device), ...of });
const AT = { now: NOW, zone: ZONE, name: (id) => id, label: (id) => id };

useLanguage('zh');

/* ---- how large ---- */

const SIZES = [[1, 'huge', 2], [4, 'huge', 2], [5, 'big', 4], [24, 'big', 4], [25, 'medium', 8], [60, 'medium', 8], [61, 'compact', 11], [85, 'compact', 11], [96, 'compact', 12]];
for (const [n, size, columns] of SIZES) {
	test(`${n} lifts are ${size}, in ${columns} columns, and all there`, () => {
		const s = sizeOf(n);
		assert.deepStrictEqual([s.size, s.columns, s.room >= n], [size, columns, true]);
	});
}
test('of more lifts than there is room for the worst are shown, and the others counted', () => {
	const tiles = Array.from({ length: 200 }, (_, i) => ({ device: i, badness: i === 190 ? 0 : 9 }));
	const [shown, left] = fitted(tiles, sizeOf(200).room);
	assert.ok(shown.some((v) => v.device === 190));
	assert.strictEqual(shown.length + left, 200);
});

/* ---- a tile ---- */

function tileOf(values, alarms, size) {
	const { store } = stage([lift('7', '2')]);
	store.takePoints({ full: true, points: { 'lift-7-2': { ...waiting, ...values } }, online: { 'lift-7-2': true } });
	store.takeAlarms({ full: true, alarms: alarms || [] });
	return tilesOf(store, lifts(store), size || 'compact')[0];
}

const STALE = { v: 4, q: 'stale', ts: NOW - 4 * MIN };
const gone = (q) => Object.fromEntries(Object.keys(waiting).map((k) => [k, none(q, 4 * MIN)]));
const old = Object.fromEntries(Object.keys(waiting).map((k) => [k, STALE]));
const CUT = { alarm: 'power_cut', phases: [1, 2, 3] };
const car = (of) => ({ car: 'lift-7-2', moving: false, occupied: 'no', floor: 4, age: 500, back: false, checked: null, ...of });
const cutOf = (c) => [alarm('tx-1', 'P1', { ...CUT, cars: [car(c)] })];

const TILES = [ // values, alarms, floor, word, level, quality
	['a lift that waits', {}, [], '4', '关', null, 'good'],
	['a value in doubt', { floor_label: { v: '4', q: 'uncertain:range', ts: NOW } }, [], '4?', '关', null, 'uncertain'],
	['an old value', old, [], '4', '4分前', null, 'stale'],
	['no value', gone('bad:timeout'), [], '—', '断线', null, 'bad'],
	['never a value', gone('never'), [], '', '未接入', null, 'never'],
	['a lift that was put out of use', gone('disabled'), [], '', '停用', null, 'disabled'],
	['a simulated value', { floor_label: { v: '4', q: 'simulated', ts: NOW } }, [], '4', '模拟', null, 'simulated'],
	['inspection', { service_mode: good('inspection') }, [], '4', '检修', null, 'good'],
	['no power', { supply: good('lost') }, [], '4', '停电', null, 'good'],
	['an entrapment', {}, [alarm('lift-7-2', 'P1', { alarm: 'entrapment' })], '4', '困人', 'P1', 'good'],
	['an entrapment in a silent lift', gone('bad:timeout'), [alarm('lift-7-2', 'P1', { alarm: 'entrapment' })], '—', '困人', 'P1', 'bad'],
	['nothing of an alarm that is over', {}, [alarm('lift-7-2', 'P1', { state: 'RTNUN', active: false })], '4', '关', null, 'good'],
	['a hidden alarm', {}, [alarm('lift-7-2', 'P1', { shelved_until: NOW + MIN })], '4', '关', null, 'good'],
	['an empty car behind a power cut', {}, cutOf({}), '4', '停电', null, 'good'],
	['people in a car behind a power cut', {}, cutOf({ occupied: 'yes' }), '4', '有人', 'P1', 'good'],
	['a moving car of which nobody knows who is in it', {}, cutOf({ occupied: 'unknown', moving: true }), '4', '有人?', 'P1', 'good'],
	['people behind a power cut, and a lesser alarm', {}, cutOf({ occupied: 'yes' }).concat(alarm('lift-7-2', 'P2', { alarm: 'power_lost' })), '4', '有人', 'P1', 'good'],
	['a car that came back', {}, cutOf({ occupied: 'yes', back: true }), '4', '关', null, 'good'],
	['a car that somebody looked after', {}, cutOf({ occupied: 'yes', checked: { by: 'a', ts: NOW } }), '4', '关', null, 'good'],
];
for (const [what, values, alarms, floor, word, level, quality] of TILES) {
	test(`a tile tells ${what}`, () => {
		const v = tileOf(values, alarms);
		assert.deepStrictEqual([v.floor, v.word, v.level, v.quality], [floor, word, level, quality]);
	});
}
const doubtful = (v) => ({ v, q: 'uncertain:range', ts: NOW });
const OF = [ // the point and quality of the word
	['the door', {}, [], 'door', 'good'],
	['a door in doubt', { door: doubtful('closed') }, [], 'door', 'uncertain'],
	['the mode, whatever the door is', { service_mode: good('inspection'), door: doubtful('closed') }, [], 'service_mode', 'good'],
	['a mode in doubt', { service_mode: doubtful('inspection') }, [], 'service_mode', 'uncertain'],
	['a supply in doubt', { supply: doubtful('lost') }, [], 'supply', 'uncertain'],
	['the floor that is old', old, [], 'floor', 'stale'],
	['the mode that is simulated', { service_mode: { v: 'normal', q: 'simulated', ts: NOW } }, [], 'service_mode', 'simulated'],
	['no value but an alarm', { door: doubtful('closed') }, [alarm('lift-7-2', 'P1', { alarm: 'entrapment' })], null, null],
	['no value but a power cut', { door: doubtful('closed') }, cutOf({}), null, null],
];
for (const [what, values, alarms, point, quality] of OF) {
	test(`the word of a tile is of ${what}, and looks so`, () => {
		const v = tileOf(values, alarms);
		assert.deepStrictEqual([v.wordPoint, v.wordQuality], [point, quality]);
	});
}
test('the floor of a tile is of the point that says it', () => {
	assert.deepStrictEqual([tileOf({}).floorPoint, tileOf({ floor_label: good('') }).floorPoint], ['floor_label', 'floor']);
});
test('an empty car is in no danger, one that nobody knows of is', () => {
	assert.deepStrictEqual([car({}), car({ occupied: 'yes' }), car({ occupied: 'unknown', moving: null }), car({ occupied: 'unknown' }), car({ trapped: true })].map(dangerOf),
		[null, 'occupied', 'unknown', null, 'trapped']);
});
const OVER = (severity) => [alarm('lift-7-2', severity, { state: 'RTNUN', active: false })];
for (const [what, values, alarms, group] of [
	['a silent lift', gone('bad:timeout'), OVER('P1'), 'offline'],
	['a lift in inspection', { service_mode: good('inspection') }, OVER('P2'), 'inspection'],
	['a lift that runs', {}, OVER('P1'), 'running'],
])
	test(`${what} with an alarm that is over counts as what it is`, () => assert.strictEqual(tileOf(values, alarms).group, group));
test('a direction in doubt looks so', () => assert.strictEqual(tileOf({ direction: { v: 'up', q: 'uncertain:range', ts: NOW } }).glyphQuality, 'uncertain'));
test('each tile is counted once', () => {
	const tiles = TILES.map(([, values, alarms]) => tileOf(values, alarms));
	const sum = summary(tiles).match(/\d+/g).map(Number).reduce((a, b) => a + b, 0);
	assert.strictEqual(sum, TILES.length);
});
test('a large card has the whole name and whole words', () => {
	const v = tileOf({}, [], 'big');
	assert.deepStrictEqual([v.label, v.word], ['7号楼', '门 关']);
});

/* ---- the slots ---- */

const some = (n, severity, of) => Array.from({ length: n }, (_, i) => alarm(`${severity}-${i}`, severity, { since: NOW - (20 + i) * MIN, ...of }));
const slots = (list) => slotsOf(list, AT).map((s) => s.kind + (s.key ? ' ' + s.key : ''));

test('without an alarm three places are kept', () => assert.deepStrictEqual(slots([]), ['none', 'none', 'none']));
test('one alarm leaves two places', () => assert.deepStrictEqual(slots(some(1, 'P2')), ['alarm P2-0/fault', 'none', 'none']));
test('three alarms are all shown', () => assert.strictEqual(slots(some(3, 'P2')).filter((s) => s.startsWith('alarm')).length, 3));
test('of four the third place sums two', () => {
	const s = slotsOf(some(4, 'P2'), AT);
	assert.deepStrictEqual([s[2].kind, s[2].title], ['rest', '另有 2 项报警']);
});
test('what is not acknowledged stands before what is worse and taken', () => {
	const list = [alarm('taken', 'P1', { state: 'ACKED', ack: { by: 'a', ts: NOW } }), alarm('new', 'P3')];
	assert.deepStrictEqual(slots(list).slice(0, 2), ['alarm new/fault', 'alarm taken/fault']);
});
test('what is hidden is counted in the third place', () => {
	const s = slotsOf([alarm('a', 'P2'), alarm('b', 'P2', { shelved_until: NOW + MIN }), alarm('c', 'P2', { suppressed_by: 'x/y' })], AT);
	assert.strictEqual(s[2].title, '1 项已搁置 · 1 项被抑制');
});
test('a power cut lists its cars in their order, and is wide if it is alone', () => {
	const [s] = slotsOf([alarm('tx-1', 'P1', { ...CUT, cars: [car({ occupied: 'yes', moving: true }), car({ car: 'b' }), car({ car: 'c', back: true })] })], AT);
	assert.deepStrictEqual([s.wide, s.cars.map((c) => c.text)], [true, ['lift-7-2 行驶中有人', 'b 空', 'c ✓']]);
	assert.deepStrictEqual(s.cars.map((c) => c.danger), [true, false, false]);
});
test('there are always as many slots as fill the row', () => {
	for (let n = 0; n < 6; n++) {
		const list = slotsOf(some(n, 'P1').concat(n ? [alarm('tx-1', 'P1', { ...CUT, cars: [car({})] })] : []), AT);
		assert.strictEqual(list.reduce((w, s) => w + (s.wide ? 2 : 1), 0), 3, `${n}`);
	}
});
test('ten in ten minutes are no flood, eleven are', () => {
	const fresh = (n) => Array.from({ length: n }, (_, i) => alarm('d' + i, 'P3', { since: NOW - 5 * MIN }));
	assert.deepStrictEqual([floodOf(fresh(10), NOW), floodOf(fresh(11), NOW), floodOf(some(20, 'P3'), NOW)], [0, 11, 0]);
});
test('in a flood what can wait leaves the slots, and is counted', () => {
	const s = slotsOf(Array.from({ length: 11 }, (_, i) => alarm('d' + i, 'P3')).concat(alarm('u', 'P1')), AT);
	assert.deepStrictEqual([s[0].key, s[1].kind, s[2].title], ['u/fault', 'none', '另有 11 项报警']);
});

/* ---- bars ---- */

const pressureOf = (v, valid) => ({ device: { points: { pressure: { valid } } }, point: 'pressure', cell: { v } });
test('a pressure that cannot be sets no scale', () =>
	assert.deepStrictEqual([pressureOf(50, [0, 1.6]), pressureOf(1.6, [0, 1.6]), pressureOf(50, undefined), pressureOf(null, [0, 1.6])]
		.map((x) => mostOf([x], 0.3)), [0.3, 1.6, 50, 0.3]));

function estateOf(values, limits = {}) {
	const limited = (point) => ({ [point]: { ...points(point)[point], limits: limits[point] } });
	const { store } = stage([{ id: 'tx-1', kind: 'transformer', name: name('1号变'), points: limited('load') }, { id: 'tx-2', kind: 'transformer', name: name('2号变'), points: points('active_power') },
		{ id: 'w-1', kind: 'water', name: name('进水'), place: { building: '7', floors: 6 }, points: limited('pressure') }]);
	store.takePoints({ full: true, points: values, online: { 'tx-1': true, 'tx-2': true, 'w-1': true } });
	return store;
}

test('a load stands on 0 to 120 %, with its peak', () => {
	const store = estateOf({ 'tx-1': { load: good(60) } });
	store.set({ peaks: new Map([['tx-1', { v: 90, ts: NOW, least: true }]]) });
	const [b] = loadBars(transformers(store));
	assert.deepStrictEqual([b.text, b.at, b.peak, b.note, b.fill], ['60%', 0.5, 0.75, '峰 ≥90%', true]);
	store.set({ peaks: new Map([['tx-1', { v: 90, ts: midnightOf(NOW, ZONE) - QUARTER, least: true }]]) });
	assert.strictEqual(transformers(store)[0].peak, null); // the day is over
});
test('a load in doubt says so', () => assert.strictEqual(loadBars(transformers(estateOf({ 'tx-1': { load: { v: 104, q: 'uncertain:range', ts: NOW } } })))[0].text, '104%?'));
test('a transformer whose rating nobody gave has a number and no bar', () => {
	const b = loadBars(transformers(estateOf({ 'tx-2': { active_power: good(412) } })))[1];
	assert.deepStrictEqual([b.text, b.at, b.band], ['412 kW', null, null]);
});
test('a load that is not there has no bar', () => {
	const [b] = loadBars(transformers(estateOf({ 'tx-1': { load: none('bad:timeout') } })));
	assert.deepStrictEqual([b.text, b.at, b.note], ['—', null, '断线']);
});
const rounded = (band) => band && band.map((x) => Math.round(x * 1e6) / 1e6);
const waterBar = (limits, v = 0.2) => {
	const list = waters(estateOf({ 'w-1': { pressure: good(v) } }, { pressure: limits }));
	return waterBars(list, mostOf(list, 0))[0];
};
test('a water point without limits has no band', () => {
	const b = waterBar(undefined);
	assert.deepStrictEqual([b.text, b.at, b.band], ['0.20', 0.5, null]);
});
const BANDS = [ // of a scale to 0.4
	['both limits of its alarms', { low: 0.1, high: 0.3 }, [0.25, 0.75]],
	['a low one, and ends with the scale', { low: 0.1 }, [0.25, 1]],
	['a high one, and begins with the scale', { high: 0.3 }, [0, 0.75]],
	['what the scale holds of them', { low: -1, high: 0.55 }, [0, 1]],
	['nothing, if they are all beyond the scale', { low: 0.4, high: 0.6 }, null],
];
for (const [what, limits, band] of BANDS)
	test(`the band of a water point has ${what}`, () => assert.deepStrictEqual(rounded(waterBar(limits).band), band));
const NORMALS = [ // limits; what is said of them
	['both', { low: 0.1, high: 0.3 }, '正常 0.10–0.30 MPa'],
	['a low one', { low: 0.1 }, '正常 ≥0.10 MPa'],
	['a high one', { high: 0.3 }, '正常 ≤0.30 MPa'],
	['none', undefined, ''],
];
for (const [what, limits, words] of NORMALS)
	test(`what is normal of a water point stands in words, of ${what}`, () =>
		assert.strictEqual(waterBar(limits).title, ['进水', '0.20 MPa', words].filter(Boolean).join(' · ')));
test('and so of a load', () => {
	const [b] = loadBars(transformers(estateOf({ 'tx-1': { load: good(79) } })));
	assert.strictEqual(b.title, '1号变 · 负载率 79% · 合理 · 正常 20–80%');
});
test('where nothing is normal nothing is said of it', () => {
	const [b] = loadBars(transformers(estateOf({ 'tx-1': { load: good(15) } }, { load: { high: 10 } })));
	assert.strictEqual(b.title, '1号变 · 负载率 15% · 重载');
});
test('a pressure beyond all scales has no band', () => assert.deepStrictEqual([waterBar({ low: 0.1 }, 99).at, waterBar({ low: 0.1 }, 99).band], [null, null]));
const LOADS = [ // limits, load; the band in %, its word
	['is what grids call reasonable', undefined, 79, [20, 80], '合理'],
	['ends where its alarm begins', { high: 60 }, 61, [20, 60], '重载'],
	['begins where its alarm ends', { low: 5, high: 60 }, 6, [5, 60], '合理'],
	['leaves what is light', { high: 60 }, 6, [20, 60], '轻载'],
	['ends before what is too much', { high: 60 }, 101, [20, 60], '过载'],
	['makes nothing reasonable of what is too much', { high: 120 }, 110, [20, 120], '过载'],
	['is not there if its alarm begins below what is light', { high: 10 }, 15, null, '重载'],
];
for (const [what, limits, load, band, word] of LOADS) {
	test(`the band of a load ${what}`, () => {
		const [b] = loadBars(transformers(estateOf({ 'tx-1': { load: good(load) } }, { load: limits })));
		assert.deepStrictEqual([b.band && b.band.map((x) => Math.round(x * 120)), b.title.includes(word)], [band, true]);
	});
}
test('the scale of pressures never shrinks and holds what there is', () => {
	const list = waters(estateOf({ 'w-1': { pressure: good(0.3) } }));
	assert.deepStrictEqual([mostOf(list, 0.9), mostOf(list, 0), scaleOf(0.9), scaleOf(0.3), scaleOf(99)], [0.9, 0.3, 1.6, 0.4, null]);
});
test('of too many bars those with an alarm stay', () => {
	const bars = Array.from({ length: 30 }, (_, i) => ({ key: i, level: i === 29 ? 'P3' : null, quality: 'good' }));
	const [shown, left] = fittedBars(bars, 10);
	assert.deepStrictEqual([shown.length, left, shown.some((b) => b.key === 29)], [10, 20, true]);
});

/* ---- the hours ---- */

const HOURS = [['21:59:59', false], ['22:00:00', true], ['03:00:00', true], ['05:59:59', true], ['06:00:00', false], ['12:00:00', false]];
for (const [at, dark] of HOURS)
	test(`at ${at} the wall is ${dark ? 'dim' : 'bright'}`, () => assert.strictEqual(isNight(at), dark));
test('a newer page is loaded at ten past four only', () => assert.deepStrictEqual(['04:09:59', '04:10:00', '04:10:59', '04:11:00'].map(isReloadTime), [false, true, true, false]));
test('the picture moves each five minutes, and comes back after four', () => {
	assert.deepStrictEqual([0, 1, 2, 3, 4].map((n) => cornerOf(n * 5 * MIN)), [0, 1, 2, 3, 0]);
});

/* ---- peaks ---- */

test('the day begins at midnight of the site', () => assert.strictEqual(new Date(midnightOf(NOW + 123, ZONE)).toISOString(), '2026-11-21T16:00:00.000Z'));
const row = (n, mean, coverage = 1) => ({ t: n * QUARTER, mean, coverage });
const PEAKS = [
	['the highest quarter that is over', [row(0, 3), row(1, 9)], 2, { v: 9, ts: QUARTER, least: false }],
	['not the quarter that runs', [row(0, 3), row(1, 9)], 1.5, { v: 3, ts: 0, least: false }],
	['at least that, with a hole', [row(0, 3), row(2, 9)], 3, { v: 9, ts: 2 * QUARTER, least: true }],
	['at least that, of half a quarter', [row(0, 3), row(1, 9, 0.5)], 2, { v: 9, ts: QUARTER, least: true }],
	['none without rows', [], 3, null],
];
for (const [what, rows, quarters, peak] of PEAKS)
	test(`the peak of a day is ${what}`, () => assert.deepStrictEqual(peakOf(rows, 0, quarters * QUARTER), peak));
