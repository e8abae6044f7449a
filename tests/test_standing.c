/*
 * test_standing.c - which alarm topics are due, in what order, and what is
 * cleared
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "gateway/sinks/standing.h"
#include "tests/suite.h"

#define ALARMS_MAX 2000

static struct standing *s;
static struct standing_job job;
static struct board_alarm alarms[ALARMS_MAX];
static struct board_view view;

/* The view is of the alarms of this text, "b/fire:7 a/heat:3": keys, each with
 * the board's count when it was put there. */
static void
look_at(const char *text)
{
	int used;

	view = (struct board_view){.alarms = alarms};
	for (; *text != '\0'; text += used) {
		struct board_alarm *a = &alarms[view.count++];

		a->log = "k3f9a1zz";
		ck_assert_int_eq(
		    sscanf(text, "%31[^:]:%ju %n", a->key, &a->change, &used),
		    2);
	}
	standing_look(s, &view);
}

/* The next job as text: "put b/fire", "clear a/heat", or "none". */
static const char *
next(void)
{
	static char text[ORDER_KEY_MAX + 16];

	if (!standing_take(s, &job))
		return "none";
	if (!job.clear)
		ck_assert_str_eq(job.key, view.alarms[job.at].key);
	snprintf(
	    text, sizeof(text), "%s %s", job.clear ? "clear" : "put", job.key);
	return text;
}

static void
take_all(void)
{
	while (standing_take(s, &job))
		;
}

static void
setup(void)
{
	s = standing_new();
}

static void
teardown(void)
{
	standing_free(s);
}

START_TEST(nothing_is_due_before_the_first_look)
{
	ck_assert_str_eq(next(), "none");
	standing_seen(s, "a/heat"); /* nobody knows whether it stands */
	ck_assert_str_eq(next(), "none");
	look_at("");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_stands_is_due_once_a_connection_in_the_order_of_the_board)
{
	look_at("b/fire:7 c/fire:9 a/heat:3");
	for (int connection = 0; connection < 2; connection++) {
		ck_assert_str_eq(next(), "put b/fire");
		ck_assert_str_eq(next(), "put c/fire");
		ck_assert_str_eq(next(), "put a/heat");
		ck_assert_str_eq(next(), "none");
		standing_forget(s);
	}
}
END_TEST

