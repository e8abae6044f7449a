/*
 * app.js - what the gateway read last, and how old that is
 *
 * Asks for a snapshot each second.  The age of what is shown is counted with
 * the browser's monotonic clock from the moment it asked, plus what the gateway
 * says of itself, so neither a wrong clock nor a gateway that hangs but still
 * answers can make old values look fresh.  After LATE_MS it says so, after
 * FROZEN_MS nothing on the page looks live any more.
 *
 * Foreign text goes to textContent only.
 */
'use strict';

const POLL_MS = 1000;
const POLL_MAX_MS = 5000; // between tries, after failures
const TIMEOUT_MS = 4000;
const LATE_MS = 5000;
const FROZEN_MS = 12000;

/* ---- words: [zh, en] ---- */

const T = {
	lang: ['English', '中文'],
	title: ['总览', 'overview'],
	connecting: ['正在连接网关…', 'Connecting to the gateway…'],
	data: ['数据 {0}', 'data {0}'],
	s: ['{0} 秒前', '{0} s ago'],
	min: ['{0} 分前', '{0} min ago'],
	h: ['{0} 小时前', '{0} h ago'],
	d: ['{0} 天前', '{0} d ago'],
	devices: ['{0} 台设备，{1} 台在线', '{1} of {0} devices online'],
	group: ['{1}/{0} 在线', '{1}/{0} online'],
	abnormal: ['异常值 {0} 项', '{0} abnormal'],
	empty: ['还没有设备：请写入配置文件。', 'No devices yet: write them into the configuration.'],
	late: ['数据没有更新', 'No fresh data'],
	frozen: ['画面已停止更新，自 {0}', 'This page is frozen since {0}'],
	lost: ['连不上网关，正在重试。', 'The gateway cannot be reached; trying again.'],
	stuck: ['网关有应答，但已停止采集。', 'The gateway answers, but has stopped reading.'],
	broken: ['网关的应答无法显示，正在重试。', "The gateway's answer cannot be shown; trying again."],
	offline: ['断线', 'offline'],
	yes: ['是', 'yes'],
	no: ['否', 'no'],
};

const QUALITY = {
	'uncertain:range': ['存疑：超出量程', 'doubtful: out of range'],
	'uncertain:clock': ['存疑：时钟未校准', 'doubtful: clock not set'],
	'bad:timeout': ['通信超时', 'no answer (timeout)'],
	'bad:crc': ['校验错误', 'garbled answer (CRC)'],
	'bad:decode': ['数据无法解读', 'unreadable value'],
	'bad:not_available': ['设备无此数据', 'not available in the device'],
	'bad:identity': ['设备型号不符', 'not the device expected'],
	'bad:bus': ['总线中断', 'line is down'],
	'bad:exception': ['设备拒绝，代码 {0}', 'refused by the device, code {0}'],
	stale: ['数据过期', 'out of date'],
	never: ['未接入', 'never read'],
	disabled: ['停用', 'disabled'],
	simulated: ['模拟', 'simulated'],
};

const KINDS = {
	elevator: ['电梯', 'Elevators'],
	transformer: ['变压器', 'Transformers'],
	feeder: ['馈线', 'Feeders'],
	water: ['供水', 'Water'],
	charger: ['充电', 'Chargers'],
	lamp: ['路灯', 'Street lamps'],
	solar_lamp: ['太阳能灯', 'Solar lamps'],
	gas: ['燃气', 'Gas'],
	sewage: ['污水', 'Sewage'],
	heat: ['车棚温度', 'Heat'],
	drinking_water: ['直饮水', 'Drinking water'],
	access: ['门禁', 'Access'],
	barrier: ['道闸', 'Barriers'],
	gateway: ['网关', 'Gateway'],
};

