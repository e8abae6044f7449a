/* test_span.c - what a number did over the last while */
#include <math.h>
#include <stdlib.h>

#include "gateway/measure/span.h"
#include "tests/suite.h"

#define MINUTE 60000
#define SLOT 953 /* ms: a minute / (SPAN_SLOTS - 1), rounded up */

static struct span s;

static void
setup(void)
{
	span_start(&s, MINUTE);
}

static void
assert_rate(int64_t now_ms, double expected)
{
	double out = NAN;

	ck_assert(span_rate(&s, now_ms, &out));
	ck_assert_double_eq_tol(out, expected, 1e-12);
}

static void
assert_drop(int64_t now_ms, double expected)
{
	double out = NAN;

	ck_assert(span_drop(&s, now_ms, &out));
	ck_assert_double_eq(out, expected);
}

static void
assert_nothing(int64_t now_ms)
{
	double out = 7;

	ck_assert(!span_rate(&s, now_ms, &out));
	ck_assert(!span_drop(&s, now_ms, &out));
	ck_assert_double_eq(out, 7);
}

START_TEST(an_empty_span_has_neither_rate_nor_drop)
{
	assert_nothing(0);
	assert_nothing(1000000);
}
END_TEST

START_TEST(a_rate_is_the_change_a_second_from_the_oldest_to_the_newest)
{
	span_put(&s, 1000, 5);
	span_put(&s, 21000, 90);
	span_put(&s, 51000, 2.5);
	assert_rate(51000, -0.05);
	assert_rate(61000, -0.05); /* the oldest is just inside */
}
END_TEST

START_TEST(there_is_no_rate_until_values_lie_half_the_span_apart)
{
	double out;

	span_put(&s, 0, 1);
	span_put(&s, 29999, 2);
	ck_assert(!span_rate(&s, 29999, &out));
	ck_assert(!span_rate(&s, 45000, &out)); /* time alone is no value */
	span_put(&s, 30000, 2);
	assert_rate(30000, 1 / 30.0);
}
END_TEST

START_TEST(what_is_older_than_the_span_is_not_looked_at)
{
	double out;

	span_put(&s, 0, 100);
	span_put(&s, 20000, 3);
	span_put(&s, 59000, 42);
	assert_rate(60000, -58 / 59.0);
	assert_drop(60000, 58);
	assert_rate(60001, 1);
	assert_drop(60001, 0);
	ck_assert(!span_rate(&s, 80001, &out));
	assert_drop(80001, 0);
	assert_nothing(119001);
}
END_TEST

START_TEST(a_drop_is_from_the_greatest_to_the_newest)
{
	span_put(&s, 0, 0.40);
	assert_drop(0, 0);
	span_put(&s, 10000, 0.46);
	assert_drop(10000, 0);
	span_put(&s, 20000, 0.30);
	assert_drop(20000, 0.46 - 0.30);
	span_put(&s, 30000, 0.50);
	assert_drop(30000, 0);
	span_put(&s, 40000, -0.50);
	assert_drop(40000, 1);
	assert_drop(90000, 1);
	assert_drop(90001, 0);
}
END_TEST

START_TEST(after_a_silence_longer_than_the_span_all_begins_anew)
{
	double out;

	for (int i = 0; i <= 60; i++)
		span_put(&s, 1000 * i, 100 - i);
	span_put(&s, 200000, 1);
	assert_drop(200000, 0);
	ck_assert(!span_rate(&s, 200000, &out));
	span_put(&s, 230000, 4);
	assert_rate(230000, 0.1);
}
END_TEST

START_TEST(of_fast_readings_no_peak_is_lost)
{
	for (int ms = 0; ms < MINUTE; ms += 10)
		span_put(&s, ms, ms == 30110 ? 9 : 1);
	assert_drop(MINUTE, 8);
	assert_drop(30110 + MINUTE - SLOT, 8);
	assert_drop(30110 + MINUTE + 1, 0);
}
END_TEST

