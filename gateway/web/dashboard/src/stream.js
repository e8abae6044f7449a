/*
 * stream.js - the way in: /api/v1/stream, watched, for ever
 *
 *   startStream(store, {onLost, onBuild}) -> {stop()}
 *       onLost()      the stream could not be opened or broke
 *       onBuild()     the gateway serves another dashboard than at first
 *   lifeOf(silent_ms, loop_age_ms) -> [link, cause, ms]
 *
 * A gateway that is well sends a heartbeat every 5 s.  Its loop's age counts
 * like silence: a gateway that hangs and still talks must not look alive.  The
 * browser's own EventSource gives up for good on some answers and waits for
 * hours on a half-open connection, so each try is ours: 1 2 4 .. 15 s apart,
 * with jitter, and a connection that is silent for LATE_MS is dropped.  Each new
 * one begins with the whole state, so nothing is missed and nothing reloaded.
 */
const LATE_MS = 12000;
const DEAD_MS = 30000;
const WATCH_MS = 500;
const RETRY_MS = 1000;
const RETRY_MAX_MS = 15000;

export function lifeOf(silent_ms, loop_age_ms) {
	const ms = Math.max(silent_ms, loop_age_ms);
	const link = ms >= DEAD_MS ? 'dead' : ms >= LATE_MS ? 'late' : 'live';
	return [link, loop_age_ms >= LATE_MS && silent_ms < LATE_MS ? 'loop' : 'connection', ms];
}

/* The pause before try n (0, 1, ..), with jitter in [0, 1). */
export function retryAfter(n, jitter) {
	return Math.min(RETRY_MS * Math.pow(2, n), RETRY_MAX_MS) * (0.75 + 0.25 * jitter);
}

/* What the two documents say, again until it comes. */
async function fetchModel(store) {
	const get = async (path) => {
		const answer = await fetch(path, { cache: 'no-store' });
		if (!answer.ok)
			throw new Error(path + ': ' + answer.status);
		return answer.json();
	};
	const [site, points] = await Promise.all([get('/api/v1/site'), get('/api/v1/points')]);
	store.takeModel(site, points.devices);
}

export function startStream(store, { onLost, onBuild }) {
	const mono = () => performance.now();
	let source = null, opened_ms = 0, heard_ms = mono(), loop_age_ms = 0;
	let tries = 0, timer = 0, build = null;
	let names = null, asking = false, again = 0; // of the model that is there
	let heard_wall_ms = Date.now();

	async function learn(wanted) {
		if (wanted === names || asking)
			return;
		asking = true;
		try {
			await fetchModel(store);
			names = wanted;
		} catch (e) {
			clearTimeout(again); // each heartbeat asks, too: one is enough
			again = setTimeout(() => store.state.hb && learn(namesOf(store.state.hb)), RETRY_MS * 2);
		} finally {
			asking = false;
		}
	}

	const namesOf = (msg) => (msg.names === undefined ? 0 : msg.names);

	function onHeartbeat(hb) {
		tries = 0;
		heard_ms = mono();
		heard_wall_ms = Date.now();
		loop_age_ms = hb.loop_age_ms || 0;
		store.takeHeartbeat(hb);
		watch();
		learn(namesOf(hb));
		if (build !== null && hb.build !== build)
			onBuild(hb.build);
		else
			build = hb.build;
	}

	function lost() {
		if (source)
			source.close();
		source = null;
		if (timer)
			return;
		timer = setTimeout(() => {
			timer = 0;
			open();
		}, retryAfter(tries++, Math.random()));
		onLost();
	}

	function open() {
		const on = (name, take) => source.addEventListener(name, (e) => take(JSON.parse(e.data)));
		opened_ms = mono();
		source = new EventSource('/api/v1/stream');
		source.onerror = lost;
		on('hb', onHeartbeat);
		on('point', store.takePoints);
		on('alarm', store.takeAlarms);
	}

	/* The monotonic clock of a telephone that sleeps stands still, its other one
	 * does not.  One that is set forward costs a connection, and no more. */
	const silence = () => Math.max(mono() - heard_ms, Date.now() - heard_wall_ms);

	function watch() {
		const silent_ms = silence();
		const hb = store.state.hb;
		const life = lifeOf(silent_ms, hb ? loop_age_ms + (loop_age_ms >= LATE_MS ? silent_ms : 0) : 0);

		if (hb || life[0] !== 'live')
			store.setLink(...life);
		if (source && silent_ms >= LATE_MS && (mono() - opened_ms >= LATE_MS || heard_ms >= opened_ms))
			lost();
	}

	open();
	const watcher = setInterval(watch, WATCH_MS);
	return {
		stop() {
			clearInterval(watcher);
			clearTimeout(timer);
			clearTimeout(again);
			timer = -1;
			if (source)
				source.close();
		},
	};
}
