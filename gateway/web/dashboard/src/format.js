/*
 * format.js - numbers, durations and times as people read them; pure
 *
 *   number(v, unit, point)   digits by quantity: A 0, V 0, % 0, kW 0 (1 below 100), MPa 2, degC 0, PF 2
 *   unitOf(unit)             "degC" -> "°C"
 *   timer(ms)                "03:12", "1:03:12", "51:03:12"
 *   age(t, ms)               "4 分前": t is words.js's
 *   shortAge(t, ms)          "4分前", for a tile
 *   span(t, ms)              "14 天 3 小时"
 *   clock(ms, zone)          "18:42:07" in the site's zone
 *   moment(ms, zone, now)    "18:42", or "11-06 15:12" of another day
 */
import { own } from './own.js';

const UNITS = { degC: '°C', 'm3/h': 'm³/h', m3: 'm³', 'uS/cm': 'µS/cm' };
const DIGITS = {
	V: 0, A: 0, kvar: 0, kVA: 0, kWh: 0, Hz: 2, '%': 0, MPa: 2, kPa: 0, bar: 2, degC: 0,
	m: 2, 'm/s': 2, 'm3/h': 1, m3: 0, h: 0,
};
const NARROW = '\u202f'; // a narrow space that does not break

const two = (n) => String(n).padStart(2, '0');

function digitsOf(v, unit, point) {
	if (point === 'power_factor')
		return 2;
	if (unit === 'kW')
		return Math.abs(v) < 100 ? 1 : 0;
	return own(DIGITS, unit);
}

export function number(v, unit, point) {
	const digits = digitsOf(v, unit, point);
	const text = digits === undefined ? String(Number(v.toPrecision(6))) : v.toFixed(digits);
	const [whole, part] = text.replace(/^-(0(\.0+)?)$/, '$1').split('.');
	const spaced = whole.replace('-', '').length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, NARROW) : whole;
	return part === undefined ? spaced : spaced + '.' + part;
}

export const unitOf = (unit) => (unit ? own(UNITS, unit) || unit : '');

export function timer(ms) {
	const s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60);
	return h > 0 ? `${h}:${two(m % 60)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
}

export function age(t, ms) {
	const s = Math.max(0, Math.floor(ms / 1000));
	if (s < 60)
		return t('age.s', { n: s });
	if (s < 3600)
		return t('age.min', { n: Math.floor(s / 60) });
	if (s < 48 * 3600)
		return t('age.h', { n: Math.floor(s / 3600) });
	return t('age.d', { n: Math.floor(s / 86400) });
}

export function shortAge(t, ms) {
	const min = Math.floor(Math.max(0, ms) / 60000), h = Math.floor(min / 60);
	if (h >= 48)
		return t('age.short.d', { n: Math.floor(h / 24) });
	if (h > 0)
		return t('age.short.h', { n: h });
	return min > 0 ? t('age.short.min', { n: min }) : t('age.short.s', { n: Math.floor(Math.max(0, ms) / 1000) });
}

export function span(t, ms) {
	const min = Math.max(0, Math.floor(ms / 60000)), h = Math.floor(min / 60), d = Math.floor(h / 24);
	if (d > 0)
		return t('span.d', { d, h: h % 24 });
	return h > 0 ? t('span.h', { h, m: min % 60 }) : t('span.min', { m: min });
}

const formats = new Map(); // making one is slow

function partsOf(ms, zone) {
	if (!formats.has(zone)) {
		formats.set(zone, new Intl.DateTimeFormat('en-GB', {
			timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
			hour: '2-digit', minute: '2-digit', second: '2-digit',
		}));
	}
	const p = {};
	for (const { type, value } of formats.get(zone).formatToParts(ms))
		p[type] = value;
	return p;
}

export function clock(ms, zone) {
	const p = partsOf(ms, zone);
	return `${p.hour}:${p.minute}:${p.second}`;
}

export function moment(ms, zone, now) {
	const p = partsOf(ms, zone), n = partsOf(now, zone);
	const time = `${p.hour}:${p.minute}`;
	return p.day === n.day && p.month === n.month && p.year === n.year ? time : `${p.month}-${p.day} ${time}`;
}
