/*
 * lifts.js - the wall's lifts: what each tile says, and how large they are; pure
 *
 *   sizeOf(n)               {size, columns, rows, room}: 'huge' (up to 4 lifts), 'big' (24),
 *                           'medium' (60), 'compact'; room: how many tiles there are at most
 *   tilesOf(lifts, alarms, size)  a view of parts/tile.js each; lifts: of estate.js
 *   fitted(tiles, room)     [tiles, left]: all of them, or if they do not fit the worst
 *                           in their order, and how many are left out
 *   summary(lifts)          "运行 78 · 检修 2 · ..": every lift is counted once
 *
 * A tile has room for one word.  What it says is, in this order: what the worst
 * alarm is, why there is no value, the mode if it is not normal, the door.
 */
import { isHidden, isUnacked, MARKS, SEVERITIES } from '../alarms.js';
import { liftCounts } from '../estate.js';
import { has, t } from '../words.js';

const COMPACT_ROWS = 8; // of 79 px, as high as the panel is
const COLUMNS_MAX = 12; // below 90 px a tile holds no words
const ROWS_MAX = 12;

export function sizeOf(n) {
	if (n <= 4)
		return { size: 'huge', columns: 2, rows: 2, room: 4 };
	if (n <= 24)
		return { size: 'big', columns: 4, rows: 6, room: 24 };
	if (n <= 60)
		return { size: 'medium', columns: 8, rows: 8, room: 64 };
	const columns = Math.min(COLUMNS_MAX, Math.max(11, Math.ceil(n / COMPACT_ROWS)));
	const rows = Math.min(ROWS_MAX, Math.max(COMPACT_ROWS, Math.ceil(n / columns)));
	return { size: 'compact', columns, rows, room: columns * rows };
}

const rank = (a) => SEVERITIES.indexOf(a.severity);

/* device -> its worst alarm; of two that are as bad the one nobody has taken. */
export function worstOf(alarms) {
	const found = new Map();
	for (const a of alarms) {
		const b = found.get(a.device);
		if (!isHidden(a) && (!b || rank(a) < rank(b) || (rank(a) === rank(b) && isUnacked(a) && !isUnacked(b))))
			found.set(a.device, a);
	}
	return found;
}

const short = (cell, prefix) => (has(`${prefix}.${cell.v}`) ? t(`${prefix}.${cell.v}`) : cell.text);

/* Seconds do not fit, and are of no use: what is stale is so since 15 s. */
export function shortAge(ms) {
	const min = Math.floor(ms / 60000), h = Math.floor(min / 60);
	if (h >= 48)
		return t('wall.age.d', { n: Math.floor(h / 24) });
	if (h > 0)
		return t('wall.age.h', { n: h });
	return min > 0 ? t('wall.age.min', { n: min }) : t('wall.age.s', { n: Math.floor(ms / 1000) });
}

function absence(cell) {
	if (cell.look === 'stale')
		return cell.age_ms === null ? t('wall.stale') : shortAge(cell.age_ms);
	return { bad: t('wall.lost'), never: t('wall.never'), disabled: t('wall.disabled') }[cell.look] || '';
}

function wordOf(lift, alarm) {
	const cell = lift.floor || lift.mode || lift.door;
	if (alarm && has('wall.alarm.' + alarm.alarm) && (alarm.severity === 'P1' || alarm.severity === 'P2'))
		return t('wall.alarm.' + alarm.alarm);
	if (cell && absence(cell))
		return absence(cell);
	if (lift.mode && lift.mode.v !== null && lift.mode.v !== 'normal')
		return short(lift.mode, 'wall.mode');
	return lift.door && lift.door.v !== null ? short(lift.door, 'wall.door') : '';
}

const lookOf = (cell) => (cell ? cell.look : null);

/* Of what is simulated the place beside the number says so, in its own box. */
function markOf(lift, alarm) {
	if (alarm)
		return MARKS[alarm.severity] || '';
	return lift.look === 'simulated' ? t('wall.simulated') : '';
}

function tileOf(lift, alarm, size) {
	const named = size === 'big' || size === 'huge';
	const { floor } = lift;
	return {
		device: lift.id,
		label: named ? lift.name : lift.label,
		floorPoint: lift.device.points.floor_label ? 'floor_label' : 'floor',
		floor: floor && floor.look !== 'never' && floor.look !== 'disabled' ? floor.text : '',
		glyph: lift.arrow,
		word: wordOf(lift, alarm),
		mark: markOf(lift, alarm),
		level: alarm ? alarm.severity : null,
		unacked: Boolean(alarm) && isUnacked(alarm),
		look: lift.category === 'running' ? null : 'mode',
		quality: lift.look,
		floorQuality: lookOf(floor),
		glyphQuality: lookOf(floor),
		wordQuality: lookOf(lift.door),
		title: [lift.name, floor ? floor.why : ''].filter(Boolean).join(' · '),
		badness: alarm ? rank(alarm) : lift.category === 'running' ? 9 : 5,
	};
}

export function tilesOf(lifts, alarms, size) {
	const worst = worstOf(alarms);
	return lifts.map((l) => tileOf(l, worst.get(l.id), size));
}

export function fitted(tiles, room) {
	if (tiles.length <= room)
		return [tiles, 0];
	const worst = new Set([...tiles].sort((a, b) => a.badness - b.badness).slice(0, room));
	return [tiles.filter((v) => worst.has(v)), tiles.length - room];
}

const COUNTED = ['inspection', 'stopped', 'other', 'offline', 'alarm'];

export function summary(lifts) {
	const counts = liftCounts(lifts);
	return ['running', ...COUNTED.filter((c) => counts[c])].map((c) => t('wall.lifts.' + c, { n: counts[c] })).join(' · ');
}
