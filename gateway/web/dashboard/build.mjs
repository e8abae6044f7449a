/*
 * build.mjs MODULES OUT TABLE - the dashboard as it is served
 *
 * MODULES is the folder with esbuild's node_modules, OUT takes the files, TABLE
 * is the C file that embeds them.  A script and a style sheet are named by their
 * content, so a browser may keep them for ever; index.html names them.  Each
 * file is also there compressed, and has in the table what a browser compares.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const TYPES = {
	html: 'text/html; charset=utf-8',
	js: 'text/javascript; charset=utf-8',
	css: 'text/css; charset=utf-8',
	svg: 'image/svg+xml',
};

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out, table] = process.argv.slice(2);
const esbuild = createRequire(resolve(modules, 'x.js'))('esbuild');

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);

function bundle(entry) {
	const made = esbuild.buildSync({
		entryPoints: [join(here, entry)],
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2018',
		charset: 'utf8',
		legalComments: 'none',
		write: false,
		logLevel: 'warning',
	});
	return Buffer.from(made.outputFiles[0].contents);
}

/* {name, bytes, hashed} of all that is served. */
function made() {
	const script = bundle('src/main.js');
	const style = bundle('style/main.css');
	const icon = readFileSync(join(here, 'icon.svg'));
	const names = { script: `app-${hash(script)}.js`, style: `style-${hash(style)}.css` };
	const page = readFileSync(join(here, 'index.html'), 'utf8')
		.replace('@script@', names.script).replace('@style@', names.style);

	return [
		{ name: 'index.html', bytes: Buffer.from(page), hashed: false },
		{ name: names.script, bytes: script, hashed: true },
		{ name: names.style, bytes: style, hashed: true },
		{ name: 'icon.svg', bytes: icon, hashed: false },
	];
}

function embed(symbol, file) {
	return `__asm__(".pushsection .rodata\\n"
	".globl ${symbol}_begin\\n.hidden ${symbol}_begin\\n${symbol}_begin:\\n"
	".incbin \\"${file}\\"\\n"
	".globl ${symbol}_end\\n.hidden ${symbol}_end\\n${symbol}_end:\\n"
	".popsection\\n");
extern const char ${symbol}_begin[], ${symbol}_end[];
`;
}

function tableOf(files) {
	const build = hash(files[0].bytes); // it names all others
	const rows = files.map((f, i) => {
		const type = TYPES[f.name.split('.').pop()];
		return `	{"/${f.name}", "${type}", "\\"${hash(f.bytes)}\\"", ${f.hashed},
	    {asset_${i}_begin, asset_${i}_end}, {asset_${i}_gz_begin, asset_${i}_gz_end}},`;
	});
	return [
		'/* Made by gateway/web/dashboard/build.mjs. */',
		'#include "gateway/web/assets.h"',
		'',
		...files.map((f, i) => embed(`asset_${i}`, join(out, f.name)) + embed(`asset_${i}_gz`, join(out, f.name + '.gz'))),
		'const struct asset assets[] = {', ...rows, '};',
		`const size_t asset_count = ${files.length};`,
		`const char assets_build[] = "${build}";`,
		'',
	].join('\n');
}

const files = made();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const f of files) {
	writeFileSync(join(out, f.name), f.bytes);
	writeFileSync(join(out, f.name + '.gz'), gzipSync(f.bytes, { level: 9 }));
}
writeFileSync(table, tableOf(files));
