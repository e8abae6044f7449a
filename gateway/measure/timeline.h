/*
 * timeline.h - when something was read, as well as can be known, pure
 *
 * A Pi has no clock of its own.  A batch bears the boot it was read in, that
 * boot's monotonic time, and what the wall clock said.  Once a boot's clock has
 * been set, the time of everything read in that boot is known; of one whose
 * clock never was, it can only be said that it was not before the newest
 * trustworthy time of the boot before it.
 *
 * Order is the sequence number's, never time's.  No time is made up silently:
 * what is not known for sure says so.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "gateway/measure/sample.h"

#define TIMELINE_BOOTS 16 /* remembered; older ones count as never set */

struct timeline_boot {
	uint8_t id[SAMPLE_BOOT_BYTES];
	/* It was not before floor_ms (Unix) when its monotonic clock said
	 * floor_mono_ms: the newest synchronised stamp kept before, or the
	 * day this program was built. */
	int64_t floor_ms, floor_mono_ms;
	bool set; /* its clock was synchronised at some time; then */
	int64_t offset_ms; /* wall less monotonic, as last learnt */
};

/* Oldest first; the last one is the present boot. */
struct timeline {
	size_t count;
	struct timeline_boot of[TIMELINE_BOOTS];
};

enum timeline_verdict {
	TIMELINE_TRUE, /* synchronised then, or known since */
	TIMELINE_UNSYNCED, /* the box's own belief, and a possible one */
	TIMELINE_ESTIMATED, /* counted from the floor, or believed by a boot
			       that ended without ever knowing */
	TIMELINE_WAIT, /* an impossible belief, and this boot may yet learn */
};

/* The time of `at`, to be told now, at now_mono_ms of the present boot; a
 * batch waits until it is clock_wait_ms old.  ts_ms is set unless it is to
 * wait. */
enum timeline_verdict timeline_place(const struct timeline *t,
    const struct stamp *at, int64_t now_mono_ms, int64_t clock_wait_ms,
    int64_t *ts_ms);

/* The present boot begins, or goes on after a restart of the program: it gets
 * an entry, with this floor, unless it has one.  True if anything changed. */
bool timeline_begin(struct timeline *t, const uint8_t boot[SAMPLE_BOOT_BYTES],
    int64_t floor_ms, int64_t mono_ms);

/* The present boot's clock is synchronised, and said wall_ms at mono_ms.  True
 * if that was news: it was not known, or was off by a second or more.  There
 * must be a present boot. */
bool timeline_set(struct timeline *t, int64_t wall_ms, int64_t mono_ms);

#endif
