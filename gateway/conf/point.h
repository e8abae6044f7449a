/*
 * point.h - the polled points of a profile, and those of a device
 *
 * A device's own keys stand on top of the profile's, key by key, and what comes
 * of both is judged anew as a whole: `at`, `type` and `enum` may be other ones
 * too.  So the profile's trees must live as long as devices are read.
 */
#ifndef POINT_H
#define POINT_H

#include "gateway/conf/kind.h"
#include "gateway/conf/repeat.h"

/* What holds for all points of a profile. */
struct point_frame {
	int64_t address_base; /* what the maker calls the first register */
	uint8_t order; /* enum word_order */
	uint16_t max_read;
	size_t hole_count;
	const struct plan_range *holes;
	const struct kind *kind; /* or NULL: without a vocabulary */
	const struct repeat *repeats;
	size_t repeat_count;
};

/* Where a point comes from, for a device that reads it anew. */
struct point_origin {
	const struct node *node;
	struct repeat repeat;
	long number; /* which of its parts */
	bool scaled_by; /* a device's rating is in its scale */
};

struct point_set {
	struct arena *memory; /* in which it grows */
	size_t count, room;
	struct conf_point *points;
	struct point_origin *origins;
	/* The form of each is known, so that formulas can be judged. */
	bool formed;
	bool sound; /* of a profile: nothing at all is wrong with them */
};

/* A device's rating, exact; a mantissa of 0: not said. */
enum { RATING_KVA, RATING_IN, RATING_CT, RATING_PT, RATING_COUNT };

struct point_device {
	const struct node *self, *kind; /* where its mistakes stand */
	const struct node *points; /* its own keys, or NULL */
	const struct node *rated; /* its `rating`, or NULL */
	struct decimal rating[RATING_COUNT];
	/* What is derived, to say so when `points` has its name; or NULL. */
	const struct node *derive;
};

/* Fills *set, which has its memory, with all of a profile's points.  A
 * heartbeat_ms of 0 leaves it to the device. */
void point_read(struct walk *w, const struct node *points,
    const struct point_frame *frame, struct point_set *set);

/* Fills *set, which has its memory, with a device's: those of the profile, then
 * its own.  frame is the profile's but for the kind, which is the device's. */
void point_merge(struct walk *w, const struct point_set *profile,
    const struct point_frame *frame, const struct kind *profile_kind,
    const struct point_device *device, struct point_set *set);

/* How they are written; NULL ends. */
extern const char *const point_spaces[]; /* enum driver_space */
extern const char *const point_types[]; /* enum raw_type; ascii:N last */
extern const char *const point_orders[]; /* enum word_order */
extern const char *const point_ratings[]; /* rating.kva ... */

#endif
