/* test_dispatch_changes.c - until somebody has it, it is over, or hidden; and
 * to whom it goes, while all channels work */
#include "tests/dispatch_help.h"

/* ---- until somebody has it ---- */

START_TEST(what_nobody_acknowledges_is_told_again)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	conf.repeat_ms[1] = 30 * MINUTE;
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	raise_alarm("lift/level", 3);
	run(HOUR + MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_REPEAT), 20);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_REPEAT), 2);
	ck_assert_uint_eq(count_sent(0, "lift/level", LETTER_REPEAT), 0);
}
END_TEST

START_TEST(nothing_is_told_again_once_somebody_has_it)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/over", 1);
	raise_alarm("lift/hidden", 1);
	run(4 * MINUTE);
	ack("lift/trapped");
	clear("lift/over");
	hide("lift/hidden");
	run(SECOND);
	row_count = 0;
	run(HOUR);
	ck_assert_uint_eq(row_count, 0);
}
END_TEST

START_TEST(repeats_of_several_p1s_go_together)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	raise_alarm("lift/a", 1);
	run(5 * SECOND);
	raise_alarm("lift/b", 1);
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 3);
	ck_assert_int_eq(said[2].why, LETTER_REPEAT);
	ck_assert_uint_eq(said[2].rows, 2);
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 4);
	ck_assert_uint_eq(said[3].rows, 2);
}
END_TEST

static void
escalate_to(size_t step, int64_t after_ms, const uint16_t *channel,
    const uint16_t *person)
{
	escalations[step] = (struct notify_escalation){.after_ms = after_ms,
	    .severities = P(1),
	    .channel_count = channel != NULL,
	    .channels = channel,
	    .person_count = person != NULL,
	    .people = person};
	conf.escalation_count = step + 1;
}

static const uint16_t to_office[] = {1};

START_TEST(each_step_of_escalation_is_told_once)
{
	add_channel("office", P(3));
	escalate_to(0, 3 * MINUTE, to_office, NULL);
	escalate_to(1, 10 * MINUTE, NULL, of_boss);
	go();
	raise_alarm("lift/trapped", 1);
	run(3 * MINUTE - 1);
	ck_assert_uint_eq(count_said(1, "<lift/trapped>"), 0);
	run(SECOND);
	/* a channel that is reached by escalation alone */
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 1);
	ck_assert_uint_eq(count_said(1, "升级"), 1);
	run(7 * MINUTE);
	/* a person: on each channel that takes it, or was told */
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 2);
	ck_assert_str_eq(last_said()->mentions, "boss");
	run(DAY);
	ck_assert_uint_eq(count_sent(-1, NULL, LETTER_ESCALATE), 3);
}
END_TEST

START_TEST(what_somebody_has_is_not_escalated)
{
	add_channel("office", P(3));
	escalate_to(0, 3 * MINUTE, to_office, NULL);
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	raise_alarm("lift/over", 1);
	raise_alarm("lift/hidden", 1);
	run(MINUTE);
	ack("lift/trapped");
	clear("lift/over");
	hide("lift/hidden");
	run(HOUR);
	ck_assert_uint_eq(count_sent(-1, NULL, LETTER_ESCALATE), 0);
}
END_TEST

START_TEST(a_new_round_is_escalated_anew)
{
	add_channel("office", P(3));
	escalate_to(0, 3 * MINUTE, to_office, NULL);
	go();
	raise_alarm("lift/trapped", 1);
	run(4 * MINUTE);
	ack("lift/trapped");
	run(MINUTE);
	raise_alarm("lift/trapped", 1);
	run(4 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 2);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 2);
}
END_TEST

START_TEST(repeats_go_to_whom_it_was_escalated_too)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	add_channel("office", P(3));
	escalate_to(0, 4 * MINUTE, to_office, of_boss);
	go();
	raise_alarm("lift/trapped", 1);
	run(8 * MINUTE);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_REPEAT), 1);
	ck_assert_uint_eq(count_said(1, "boss"), 2);
}
END_TEST

