/*
 * estate.js - lifts, transformers, water and the rest, out of what is known; pure
 *
 *   nameOf(store, id)    as people call the device; one that is not known by its id
 *   cellAt(store, device, point)   its cell (quality.js) with point, the name; null: it has no such point
 *   lifts(store)         [{device, id, label: "7-2", name, category, severity, floor, arrow, word,
 *                        mode, door, look}] by building and stair
 *       category  'alarm' | 'offline' | 'unpowered' | 'inspection' | 'stopped' | 'other' | 'running':
 *                 each lift has one
 *       severity  of the worst alarm shown of it, or null
 *       floor     a cell (quality.js); arrow "▲" "▼" "·" or ""; word: what stands beside it
 *       look      the worst quality of floor, mode and door
 *   liftCounts(lifts)    {total, data, and how many of each category}
 *   transformers(store)  [{device, id, name, load, cell, normal, severity, peak}]
 *       load      the point's name: 'load', else 'active_power'; cell: of it
 *       normal    of a load {low, high}: as its alarms say, each end else as grids call it; or null
 *       peak      today's highest so far, or null: that of yesterday is none
 *   loadSummary(list)    {mean, top}: quality.mean of the loads, the highest item or null
 *   waters(store)        [{device, id, name, point, cell, normal, severity}]
 *       point     'pressure', else 'level', 'level_pct', 'flow'
 *       normal    {low, high}, either or both: as its alarms say; or null
 *   normalWords(device, point, normal)   "正常 0.20–0.40 MPa", or '': for who does not see the band
 *   lowestWater(list)    the item with the least pressure, or null
 *   others(store, groups)  [{kind, name, total, online, severity, look, text}]: a kind each, or those of
 *                        groups (TOGETHER) in one; look: the worst of what text tells and of who is offline
 *   pointCounts(store)   {total, good}
 *
 *   store is store.js's; nothing here remembers anything.
 */
import { severityOf } from './alarms.js';
import { cellOf, highest, lowest, mean, worst } from './quality.js';
import { number, shortAge, unitOf } from './format.js';
import { midnightOf } from './history.js';
import { own } from './own.js';
import { has, pick, t } from './words.js';
import { zoneOf } from './zone.js';

export const infoOf = (device, point) => own(device.points, point);

export function cellAt(store, device, point) {
	const info = infoOf(device, point);
	return info ? { point, ...cellOf(store.valueOf(device.id, point), info, point, store.now()) } : null;
}

const ofKind = (store, kind) => store.state.devices.filter((d) => d.kind === kind);

/* "2" before "10", and "B1" somewhere. */
const collator = new Intl.Collator('en', { numeric: true }); // making one is slow
const natural = (a, b) => collator.compare(String(a), String(b));

const placeOf = (d) => d.place || {};

export function labelOf(device) {
	const { building, stair } = placeOf(device);
	if (building && stair)
		return building + '-' + stair;
	return building || pick(device.name);
}

export function nameOf(store, id) {
	const device = store.deviceOf(id);
	return device ? pick(device.name) : id;
}

/* ---- lifts ---- */

const ARROWS = { up: '▲', down: '▼', none: '·' };
const OUT = { stopped: 'stopped', inspection: 'inspection' };

const valueIn = (cell) => (cell ? cell.v : null);

/* Its alarm may be hidden behind that of the power cut: so it is asked itself. */
const isUnpowered = (store, device) => valueIn(cellAt(store, device, 'supply')) === 'lost';

function categoryOf(store, device, severity, mode, data) {
	if (severity === 'P1')
		return 'alarm';
	if (store.isOnline(device.id) === false)
		return 'offline';
	if (severity === 'P2')
		return 'alarm';
	if (isUnpowered(store, device))
		return 'unpowered';
	if ((mode && mode.v === null) || !data)
		return 'offline'; // nobody knows, so it does not count as running
	return !mode || mode.v === 'normal' ? 'running' : own(OUT, mode.v) || 'other';
}

/* What stands beside the floor: why there is none, that it has no power, the
 * mode if it is not normal, else the door. */
