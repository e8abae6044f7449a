/*
 * parts/reason.js - why a value is as it is, for who taps it
 *
 *   tell(text)   shows it at the foot of the page for SHOWN_MS
 */
import { h, setText } from '../dom.js';

const SHOWN_MS = 8000;

const box = h('p', { id: 'reason', role: 'status' });
let timer = 0;

export function tell(text) {
	if (!box.parentNode)
		document.body.append(box);
	setText(box, text);
	clearTimeout(timer);
	timer = setTimeout(() => setText(box, ''), SHOWN_MS);
}
