/*
 * clockwatch.h - whether the wall clock is disciplined, and when it is stepped
 */
#ifndef CLOCKWATCH_H
#define CLOCKWATCH_H

#include "gateway/base/clock.h"

/* Begins to find out whether somebody disciplines the wall clock, and tells
 * clock.h from then on: once before it returns, as far as that is known without
 * waiting, then every few seconds from a thread of its own, which may wait for
 * others and is never stopped.  0, or an errno: then it stays as it is. */
int clockwatch_start(void);

/* What the one who asks knew at its last look; all zeroes before the first. */
struct clockwatch {
	bool looked, synced;
	int64_t offset_ms; /* wall less monotonic, when last told of */
};

/* Looks at the clocks.  True if something changed: being synchronised, or the
 * wall clock was stepped, at once or bit by bit, by a second or more since that
 * was last told: step_ms, else 0.  The first look changes nothing.  Pure. */
bool clockwatch_look(
    struct clockwatch *w, const struct clock_now *now, int64_t *step_ms);

#endif
