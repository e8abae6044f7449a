/*
 * words.js - what people read, in their language
 *
 *   t('alarm.acked', {by, at})   the sentence of a key, with its {places} filled
 *   has('value.door.open')       whether there is one
 *   pick({zh, en})               a text of the configuration or of an alarm
 *   language()                   'zh' | 'en'
 *   useLanguage(code)            sets it; settings.js remembers
 *   languageOf(query, kept, browser)   pure: which one to begin with
 *
 * One table a language, with the same keys, whole sentences: none is put
 * together from pieces.
 */
import { own } from './own.js';
import en from './words/en.js';
import zh from './words/zh.js';

const tables = { zh, en };
let current = 'zh';

export const has = (key) => own(tables[current], key) !== undefined;

export function t(key, args) {
	const sentence = own(tables[current], key);
	if (sentence === undefined)
		return key; // a test finds it
	return args ? sentence.replace(/\{(\w+)\}/g, (whole, name) => (own(args, name) === undefined ? whole : args[name])) : sentence;
}

export const pick = (text) => (text ? text[current] || text.zh || text.en || '' : '');

export const language = () => current;

export function useLanguage(code) {
	current = own(tables, code) ? code : 'zh';
}

export function languageOf(query, kept, browser) {
	if (own(tables, query))
		return query;
	if (own(tables, kept))
		return kept;
	return /^en\b/i.test(browser || '') ? 'en' : 'zh';
}
