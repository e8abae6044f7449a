/* test_turn.c - whose turn it is, and when a silent device is asked again */
#include <check.h>

#include "gateway/poll/turn.h"
#include "tests/suite.h"

/* Three requests of two devices: 0 and 1 of slot 0, 2 of slot 1. */
static struct plan_slot slots[] = {{0, 1, 0, 200}, {1, 2, 0, 1000}};
static struct plan_request requests[] = {
    {.slot = 0, .every_ms = 1000},
    {.slot = 0, .every_ms = 200},
    {.slot = 1, .every_ms = 1000},
};
static struct plan plan = {
    .slot_count = 2, .request_count = 3, .slots = slots, .requests = requests};

static struct turn *turn;

static void
setup(void)
{
	turn = turn_new(&plan, 0);
}

static void
teardown(void)
{
	turn_free(turn);
}

START_TEST(the_one_whose_period_ends_first_goes_first)
{
	ck_assert_int_eq(turn_pick(turn, 0), 1);
	turn_answered(turn, 1, 10);
	ck_assert_int_eq(turn_pick(turn, 10), 0);
	turn_answered(turn, 0, 20);
	ck_assert_int_eq(turn_pick(turn, 20), 2);
	turn_answered(turn, 2, 30);
	ck_assert_int_eq(turn_pick(turn, 30), -1);
	ck_assert_int_eq(turn_wake(turn), 200);
}
END_TEST

START_TEST(a_request_keeps_to_its_own_grid)
{
	turn_answered(turn, 1, 150);
	ck_assert_int_eq(turn->requests[1].due_ms, 200);
	turn_answered(turn, 1, 390);
	ck_assert_int_eq(turn->requests[1].due_ms, 400);
	ck_assert_uint_eq(turn->missed, 0);
}
END_TEST

START_TEST(all_grids_go_through_the_same_moments)
{
	struct turn *t = turn_new(&plan, 12345);

	ck_assert_int_eq(turn_pick(t, 12345), 1);
	turn_answered(t, 1, 12350);
	turn_answered(t, 0, 12360);
	ck_assert_int_eq(t->requests[1].due_ms, 12400);
	ck_assert_int_eq(t->requests[0].due_ms, 13000);
	turn_failed(t, 1, 12405);
	turn_failed(t, 1, 12455); /* again 200 ms later */
	turn_answered(t, 1, 12660);
	ck_assert_int_eq(t->requests[1].due_ms, 12800);
	ck_assert_uint_eq(t->missed, 0);
	turn_free(t);
}
END_TEST

START_TEST(periods_that_are_over_are_counted_and_not_made_up)
{
	turn_answered(turn, 1, 50);
	turn_answered(turn, 1, 1250);
	ck_assert_int_eq(turn->requests[1].due_ms, 1200);
	ck_assert_uint_eq(turn->missed, 4);
	turn_answered(turn, 1, 1260);
	ck_assert_int_eq(turn->requests[1].due_ms, 1400);
}
END_TEST

START_TEST(what_a_start_takes_is_not_missed)
{
	turn_answered(turn, 1, 3050);
	ck_assert_int_eq(turn->requests[1].due_ms, 3000);
	ck_assert_uint_eq(turn->missed, 0);
}
END_TEST

START_TEST(a_device_held_back_does_not_hold_the_others)
{
	turn->ready_ms[0] = 500;
	ck_assert_int_eq(turn_pick(turn, 0), 2);
	turn_answered(turn, 2, 10);
	ck_assert_int_eq(turn_pick(turn, 10), -1);
	ck_assert_int_eq(turn_wake(turn), 500);
	ck_assert_int_eq(turn_pick(turn, 500), 1);
}
END_TEST

START_TEST(the_first_failure_makes_a_retry_due_at_once)
{
	ck_assert(turn_failed(turn, 1, 100));
	ck_assert_int_eq(turn_pick(turn, 100), 1);
	ck_assert(!turn_failed(turn, 1, 200));
	ck_assert_int_eq(turn->requests[1].due_ms, 400);
	ck_assert(!turn_failed(turn, 1, 400)); /* no retry while it goes on */
}
END_TEST

START_TEST(an_answer_to_the_retry_is_an_answer)
{
	ck_assert(turn_failed(turn, 0, 100));
	turn_answered(turn, 0, 150);
	ck_assert_int_eq(turn->requests[0].due_ms, 1000);
	ck_assert(turn_failed(turn, 0, 1100));
}
END_TEST

