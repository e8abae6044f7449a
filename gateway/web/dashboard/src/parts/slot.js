/*
 * slot.js - one of the three places for alarms on the wall
 *
 *   slot() -> {root, fill(view)}
 *       view: {kind: 'alarm' | 'rest' | 'none', key, level, state, unacked,
 *       acked, sign, title, detail, cars, more, timer, wide}.  cars: null, or
 *       [{key, text, danger, back}] in order of danger; more(n) says that n of
 *       them do not fit.
 */
import { h, keyed, setAttr, setHidden, setText } from '../dom.js';

const LONG = 58; // in letters: two lines of a slot
const VERY_LONG = 88; // three smaller ones

/* A Chinese sign is as wide as two letters. */
const widthOf = (text) => [...text].reduce((n, c) => n + (c > '\u2e80' ? 2 : 1), 0);

function lengthOf(title) {
	const width = widthOf(title);
	return width > VERY_LONG ? 'very' : width > LONG;
}

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
	const timer = h('span', {});
	const more = h('small', { class: 'slot-more' });
	const root = h('div', { class: 'slot' }, sign, h('div', {}, title, detail, cars), h('div', { class: 'slot-timer' }, timer, more));
	let shown = null; // the cars that are there, by their words

	/* How many cars do not fit has to be asked of the layout: once a change. */
	function measure(v) {
		const words = v.cars === null ? '' : v.wide + v.cars.map((c) => c.text).join('|');
		if (words === shown)
			return;
		shown = words;
		const out = [...cars.children].filter((c) => c.offsetTop + c.offsetHeight > cars.offsetTop + cars.clientHeight + 2).length;
		setText(more, out ? v.more(out) : '');
	}

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
			setAttr(root, 'data-long', lengthOf(v.title));
			setAttr(sign, 'data-level', v.level || null);
			setAttr(sign, 'data-acked', v.acked);
			setText(sign, v.sign);
			setText(title, v.title);
			setText(detail, v.detail);
			setHidden(cars, v.cars === null);
			keyed(cars, v.cars || [], (c) => c.key, car);
			setText(timer, v.timer);
			measure(v);
		},
	};
}
