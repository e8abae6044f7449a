/* Both languages say the same things, and the page says nothing else. */
import assert from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { has, languageOf, pick, t, useLanguage } from '../../gateway/web/dashboard/src/words.js';
import en from '../../gateway/web/dashboard/src/words/en.js';
import zh from '../../gateway/web/dashboard/src/words/zh.js';
import { test } from './help.mjs';

const SRC = join(dirname(fileURLToPath(import.meta.url)), '../../gateway/web/dashboard/src');
const filesIn = (folder) => readdirSync(folder, { withFileTypes: true }).reduce((all, f) =>
	all.concat(f.isDirectory() ? filesIn(join(folder, f.name)) : join(folder, f.name)), []);
const sources = filesIn(SRC).filter((f) => f.endsWith('.js') && !f.includes('/words/')).map((f) => readFileSync(f, 'utf8')).join('\n');
const keys = Object.keys(zh);
const CJK = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/;

/* t('a.b'), t(x ? 'a.b' : 'a.c'), and names in tables. */
const code = sources.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*/g, '');
const named = new Set([...code.matchAll(/'([a-z_]+(?:\.[A-Za-z0-9_]+)*)'/g)].map((m) => m[1]));

/* t(`a.${x}`), t('a.' + x): what x may be.  What a kind calls its states and alarms is its own to say. */
const elevator = readFileSync(join(SRC, '../../../../config/kinds/elevator.yaml'), 'utf8');
const statesOf = (point) => [...new RegExp(`^  ${point}:[^]*?enum: \\{(.*?)\\}`, 'm').exec(elevator)[1].matchAll(/\d+: (\w+)/g)].map((m) => m[1]);
const alarmsOfLifts = [...elevator.split('\nalarms:\n')[1].matchAll(/^  (\w+):$/gm)].map((m) => m[1]);
const severities = ['P1', 'P2', 'P3', 'P4'];
const FAMILIES = {
	'act.': ['ack', 'arrive', 'rescue', 'reset'],
	'car.occupied.': statesOf('occupied'),
	'door.short.': statesOf('door'),
	'frozen.': ['connection', 'loop', 'refused'],
	'head.': ['live', 'late', 'dead'],
	'kind.': ['feeder', 'charger', 'lamp', 'solar_lamp', 'heat', 'sewage', 'gas', 'drinking_water', 'access', 'barrier', 'lamp_solar_lamp', 'access_barrier'],
	'lifts.': ['alarm', 'unpowered', 'inspection', 'stopped', 'other', 'offline'],
	'more.theme.': ['auto', 'light', 'dark'],
	'more.type.': ['normal', 'large'],
	'q.': ['uncertain.range', 'uncertain.clock', 'bad.timeout', 'bad.crc', 'bad.decode', 'bad.not_available', 'bad.identity', 'bad.bus'],
	'role.': ['viewer', 'duty', 'engineer', 'bureau'],
	'severity.': severities,
	'state.': severities,
	'sweep.': ['cut', 'phase', 'suspected'],
	'system.': ['lifts', 'transformers', 'water', 'rest'],
	'tab.': ['overview', 'wall', 'login'],
	'value.': ['direction', 'door', 'service_mode'].reduce((all, p) => all.concat(statesOf(p).map((s) => `${p}.${s}`)), []),
	'wall.car.': ['trapped', 'moving_occupied', 'occupied', 'moving_empty', 'empty', 'moving', 'unknown'],
	'wall.cut.': ['trapped', 'occupied', 'unknown', 'empty'],
	'wall.door.': statesOf('door'),
	'wall.hidden.': ['shelved', 'out', 'suppressed'],
	'wall.lifts.': ['running', 'inspection', 'stopped', 'other', 'unpowered', 'offline', 'alarm'],
	'wall.mode.': statesOf('service_mode').filter((s) => s !== 'normal'),
	'work.': ['responded', 'arrived', 'rescued', 'false_alarm'],
};
const composed = Object.keys(FAMILIES).reduce((all, f) => all.concat(FAMILIES[f].map((x) => f + x)), []);

/* An alarm of a lift may have a word for its tile; without one the tile tells what else is true. */
const WALL_ALARM = 'wall.alarm.';
const optional = alarmsOfLifts.map((a) => WALL_ALARM + a);
const begun = new Set([...code.matchAll(/\b(?:t|has|short)\((?:`([^`$]+)\$\{|'([^']+)' \+)/g)].map((m) => m[1] || m[2])
	.concat(code.includes("const key = 'q.' +") ? 'q.' : []));
const used = (key) => named.has(key) || composed.includes(key) || optional.includes(key);
const places = (s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();

test('both languages have the same keys, in the same order', () => assert.deepStrictEqual(Object.keys(en), keys));
test('both sentences of a key have the same places', () =>
	assert.deepStrictEqual(keys.filter((k) => places(zh[k]) !== places(en[k] || '')), []));
test('no sentence is empty', () => assert.deepStrictEqual(keys.filter((k) => !zh[k].trim() || !(en[k] || '').trim()), []));
test('every key is used, by its whole name or as one of a family', () => assert.deepStrictEqual(keys.filter((k) => !used(k)), []));
test('every one of a family has its sentence', () => assert.deepStrictEqual(composed.filter((k) => !keys.includes(k)), []));
test('every key that the page names is there', () => {
	const missing = [...sources.matchAll(/\bt\('([^']+)'[,)]/g)].map((m) => m[1]).filter((k) => !keys.includes(k));
	assert.deepStrictEqual(missing, []);
	assert.ok(keys.length > 100);
});
test('every key that the page puts together is of a family, and each family is put together', () =>
	assert.deepStrictEqual([...begun].sort(), [...Object.keys(FAMILIES), WALL_ALARM].sort()));
test('no English sentence has a Chinese character', () => assert.deepStrictEqual(keys.filter((k) => CJK.test(en[k])), []));
test('a Chinese sentence has Chinese marks', () => // a short word's "?" is half as wide, for a tile
	assert.deepStrictEqual(keys.filter((k) => CJK.test(zh[k]) && /[,;!()[\]]|[^\s\d]:/.test(zh[k])), []));
test('no module has words of its own', () => {
	const bare = sources.replace(/\/\*[^]*?\*\//g, '').replace(/\/\/.*/g, '').replace("'中文'", '');
	assert.deepStrictEqual((bare.match(new RegExp(CJK.source, 'g')) || []).join(''), '');
});
test('a key that is missing is shown as it is', () => assert.strictEqual(t('no.such'), 'no.such'));
test('names that a script knows are no keys', () => assert.deepStrictEqual([has('constructor'), t('toString')], [false, 'toString']));
test('what is filled in is not looked at again', () => {
	useLanguage('zh');
	assert.strictEqual(t('alarm.acked', { by: '{at}$&', at: '1' }), '已确认 {at}$& 1');
});
test('the language is the address\'s, else what was chosen, else the browser\'s, else Chinese', () => assert.deepStrictEqual(
	[languageOf('en', 'zh', 'zh'), languageOf(null, 'en', 'zh-CN'), languageOf('xx', null, 'en-GB'), languageOf(null, null, 'de'), languageOf(null, 'constructor', undefined)],
	['en', 'en', 'en', 'zh', 'zh']));
test('a text of one language serves the other', () => {
	useLanguage('en');
	assert.deepStrictEqual([pick({ zh: '甲' }), pick({ zh: '甲', en: 'a' }), pick(null)], ['甲', 'a', '']);
});
