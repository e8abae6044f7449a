import assert from 'node:assert';
import * as alarms from '../../gateway/web/dashboard/src/alarms.js';
import { useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { NOW, test } from './help.mjs';

const ZONE = 'Asia/Shanghai', MIN = 60000, H = 60 * MIN;
const deed = (by, age) => ({ by, ts: NOW - age });
const of = (device, severity, more) => Object.assign({ device, alarm: 'fault', state: 'UNACK', active: true, severity, since: NOW - H,
	ack: null, text: { zh: device, en: device }, shelved_until: null, suppressed_by: null, out_of_service: null }, more);
const names = (list) => alarms.inOrder(list).map((a) => a.device).join(' ');
const acked = { state: 'ACKED', ack: deed('张工', 2 * H) };

useLanguage('zh');

test('unacknowledged alarms come first, then by severity, then the oldest', () =>
	assert.strictEqual(names([of('e', 'P1', acked), of('d', 'P2', { since: NOW - MIN }), of('c', 'P2', { since: NOW - 2 * MIN }), of('f', 'P2', acked), of('a', 'P1')]),
		'a c d e f'));
test('one that is over and not acknowledged stands behind those that are not over', () =>
	assert.strictEqual(names([of('b', 'P2', { state: 'RTNUN', active: false, since: NOW - 9 * H }), of('a', 'P2')]), 'a b'));
test('only what is urgent and nobody has taken pulses and sounds', () => {
	const list = [of('b', 'P1'), of('c', 'P2'), of('d', 'P1', acked), of('e', 'P1', { shelved_until: NOW + 1 }), of('a', 'P1', { since: NOW - 2 * H })];
	assert.deepStrictEqual(alarms.unackedP1(list).map(alarms.keyOf), ['a/fault', 'b/fault']);
});
test('alarms of one moment have a fixed order', () => assert.strictEqual(names([of('b', 'P3'), of('a', 'P3')]), names([of('a', 'P3'), of('b', 'P3')])));
test('what is shelved, suppressed, out of service or unseen is not listed', () =>
	assert.strictEqual(names([of('a', 'P1', { shelved_until: NOW + H }), of('b', 'P1', { suppressed_by: 'x/power_cut' }),
		of('c', 'P1', { out_of_service: deed('x', 0) }), of('d', 'P1', { unseen: true }), of('e', 'P4')]), 'e'));
test('an alarm of a severity the page does not know is listed, last', () => assert.strictEqual(names([of('b', undefined), of('a', 'P4')]), 'a b'));

const SENTENCES = [
	['every severity is counted, the most urgent first', [of('d', 'P4'), of('c', 'P3'), of('b', 'P2', acked), of('e', 'P3'), of('a', 'P1')],
		'■ 1 项紧急 · 1 项重要 · 2 项一般 · 1 项提示', '■ 1 urgent · 1 high · 2 medium · 1 low', 'P1'],
	['high alone has its own shape', [of('a', 'P2'), of('b', 'P2')], '● 2 项重要', '● 2 high', 'P2'],
	['the worst there is gives shape and colour', [of('a', 'P3'), of('b', 'P4')], '▲ 1 项一般 · 1 项提示', '▲ 1 medium · 1 low', 'P3'],
	['hidden ones are not counted', [of('a', 'P1', { shelved_until: 1 })], '全部正常 · 已 14 天 3 小时无紧急报警', 'All normal · nothing urgent for 14 d 3 h', null],
	['without any all is normal, and how long', [], '全部正常 · 已 14 天 3 小时无紧急报警', 'All normal · nothing urgent for 14 d 3 h', null],
];
for (const [sentence, list, zh, en, severity] of SENTENCES) {
	test(`the sentence at the top: ${sentence}`, () => {
		const since = NOW - 14 * 24 * H - 3 * H;
		const plain = () => alarms.sentence(list, since, NOW).text.replaceAll('\u00a0', ' ');
		assert.deepStrictEqual([plain(), alarms.sentence(list, since, NOW).severity], [zh, severity]);
		useLanguage('en');
		const said = plain();
		useLanguage('zh');
		assert.strictEqual(said, en);
	});
}
test('the sentence may be broken between counts only', () =>
	assert.deepStrictEqual(alarms.sentence([of('a', 'P1'), of('b', 'P3')], null, NOW).text.split(' '), ['■\u00a01\u00a0项紧急\u00a0·', '1\u00a0项一般']));
test('how long it was quiet is not told while it is not known', () => assert.strictEqual(alarms.sentence([], null, NOW).text, '全部正常'));

const STATES = [
	[{}, '未确认'], [acked, '已确认 张工 02:00'],
	[{ state: 'RTNUN', active: false }, '已恢复 · 未确认'], [{ active: false }, '信号已消失 · 未确认'],
	[{ state: 'LATCHED', active: false, ack: deed('张工', 2 * H) }, '已确认 张工 02:00 · 信号已消失，待复位'],
];
for (const [more, text] of STATES)
	test(`a card says: ${text}`, () => assert.strictEqual(alarms.stateOf(of('a', 'P1', more), NOW, ZONE), text));

test('a card tells who arrived and who got them out', () => assert.deepStrictEqual(
	alarms.deedsOf(of('a', 'P1', { work: { rescued: deed('李工', MIN), arrived: deed('李工', H) } }), NOW, ZONE), ['已到场 李工 03:00', '已救出 李工 03:59']));
test('the timer runs from when it began', () => assert.strictEqual(alarms.timerOf(of('a', 'P1', { since: NOW - 192000 }), NOW), '03:12'));

const TEXTS = [
	['2号变压器 重载 91%，已1秒', 'Transformer 2 heavy load 91% for 1 s', '2号变压器 重载 91%', 'Transformer 2 heavy load 91%'],
	['平台断开，已2小时5分', 'uplink down for 2 h 5 min', '平台断开', 'uplink down'],
	['7栋2单元 停梯 38分', 'building 7 stair 2 out of service for 38 min', '7栋2单元 停梯', 'building 7 stair 2 out of service'],
	['7栋2单元 电梯困人，近1层', 'building 7 stair 2 passengers trapped, near floor 1', '7栋2单元 电梯困人，近1层', 'building 7 stair 2 passengers trapped, near floor 1'],
	['1号楼 水压偏低 0.12 MPa，故障 12', 'low pressure 0.12 MPa, fault 12', '1号楼 水压偏低 0.12 MPa，故障 12', 'low pressure 0.12 MPa, fault 12'],
];
for (const [zh, en, zhShown, enShown] of TEXTS) {
	test(`beside a timer stands: ${zhShown}`, () => {
		const a = of('a', 'P2', { text: { zh, en } });
		useLanguage('en');
		const said = alarms.textOf(a);
		useLanguage('zh');
		assert.deepStrictEqual([alarms.textOf(a), said, alarms.textOf({ ...a, since: null })], [zhShown, enShown, zh]);
	});
}

test('a power cut is told without its cars, which are listed', () => {
	const cut = (more) => alarms.titleOf(of('tx-3', 'P1', { cars: [{ car: 'a' }, { car: 'b' }], phases: [1, 2, 3], ...more }), () => '3号变压器');
	assert.deepStrictEqual([cut(), cut({ phases: [2] }), cut({ suspected: true }), cut({ cars: [] })],
		['3号变压器 停电，影响电梯 2 台', '3号变压器 缺相，影响电梯 2 台', '3号变压器 疑似停电，影响电梯 2 台', 'tx-3']);
});

const trapped = { alarm: 'entrapment' };
test('an entrapment has the steps of a rescue, each until it is done', () => {
	const work = { arrived: deed('x', 0) };
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P1', trapped)), ['ack', 'arrive', 'rescue']);
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P1', Object.assign({ work }, acked, trapped))), ['rescue']);
});
test('another alarm can be acknowledged, once', () => {
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P2')), ['ack']);
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P2', acked)), []);
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P2', { state: 'RTNUN', active: false })), ['ack']);
});

test('what is latched wants a reset, once it is acknowledged', () => {
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P1', Object.assign({}, acked, { state: 'LATCHED', active: false }))), ['reset']);
	assert.deepStrictEqual(alarms.verbsOf(of('a', 'P1', { active: false })), ['ack']);
});

const cut = of('tx-3', 'P1', { alarm: 'power_cut', cars: [
	{ car: 'lift-7-2', moving: true, occupied: 'yes', zone: false, floor: 4, age: 3000, back: false, checked: null },
	{ car: 'lift-8-1', moving: null, occupied: 'unknown', zone: null, floor: null, age: null, back: false, checked: deed('张工', MIN) },
	{ car: 'lift-9-1', moving: false, occupied: 'no', zone: true, floor: 1, age: 500, back: true, checked: null },
] });
const cars = alarms.carsOf(cut, NOW, ZONE, (id) => id.toUpperCase());
test('a power cut lists its cars in the gateway\'s order', () => assert.deepStrictEqual(cars.map((c) => c.name), ['LIFT-7-2', 'LIFT-8-1', 'LIFT-9-1']));
test('of each car it says what was known, and what was not', () => {
	assert.strictEqual(cars[0].text, '停电时在运行 · 有人 · 层间，近 4 层 · 3 秒前读到');
	assert.strictEqual(cars[1].text, '有人：未知');
});
test('a car is urgent until somebody looked or it runs again', () => assert.deepStrictEqual(cars.map((c) => c.urgent), [true, false, false]));
test('a car that was looked after says by whom', () => assert.deepStrictEqual(cars.map((c) => c.checked), ['', '已查看 张工 03:59', '已恢复运行']));
test('a device has the worst severity of what is shown and not over', () => {
	const worst = alarms.severityOf([of('a', 'P3'), of('a', 'P2'), of('a', 'P1', { unseen: true }), of('a', 'P1', { state: 'RTNUN', active: false }), of('constructor', 'P4')]);
	assert.deepStrictEqual([...worst], [['a', 'P2'], ['constructor', 'P4']]);
});
