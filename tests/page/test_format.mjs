import assert from 'node:assert';
import { age, clock, moment, number, span, timer, unitOf } from '../../gateway/web/dashboard/src/format.js';
import { t, useLanguage } from '../../gateway/web/dashboard/src/words.js';
import { NOW, test } from './help.mjs';

const NUMBERS = [
	[841.6, 'A', 'current_l1', '842'], [231.4, 'V', 'voltage_l1n', '231'], [90.6, '%', 'load', '91'],
	[14.24, 'kW', 'active_power', '14.2'], [571.4, 'kW', 'active_power', '571'], [0.4249, 'MPa', 'pressure', '0.42'],
	[33.6, 'degC', 'temperature', '34'], [0.938, '', 'power_factor', '0.94'], [50.004, 'Hz', 'frequency', '50.00'],
	[1.904, 'm', 'level', '1.90'], [-0.2, 'A', 'current_n', '0'], [-0.001, 'MPa', 'pressure', '0.00'],
	[12345678, 'kWh', 'energy_import', '12\u202f345\u202f678'], [-12345, 'kW', 'p', '-12\u202f345'], [1234, 'kWh', 'e', '1234'],
	[12, 'mg/L', 'tds', '12'], [0.1 + 0.2, '', 'x', '0.3'], [4, undefined, 'floor', '4'],
	[NaN, 'V', 'x', 'NaN'], [1, 'constructor', 'x', '1'],
];
for (const [v, unit, point, text] of NUMBERS)
	test(`${v} ${unit || 'without unit'} is ${text}`, () => assert.strictEqual(number(v, unit, point), text));

const S = 1000, M = 60 * S, H = 60 * M, D = 24 * H;
for (const [ms, text] of [[0, '00:00'], [-5, '00:00'], [192 * S, '03:12'], [38 * M + 5 * S, '38:05'], [H, '1:00:00'], [51 * H + 3 * M + 12 * S, '51:03:12']])
	test(`a timer of ${ms} ms is ${text}`, () => assert.strictEqual(timer(ms), text));

for (const [lang, rows] of [['zh', [[2 * S, '2 秒前'], [-1, '0 秒前'], [4 * M, '4 分前'], [47 * H, '47 小时前'], [48 * H, '2 天前']]],
	['en', [[2 * S, '2 s ago'], [4 * M, '4 min ago']]]]) {
	for (const [ms, text] of rows) {
		test(`an age of ${ms} ms is ${text}`, () => {
			useLanguage(lang);
			assert.strictEqual(age(t, ms), text);
		});
	}
}

test('a long time is days and hours', () => {
	useLanguage('zh');
	assert.deepStrictEqual([span(t, 14 * D + 3 * H + 59 * M), span(t, 3 * H + 5 * M), span(t, 5 * M)], ['14 天 3 小时', '3 小时 5 分', '5 分钟']);
});
test('times are those of the site, whatever the zone of the browser', () => {
	assert.strictEqual(clock(NOW + 7000, 'Asia/Shanghai'), '04:00:07');
	assert.strictEqual(clock(NOW + 7000, 'UTC'), '20:00:07');
	assert.strictEqual(clock(NOW + 20 * H, 'Asia/Shanghai'), '00:00:00');
});
test('another day is told with its date, by the site\'s midnight', () => {
	assert.strictEqual(moment(NOW - H, 'Asia/Shanghai', NOW), '03:00');
	assert.strictEqual(moment(NOW - 5 * H, 'Asia/Shanghai', NOW), '11-21 23:00');
	assert.strictEqual(moment(NOW - 366 * D, 'Asia/Shanghai', NOW), '11-21 04:00');
});
test('units are written as people write them', () => assert.deepStrictEqual(['degC', 'm3/h', 'kW', '', undefined].map(unitOf), ['°C', 'm³/h', 'kW', '', '']));
