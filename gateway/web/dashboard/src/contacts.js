/*
 * contacts.js - whom to call; only who may act is told (ux.md 2.17)
 *
 *   watchContacts(store)       asks /api/v1/contacts when that person is here
 *   contactOf(store, device)   {phone, rescue_code}, or {}
 */
import { own } from './own.js';
import { mayAct } from './session.js';

const RETRY_MS = 30000;

export const contactOf = (store, device) => own(store.state.contacts, device) || {};

export function watchContacts(store) {
	let of = null; // whom it was asked for

	async function ask(me) {
		try {
			const answer = await fetch('/api/v1/contacts', { cache: 'no-store' });
			if (answer.status >= 500 || answer.status === 429)
				throw new Error('contacts: ' + answer.status);
			store.set({ contacts: answer.ok ? (await answer.json()).devices : null });
		} catch (e) {
			setTimeout(() => me === of && ask(me), RETRY_MS);
		}
	}

	store.subscribe(({ me }) => {
		const who = mayAct(me) ? me.user : null;
		if (who === of)
			return;
		of = who;
		if (who !== null)
			ask(who);
		else
			store.set({ contacts: null });
	});
}
