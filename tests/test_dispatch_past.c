/* test_dispatch_past.c - killed and begun anew: nothing twice, nothing lost */
#include "tests/dispatch_help.h"

static const uint16_t to_office[] = {1};

START_TEST(what_was_raised_and_not_sent_is_sent_once_and_late)
{
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	restart(3 * SECOND);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
	ck_assert_str_eq(said[0].title, "【紧急】【补发】安居 <lift/trapped>");
	ck_assert_ptr_nonnull(strstr(said[0].text, "补发：迟到3秒"));
	ck_assert(said[0].late);
	ck_assert(!said[1].late); /* it would have waited for its like */
}
END_TEST

START_TEST(a_letter_under_way_when_it_was_killed_is_sent_again)
{
	fakes[0].took_ms = 5 * SECOND;
	go();
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	restart(SECOND);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

START_TEST(what_was_delivered_is_not_told_again)
{
	char key[32];

	go();
	for (int severity = 1; severity <= 4; severity++) {
		snprintf(key, sizeof(key), "lift/p%d", severity);
		raise_alarm(key, severity);
	}
	run(DAY);
	ck_assert_uint_eq(row_count, 4);
	restart(MINUTE);
	run(DAY);
	ck_assert_uint_eq(row_count, 4);
}
END_TEST

START_TEST(repeats_go_on_where_they_were)
{
	int64_t first_ms;

	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	first_ms = rows[0].at_ms;
	restart(MINUTE);
	run(2 * MINUTE);
	ck_assert_uint_eq(row_count, 2);
	ck_assert_int_eq(rows[1].why, LETTER_REPEAT);
	ck_assert_int_le(rows[1].at_ms - first_ms, 3 * MINUTE + SECOND);
	ck_assert(!rows[1].late);
}
END_TEST

START_TEST(escalation_goes_on_where_it_was)
{
	escalations[0] = (struct notify_escalation){.after_ms = 3 * MINUTE,
	    .severities = P(1),
	    .channel_count = 1,
	    .channels = to_office};
	escalations[1] = (struct notify_escalation){.after_ms = 10 * MINUTE,
	    .severities = P(1),
	    .channel_count = 1,
	    .channels = to_office,
	    .person_count = 1,
	    .people = of_boss};
	conf.escalation_count = 2;
	add_channel("office", P(3));
	go();
	raise_alarm("lift/trapped", 1);
	run(4 * MINUTE);
	restart(MINUTE);
	run(4 * MINUTE);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 1);
	run(2 * MINUTE);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 2);
	ck_assert(!last_said()->late);
	restart(HOUR);
	run(HOUR);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 2);
}
END_TEST

START_TEST(what_was_over_meanwhile_is_told_to_be_over)
{
	go();
	raise_alarm("lift/door", 2);
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	clear("lift/door"); /* RTNUN: it is on the board still */
	ack("lift/trapped");
	clear("lift/trapped"); /* NORMAL: it is not */
	restart(MINUTE);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 2);
	ck_assert_str_eq(last_said()->title, "【恢复】【补发】安居 2 条告警");
	restart(MINUTE);
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 2);
}
END_TEST

START_TEST(a_p1_that_came_and_went_untold_is_told_once_with_its_end)
{
	go();
	raise_alarm("lift/trapped", 1);
	clear("lift/trapped");
	restart(MINUTE);
	run(MINUTE);
	ck_assert_uint_eq(row_count, 1);
	ck_assert_int_eq(rows[0].why, LETTER_CLEAR);
	restart(MINUTE);
	run(HOUR);
	ck_assert_uint_eq(row_count, 1);
}
END_TEST

START_TEST(what_came_again_before_the_kill_is_told_again)
{
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	clear("lift/trapped");
	raise_alarm("lift/trapped", 1);
	restart(MINUTE);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 2);
	clear("lift/trapped");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
}
END_TEST

START_TEST(what_is_hidden_is_not_told_at_the_start_but_then)
{
	go();
	raise_alarm("lift/door", 2);
	hide("lift/door");
	restart(MINUTE);
	run(HOUR);
	ck_assert_uint_eq(row_count, 0);
	unhide("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(row_count, 1);
}
END_TEST

START_TEST(what_waited_for_quiet_hours_goes_on_waiting)
{
	conf.has_quiet = true;
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3) | P(4);
	go();
	run_to(AT(23, 0));
	raise_alarm("lift/a", 3);
	restart(MINUTE);
	run_to(AT(6, 59));
	ck_assert_uint_eq(row_count, 0);
	/* and over their end */
	restart(2 * HOUR);
	run(SECOND);
	ck_assert_uint_eq(row_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
}
END_TEST

START_TEST(a_days_digest_that_was_missed_is_told_at_the_start)
{
	go();
	raise_alarm("lift/service", 4);
	run(HOUR);
	restart(DAY);
	run(SECOND);
	ck_assert_uint_eq(row_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
}
END_TEST

static size_t
count_in_the_last_minute(int64_t before_ms)
{
	int64_t until_ms = now.mono_ms - before_ms;
	size_t count = 0;

	for (size_t i = 0; i < said_count; i++)
		count += said[i].begun_ms > until_ms - MINUTE &&
		    said[i].begun_ms <= until_ms;
	return count;
}

START_TEST(requests_of_the_last_minute_count)
{
	char key[32];

	go();
	for (int i = 0; i < 14; i++) {
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
		run(SECOND);
	}
	ck_assert_uint_eq(said_count, 6);
	restart(SECOND);
	for (int i = 0; i < 60; i++) {
		snprintf(key, sizeof(key), "lift/then-%d", i);
		raise_alarm(key, 1);
		run(SECOND);
	}
	ck_assert_uint_le(count_in_the_last_minute(16 * SECOND), 15);
	ck_assert_uint_le(count_in_the_last_minute(0), 15);
}
END_TEST

START_TEST(requests_count_though_the_clock_was_set_back)
{
	char key[32];

	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/first", 1);
	run(SECOND);
	fakes[0].verdict = ROBOT_SENT;
	now.unix_ms -= HOUR;
	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
		run(SECOND);
	}
	ck_assert_uint_ge(said_count, 10);
	restart(SECOND);
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "lift/then-%d", i);
		raise_alarm(key, 1);
		run(800);
	}
	ck_assert_uint_le(count_in_the_last_minute(0), 15);
}
END_TEST

