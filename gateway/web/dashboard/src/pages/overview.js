/*
 * pages/overview.js - the overview
 */
import { h, setText } from '../dom.js';
import { sentence } from '../alarms.js';

export const title = 'overview';

export function mount(root, { store }) {
	const state = h('p', { id: 'state-sentence' });
	root.append(state);
	return () => setText(state, sentence(store.alarms(), null, store.now()).text);
}
