/*
 * test_backoff.c - a lost broker is tried again soon, then seldom, never in
 * step
 */
#include <check.h>
#include <stdlib.h>

#include "gateway/sinks/backoff.h"
#include "tests/suite.h"

START_TEST(the_first_wait_is_at_most_a_second)
{
	struct backoff b = {0};

	ck_assert_int_eq(backoff_next(&b, 5000, 1000), 1000);
	backoff_reset(&b);
	ck_assert_int_eq(backoff_next(&b, 5000, 1001), 0);
}
END_TEST

START_TEST(in_the_first_minute_no_wait_is_over_five_seconds)
{
	struct backoff b = {0};
	int64_t longest = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		int64_t wait = backoff_next(&b, i % 60000, i * 2654435761u);

		ck_assert_int_ge(wait, 0);
		ck_assert_int_le(wait, 5000);
		longest = wait > longest ? wait : longest;
	}
	ck_assert_int_gt(longest, 4900); /* the bound is used */
}
END_TEST

START_TEST(behind_the_first_minute_waits_reach_a_minute_and_no_more)
{
	struct backoff b = {0};
	int64_t longest = 0;

	backoff_next(&b, 0, 0);
	for (uint32_t i = 0; i < 100000; i++) {
		int64_t wait =
		    backoff_next(&b, 60000 + (int64_t)i, i * 2654435761u);

		ck_assert_int_le(wait, 60000);
		longest = wait > longest ? wait : longest;
	}
	ck_assert_int_gt(longest, 59000);
}
END_TEST

START_TEST(waits_differ_between_gateways)
{
	struct backoff a = {0}, b = {0};

	ck_assert_int_ne(backoff_next(&a, 0, 123), backoff_next(&b, 0, 456));
}
END_TEST

START_TEST(a_reset_makes_the_next_outage_a_new_one)
{
	struct backoff b = {0};

	for (int i = 0; i < 20; i++)
		backoff_next(&b, i * 10000, UINT32_MAX);
	backoff_reset(&b);
	ck_assert_int_le(backoff_next(&b, 999999, UINT32_MAX), 1000);
}
END_TEST

START_TEST(an_outage_of_years_overflows_nothing)
{
	struct backoff b = {0};

	for (int64_t i = 0; i < 1000000; i++)
		ck_assert_int_le(backoff_next(&b, i * 60000, 59999), 60000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("backoff");
	TCase *t = tcase_create("backoff");

	tcase_add_test(t, the_first_wait_is_at_most_a_second);
	tcase_add_test(t, in_the_first_minute_no_wait_is_over_five_seconds);
	tcase_add_test(
	    t, behind_the_first_minute_waits_reach_a_minute_and_no_more);
	tcase_add_test(t, waits_differ_between_gateways);
	tcase_add_test(t, a_reset_makes_the_next_outage_a_new_one);
	tcase_add_test(t, an_outage_of_years_overflows_nothing);
	suite_add_tcase(s, t);
	return suite_run(s);
}
