/* test_dispatch_clock.c - the wall clock is set, and events are lost, while
 * alarms stand */
#include "tests/dispatch_help.h"

#include "gateway/base/buf.h"

/* ---- the clock ---- */

static void
set_clock(int64_t by_ms)
{
	now.unix_ms += by_ms;
}

static const int64_t steps[] = {
    10 * HOUR, -10 * HOUR, 20000 * DAY, -400 * DAY, 2 * SECOND};

START_TEST(a_clock_that_is_set_makes_no_letter_false)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	ck_assert_uint_eq(count_said(0, "发生 12:00:00"), 1);
	set_clock(steps[_i]);
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_said(0, "（已3分钟无人确认）"), 1);
	if (_i < 2)
		ck_assert_uint_eq(count_said(0, "（已超时）"), 1);
}
END_TEST

START_TEST(the_times_of_deeds_and_of_the_end_move_with_the_clock)
{
	fakes[0].verdict = ROBOT_FAILED;
	go();
	raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	ack("lift/entrapment");
	run(MINUTE);
	clear("lift/entrapment");
	set_clock(2 * HOUR);
	fakes[0].verdict = ROBOT_SENT;
	run(2 * MINUTE);
	ck_assert_uint_eq(count_said(0, "发生 14:00:00"), 1);
	ck_assert_uint_eq(count_said(0, "恢复 14:02:00，历时2分钟"), 1);
	ck_assert_uint_eq(count_said(0, "已确认 王师傅 14:01:00"), 1);
}
END_TEST

/* An event after the step is by the clock as it is. */
START_TEST(an_event_after_the_step_is_not_moved)
{
	struct notice *n;

	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	n = raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	set_clock(10 * HOUR);
	n->since_ms += 10 * HOUR;
	take(n, ALARM_NOTE);
	run(3 * MINUTE);
	ck_assert_uint_eq(count_said(0, "22:00:00（已3分钟无人确认）"), 1);
}
END_TEST

START_TEST(a_clock_that_drifts_is_followed_in_the_end)
{
	conf.repeat_ms[0] = 10 * MINUTE;
	go();
	raise_alarm("lift/entrapment", 1);
	for (int i = 0; i < 600; i++) {
		run(SECOND);
		set_clock(100);
	}
	run(SECOND);
	ck_assert_uint_eq(count_said(0, "（已10分钟无人确认）"), 1);
}
END_TEST

START_TEST(letters_say_that_nobody_has_set_the_clock_while_that_is_so)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	now.unsynced = true;
	go();
	raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	ck_assert_uint_eq(count_said(0, "（时间未校准）"), 1);
	now.unsynced = false;
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_said(0, "时间未校准"), 1);
}
END_TEST

/* ---- events that were lost ---- */

static char texts[KEYS_MAX][1024];
static struct board_alarm shown[KEYS_MAX];
static struct board_view view;

/* The board as it stands: with what alarms say, whatever was told of it. */
static void
compare(void)
{
	view = (struct board_view){.alarms = shown};
	for (size_t i = 0; i < alarm_count; i++) {
		const struct notice *n = &alarms[i];
		struct board_alarm *a = &shown[view.count];
		struct buf key;

		if (n->state == ALARM_NORMAL)
			continue;
		buf_fixed(&key, a->key, sizeof(a->key));
		buf_printf(&key, "%s/%s", n->device, n->alarm);
		snprintf(texts[i], sizeof(texts[i]),
		    "\"state\":\"%s\",\"active\":%s,\"severity\":\"%s\","
		    "\"since\":%jd,\"count\":%u,\"text\":{\"zh\":\"%s\"},"
		    "\"shelved_until\":null,\"suppressed_by\":null,"
		    "\"out_of_service\":null,\"ack\":null,\"value\":null",
		    alarm_state_names[n->state], n->active ? "true" : "false",
		    alarm_severity_names[n->severity], (intmax_t)n->since_ms,
		    n->count, n->text_zh);
		a->log = "k3f9a1";
		a->seq = ++seq;
		a->members = texts[i];
		view.count++;
	}
	dispatch_compare(dispatch, &view, &now);
}

/* As raise_alarm, but the event is lost. */
static void
raise_unseen(const char *key, int severity)
{
	struct notice *n = alarm_of(key);

	n->severity = (uint8_t)(severity - 1);
	n->since_ms = now.unix_ms;
	n->count = 1;
	n->state = ALARM_UNACK;
	n->active = true;
	snprintf(n->text_zh, sizeof(n->text_zh), "<%s>", key);
}

START_TEST(a_raise_whose_event_was_lost_is_told)
{
	go();
	run(SECOND);
	raise_unseen("lift/entrapment", 1);
	compare();
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/entrapment", LETTER_RAISE), 1);
	compare();
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
}
END_TEST

START_TEST(an_end_whose_event_was_lost_is_told_without_a_time)
{
	go();
	raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	alarm_of("lift/entrapment")->state = ALARM_NORMAL;
	compare();
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_said(0, "【恢复】"), 1);
	ck_assert_uint_eq(count_said(0, "恢复\n"), 1);
	compare();
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
}
END_TEST

START_TEST(what_ended_and_was_raised_anew_unseen_is_news)
{
	go();
	raise_alarm("lift/entrapment", 1);
	run(MINUTE);
	raise_unseen("lift/entrapment", 1);
	compare();
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/entrapment", LETTER_RAISE), 2);
}
END_TEST

START_TEST(what_stands_as_it_stood_is_not_told_again)
{
	go();
	raise_alarm("lift/entrapment", 1);
	raise_alarm("pump/low", 2);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	set_clock(-3 * HOUR);
	alarm_of("lift/entrapment")->since_ms -= 3 * HOUR;
	alarm_of("pump/low")->since_ms -= 3 * HOUR;
	compare();
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dispatch_clock");
	TCase *t = tcase_create("clock"), *u = tcase_create("lost");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_loop_test(t, a_clock_that_is_set_makes_no_letter_false, 0,
	    (int)(sizeof(steps) / sizeof(steps[0])));
	tcase_add_test(
	    t, the_times_of_deeds_and_of_the_end_move_with_the_clock);
	tcase_add_test(t, an_event_after_the_step_is_not_moved);
	tcase_add_test(t, a_clock_that_drifts_is_followed_in_the_end);
	tcase_add_test(
	    t, letters_say_that_nobody_has_set_the_clock_while_that_is_so);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(u, start, finish);
	tcase_add_test(u, a_raise_whose_event_was_lost_is_told);
	tcase_add_test(u, an_end_whose_event_was_lost_is_told_without_a_time);
	tcase_add_test(u, what_ended_and_was_raised_anew_unseen_is_news);
	tcase_add_test(u, what_stands_as_it_stood_is_not_told_again);
	suite_add_tcase(s, u);
	return suite_run(s);
}