function liftWord(store, device, floor, mode, door) {
	const cell = floor || mode || door;
	if (store.isOnline(device.id) === false && cell && cell.v === null)
		return cell.age_ms === null || cell.ts === null ? t('q.bad') : shortAge(t, cell.age_ms);
	if (cell && cell.look === 'stale' && cell.age_ms !== null)
		return shortAge(t, cell.age_ms);
	if (cell && (cell.look === 'stale' || cell.look === 'bad' || cell.look === 'never'))
		return cell.note || cell.text;
	if (isUnpowered(store, device))
		return t('lifts.word.unpowered');
	if (valueIn(mode) !== null && mode.v !== 'normal')
		return mode.text;
	return valueIn(door) === null ? '' : has(`door.short.${door.v}`) ? t(`door.short.${door.v}`) : door.text;
}

function floorOf(store, device) {
	const label = cellAt(store, device, 'floor_label');
	return label && label.v !== null && label.v !== '' ? label : cellAt(store, device, 'floor') || label;
}

function liftOf(store, device, severity) {
	const mode = cellAt(store, device, 'service_mode');
	const door = cellAt(store, device, 'door');
	const floor = floorOf(store, device);
	const direction = cellAt(store, device, 'direction');
	const there = [floor, mode, door].filter(Boolean);
	const data = there.some((c) => c.v !== null);

	return {
		device, id: device.id, label: labelOf(device), name: pick(device.name),
		category: categoryOf(store, device, severity, mode, data),
		severity, floor, mode, door, direction,
		arrow: own(ARROWS, valueIn(direction)) || '',
		word: liftWord(store, device, floor, mode, door),
		look: worst(there.map((c) => c.look)),
		data,
	};
}

export function lifts(store) {
	const severities = severityOf(store.alarms());
	return ofKind(store, 'elevator')
		.map((d) => liftOf(store, d, severities.get(d.id) || null))
		.sort((a, b) => natural(placeOf(a.device).building || '~', placeOf(b.device).building || '~') ||
			natural(placeOf(a.device).stair || '', placeOf(b.device).stair || '') || natural(a.id, b.id));
}

const CATEGORIES = ['alarm', 'offline', 'unpowered', 'inspection', 'stopped', 'other', 'running'];

export function liftCounts(list) {
	const counts = { total: list.length, data: list.filter((l) => l.data).length };
	for (const c of CATEGORIES)
		counts[c] = list.filter((l) => l.category === c).length;
	return counts;
}

/* ---- transformers ---- */

const REASONABLE = { low: 20, high: 80 }; // %, as distribution grids call it

const limitsOf = (device, point) => (infoOf(device, point) || {}).limits || null;

export function normalWords(device, point, normal) {
	const { low, high } = normal || {}, { unit } = infoOf(device, point) || {};
	const given = (v) => typeof v === 'number', show = (v) => number(v, unit, point);
	const whole = (v) => (show(v) + (unit === '%' ? '' : ' ') + unitOf(unit)).trim();

	if (given(low) && given(high))
		return low < high ? t('normal', { low: show(low), high: whole(high) }) : '';
	return given(low) ? t('normal.least', { low: whole(low) }) : given(high) ? t('normal.most', { high: whole(high) }) : '';
}

export function transformers(store) {
	const midnight = midnightOf(store.now(), zoneOf(store.state));
	const peakOf = (id) => {
		const peak = store.state.peaks.get(id);
		return peak && peak.ts >= midnight ? peak : null;
	};
	const severities = severityOf(store.alarms());
	return ofKind(store, 'transformer').map((device) => {
		const load = infoOf(device, 'load') ? 'load' : 'active_power';
		return {
			device, id: device.id, name: pick(device.name), load,
			cell: cellAt(store, device, load) || cellOf(undefined, undefined, load, store.now()),
			normal: load === 'load' ? { ...REASONABLE, ...limitsOf(device, load) } : null,
			severity: severities.get(device.id) || null,
			peak: peakOf(device.id),
		};
	}).sort((a, b) => natural(a.id, b.id));
}

export function loadSummary(list) {
	const rated = list.filter((x) => x.load === 'load');
	return { mean: mean(rated.map((x) => x.cell)), top: highest(rated) };
}

/* ---- water ---- */

const WATER = ['pressure', 'level', 'level_pct', 'flow'];