START_TEST(a_request_that_fails_alone_is_asked_less_often_but_always_again)
{
	int64_t now_ms = 0, waited_ms = 0;

	turn_failed(turn, 1, now_ms);
	for (int i = 0; i < 50; i++) {
		turn_failed(turn, 1, now_ms);
		waited_ms = turn->requests[1].due_ms - now_ms;
		ck_assert_int_ge(waited_ms, 200);
		ck_assert_int_le(waited_ms, 10000);
		now_ms = turn->requests[1].due_ms;
	}
	ck_assert_int_eq(waited_ms, 10000);
}
END_TEST

START_TEST(a_device_that_is_back_is_asked_for_everything)
{
	turn_answered(turn, 0, 0);
	turn_failed(turn, 1, 0);
	turn_failed(turn, 1, 0);
	turn_answered(turn, 2, 0);
	turn_restart(turn, 0, 50);
	ck_assert_int_eq(turn->requests[0].due_ms, 0);
	ck_assert_int_eq(turn->requests[1].due_ms, 0);
	ck_assert_int_eq(turn->requests[2].due_ms, 1000);
	ck_assert(turn_failed(turn, 1, 60)); /* a retry again */
}
END_TEST

START_TEST(a_dead_device_is_asked_for_nothing_but_its_shortest_request)
{
	static struct plan_request some[] = {
	    {.slot = 0,
		.every_ms = 200,
		.ask = {.space = SPACE_INPUT, .count = 9}},
	    {.slot = 0,
		.every_ms = 5000,
		.ask = {.space = SPACE_COIL, .count = 24}},
	    {.slot = 0,
		.every_ms = 200,
		.ask = {.space = SPACE_HOLDING, .count = 2}},
	    {.slot = 1,
		.every_ms = 1000,
		.ask = {.space = SPACE_INPUT, .count = 1}},
	};
	static struct plan two = {.slot_count = 2,
	    .request_count = 4,
	    .slots = slots,
	    .requests = some};
	struct turn *t = turn_new(&two, 0);

	for (int i = 0; i < 4; i++)
		turn_answered(t, i, 0);
	turn_probe(t, 0, 900); /* 24 coils are three characters */
	ck_assert_int_eq(turn_pick(t, 899), -1);
	ck_assert_int_eq(turn_wake(t), 900);
	ck_assert_int_eq(turn_pick(t, 900), 1);
	turn_failed(t, 1, 900);
	turn_failed(t, 1, 900);
	turn_probe(t, 0, 1900);
	ck_assert_int_eq(turn_pick(t, 1800), 3);
	turn_answered(t, 3, 1800);
	ck_assert_int_eq(turn_pick(t, 1900), 1);
	turn_restart(t, 0, 1950);
	ck_assert_int_eq(turn_pick(t, 1950), 0);
	turn_free(t);
}
END_TEST

START_TEST(nobody_starves_on_a_full_line)
{
	int went[3] = {0};
	int64_t now_ms = 0;

	/* Each exchange takes 400 ms: the fast one alone would fill it. */
	for (int i = 0; i < 300; i++, now_ms += 400) {
		int r = turn_pick(turn, now_ms);

		ck_assert_int_ge(r, 0);
		went[r]++;
		turn_answered(turn, r, now_ms + 400);
	}
	ck_assert_int_ge(went[0], 60);
	ck_assert_int_ge(went[2], 60);
	ck_assert_uint_gt(turn->missed, 0);
}
END_TEST

START_TEST(a_line_that_is_too_slow_is_shared_evenly)
{
	enum { UNITS = 10 };
	static struct plan_request equal[UNITS];
	static struct plan ten = {
	    .slot_count = 1, .request_count = UNITS, .requests = equal};
	int64_t now_ms = 0;
	int went[UNITS] = {0};
	struct turn *t;

	for (int i = 0; i < UNITS; i++)
		equal[i].every_ms = 500;
	ten.slots = slots;
	t = turn_new(&ten, 0);
	/* 7 of 10 find room in a period: not always the same 7. */
	for (int i = 0; i < 1000; i++, now_ms += 70) {
		int r = turn_pick(t, now_ms);

		ck_assert_int_ge(r, 0);
		went[r]++;
		turn_answered(t, r, now_ms + 70);
	}
	for (int i = 0; i < UNITS; i++) {
		ck_assert_int_ge(went[i], 95);
		ck_assert_int_le(went[i], 105);
	}
	turn_free(t);
}
END_TEST

/* Two urgent requests, a quick one and a slow one. */
static struct plan_request mixed[] = {
    {.slot = 0, .every_ms = 200},
    {.slot = 0, .every_ms = 2000, .urgent = true},
    {.slot = 1, .every_ms = 1000},
    {.slot = 1, .every_ms = 500, .urgent = true},
};
static struct plan alarms = {
    .slot_count = 2, .request_count = 4, .slots = slots, .requests = mixed};

