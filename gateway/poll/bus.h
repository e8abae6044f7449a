/*
 * bus.h - one thread that asks the devices of one bus
 *
 * Takes a plan, asks in turn, and hands what came to the loop through a bounded
 * ring.  It decides about retries, breakers and a lost line; what an answer
 * means is not its business.  It never waits for the loop: answers that do not
 * fit the ring are counted as overrun.
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
	int notify_fd; /* an eventfd, written when an answer is there */
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

/* Starts the thread.  conf's texts are copied.  NULL with a sentence in why. */
struct bus *bus_start(const struct bus_conf *conf, char *why, size_t why_size);

/* Asks the thread to end after its present question; does not wait. */
void bus_stop(struct bus *b);
bool bus_ended(const struct bus *b);

/* Gives it up.  A thread that is still in a question frees it at its end. */
void bus_free(struct bus *b);

const struct plan *bus_plan(const struct bus *b);

/* The loop's side: the oldest answer.  False if there is none. */
bool bus_take(struct bus *b, struct answer *a);

/* Whether the thread got through a question or a wait lately: if not, it hangs
 * in a call that should have been bounded. */
bool bus_alive(const struct bus *b, int64_t now_ms);

#endif
