/*
 * head.js - the wall's first row: is anything wrong, and is this screen alive
 *
 *   makeHead(siren) -> {root, fill({store, alarms, now, zone})}
 *
 * What may be missing keeps its place: the row never moves.
 */
import { sentence } from '../alarms.js';
import { h, setAttr, setHidden, setText } from '../dom.js';
import { dutyOf, uplinksOf } from '../facts.js';
import { age, clock } from '../format.js';
import { dataAge } from '../life.js';
import { quietSince } from '../quiet.js';
import { pick, t } from '../words.js';
import { floodOf } from './slots.js';

const SVG = 'http://www.w3.org/2000/svg';
const MUTED = 'M2 9h4l6-5v16l-6-5H2z M15 9l6 6M21 9l-6 6'; // few gateways' screens have a font with the sign

function mutedSign() {
	const svg = document.createElementNS(SVG, 'svg');
	const path = document.createElementNS(SVG, 'path');

	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('aria-hidden', 'true');
	path.setAttribute('d', MUTED);
	path.setAttribute('stroke-width', '2.4');
	svg.append(path);
	return svg;
}

export function makeHead(siren) {
	const name = h('h1', {});
	const state = h('div', { id: 'state-sentence', role: 'status' });
	const flood = h('div', { class: 'wall-flood', id: 'flood', hidden: true });
	const sound = h('button', { class: 'wall-sound', id: 'sound', type: 'button', onclick: siren.allow },
		mutedSign(), h('span', {}, t('wall.sound')));
	const data = h('span', { id: 'data-age' });
	const uplink = h('span', { id: 'uplink' });
	const duty = h('span', { id: 'duty' });
	const second = h('span', {});
	const hour = h('b', { id: 'clock' });
	const sync = h('small', { id: 'clock-unset' });
	const root = h('header', { class: 'wall-head' }, name, state, flood, sound,
		h('div', { class: 'wall-facts' }, data, uplink, duty, second), h('div', { class: 'wall-clock' }, hour, sync));

	return {
		root,
		fill({ store, alarms, now, zone }) {
			const { hb, site, known } = store.state;
			const said = known && hb ? sentence(alarms, quietSince(store), now) : { text: t('state.waiting'), severity: null, counts: 0 };
			const newest_ms = dataAge(store);
			const ups = uplinksOf(hb), people = dutyOf(hb);
			const many = floodOf(alarms, now);

			setText(name, site ? pick(site.name) : '');
			setText(state, said.text);
			setAttr(state, 'data-severity', said.severity);
			setAttr(state, 'data-many', said.counts > 2);
			setHidden(flood, !many);
			setText(flood, many ? t('wall.flood', { n: many }) : '');
			setHidden(sound, siren.isAllowed());
			setText(data, newest_ms === null ? t('head.data_none') : t('head.data', { age: age(t, newest_ms) }));
			setText(uplink, ups.text);
			setAttr(uplink, 'data-connected', ups.connected === null ? null : String(ups.connected));
			setText(duty, people[0] || '');
			setText(second, people[1] || '');
			setText(hour, hb ? clock(now, zone) : '');
			setText(sync, hb && hb.synced === false ? t('head.clock') : '');
		},
	};
}
