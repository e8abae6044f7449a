/*
 * parts/speaker.js - an urgent alarm is said aloud, once
 *
 *   makeSpeaker(store)   {root, fill()}: an assertive live region that names each
 *       P1 that is not acknowledged when it comes, and not again each second; and
 *       a polite one with the counts when they change.
 */
import { keyOf, sentence, unackedP1 } from '../alarms.js';
import { h, setText } from '../dom.js';
import { pick, t } from '../words.js';

export function makeSpeaker(store) {
	const urgently = h('div', { id: 'speaker', 'aria-live': 'assertive', 'aria-atomic': 'true' });
	const politely = h('div', { 'aria-live': 'polite', 'aria-atomic': 'true' });
	const root = h('div', { class: 'unseen' }, urgently, politely);
	let said = new Set();

	return {
		root,
		fill() {
			const urgent = unackedP1(store.alarms());
			const fresh = urgent.filter((a) => !said.has(keyOf(a) + a.since));
			setText(politely, store.state.known ? sentence(store.alarms(), null, 0).text : '');
			said = new Set(urgent.map((a) => keyOf(a) + a.since));
			if (fresh.length)
				setText(urgently, fresh.map((a) => t('alarm.said', { severity: t('severity.P1'), text: pick(a.text) })).join(' '));
		},
	};
}