START_TEST(a_step_that_was_missed_is_in_the_next)
{
	escalate_to(0, 3 * MINUTE, NULL, of_li);
	escalate_to(1, 10 * MINUTE, NULL, of_boss);
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	fakes[0].verdict = ROBOT_FAILED;
	run(10 * MINUTE);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
	ck_assert_str_eq(last_said()->mentions, "boss li");
	conf.repeat_ms[0] = 30 * MINUTE;
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
	ck_assert_int_eq(last_said()->why, LETTER_REPEAT);
	ck_assert_str_eq(last_said()->mentions, "boss li");
}
END_TEST

START_TEST(a_p3_is_not_told_again_by_night_nor_in_a_flood)
{
	char key[32];

	add_channel("office", P(4));
	escalate_to(0, 12 * HOUR, to_office, NULL);
	escalations[0].severities = P(3);
	conf.repeat_ms[2] = HOUR;
	conf.has_quiet = true;
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3);
	go();
	raise_alarm("lift/level", 3);
	run_to(AT(22, 0)); /* each hour since noon, and ten seconds */
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_REPEAT), 9);
	run_to(AT(6, 59));
	ck_assert_uint_eq(count_sent(-1, NULL, LETTER_REPEAT), 9);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 0);
	run_to(AT(7, 30));
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_REPEAT), 10);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 1);
	for (int i = 0; i < 120; i++) {
		snprintf(key, sizeof(key), "lift/%d", i);
		raise_alarm(key, 3);
		run(30 * SECOND); /* a flood of an hour */
	}
	ck_assert_uint_eq(count_sent(0, "lift/level", LETTER_REPEAT), 10);
}
END_TEST

/* ---- it changes while it waits ---- */

START_TEST(what_is_acknowledged_while_it_waits_is_told_no_more)
{
	go();
	raise_alarm("lift/door", 2);
	run(5 * SECOND);
	ack("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(said_count, 0);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(said_count, 0);
}
END_TEST

START_TEST(a_p1_that_is_acknowledged_while_it_waits_says_who_has_it)
{
	go();
	raise_alarm("lift/trapped", 1);
	ack("lift/trapped");
	run(SECOND);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_RAISE);
	ck_assert_ptr_nonnull(strstr(said[0].text, "已确认 王师傅"));
	ck_assert_str_eq(said[0].mentions, "");
}
END_TEST

START_TEST(what_is_over_before_it_is_told_is_not_told)
{
	go();
	raise_alarm("lift/door", 2);
	run(9 * SECOND);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(said_count, 0);
}
END_TEST

START_TEST(a_p1_that_is_over_before_it_is_told_is_told_with_its_end)
{
	go();
	raise_alarm("lift/trapped", 1);
	clear("lift/trapped");
	run(HOUR);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_said(0, "发生 12:00:00"), 1);
	ck_assert_uint_eq(count_said(0, "恢复 12:00:00，历时0秒"), 1);
}
END_TEST

START_TEST(what_is_hidden_while_it_waits_is_not_told)
{
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	hide("lift/trapped");
	hide("lift/door");
	run(HOUR);
	clear("lift/trapped");
	run(HOUR);
	ck_assert_uint_eq(said_count, 0);
}
END_TEST

START_TEST(what_comes_out_of_hiding_is_a_raise_then)
{
	go();
	raise_alarm("lift/door", 2);
	alarm_of("lift/fault")->hidden = true;
	raise_alarm("lift/fault", 2);
	run(MINUTE);
	hide("lift/door");
	ack("lift/fault");
	run(HOUR);
	unhide("lift/door");
	unhide("lift/fault"); /* somebody has it */
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 2);
	ck_assert_uint_eq(count_sent(0, "lift/fault", LETTER_RAISE), 0);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_CLEAR), 1);
}
END_TEST

START_TEST(what_is_over_while_it_is_hidden_is_said_to_be_over)
{
	go();
	raise_alarm("lift/door", 2);
	run(MINUTE);
	hide("lift/door");
	run(MINUTE);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_CLEAR), 1);
}
END_TEST