/* What a card shows large: of each list the first point there is. */
const HEAD = {
	elevator: [['floor_label', 'floor'], ['direction'], ['door']],
	transformer: [['load', 'active_power'], ['active_power', 'apparent_power']],
	feeder: [['load', 'active_power'], ['active_power', 'apparent_power']],
	water: [['pressure', 'level'], ['flow', 'level']],
};

/* Names of enumerations, by point. */
const VALUES = {
	direction: { none: ['· 停', '· none'], up: ['▲ 上行', '▲ up'], down: ['▼ 下行', '▼ down'], unknown: ['未知', 'unknown'] },
	door: {
		closed: ['关', 'closed'], opening: ['开门中', 'opening'], open: ['开', 'open'], closing: ['关门中', 'closing'],
		locked: ['锁闭', 'locked'], fault: ['门故障', 'fault'], unknown: ['未知', 'unknown'],
	},
	occupied: { no: ['无人', 'no'], yes: ['有人', 'yes'], unknown: ['未知', 'unknown'] },
	service_mode: {
		stopped: ['停用', 'stopped'], normal: ['正常', 'normal'], inspection: ['检修', 'inspection'], fire_return: ['消防返回', 'fire return'],
		firefighter: ['消防员运行', 'firefighter'], emergency_power: ['应急电源', 'emergency power'], earthquake: ['地震模式', 'earthquake'], unknown: ['未知', 'unknown'],
	},
	fault_code: {
		none: ['无', 'none'], OTHER: ['其他故障', 'other fault'], ENTRAP: ['困人', 'entrapment'], STOP_OUT_ZONE: ['门区外停梯', 'stopped outside door zone'], UCM: ['轿厢意外移动', 'unintended car movement'],
		OVERTRAVEL_TOP: ['冲顶', 'over-travel, top'], OVERTRAVEL_BOTTOM: ['蹲底', 'over-travel, bottom'], OVERSPEED: ['超速', 'overspeed'],
		SAFETY_CHAIN: ['安全回路断开', 'safety circuit open'], DOOR_CLOSE: ['关门故障', 'door does not close'], DOOR_OPEN: ['开门故障', 'door does not open'],
		MOTOR_RUNTIME: ['运转超时', 'motor run time'], POS_LOST: ['楼层丢失', 'position lost'], NO_RESTART: ['锁梯故障', 'locked by fault'], POWER: ['主电源断电', 'main power lost'],
	},
	safety_chain: { open: ['断开', 'open'], closed: ['闭合', 'closed'] },
	supply: { lost: ['断电', 'lost'], ok: ['正常', 'ok'] },
	fan: { true: ['运行', 'on'], false: ['停', 'off'] },
	moving: { true: ['运行中', 'moving'], false: ['停止', 'standing'] },
};

/* What earns colour, and its severity.  A lift under inspection has its safety
 * chain open by right. */
const ABNORMAL = {
	entrapment: { true: 1 },
	alarm_button: { true: 1 },
	door: { fault: 2 },
	supply: { lost: 2 },
	safety_chain: { open: 2 },
	trip: { true: 2 },
	pump_fault: { true: 2 },
};
const MARKS = ['', '!!', '!'];
const DASH = '– –'; // a single long one reads as the Chinese for 1

const UNITS = { degC: '°C', 'm3/h': 'm³/h', m3: 'm³', 'uS/cm': 'µS/cm' };
const DIGITS = {
	V: 0, A: 1, kW: 1, kvar: 1, kVA: 1, kWh: 0, Hz: 2, '%': 0, MPa: 2, kPa: 0,
	bar: 2, degC: 0, m: 2, 'm/s': 2, 'm3/h': 1, m3: 1, h: 0,
};

/* ---- small tools ---- */

const $ = (id) => document.getElementById(id);
const own = (o, k) => (o && Object.prototype.hasOwnProperty.call(o, k) ? o[k] : undefined);

function remembered() {
	try {
		return localStorage.getItem('lang');
	} catch (e) {
		return null; // storage may be forbidden
	}
}

