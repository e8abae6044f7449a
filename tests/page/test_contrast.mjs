/* WCAG 2.2 AA, computed from the tokens: text 4.5, graphics 3 to 1. */
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from './help.mjs';

const FILE = join(dirname(fileURLToPath(import.meta.url)), '../../gateway/web/dashboard/style/tokens.css');
const css = readFileSync(FILE, 'utf8').replace(/\/\*[^]*?\*\//g, '');

function tokensOf(selector) {
	const body = css.slice(css.indexOf(selector)).match(/\{([^}]*)\}/)[1];
	return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9A-Fa-f]{6});/g)].map((m) => [m[1], m[2]]));
}

const linear = (c) => (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
const channel = (hex, i) => linear(parseInt(hex.slice(i, i + 2), 16) / 255);
const luminance = (hex) => 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);

function contrast(a, b) {
	const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
	return (x + 0.05) / (y + 0.05);
}

const GROUNDS = ['bg', 'panel', 'raised'];
const THEMES = { light: tokensOf(':root'), dark: tokensOf('[data-theme=dark]') };

test('black on white is 21 to 1', () => assert.strictEqual(contrast('#000000', '#FFFFFF').toFixed(1), '21.0'));
test('both themes have the same tokens', () => assert.deepStrictEqual(Object.keys(THEMES.dark), Object.keys(THEMES.light)));

for (const [theme, c] of Object.entries(THEMES)) {
	const least = (sentence, pairs, want) => test(`${theme}: ${sentence} at least ${want} to 1`, () => {
		assert.ok(pairs.length);
		assert.deepStrictEqual(pairs.filter(([a, b]) => !(contrast(c[a], c[b]) >= want)).map(([a, b]) => `${a} on ${b} ${contrast(c[a], c[b]).toFixed(2)}`), []);
	});
	const onAll = (names) => names.reduce((all, n) => all.concat(GROUNDS.map((g) => [n, g])), []);

	least('text is', onAll(['text', 'text-2', 'muted', 'live']), 4.5);
	least('the four severities in words are', onAll(['p1', 'p2', 'p3', 'p4']), 4.5);
	least('the border of each fill is', onAll(['p1', 'p2', 'p3', 'p4']), 3);
	least('white on the fill of what is urgent is', [['on-p1', 'p1-fill']], 4.5);
	least('black on the other fills is', [['on-fill', 'p2-fill'], ['on-fill', 'p3-fill'], ['on-fill', 'p4-fill']], 4.5);
	least('text on what is pressed is', [['bg', 'text']], 4.5);
	least('the edge of what can be pressed is', onAll(['edge']), 3);
	least('the focus is', onAll(['focus']), 3);
	least('a bar on its ground is', [['bar', 'raised']], 3);
	least('what is normal, on its ground and below a bar, is', [['band', 'raised'], ['bar', 'band']], 2);
}
