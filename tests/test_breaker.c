/* test_breaker.c - when a device that does not answer is asked again */
#include <check.h>
#include <stdlib.h>

#include "gateway/poll/breaker.h"
#include "tests/suite.h"

START_TEST(three_failures_in_a_row_open_it)
{
	struct breaker b = {0};

	ck_assert(!breaker_failed(&b, 0));
	ck_assert(!breaker_failed(&b, 10));
	ck_assert(!breaker_answered(&b, 5));
	ck_assert(!breaker_failed(&b, 20));
	ck_assert(!breaker_failed(&b, 30));
	ck_assert(breaker_failed(&b, 40));
	ck_assert(b.open);
	ck_assert_int_eq(b.probe_ms, 1040);
}
END_TEST

START_TEST(probes_come_after_1_2_4_8_then_every_10_s)
{
	static const int64_t waits_ms[] = {
	    1000, 2000, 4000, 8000, 10000, 10000};
	struct breaker b = {0};

	for (int i = 0; i < 2; i++)
		breaker_failed(&b, 0);
	for (size_t i = 0; i < 6; i++) {
		ck_assert(breaker_failed(&b, 100) == (i == 0));
		ck_assert_int_eq(b.probe_ms, 100 + waits_ms[i]);
	}
	ck_assert(breaker_answered(&b, 5));
	ck_assert(!b.open);
}
END_TEST

static struct breaker
open_breaker(uint32_t slowest_ms, int64_t now_ms)
{
	struct breaker b = {0};

	breaker_answered(&b, slowest_ms);
	while (!breaker_failed(&b, now_ms))
		continue;
	return b;
}