let lang = remembered() || ((navigator.language || 'zh').startsWith('zh') ? 'zh' : 'en');

const pick = (pair, ...args) => pair[lang === 'zh' ? 0 : 1].replace(/\{(\d)\}/g, (_, i) => args[i]);
const nameOf = (text) => text[lang] || text.zh || text.en;

function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

function add(parent, tag, className, text) {
	const node = document.createElement(tag);
	if (className)
		node.className = className;
	if (text)
		node.textContent = text;
	return parent.appendChild(node);
}

function ago(ms) {
	const s = Math.max(0, Math.floor(ms / 1000));
	if (s < 60)
		return pick(T.s, s);
	if (s < 3600)
		return pick(T.min, Math.floor(s / 60));
	if (s < 48 * 3600)
		return pick(T.h, Math.floor(s / 3600));
	return pick(T.d, Math.floor(s / 86400));
}

function timeOf(ms) {
	const d = new Date(ms), two = (n) => String(n).padStart(2, '0');
	return [d.getHours(), d.getMinutes(), d.getSeconds()].map(two).join(':');
}

/* ---- values in words ---- */

function numberText(name, p) {
	const digits = name === 'power_factor' ? 2 : own(DIGITS, p.unit);
	const text = digits === undefined ? String(Number(p.v.toPrecision(6))) : p.v.toFixed(digits);
	const [whole, part] = text.replace(/^-(0(\.0+)?)$/, '$1').split('.');
	const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
	return part === undefined ? spaced : spaced + '.' + part;
}

function valueText(name, p) {
	const word = own(own(VALUES, name), String(p.v));
	if (word)
		return pick(word);
	if (typeof p.v === 'boolean')
		return pick(p.v ? T.yes : T.no);
	return typeof p.v === 'number' ? numberText(name, p) : p.v;
}

function qualityText(q) {
	const code = /^bad:exception-(\d+)$/.exec(q);
	if (code)
		return pick(QUALITY['bad:exception'], code[1]);
	const pair = own(QUALITY, q);
	return pair ? pick(pair) : q;
}

function severity(name, points) {
	const p = points[name], mode = points.service_mode;
	if (p.v === null || (name === 'safety_chain' && mode && mode.v !== 'normal'))
		return 0;
	if (name === 'fault_code')
		return p.v !== 'none' && own(VALUES.fault_code, p.v) ? 2 : 0;
	return own(own(ABNORMAL, name), String(p.v)) || 0;
}

/* ---- cells, cards, groups: built when names change, then only filled ---- */

function buildCell(parent, device, name) {
	const root = add(parent, 'div');
	const meaning = own(own(meanings, device.id), name);
	root.dataset.testid = 'point-' + device.id + '-' + name;
	add(root, 'dt', '', meaning && meaning.title ? nameOf(meaning.title) : name);
	const dd = add(root, 'dd');
	return {
		name, root,
		mark: add(dd, 'span', 'mark'),
		value: add(dd, 'span', 'value'),
		unit: add(dd, 'span', 'unit'),
		note: add(dd, 'span', 'note'),
	};
}

function fillCell(cell, points, quiet, since) {
	const p = points[cell.name];
	const none = p.v === null;
	const level = severity(cell.name, points);
	const doubt = !none && p.q.startsWith('uncertain');
	let note = p.q === 'good' || quiet ? '' : qualityText(p.q);

	if (note && p.q === 'stale' && p.ts !== null)
		note += ' · ' + ago(since(p.ts));
	cell.root.className = none ? 'none' : doubt ? 'doubt' : level ? 'p' + level : p.q === 'simulated' ? 'simulated' : '';
	setText(cell.mark, MARKS[none ? 0 : level]);
	setText(cell.value, none ? DASH : valueText(cell.name, p) + (doubt ? ' ?' : ''));
	setText(cell.unit, none || !p.unit ? '' : own(UNITS, p.unit) || p.unit);
	setText(cell.note, note);
	cell.root.title = cell.name + (none ? '' : ' = ' + p.v + (p.unit ? ' ' + p.unit : '')) +
		', ' + p.q + (p.ts === null ? '' : ', ' + new Date(p.ts).toISOString());
	return level;
}

