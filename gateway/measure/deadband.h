/*
 * deadband.h - which readings are worth keeping, pure
 *
 * A reading is kept when its quality changed, when its value is more than the
 * deadband away from the last value that was *kept* (not the last one read: a
 * slow drift must not hide under the band), or when its heartbeat is due.
 * Integers are compared exactly at any size; booleans, enumerations and texts
 * know no band, any change is kept.
 */
#ifndef DEADBAND_H
#define DEADBAND_H

#include "gateway/measure/sample.h"

struct deadband_rule {
	double deadband; /* in the point's unit, >= 0; 0: any change */
	int64_t heartbeat_ms; /* > 0; unchanged, good or bad, is kept again
				 after this */
	int64_t every_ms; /* the point's period: half of it is grace, so that
			     heartbeat 1s at every 1s keeps each reading */
};

/* What was kept last of a point.  Begins as {.text = ..}: the texts of few
 * points would else make all of them three times as large. */
struct deadband {
	bool any; /* something was kept */
	uint8_t type; /* enum value_type */
	struct quality quality;
	uint64_t bits; /* of a number: its value's u */
	char *text; /* room for SAMPLE_TEXT_MAX; NULL: the point is no text */
	int64_t at_ms; /* monotonic */
};

bool deadband_due(const struct deadband_rule *rule, const struct deadband *last,
    const struct reading *r, int64_t now_ms);
void deadband_keep(
    struct deadband *last, const struct reading *r, int64_t now_ms);

/* Goes on with what was kept of the same point, whose room stays its own. */
void deadband_go_on(struct deadband *last, const struct deadband *was);

#endif