START_TEST(an_urgent_request_goes_before_all_that_fell_due_with_it)
{
	struct turn *t = turn_new(&alarms, 0);
	static const int order[] = {1, 3, 0, 2};

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(turn_pick(t, 10 * i), order[i]);
		turn_answered(t, order[i], 10 * i + 5);
	}
	ck_assert_int_eq(turn_pick(t, 50), -1);
	turn_answered(t, 0, 250);
	turn_answered(t, 0, 450);
	/* The quick one is due since 600, the urgent one since 500. */
	ck_assert_int_eq(turn_pick(t, 650), 3);
	turn_free(t);
}
END_TEST

START_TEST(who_has_waited_for_a_whole_period_goes_before_an_urgent_request)
{
	struct turn *t = turn_new(&alarms, 0);

	for (int i = 0; i < 4; i++)
		turn_answered(t, i, 0);
	/* 0 was due from 200 to 400, 3 is since 500. */
	ck_assert_int_eq(turn_pick(t, 500), 0);
	turn_answered(t, 0, 510);
	ck_assert_int_eq(turn_pick(t, 510), 3);
	turn_free(t);
}
END_TEST

START_TEST(nobody_starves_beside_urgent_requests_that_fill_the_line)
{
	struct turn *t = turn_new(&alarms, 0);
	int64_t now_ms = 0, went_ms[4] = {0}, longest_ms[4] = {0};

	for (int i = 0; i < 1000; i++, now_ms += 450) {
		int r = turn_pick(t, now_ms);

		ck_assert_int_ge(r, 0);
		if (now_ms - went_ms[r] > longest_ms[r])
			longest_ms[r] = now_ms - went_ms[r];
		went_ms[r] = now_ms;
		turn_answered(t, r, now_ms + 450);
	}
	for (int r = 0; r < 4; r++) {
		ck_assert_int_le(longest_ms[r], 4000);
		ck_assert_int_le(now_ms - went_ms[r], 4000);
	}
	/* Its period, and each of the others once. */
	ck_assert_int_le(longest_ms[1], 2000 + 3 * 450);
	turn_free(t);
}
END_TEST

/* Values of two devices and, last, an identity of each. */
static struct plan_request asked[] = {
    {.slot = 0, .every_ms = 100},
    {.slot = 1, .every_ms = 3600000},
    {.slot = 0, .every_ms = PLAN_IDENTITY_EVERY_MS, .identity = true},
    {.slot = 1, .every_ms = PLAN_IDENTITY_EVERY_MS, .identity = true},
};
static struct plan known = {
    .slot_count = 2, .request_count = 4, .slots = slots, .requests = asked};

START_TEST(identities_go_before_everything_that_is_due)
{
	struct turn *t = turn_new(&known, 0);

	ck_assert_int_eq(turn_pick(t, 0), 2);
	turn_answered(t, 2, 0);
	ck_assert_int_eq(turn_pick(t, 0), 3);
	turn_answered(t, 3, 0);
	ck_assert_int_eq(turn_pick(t, 0), 0);
	turn_answered(t, 0, 0);
	ck_assert_int_eq(turn_pick(t, 0), 1);
	turn_answered(t, 1, 0);
	ck_assert_int_eq(turn_pick(t, 0), -1);
	ck_assert_int_eq(turn_pick(t, 59999), 0);
	ck_assert_int_eq(turn_pick(t, 60000), 2);
	turn_free(t);
}
END_TEST

START_TEST(a_device_that_is_back_is_asked_first_who_it_is)
{
	struct turn *t = turn_new(&known, 0);

	for (int i = 0; i < 4; i++)
		turn_answered(t, i, 0);
	turn_restart(t, 1, 5000);
	ck_assert_int_eq(turn_pick(t, 5000), 3);
	turn_answered(t, 3, 5010);
	ck_assert_int_eq(turn_pick(t, 5010), 0);
	turn_free(t);
}
END_TEST

START_TEST(a_device_held_back_holds_its_identity_and_nobody_elses)
{
	struct turn *t = turn_new(&known, 0);

	t->ready_ms[0] = 500;
	ck_assert_int_eq(turn_pick(t, 0), 3);
	turn_answered(t, 3, 0);
	ck_assert_int_eq(turn_pick(t, 0), 1);
	turn_answered(t, 1, 0);
	ck_assert_int_eq(turn_pick(t, 0), -1);
	ck_assert_int_eq(turn_pick(t, 500), 2);
	turn_free(t);
}
END_TEST

START_TEST(an_identity_that_failed_takes_its_turn_by_its_deadline)
{
	struct turn *t = turn_new(&known, 0);

	ck_assert_int_eq(turn_pick(t, 0), 2);
	ck_assert(turn_failed(t, 2, 0));
	ck_assert_int_ne(turn_pick(t, 0), 2); /* its retry is due, too */
	turn_answered(t, 2, 0);
	turn_answered(t, 3, 0);
	ck_assert_int_eq(turn_pick(t, PLAN_IDENTITY_EVERY_MS), 2);
	turn_free(t);
}
END_TEST

