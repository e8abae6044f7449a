/*
 * lifts.js - the wall's lifts: what each tile says, and how large they are; pure
 *
 *   sizeOf(n)               {size, columns, rows, room}: 'huge' (up to 4 lifts), 'big' (24),
 *                           'medium' (60), 'compact'; room: how many tiles there are at most
 *   tilesOf(store, lifts, size)  a view of parts/tile.js each; lifts: of estate.js
 *   fitted(tiles, room)     [tiles, left]: all of them, or if they do not fit the worst
 *                           in their order, and how many are left out
 *   summary(tiles)          "运行 78 · 检修 2 · ..": every lift is counted once
 *
 * A tile has room for one word.  What it says is, in this order: what the worst
 * alarm is, why there is no value, that it has no power, that it is simulated,
 * the mode if it is not normal, the door.
 *
 * The alarms of cars behind a power cut are hidden behind that one alarm.  Their
 * tiles tell it all the same: a car that stands without power must not look like
 * one that waits.
 */
import { isHidden, isUnacked, MARKS, SEVERITIES } from '../alarms.js';
import { cellAt } from '../estate.js';
import { shortAge } from '../format.js';
import { has, t } from '../words.js';

const COMPACT_ROWS = 8; // of 79 px, as high as the panel is
const COLUMNS_MAX = 12; // below 90 px a tile holds no words
const ROWS_MAX = 12;

const SIZES = [['huge', 2, 4], ['big', 4, 24], ['medium', 8, 60]]; // columns, lifts at most

const columnsOf = (n) => Math.min(COLUMNS_MAX, Math.max(11, Math.ceil(n / COMPACT_ROWS)));

export function sizeOf(n) {
	const [size, columns] = SIZES.find(([, , most]) => n <= most) || ['compact', columnsOf(n)];
	const rows = Math.min(ROWS_MAX, Math.ceil(n / columns));
	return { size, columns, rows, room: columns * rows };
}

const rank = (a) => SEVERITIES.indexOf(a.severity);

/* device -> its worst alarm; of two that are as bad the one nobody has taken.
 * What is over and only not acknowledged stands in the slots: the tile tells
 * what is. */
export function worstOf(alarms) {
	const found = new Map();
	for (const a of alarms) {
		const b = found.get(a.device);
		if (!isHidden(a) && a.state !== 'RTNUN' && (!b || rank(a) < rank(b) || (rank(a) === rank(b) && isUnacked(a) && !isUnacked(b))))
			found.set(a.device, a);
	}
	return found;
}

/* car -> the power cut that has it on its list, while nobody has looked after it. */
export function cutCars(alarms) {
	const found = new Map();
	for (const a of alarms) {
		for (const c of isHidden(a) ? [] : a.cars || []) {
			if (!c.back && !c.checked)
				found.set(c.car, { cut: a, car: c });
		}
	}
	return found;
}

/* In danger is who may sit in it: a car that is known to be empty is only dead. */
export function dangerOf(c) {
	if (c.trapped)
		return 'trapped';
	if (c.occupied === 'yes')
		return 'occupied';
	return c.occupied !== 'no' && c.moving !== false ? 'unknown' : null;
}

const short = (key, text) => (has(key) ? t(key) : text);

function absence(cell) {
	if (cell.look === 'stale')
		return cell.age_ms === null ? t('wall.stale') : shortAge(t, cell.age_ms);
	return { bad: t('wall.lost'), never: t('wall.never'), disabled: t('wall.disabled') }[cell.look] || '';
}

const isLost = (supply) => supply !== null && supply.v === 'lost';

/* {text, cell}: what it says, and the value that says so; null: an alarm does. */
function wordOf(lift, alarm, cut, supply, named) {
	const { floor, mode, door } = lift;
	const cells = [floor, mode, door].filter(Boolean);
	const gone = cells.find((c) => absence(c)), simulated = cells.find((c) => c.look === 'simulated');
	if (alarm && has('wall.alarm.' + alarm.alarm) && (alarm.severity === 'P1' || alarm.severity === 'P2'))
		return { text: t('wall.alarm.' + alarm.alarm), cell: null };
	if (cut)
		return { text: t('wall.cut.' + (dangerOf(cut.car) || 'empty')), cell: null };
	if (gone)
		return { text: absence(gone), cell: gone };
	if (isLost(supply))
		return { text: t('wall.cut.empty'), cell: supply };
	if (simulated)
		return { text: t('wall.simulated'), cell: simulated };
	if (mode && mode.v !== null && mode.v !== 'normal')
		return { text: named ? mode.text : short('wall.mode.' + mode.v, mode.text), cell: mode };
	if (!door || door.v === null)
		return { text: '', cell: door };
	return { text: named ? t('lifts.door', { door: door.text }) : short('wall.door.' + door.v, door.text), cell: door };
}

const lookOf = (cell) => (cell ? cell.look : null);
const pointOf = (cell) => (cell ? cell.point : null);

const worseOf = (a, b) => (!a || (b && rank(b) < rank(a)) ? b : a);

/* Each lift is counted in one group; the worst that is true of it. */
function groupOf(lift, level, unpowered) {
	if (lift.category !== 'running' && lift.category !== 'alarm')
		return lift.category;
	return level === 'P1' || level === 'P2' ? 'alarm' : unpowered ? 'unpowered' : 'running';
}

function tileOf(store, lift, alarm, cut, size) {
	const named = size === 'big' || size === 'huge';
	const { floor } = lift, supply = cellAt(store, lift.device, 'supply');
	const unpowered = Boolean(cut) || isLost(supply);
	const told = worseOf(alarm, cut && dangerOf(cut.car) ? cut.cut : null);
	const level = told ? told.severity : null;
	const group = groupOf(lift, level, unpowered);
	const word = wordOf(lift, told === alarm ? alarm : null, cut, supply, named);

	return {
		device: lift.id,
		label: named ? lift.name : lift.label,
		floor: floor && floor.look !== 'never' && floor.look !== 'disabled' ? floor.text : '',
		glyph: unpowered || lift.arrow === '·' ? '' : lift.arrow,
		word: word.text,
		mark: told ? MARKS[told.severity] || '' : '',
		level, group,
		unacked: told !== null && isUnacked(told),
		look: group === 'running' ? null : 'mode',
		quality: lift.look,
		floorPoint: pointOf(floor), floorQuality: lookOf(floor),
		glyphQuality: lookOf(lift.direction),
		wordPoint: pointOf(word.cell), wordQuality: lookOf(word.cell),
		title: [lift.name, floor ? floor.why : ''].filter(Boolean).join(' · '),
		badness: told ? rank(told) : group === 'running' ? 9 : 5,
	};
}

export function tilesOf(store, lifts, size) {
	const alarms = store.alarms(), worst = worstOf(alarms), cuts = cutCars(alarms);
	return lifts.map((l) => tileOf(store, l, worst.get(l.id) || null, cuts.get(l.id) || null, size));
}

export function fitted(tiles, room) {
	if (tiles.length <= room)
		return [tiles, 0];
	const worst = new Set([...tiles].sort((a, b) => a.badness - b.badness).slice(0, room));
	return [tiles.filter((v) => worst.has(v)), tiles.length - room];
}

const GROUPS = ['running', 'inspection', 'stopped', 'other', 'unpowered', 'offline', 'alarm'];

export function summary(tiles) {
	const count = (g) => tiles.filter((v) => v.group === g).length;
	return GROUPS.filter((g) => g === 'running' || count(g)).map((g) => t('wall.lifts.' + g, { n: count(g) })).join(' · ');
}
