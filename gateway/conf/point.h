/*
 * point.h - the `points` of a profile, and a device's own settings for them
 */
#ifndef POINT_H
#define POINT_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

/* What the profile says for all its points. */
struct point_frame {
	int64_t address_base; /* what the maker calls the first register */
	uint8_t order; /* enum word_order */
	uint16_t max_read;
};

/* Fills p->points.  A heartbeat_ms of 0 leaves it to the device. */
void point_read(struct walk *w, const struct node *points,
    const struct point_frame *frame, struct conf_profile *p);

/* Changes count points as a device's `points` wants it. */
void point_tune(struct walk *w, const struct node *overrides,
    struct conf_point *points, size_t count);

extern const char *const point_orders[]; /* enum word_order; NULL ends */

#endif
