/* ux.md 2.15: what each quality shows, and what it may not. */
import assert from 'node:assert';
import { cellOf, DASH, highest, lookOf, lowest, mean, worst } from '../../gateway/web/dashboard/src/quality.js';
import { useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { NOW, test } from './help.mjs';

const MIN = 60000, HOUR = 60 * MIN;
const V = { type: 'number', unit: 'V' };
const at = (v, q, age, last) => ({ v, q, ts: age === null ? null : NOW - age, last: last || null });
const show = (value) => cellOf(value, V, 'voltage_l1n', NOW);

useLanguage('zh');

/* what it is: the value, look, text, note, whether it counts */
const TABLE = [
	['a good value stands as it is', at(231.4, 'good', 900), 'good', '231', '', true],
	['an uncertain value has a question mark and counts', at(612, 'uncertain:range', 900), 'uncertain', '612?', '', true],
	['a stale value stands with its age and does not count', at(231.4, 'stale', 4 * MIN), 'stale', '231', '4 分前', false],
	['a stale value without number shows the last there was', at(null, 'stale', 9 * MIN, { v: 230, ts: NOW - 9 * MIN }), 'stale', '230', '9 分前', false],
	['a stale value of 23 hours still stands', at(231.4, 'stale', 23 * HOUR), 'stale', '231', '23 小时前', false],
	['after 24 hours the number of a stale value disappears', at(231.4, 'stale', 24 * HOUR), 'stale', DASH, '24 小时前', false],
	['a bad value is a dash', at(null, 'bad:timeout', 5000), 'bad', DASH, '断线', false],
	['a bad value is a dash even if it brings a number', at(231.4, 'bad:crc', 5000), 'bad', DASH, '断线', false],
	['a good quality without a value is no value', at(null, 'good', 5000), 'bad', DASH, '断线', false],
	['what was never read says so', at(null, 'never', null), 'never', '未接入', '', false],
	['what nobody told of was never read', undefined, 'never', '未接入', '', false],
	['what is out of use says so', at(231.4, 'disabled', 900), 'disabled', '停用', '', false],
	['a simulated value has its badge', at(231.4, 'simulated', 900), 'simulated', '231', '模拟', true],
	['a quality that the page does not know is no good news', at(231.4, 'splendid', 900), 'bad', DASH, '断线', false],
];

for (const [sentence, value, look, text, note, counts] of TABLE) {
	test(sentence, () => {
		const c = show(value);
		assert.deepStrictEqual([c.look, c.text, c.note, c.v !== null], [look, text, note, counts]);
	});
}

const REASONS = [
	['bad:timeout', '通信超时'], ['bad:crc', '校验错误'], ['bad:decode', '数据无法解读'],
	['bad:not_available', '设备无此数据'], ['bad:identity', '设备型号不符'], ['bad:bus', '总线中断'],
	['bad:exception-2', '设备拒绝，代码 2'], ['bad:something-new', 'bad:something-new'],
];

for (const [q, why] of REASONS)
	test(`the reason of ${q} is told`, () => assert.strictEqual(show(at(null, q, 5000)).why, why));

test('a bad value tells the last there was and how old that is', () =>
	assert.strictEqual(show(at(null, 'bad:timeout', 0, { v: 229.6, ts: NOW - 3 * MIN })).why, '通信超时 · 最后 230，3 分前'));
test('the reason of an uncertain value is told', () =>
	assert.strictEqual(show(at(612, 'uncertain:range', 0)).why, '数据存疑：超出量程'));
test('words stand where a state is shown', () => {
	const door = (v) => cellOf(at(v, 'good', 0), { type: 'enum' }, 'door', NOW).text;
	assert.deepStrictEqual([door('closed'), door('fault'), door(77)], ['关', '门故障', '77']);
});
test('a truth is yes or no', () =>
	assert.deepStrictEqual([true, false].map((v) => cellOf(at(v, 'good', 0), {}, 'leak', NOW).text), ['是', '否']));
test('the look is the word before the colon', () => assert.strictEqual(lookOf('uncertain:clock'), 'uncertain'));

test('a roll-up takes the worst child', () => {
	assert.strictEqual(worst(['good', 'stale', 'uncertain']), 'stale');
	assert.strictEqual(worst(['good', 'bad', 'stale', 'never']), 'bad');
	assert.strictEqual(worst(['good', 'simulated']), 'simulated');
	assert.strictEqual(worst([]), 'never');
});

const cells = (...list) => list.map((v) => (v === null ? show(at(50, 'stale', HOUR)) : show(at(v, 'good', 0))));

test('a mean leaves out what is stale, and says how many it has', () => {
	const m = mean(cells(10, 20, 30, 40, null));
	assert.deepStrictEqual([m.v, m.with, m.total, m.look, m.rough], [25, 4, 5, 'good', false]);
});
test('a mean looks as doubtful as what it is of', () => {
	const doubted = show(at(40, 'uncertain:range', 0));
	assert.deepStrictEqual([mean([...cells(10, null), doubted]).look, mean(cells(null)).look], ['uncertain', 'stale']);
});
test('a mean of less than 80 % is marked as rough', () => assert.strictEqual(mean(cells(10, 20, 30, null)).rough, true));
test('there is no mean of nothing', () => assert.strictEqual(mean(cells(null, null)).v, null));
test('highest and lowest look at what counts only', () => {
	const items = cells(3, null, 1, 2).map((cell) => ({ cell }));
	assert.deepStrictEqual([highest(items).cell.v, lowest(items).cell.v, highest([])], [3, 1, null]);
});
