/*
 * test_pace.c - how much of the backlog may be under way
 */
#include <check.h>

#include "gateway/sinks/pace.h"
#include "tests/suite.h"

START_TEST(a_new_connection_begins_with_one)
{
	struct pace p;

	pace_reset(&p, 16);
	ck_assert_uint_eq(p.limit, 1);
}
END_TEST

START_TEST(each_fast_acknowledgement_allows_one_more_up_to_the_window)
{
	struct pace p;

	pace_reset(&p, 4);
	for (unsigned want = 2; want <= 4; want++) {
		pace_ack(&p, 0, 499);
		ck_assert_uint_eq(p.limit, want);
	}
	pace_ack(&p, 0, 0);
	ck_assert_uint_eq(p.limit, 4);
}
END_TEST

START_TEST(between_half_a_second_and_one_nothing_changes)
{
	struct pace p = {.limit = 5, .max = 16};

	pace_ack(&p, 100, 600);
	pace_ack(&p, 100, 1100);
	ck_assert_uint_eq(p.limit, 5);
}
END_TEST

START_TEST(a_slow_window_is_one_cut)
{
	struct pace p = {.limit = 16, .max = 16};

	pace_ack(&p, 1000, 2001);
	for (int i = 0; i < 15; i++)
		pace_ack(&p, 2001, 2001 + 1500);
	ck_assert_uint_eq(p.limit, 8);
	pace_ack(&p, 2002, 2001 + 1500);
	ck_assert_uint_eq(p.limit, 4);
}
END_TEST

START_TEST(one_is_always_allowed)
{
	struct pace p;

	pace_reset(&p, 16);
	for (int64_t ms = 0; ms < 100000; ms += 10000)
		pace_ack(&p, ms, ms + 5000);
	ck_assert_uint_eq(p.limit, 1);
}
END_TEST

/* A line that takes one message each `each_ms`; as many as may be are always
 * under way.  What is sent last waits for all of them. */
START_TEST(on_a_slow_line_what_is_under_way_takes_about_a_second)
{
	int64_t each_ms = (int64_t)10 << _i; /* 10 to 640 */
	int64_t sent_ms[16] = {0}, now_ms = 0;
	unsigned front = 0, count = 0;
	struct pace p;

	pace_reset(&p, 16);
	for (int i = 0; i < 1000; i++) {
		while (count < p.limit)
			sent_ms[(front + count++) % 16] = now_ms;
		now_ms += each_ms;
		pace_ack(&p, sent_ms[front], now_ms);
		front = (front + 1) % 16;
		count--;
		if (i > 100)
			ck_assert_int_le(p.limit * each_ms, 1500);
	}
	ck_assert_uint_ge(p.limit * (uint64_t)each_ms, _i < 5 ? 150 : 1);
}
END_TEST

static Suite *
pace_suite(void)
{
	Suite *s = suite_create("pace");
	TCase *tc = tcase_create("pace");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_new_connection_begins_with_one);
	tcase_add_test(
	    tc, each_fast_acknowledgement_allows_one_more_up_to_the_window);
	tcase_add_test(tc, between_half_a_second_and_one_nothing_changes);
	tcase_add_test(tc, a_slow_window_is_one_cut);
	tcase_add_test(tc, one_is_always_allowed);
	tcase_add_loop_test(
	    tc, on_a_slow_line_what_is_under_way_takes_about_a_second, 0, 7);
	return s;
}

int
main(void)
{
	return suite_run(pace_suite());
}
