/*
 * calendar.c - local slots
 *
 * A step up to an hour needs only the offset that holds at the time: the local
 * clock is floored, and what that gives is never put before the last change,
 * so that the slots of both sides of it do not overlap.
 *
 * A longer one is asked of mktime by its wall time.  A wall time that does not
 * exist (02:30 when the clock jumps over it) is the moment of the jump, and one
 * that comes twice is its first: so a slot's start is found by going down from
 * t until the wall says a multiple.
 *
 * Steps of several days are counted from 1970-01-01 of the local calendar.
 */
#include "gateway/store/calendar.h"

#include <time.h>

#include "gateway/measure/slot.h"

#define QUARTER_MS (CALENDAR_HOUR_MS / 4)

bool
calendar_step_ok(int64_t step_ms)
{
	if (step_ms < 1000 || step_ms % 1000 != 0 ||
	    step_ms > 366 * CALENDAR_DAY_MS)
		return false;
	if (step_ms <= CALENDAR_HOUR_MS)
		return CALENDAR_HOUR_MS % step_ms == 0;
	if (step_ms < CALENDAR_DAY_MS)
		return step_ms % CALENDAR_HOUR_MS == 0 &&
		    CALENDAR_DAY_MS % step_ms == 0;
	return step_ms % CALENDAR_DAY_MS == 0;
}

static int64_t
offset_ms(int64_t t_ms)
{
	time_t s = (time_t)(slot_floor(t_ms, 1000) / 1000);
	struct tm tm;

	return localtime_r(&s, &tm) == NULL ? 0 : tm.tm_gmtoff * 1000LL;
}

/* The change of the offset in (from, to], of which there is one at most: its
 * first moment.  Changes are at whole quarters. */
static int64_t
change_ms(int64_t from_ms, int64_t to_ms)
{
	int64_t after = offset_ms(to_ms);
	int64_t at_ms = slot_floor(to_ms, QUARTER_MS);

	while (at_ms > from_ms && offset_ms(at_ms - 1) == after)
		at_ms -= QUARTER_MS;
	return at_ms;
}

static int64_t
floor_short(int64_t t_ms, int64_t step_ms)
{
	int64_t offset = offset_ms(t_ms);
	int64_t start_ms = slot_floor(t_ms + offset, step_ms) - offset;

	if (offset_ms(start_ms) == offset)
		return start_ms;
	return change_ms(start_ms, t_ms);
}

/* The first moment at which the wall shows this or more. */
static int64_t
moment_of(int64_t wall_ms)
{
	/* An offset is at most 14 hours; of those before and after a change
	 * the one that holds there is right. */
	int64_t early = offset_ms(wall_ms - CALENDAR_DAY_MS);
	int64_t late = offset_ms(wall_ms + CALENDAR_DAY_MS);
	int64_t a_ms = wall_ms - early, b_ms = wall_ms - late;

	if (offset_ms(a_ms) == early)
		return a_ms;
	if (offset_ms(b_ms) == late)
		return b_ms;
	return change_ms(wall_ms - CALENDAR_DAY_MS, wall_ms + CALENDAR_DAY_MS);
}

static int64_t
floor_long(int64_t t_ms, int64_t step_ms)
{
	int64_t wall_ms = slot_floor(t_ms + offset_ms(t_ms), step_ms);

	return moment_of(wall_ms);
}

int64_t
calendar_floor(int64_t t_ms, int64_t step_ms)
{
	return step_ms <= CALENDAR_HOUR_MS ? floor_short(t_ms, step_ms)
					   : floor_long(t_ms, step_ms);
}

static int64_t
next_short(int64_t start_ms, int64_t step_ms)
{
	int64_t offset = offset_ms(start_ms);
	int64_t next_ms =
	    slot_floor(start_ms + offset, step_ms) + step_ms - offset;

	if (offset_ms(next_ms - 1) == offset)
		return next_ms;
	return change_ms(start_ms, next_ms - 1);
}

int64_t
calendar_next(int64_t start_ms, int64_t step_ms)
{
	int64_t wall_ms = slot_floor(start_ms + offset_ms(start_ms), step_ms);

	return step_ms <= CALENDAR_HOUR_MS ? next_short(start_ms, step_ms)
					   : moment_of(wall_ms + step_ms);
}
