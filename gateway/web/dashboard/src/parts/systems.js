/*
 * parts/systems.js - the estate's systems, a row each: the headline number, and
 * below it, when opened, every one of its devices
 *
 *   makeSystems(store)   {root, fill()}: [data-system] of lifts, transformers,
 *       water, rest; of each only if the estate has it
 */
import { h, keyed, setAttr, setHidden, setText } from '../dom.js';
import { liftCounts, lifts, loadSummary, lowestWater, normalWords, others, transformers, waters } from '../estate.js';
import { DASH, worst } from '../quality.js';
import { LOAD_MAX, bandOf } from '../scale.js';
import { t } from '../words.js';
import { tell } from './reason.js';
import { makeValue } from './value.js';

/* ---- a row ---- */

/* of(row, items) tells it: {items, what, headline, look, severity}, and perhaps a note below the items. */
function makeSystem(name, makeItem, isOpen) {
	const what = h('span', { class: 'system-what' });
	const head = h('b', { class: 'system-head' });
	const list = h('ul', { class: 'items items-' + name });
	const below = h('p', { class: 'system-note' });
	const root = h('details', { class: 'card system', 'data-system': name, open: isOpen },
		h('summary', null, h('span', { class: 'system-title' }, h('span', { class: 'system-name' }, t('system.' + name)), ' ', what), head), list, below);

	return {
		root,
		fill({ items, what: said, headline, look, severity, note }) {
			setText(what, said);
			setText(head, headline);
			setAttr(head, 'data-quality', look);
			setAttr(root, 'data-severity', severity);
			setText(below, note || '');
			setHidden(below, !note);
			if (root.open) // what nobody sees is not worked for
				keyed(list, items, (i) => i.id || i.kind, makeItem);
		},
	};
}

const severest = (items) => items.map((i) => i.severity).filter(Boolean).sort()[0] || null;

/* ---- lifts ---- */

function makeLift({ device }) {
	const name = h('span', { class: 'item-name' });
	const word = h('span', { class: 'item-word' });
	const floor = makeValue(device, 'floor', 'item-value');
	const arrow = h('span', { class: 'item-arrow', 'aria-hidden': 'true' });
	const root = h('li', { class: 'item lift', 'data-device': device.id }, name, floor.root, arrow, word);

	return {
		root,
		fill(l) {
			setText(name, l.label);
			setAttr(name, 'title', l.name);
			if (l.floor)
				floor.fill(Object.assign({}, l.floor, { note: '', unit: '' }));
			setText(arrow, l.arrow);
			setText(word, l.word);
			setAttr(root, 'data-category', l.category);
			setAttr(root, 'data-severity', l.severity);
			setAttr(root, 'data-quality', l.look);
		},
	};
}

function liftsNow(store) {
	const items = lifts(store), n = liftCounts(items);
	const odd = ['alarm', 'unpowered', 'inspection', 'stopped', 'other', 'offline'].filter((k) => n[k]);
	return {
		items, severity: severest(items),
		what: [t('lifts.total', { n: n.total }), ...odd.map((k) => t('lifts.' + k, { n: n[k] }))].join(' · '),
		headline: t('lifts.head', { n: n.running }),
		look: n.data ? 'good' : worst(items.map((l) => l.look)),
	};
}

/* ---- transformers ---- */

const percentOf = (v) => v.toFixed(0);
const percent = (share) => 100 * share + '%';

function makeLoad({ device, load }) {
	const name = h('span', { class: 'item-name' });
	const value = makeValue(device, load, 'item-value');
	const fill = h('span', { class: 'bar-fill' });
	const normal = h('span', { class: 'bar-band' });
	const bar = h('span', { class: 'bar', role: 'img', onclick: () => tell(bar.title) }, normal, fill);
	const root = h('li', { class: 'item load', 'data-device': device.id }, name, bar, value.root);

	return {
		root,
		fill(x) {
			const counts = typeof x.cell.v === 'number' && x.load === 'load', band = bandOf(x.normal, LOAD_MAX);
			setText(name, x.name);
			value.fill(x.cell);
			fill.style.width = counts ? percent(Math.min(1, Math.max(0, x.cell.v / LOAD_MAX))) : '0';
			setHidden(normal, band === null);
			if (band !== null) {
				normal.style.left = percent(band[0]);
				normal.style.right = percent(1 - band[1]);
			}
			setAttr(bar, 'title', [t('tx.bar', { name: x.name, v: x.cell.text + x.cell.unit }), normalWords(device, load, x.normal)].filter(Boolean).join(' · '));
			setAttr(bar, 'aria-label', bar.title);
			setAttr(root, 'data-severity', x.severity);
			setAttr(root, 'data-quality', x.cell.look);
		},
	};
}

