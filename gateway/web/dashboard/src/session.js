/*
 * session.js - who looks, and what he may do
 *
 *   refresh(store)                     asks /api/v1/me, into state.me
 *   login(store, user, password)       null, or the key of a word: why not
 *   logout(store)
 *   order(alarm, verb, body)           POSTs an order; {ok, status, why}
 *   mayAct(me)                         whether the verbs are his
 *   mayLogIn(me)                       whether he is nobody yet and could be
 *   isRefused(me)                      whether he may not even look
 */
const ACTING = ['duty', 'engineer'];
const READING = ['viewer', ...ACTING];
const WHY = { 401: 'login.wrong', 403: 'login.clear', 429: 'login.locked' };

const post = (path, body) => fetch(path, {
	method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify(body || {}),
	cache: 'no-store',
	credentials: 'same-origin',
});

export async function refresh(store) {
	try {
		const answer = await fetch('/api/v1/me', { cache: 'no-store' });
		if (answer.ok)
			store.set({ me: await answer.json() });
		return answer.ok;
	} catch (e) {
		return false; // what was known stands
	}
}

export async function login(store, user, password) {
	try {
		const answer = await post('/api/v1/login', { user, password });
		if (answer.ok) {
			await refresh(store);
			return null;
		}
		return WHY[answer.status] || 'login.failed';
	} catch (e) {
		return 'login.failed';
	}
}

export async function logout(store) {
	try {
		await post('/api/v1/logout');
	} catch (e) {
		// then the session ends by itself
	}
	await refresh(store);
}

/* {ok, status, why}: why is the gateway's sentence, or ''. */
export async function order(alarm, verb, body) {
	try {
		const answer = await post(`/api/v1/alarms/${alarm.device}/${alarm.alarm}/${verb}`, body);
		const said = await answer.json().catch(() => ({}));
		return { ok: answer.ok, status: answer.status, why: said.error || '' };
	} catch (e) {
		return { ok: false, status: 0, why: '' };
	}
}

export const mayAct = (me) => Boolean(me && ACTING.includes(me.role));
export const mayLogIn = (me) => Boolean(me && me.login && !me.user);
export const isRefused = (me) => Boolean(me && !READING.includes(me.role));
