/*
 * tile.js - one lift on the wall
 *
 *   tile(view) -> {root, fill(view)}
 *       view: {device, label, floor, glyph, word, mark, level, unacked, look,
 *       quality, title} as lifts.js makes it; and of floor and word the point
 *       they are of and its quality, of glyph that of the direction.
 *
 * Two rows: which lift, where to and how bad; where it is and its door, or why
 * there is nothing to say.
 */
import { h, setAttr, setText } from '../dom.js';

export function tile(view) {
	const label = h('span', { class: 'tile-label' });
	const mark = h('span', { class: 'tile-mark' });
	const floor = h('span', { class: 'tile-floor doubted' });
	const glyph = h('span', { class: 'tile-glyph doubted', 'data-point': view.device + '/direction' });
	const word = h('span', { class: 'tile-word doubted' });
	const root = h('div', { class: 'tile', id: 'lift-' + view.device, 'data-device': view.device, role: 'listitem' },
		h('div', { class: 'tile-top' }, label, glyph, mark),
		h('div', { class: 'tile-row' }, floor, word));

	return {
		root,
		fill(v) {
			setAttr(root, 'data-quality', v.quality);
			setAttr(root, 'data-level', v.level || null);
			setAttr(root, 'data-unacked', v.unacked);
			setAttr(root, 'data-look', v.look || null);
			setAttr(root, 'title', v.title || null);
			setText(label, v.label);
			setText(mark, v.mark);
			setText(floor, v.floor);
			setAttr(floor, 'data-point', v.floorPoint && v.device + '/' + v.floorPoint);
			setAttr(floor, 'data-quality', v.floorQuality);
			setText(glyph, v.glyph);
			setAttr(glyph, 'data-quality', v.glyphQuality);
			setText(word, v.word);
			setAttr(word, 'data-point', v.wordPoint && v.device + '/' + v.wordPoint);
			setAttr(word, 'data-quality', v.wordQuality);
		},
	};
}
