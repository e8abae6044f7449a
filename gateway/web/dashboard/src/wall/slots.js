/*
 * slots.js - which alarms stand in the wall's three slots, and how; pure
 *
 *   slotsOf(alarms, {now, zone, label, name})  three views of parts/slot.js
 *       label(id)  "7-2": a car of a power cut; name(id): of the device that was cut
 *   floodOf(alarms, now)   how many came in the last ten minutes if that is a flood, else 0
 *
 * The first two are shown as they are; the third too, if it is the last, else
 * it sums what is left.  In a flood what can wait for the morning leaves the
 * slots: P3 and P4 are counted only.
 */
import { inOrder, isHidden, isUnacked, keyOf, MARKS, SEVERITIES, stateOf, deedsOf, timerOf, titleOf } from '../alarms.js';
import { t } from '../words.js';

const FLOOD = 10; // more than this many
const FLOOD_MS = 10 * 60 * 1000; // in this time: ISA-18.2's measure of a flood
const SLOTS = 3;

export function floodOf(alarms, now) {
	const n = alarms.filter((a) => a.since !== null && now - a.since < FLOOD_MS && a.active).length;
	return n > FLOOD ? n : 0;
}

const EMPTY = {
	kind: 'none', key: null, level: null, state: null, unacked: false, acked: false,
	sign: '', title: '', detail: '', cars: null, more: null, timer: '', wide: false,
};

/* ---- a power cut and its cars, in order of danger as they come ---- */

function carWord(c) {
	if (c.trapped)
		return 'trapped';
	if (c.occupied === 'yes')
		return c.moving ? 'moving_occupied' : 'occupied';
	if (c.occupied === 'no')
		return c.moving ? 'moving_empty' : 'empty';
	return c.moving ? 'moving' : 'unknown';
}

function carOf(c, label) {
	const done = c.back || Boolean(c.checked);
	return {
		key: c.car,
		text: t(done ? 'wall.car.done' : 'wall.car', { car: label(c.car), word: t('wall.car.' + carWord(c)) }),
		danger: !done && (c.trapped === true || c.occupied === 'yes' || c.moving === true),
		back: done,
	};
}

/* ---- one ---- */

/* The English of a place begins small. */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function alarmSlot(a, at) {
	const cars = a.cars && a.cars.length ? a.cars.map((c) => carOf(c, at.label)) : null;
	return {
		kind: 'alarm', key: keyOf(a), level: a.severity, state: a.state,
		unacked: isUnacked(a), acked: !isUnacked(a), sign: MARKS[a.severity],
		title: (a.test ? t('wall.test') + ' ' : '') + capital(titleOf(a, at.name)),
		detail: [stateOf(a, at.now, at.zone), ...deedsOf(a, at.now, at.zone)].join(' · '),
		cars, more: (n) => t('wall.car.more', { n }), timer: timerOf(a, at.now), wide: false,
	};
}

/* ---- what is left ---- */

function hiddenWords(alarms) {
	const of = {
		shelved: alarms.filter((a) => a.shelved_until).length,
		out: alarms.filter((a) => !a.shelved_until && a.out_of_service).length,
		suppressed: alarms.filter((a) => !a.shelved_until && !a.out_of_service && isHidden(a)).length,
	};
	return Object.keys(of).filter((k) => of[k]).map((k) => t('wall.hidden.' + k, { n: of[k] }));
}

function restSlot(left, hidden) {
	const counts = SEVERITIES.map((s) => [s, left.filter((a) => a.severity === s).length]).filter(([, n]) => n);
	const words = counts.map(([s, n]) => t('state.' + s, { n }));

	if (!left.length)
		return { ...EMPTY, kind: 'rest', title: hidden.join(' · ') };
	return {
		...EMPTY, kind: 'rest', level: counts[0][0], sign: MARKS[counts[0][0]],
		unacked: false, acked: !left.some(isUnacked),
		title: t('wall.rest', { n: left.length }), detail: [...words, ...hidden].join(' · '),
	};
}

export function slotsOf(alarms, at) {
	const flood = floodOf(alarms, at.now) > 0;
	const all = inOrder(alarms);
	const shown = flood ? all.filter((a) => a.severity === 'P1' || a.severity === 'P2') : all;
	const hidden = hiddenWords(alarms);
	const whole = all.length === SLOTS && shown.length === SLOTS;
	const slots = shown.slice(0, whole ? SLOTS : SLOTS - 1).map((a) => alarmSlot(a, at));
	const left = all.filter((a) => !slots.some((s) => s.key === keyOf(a)));

	if (!all.length)
		slots.push({ ...EMPTY, title: t('wall.none') });
	if (slots.length && slots[0].cars && slots.length === 1 && !left.length)
		slots[0].wide = true;
	while (slots.length < SLOTS - 1 && !(slots[0] && slots[0].wide))
		slots.push(EMPTY);
	if (!whole)
		slots.push(left.length || hidden.length ? restSlot(left, hidden) : EMPTY);
	return slots;
}