START_TEST(one_bad_try_does_not_cost_a_slow_request_its_period)
{
	static struct plan_request hourly = {.every_ms = 3600000};
	static struct plan one = {
	    .slot_count = 1, .request_count = 1, .requests = &hourly};
	int64_t now_ms = 0;
	struct turn *t;

	one.slots = slots;
	t = turn_new(&one, 0);
	ck_assert(turn_failed(t, 0, 0));
	for (int i = 0; i < 30; i++) {
		ck_assert(!turn_failed(t, 0, now_ms));
		ck_assert_int_eq(t->requests[0].due_ms - now_ms,
		    i < 9 ? INT64_C(10000) << i : 3600000);
		now_ms = t->requests[0].due_ms;
	}
	turn_free(t);
}
END_TEST

START_TEST(an_identity_that_fails_alone_is_asked_again_within_10_s)
{
	static const int64_t waits_ms[] = {1000, 2000, 4000, 8000, 10000};
	struct turn *t = turn_new(&known, 0);
	int64_t now_ms = 0;

	ck_assert(turn_failed(t, 2, 0));
	for (int i = 0; i < 30; i++) {
		ck_assert(!turn_failed(t, 2, now_ms));
		ck_assert_int_eq(
		    t->requests[2].due_ms - now_ms, waits_ms[i < 5 ? i : 4]);
		now_ms = t->requests[2].due_ms;
	}
	turn_free(t);
}
END_TEST

START_TEST(who_answers_late_who_he_is_is_asked_for_everything_again)
{
	struct turn *t = turn_new(&known, 0);

	turn_failed(t, 3, 0);
	turn_failed(t, 3, 0);
	turn_answered(t, 1, 0); /* of no use: its device is not known yet */
	turn_answered(t, 3, 1000);
	ck_assert_int_eq(t->requests[1].due_ms, 0);
	ck_assert_int_eq(t->requests[3].due_ms, 60000);
	turn_answered(t, 1, 1000);
	turn_answered(t, 3, 61000); /* in time: nothing is asked again */
	ck_assert_int_eq(t->requests[1].due_ms, 3600000);
	turn_free(t);
}
END_TEST

START_TEST(a_bus_without_requests_sleeps)
{
	struct plan none = {0};
	struct turn *t = turn_new(&none, 0);

	ck_assert_int_eq(turn_pick(t, 5), -1);
	ck_assert(turn_wake(t) == INT64_MAX);
	turn_free(t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("turn");
	TCase *t = tcase_create("turn");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_one_whose_period_ends_first_goes_first);
	tcase_add_test(t, a_request_keeps_to_its_own_grid);
	tcase_add_test(t, all_grids_go_through_the_same_moments);
	tcase_add_test(t, periods_that_are_over_are_counted_and_not_made_up);
	tcase_add_test(t, what_a_start_takes_is_not_missed);
	tcase_add_test(t, a_device_held_back_does_not_hold_the_others);
	tcase_add_test(t, the_first_failure_makes_a_retry_due_at_once);
	tcase_add_test(t, an_answer_to_the_retry_is_an_answer);
	tcase_add_test(
	    t, a_request_that_fails_alone_is_asked_less_often_but_always_again);
	tcase_add_test(t, a_device_that_is_back_is_asked_for_everything);
	tcase_add_test(
	    t, a_dead_device_is_asked_for_nothing_but_its_shortest_request);
	tcase_add_test(t, nobody_starves_on_a_full_line);
	tcase_add_test(t, a_line_that_is_too_slow_is_shared_evenly);
	tcase_add_test(
	    t, an_urgent_request_goes_before_all_that_fell_due_with_it);
	tcase_add_test(
	    t, who_has_waited_for_a_whole_period_goes_before_an_urgent_request);
	tcase_add_test(
	    t, nobody_starves_beside_urgent_requests_that_fill_the_line);
	tcase_add_test(t, identities_go_before_everything_that_is_due);
	tcase_add_test(t, a_device_that_is_back_is_asked_first_who_it_is);
	tcase_add_test(
	    t, a_device_held_back_holds_its_identity_and_nobody_elses);
	tcase_add_test(
	    t, an_identity_that_fails_alone_is_asked_again_within_10_s);
	tcase_add_test(
	    t, an_identity_that_failed_takes_its_turn_by_its_deadline);
	tcase_add_test(t, one_bad_try_does_not_cost_a_slow_request_its_period);
	tcase_add_test(
	    t, who_answers_late_who_he_is_is_asked_for_everything_again);
	tcase_add_test(t, a_bus_without_requests_sleeps);
	return suite_run(s);
}
