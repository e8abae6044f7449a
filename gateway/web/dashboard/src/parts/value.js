/*
 * parts/value.js - a value on the page
 *
 *   makeValue(device, point, cls)   {root, fill(cell)}: an element with
 *       data-point, data-quality, the value's text and unit, and the reason as
 *       its title; a tap tells the reason too.
 */
import { h, setAttr, setText } from '../dom.js';
import { pick, t } from '../words.js';
import { tell } from './reason.js';

export function makeValue(device, point, cls) {
	const text = h('span', { class: 'v' });
	const unit = h('span', { class: 'u' });
	const note = h('span', { class: 'n' });
	const root = h('span', {
		class: 'value ' + (cls || ''), 'data-point': device.id + '/' + point,
		onclick: () => why && tell(why),
		onkeydown: (e) => why && (e.key === 'Enter' || e.key === ' ') && (e.preventDefault(), tell(why)),
	}, text, unit, note);
	let why = null;

	return {
		root,
		fill(cell) {
			setAttr(root, 'data-quality', cell.look);
			setAttr(root, 'data-value', cell.v);
			setText(text, cell.text);
			setText(unit, cell.unit ? ' ' + cell.unit : '');
			setText(note, cell.note ? ' ' + cell.note : '');
			why = cell.why ? t('q.of', { name: pick(device.name), why: cell.why }) : null;
			setAttr(root, 'title', why);
			setAttr(root, 'role', why && 'button');
			setAttr(root, 'tabindex', why && '0');
		},
	};
}
