/*
 * main.js - one script, all pages: by the path
 *
 * A page is a module with
 *   title              a key of words
 *   mount(root, ctx)   builds into root and returns fill(state), which is called
 *                      at most once a frame after changes and once a second;
 *                      may build again after a change of language
 *   reloads(ctx)       whether it may be loaded anew at this moment, when the
 *                      gateway serves another build; default: at once
 *   public             whether it wants no stream (the login page)
 * ctx = {store, act(alarm, verb, body), rebuild(focus)}: act returns what session.order
 * does, after leading whoever is nobody to /login; rebuild mounts the page again
 * and gives the focus to what the selector finds.
 */
import * as login from './pages/login.js';
import * as overview from './pages/overview.js';
import * as wall from './pages/wall.js';
import { h } from './dom.js';
import { setFrozen } from './parts/frozen.js';
import { isRefused, mayLogIn, order, refresh } from './session.js';
import * as settings from './settings.js';
import { makeStore } from './store.js';
import { startStream } from './stream.js';
import { pick, t } from './words.js';

const PAGES = { '/': overview, '/wall': wall, '/login': login };
const TICK_MS = 1000;
const BUILD_LOOK_MS = 30000;
const WHO_MS = 5000;

const page = PAGES[location.pathname] || overview;
const store = makeStore((f) => requestAnimationFrame(f), () => performance.now());
let fill = null;

async function act(alarm, verb, body) {
	if (mayLogIn(store.state.me)) {
		goLogin();
		return { ok: false, status: 401, why: '' };
	}
	const me = store.state.me;
	const done = await order(alarm, verb, Object.assign({ by: (me && (me.name || me.user)) || '' }, body));
	if (done.status === 401) {
		await refresh(store);
		goLogin();
	}
	return done;
}

function goLogin() {
	location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
}

/* focus: a selector of what has the focus afterwards. */
function rebuild(focus) {
	const root = h('div', { id: 'page', class: 'page-' + page.title });
	const before = document.getElementById('page');
	fill = page.mount(root, ctx);
	if (before)
		before.replaceWith(root);
	else
		document.body.append(root);
	draw(store.state);
	const wanted = focus && root.querySelector(focus);
	if (wanted)
		wanted.focus();
}

const ctx = { store, act, rebuild };

function draw(state) {
	document.title = (state.site ? pick(state.site.name) + ' · ' : '') + t('tab.' + page.title);
	document.body.dataset.link = state.link;
	setFrozen(store);
	fill(state);
}

/* Who is not let in beyond loopback is led to the login. */
async function onLost() {
	await refresh(store);
	if (!page.public && isRefused(store.state.me) && mayLogIn(store.state.me))
		goLogin();
}

/* Without an answer nobody would have a button for as long as the page is open. */
async function askWho() {
	if (!(await refresh(store)))
		setTimeout(askWho, WHO_MS);
}

let newer = false;

function onBuild() {
	if (newer)
		return;
	newer = true;
	const look = () => (!page.reloads || page.reloads(ctx)) && location.reload();
	look();
	setInterval(look, BUILD_LOOK_MS);
}

settings.begin();
rebuild();
store.subscribe(draw);
askWho();
if (!page.public) {
	startStream(store, { onLost, onBuild });
	setInterval(store.changed, TICK_MS);
}