function headPoints(device) {
	const found = [];
	for (const list of own(HEAD, device.kind) || []) {
		const name = list.find((n) => own(device.points, n) && !found.includes(n));
		if (name)
			found.push(name);
	}
	return found;
}

function buildCard(parent, device) {
	const root = add(parent, 'section', 'card');
	const header = add(root, 'header');
	const head = headPoints(device);
	const rest = Object.keys(device.points).filter((n) => !head.includes(n));

	root.dataset.testid = 'device-' + device.id;
	add(header, 'h3', '', nameOf(device.name));
	const status = add(header, 'p', 'status');
	const cells = [];
	if (head.length) {
		const top = add(root, 'dl', 'head');
		head.forEach((n) => cells.push(buildCell(top, device, n)));
	}
	const list = add(root, 'dl');
	rest.forEach((n) => cells.push(buildCell(list, device, n)));
	return { root, status, cells };
}

/* The one reason why a silent device has no values, if it is one. */
function commonReason(points) {
	const first = points.length && points[0].q;
	return points.every((p) => p.v === null && p.q === first) ? first : null;
}

function fillCard(card, device, since) {
	const points = Object.values(device.points);
	const newest = Math.max(...points.map((p) => p.ts || 0), 0);
	const reason = device.online ? null : commonReason(points);
	const words = device.online ? [] : [pick(T.offline)];

	if (reason)
		words.push(qualityText(reason));
	if (newest)
		words.push(ago(since(newest)));
	setText(card.status, words.join(' · '));
	const levels = card.cells.map((c) => fillCell(c, device.points, reason, since)).filter((l) => l);
	card.root.className = 'card' + (device.online ? '' : ' offline') + (levels.length ? ' worst-' + Math.min(...levels) : '');
	return levels;
}

const kindRank = (kind) => (own(KINDS, kind) ? Object.keys(KINDS).indexOf(kind) : 99);

function buildGroup(kind, devices) {
	const root = add($('main'), 'section');
	const pair = own(KINDS, kind);
	const title = add(root, 'h2', '', (pair ? pick(pair) : kind) + ' ');

	root.dataset.testid = 'kind-' + kind;
	const count = add(title, 'small');
	const list = add(root, 'div', 'cards');
	return { kind, count, cards: devices.map((d) => [d.id, buildCard(list, d)]) };
}

/* ---- the page ---- */

let snapshot = null; // the last one that came
let askedAt = 0; // performance.now() when it was asked for
let freshAt = null; // ... when the gateway was reading what is on the page
let why = 'stuck'; // what is to blame if that is long ago
let meanings = {}; // of points, by device: what a snapshot does not say
let meant = ''; // what they were asked for
let built = ''; // what the page was built for
let groups = [];

function shapeOf(s) {
	return JSON.stringify([s.site, s.devices.map((d) => [d.id, d.kind, d.name, Object.keys(d.points)])]);
}

function build() {
	const shape = lang + shapeOf(snapshot);
	if (shape === built)
		return;
	const kinds = [...new Set(snapshot.devices.map((d) => d.kind))].sort((a, b) => kindRank(a) - kindRank(b));
	$('main').textContent = '';
	groups = kinds.map((k) => buildGroup(k, snapshot.devices.filter((d) => d.kind === k)));
	if (!snapshot.devices.length)
		add($('main'), 'p', 'empty', pick(T.empty));
	$('site').textContent = nameOf(snapshot.site.name);
	document.title = nameOf(snapshot.site.name) + ' · ' + pick(T.title);
	built = shape;
}

