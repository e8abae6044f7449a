/*
 * gauge.js - one value as a bar: how full, what is normal, where the peak was
 *
 *   gauge(view) -> {root, fill(view)}
 *       view: {device, key, name, mark, text, note, level, quality, at, fill,
 *       band, peak, title}.  at, peak and the two ends of band are shares of the
 *       scale, 0 to 1, or null for what is not known; without a scale (at and
 *       band null) the track is empty.  fill: the bar is filled up to at, as a
 *       load is; else a needle stands there, as a pressure does.
 *
 * Only transforms and offsets change, and only when they do.
 */
import { h, setAttr, setHidden, setText } from '../dom.js';

const share = (x) => Math.round(Math.min(1, Math.max(0, x)) * 1000) / 1000;

function setStyle(node, name, value) {
	if (node.style[name] !== value)
		node.style[name] = value;
}

function place(node, at) {
	setHidden(node, at === null);
	if (at !== null)
		setStyle(node, 'left', share(at) * 100 + '%');
}

/* from and to are shares; the element is as wide as the track. */
function stretch(node, from, to) {
	setStyle(node, 'transform', `translateX(${share(from) * 100}%) scaleX(${share(to - from)})`);
}

export function gauge(view) {
	const mark = h('b', { class: 'gauge-mark' });
	const text = h('span', {});
	const name = h('span', { class: 'gauge-name' }, mark, text);
	const band = h('span', { class: 'gauge-band' });
	const fill = h('span', { class: 'gauge-fill' });
	const needle = h('span', { class: 'gauge-needle' });
	const peak = h('span', { class: 'gauge-tick' });
	const value = h('span', { class: 'gauge-value doubted', 'data-point': view.key });
	const note = h('span', { class: 'gauge-note' });
	const root = h('div', { class: 'gauge', 'data-device': view.device, role: 'listitem' },
		name, h('div', { class: 'gauge-track', 'aria-hidden': 'true' }, band, fill, needle, peak), value, note);

	return {
		root,
		fill(v) {
			setAttr(root, 'data-quality', v.quality);
			setAttr(root, 'data-level', v.level || null);
			setAttr(root, 'title', v.title || null);
			setText(mark, v.mark);
			setText(text, v.name);
			setHidden(band, v.band === null);
			if (v.band !== null)
				stretch(band, v.band[0], v.band[1]);
			setHidden(fill, v.at === null || !v.fill);
			if (!fill.hidden)
				stretch(fill, 0, v.at);
			place(needle, v.fill ? null : v.at);
			place(peak, v.peak);
			setText(value, v.text);
			setAttr(value, 'data-quality', v.quality);
			setText(note, v.note);
		},
	};
}
