/*
 * scan_order.h - whom `riser scan` asks what, and in which order
 *
 * Units at settings of the line, by questions: the order that finds somebody
 * soonest.  Most devices have a small number and answer the first question, so
 * the first SCAN_FIRST units are asked it at each setting before the others
 * are; the next question comes when the one before was asked of all.
 *
 *	the first question	units 1-16	9600 N, 9600 E, 19200 N, ..
 *				units 17-247	9600 N, ..
 *	the next question	the same, of those that stayed silent
 *
 * A line has one setting: when somebody was found at one, it is the only one
 * left.
 */
#ifndef SCAN_ORDER_H
#define SCAN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_UNITS_MAX 256 /* a unit is a byte */
#define SCAN_SETTINGS_MAX 24
#define SCAN_FIRST 16

struct scan_units {
	size_t count;
	uint8_t units[SCAN_UNITS_MAX]; /* each once */
};

/* "1-3,7" of least to most.  NULL, or the end of a sentence that begins with
 * the text. */
const char *scan_units_read(
    const char *text, unsigned least, unsigned most, struct scan_units *out);

struct scan_order {
	size_t question_count, setting_count, unit_count;
	bool there[SCAN_UNITS_MAX]; /* by index: asked no more */
	bool dropped[SCAN_SETTINGS_MAX]; /* cannot be had */
	bool settled; /* at the setting in hand */
	size_t question, setting, unit; /* in hand: indices */
	bool late; /* the units after the first */
	bool begun;
};

/* Goes to the next; false when all were asked. */
bool scan_order_next(struct scan_order *o);

/* The time that is left, at most: if nobody is there any more. */
struct scan_cost {
	int64_t open_ms; /* of another setting */
	int64_t ask_ms[SCAN_SETTINGS_MAX]; /* of a question without answer */
};

int64_t scan_order_left_ms(
    const struct scan_order *o, const struct scan_cost *c);

#endif
