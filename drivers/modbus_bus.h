/*
 * modbus_bus.h - what a serial line and a connection have in common: where they
 * are, whom not to ask yet, what went wrong last
 *
 * A unit that is later than its timeout hits others' exchanges with its
 * answers, and each hit may cost a living unit its period.  How late it is is
 * learnt: by an answer that came through, or, where each of them hit somebody,
 * by asking nobody else after its next question until it was heard (two
 * timeouts at most; each time in vain twice as many hits are waited for, for
 * then it was not this unit).  From then on nobody is asked at the moment its
 * next answer is expected; one that does not come then is as good as unknown.
 */
#ifndef MODBUS_BUS_H
#define MODBUS_BUS_H

#include "drivers/modbus_frame.h"

#define MODBUS_BUS_UNITS 256 /* a unit is a byte */
#define MODBUS_BUS_REOPEN_US 1000000 /* between two tries to open */

/* A question that had no answer; the answer may still come. */
struct modbus_bus_open {
	int64_t until_ms; /* 0: none, or it was seen */
	int64_t asked_us; /* when it had left; 0: unknown */
	int64_t late_us; /* until the last late answer began; 0: unknown */
	uint8_t hits; /* exchanges of others damaged meanwhile */
	uint8_t hits_needed; /* to be listened for; 0: one */
	bool listened; /* nobody else was asked meanwhile */
	uint8_t function, byte_count;
};

struct modbus_bus {
	struct driver_line line;
	uint32_t timeout_ms; /* of the question in hand */
	char why[256];
	int64_t all_until_ms; /* nobody may be asked before */
	int64_t talk_until_ms; /* nor before this: somebody talks */
	int64_t expect_until_ms; /* nor this: somebody is about to */
	int64_t asked_us; /* when the question in hand had left; 0: unknown */
	int64_t char_us; /* what a character takes on the wire; 0: no wire */
	int64_t open_until_ms; /* the latest of all open */
	struct modbus_bus_open *open; /* by unit; memory only where one was */
};

/* Ready to be asked: false if there is no memory. */
bool modbus_bus_init(struct modbus_bus *b, const struct driver_line *line);
void modbus_bus_end(struct modbus_bus *b);

/* The sentence for people. */
void modbus_bus_why(struct modbus_bus *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of the line: "/dev/ttyUSB0: ", "192.168.10.20:502: ", and that. */
void modbus_bus_why_line(struct modbus_bus *b, const char *what);

/* Leaves the unit alone until its late answer was seen or cannot come any
 * more; or all units, whatever is seen, for as long or until they are let go.
 */
void modbus_bus_hold(struct modbus_bus *b, const struct modbus_question *q);
void modbus_bus_hold_all(struct modbus_bus *b);
void modbus_bus_let_all_go(struct modbus_bus *b);

/* Nobody is asked before until_ms, for somebody still talks; 0: nobody does. */
void modbus_bus_hush(struct modbus_bus *b, int64_t until_ms);

/* An exchange was damaged: maybe by the late answer of a unit that is held. */
void modbus_bus_hit(struct modbus_bus *b);

/* Whether somebody's late answer is expected to talk between the two moments,
 * or so near that an exchange then might be hit by it.  Then nobody is asked
 * until it was seen or its time is over. */
bool modbus_bus_expects(
    struct modbus_bus *b, int64_t from_us, int64_t until_us);

/* A frame went by.  Returns whether it made its unit ready. */
bool modbus_bus_seen(struct modbus_bus *b, const struct modbus_frame *f);

/* When the unit may be asked, monotonic ms; 0: now. */
int64_t modbus_bus_ready_at(const struct modbus_bus *b, uint8_t unit);

/* When the next unit becomes ready by itself; INT64_MAX: none is held. */
int64_t modbus_bus_next_ready_at(const struct modbus_bus *b);

#endif
