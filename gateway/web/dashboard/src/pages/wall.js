/*
 * pages/wall.js - the wall: all of an estate on one screen of 1920 x 1080
 *
 * Nothing scrolls and nobody clicks.  Each part is made once and filled in
 * place; what a part says is worked out by the pure modules in wall/.
 *
 * Not done: rotating between pages.  Up to 144 lifts fit; beyond that the worst
 * are shown and the others counted.
 */
import { MARKS, unackedP1 } from '../alarms.js';
import { h, keyed, setAttr, setHidden, setText } from '../dom.js';
import { TOGETHER, labelOf, lifts, nameOf, others, pointCounts, transformers, waters } from '../estate.js';
import { clock } from '../format.js';
import { watchPeaks } from '../history.js';
import { gauge } from '../parts/gauge.js';
import { other } from '../parts/other.js';
import { slot } from '../parts/slot.js';
import { makeSpeaker } from '../parts/speaker.js';
import { tile } from '../parts/tile.js';
import { watchQuiet } from '../quiet.js';
import { fittedBars, loadBars, mostOf, scaleOf, waterBars } from '../wall/bars.js';
import { makeHead } from '../wall/head.js';
import { fitted, sizeOf, summary, tilesOf, worstOf } from '../wall/lifts.js';
import { cornerOf, isNight, isReloadTime } from '../wall/night.js';
import { makeSiren } from '../wall/siren.js';
import { slotsOf } from '../wall/slots.js';
import { t } from '../words.js';
import { zoneOf } from '../zone.js';

export const title = 'wall';

const BARS_MAX = 22; // both panels together: 28 px each
const BARS_ROOMY = 10; // so few may be larger
const TALL_ROWS = 3; // and in so few rows of lifts the floors

/* A screen on a wall is loaded anew when nobody looks, and only from a gateway
 * that answers: a page that fails to load never comes back by itself. */
export function reloads({ store }) {
	return store.state.link === 'live' && isReloadTime(clock(store.now(), zoneOf(store.state)));
}

/* ---- panels ---- */

function panel(id, list) {
	const name = h('span', {});
	const facts = h('small', {});
	const root = h('section', { class: 'panel', id }, h('h2', {}, name, facts), list);

	return {
		root,
		head(title_, facts_) {
			setText(name, title_);
			setText(facts, facts_);
		},
	};
}

function liftPanel() {
	const list = h('div', { class: 'tiles', role: 'list' });
	const frame = panel('lifts', list);
	let laid = null; // columns and rows that are there

	return {
		root: frame.root,
		fill(store) {
			const all = lifts(store);
			const size = sizeOf(all.length);
			const views = tilesOf(store, all, size.size);
			const [tiles, left] = fitted(views, size.room);

			setAttr(list, 'data-size', size.size);
			setAttr(list, 'data-tall', size.rows <= TALL_ROWS);
			if (laid !== size.columns + 'x' + size.rows) {
				laid = size.columns + 'x' + size.rows;
				list.style.setProperty('--columns', size.columns);
				list.style.setProperty('--rows', size.rows);
			}
			setHidden(frame.root, !all.length);
			frame.head(t('wall.lifts', { n: all.length }), summary(views) + (left ? ' · ' + t('wall.left', { n: left }) : ''));
			keyed(list, tiles, (v) => v.device, tile);
			return all.length;
		},
	};
}

function barPanel(id) {
	const list = h('div', { class: 'gauges', role: 'list' });
	const frame = panel(id, list);

	return {
		root: frame.root,
		fill(bars, room, roomy, title_, facts) {
			const [shown, left] = fittedBars(bars, room);
			const band = shown.some((v) => v.band) && t('band');

			setHidden(frame.root, !bars.length);
			frame.root.style.flex = `${shown.length + 1.5} 1 0`;
			frame.head(title_, [facts, band, left && t('wall.left', { n: left })].filter(Boolean).join(' · '));
			setAttr(list, 'data-roomy', roomy);
			keyed(list, shown, (v) => v.key, gauge);
		},
	};
}

/* Transformers come first; water has the rest of the height, and half of it at
 * least if there is much of both. */
