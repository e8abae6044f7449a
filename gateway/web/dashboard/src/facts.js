/*
 * facts.js - what the head of each page tells of the gateway; pure
 *
 *   uplinksOf(hb)    {text, connected}: connected is null where there is none
 *   dutyOf(hb)       who is on duty, a text each, the first first
 *   hb: the store's heartbeat, or null
 */
import { pick, t } from './words.js';

const uplinkText = (u) => t(u.connected ? 'head.uplink' : 'head.uplink_down', { sink: u.sink, n: u.pending });

export function uplinksOf(hb) {
	const all = (hb && hb.uplinks) || [];
	return { text: all.map(uplinkText).join(' · '), connected: all.length ? all.every((u) => u.connected) : null };
}

export const dutyOf = (hb) => ((hb && hb.duty) || [])
	.map((p) => t('head.duty', { name: pick(p.name), phone: p.phone || '' }).trim());
