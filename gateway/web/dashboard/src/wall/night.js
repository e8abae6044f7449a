/*
 * night.js - what the hour does to a screen that never goes off; pure
 *
 *   isNight(clock)     22:00 to 06:00 of the site's day; clock: "18:42:07"
 *   isReloadTime(clock)  the minute in which a newer page may be loaded
 *   cornerOf(now)      0 to 3: where the picture stands, by 2 px, against burn-in
 */
const NIGHT = '22:00', MORNING = '06:00';
const RELOAD_AT = '04:10';
const CORNER_MS = 5 * 60 * 1000;

export const isNight = (clock) => clock >= NIGHT || clock < MORNING;

export const isReloadTime = (clock) => clock.startsWith(RELOAD_AT);

export const cornerOf = (now) => Math.floor(now / CORNER_MS) % 4;