START_TEST(a_probe_waits_twice_the_slowest_answer_if_that_is_not_dear)
{
	static const struct {
		uint32_t slowest_ms, line_ms, want_ms;
	} cases[] = {{0, 1000, BREAKER_ANSWER_MS},
	    {20, 1000, BREAKER_ANSWER_MS}, {150, 1000, 300}, {200, 1000, 360},
	    {360, 1000, 360}, {400, 1000, 500}, {800, 1000, 0}, {20, 250, 0},
	    {20, 200, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct breaker b = open_breaker(cases[i].slowest_ms, 0);

		ck_assert_uint_eq(
		    breaker_timeout_ms(&b, cases[i].line_ms), cases[i].want_ms);
	}
}
END_TEST

START_TEST(a_living_device_has_the_lines_timeout)
{
	struct breaker b = {0};

	breaker_answered(&b, 20);
	breaker_failed(&b, 0);
	ck_assert_uint_eq(breaker_timeout_ms(&b, 1000), 0);
}
END_TEST

START_TEST(each_sixteenth_probe_waits_the_whole_timeout)
{
	struct breaker b = open_breaker(20, 0);
	int whole = 0;

	for (int i = 0; i < 160; i++) {
		whole += breaker_timeout_ms(&b, 1000) == 0;
		breaker_failed(&b, 0);
	}
	ck_assert_int_eq(whole, 10);
}
END_TEST

START_TEST(one_long_answer_is_forgotten)
{
	struct breaker b = {0};
	uint32_t before;

	breaker_answered(&b, 900);
	do {
		before = b.slowest_ms;
		breaker_answered(&b, 100);
		ck_assert_uint_le(b.slowest_ms, before);
	} while (b.slowest_ms < before);
	ck_assert_uint_le(b.slowest_ms, 256);
	for (int i = 0; i < 60; i++) /* a long request each minute is not */
		breaker_answered(&b, i == 0 ? 900 : 20);
	ck_assert_uint_ge(b.slowest_ms, 900 * 3 / 4);
}
END_TEST

/* So many dead devices, probed as soon as breakers and budget allow, in turn,
 * by probes that take their timeout.  Returns the share of the time they cost
 * in the second half, and the longest any of them waited there. */
static double
probe_all(
    size_t dead, uint32_t line_ms, uint32_t slowest_ms, int64_t *longest_ms)
{
	static const int64_t end_ms = 4 * 3600 * 1000;
	struct breaker *b = calloc(dead, sizeof(*b));
	int64_t *last_ms = calloc(dead, sizeof(*last_ms));
	struct breaker_budget budget;
	int64_t now_ms = 0, spent_ms = 0;

	srand(1);

	breaker_budget_open(&budget, 0);
	for (size_t i = 0; i < dead; i++)
		b[i] = open_breaker(slowest_ms, rand() % 9973);
	*longest_ms = 0;
	while (now_ms < end_ms) {
		size_t next = 0;
		int64_t ready_ms = breaker_budget_ready_ms(&budget);
		int64_t took_ms;

		for (size_t i = 1; i < dead; i++)
			if (b[i].probe_ms < b[next].probe_ms)
				next = i;
		if (b[next].probe_ms > ready_ms)
			ready_ms = b[next].probe_ms;
		now_ms = ready_ms > now_ms ? ready_ms : now_ms;
		took_ms = breaker_timeout_ms(&b[next], line_ms);
		took_ms = took_ms > 0 ? took_ms : line_ms;
		if (now_ms > end_ms / 2) {
			spent_ms += took_ms;
			if (now_ms - last_ms[next] > *longest_ms)
				*longest_ms = now_ms - last_ms[next];
		}
		last_ms[next] = now_ms;
		now_ms += took_ms;
		breaker_failed(&b[next], now_ms);
		breaker_budget_spend(&budget, now_ms, (double)took_ms);
	}
	free(b);
	free(last_ms);
	return (double)spent_ms / (double)(end_ms / 2);
}

static const uint32_t lines_ms[] = {100, 300, 1000, 3000, 5000};
static const uint32_t slowest_ms[] = {0, 20, 140, 200, 360, 500, 1500};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

START_TEST(all_the_dead_of_a_bus_cost_their_share_at_most)
{
	int64_t longest_ms;

	for (size_t dead = 1; dead <= 40; dead += 3)
		for (size_t i = 0; i < COUNT(lines_ms); i++)
			for (size_t k = 0; k < COUNT(slowest_ms); k++)
				ck_assert_double_le(
				    probe_all(dead, lines_ms[i], slowest_ms[k],
					&longest_ms),
				    0.0295);
}
END_TEST

START_TEST(each_is_probed_within_15_s_times_their_number)
{
	int64_t longest_ms;

	for (size_t dead = 1; dead <= 40; dead += 3)
		for (size_t i = 0; lines_ms[i] <= 3000; i++)
			for (size_t k = 0;
			     slowest_ms[k] <= BREAKER_ANSWER_MAX_MS; k++) {
				probe_all(dead, lines_ms[i], slowest_ms[k],
				    &longest_ms);
				ck_assert_int_le(longest_ms,
				    (int64_t)dead *
					(lines_ms[i] <= 1000 ? 15000 : 20000));
			}
}
END_TEST

START_TEST(and_a_slow_one_as_seldom_as_it_costs)
{
	int64_t longest_ms;

	for (size_t dead = 1; dead <= 40; dead += 3) {
		probe_all(dead, 1000, 600, &longest_ms);
		ck_assert_int_le(longest_ms, (int64_t)dead * 51000);
	}
}
END_TEST

/* How long the bus is owed for 250 ms. */
#define OWED_MS 12500

START_TEST(a_budget_that_was_not_spent_is_a_second_and_no_more)
{
	struct breaker_budget b;

	breaker_budget_open(&b, 0);
	ck_assert_int_eq(breaker_budget_ready_ms(&b), 0);
	breaker_budget_spend(&b, 3600000, 1250);
	ck_assert_int_eq(breaker_budget_ready_ms(&b), 3600000 + OWED_MS);
	breaker_budget_spend(&b, 3600000 + OWED_MS, 0);
	ck_assert_int_eq(breaker_budget_ready_ms(&b), 3600000 + OWED_MS);
}
END_TEST

START_TEST(what_is_owed_is_never_more_than_one_probe)
{
	struct breaker_budget b;

	breaker_budget_open(&b, 0);
	for (int i = 1; i <= 85; i++)
		breaker_budget_spend(&b, 250 * i, 250);
	ck_assert_int_eq(breaker_budget_ready_ms(&b), 250 * 85 + OWED_MS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("breaker");
	TCase *t = tcase_create("breaker");

	suite_add_tcase(s, t);
	tcase_add_test(t, three_failures_in_a_row_open_it);
	tcase_add_test(t, probes_come_after_1_2_4_8_then_every_10_s);
	tcase_add_test(
	    t, a_probe_waits_twice_the_slowest_answer_if_that_is_not_dear);
	tcase_add_test(t, a_living_device_has_the_lines_timeout);
	tcase_add_test(t, each_sixteenth_probe_waits_the_whole_timeout);
	tcase_add_test(t, all_the_dead_of_a_bus_cost_their_share_at_most);
	tcase_add_test(t, one_long_answer_is_forgotten);
	tcase_add_test(t, and_a_slow_one_as_seldom_as_it_costs);
	tcase_add_test(t, each_is_probed_within_15_s_times_their_number);
	tcase_add_test(t, a_budget_that_was_not_spent_is_a_second_and_no_more);
	tcase_add_test(t, what_is_owed_is_never_more_than_one_probe);
	return suite_run(s);
}
