/*
 * span.h - what a number did over the last while: `rate` and `drop`, pure
 *
 * Of fixed size: the while is cut into SPAN_SLOTS, of each of which the first
 * value and the greatest are kept, so a result is that of a span up to one slot
 * of time shorter.  Times are monotonic and never go back.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stdint.h>

#define SPAN_SLOTS 64

struct span_slot {
	int64_t at_ms; /* of the first value */
	double first, most;
};

struct span {
	uint32_t span_ms;
	uint16_t head, count; /* the oldest slot and how many are in use */
	int64_t last_ms; /* of the newest value */
	double last;
	struct span_slot slots[SPAN_SLOTS];
};

void span_start(struct span *s, uint32_t span_ms);
void span_put(struct span *s, int64_t now_ms, double value); /* a good one */

/* Change a second from the oldest value inside the span to the newest.  False
 * until values lie at least half the span apart. */
bool span_rate(const struct span *s, int64_t now_ms, double *out);

/* The greatest value inside the span less the newest, never negative.  False
 * while there is none inside it. */
bool span_drop(const struct span *s, int64_t now_ms, double *out);

#endif
