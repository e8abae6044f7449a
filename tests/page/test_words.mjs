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

/* t('a.b'), t(x ? 'a.b' : 'a.c'), t(`a.${x}`), t('a.' + x), and names in tables. */
const named = new Set([...sources.matchAll(/'([a-z_]+(?:\.[A-Za-z0-9_]+)*)'/g)].map((m) => m[1]));
const begun = [...sources.matchAll(/[`']([a-z_]+\.(?:[a-z_]+\.)*)(?:\$\{|' \+)/g)].map((m) => m[1]);
const used = (key) => named.has(key) || begun.some((b) => key.startsWith(b));
const places = (s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();

test('both languages have the same keys, in the same order', () => assert.deepStrictEqual(Object.keys(en), keys));
test('both sentences of a key have the same places', () =>
	assert.deepStrictEqual(keys.filter((k) => places(zh[k]) !== places(en[k] || '')), []));
test('no sentence is empty', () => assert.deepStrictEqual(keys.filter((k) => !zh[k].trim() || !(en[k] || '').trim()), []));
test('every key is used', () => assert.deepStrictEqual(keys.filter((k) => !used(k)), []));
test('every key that the page names is there', () => {
	const missing = [...sources.matchAll(/\bt\('([^']+)'[,)]/g)].map((m) => m[1]).filter((k) => !keys.includes(k));
	assert.deepStrictEqual(missing, []);
	assert.ok(keys.length > 100);
});
test('every key that the page puts together begins some key', () =>
	assert.deepStrictEqual([...sources.matchAll(/\bt\(`([^`$]+)\$\{/g)].map((m) => m[1]).filter((b) => !keys.some((k) => k.startsWith(b))), []));
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