START_TEST(a_robot_that_was_silent_is_left_alone_over_a_restart)
{
	go();
	fakes[0].verdict = ROBOT_BUSY;
	fakes[0].retry_after_ms = 10 * MINUTE;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(said_count, 1);
	restart(5 * SECOND);
	fakes[0].verdict = ROBOT_SENT;
	run(9 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	/* it spoke since */
	restart(SECOND);
	raise_alarm("lift/next", 1);
	run(SECOND);
	ck_assert_uint_eq(said_count, 3);
}
END_TEST

START_TEST(no_robot_is_silent_for_longer_by_a_clock_that_was_set_back)
{
	go();
	fakes[0].verdict = ROBOT_BUSY;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	now.unix_ms -= DAY;
	restart(SECOND);
	fakes[0].verdict = ROBOT_SENT;
	run(SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

START_TEST(one_of_which_only_its_name_is_known_is_told_to_be_over)
{
	dispatch = dispatch_new(&conf);
	dispatch_past(dispatch,
	    &(struct dispatch_past){.channel = "duty",
		.key = "lift/door",
		.since_ms = NOON - HOUR,
		.ts_ms = NOON - HOUR,
		.sent = true});
	dispatch_past(dispatch,
	    &(struct dispatch_past){.channel = "duty",
		.key = "lift/failed",
		.ts_ms = NOON - HOUR,
		.sent = false});
	dispatch_past(dispatch,
	    &(struct dispatch_past){.channel = "gone",
		.key = "lift/elsewhere",
		.ts_ms = NOON - HOUR,
		.sent = true});
	dispatch_past(dispatch,
	    &(struct dispatch_past){
		.channel = "duty", .key = "no key", .sent = true});
	dispatch_begin(dispatch, &now);
	run(HOUR);
	ck_assert_uint_eq(row_count, 1);
	ck_assert_str_eq(rows[0].key, "lift/door");
	ck_assert_str_eq(said[0].title, "【恢复】安居 电梯 door");
}
END_TEST

START_TEST(a_new_channel_is_told_what_stands)
{
	go();
	raise_alarm("lift/door", 2);
	raise_alarm("lift/taken", 2);
	run(MINUTE);
	ack("lift/taken");
	finish();
	add_channel("office", ALL);
	restart(MINUTE);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 2);
	ck_assert_uint_eq(count_sent(1, "lift/door", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(1, "lift/taken", LETTER_RAISE), 0);
}
END_TEST

START_TEST(people_who_were_told_before_are_named)
{
	shifts[0] =
	    (struct notify_shift){"day", {AT(7, 0), AT(15, 0)}, 1, of_li};
	conf.shift_count = 1;
	conf.repeat_ms[0] = 4 * HOUR;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	restart(MINUTE);
	run(4 * HOUR); /* he is at home by now */
	ck_assert_int_eq(last_said()->why, LETTER_REPEAT);
	ck_assert_str_eq(last_said()->mentions, "");
	ck_assert_ptr_nonnull(strstr(last_said()->text, "已通知 li  未确认"));
}
END_TEST

START_TEST(a_clock_that_was_set_back_makes_nothing_late_or_never)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	now.unix_ms -= 100 * DAY;
	restart(SECOND);
	run(4 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_REPEAT), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dispatch_past");
	TCase *t = tcase_create("dispatch_past");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, what_was_raised_and_not_sent_is_sent_once_and_late);
	tcase_add_test(t, a_letter_under_way_when_it_was_killed_is_sent_again);
	tcase_add_test(t, what_was_delivered_is_not_told_again);
	tcase_add_test(t, repeats_go_on_where_they_were);
	tcase_add_test(t, escalation_goes_on_where_it_was);
	tcase_add_test(t, what_was_over_meanwhile_is_told_to_be_over);
	tcase_add_test(
	    t, a_p1_that_came_and_went_untold_is_told_once_with_its_end);
	tcase_add_test(t, what_came_again_before_the_kill_is_told_again);
	tcase_add_test(t, what_is_hidden_is_not_told_at_the_start_but_then);
	tcase_add_test(t, what_waited_for_quiet_hours_goes_on_waiting);
	tcase_add_test(t, a_days_digest_that_was_missed_is_told_at_the_start);
	tcase_add_test(t, requests_of_the_last_minute_count);
	tcase_add_test(t, requests_count_though_the_clock_was_set_back);
	tcase_add_test(t, a_robot_that_was_silent_is_left_alone_over_a_restart);
	tcase_add_test(
	    t, no_robot_is_silent_for_longer_by_a_clock_that_was_set_back);
	tcase_add_test(
	    t, one_of_which_only_its_name_is_known_is_told_to_be_over);
	tcase_add_test(t, a_new_channel_is_told_what_stands);
	tcase_add_test(t, people_who_were_told_before_are_named);
	tcase_add_test(
	    t, a_clock_that_was_set_back_makes_nothing_late_or_never);
	suite_add_tcase(s, t);
	return suite_run(s);
}
