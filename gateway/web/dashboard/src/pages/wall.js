/*
 * pages/wall.js - the wall: all of an estate on one screen of 1920 x 1080
 */
import { h, setText } from '../dom.js';
import { t } from '../words.js';

export const title = 'wall';

const RELOAD_AT = '04:10';

/* A screen that hangs on a wall is loaded anew when nobody looks. */
export const reloads = () => document.hidden || new Date().toTimeString().startsWith(RELOAD_AT);

export function mount(root) {
	const waiting = h('p');
	root.append(waiting);
	return () => setText(waiting, t('state.waiting'));
}
