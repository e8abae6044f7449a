/*
 * other.js - one of the other systems in a card: its name, and one count or value
 *
 *   other(view) -> {root, fill(view)}
 *       view: {kind, name, mark, text, level, quality}
 */
import { h, setAttr, setText } from '../dom.js';

export function other(view) {
	const name = h('span', {});
	const text = h('b', { class: 'doubted' });
	const root = h('div', { class: 'other', 'data-kind': view.kind, role: 'listitem' }, name, text);

	return {
		root,
		fill(v) {
			setAttr(root, 'data-quality', v.quality);
			setAttr(root, 'data-level', v.level || null);
			setText(name, v.mark ? v.mark + ' ' + v.name : v.name);
			setText(text, v.text);
		},
	};
}