START_TEST(the_same_time_again_adds_to_its_slot)
{
	span_put(&s, 0, 3);
	span_put(&s, 0, 5);
	span_put(&s, 0, 4);
	assert_drop(0, 1);
	span_put(&s, 30000, 0);
	assert_rate(30000, -0.1);
}
END_TEST

/* ---- against all values ---- */

#define PUTS 4000

static struct {
	int64_t at_ms;
	double value;
} all[PUTS];

/* The index of the oldest value of the last `ms`. */
static int
oldest(int newest, int64_t ms)
{
	int i = newest;

	while (i > 0 && all[newest].at_ms - all[i - 1].at_ms <= ms)
		i--;
	return i;
}

static double
exact_drop(int newest, int64_t ms)
{
	double most = all[newest].value;

	for (int i = oldest(newest, ms); i < newest; i++)
		most = fmax(most, all[i].value);
	return most - all[newest].value;
}

/* Whether it is the rate since one of the values that are the oldest of some
 * time between the two. */
static bool
is_rate(int newest, int64_t min_ms, int64_t max_ms, double rate)
{
	for (int i = oldest(newest, max_ms); i <= oldest(newest, min_ms); i++) {
		double apart_s =
		    (double)(all[newest].at_ms - all[i].at_ms) / 1000;

		if (apart_s > 0 &&
		    rate == (all[newest].value - all[i].value) / apart_s)
			return true;
	}
	return false;
}

/* How far apart readings are, at most, and the span. */
static const struct {
	int apart_ms;
	uint32_t span_ms;
} paces[] = {{3, 1000}, {40, 1000}, {400, 1000}, {3000, 1000}, {1, 1001},
    {2000, MINUTE}, {50, MINUTE}, {20000, MINUTE}, {300000, 86400000}};

static void
check_results(int newest, int64_t span_ms)
{
	int64_t now = all[newest].at_ms;
	int64_t less_ms =
	    span_ms - (span_ms + SPAN_SLOTS - 2) / (SPAN_SLOTS - 1);
	double drop = NAN, rate;

	ck_assert(span_drop(&s, now, &drop));
	ck_assert_double_le(drop, exact_drop(newest, span_ms));
	ck_assert_double_ge(drop, exact_drop(newest, less_ms));
	if (span_rate(&s, now, &rate))
		ck_assert(is_rate(newest, less_ms, span_ms, rate));
	else
		ck_assert_int_lt(
		    2 * (now - all[oldest(newest, less_ms)].at_ms), span_ms);
}

START_TEST(a_result_is_that_of_a_span_up_to_one_slot_shorter)
{
	int64_t now = -5000000;

	srand(7);
	span_start(&s, paces[_i].span_ms);
	for (int i = 0; i < PUTS; i++) {
		now += rand() % (paces[_i].apart_ms + 1);
		all[i].at_ms = now;
		all[i].value = rand() % 1000;
		span_put(&s, now, all[i].value);
		check_results(i, paces[_i].span_ms);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("span");
	TCase *t = tcase_create("span");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, an_empty_span_has_neither_rate_nor_drop);
	tcase_add_test(
	    t, a_rate_is_the_change_a_second_from_the_oldest_to_the_newest);
	tcase_add_test(
	    t, there_is_no_rate_until_values_lie_half_the_span_apart);
	tcase_add_test(t, what_is_older_than_the_span_is_not_looked_at);
	tcase_add_test(t, a_drop_is_from_the_greatest_to_the_newest);
	tcase_add_test(t, after_a_silence_longer_than_the_span_all_begins_anew);
	tcase_add_test(t, of_fast_readings_no_peak_is_lost);
	tcase_add_test(t, the_same_time_again_adds_to_its_slot);
	tcase_add_loop_test(t,
	    a_result_is_that_of_a_span_up_to_one_slot_shorter, 0,
	    sizeof(paces) / sizeof(paces[0]));
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
