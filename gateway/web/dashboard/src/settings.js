/*
 * settings.js - language, theme and size of type: from the address, else
 * remembered, else the system's
 *
 *   begin()              reads them and applies them
 *   setting(name)        'lang': 'zh' | 'en'; 'theme': 'auto' | 'light' | 'dark';
 *                        'type': 'normal' | 'large'
 *   change(name, value)  applies and remembers
 *
 * A value in the address (?lang=en&theme=dark) holds for this page only.
 */
import { languageOf, language, useLanguage } from './words.js';

const ALLOWED = { theme: ['auto', 'light', 'dark'], type: ['normal', 'large'] };
const values = { theme: 'auto', type: 'normal' };
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function kept(name) {
	try {
		return localStorage.getItem('riser.' + name);
	} catch (e) {
		return null; // storage may be forbidden
	}
}

function keep(name, value) {
	try {
		localStorage.setItem('riser.' + name, value);
	} catch (e) {
		// then it holds until the page is left
	}
}

function apply() {
	const root = document.documentElement;
	root.lang = language() === 'zh' ? 'zh-CN' : 'en';
	root.dataset.theme = values.theme === 'auto' ? (dark.matches ? 'dark' : 'light') : values.theme;
	root.dataset.type = values.type;
}

export function begin() {
	const query = new URLSearchParams(location.search);
	useLanguage(languageOf(query.get('lang'), kept('lang'), navigator.language));
	for (const name of Object.keys(ALLOWED)) {
		const value = [query.get(name), kept(name)].find((v) => ALLOWED[name].includes(v));
		values[name] = value || values[name];
	}
	apply();
	if (dark.addEventListener)
		dark.addEventListener('change', apply);
	else
		dark.addListener(apply); // older web views
}

export const setting = (name) => (name === 'lang' ? language() : values[name]);

export function change(name, value) {
	if (name === 'lang')
		useLanguage(value);
	else
		values[name] = value;
	keep(name, value);
	apply();
}
