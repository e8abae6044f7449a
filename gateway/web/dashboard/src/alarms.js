/*
 * alarms.js - alarms in order, counted and in words; pure
 *
 * An alarm is as /api/v1/alarms has it: {device, alarm, state, active, severity,
 * since, ack, work, text, shelved_until, suppressed_by, out_of_service, cars, ..}.
 *
 *   keyOf(a)              "lift-7-2/entrapment"
 *   isHidden(a)           shelved, suppressed or out of service: counted, not listed
 *   inOrder(list)         what is to be shown: unacknowledged first, by severity,
 *                         those still active before those over, the oldest first
 *   unackedP1(list)       the urgent ones of them that nobody has taken: they pulse, sound and are said
 *   severityOf(list)      device -> the worst severity shown ("P1".."P4") of what is not over
 *   sentence(list, since, now)   {text, severity, counts}: "■ 1 项紧急 · 3 项一般", each severity
 *                         there is, the worst first, or "全部正常 · 已 14 天 3 小时无紧急报警"; since: of the
 *                         last P1, or null; counts: how many there are.  A line may be broken
 *                         between counts only
 *   timerOf(a, now)       "03:12"
 *   textOf(a)             what it is, without how long when it was raised: the timer beside it tells that
 *   titleOf(a, nameOf)    the same, of a power cut without its cars: they are listed below it
 *   stateOf(a, now, zone) "已确认 张工 18:20"
 *   deedsOf(a, now, zone) what people did, a sentence each
 *   verbsOf(a)            which buttons it has: 'ack' 'arrive' 'rescue' 'reset'
 *   carsOf(a, now, zone, nameOf)   of a power cut, in its order: [{id, name, text, checked, back, urgent}]
 */
import { age, moment, span, timer } from './format.js';
import { pick, t } from './words.js';

export const SEVERITIES = ['P1', 'P2', 'P3', 'P4'];
export const MARKS = { P1: '!!', P2: '!', P3: '▲', P4: '◆' };
const SHAPES = { P1: '■', P2: '●', P3: '▲', P4: '◆' };

export const keyOf = (a) => a.device + '/' + a.alarm;
export const isHidden = (a) => Boolean(a.shelved_until || a.suppressed_by || a.out_of_service || a.unseen);
export const isUnacked = (a) => a.state === 'UNACK' || a.state === 'RTNUN';

const rank = (s) => (SEVERITIES.includes(s) ? SEVERITIES.indexOf(s) : SEVERITIES.length);

const ORDER = [
	(a) => (isUnacked(a) ? 0 : 1),
	(a) => rank(a.severity),
	(a) => (a.active ? 0 : a.state === 'RTNUN' ? 2 : 1), // what waits for a person is not over
	(a) => a.since || 0,
];

function compare(a, b) {
	for (const of of ORDER) {
		if (of(a) !== of(b))
			return of(a) - of(b);
	}
	return keyOf(a) < keyOf(b) ? -1 : 1;
}

export const inOrder = (list) => list.filter((a) => !isHidden(a)).sort(compare);

export const unackedP1 = (list) => inOrder(list).filter((a) => a.severity === 'P1' && isUnacked(a));

export function severityOf(list) {
	const found = new Map();
	for (const a of list) {
		if (!isHidden(a) && a.state !== 'RTNUN' && rank(a.severity) < rank(found.get(a.device)))
			found.set(a.device, a.severity);
	}
	return found;
}

export function countOf(list, severity) {
	return list.filter((a) => !isHidden(a) && a.severity === severity).length;
}

const unbroken = (text) => text.replaceAll(' ', '\u00a0');

export function sentence(list, since, now) {
	const there = SEVERITIES.filter((s) => countOf(list, s));
	const said = there.map((s) => unbroken(t(`state.${s}`, { n: countOf(list, s) }))).join('\u00a0· ');

	if (there.length)
		return { text: SHAPES[there[0]] + '\u00a0' + said, severity: there[0], counts: there.length };
	return { text: since === null ? t('state.fine') : t('state.fine_since', { span: span(t, now - since) }), severity: null, counts: 0 };
}

/* {dur} of the text, as wording.c ends it with "，已38分" and " for 2 h 5 min". */
const LASTED = {
	zh: /(\uff0c\u5df2|\s)(?=\d)(\d+\u5c0f\u65f6)?(\d+\u5206)?(\d+\u79d2)?$/,
	en: /( for)? (?=\d)(\d+ h ?)?(\d+ min ?)?(\d+ s)?$/,
};

export function textOf(a) {
	const text = pick(a.text);
	return a.since ? text.replace(LASTED.zh, '').replace(LASTED.en, '') : text;
}

export function titleOf(a, nameOf) {
	if (!a.cars || !a.cars.length)
		return textOf(a);
	const key = a.suspected ? 'suspected' : (a.phases || []).length < 3 ? 'phase' : 'cut';
	return t(`sweep.${key}`, { name: nameOf(a.device), n: a.cars.length });
}

export const timerOf = (a, now) => (a.since ? timer(now - a.since) : '');

export function stateOf(a, now, zone) {
	if (isUnacked(a))
		return t(a.active ? 'alarm.unacked' : a.state === 'RTNUN' ? 'alarm.over' : 'alarm.gone');
	if (a.ack)
		return t(a.state === 'LATCHED' ? 'alarm.latched' : 'alarm.acked', { by: a.ack.by, at: moment(a.ack.ts, zone, now) });
	return '';
}

const WORK = ['responded', 'arrived', 'rescued', 'false_alarm'];

export function deedsOf(a, now, zone) {
	return WORK.filter((w) => a.work && a.work[w])
		.map((w) => t(`work.${w}`, { by: a.work[w].by, at: moment(a.work[w].ts, zone, now) }));
}

/* Whoever is to be got out of a car is the duty's business step by step. */
const RESCUES = ['entrapment', 'entrapment_suspected', 'alarm_button', 'power_lost_occupied'];

export function verbsOf(a) {
	const work = a.work || {};
	const verbs = isUnacked(a) ? ['ack'] : [];
	if (RESCUES.includes(a.alarm) && !work.arrived)
		verbs.push('arrive');
	if (RESCUES.includes(a.alarm) && !work.rescued)
		verbs.push('rescue');
	if (a.state === 'LATCHED')
		verbs.push('reset');
	return verbs;
}

function carWords(c) {
	const said = [];
	if (c.trapped)
		said.push(t('car.trapped'));
	if (c.moving !== null)
		said.push(t(c.moving ? 'car.moving' : 'car.standing'));
	said.push(t(`car.occupied.${c.occupied}`));
	if (c.floor !== null && c.floor !== undefined)
		said.push(t(c.zone === false ? 'car.between' : 'car.floor', { n: c.floor }));
	if (c.door_open)
		said.push(t('car.door_open'));
	if (c.age !== null)
		said.push(t('car.seen', { age: age(t, c.age) }));
	return said.join(' · ');
}

export function carsOf(a, now, zone, nameOf) {
	return (a.cars || []).map((c) => ({
		id: c.car,
		name: nameOf(c.car),
		text: carWords(c),
		back: c.back,
		urgent: !c.back && !c.checked && c.occupied !== 'no',
		checked: c.checked ? t('car.checked', { by: c.checked.by, at: moment(c.checked.ts, zone, now) }) : c.back ? t('car.back') : '',
	}));
}