START_TEST(a_new_event_makes_an_alarm_due_and_a_look_alone_does_not)
{
	look_at("b/fire:7 a/heat:3");
	take_all();
	look_at("a/heat:3 b/fire:7");
	ck_assert_str_eq(next(), "none");
	look_at("a/heat:8 b/fire:7");
	ck_assert_str_eq(next(), "put a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_was_put_anew_under_its_old_event_is_due)
{
	look_at("a/heat:3");
	take_all();
	look_at("a/heat:4");
	ck_assert_uint_eq(alarms[0].seq, 0);
	ck_assert_str_eq(next(), "put a/heat");
}
END_TEST

START_TEST(what_was_due_stays_due_at_its_new_place)
{
	look_at("b/fire:7 a/heat:3 c/smoke:4");
	ck_assert_str_eq(next(), "put b/fire");
	look_at("d/fire:9 c/smoke:4 b/fire:7 a/heat:3");
	ck_assert_str_eq(next(), "put d/fire");
	ck_assert_str_eq(next(), "put c/smoke");
	ck_assert_str_eq(next(), "put a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_left_is_cleared_once_after_what_stands)
{
	look_at("b/fire:7 a/heat:3");
	take_all();
	look_at("b/fire:8");
	ck_assert_str_eq(next(), "put b/fire");
	ck_assert_str_eq(next(), "clear a/heat");
	ck_assert_str_eq(next(), "none");
	look_at("b/fire:8");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_left_between_two_connections_is_cleared)
{
	look_at("a/heat:3");
	take_all();
	standing_forget(s);
	look_at("");
	ck_assert_str_eq(next(), "clear a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_left_and_could_not_be_sent_is_cleared_on_the_next_connection)
{
	look_at("a/heat:3");
	take_all();
	look_at("");
	standing_forget(s);
	ck_assert_str_eq(next(), "clear a/heat");
}
END_TEST

START_TEST(what_comes_back_before_it_is_cleared_is_told_and_not_cleared)
{
	look_at("a/heat:3");
	take_all();
	look_at("");
	look_at("a/heat:5");
	ck_assert_str_eq(next(), "put a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_comes_back_after_it_was_cleared_is_told)
{
	look_at("a/heat:3");
	take_all();
	look_at("");
	ck_assert_str_eq(next(), "clear a/heat");
	look_at("a/heat:3");
	ck_assert_str_eq(next(), "put a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_the_broker_holds_of_nobody_is_cleared_once)
{
	look_at("a/heat:3");
	take_all();
	standing_seen(s, "a/heat"); /* stands */
	standing_seen(s, "gone/fire");
	standing_seen(s, "gone/fire");
	ck_assert_str_eq(next(), "clear gone/fire");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(a_stranger_that_is_raised_is_not_cleared)
{
	look_at("");
	standing_seen(s, "a/heat");
	look_at("a/heat:3");
	ck_assert_str_eq(next(), "put a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(what_is_seen_and_leaves_before_it_is_told_is_cleared)
{
	look_at("a/heat:3");
	standing_seen(s, "a/heat"); /* an older state of it */
	look_at("");
	ck_assert_str_eq(next(), "clear a/heat");
	ck_assert_str_eq(next(), "none");
}
END_TEST

START_TEST(a_key_that_is_too_long_is_not_noted)
{
	char key[ORDER_KEY_MAX + 1];

	look_at("");
	memset(key, 'x', sizeof(key));
	key[ORDER_KEY_MAX] = '\0';
	standing_seen(s, key);
	ck_assert_str_eq(next(), "none");
	key[ORDER_KEY_MAX - 1] = '\0';
	standing_seen(s, key);
	ck_assert_int_eq(strncmp(next(), "clear xxx", 9), 0);
}
END_TEST

START_TEST(of_too_many_strangers_some_are_noted_and_of_ours_all)
{
	char key[32];
	size_t cleared = 0;

	view = (struct board_view){.alarms = alarms, .count = ALARMS_MAX};
	for (int i = 0; i < ALARMS_MAX; i++) {
		alarms[i].log = "k3f9a1zz";
		snprintf(alarms[i].key, sizeof(alarms[i].key), "d-%d/heat", i);
	}
	standing_look(s, &view);
	take_all();
	for (int i = 0; i < 2 * STANDING_STRANGERS_MAX; i++) {
		snprintf(key, sizeof(key), "gone-%d/fire", i);
		standing_seen(s, key);
	}
	look_at("");
	while (standing_take(s, &job))
		cleared += job.clear;
	ck_assert_uint_eq(cleared, STANDING_STRANGERS_MAX + ALARMS_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("standing");
	TCase *t = tcase_create("standing");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_due_before_the_first_look);
	tcase_add_test(
	    t, what_stands_is_due_once_a_connection_in_the_order_of_the_board);
	tcase_add_test(
	    t, a_new_event_makes_an_alarm_due_and_a_look_alone_does_not);
	tcase_add_test(t, what_was_put_anew_under_its_old_event_is_due);
	tcase_add_test(t, what_was_due_stays_due_at_its_new_place);
	tcase_add_test(t, what_left_is_cleared_once_after_what_stands);
	tcase_add_test(t, what_left_between_two_connections_is_cleared);
	tcase_add_test(t,
	    what_left_and_could_not_be_sent_is_cleared_on_the_next_connection);
	tcase_add_test(
	    t, what_comes_back_before_it_is_cleared_is_told_and_not_cleared);
	tcase_add_test(t, what_comes_back_after_it_was_cleared_is_told);
	tcase_add_test(t, what_the_broker_holds_of_nobody_is_cleared_once);
	tcase_add_test(t, a_stranger_that_is_raised_is_not_cleared);
	tcase_add_test(t, what_is_seen_and_leaves_before_it_is_told_is_cleared);
	tcase_add_test(t, a_key_that_is_too_long_is_not_noted);
	tcase_add_test(t, of_too_many_strangers_some_are_noted_and_of_ours_all);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
