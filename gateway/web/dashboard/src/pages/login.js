/*
 * pages/login.js - signing in; then back to where one came from
 */
import { h, setText } from '../dom.js';
import { login } from '../session.js';
import { t } from '../words.js';

const title = 'login';
const isPublic = true;
export { title, isPublic as public };

/* Only a path of ours, as a browser would read it: "//elsewhere", and "/<tab>/elsewhere"
 * too, are another's. */
export function nextOf(search) {
	const here = 'http://here.invalid';
	try {
		const next = new URL(new URLSearchParams(search).get('next') || '/', here);
		return next.origin === here && !next.pathname.startsWith('//') ? next.pathname + next.search : '/';
	} catch (e) {
		return '/';
	}
}

export function mount(root, { store }) {
	const said = h('p', { class: 'login-said', role: 'alert' });
	const user = h('input', { id: 'login-user', name: 'user', autocomplete: 'username', autocapitalize: 'none', required: true, maxlength: 64 });
	const password = h('input', { id: 'login-password', name: 'password', type: 'password', autocomplete: 'current-password', required: true, maxlength: 256 });
	const go = h('button', { class: 'button primary', type: 'submit' }, t('login.go'));

	async function submit(event) {
		event.preventDefault();
		go.disabled = true;
		setText(said, t('login.busy'));
		const why = await login(store, user.value, password.value);
		go.disabled = false;
		if (why === null) {
			location.replace(nextOf(location.search));
			return;
		}
		setText(said, t(why));
		password.value = '';
		password.focus();
	}

	root.append(h('main', { class: 'login' },
		h('h1', null, t('login.title')),
		h('p', null, t('login.why')),
		h('form', { onsubmit: submit, class: 'login-form' },
			h('label', { for: 'login-user' }, t('login.user')), user,
			h('label', { for: 'login-password' }, t('login.password')), password,
			said, go),
		h('a', { class: 'button', href: '/' }, t('login.back'))));
	return (state) => {
		if (state.me && !state.me.login)
			setText(said, t('login.off'));
	};
}