function fill() {
	const devices = new Map(snapshot.devices.map((d) => [d.id, d]));
	const since = (ts) => snapshot.ts - ts + performance.now() - askedAt;
	const online = (list) => list.filter((d) => d.online).length;
	const levels = [];

	for (const group of groups) {
		const members = group.cards.map(([id]) => devices.get(id));
		for (const [id, card] of group.cards)
			levels.push(...fillCard(card, devices.get(id), since));
		setText(group.count, pick(T.group, members.length, online(members)));
	}
	setText($('count'), pick(T.devices, devices.size, online(snapshot.devices)));
	setText($('abnormal'), levels.length ? '■ ' + pick(T.abnormal, levels.length) : '');
	$('abnormal').className = levels.length ? 'p' + Math.min(...levels) : '';
}

function showLife() {
	const age = performance.now() - freshAt;
	const life = freshAt === null ? 'start' : age >= FROZEN_MS ? 'frozen' : age >= LATE_MS ? 'late' : 'live';
	const trouble = life === 'late' || life === 'frozen' || (life === 'start' && why !== 'stuck');

	document.body.dataset.life = life;
	$('banner').hidden = !trouble;
	setText($('age'), life === 'start' ? pick(T.connecting) : pick(T.data, ago(age)));
	if (!trouble)
		return;
	setText($('banner-what'), life === 'frozen' ? pick(T.frozen, timeOf(snapshot.ts + freshAt - askedAt)) : pick(T.late));
	setText($('banner-why'), pick(T[why]));
	setText($('banner-age'), life === 'start' ? '' : ago(age));
}

function show() {
	try {
		if (snapshot) {
			build();
			fill();
		}
	} finally {
		showLife(); // even if what came cannot be shown
	}
}

function setLang(to) {
	lang = to;
	document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en';
	$('lang').textContent = pick(T.lang);
	$('lang').lang = to === 'zh' ? 'en' : 'zh-CN';
	show();
}

/* ---- asking ---- */

let timer = 0; // of the next try; 0 while one runs
let delay = POLL_MS;

/* Only what got onto the page counts as fresh. */
function take(next, started) {
	snapshot = next;
	askedAt = started;
	build();
	fill();
	freshAt = started - next.loop_age_ms;
}

async function get(url, abort) {
	const answer = await fetch(url, { cache: 'no-store', signal: abort.signal });
	if (!answer.ok)
		throw new Error('HTTP ' + answer.status);
	return answer.json();
}

async function learn(shape, abort) {
	if (shape === meant)
		return;
	const points = await get('api/v1/points', abort);
	meanings = points.devices.reduce((all, d) => Object.assign(all, { [d.id]: d.points }), {});
	meant = shape;
}

async function ask() {
	const started = performance.now();
	const abort = new AbortController();
	const limit = setTimeout(() => abort.abort(), TIMEOUT_MS);
	let stage = 'lost';

	timer = 0;
	try {
		const next = await get('api/v1/snapshot', abort);
		await learn(shapeOf(next), abort);
		stage = 'broken';
		take(next, started);
		stage = 'stuck';
		delay = POLL_MS;
	} catch (e) {
		console.error(e);
		delay = Math.min(POLL_MAX_MS, delay * 2);
	}
	clearTimeout(limit);
	why = stage;
	timer = setTimeout(ask, delay);
	showLife();
}

/* A page that comes to the front again does not wait for its throttled timer. */
document.addEventListener('visibilitychange', () => {
	if (document.hidden)
		return;
	show();
	if (timer) {
		clearTimeout(timer);
		ask();
	}
});

$('lang').addEventListener('click', () => {
	setLang(lang === 'zh' ? 'en' : 'zh');
	try {
		localStorage.setItem('lang', lang);
	} catch (e) {
		// then it is chosen again next time
	}
});

setLang(lang === 'zh' ? 'zh' : 'en');
setInterval(show, 1000);
ask();
