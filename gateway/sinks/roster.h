/*
 * roster.h - who is on duty, and whether it is quiet, by the site's clock, pure
 *
 * Local times are of the process's time zone, which the daemon sets to the
 * site's.  Where that has daylight saving, a time of day that is there twice
 * counts once, the first time; one that is skipped is an hour later.  Every day
 * is the same: there is no list of holidays.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "gateway/sinks/notify.h"

/* From the minute `from` up to the one before `to`, over midnight too; all day
 * if both are the same.  now_ms: Unix. */
bool roster_within(const struct notify_hours *h, int64_t now_ms);

/* Of P1 and P2 never, whatever the configuration says. */
bool roster_is_quiet(
    const struct notify_conf *c, uint8_t severity, int64_t now_ms);

/* The people of the shifts that are on now, each once, as many as there is room
 * for; returns how many. */
size_t roster_on_duty(
    const struct notify_conf *c, int64_t now_ms, uint16_t *people, size_t room);

/* When it is that time of day next, Unix ms, later than now_ms. */
int64_t roster_next(int minute, int64_t now_ms);

#endif
