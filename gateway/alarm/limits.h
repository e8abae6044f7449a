/*
 * limits.h - between which numbers the alarms of a device leave a point alone,
 * pure
 *
 * What a screen shows as normal: it must be what the rules say, each estate's
 * its own, and never a copy of them.
 */
#ifndef ALARM_LIMITS_H
#define ALARM_LIMITS_H

#include "gateway/alarm/condition.h"

struct limits {
	bool has_low, has_high;
	double low, high; /* in the point's unit */
};

/* Of the rules that ask nothing but how large the point is now, by comparing it
 * with numbers; of what others say nothing is told.  None if there is no such
 * rule, or if they leave more than one range: a voltage of a meter behind
 * voltage transformers is normal too, and one range would call it too high.
 * Delays and `clear` are not looked at. */
void limits_find(struct limits *out, const struct alarm_rule *rules,
    size_t count, uint16_t point);

#endif
