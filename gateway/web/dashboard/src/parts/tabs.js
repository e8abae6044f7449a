/*
 * parts/tabs.js - the pages there are, and "more": language, colours, type, person
 *
 *   makeTabs(ctx, current)   {root, sheet, fill(state)}: the bar (phones: at the
 *       bottom; wide screens: at the left) and the sheet that "more" opens.
 */
import { h, setAttr, setText } from '../dom.js';
import { logout, mayLogIn } from '../session.js';
import { change, setting } from '../settings.js';
import { t } from '../words.js';

const PAGES = [['overview', '/'], ['wall', '/wall']];

function makeChoice(ctx, name, title, options) {
	const buttons = options.map(([value, label]) => h('button', {
		type: 'button', class: 'button', 'data-setting': name, 'data-choice': value, 'aria-pressed': String(setting(name) === value),
		onclick() {
			change(name, value);
			ctx.rebuild(`[data-setting="${name}"][data-choice="${value}"]`);
		},
	}, label));
	return h('div', { class: 'choice', role: 'group', 'aria-label': title }, h('span', { class: 'choice-name' }, title), ...buttons);
}

function makePerson(ctx) {
	const who = h('span', { class: 'choice-name' });
	const inside = h('a', { class: 'button', id: 'sign-in', href: '/login' }, t('more.login'));
	const outside = h('button', { type: 'button', class: 'button', id: 'sign-out', onclick: () => logout(ctx.store) }, t('more.logout'));

	return {
		root: h('div', { class: 'choice', role: 'group', 'aria-label': t('more.person') }, who, inside, outside),
		fill({ me }) {
			const known = me && me.user;
			setText(who, known ? t('more.somebody', { name: me.name || me.user, role: t('role.' + me.role) }) : t('more.nobody'));
			inside.hidden = !mayLogIn(me);
			outside.hidden = !known;
		},
	};
}

let open = false; // also after a change of language

export function makeTabs(ctx, current) {
	const person = makePerson(ctx);
	const sheet = h('section', { id: 'more', class: 'sheet', 'aria-label': t('more.title') },
		makeChoice(ctx, 'lang', t('more.language'), [['zh', '中文'], ['en', 'English']]),
		makeChoice(ctx, 'theme', t('more.theme'), ['auto', 'light', 'dark'].map((v) => [v, t('more.theme.' + v)])),
		makeChoice(ctx, 'type', t('more.type'), ['normal', 'large'].map((v) => [v, t('more.type.' + v)])),
		person.root);
	const more = h('button', { type: 'button', class: 'tab', id: 'more-button', 'aria-controls': 'more', onclick: () => show(!open) }, t('tab.more'));
	const links = PAGES.map(([name, path]) => h('a', { class: 'tab', href: path, 'aria-current': name === current && 'page' }, t('tab.' + name)));

	function show(yes) {
		open = yes;
		sheet.hidden = !open;
		setAttr(more, 'aria-expanded', String(open));
	}

	sheet.addEventListener('keydown', (e) => {
		if (e.key === 'Escape') {
			show(false);
			more.focus();
		}
	});
	show(open);
	return { root: h('nav', { class: 'tabs', 'aria-label': t('nav') }, ...links, more), sheet, fill: person.fill };
}