function roomsOf(loads, water) {
	const half = Math.floor(BARS_MAX / 2);
	const first = Math.min(loads, Math.max(half, BARS_MAX - water));
	return [first, BARS_MAX - first];
}

function pressureFacts(list, most) {
	const any = list.some((x) => x.point === 'pressure'), top = scaleOf(most);
	return any && top !== null ? t('wall.water.scale', { top }) : '';
}

function sidePanels() {
	const power = barPanel('transformers');
	const water = barPanel('waters');
	const root = h('div', { class: 'wall-side' }, power.root, water.root);
	let most = 0; // the highest pressure there was

	return {
		root,
		fill(store) {
			const loads = transformers(store), points = waters(store);
			const [roomLoads, roomWater] = roomsOf(loads.length, points.length);
			const peaks = loads.some((x) => x.peak);
			const roomy = loads.length + points.length <= BARS_ROOMY;

			most = mostOf(points, most);
			power.fill(loadBars(loads), roomLoads, roomy, t('wall.transformers', { n: loads.length }), t(peaks ? 'wall.loads_peak' : 'wall.loads'));
			water.fill(waterBars(points, most), roomWater, roomy, t('wall.waters', { n: points.length }), pressureFacts(points, most));
			setHidden(root, !loads.length && !points.length);
			return loads.length + points.length;
		},
	};
}

/* ---- the rest ---- */

function gatewayViews(store) {
	const points = pointCounts(store), { devices } = store.state;
	const online = devices.filter((d) => store.isOnline(d.id)).length;
	const own = [...worstOf(store.alarms().filter((a) => !devices.some((d) => d.id === a.device))).values()]
		.map((a) => a.severity).sort()[0] || null; // alarms of the gateway itself
	const view = (kind, name, text, level) => ({ kind, name, mark: level ? MARKS[level] : '', text, level, quality: 'good' });

	return [
		view('devices', t('wall.devices'), online + '/' + devices.length, null),
		view('gateway', t('wall.points'), points.good + '/' + points.total, own),
	];
}

function otherViews(store) {
	return others(store, TOGETHER)
		.map((x) => ({ kind: x.kind, name: x.name, mark: x.severity ? MARKS[x.severity] : '', text: x.text, level: x.severity, quality: x.look }))
		.concat(gatewayViews(store));
}

let watched = false; // what asks the gateway is begun once

export function mount(root, { store }) {
	const siren = makeSiren(store.changed);
	const head = makeHead(siren);
	const slots = h('section', { class: 'wall-slots', 'aria-label': t('alarm.list') });
	const shaft = liftPanel();
	const side = sidePanels();
	const main = h('main', { class: 'wall-main' }, shaft.root, side.root);
	const rest = h('div', { class: 'others', role: 'list' });
	const speaker = makeSpeaker(store);
	const wall = h('div', { class: 'wall' }, head.root, slots, main, h('footer', {}, rest));
	const night = h('div', { class: 'wall-night', hidden: true });

	if (!watched) {
		watched = true;
		watchPeaks(store);
		watchQuiet(store);
	}
	document.documentElement.dataset.page = 'wall';
	root.append(wall, night, speaker.root);

	function fillSlots(alarms, now, zone) {
		const name = (id) => nameOf(store, id);
		const label = (id) => (store.deviceOf(id) ? labelOf(store.deviceOf(id)) : id);
		keyed(slots, slotsOf(alarms, { now, zone, name, label }).map((v, i) => ({ ...v, i })), (v) => v.i, slot);
	}

	return () => {
		const now = store.now(), zone = zoneOf(store.state), alarms = store.alarms();
		const urgent = unackedP1(alarms).length > 0;

		head.fill({ store, alarms, now, zone });
		fillSlots(alarms, now, zone);
		setAttr(main, 'data-no-lifts', !shaft.fill(store));
		setAttr(main, 'data-only-lifts', !side.fill(store));
		keyed(rest, otherViews(store), (v) => v.kind, other);
		speaker.fill();
		siren.set(urgent);
		setHidden(night, urgent || !isNight(clock(now, zone)));
		setAttr(wall, 'data-shift', cornerOf(now));
	};
}
