/*
 * slot.h - what one point did in one slot of time, pure
 *
 * A slot is [start, start + step).  Readings come in the order of their time
 * through a filler, which gives each slot in which there was a value, once, in
 * order.  Slots that follow each other are merged: so an hour is made of four
 * quarters, and is the same as if it had been filled by itself, to a double's
 * last digits of the mean.
 *
 * A value holds until the point's next reading, never longer than hold_ms,
 * never across a reading without a value (bad, stale) nor a break (the program
 * was down, batches are missing): what is not held is a gap.  The mean is
 * weighted by the time each value held, so it does not matter how often a value
 * was told.
 *
 * A counter also has its increase: what it rose by from reading to reading.  A
 * fall is a replaced, reset or overflown register: it counts nothing, and is
 * marked.  As in counters.h a fall is believed when the next reading confirms
 * it, and less than SLOT_JITTER of the count is none at all.  Where a row of
 * slots begins behind a gap, who fills it says what the count was (believed):
 * without that the first reading is believed, a wrong one too.  What was
 * counted between a slot and the next is seen when they are merged or joined
 * (slot_join): so the increases of a row of slots add up, over gaps too.
 *
 * Slots start at whole multiples of the step since 1970, UTC, of up to a
 * quarter of an hour: every zone's offset is a multiple of that.  Longer ones
 * are merged of quarters (calendar.h).
 */
#ifndef SLOT_H
#define SLOT_H

#include "gateway/measure/sample.h"

#define SLOT_JITTER 0.001 /* of the count */
#define SLOT_STATES_MAX 24 /* of one slot; what more there are is other_ms */

/* A value without the room of a text: that lies elsewhere. */
struct slot_value {
	uint8_t type; /* enum value_type; VALUE_NONE: there is none */
	union {
		double f;
		int64_t i;
		uint64_t u;
		const char *text;
	};
};

/* The text, if it is one, stays v's.  An F32 that was computed with becomes the
 * float that it is shown as. */
struct slot_value slot_value(const struct value *v);
void slot_value_back(struct value *out, const struct slot_value *v);
double slot_number(const struct slot_value *v); /* NaN of a text or none */
bool slot_same(const struct slot_value *a, const struct slot_value *b);

/* to less from, numbers of which to is not the smaller; exact where the
 * difference is below 2^53. */
double slot_rise(const struct slot_value *from, const struct slot_value *to);

struct slot_state {
	int64_t state; /* the enumeration's number */
	int64_t ms;
};

struct slot {
	uint32_t count; /* readings with a value that came in it */
	uint32_t falls; /* of a counter */
	int64_t covered_ms; /* for which there was a value */
	double area; /* sum of value x ms; of a text 0 */
	struct slot_value min, max; /* exact; of a text none */
	struct slot_value last; /* that held, or came, in it; its text is in
				   text */
	struct slot_value first; /* of a counter: first believed */
	double increase; /* of a counter, from first to last believed */
	struct slot_value counted; /* of a counter: last believed */
	uint8_t state_count; /* of an enumeration */
	int64_t other_ms; /* in more states than fit */
	char text[SAMPLE_TEXT_MAX];
	struct slot_state states[SLOT_STATES_MAX]; /* by rising number */
};

/* Nothing was in it: it is no row. */
bool slot_empty(const struct slot *s);
double slot_mean(const struct slot *s); /* NaN of a text; last if covered_ms
					   is 0 */
void slot_clear(struct slot *s);

/* Of a counter: its increase is what first and last counted say: no fall, nor a
 * sum in which roundings add up. */
bool slot_rose(const struct slot *s);

/* later follows s, with nothing of this point between them. */
void slot_merge(struct slot *s, const struct slot *later);

/* What a counter rose by between s and later.  A fall counts in later's falls.
 */
double slot_join(const struct slot *s, struct slot *later);

/* ---- filling ---- */

/* The multiple of step_ms at or before at_ms. */
int64_t slot_floor(int64_t at_ms, int64_t step_ms);

typedef void slot_sink(
    void *context, int64_t start_ms, const struct slot *slot);

/* Begins as {.step_ms = .., ..}, the rest 0. */
struct filler {
	int64_t step_ms; /* divides a quarter of an hour */
	int64_t from_ms, to_ms; /* multiples of step_ms; what was before only
				   says what held, and was counted */
	int64_t hold_ms;
	bool counter;
	slot_sink *see;
	void *context;

	/* the filler's own */
	struct slot slot;
	int64_t slot_ms; /* its start, if it is not empty */
	struct slot_value held;
	char held_text[SAMPLE_TEXT_MAX];
	int64_t since_ms, until_ms; /* held, and at most */
	/* of a counter: as it was before the first reading, if that is known */
	struct slot_value believed;
	struct slot_value doubted;
};

/* The next reading; none in v: it had no value.  Not before the one before. */
void filler_take(struct filler *f, int64_t at_ms, const struct slot_value *v);

/* Nothing holds beyond at_ms, which is not before the last reading. */
void filler_break(struct filler *f, int64_t at_ms);

/* All that was known up to at_ms: the last slot is given. */
void filler_end(struct filler *f, int64_t at_ms);

#endif
