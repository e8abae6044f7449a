/*
 * parts/header.js - the estate, the sentence, and whether this screen lives
 *
 *   makeHeader(store)   {root, fill(state)}.  #state-sentence is the alarm bar: it
 *       stays in view while the page is scrolled and leads to the first card.
 */
import { sentence, unackedP1 } from '../alarms.js';
import { h, setAttr, setText } from '../dom.js';
import { dutyOf, uplinksOf } from '../facts.js';
import { age, clock } from '../format.js';
import { dataAge } from '../life.js';
import { quietSince } from '../quiet.js';
import { pick, t } from '../words.js';
import { zoneOf } from '../zone.js';

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

	function fillFacts(hb) {
		const ups = uplinksOf(hb);
		setText(uplink, ups.text);
		setAttr(uplink, 'data-connected', ups.connected === null ? null : String(ups.connected));
		setText(duty, dutyOf(hb)[0] || '');
	}

	function fillSentence(known) {
		const list = store.alarms();
		const said = known.known ? sentence(list, quietSince(store), store.now()) : { text: t('state.waiting'), severity: null };
		setText(state, said.text);
		setAttr(state, 'data-severity', said.severity);
		setAttr(state, 'data-unacked', unackedP1(list).length > 0);
	}

	return {
		root: h('header', { class: 'head' },
			h('div', { class: 'head-top' }, site, h('span', { class: 'head-life' }, data, link, time)),
			h('div', { class: 'head-more' }, unset, uplink, duty)),
		sentence: state,
		fill(known) {
			setText(site, known.site ? pick(known.site.name) : '');
			fillAlive(known);
			fillFacts(known.hb);
			fillSentence(known);
		},
	};
}
