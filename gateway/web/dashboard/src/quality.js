/*
 * quality.js - how a value is shown, by its quality; pure (ux.md 2.15)
 *
 *   cellOf(value, info, name, now)  what to show of a point:
 *     {look, text, unit, note, why, v, ts, age_ms}
 *       look   good | uncertain | stale | bad | never | disabled | simulated
 *       text   what stands where the value stands: a number, a word, "—"
 *       note   a word beside it: the age of a stale one, "断线", "模拟"; or ''
 *       why    the whole reason, for who asks (tap, title); or ''
 *       v      the value if it may be counted, else null
 *   value: store.valueOf(); undefined is "never".  info: of the model, or undefined.
 *   worst(looks)                    the worst of them; 'never' of none
 *   mean(cells)                     {v, look, with, total, rough}: look is the worst of those it is of, or of
 *                                   all if it is of none; rough is below 80 % coverage
 *   highest(items), lowest(items)   of {cell}: the item, or null
 */
import { age, number, unitOf } from './format.js';
import { has, t } from './words.js';

const GONE_MS = 24 * 3600 * 1000; // then the number disappears
const ROUGH = 0.8;
const ORDER = ['good', 'simulated', 'disabled', 'uncertain', 'never', 'stale', 'bad'];
export const DASH = '—';

export function lookOf(q) {
	const look = String(q).split(':')[0];
	return ORDER.includes(look) ? look : 'bad'; // an unknown word is no good news
}

export function wordOf(v, info, name) {
	if (has(`value.${name}.${v}`))
		return t(`value.${name}.${v}`);
	if (typeof v === 'boolean')
		return t(v ? 'value.yes' : 'value.no');
	return typeof v === 'number' ? number(v, info && info.unit, name) : String(v);
}

function reasonOf(q) {
	const code = /^bad:exception-(\d+)$/.exec(q);
	if (code)
		return t('q.bad.exception', { n: code[1] });
	const key = 'q.' + q.replace(':', '.');
	return has(key) ? t(key) : q;
}

function lastWords(last, info, name, now) {
	return last ? t('q.last', { v: wordOf(last.v, info, name), age: age(t, now - last.ts) }) : '';
}

function cell(look, text, note, why, value, unit, now) {
	const ts = value ? value.ts : null;
	const counts = look === 'good' || look === 'uncertain' || look === 'simulated';
	return { look, text, unit, note, why, v: counts ? value.v : null, ts, age_ms: ts === null ? null : now - ts };
}

function staleCell(value, info, name, unit, now) {
	const from = value.v === null ? value.last : value;
	const why = t('q.stale');
	if (!from || now - from.ts >= GONE_MS)
		return cell('stale', DASH, from ? age(t, now - from.ts) : '', why, value, '', now);
	return cell('stale', wordOf(from.v, info, name), age(t, now - from.ts), why, value, unit, now);
}

export function cellOf(value, info, name, now) {
	const look = value ? lookOf(value.q) : 'never';
	const unit = info ? unitOf(info.unit) : '';

	if (look === 'never')
		return cell(look, t('q.never'), '', t('q.never.why'), value, '', now);
	if (look === 'disabled')
		return cell(look, t('q.disabled'), '', t('q.disabled.why'), value, '', now);
	if (look === 'stale')
		return staleCell(value, info, name, unit, now);
	if (look === 'bad' || value.v === null)
		return cell('bad', DASH, t('q.bad'), [reasonOf(value.q), lastWords(value.last, info, name, now)].filter(Boolean).join(' · '),
			value, '', now);
	const text = wordOf(value.v, info, name);
	if (look === 'uncertain')
		return cell(look, text + '?', '', reasonOf(value.q), value, unit, now);
	if (look === 'simulated')
		return cell(look, text, t('q.simulated'), t('q.simulated.why'), value, unit, now);
	return cell(look, text, '', '', value, unit, now);
}

export const worst = (looks) => looks.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), looks[0] || 'never');

export function mean(cells) {
	const with_ = cells.filter((c) => typeof c.v === 'number');
	return {
		v: with_.length ? with_.reduce((sum, c) => sum + c.v, 0) / with_.length : null,
		look: worst((with_.length ? with_ : cells).map((c) => c.look)),
		with: with_.length,
		total: cells.length,
		rough: with_.length < ROUGH * cells.length,
	};
}

const pickBy = (items, better) => items.filter((i) => typeof i.cell.v === 'number')
	.reduce((best, i) => (best === null || better(i.cell.v, best.cell.v) ? i : best), null);

export const highest = (items) => pickBy(items, (a, b) => a > b);
export const lowest = (items) => pickBy(items, (a, b) => a < b);
