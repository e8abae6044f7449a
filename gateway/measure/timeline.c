/*
 * timeline.c - when something was read, as well as can be known, pure
 *
 * Within a boot the wall clock less the monotonic one changes only when
 * somebody sets the wall clock: a correction by a daemon of time moves both.
 * So one offset is all there is to know of a boot, and it is the latest one: a
 * clock that is stepped while it is synchronised was wrong before.  It is not
 * taken up for less than a second, so that what is sent twice says the same
 * time twice.
 *
 * Not done: a row of offsets for a boot that was stepped.  Nearly everything is
 * read with the clock synchronised and needs none; only what was not, and was
 * still waiting when the step came, would gain by it.
 *
 * Sums saturate: the numbers come from the disk.
 */
#include "gateway/measure/timeline.h"

#include <assert.h>
#include <string.h>

#define STEP_MS 1000 /* less than this is no news of a clock that is known */

/* 2025-01-01: nothing was read by this program before it was written.  The
 * floor of boots that nothing else is known of. */
#define BORN_MS 1735689600000

static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t
minus(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

/* ---- boots ---- */

static size_t
find(const struct timeline *t, const uint8_t boot[SAMPLE_BOOT_BYTES])
{
	size_t i = 0;

	while (
	    i < t->count && memcmp(t->of[i].id, boot, SAMPLE_BOOT_BYTES) != 0)
		i++;
	return i;
}

/* Takes one out; those behind it close up. */
static void
forget(struct timeline *t, size_t i)
{
	memmove(
	    &t->of[i], &t->of[i + 1], (t->count - i - 1) * sizeof(t->of[0]));
	t->count--;
}

bool
timeline_begin(struct timeline *t, const uint8_t boot[SAMPLE_BOOT_BYTES],
    int64_t floor_ms, int64_t mono_ms)
{
	struct timeline_boot b = {
	    .floor_ms = floor_ms, .floor_mono_ms = mono_ms};
	size_t i = find(t, boot);

	memcpy(b.id, boot, sizeof(b.id));
	if (i < t->count) {
		if (i == t->count - 1)
			return false;
		/* The store was in another machine meanwhile. */
		b = t->of[i];
		forget(t, i);
	}
	if (t->count == TIMELINE_BOOTS)
		forget(t, 0);
	t->of[t->count++] = b;
	return true;
}

bool
timeline_set(struct timeline *t, int64_t wall_ms, int64_t mono_ms)
{
	int64_t offset_ms = minus(wall_ms, mono_ms), change_ms;
	struct timeline_boot *b;

	assert(t->count > 0);
	b = &t->of[t->count - 1];
	change_ms = minus(offset_ms, b->offset_ms);
	if (b->set && change_ms > -STEP_MS && change_ms < STEP_MS)
		return false;
	b->set = true;
	b->offset_ms = offset_ms;
	return true;
}

/* ---- a stamp's place ---- */

/* The least it can have been: the floor, and what has passed since. */
static int64_t
least(const struct timeline_boot *b, const struct stamp *at)
{
	int64_t since_ms = minus(at->mono_ms, b->floor_mono_ms);

	return plus(b->floor_ms, since_ms > 0 ? since_ms : 0);
}

/* What is told of a boot that will never be known. */
static enum timeline_verdict
estimate(int64_t wall_ms, int64_t possible_ms, int64_t least_ms, int64_t *ts_ms)
{
	*ts_ms = wall_ms >= possible_ms ? wall_ms : least_ms;
	return TIMELINE_ESTIMATED;
}

/* Read by the present boot, whose clock is not set yet. */
static enum timeline_verdict
place_unset(const struct timeline_boot *b, const struct stamp *at,
    int64_t now_mono_ms, int64_t clock_wait_ms, int64_t *ts_ms)
{
	int64_t age_ms = minus(now_mono_ms, at->mono_ms);
	int64_t least_ms = least(b, at);

	if (at->wall_ms >= least_ms) {
		*ts_ms = at->wall_ms;
		return TIMELINE_UNSYNCED;
	}
	/* One from a moment ahead was taken after we looked at the clock; one
	 * from far ahead is nonsense, and not to be waited for. */
	if (age_ms < clock_wait_ms && age_ms > -clock_wait_ms)
		return TIMELINE_WAIT;
	*ts_ms = least_ms;
	return TIMELINE_ESTIMATED;
}

/* Read by a boot that is not remembered: it was before those that are. */
static enum timeline_verdict
place_forgotten(
    const struct timeline *t, const struct stamp *at, int64_t *ts_ms)
{
	int64_t least_ms = t->count > 0 ? t->of[0].floor_ms : BORN_MS;

	return estimate(at->wall_ms, BORN_MS, least_ms, ts_ms);
}

enum timeline_verdict
timeline_place(const struct timeline *t, const struct stamp *at,
    int64_t now_mono_ms, int64_t clock_wait_ms, int64_t *ts_ms)
{
	size_t i = find(t, at->boot);
	int64_t least_ms;

	if (at->synced) {
		*ts_ms = at->wall_ms;
		return TIMELINE_TRUE;
	}
	if (i == t->count)
		return place_forgotten(t, at, ts_ms);
	if (t->of[i].set) {
		*ts_ms = plus(at->mono_ms, t->of[i].offset_ms);
		return TIMELINE_TRUE;
	}
	if (i == t->count - 1)
		return place_unset(
		    &t->of[i], at, now_mono_ms, clock_wait_ms, ts_ms);
	least_ms = least(&t->of[i], at);
	return estimate(at->wall_ms, least_ms, least_ms, ts_ms);
}
