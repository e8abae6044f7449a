/*
 * known.h - what alarms ask beside points: what riser itself knows of a device
 *
 * Not every device has all of it.  A lift's is concluded of its points (car.h),
 * a meter's of its voltages and of the lifts that it feeds (sweep.h); who lacks
 * these has no such thing to be asked for.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include "gateway/conf/layer.h"

/* What is missing to a meter that could feed a lift and feeds none: that the
 * device alone can say, by no fault of kind or profile. */
#define KNOWN_FED_LIFT "lift that it feeds"

struct known {
	const char *name;
	uint16_t point; /* POINT_ONLINE, ... */
	uint8_t of; /* which devices may have it */
	/* Told where it is asked in vain: "for this device has no THING", and
	 * what to do about it. */
	const char *thing;
	const char *write;
};

/* NULL: riser knows nothing by this name. */
const struct known *known_find(const char *name);

/* Of all of them the one at i; NULL behind the last. */
const struct known *known_at(size_t i);

/* Whether a device of this kind may have it, and what one that may not is:
 * "no lift". */
bool known_is_of(const struct known *k, const struct layers *l);
const char *known_what_not(const struct known *k);

/* Whether this device has it; its points are there. */
bool known_has(
    const struct known *k, const struct layers *l, const struct conf_device *d);

#endif