function meanText(m) {
	if (m.v === null)
		return DASH;
	return t(m.rough ? 'tx.mean_rough' : 'tx.mean', { v: percentOf(m.v), n: m.with, total: m.total });
}

/* What the grey bands are; with the limits if all have the same. */
function bandWords(items) {
	const all = [...new Set(items.map((x) => normalWords(x.device, x.load, x.normal)).filter(Boolean))];
	return all.length > 1 ? t('band') : all.length ? t('band.of', { normal: all[0] }) : '';
}

function loadsNow(store) {
	const items = transformers(store), { mean, top } = loadSummary(items);
	return {
		items, severity: severest(items),
		what: [top && t('tx.top', { name: top.name, v: percentOf(top.cell.v) }),
			mean.with < mean.total && t('tx.data', { n: mean.with, total: mean.total })].filter(Boolean).join(' · '),
		headline: mean.total ? meanText(mean) : '',
		look: mean.look,
		note: bandWords(items),
	};
}

/* ---- water ---- */

function makeWater({ device, point }) {
	const name = h('span', { class: 'item-name' });
	const value = makeValue(device, point, 'item-value');
	const root = h('li', { class: 'item water', 'data-device': device.id }, name, value.root);

	return {
		root,
		fill(w) {
			setText(name, w.name);
			value.fill(w.cell);
			setAttr(root, 'data-severity', w.severity);
			setAttr(root, 'data-quality', w.cell.look);
		},
	};
}

function watersNow(store) {
	const items = waters(store), lowest = lowestWater(items);
	const known = items.filter((w) => w.cell.v !== null).length;
	return {
		items, severity: severest(items),
		what: [lowest && t('water.lowest', { name: lowest.name }),
			known < items.length && t('water.data', { n: known, total: items.length })].filter(Boolean).join(' · '),
		headline: lowest ? `${lowest.cell.text} ${lowest.cell.unit}` : '',
		look: lowest ? lowest.cell.look : 'never',
	};
}

/* ---- the rest ---- */

function makeKind({ kind }) {
	const name = h('span', { class: 'item-name' });
	const text = h('span', { class: 'item-value value' }, h('span', { class: 'v' }));
	const root = h('li', { class: 'item kind', 'data-kind': kind }, name, text);

	return {
		root,
		fill(k) {
			setText(name, k.name);
			setText(text.firstChild, k.text);
			setAttr(text, 'data-quality', k.look);
			setAttr(root, 'data-severity', k.severity);
			setAttr(root, 'data-quality', k.look);
		},
	};
}

function restNow(store) {
	const items = others(store), severity = severest(items), look = worst(items.map((k) => k.look));
	const online = items.reduce((n, k) => n + k.online, 0), total = items.reduce((n, k) => n + k.total, 0);
	return {
		items, severity,
		what: items.slice(0, 2).map((k) => k.name + ' ' + k.text).join(' · '),
		headline: severity ? t('rest.alarm') : look === 'good' ? t('rest.fine') : t('rest.online', { n: online, total }),
		look,
	};
}

/* ---- all ---- */

const SYSTEMS = [
	['lifts', liftsNow, makeLift],
	['transformers', loadsNow, makeLoad],
	['water', watersNow, makeWater],
	['rest', restNow, makeKind],
];

export function makeSystems(store) {
	const wide = window.matchMedia('(min-width: 1024px)').matches;
	const empty = h('p', { class: 'empty' }, t('system.empty'));
	const list = h('div', { class: 'systems-list' });
	const root = h('section', { class: 'systems' }, empty, list);

	return {
		root,
		fill(state) {
			const now = SYSTEMS.map(([name, of, makeItem]) => ({ name, makeItem, told: of(store) })).filter((s) => s.told.items.length);
			empty.hidden = !state.site || state.devices.length > 0;
			keyed(list, now, (s) => s.name, (s) => {
				const row = makeSystem(s.name, s.makeItem, wide);
				row.root.addEventListener('toggle', store.changed);
				return { root: row.root, fill: ({ told }) => row.fill(told) };
			});
		},
	};
}
