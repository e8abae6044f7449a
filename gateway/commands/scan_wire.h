/*
 * scan_wire.h - the line of a scan: one question, one try
 */
#ifndef SCAN_WIRE_H
#define SCAN_WIRE_H

#include <signal.h>

#include "drivers/driver.h"

struct scan_wire {
	const struct driver *driver;
	const struct driver_line *line;
	struct driver_link *link; /* NULL: closed */
	const volatile sig_atomic_t *stop; /* set: nothing is asked any more */
	int64_t held_ms; /* how long a unit that stayed silent is left alone */
	int64_t asked_ms; /* when the last question was */
	char why[256]; /* of the last failure */
};

/* For a line whose answer has timeout_ms.  False with why if it can never
 * work.  Keeps line. */
bool scan_wire_open(struct scan_wire *w, const struct driver_line *line);

/* A closed one is fine. */
void scan_wire_close(struct scan_wire *w);

/* Waits until the unit may be asked, and asks.  A line that is not silent is
 * tried again a few times.  DRIVER_HELD: stopped. */
enum driver_verdict scan_wire_ask(struct scan_wire *w,
    const struct driver_request *q, struct driver_reply *r);

/* Listens for so long, or until it is stopped. */
void scan_wire_listen(struct scan_wire *w, int64_t ms);

/* Whether an answer came after its deadline, to a question that was asked then
 * and stayed unanswered. */
bool scan_wire_late(const struct scan_wire *w, uint8_t unit, int64_t asked_ms);

/* How long it takes until a line that was just opened may be asked. */
int64_t scan_wire_open_ms(const struct driver_line *line);

#endif
