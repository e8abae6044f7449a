/* test_roster.c - shifts and quiet hours by the site's clock */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/alarm/condition.h"
#include "gateway/sinks/roster.h"
#include "tests/suite.h"

#define HOUR ((int64_t)3600 * 1000)
#define AT(h, m) ((h)*60 + (m))

static void
live_in(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* "2026-03-29 00:30" in UTC, as Unix ms. */
static int64_t
utc(const char *text)
{
	struct tm tm = {0};

	ck_assert_ptr_nonnull(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return (int64_t)timegm(&tm) * 1000;
}

static void
starts_in_shanghai(void)
{
	live_in("Asia/Shanghai");
}

/* ---- hours ---- */

static const struct {
	struct notify_hours hours;
	const char *now; /* UTC; eight hours more in Shanghai */
	bool within;
} hours[] = {
    {{AT(7, 0), AT(15, 0)}, "2026-11-20 22:59", false},
    {{AT(7, 0), AT(15, 0)}, "2026-11-20 23:00", true},
    {{AT(7, 0), AT(15, 0)}, "2026-11-21 06:59", true},
    {{AT(7, 0), AT(15, 0)}, "2026-11-21 07:00", false},
    {{AT(22, 0), AT(7, 0)}, "2026-11-20 13:59", false},
    {{AT(22, 0), AT(7, 0)}, "2026-11-20 14:00", true},
    {{AT(22, 0), AT(7, 0)}, "2026-11-20 16:00", true}, /* midnight there */
    {{AT(22, 0), AT(7, 0)}, "2026-11-20 22:59", true},
    {{AT(22, 0), AT(7, 0)}, "2026-11-20 23:00", false},
    {{AT(23, 0), AT(24, 0)}, "2026-11-20 15:59", true},
    {{AT(23, 0), AT(24, 0)}, "2026-11-20 16:00", false},
    {{AT(8, 0), AT(8, 0)}, "2026-11-20 03:00", true}, /* all day */
    {{0, AT(24, 0)}, "2026-11-20 15:59", true},
};

START_TEST(hours_are_of_the_sites_day)
{
	ck_assert_int_eq(roster_within(&hours[_i].hours, utc(hours[_i].now)),
	    hours[_i].within);
}
END_TEST

START_TEST(hours_follow_daylight_saving)
{
	struct notify_hours night = {AT(22, 0), AT(6, 0)};

	live_in("Europe/Berlin");
	ck_assert(roster_within(&night, utc("2026-01-15 21:00")));
	ck_assert(!roster_within(&night, utc("2026-01-15 20:30")));
	ck_assert(roster_within(&night, utc("2026-07-15 20:30")));
	ck_assert(roster_within(&night, utc("2026-07-16 03:59")));
	ck_assert(!roster_within(&night, utc("2026-07-16 04:00")));
	/* the night of 23 hours, and that of 25 */
	ck_assert(roster_within(&night, utc("2026-03-29 03:59")));
	ck_assert(!roster_within(&night, utc("2026-03-29 04:00")));
	ck_assert(roster_within(&night, utc("2026-10-25 04:59")));
	ck_assert(!roster_within(&night, utc("2026-10-25 05:00")));
}
END_TEST

START_TEST(times_before_1970_are_times_too)
{
	struct notify_hours h = {AT(7, 59), AT(8, 0)};

	ck_assert(roster_within(&h, -1));
	ck_assert(roster_within(&h, -60000));
	ck_assert(!roster_within(&h, -60001));
	ck_assert(!roster_within(&h, 0));
}
END_TEST

/* ---- quiet ---- */

static const struct notify_conf quiet_nights = {
    .has_quiet = true,
    .quiet = {AT(22, 0), AT(7, 0)},
    .quiet_severities = 0xf, /* conf/ would not let P1 and P2 through */
};

START_TEST(quiet_hours_never_mute_p1_and_p2)
{
	int64_t night = utc("2026-11-20 18:00"), day = utc("2026-11-20 04:00");

	ck_assert(!roster_is_quiet(&quiet_nights, SEVERITY_P1, night));
	ck_assert(!roster_is_quiet(&quiet_nights, SEVERITY_P2, night));
	ck_assert(roster_is_quiet(&quiet_nights, SEVERITY_P3, night));
	ck_assert(roster_is_quiet(&quiet_nights, SEVERITY_P4, night));
	ck_assert(!roster_is_quiet(&quiet_nights, SEVERITY_P3, day));
}
END_TEST

START_TEST(quiet_hours_are_of_their_severities)
{
	struct notify_conf c = quiet_nights;
	int64_t night = utc("2026-11-20 18:00");

	c.quiet_severities = 1 << SEVERITY_P4;
	ck_assert(!roster_is_quiet(&c, SEVERITY_P3, night));
	ck_assert(roster_is_quiet(&c, SEVERITY_P4, night));
	c.has_quiet = false;
	ck_assert(!roster_is_quiet(&c, SEVERITY_P4, night));
}
END_TEST

/* ---- shifts ---- */

static const uint16_t early[] = {1, 2}, late[] = {2, 3}, night[] = {4};
static const struct notify_shift shifts[] = {
    {"early", {AT(7, 0), AT(15, 0)}, 2, early},
    {"late", {AT(14, 0), AT(23, 0)}, 2, late},
    {"night", {AT(23, 0), AT(7, 0)}, 1, night},
};
static const struct notify_conf shifted = {.shift_count = 3, .shifts = shifts};

START_TEST(who_is_on_duty_is_there_once)
{
	uint16_t people[8];

	/* half past two in the afternoon: early and late */
	ck_assert_uint_eq(
	    roster_on_duty(&shifted, utc("2026-11-20 06:30"), people, 8), 3);
	ck_assert_uint_eq(people[0], 1);
	ck_assert_uint_eq(people[1], 2);
	ck_assert_uint_eq(people[2], 3);
	ck_assert_uint_eq(
	    roster_on_duty(&shifted, utc("2026-11-20 16:30"), people, 8), 1);
	ck_assert_uint_eq(people[0], 4);
	ck_assert_uint_eq(
	    roster_on_duty(&shifted, utc("2026-11-20 22:59"), people, 8), 1);
	ck_assert_uint_eq(people[0], 4);
}
END_TEST

START_TEST(no_more_are_on_duty_than_there_is_room_for)
{
	uint16_t people[3] = {9, 9, 9};

	ck_assert_uint_eq(
	    roster_on_duty(&shifted, utc("2026-11-20 06:30"), people, 2), 2);
	ck_assert_uint_eq(people[2], 9);
	ck_assert_uint_eq(
	    roster_on_duty(&shifted, utc("2026-11-20 06:30"), people, 0), 0);
}
END_TEST

/* ---- the next time of day ---- */

static const struct {
	const char *zone;
	int minute;
	const char *now, *next; /* UTC */
} nexts[] = {
    {"Asia/Shanghai", AT(8, 0), "2026-11-20 23:59", "2026-11-21 00:00"},
    {"Asia/Shanghai", AT(8, 0), "2026-11-21 00:00", "2026-11-22 00:00"},
    {"Asia/Shanghai", AT(0, 0), "2026-12-31 15:59", "2026-12-31 16:00"},
    {"Asia/Shanghai", AT(24, 0), "2026-12-31 15:59", "2026-12-31 16:00"},
    {"Asia/Shanghai", AT(23, 59), "2026-02-28 16:00", "2026-03-01 15:59"},
    {"UTC", AT(12, 0), "2026-06-01 12:00", "2026-06-02 12:00"},
    /* a day of 23 hours, and one of 25 */
    {"Europe/Berlin", AT(8, 0), "2026-03-28 07:00", "2026-03-29 06:00"},
    {"Europe/Berlin", AT(8, 0), "2026-10-24 06:00", "2026-10-25 07:00"},
    /* half past two is skipped: half past three */
    {"Europe/Berlin", AT(2, 30), "2026-03-29 00:00", "2026-03-29 01:30"},
    {"Europe/Berlin", AT(2, 30), "2026-03-29 01:30", "2026-03-30 00:30"},
    /* half past two is there twice: the first time */
    {"Europe/Berlin", AT(2, 30), "2026-10-24 23:00", "2026-10-25 00:30"},
    {"Europe/Berlin", AT(2, 30), "2026-10-25 00:30", "2026-10-26 01:30"},
    {"Europe/Berlin", AT(2, 30), "2026-10-25 01:00", "2026-10-26 01:30"},
    /* it began in the spring there, on the other half of the earth */
    {"Australia/Sydney", AT(8, 0), "2026-10-03 00:00", "2026-10-03 21:00"},
    {"America/New_York", AT(1, 30), "2026-11-01 04:00", "2026-11-01 05:30"},
    {"America/New_York", AT(1, 30), "2026-11-01 05:30", "2026-11-02 06:30"},
};

START_TEST(the_next_time_of_day_is_found)
{
	live_in(nexts[_i].zone);
	ck_assert_int_eq(roster_next(nexts[_i].minute, utc(nexts[_i].now)),
	    utc(nexts[_i].next));
}
END_TEST

/* Through a year: once a day, whatever was asked before. */
START_TEST(every_day_has_that_time_once)
{
	static const char *const zones[] = {
	    "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"};
	int64_t now, end;
	int days = 0, last = -1;

	live_in(zones[_i]);
	now = utc("2026-01-01 00:00");
	end = utc("2027-01-01 00:00");
	while ((now = roster_next(AT(2, 15), now)) <= end) {
		struct tm local;
		time_t t = (time_t)(now / 1000);

		localtime_r(&t, &local);
		if (last != -1)
			ck_assert_int_eq(local.tm_yday, (last + 1) % 365);
		last = local.tm_yday;
		days++;
	}
	ck_assert_int_eq(days, 365);
}
END_TEST

START_TEST(it_is_always_later_than_now)
{
	live_in("Europe/Berlin");
	for (int64_t now = utc("2026-03-27 00:00");
	     now < utc("2026-04-01 00:00"); now += HOUR / 4)
		for (int minute = 0; minute < AT(24, 0); minute += 30) {
			int64_t next = roster_next(minute, now);

			ck_assert_int_gt(next, now);
			ck_assert_int_le(next, now + 26 * HOUR);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("roster");
	TCase *t = tcase_create("roster");

	tcase_add_checked_fixture(t, starts_in_shanghai, NULL);
	tcase_add_loop_test(t, hours_are_of_the_sites_day, 0,
	    (int)(sizeof(hours) / sizeof(hours[0])));
	tcase_add_test(t, hours_follow_daylight_saving);
	tcase_add_test(t, times_before_1970_are_times_too);
	tcase_add_test(t, quiet_hours_never_mute_p1_and_p2);
	tcase_add_test(t, quiet_hours_are_of_their_severities);
	tcase_add_test(t, who_is_on_duty_is_there_once);
	tcase_add_test(t, no_more_are_on_duty_than_there_is_room_for);
	tcase_add_loop_test(t, the_next_time_of_day_is_found, 0,
	    (int)(sizeof(nexts) / sizeof(nexts[0])));
	tcase_add_loop_test(t, every_day_has_that_time_once, 0, 3);
	tcase_add_test(t, it_is_always_later_than_now);
	suite_add_tcase(s, t);
	return suite_run(s);
}
