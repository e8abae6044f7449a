import assert from 'node:assert';
import * as estate from '../../gateway/web/dashboard/src/estate.js';
import { useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { NOW, good, none, stage, test } from './help.mjs';

const MIN = 60000;
const name = (s) => ({ zh: s, en: s });
const points = (...names) => Object.fromEntries(names.map((n) => [n, n === 'load' ? { type: 'number', unit: '%' } : n === 'pressure' ? { type: 'number', unit: 'MPa' } : {}]));
const LIFT = points('floor', 'floor_label', 'direction', 'door', 'service_mode', 'supply');
const lift = (b, s, of) => ({ id: `lift-${b}-${s}`, kind: 'elevator', name: name(`lift ${b}-${s}`), place: { building: b, stair: s, floors: 6 }, points: of || LIFT });
const running = { floor: good(4), floor_label: good('4'), direction: good('up'), door: good('closed'), service_mode: good('normal') };
const mode = (m) => Object.assign({}, running, { service_mode: good(m) });
const all = (v) => ({ floor: v, floor_label: v, direction: v, door: v, service_mode: v });
const alarm = (device, severity) => ({ device, alarm: 'fault', state: 'UNACK', active: true, severity, since: NOW });

useLanguage('zh');

/* lifts of one building, by stair: what is known of each, online, its alarm */
function oneLift(values, online, severity) {
	const { store } = stage([lift('7', '2')]);
	store.takePoints({ full: true, points: { 'lift-7-2': values }, online: { 'lift-7-2': online } });
	store.takeAlarms({ full: true, alarms: severity ? [alarm('lift-7-2', severity)] : [] });
	return estate.lifts(store)[0];
}

const LIFTS = [
	['a lift that runs', running, true, null, 'running', '4', '▲', '关', 'good'],
	['a lift with its door open', Object.assign({}, running, { door: good('open'), direction: good('none') }), true, null, 'running', '4', '·', '开', 'good'],
	['a lift in inspection', mode('inspection'), true, null, 'inspection', '4', '▲', '检修', 'good'],
	['a lift that was taken out', mode('stopped'), true, null, 'stopped', '4', '▲', '停用', 'good'],
	['a lift that firefighters use', mode('firefighter'), true, null, 'other', '4', '▲', '消防员', 'good'],
	['a lift without power', Object.assign({}, running, { supply: good('lost') }), true, null, 'unpowered', '4', '▲', '停电', 'good'],
	['a lift with an urgent alarm', running, true, 'P1', 'alarm', '4', '▲', '关', 'good'],
	['a lift with a lesser alarm', running, true, 'P3', 'running', '4', '▲', '关', 'good'],
	['a lift that does not answer', all(none('bad:timeout', 4 * MIN)), false, null, 'offline', '—', '', '4分前', 'bad'],
	['a silent lift with somebody in it', all(none('bad:timeout', 4 * MIN)), false, 'P1', 'alarm', '—', '', '4分前', 'bad'],
	['a silent lift whose silence is an alarm', all(none('bad:timeout', 4 * MIN)), false, 'P2', 'offline', '—', '', '4分前', 'bad'],
	['a lift whose mode nobody knows', Object.assign({}, running, { service_mode: none('bad:decode') }), true, null, 'offline', '4', '▲', '关', 'bad'],
	['a lift that was never read', all(none('never')), true, null, 'offline', '未接入', '', '未接入', 'never'],
	['a lift whose floor is out of date', Object.assign({}, running, { floor: { v: 4, q: 'stale', ts: NOW - 4 * MIN }, floor_label: none('stale') }), true, null, 'running', '4', '▲', '4分前', 'stale'],
];
for (const [who, values, online, severity, category, floor, arrow, word, look] of LIFTS) {
	test(`${who} is shown as ${category}`, () => {
		const l = oneLift(values, online, severity);
		assert.deepStrictEqual([l.category, l.floor.text, l.arrow, l.word, l.look], [category, floor, arrow, word, look]);
	});
}

test('a lift without a mode runs, if it says nothing else', () => {
	const { store } = stage([lift('1', '1', points('floor'))]);
	store.takePoints({ full: true, points: { 'lift-1-1': { floor: good(2) } }, online: { 'lift-1-1': true } });
	const [l] = estate.lifts(store);
	assert.deepStrictEqual([l.category, l.floor.text, l.word], ['running', '2', '']);
});
test('a lift without a mode of which nothing is known does not run', () => {
	const { store } = stage([lift('1', '1', points('floor'))]);
	store.takePoints({ full: true, points: { 'lift-1-1': { floor: none('never') } }, online: {} });
	assert.strictEqual(estate.lifts(store)[0].category, 'offline');
});
test('lifts stand by building and stair as people count', () => {
	const { store } = stage([lift('10', '1'), lift('2', '2'), lift('2', '1'), lift('1', '10'), lift('1', '9')]);
	assert.deepStrictEqual(estate.lifts(store).map((l) => l.label), ['1-9', '1-10', '2-1', '2-2', '10-1']);
});
test('each lift is counted once', () => {
	const list = LIFTS.map(([, values, online, severity]) => oneLift(values, online, severity));
	const n = estate.liftCounts(list);
	assert.strictEqual(n.running + n.inspection + n.stopped + n.other + n.offline + n.alarm + n.unpowered, n.total);
	assert.deepStrictEqual([n.total, n.data, n.alarm, n.offline], [14, 10, 2, 4]);
});

const tx = (n, of) => ({ id: `tx-${n}`, kind: 'transformer', name: name(`T${n}`), place: null, points: of || points('load') });

test('an estate mean loses what is stale, and says 8 of 9', () => {
	const list = [1, 2, 3, 4, 5, 6, 7, 8, 9];
	const { store } = stage(list.map((n) => tx(n)));
	const values = Object.fromEntries(list.map((n) => [`tx-${n}`, { load: good(n * 10) }]));
	values['tx-9'] = { load: { v: 90, q: 'stale', ts: NOW - MIN } };
	store.takePoints({ full: true, points: values });
	const { mean, top } = estate.loadSummary(estate.transformers(store));
	assert.deepStrictEqual([mean.v, mean.with, mean.total, mean.look, top.name], [45, 8, 9, 'good', 'T8']);
});
test('a transformer without a rating shows its power, and is not in the mean', () => {
	const { store } = stage([tx(1), tx(2, { active_power: { type: 'number', unit: 'kW' } })]);
	store.takePoints({ full: true, points: { 'tx-1': { load: good(50) }, 'tx-2': { active_power: good(412.5) } } });
	const list = estate.transformers(store);
	assert.deepStrictEqual(list.map((x) => x.cell.text + x.cell.unit), ['50%', '413kW']);
	assert.strictEqual(estate.loadSummary(list).mean.total, 1);
});

const water = (id, place, of) => ({ id, kind: 'water', name: name(id), place, points: of || points('pressure') });

test('of the water the lowest pressure in a building is told', () => {
	const { store } = stage([water('top', { building: '7' }), water('low', { building: '2' }), water('outlet', null), water('town', null), water('tank', null, points('level')), water('dead', { building: '1' })]);
	store.takePoints({ full: true, points: { top: { pressure: good(0.22) }, low: { pressure: good(0.2) }, town: { pressure: good(0.18) }, outlet: { pressure: good(0.42) }, tank: { level: good(0.01) }, dead: { pressure: none('bad:timeout') } } });
	assert.strictEqual(estate.lowestWater(estate.waters(store)).name, 'low');
});

const charger = (n) => ({ id: `charger-${n}`, kind: 'charger', name: name(`c${n}`), place: null, points: points('sockets_in_use') });

test('a sum of which a part is missing is at least that', () => {
	const { store } = stage([charger(1), charger(2)]);
	store.takePoints({ full: true, points: { 'charger-1': { sockets_in_use: good(3) }, 'charger-2': { sockets_in_use: good(4) } }, online: { 'charger-1': true, 'charger-2': true } });
	assert.strictEqual(estate.others(store)[0].text, '7 在用');
	store.takePoints({ points: { 'charger-2': { sockets_in_use: none('bad:timeout') } }, online: { 'charger-2': false } });
	const [k] = estate.others(store);
	assert.deepStrictEqual([k.text, k.online, k.total, k.look], ['≥3 在用', 1, 2, 'uncertain']);
});
const shedOf = (values, online) => {
	const shed = (id) => ({ id, kind: 'heat', name: name(id), place: null, points: { shed_temp: { type: 'number', unit: 'degC' } } });
	const { store } = stage(Object.keys(values).map(shed));
	store.takePoints({ full: true, online: Object.fromEntries(Object.keys(values).map((id) => [id, online])),
		points: Object.fromEntries(Object.entries(values).map(([id, v]) => [id, { shed_temp: v }])) });
	const [k] = estate.others(store);
	return [k.text, k.look];
};
const REST = [ // the readings of some, whether they are online; what is told and how it looks
	['all of it is good', { a: good(34.4), b: good(20) }, true, '最高 34 °C', 'good'],
	['one is in doubt', { a: good(34.4), b: { v: 50, q: 'uncertain:range', ts: NOW } }, true, '最高 50? °C', 'uncertain'],
	['one is simulated', { a: { v: 34.4, q: 'simulated', ts: NOW } }, true, '最高 34 °C', 'simulated'],
	['one is old', { a: good(34.4), b: { v: 50, q: 'stale', ts: NOW - MIN } }, true, '最高 ≥34 °C', 'uncertain'],
	['none has a value, though all answer', { a: none('bad:not_available'), b: none('bad:not_available') }, true, '2/2 在线', 'bad'],
	['none answers', { a: none('bad:timeout') }, false, '0/1 在线', 'bad'],
];
for (const [what, values, online, text, look] of REST)
	test(`a kind of which ${what} looks so`, () => assert.deepStrictEqual(shedOf(values, online), [text, look]));
test('of the hottest place its temperature is told', () => {
	const shed = { id: 'shed', kind: 'heat', name: name('s'), place: null, points: { shed_temp: { type: 'number', unit: 'degC' } } };
	const { store } = stage([shed]);
	store.takePoints({ full: true, points: { shed: { shed_temp: good(34.4) } }, online: { shed: true } });
	assert.strictEqual(estate.others(store)[0].text, '最高 34 °C');
	store.takeModel(null, [shed, { ...shed, id: 'other' }]);
	assert.strictEqual(estate.others(store)[0].text, '最高 ≥34 °C');
});
test('kinds that stand together are counted together, and one alone is named alone', () => {
	const of = (kind) => ({ id: kind, kind, name: name(kind), place: null, points: {} });
	const { store } = stage([of('access'), of('barrier'), of('solar_lamp')]);
	store.takePoints({ full: true, points: {}, online: { access: true, barrier: false } });
	assert.deepStrictEqual(estate.others(store, estate.TOGETHER).map((k) => [k.name, k.text]), [['太阳能灯', '0/1 在线'], ['门禁·道闸', '1/2 在线']]);
});
test('an estate has only the systems it has', () => {
	const { store } = stage([lift('1', '1')]);
	assert.deepStrictEqual([estate.others(store), estate.waters(store), estate.transformers(store)], [[], [], []]);
});
test('good points are counted, out of all', () => {
	const { store } = stage([lift('1', '1')]);
	store.takePoints({ full: true, points: { 'lift-1-1': Object.assign({}, running, { door: none('bad:crc') }) } });
	assert.deepStrictEqual(estate.pointCounts(store), { total: 6, good: 4 });
});
