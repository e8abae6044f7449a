/*
 * store.js - what is known of the estate; nothing else on the page keeps values
 *
 *   state.site      {id, name: {zh, en}, timezone} or null
 *   state.devices   [{id, name, kind, place, fed_by, rating, owner, points: {NAME: {type, unit, enum, title, valid, limits}}}]
 *                   of the estate: the gateway itself is on no bus, and counted by nobody
 *   state.known     whether values have come at all
 *   state.hb        the last heartbeat: {synced, build, loop_age_ms, uplinks, duty, names} or null
 *   state.link      'start' | 'live' | 'late' | 'dead'
 *   state.cause     'connection' | 'loop': what is to blame if it is not live
 *   state.silent_ms how long nothing came, or the loop stood
 *   state.me        {user, name, role, login} or null: session.js
 *   state.peaks     Map(device -> {v, ts, least}): today's highest load; history.js
 *   state.quiet     ms: since when nothing urgent happened, or null; quiet.js
 *   state.contacts  device -> {phone, rescue_code}, or null; contacts.js
 *
 *   deviceOf(id)            of state.devices, or undefined
 *   valueOf(device, point)  {v, q, ts, last: {v, ts} or null}, or undefined.
 *       last is the last value there was, when there is none now; the gateway says it.
 *   isOnline(device)        true, false, or undefined
 *   alarms()                a list, in no order; as /api/v1/alarms has them
 *   now()                   server time in ms.  Stands still while link is 'dead'.
 *   running()               server time in ms, that never stands: how old all of it is
 *   subscribe(f)            f(state) after changes, at most once a frame
 *   changed()               asks for that
 *
 * Times of the server come with its heartbeats and go on by the browser's
 * monotonic clock, so a wrong clock of the phone falsifies no age.
 */

/* frame: requestAnimationFrame, which draws nothing in hidden tabs; mono: ms. */
export function makeStore(frame, mono) {
	const state = {
		site: null, devices: [], known: false, hb: null, link: 'start', cause: 'connection',
		silent_ms: 0, me: null, peaks: new Map(), quiet: null, contacts: null,
	};
	let points = new Map(); // device -> Map(point -> value)
	let online = new Map();
	let alarms = new Map(); // "device/alarm" -> alarm
	let offset_ms = Date.now() - mono(); // server time less ours
	let stopped_ms = null; // server time, while dead
	const subscribers = new Set();
	let due = false;

	function changed() {
		if (due)
			return;
		due = true;
		frame(() => {
			due = false;
			for (const f of subscribers)
				f(state);
		});
	}

	function takePoint(of, name, value) {
		const last = value.v === null && value.last !== undefined ? { v: value.last, ts: value.ts } : null;
		of.set(name, { v: value.v, q: value.q, ts: value.ts, last });
	}

	return {
		state,
		changed,
		subscribe(f) {
			subscribers.add(f);
			return () => subscribers.delete(f);
		},
		deviceOf: (id) => state.devices.find((d) => d.id === id),
		valueOf(device, point) {
			const of = points.get(device);
			return of && of.get(point);
		},
		isOnline: (device) => online.get(device),
		alarms: () => [...alarms.values()],
		running: () => mono() + offset_ms,
		now: () => (stopped_ms !== null ? stopped_ms : mono() + offset_ms),

		takeModel(site, devices) {
			state.site = site;
			state.devices = devices.filter((d) => d.id !== 'gateway');
			changed();
		},
		takePoints(msg) {
			if (msg.full) {
				points = new Map();
				online = new Map();
			}
			for (const [device, values] of Object.entries(msg.points || {})) {
				if (!points.has(device))
					points.set(device, new Map());
				for (const [name, value] of Object.entries(values))
					takePoint(points.get(device), name, value);
			}
			for (const [device, on] of Object.entries(msg.online || {}))
				online.set(device, on);
			state.known = true;
			changed();
		},
		takeAlarms(msg) {
			if (msg.full)
				alarms = new Map();
			for (const a of msg.alarms || [])
				alarms.set(a.device + '/' + a.alarm, a);
			for (const key of msg.gone || [])
				alarms.delete(key);
			changed();
		},
		takeHeartbeat(hb) {
			state.hb = hb;
			offset_ms = hb.ts - mono();
			changed();
		},
		setLink(link, cause, silent_ms) {
			if (link === 'dead' && stopped_ms === null)
				stopped_ms = mono() + offset_ms;
			if (link !== 'dead')
				stopped_ms = null;
			if (link !== state.link || cause !== state.cause)
				changed();
			state.link = link;
			state.cause = cause;
			state.silent_ms = silent_ms;
		},
		set(part) {
			Object.assign(state, part);
			changed();
		},
	};
}