START_TEST(what_comes_again_before_its_end_was_told_has_one_end)
{
	go();
	raise_alarm("lift/door", 2);
	run(MINUTE);
	clear("lift/door");
	run(5 * SECOND);
	raise_alarm("lift/door", 2);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 2);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 0);
	ck_assert_uint_eq(count_said(0, "反复 2 次"), 1);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
}
END_TEST

START_TEST(an_end_that_comes_while_the_letter_is_under_way_is_told_after_it)
{
	fakes[0].took_ms = 4 * SECOND;
	go();
	raise_alarm("lift/door", 2);
	run(DISPATCH_GROUP_MS + SECOND);
	clear("lift/door");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
}
END_TEST

START_TEST(a_latched_alarm_is_over_when_it_is_reset)
{
	struct notice *n;

	go();
	n = raise_alarm("lift/trapped", 1);
	run(MINUTE);
	n->active = false; /* it latches: UNACK, then LATCHED */
	take(n, ALARM_CLEAR);
	run(MINUTE);
	n->state = ALARM_LATCHED;
	n->ack = (struct alarm_deed){"王师傅", now.unix_ms};
	take(n, ALARM_ACK);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
	n->state = ALARM_NORMAL;
	take(n, ALARM_RESET);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
}
END_TEST

START_TEST(what_is_gone_from_the_configuration_is_said_to_be_gone)
{
	struct notice gone = {.device = "lift",
	    .alarm = "door",
	    .change = ALARM_GONE,
	    .severity = SEVERITY_P4,
	    .log = "k3f9a1",
	    .seq = 100};

	go();
	raise_alarm("lift/door", 2);
	run(MINUTE);
	dispatch_take(dispatch, &gone, &now);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_said(0, "配置中已无此告警"), 1);
	ck_assert_str_eq(said[1].title, "【恢复】安居 <lift/door>");
}
END_TEST

START_TEST(an_event_that_was_taken_before_changes_nothing)
{
	struct notice raised;

	go();
	raised = *raise_alarm("lift/door", 2);
	run(MINUTE);
	ack("lift/door");
	dispatch_take(dispatch, &raised, &now);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

START_TEST(an_alarm_of_another_severity_now_goes_by_that)
{
	struct notice *n;

	add_channel("p1", P(1));
	go();
	n = raise_alarm("lift/trapped", 4);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 0);
	n->severity = SEVERITY_P1;
	take(n, ALARM_NOTE);
	run(SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 1);
}
END_TEST

/* ---- to whom ---- */

START_TEST(a_channel_gets_what_its_severities_and_kinds_let_through)
{
	static const char *const lifts[] = {"elevator"};

	add_channel("p1", P(1));
	add_channel("lifts", ALL);
	channels[2].kinds = lifts;
	channels[2].kind_count = 1;
	go();
	raise_alarm("lift/trapped", 1);
	raise_alarm("pump/leak", 2);
	raise_alarm("lift/door", 2);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 3);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(2, NULL, LETTER_RAISE), 2);
	ck_assert_uint_eq(count_sent(2, "pump/leak", LETTER_RAISE), 0);
}
END_TEST

START_TEST(people_of_the_channel_and_on_duty_are_mentioned)
{
	channels[0].mention = of_wang;
	channels[0].mention_count = 1;
	shifts[0] =
	    (struct notify_shift){"day", {AT(7, 0), AT(15, 0)}, 1, of_li};
	shifts[1] =
	    (struct notify_shift){"night", {AT(15, 0), AT(7, 0)}, 1, of_boss};
	conf.shift_count = 2;
	go();
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_str_eq(last_said()->mentions, "wang li");
	ck_assert_ptr_nonnull(strstr(last_said()->text, "已通知 wang、li"));
	run_to(AT(16, 0));
	raise_alarm("lift/door", 2);
	run(MINUTE);
	ck_assert_str_eq(last_said()->mentions, "wang boss");
	raise_alarm("lift/level", 3);
	run(MINUTE);
	ck_assert_str_eq(last_said()->mentions, "");
	clear("lift/trapped");
	run(SECOND);
	ck_assert_str_eq(last_said()->mentions, "");
}
END_TEST

