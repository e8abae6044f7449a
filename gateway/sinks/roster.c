/* roster.c - who is on duty, and whether it is quiet, by the site's clock */
#include "gateway/sinks/roster.h"

#include <time.h>

#include "gateway/alarm/condition.h"

#define SECOND_MS 1000
#define HOUR_MIN 60
#define DAY_MIN (24 * HOUR_MIN)
#define DAYS_MAX 3 /* until it is that time again, in any zone */

/* Down, also before 1970. */
static time_t
seconds(int64_t ms)
{
	return (time_t)(ms / SECOND_MS - (ms % SECOND_MS < 0));
}

static int
minute_of(const struct tm *local)
{
	return local->tm_hour * HOUR_MIN + local->tm_min;
}

bool
roster_within(const struct notify_hours *h, int64_t now_ms)
{
	time_t now = seconds(now_ms);
	struct tm local;
	int minute;

	localtime_r(&now, &local);
	minute = minute_of(&local);
	if (h->from_min < h->to_min)
		return minute >= h->from_min && minute < h->to_min;
	return h->from_min == h->to_min || minute >= h->from_min ||
	    minute < h->to_min;
}

bool
roster_is_quiet(const struct notify_conf *c, uint8_t severity, int64_t now_ms)
{
	return c->has_quiet && severity >= SEVERITY_P3 &&
	    (c->quiet_severities >> severity & 1) != 0 &&
	    roster_within(&c->quiet, now_ms);
}

static size_t
add_once(uint16_t *people, size_t count, size_t room, uint16_t person)
{
	for (size_t i = 0; i < count; i++)
		if (people[i] == person)
			return count;
	if (count < room)
		people[count++] = person;
	return count;
}

size_t
roster_on_duty(
    const struct notify_conf *c, int64_t now_ms, uint16_t *people, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < c->shift_count; i++) {
		const struct notify_shift *s = &c->shifts[i];

		if (!roster_within(&s->hours, now_ms))
			continue;
		for (size_t k = 0; k < s->person_count; k++)
			count = add_once(people, count, room, s->people[k]);
	}
	return count;
}

/* That minute of the day so many days from `from`.  A time that is there twice
 * is asked for as daylight saving time, which is the first; where there is
 * none mktime moves what it is given, and that shows.  A time that is skipped
 * is counted by the hour before, and so is an hour later. */
static time_t
on_day(const struct tm *from, int days, int minute)
{
	struct tm summer = {.tm_year = from->tm_year,
	    .tm_mon = from->tm_mon,
	    .tm_mday = from->tm_mday + days,
	    .tm_hour = minute / HOUR_MIN,
	    .tm_min = minute % HOUR_MIN,
	    .tm_isdst = 1};
	struct tm winter = summer;
	time_t t = mktime(&summer);

	winter.tm_isdst = 0;
	return summer.tm_isdst == 1 && minute_of(&summer) == minute
	    ? t
	    : mktime(&winter);
}

int64_t
roster_next(int minute, int64_t now_ms)
{
	time_t now = seconds(now_ms);
	struct tm today;

	localtime_r(&now, &today);
	for (int days = 0; days < DAYS_MAX; days++) {
		int64_t next_ms =
		    (int64_t)on_day(&today, days, minute % DAY_MIN) * SECOND_MS;

		if (next_ms > now_ms)
			return next_ms;
	}
	return now_ms + (int64_t)DAY_MIN * 60 * SECOND_MS;
}
