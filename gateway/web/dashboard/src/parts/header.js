/*
 * parts/header.js - the estate, the sentence, and whether this screen lives
 *
 *   makeHeader(store)   {root, fill(state)}.  #state-sentence is the alarm bar: it
 *       stays in view while the page is scrolled and leads to the first card.
 */
import { inOrder, isUnacked, sentence } from '../alarms.js';
import { h, setAttr, setText } from '../dom.js';
import { age, clock } from '../format.js';
import { dataAge } from '../life.js';
import { quietSince } from '../quiet.js';
import { pick, t } from '../words.js';
import { zoneOf } from '../zone.js';

function uplinkText(u) {
	return t(u.connected ? 'head.uplink' : 'head.uplink_down', { sink: u.sink, n: u.pending });
}

function dutyText(hb) {
	const first = hb && hb.duty && hb.duty[0];
	return first ? t('head.duty', { name: pick(first.name), phone: first.phone || '' }) : '';
}

export function makeHeader(store) {
	const site = h('h1', { id: 'site-name' });
	const data = h('span', { id: 'data-age' });
	const link = h('span', { id: 'link' });
	const time = h('span', { id: 'clock' });
	const unset = h('span', { id: 'clock-unset' });
	const uplink = h('span', { id: 'uplink' });
	const duty = h('span', { id: 'duty' });
	const state = h('a', { id: 'state-sentence', href: '#alarms' });

	function fillAlive(known) {
		const ms = dataAge(store);
		setText(data, ms === null ? t('head.data_none') : t('head.data', { age: age(t, ms) }));
		setText(link, known.link === 'start' ? '' : t('head.' + known.link));
		setText(time, clock(store.now(), zoneOf(known)));
		setText(unset, known.hb && known.hb.synced === false ? t('head.clock') : '');
	}

	function fillUplinks(hb) {
		const all = (hb && hb.uplinks) || [];
		setText(uplink, all.map(uplinkText).join(' · '));
		setAttr(uplink, 'data-connected', all.length ? String(all.every((u) => u.connected)) : null);
	}

	function fillSentence(known) {
		const list = store.alarms();
		const said = known.known ? sentence(list, quietSince(store), store.now()) : { text: t('state.waiting'), severity: null };
		setText(state, said.text);
		setAttr(state, 'data-severity', said.severity);
		setAttr(state, 'data-unacked', inOrder(list).some((a) => a.severity === 'P1' && isUnacked(a)));
	}

	return {
		root: h('header', { class: 'head' },
			h('div', { class: 'head-top' }, site, h('span', { class: 'head-life' }, data, link, time)),
			h('div', { class: 'head-more' }, unset, uplink, duty)),
		sentence: state,
		fill(known) {
			setText(site, known.site ? pick(known.site.name) : '');
			fillAlive(known);
			fillUplinks(known.hb);
			setText(duty, dutyText(known.hb));
			fillSentence(known);
		},
	};
}
