/*
 * slot.js - one of the three places for alarms on the wall
 *
 *   slot() -> {root, fill(view)}
 *       view: {kind: 'alarm' | 'rest' | 'none', key, level, state, unacked,
 *       acked, sign, title, detail, cars, timer, wide}.  cars: null, or
 *       [{key, text, danger, back}] in order of danger; they take the place of
 *       the detail.
 */
import { h, keyed, setAttr, setText } from '../dom.js';

function car(view) {
	const root = h('span', { 'data-car': view.key });

	return {
		root,
		fill(v) {
			setText(root, v.text);
			setAttr(root, 'data-danger', v.danger);
			setAttr(root, 'data-back', v.back);
		},
	};
}

export function slot() {
	const sign = h('span', { class: 'sign', 'aria-hidden': 'true' });
	const title = h('div', { class: 'slot-title' });
	const detail = h('div', { class: 'slot-detail' });
	const cars = h('div', { class: 'slot-cars' });
	const timer = h('span', { class: 'slot-timer' });
	const root = h('div', { class: 'slot' }, sign, h('div', {}, title, detail, cars), timer);

	return {
		root,
		fill(v) {
			setAttr(root, 'data-kind', v.kind);
			setAttr(root, 'data-alarm', v.key || null);
			setAttr(root, 'data-level', v.level || null);
			setAttr(root, 'data-state', v.state || null);
			setAttr(root, 'data-unacked', v.unacked);
			setAttr(root, 'data-cars', v.cars !== null);
			setAttr(root, 'data-wide', v.wide);
			setAttr(sign, 'data-level', v.level || null);
			setAttr(sign, 'data-acked', v.acked);
			setText(sign, v.sign);
			setText(title, v.title);
			setText(detail, v.detail);
			detail.hidden = v.cars !== null;
			cars.hidden = v.cars === null;
			keyed(cars, v.cars || [], (c) => c.key, car);
			setText(timer, v.timer);
		},
	};
}
