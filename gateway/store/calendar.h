/*
 * calendar.h - slots of time as people count it: local hours and days
 *
 * In the zone that the process has (TZ, tzset).  Up to an hour a slot is cut
 * from the local hour; longer ones from local midnight, by the clock on the
 * wall; days from midnight to midnight.  So a day of the change has 23 or 25
 * hours, the hour that comes twice is two slots, and a slot of six hours then
 * has five or seven.  Where the clock moves by less than an hour (Lord Howe),
 * the hour of the change is shorter or longer by that.
 *
 * Every edge of a quarter of an hour or more lies on a whole quarter of UTC:
 * all zones' offsets are multiples of it (since 1972).
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_HOUR_MS (3600 * 1000LL)
#define CALENDAR_DAY_MS (24 * CALENDAR_HOUR_MS)

/* A step divides an hour, in whole seconds, or is whole hours that divide a
 * day, or whole days, up to a year. */
bool calendar_step_ok(int64_t step_ms);

/* The start of the slot that t_ms (Unix) is in, and of the one behind that. */
int64_t calendar_floor(int64_t t_ms, int64_t step_ms);
int64_t calendar_next(int64_t start_ms, int64_t step_ms);

#endif
