/*
 * pages/overview.js - the overview, phone first: what is wrong as cards, then
 * the systems, a row each
 */
import { inOrder, isHidden, keyOf } from '../alarms.js';
import { watchContacts } from '../contacts.js';
import { h, keyed, setText } from '../dom.js';
import { makeCard } from '../parts/card.js';
import { makeHeader } from '../parts/header.js';
import { makeSpeaker } from '../parts/speaker.js';
import { makeSystems } from '../parts/systems.js';
import { makeTabs } from '../parts/tabs.js';
import { watchQuiet } from '../quiet.js';
import { t } from '../words.js';

export const title = 'overview';

/* Not while somebody writes. */
export const reloads = () => !document.activeElement || document.activeElement.tagName !== 'INPUT';

const CARDS = 20; // a flood is for the eye, not for the thumb

let watching = false;

function watch(store) {
	if (!watching) {
		watchQuiet(store);
		watchContacts(store);
	}
	watching = true;
}

export function mount(root, ctx) {
	const { store } = ctx;
	const header = makeHeader(store);
	const tabs = makeTabs(ctx, title);
	const speaker = makeSpeaker(store);
	const systems = makeSystems(store);
	const cards = h('div', { class: 'cards' });
	const more = h('button', { type: 'button', class: 'button', onclick: () => { all = true; store.changed(); } });
	const hidden = h('p', { class: 'hidden-count' });
	const section = h('section', { id: 'alarms', 'aria-label': t('alarm.list') }, cards, more, hidden);
	let all = false;

	root.append(header.root, header.sentence, tabs.root, tabs.sheet, speaker.root,
		h('main', null, section, systems.root));
	watch(store);
	return (state) => {
		const list = inOrder(store.alarms()), out = store.alarms().filter(isHidden).length;
		const shown = all ? list : list.slice(0, CARDS);
		header.fill(state);
		tabs.fill(state);
		speaker.fill();
		keyed(cards, shown, keyOf, () => makeCard(ctx));
		more.hidden = shown.length === list.length;
		setText(more, t('alarm.more', { n: list.length - shown.length }));
		section.classList.toggle('some', list.length + out > 0);
		hidden.hidden = !out;
		setText(hidden, t('alarm.hidden', { n: out }));
		systems.fill(state);
	};
}
