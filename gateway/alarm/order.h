/*
 * order.h - what a person wants of an alarm, as it comes over HTTP or MQTT
 *
 *	{"alarm":"lift-3-1/entrapment","by":"Wang","note":"on my way"}
 *	{"by":"Wang","note":"door being mended","for":"2h"}		shelve
 *
 *	{"by":"Wang","car":"lift-7-2","note":"nobody in it"}		check
 *
 * `by` is who, and is always needed; `note` is free text, and needed for
 * shelve, reset, out-of-service and note itself; `for` (30m 2h 8h) is how
 * long to shelve, without it for an hour or as long as the alarm may be, if
 * that is shorter; `car` is which lift of a power cut was looked after.
 * Unknown members are mistakes.  A foreign text: bounded, strict, every mistake
 * is a sentence.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_BY_MAX 64 /* bytes of a name with its NUL */
#define ORDER_NOTE_MAX 512
#define ORDER_KEY_MAX 160 /* "device/alarm" */
#define ORDER_WHY_MAX 256
#define ORDER_TEXT_MAX 4096 /* bytes of an order */

enum order_verb {
	ORDER_ACK,
	ORDER_SHELVE,
	ORDER_UNSHELVE,
	ORDER_NOTE,
	ORDER_RESPOND,
	ORDER_ARRIVE,
	ORDER_RESCUE,
	ORDER_FALSE,
	ORDER_RESET,
	ORDER_CHECK, /* a car of a power cut was looked after */
	ORDER_OUT,
	ORDER_IN,
	ORDER_VERBS
};

/* As in a path or topic: "ack", .., "false-alarm", "reset", "out-of-service",
 * "in-service"; NULL ends. */
extern const char *const order_verb_names[];

struct order {
	uint8_t verb; /* enum order_verb */
	char alarm[ORDER_KEY_MAX]; /* device/alarm */
	char by[ORDER_BY_MAX];
	char note[ORDER_NOTE_MAX]; /* or "" */
	char car[ORDER_KEY_MAX]; /* check: the lift's id; else "" */
	int64_t for_ms; /* shelve; 0: it was not said, or another verb */
};

enum order_verdict {
	ORDER_DONE,
	ORDER_UNKNOWN, /* there is no such alarm */
	ORDER_REFUSED, /* not as it stands now; why says so */
	ORDER_BUSY, /* cannot be written down just now: try again */
};

/* The verb of this name, or -1. */
int order_verb(const char *name);

/* text (of len bytes, not trusted) into o, whose verb is set.  alarm: the key
 * if the caller knows it already (a path), then the text need not have one;
 * or NULL.  False with a sentence in why. */
bool order_read(struct order *o, const char *alarm, const char *text,
    size_t len, char why[ORDER_WHY_MAX]);

/* The same of somebody who is known: what the text says of `by` does not
 * count.  by may be NULL: as above. */
bool order_read_by(struct order *o, const char *alarm, const char *by,
    const char *text, size_t len, char why[ORDER_WHY_MAX]);

#endif
