/*
 * derive.h - a point that is computed from others of its device, pure
 *
 * Either an expression, or the maker's fault number looked up in the profile's
 * `faults`.  Computed again whenever one of its inputs was read or changed its
 * quality, with that batch's time.
 *
 * If any input is not good there is no result: the quality is then that of the
 * first such input (uncertain, or a result that is no number:
 * bad:not_available).  Simulated inputs give a simulated result, whatever
 * `valid` says of it.
 */
#ifndef DERIVE_H
#define DERIVE_H

#include "gateway/measure/expr.h"
#include "gateway/measure/span.h"

/* Numbers of fault_code that belong to no table. */
#define DERIVE_FAULT_NONE 0
#define DERIVE_FAULT_OTHER 99

struct derive_fault {
	int64_t raw; /* the maker's number */
	int64_t number; /* of the normalized code */
};

struct derive {
	const struct expr *expr; /* NULL: a lookup of fault_point's value */
	uint8_t form; /* FORM_NUMBER, FORM_BOOL; FORM_ENUM of a lookup */
	bool exact; /* an input is a counter, or a float cannot hold it: the
		       result is a VALUE_F64; else a VALUE_F32, for what was
		       measured has no more digits */
	bool has_valid;
	double valid_min, valid_max;
	uint16_t fault_point;
	uint16_t fault_count;
	const struct derive_fault *faults; /* sorted by raw */
};

/* What a derived point remembers between batches: a span for each input that
 * is a rate or a drop.  In memory. */
struct derive_state {
	struct span *spans; /* by input; NULL: it has no such inputs */
};

void derive_start(
    const struct derive *d, struct derive_state *s, struct arena *memory);

/* An input as it stands now.  A reading that is given again, because another
 * input changed, is known by its time: a span that took it for a new one would
 * see the number stand still and then leap. */
struct derive_input {
	struct value value;
	struct quality quality;
	int64_t at_ms; /* when it was read, monotonic, up to now_ms */
};

/* Whether the point is among what it is computed from. */
bool derive_uses(const struct derive *d, uint16_t point);

/* get gives a point's reading by its index.  Fills out's value and quality;
 * out->point is the caller's. */
void derive_take(const struct derive *d, struct derive_state *s,
    struct derive_input (*get)(const void *context, uint16_t point),
    const void *context, int64_t now_ms, struct reading *out);

#endif
