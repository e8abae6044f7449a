/*
 * report.h - what a bus tells the loop
 *
 * Answers go through a ring that is taken at the start: room for what the plan
 * brings in while the loop is away for ten seconds.  A bus never waits for it;
 * what does not fit is counted as overrun.
 */
#ifndef REPORT_H
#define REPORT_H

#include "gateway/poll/bus.h"
#include "gateway/poll/figures.h"
#include "gateway/poll/pieces.h"

struct report {
	const struct plan *plan;
	struct ring *ring;
	struct figures *figures;
	bool news; /* the loop was not told of */
};

/* Keeps what it is given. */
void report_open(
    struct report *r, const struct plan *plan, struct figures *figures);
void report_close(struct report *r);

/* The side of who asks: of a whole device, of a piece of request i, of all
 * other requests of the space of request i, or that request i failed and is put
 * again. */
void report_device(struct report *r, uint16_t slot, enum driver_verdict verdict,
    uint8_t exception);
void report_piece(struct report *r, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply);
void report_space(struct report *r, int i, enum driver_verdict verdict,
    const struct driver_reply *reply);

void report_missed(struct report *r, int i, enum driver_verdict verdict);

/* Whether there is something new since it was last asked: then the loop is to
 * be told. */
bool report_news(struct report *r);

/* The loop's side: the oldest answer.  False if there is none. */
bool report_take(struct report *r, struct answer *a);

#endif
