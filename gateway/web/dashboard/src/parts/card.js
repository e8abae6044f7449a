/*
 * parts/card.js - an alarm as a card, with what can be done about it
 *
 *   makeCard(ctx)   {root, fill(alarm)}: [data-alarm], the text, how long, who has
 *       it, the cars of a power cut, and the buttons [data-action]: ack call
 *       arrive rescue check reset.  Who may not act has none but the call; who is
 *       nobody yet is led to the login by the first one.
 */
import { MARKS, carsOf, deedsOf, isUnacked, keyOf, stateOf, timerOf, titleOf, verbsOf } from '../alarms.js';
import { contactOf } from '../contacts.js';
import { h, keyed, setAttr, setText } from '../dom.js';
import { nameOf } from '../estate.js';
import { mayAct, mayLogIn } from '../session.js';
import { has, pick, t } from '../words.js';
import { zoneOf } from '../zone.js';

function refusal({ status, why }) {
	if (status === 0 || status === 503)
		return t('act.unreachable');
	return status === 403 ? t('act.forbidden') : t('act.refused', { why: why || status });
}

/* A button that says what it does while it does it, and what went wrong.  now()
 * gives {alarm, body}, or null: not yet. */
function makeButton(ctx, action, label, said, now) {
	const button = h('button', { type: 'button', class: 'button' + (action === 'ack' ? ' primary' : ''), 'data-action': action, onclick: press }, label);

	async function press() {
		const wanted = now();
		if (!wanted || button.getAttribute('aria-busy'))
			return;
		const { alarm, body } = wanted;
		button.setAttribute('aria-busy', 'true');
		setText(said, t('act.doing'));
		const done = await ctx.act(alarm, action, body);
		button.removeAttribute('aria-busy');
		setText(said, done.ok || done.status === 401 ? '' : refusal(done));
	}

	return { root: button, fill() {} };
}

function makeCar(ctx, said, alarmNow) {
	const name = h('b');
	const text = h('span', { class: 'car-text' });
	const done = h('span', { class: 'car-done' });
	let car = null;
	const check = makeButton(ctx, 'check', t('act.check'), said, () => ({ alarm: alarmNow(), body: { car: car.id } })).root;
	const root = h('li', { class: 'car' }, h('span', { class: 'car-what' }, name, text, done), check);

	return {
		root,
		fill(c) {
			car = c;
			setAttr(root, 'data-car', c.id);
			setAttr(root, 'data-urgent', c.urgent);
			setText(name, c.name);
			setText(text, c.text);
			setText(done, c.checked ? '✓ ' + c.checked : '');
			setAttr(check, 'aria-label', t('act.check_of', { name: c.name }));
			check.hidden = Boolean(c.checked) || !allowed(ctx);
		},
	};
}

/* A reset wants a word on what was found. */
function makeReset(ctx, said, alarmNow) {
	const note = h('input', { class: 'note', 'aria-label': t('act.reset_note'), placeholder: t('act.reset_note'), maxlength: 160 });
	const button = makeButton(ctx, 'reset', t('act.reset'), said, () => {
		if (note.value.trim())
			return { alarm: alarmNow(), body: { note: note.value.trim() } };
		setText(said, t('act.reset_empty'));
		note.focus();
		return null;
	});
	return { root: h('div', { class: 'reset' }, note, button.root), fill() {} };
}

const allowed = (ctx) => mayAct(ctx.store.state.me) || mayLogIn(ctx.store.state.me);

function makeCall() {
	const root = h('a', { class: 'button', 'data-action': 'call' }, t('act.call'));
	return {
		root,
		fill({ phone }) {
			setAttr(root, 'href', 'tel:' + phone.replace(/[^0-9+*#]/g, ''));
		},
	};
}

function marksOf(a) {
	return [a.test && t('alarm.test'), a.chatter && t('alarm.chatter')].filter(Boolean);
}

export function makeCard(ctx) {
	const { store } = ctx;
	const mark = h('span', { class: 'mark', 'aria-hidden': 'true' });
	const severity = h('span', { class: 'unseen' });
	const text = h('h2', { class: 'card-text' });
	const timer = h('span', { class: 'card-timer' });
	const state = h('p', { class: 'card-state' });
	const meta = h('p', { class: 'card-meta' });
	const carTitle = h('p', { class: 'cars-title' });
	const cars = h('ul', { class: 'cars' });
	const buttons = h('div', { class: 'buttons' });
	const said = h('p', { class: 'card-said', role: 'status' });
	const root = h('article', { class: 'card alarm', tabindex: '-1' },
		h('div', { class: 'card-head' }, mark, severity, text, timer), state, meta, carTitle, cars, buttons, said);
	let alarm = null;

	const name = (id) => nameOf(store, id);

	function fillText(now, zone) {
		setText(mark, MARKS[alarm.severity] || '');
		setText(severity, has(`severity.${alarm.severity}`) ? t(`severity.${alarm.severity}`) : '');
		setText(text, titleOf(alarm, name) || name(alarm.device));
		setText(timer, timerOf(alarm, now));
		setText(state, [...marksOf(alarm), stateOf(alarm, now, zone), ...deedsOf(alarm, now, zone)].filter(Boolean).join(' · '));
	}

	function fillOwner() {
		const device = store.deviceOf(alarm.device);
		const contact = contactOf(store, alarm.device);
		const owner = device && device.owner ? pick(device.owner) : '';
		setText(meta, [owner && t('alarm.owner', { name: owner }), contact.rescue_code && t('alarm.code', { code: contact.rescue_code })]
			.filter(Boolean).join(' · '));
		meta.hidden = !meta.textContent;
		return contact;
	}

	function fillCars(now, zone) {
		const list = carsOf(alarm, now, zone, name);
		carTitle.hidden = cars.hidden = !list.length;
		setText(carTitle, t('cars.title', { left: list.filter((c) => !c.checked).length, total: list.length }));
		keyed(cars, list, (c) => c.id, () => makeCar(ctx, said, () => alarm));
	}

	function fillButtons(contact) {
		const items = (allowed(ctx) ? verbsOf(alarm) : []).map((verb) => ({ verb }));
		if (contact.phone)
			items.splice(items.length && items[0].verb === 'ack' ? 1 : 0, 0, { verb: 'call', phone: contact.phone });
		const focused = buttons.contains(document.activeElement);
		buttons.hidden = !items.length;
		keyed(buttons, items, (i) => i.verb, ({ verb }) => {
			if (verb === 'call')
				return makeCall();
			return verb === 'reset' ? makeReset(ctx, said, () => alarm) : makeButton(ctx, verb, t('act.' + verb), said, () => ({ alarm, body: {} }));
		});
		if (focused && !buttons.contains(document.activeElement))
			root.focus({ preventScroll: true }); // what was pressed is done
	}

	return {
		root,
		fill(a) {
			const now = store.now(), zone = zoneOf(store.state);
			alarm = a;
			setAttr(root, 'data-alarm', keyOf(a));
			setAttr(root, 'data-severity', a.severity);
			setAttr(root, 'data-state', a.state);
			setAttr(root, 'data-unacked', isUnacked(a));
			setAttr(root, 'data-over', !a.active);
			fillText(now, zone);
			fillCars(now, zone);
			fillButtons(fillOwner());
		},
	};
}
