/*
 * test_calendar.c - local slots over the changes of the clock
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/store/calendar.h"
#include "tests/suite.h"

#define HOUR CALENDAR_HOUR_MS
#define DAY CALENDAR_DAY_MS
#define QUARTER (HOUR / 4)

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* UTC. */
static int64_t
at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900,
	    .tm_mon = month - 1,
	    .tm_mday = day,
	    .tm_hour = hour,
	    .tm_min = minute};

	return timegm(&tm) * 1000LL;
}

static const struct day_case {
	const char *zone;
	int year, month, day; /* a local day; noon of it in UTC is */
	int noon_hour, noon_minute;
	int64_t length_ms;
} days[] = {
    {"Asia/Shanghai", 2026, 3, 29, 4, 0, 24 * HOUR},
    {"Europe/Berlin", 2026, 3, 29, 10, 0, 23 * HOUR},
    {"Europe/Berlin", 2026, 10, 25, 11, 0, 25 * HOUR},
    {"Europe/Berlin", 2026, 10, 24, 10, 0, 24 * HOUR},
    {"America/St_Johns", 2026, 3, 8, 14, 30, 23 * HOUR},
    {"America/St_Johns", 2026, 11, 1, 15, 30, 25 * HOUR},
    {"Australia/Lord_Howe", 2026, 4, 5, 1, 30, 24 * HOUR + HOUR / 2},
    {"Asia/Kathmandu", 2026, 6, 1, 6, 15, 24 * HOUR},
    {"America/Havana", 2026, 11, 1, 17, 0, 25 * HOUR},
    {"Africa/Cairo", 2024, 4, 26, 9, 0, 23 * HOUR}, /* has no midnight */
};

START_TEST(a_day_is_from_midnight_to_midnight)
{
	const struct day_case *d = &days[_i];
	int64_t noon_ms =
	    at(d->year, d->month, d->day, d->noon_hour, d->noon_minute);
	int64_t start_ms, length_ms;

	zone(d->zone);
	start_ms = calendar_floor(noon_ms, DAY);
	length_ms = calendar_next(start_ms, DAY) - start_ms;
	ck_assert_msg(length_ms == d->length_ms, "%s: %g h", d->zone,
	    (double)length_ms / HOUR);
	ck_assert_msg(start_ms <= noon_ms, "%s", d->zone);
}
END_TEST

START_TEST(the_hour_that_comes_twice_is_two_slots)
{
	zone("Europe/Berlin");
	ck_assert_int_eq(calendar_floor(at(2026, 10, 25, 0, 30), HOUR),
	    at(2026, 10, 25, 0, 0));
	ck_assert_int_eq(calendar_floor(at(2026, 10, 25, 1, 30), HOUR),
	    at(2026, 10, 25, 1, 0));
}
END_TEST

START_TEST(hours_of_st_johns_begin_at_half_past_of_utc)
{
	zone("America/St_Johns");
	ck_assert_int_eq(calendar_floor(at(2026, 6, 1, 12, 15), HOUR),
	    at(2026, 6, 1, 11, 30));
}
END_TEST

START_TEST(an_hour_in_which_the_clock_moves_by_half_of_it_is_cut)
{
	int64_t change_ms = at(2026, 4, 4, 15, 0);

	zone("Australia/Lord_Howe");
	ck_assert_int_eq(calendar_floor(change_ms + 1, HOUR), change_ms);
	ck_assert_int_eq(calendar_next(change_ms, HOUR), change_ms + HOUR / 2);
}
END_TEST

START_TEST(six_hours_of_the_day_of_change_are_five_or_seven)
{
	int64_t start_ms = at(2026, 3, 28, 23, 0);

	zone("Europe/Berlin");
	ck_assert_int_eq(calendar_floor(start_ms + 1, 6 * HOUR), start_ms);
	ck_assert_int_eq(
	    calendar_next(start_ms, 6 * HOUR), start_ms + 5 * HOUR);
	start_ms = at(2026, 10, 24, 22, 0);
	ck_assert_int_eq(
	    calendar_next(start_ms, 6 * HOUR), start_ms + 7 * HOUR);
}
END_TEST

static const char *const zones[] = {"UTC", "Asia/Shanghai", "Europe/Berlin",
    "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Havana", "Africa/Cairo", "Pacific/Apia", "Africa/Casablanca"};
static const int64_t steps[] = {
    QUARTER, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY};

/* Over three years: no hole, no overlap, every moment in its slot. */
START_TEST(slots_follow_each_other_without_a_hole)
{
	int64_t step_ms = steps[(size_t)_i % 8];
	int64_t end_ms = at(2027, 2, 1, 0, 0), t_ms;

	zone(zones[_i / 8]);
	t_ms = calendar_floor(at(2024, 2, 1, 0, 0), step_ms);
	while (t_ms < end_ms) {
		int64_t next_ms = calendar_next(t_ms, step_ms);

		if (next_ms <= t_ms || next_ms % QUARTER != 0 ||
		    next_ms - t_ms > step_ms + 2 * HOUR ||
		    calendar_floor(t_ms, step_ms) != t_ms ||
		    calendar_floor(next_ms - 1, step_ms) != t_ms ||
		    calendar_floor(t_ms + (next_ms - t_ms) / 2, step_ms) !=
			t_ms)
			ck_abort_msg("%s, step %lld: at %lld", zones[_i / 8],
			    (long long)step_ms, (long long)t_ms);
		t_ms = next_ms;
	}
}
END_TEST

static const struct step_case {
	int64_t step_ms;
	bool ok;
} step_cases[] = {{1000, true}, {10000, true}, {60000, true}, {QUARTER, true},
    {HOUR, true}, {2 * HOUR, true}, {12 * HOUR, true}, {DAY, true},
    {7 * DAY, true}, {366 * DAY, true}, {0, false}, {-1000, false},
    {999, false}, {1500, false}, {7000, false}, {45 * 60000, false},
    {HOUR + 1000, false}, {5 * HOUR, false}, {36 * HOUR, false},
    {367 * DAY, false}};

START_TEST(a_step_is_one_that_clocks_have)
{
	const struct step_case *c = &step_cases[_i];

	ck_assert_msg(calendar_step_ok(c->step_ms) == c->ok, "%lld",
	    (long long)c->step_ms);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("calendar");
	TCase *t = tcase_create("calendar");

	tcase_add_loop_test(t, a_day_is_from_midnight_to_midnight, 0,
	    (int)(sizeof(days) / sizeof(days[0])));
	tcase_add_test(t, the_hour_that_comes_twice_is_two_slots);
	tcase_add_test(t, hours_of_st_johns_begin_at_half_past_of_utc);
	tcase_add_test(
	    t, an_hour_in_which_the_clock_moves_by_half_of_it_is_cut);
	tcase_add_test(t, six_hours_of_the_day_of_change_are_five_or_seven);
	tcase_add_loop_test(t, slots_follow_each_other_without_a_hole, 0,
	    (int)(sizeof(zones) / sizeof(zones[0])) * 8);
	tcase_add_loop_test(t, a_step_is_one_that_clocks_have, 0,
	    (int)(sizeof(step_cases) / sizeof(step_cases[0])));
	suite_add_tcase(s, t);
	return suite_run(s);
}
