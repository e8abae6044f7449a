/*
 * browser.js - Debian's chromium, driven by lines of JSON (tests/browser.py writes them)
 *
 * A line in:  {"id":7,"do":"click","page":1,"selector":"#ack"}
 * A line out: {"id":7,"value":...} or {"id":7,"error":"..."}
 * Orders run side by side: one that waits for a page ("when") delays no other.  When its input ends, so does the browser.
 *
 * A page is a context of its own, so that each has its own cookies, language and net.  What is run in a page comes by the
 * debugger, which a Content-Security-Policy does not bind: pages are tested as they are served.
 */
'use strict';

const fs = require('fs');
const readline = require('readline');
const { chromium } = require('playwright-core');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE_MS = 20000;

const pages = new Map(); // id: {page, context, faults}
let browser, last = 0;

const at = (order) => {
	const found = pages.get(order.page);
	if (!found)
		throw new Error(`no page ${order.page}`);
	return found;
};

/* What went wrong in a page: its own errors, and each thing the browser refused or could not load. */
function listen(page, faults) {
	page.on('pageerror', (e) => faults.push(`error: ${e.message}`));
	page.on('crash', () => faults.push('crashed'));
	page.on('dialog', (d) => {
		faults.push(`dialog: ${d.message()}`);
		d.dismiss();
	});
	page.on('console', (m) => {
		if (m.type() === 'error' || m.type() === 'warning')
			faults.push(`${m.type()}: ${m.text()} ${m.location().url}`);
	});
}

/* ---- run in the page ---- */

/* What each element of a selector shows, and how. */
function look(selector) {
	return Array.from(document.querySelectorAll(selector), (e) => {
		const box = e.getBoundingClientRect(), s = getComputedStyle(e);
		return {
			text: (e.innerText === undefined ? e.textContent : e.innerText).trim(),
			attrs: Object.fromEntries(Array.from(e.attributes, (a) => [a.name, a.value])),
			box: { x: box.x, y: box.y, right: box.right, bottom: box.bottom, width: box.width, height: box.height },
			seen: box.width > 0 && box.height > 0 && s.visibility === 'visible' && s.display !== 'none',
			style: { color: s.color, background: s.backgroundImage, border: s.borderTopStyle, decoration: s.textDecorationStyle,
				size: parseFloat(s.fontSize) },
		};
	});
}

/* When good() first gives something true, and that was drawn: [Date.now(), what it gave]; after so many ms null. */
function when(good, patience) {
	return new Promise((resolve) => {
		const done = (got) => {
			observer.disconnect();
			clearTimeout(limit);
			requestAnimationFrame(() => resolve([Date.now(), got]));
		};
		const judge = () => {
			const got = good();
			if (got)
				done(got);
		};
		const observer = new MutationObserver(judge);
		const limit = setTimeout(() => {
			observer.disconnect();
			resolve(null);
		}, patience);
		observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
		judge();
	});
}

const judgeAccess = () => axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) => ({
	id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => `${n.target}: ${n.failureSummary}`),
})));

/* ---- the orders ---- */

const orders = {
	async open({ url, width, height, theme, locale, touch }) {
		const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale, hasTouch: touch });
		const page = await context.newPage(), faults = [];
		listen(page, faults);
		pages.set(++last, { page, context, faults });
		await page.goto(url, { waitUntil: 'load', timeout: PATIENCE_MS });
		return last;
	},
	go: (o) => at(o).page.goto(o.url, { waitUntil: 'load', timeout: PATIENCE_MS }).then((r) => r.status()),
	path: async (o) => new URL(at(o).page.url()).pathname,
	look: (o) => at(o).page.evaluate(look, o.selector),
	run: (o) => at(o).page.evaluate(o.source),
	when: (o) => at(o).page.evaluate(`(${when})(${o.source}, ${o.patience})`),
	click: (o) => at(o).page.click(o.selector, { timeout: PATIENCE_MS }),
	fill: (o) => at(o).page.fill(o.selector, o.text, { timeout: PATIENCE_MS }),
	press: (o) => at(o).page.keyboard.press(o.key),
	offline: (o) => at(o).context.setOffline(o.on),
	shot: (o) => at(o).page.screenshot({ path: o.path }),
	async axe(o) {
		const { page } = at(o);
		await page.evaluate(AXE);
		return page.evaluate(judgeAccess);
	},
	faults: async (o) => at(o).faults.splice(0),
	async close(o) {
		await at(o).context.close();
		pages.delete(o.page);
	},
};

async function obey(line) {
	const order = JSON.parse(line);
	let answer;
	try {
		answer = { value: await orders[order.do](order) };
	} catch (e) {
		answer = { error: e.message };
	}
	process.stdout.write(JSON.stringify({ id: order.id, ...answer }) + '\n');
}

async function main() {
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--disable-dev-shm-usage'] });
	const lines = readline.createInterface({ input: process.stdin });
	lines.on('line', obey);
	lines.on('close', () => browser.close());
	process.stdout.write(JSON.stringify({ id: 0, value: browser.version() }) + '\n');
}

main().catch((e) => {
	process.stdout.write(JSON.stringify({ id: 0, error: e.message }) + '\n');
	process.exitCode = 1;
});
