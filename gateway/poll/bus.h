/*
 * bus.h - one bus whose devices are asked, beside the loop
 *
 * What came is handed to the loop through a bounded ring.  Nobody waits for the
 * loop: answers that do not fit the ring are counted as overrun.
 *
 * A line whose driver waits for its answers has a thread of its own; all others
 * share one (poller.h).
 */
#ifndef BUS_H
#define BUS_H

#include "drivers/driver.h"
#include "gateway/poll/plan.h"

struct bus;

struct bus_conf {
	const char *id;
	struct driver_line line;
	const struct driver *driver;
	struct plan *plan; /* the bus's own from now on */
	int notify_fd; /* an eventfd, written when answers are there, and at
			  the end */
};

/* What one question brought, or what became of a whole device. */
struct answer {
	int64_t mono_ms, wall_ms; /* when it arrived */
	bool synced; /* the wall clock was, then */
	uint8_t verdict; /* enum driver_verdict */
	uint8_t exception;
	uint16_t device; /* index into the catalog */
	int32_t request; /* index into the plan; -1: all of the device */
	uint32_t part_first, part_count; /* of the plan: what was asked for;
					    none: the question failed and is
					    put again */
	uint16_t at; /* the words begin at this place of the request */
	uint16_t word_count;
	uint16_t words[DRIVER_WORDS_MAX];
};

/* Begins to ask.  conf's texts are copied.  NULL with a sentence in why. */
struct bus *bus_start(const struct bus_conf *conf, char *why, size_t why_size);

/* Has it end after its present question; does not wait. */
void bus_stop(struct bus *b);
bool bus_ended(const struct bus *b);

/* Gives it up.  One that is still in a question is freed at its end. */
void bus_free(struct bus *b);

const struct plan *bus_plan(const struct bus *b);

/* The loop's side: the oldest answer.  False if there is none. */
bool bus_take(struct bus *b, struct answer *a);

/* Whether it got through a question or a wait lately: if not, its thread hangs
 * in a call that should have been bounded. */
bool bus_alive(const struct bus *b, int64_t now_ms);

/* ---- the thread that turns many (poller.h) ---- */

/* See asker_step().  False: it has been stopped, and is to be left. */
bool bus_step(struct bus *b, bool heard, struct driver_wait *wait);

/* The eventfd that is to be written, for it brought something; -1: nothing. */
int bus_news(struct bus *b);

/* The last that is done with it. */
void bus_leave(struct bus *b);

void bus_tell(int notify_fd);

#endif