export function waters(store) {
	const severities = severityOf(store.alarms());
	return ofKind(store, 'water').map((device) => {
		const point = WATER.find((p) => infoOf(device, p)) || WATER[0];
		return {
			device, id: device.id, name: pick(device.name), point,
			cell: cellAt(store, device, point) || cellOf(undefined, undefined, point, store.now()),
			normal: limitsOf(device, point),
			severity: severities.get(device.id) || null,
		};
	});
}

/* The lowest is where people live; the town's main may have less by right. */
export function lowestWater(list) {
	const pressures = list.filter((w) => w.point === 'pressure');
	return lowest(pressures.filter((w) => placeOf(w.device).building)) || lowest(pressures);
}

/* ---- the rest ---- */

const REST = [['feeder'], ['charger'], ['lamp'], ['solar_lamp'], ['heat'], ['sewage'], ['gas'], ['drinking_water'], ['access'], ['barrier']];

/* The same where there is little room. */
export const TOGETHER = [['feeder'], ['charger'], ['lamp', 'solar_lamp'], ['heat'], ['sewage'], ['gas'], ['drinking_water'], ['access', 'barrier']];

const cellsOf = (store, devices, wanted) => devices.reduce((all, d) =>
	all.concat(Object.keys(d.points).filter((p) => wanted.test(p)).map((p) => ({ cell: cellAt(store, d, p) }))), []);

const isKnown = ({ cell }) => cell.v !== null;

/* A sum or count of which some part is missing is "at least". */
const atLeast = (cells, n) => (cells.every(isKnown) ? '' : '≥') + n;

function highestOf(cells) {
	const top = highest(cells);
	return top && t('rest.highest', { v: atLeast(cells, top.cell.text + ' ' + top.cell.unit) });
}

const litOf = (cells) => t('rest.lit', { n: atLeast(cells, cells.filter((c) => c.cell.v === true).length), total: cells.length });

function socketsOf(cells, store, devices) {
	const total = cellsOf(store, devices, /^socket\d+_state$/).length;
	const n = atLeast(cells, cells.filter(isKnown).reduce((sum, c) => sum + c.cell.v, 0));
	return t(total ? 'rest.sockets_of' : 'rest.sockets', { n, total });
}

/* Of which points what is told of a kind, if any of them is known; else, and of
 * kinds without such points, how many are online. */
const TOLD = {
	charger: [/^sockets_in_use$/, socketsOf],
	lamp: [/^(circuit\d+_)?on$/, litOf],
	solar_lamp: [/^(circuit\d+_)?on$/, litOf],
	heat: [/^(shed_temp|supply_temp)$/, highestOf],
	gas: [/^lel$/, highestOf],
	drinking_water: [/^tds$/, highestOf],
};

/* {text, looks}: what is missing makes the rest of it doubtful, and all of it
 * what it is itself. */
function toldOf(store, kind, devices) {
	const [wanted, tell] = own(TOLD, kind) || [null, null];
	const cells = wanted ? cellsOf(store, devices, wanted) : [], some = cells.some(isKnown);
	return {
		text: some ? tell(cells, store, devices) : null,
		looks: cells.map((c) => (some && !isKnown(c) ? 'uncertain' : c.cell.look)),
	};
}

function restOf(store, kinds, severities) {
	const devices = kinds.reduce((all, kind) => all.concat(ofKind(store, kind)), []);
	const [kind] = kinds;
	const online = devices.filter((d) => store.isOnline(d.id)).length;
	const found = devices.map((d) => severities.get(d.id)).filter(Boolean).sort();
	const told = toldOf(store, kind, devices);
	return {
		kind, name: t(`kind.${kinds.join('_')}`), total: devices.length, online,
		severity: found[0] || null,
		look: worst([online === devices.length ? 'good' : online ? 'uncertain' : 'bad', ...told.looks]),
		text: told.text || t('rest.online', { n: online, total: devices.length }),
	};
}

export function others(store, groups) {
	const severities = severityOf(store.alarms());
	return (groups || REST).map((kinds) => kinds.filter((kind) => ofKind(store, kind).length)).filter((kinds) => kinds.length)
		.map((kinds) => restOf(store, kinds, severities));
}

export function pointCounts(store) {
	let total = 0, good = 0;
	for (const d of store.state.devices) {
		for (const p of Object.keys(d.points)) {
			const v = store.valueOf(d.id, p);
			total++;
			good += Boolean(v) && (v.q === 'good' || v.q === 'simulated');
		}
	}
	return { total, good };
}
