/*
 * bars.js - the wall's transformers and water points as views of parts/gauge.js; pure
 *
 *   loadBars(transformers)  a bar each, 0 to 120 %
 *   waterBars(waters, most) a needle each; pressures on one scale, so that they compare.
 *                           most: the highest pressure the scale has to hold
 *   mostOf(waters, before)  that, of what can be: never less than before, so that the scale stands still
 *   fittedBars(bars, room)  [bars, left]: all, or if they do not fit those with the worst
 *                           alarm or quality in their order, and how many are left out
 *
 * The band is what is normal (estate.js): a water point has one if its alarms set
 * it limits, each estate's its own.
 */
import { MARKS, SEVERITIES } from '../alarms.js';
import { infoOf, normalWords } from '../estate.js';
import { shortAge } from '../format.js';
import { LOAD_MAX, bandOf } from '../scale.js';
import { t } from '../words.js';

const OVER = 100; // %: more than it is built for
const SCALES = [0.4, 0.6, 1, 1.6, 2.5, 4, 6, 10, 16, 25, 40]; // MPa, as gauges have them

function loadWord(v, { low, high }) {
	return t(v > OVER ? 'wall.load.over' : v >= high ? 'wall.load.heavy' : v < low ? 'wall.load.light' : 'wall.load.normal');
}

/* What stands at the right: the age of what is old, else what is given. */
function noteOf(cell, given) {
	if (cell.look === 'stale' && cell.age_ms !== null)
		return shortAge(t, cell.age_ms);
	return cell.look === 'bad' ? t('wall.lost') : cell.look === 'simulated' ? t('wall.simulated') : given;
}

const markOf = (x) => (x.severity ? MARKS[x.severity] + ' ' : '');

const alone = (cell) => cell.look === 'bad' || cell.look === 'never' || cell.look === 'disabled';

/* "104%?" */
function percent(cell) {
	if (alone(cell))
		return cell.text;
	return cell.look === 'uncertain' ? cell.text.replace('?', '') + cell.unit + '?' : cell.text + cell.unit;
}

function loadBar(x) {
	const rated = x.load === 'load', { cell } = x;
	const number = typeof cell.v === 'number' ? cell.v : null;
	const peak = rated && x.peak ? x.peak.v : null;
	const said = number !== null && rated ? loadWord(number, x.normal) : '';

	return {
		device: x.id, key: x.id + '/' + x.load, name: x.name,
		text: rated ? percent(cell) : alone(cell) ? cell.text : cell.text + ' ' + cell.unit,
		note: noteOf(cell, peak === null ? '' : t(x.peak.least ? 'wall.peak_least' : 'wall.peak', { v: Math.round(peak) })),
		level: x.severity, mark: markOf(x), quality: cell.look, fill: true,
		at: rated && number !== null ? number / LOAD_MAX : null,
		band: bandOf(x.normal, LOAD_MAX),
		peak: peak === null ? null : peak / LOAD_MAX,
		title: [x.name, t('wall.load', { v: cell.text + cell.unit }), said, normalWords(x.device, x.load, x.normal), cell.why].filter(Boolean).join(' · '),
	};
}

export const loadBars = (list) => list.map(loadBar);

/* What cannot be, 50 MPa of a sensor that was pulled out, sets no scale. */
function numberOf({ device, point, cell }) {
	const { valid } = infoOf(device, point) || {};
	return typeof cell.v === 'number' && !(valid && cell.v > valid[1]) ? cell.v : 0;
}

export function mostOf(list, before) {
	return list.filter((x) => x.point === 'pressure').reduce((most, x) => Math.max(most, numberOf(x)), before);
}

const HEADROOM = 1.2;

export const scaleOf = (most) => SCALES.find((s) => s >= most * HEADROOM) || null;

function waterScale(x, most) {
	return x.point === 'pressure' ? scaleOf(most) : x.point === 'level_pct' ? 100 : null;
}

function waterBar(x, most) {
	const { cell } = x, top = waterScale(x, most);

	return {
		device: x.id, key: x.id + '/' + x.point, name: x.name,
		text: cell.text, note: noteOf(cell, alone(cell) ? '' : cell.unit),
		level: x.severity, mark: markOf(x), quality: cell.look, fill: false,
		at: top !== null && typeof cell.v === 'number' ? cell.v / top : null,
		band: bandOf(x.normal, top),
		peak: null,
		title: [x.name, cell.text + ' ' + cell.unit, normalWords(x.device, x.point, x.normal), cell.why].filter(Boolean).join(' · '),
	};
}

export const waterBars = (list, most) => list.map((x) => waterBar(x, most));

const QUIET = ['good', 'simulated', 'uncertain'];

function badness(bar) {
	return bar.level ? SEVERITIES.indexOf(bar.level) : QUIET.includes(bar.quality) ? 9 : 5;
}

export function fittedBars(bars, room) {
	if (bars.length <= room)
		return [bars, 0];
	const worst = new Set([...bars].sort((a, b) => badness(a) - badness(b)).slice(0, room));
	return [bars.filter((b) => worst.has(b)), bars.length - room];
}
