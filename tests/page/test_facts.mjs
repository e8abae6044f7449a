import assert from 'node:assert';
import { dutyOf, uplinksOf } from '../../gateway/web/dashboard/src/facts.js';
import { useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { test } from './help.mjs';

const up = (sink, connected, pending) => ({ sink, connected, pending });

useLanguage('zh');

const UPLINKS = [
	['none of a gateway that was not heard yet', null, '', null],
	['none of one that has none', { uplinks: [] }, '', null],
	['one that is connected', { uplinks: [up('mqtt', true, 0)] }, '上行 mqtt 已连接 · 缓存 0', true],
	['two of which one is down', { uplinks: [up('mqtt', true, 0), up('influx', false, 7)] }, '上行 mqtt 已连接 · 缓存 0 · 上行 influx 断开 · 缓存 7', false],
];
for (const [what, hb, text, connected] of UPLINKS)
	test(`of uplinks the head tells ${what}`, () => assert.deepStrictEqual(uplinksOf(hb), { text, connected }));
test('who is on duty is told with his number, or without one', () => {
	assert.deepStrictEqual(dutyOf({ duty: [{ name: { zh: '李工' }, phone: '138' }, { name: { zh: '张工' } }] }), ['值班 李工 138', '值班 张工']);
	assert.deepStrictEqual([dutyOf(null), dutyOf({})], [[], []]);
});