START_TEST(nobody_is_mentioned_who_is_not_known_there)
{
	channels[0].mention = of_wang;
	channels[0].mention_count = 1;
	channels[0].type = CHANNEL_FEISHU;
	go();
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_str_eq(last_said()->mentions, "");
	ck_assert_ptr_null(strstr(last_said()->text, "wang"));
}
END_TEST

START_TEST(a_simulated_alarm_is_told_with_its_mark)
{
	go();
	alarm_of("lift/trapped")->test = true;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_str_eq(said[0].title, "【测试】【紧急】安居 <lift/trapped>");
}
END_TEST

START_TEST(a_recovery_goes_where_it_was_told_that_it_is_there)
{
	add_channel("office", ALL);
	fakes[1].verdict = ROBOT_FAILED;
	go();
	raise_alarm("lift/door", 2);
	run(30 * SECOND);
	clear("lift/door");
	fakes[1].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_CLEAR), 0);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 0);
}
END_TEST

static TCase *
unacknowledged(void)
{
	TCase *t = tcase_create("unacknowledged");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, what_nobody_acknowledges_is_told_again);
	tcase_add_test(t, nothing_is_told_again_once_somebody_has_it);
	tcase_add_test(t, repeats_of_several_p1s_go_together);
	tcase_add_test(t, each_step_of_escalation_is_told_once);
	tcase_add_test(t, what_somebody_has_is_not_escalated);
	tcase_add_test(t, a_new_round_is_escalated_anew);
	tcase_add_test(t, repeats_go_to_whom_it_was_escalated_too);
	tcase_add_test(t, a_step_that_was_missed_is_in_the_next);
	tcase_add_test(t, a_p3_is_not_told_again_by_night_nor_in_a_flood);
	return t;
}

static TCase *
changes(void)
{
	TCase *t = tcase_create("changes");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, what_is_acknowledged_while_it_waits_is_told_no_more);
	tcase_add_test(
	    t, a_p1_that_is_acknowledged_while_it_waits_says_who_has_it);
	tcase_add_test(t, what_is_over_before_it_is_told_is_not_told);
	tcase_add_test(
	    t, a_p1_that_is_over_before_it_is_told_is_told_with_its_end);
	tcase_add_test(t, what_is_hidden_while_it_waits_is_not_told);
	tcase_add_test(t, what_comes_out_of_hiding_is_a_raise_then);
	tcase_add_test(t, what_is_over_while_it_is_hidden_is_said_to_be_over);
	tcase_add_test(t, what_comes_again_before_its_end_was_told_has_one_end);
	tcase_add_test(t,
	    an_end_that_comes_while_the_letter_is_under_way_is_told_after_it);
	tcase_add_test(t, a_latched_alarm_is_over_when_it_is_reset);
	tcase_add_test(
	    t, what_is_gone_from_the_configuration_is_said_to_be_gone);
	tcase_add_test(t, an_event_that_was_taken_before_changes_nothing);
	tcase_add_test(t, an_alarm_of_another_severity_now_goes_by_that);
	return t;
}

static TCase *
whom(void)
{
	TCase *t = tcase_create("whom");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(
	    t, a_channel_gets_what_its_severities_and_kinds_let_through);
	tcase_add_test(t, people_of_the_channel_and_on_duty_are_mentioned);
	tcase_add_test(t, nobody_is_mentioned_who_is_not_known_there);
	tcase_add_test(t, a_simulated_alarm_is_told_with_its_mark);
	tcase_add_test(t, a_recovery_goes_where_it_was_told_that_it_is_there);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("dispatch_changes");

	suite_add_tcase(s, unacknowledged());
	suite_add_tcase(s, changes());
	suite_add_tcase(s, whom());
	return suite_run(s);
}
