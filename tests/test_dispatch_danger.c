/* test_dispatch_danger.c - what is dangerous is told first, what is not any
 * more is told so, and an end only to who heard of the begin */
#include "tests/dispatch_help.h"

static const uint16_t to_office[] = {1};
static struct sweep_list cars;

/* A power cut with a car that somebody is in. */
static struct notice *
cut(void)
{
	struct notice *n = alarm_of("pump/power_cut");

	cars = (struct sweep_list){.count = 1, .phases = 7};
	strcpy(cars.cars[0].device, "lift");
	cars.cars[0].was.occupied = CAR_PERSON;
	n->cars = &cars;
	return raise_alarm("pump/power_cut", 1);
}

static void
come_back(struct notice *n)
{
	n->active = false;
	take(n, ALARM_CLEAR);
}

START_TEST(a_repeat_tells_a_cut_as_it_is_by_then)
{
	struct notice *n;

	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	n = cut();
	run(MINUTE);
	ck_assert_uint_eq(count_said(0, "停电，影响电梯1台，有人1台"), 1);
	run(MINUTE);
	come_back(n);
	run(2 * MINUTE);
	ck_assert_int_eq(last_said()->why, LETTER_REPEAT);
	ck_assert_ptr_nonnull(strstr(last_said()->title, "已来电"));
	ck_assert_ptr_nonnull(strstr(last_said()->text, "已来电 12:02:00"));
	cars.cars[0].back = true;
	take(n, ALARM_CARS);
	run(3 * MINUTE);
	ck_assert_ptr_nonnull(strstr(last_said()->text, "已恢复运行"));
}
END_TEST

START_TEST(a_cut_that_is_calm_is_not_escalated_and_told_once_and_then_seldom)
{
	struct notice *n;

	add_channel("office", P(3));
	escalations[0] = (struct notify_escalation){.after_ms = 10 * MINUTE,
	    .severities = P(1),
	    .channel_count = 1,
	    .channels = to_office};
	conf.escalation_count = 1;
	conf.repeat_ms[0] = 3 * MINUTE;
	conf.repeat_ms[1] = 30 * MINUTE;
	go();
	n = cut();
	run(MINUTE);
	cars.cars[0].checked = (struct alarm_deed){"王师傅", now.unix_ms};
	come_back(n);
	run(4 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_ptr_nonnull(strstr(said[1].title, "均已恢复或核实"));
	run(20 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	run(20 * MINUTE);
	ck_assert_uint_eq(said_count, 3);
	n->active = true; /* the supply goes again */
	cars.cars[0].checked.by[0] = '\0';
	raise_alarm("pump/power_cut", 1);
	run(11 * MINUTE);
	ck_assert_uint_gt(said_count, 5);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 1);
}
END_TEST

START_TEST(the_end_of_a_p1_is_told_to_nobody_who_did_not_hear_of_it)
{
	add_channel("office", ALL);
	fakes[1].verdict = ROBOT_FAILED;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	clear("lift/trapped");
	run(MINUTE);
	fakes[1].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_CLEAR), 0);
}
END_TEST

START_TEST(nor_is_it_after_a_restart)
{
	add_channel("office", ALL);
	fakes[0].verdict = fakes[1].verdict = ROBOT_FAILED;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	restart(SECOND);
	fakes[0].verdict = ROBOT_SENT;
	run(2 * MINUTE);
	clear("lift/trapped");
	restart(SECOND);
	fakes[1].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_CLEAR), 0);
}
END_TEST

START_TEST(a_p1_that_nobody_heard_of_is_told_with_how_bad_it_was)
{
	fakes[0].verdict = ROBOT_FAILED;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	clear("lift/trapped");
	fakes[0].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 1);
	ck_assert_ptr_eq(strstr(last_said()->title, "【紧急】【已恢复】"),
	    last_said()->title);
}
END_TEST

START_TEST(a_step_is_not_told_where_it_says_nothing_new)
{
	static const uint16_t to_duty[] = {0};

	channels[0].mention = of_wang;
	channels[0].mention_count = 1;
	for (size_t i = 0; i < 2; i++)
		escalations[i] = (struct notify_escalation){
		    .after_ms = (10 + 5 * (int64_t)i) * MINUTE,
		    .severities = P(1),
		    .channel_count = 1,
		    .channels = to_duty,
		    .person_count = 1,
		    .people = i == 0 ? of_wang : of_boss};
	conf.escalation_count = 2;
	conf.repeat_ms[0] = HOUR;
	go();
	raise_alarm("lift/trapped", 1);
	run(14 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_int_eq(last_said()->why, LETTER_ESCALATE);
	ck_assert_str_eq(last_said()->mentions, "boss wang");
}
END_TEST

START_TEST(that_nobody_was_told_says_of_what)
{
	fakes[0].verdict = ROBOT_FAILED;
	go();
	raise_alarm("pump/stopped", 1);
	raise_alarm("lift/trapped", 1);
	run(40 * SECOND);
	raise_alarm("gateway/notify", 1);
	fakes[0].verdict = ROBOT_SENT;
	run(5 * MINUTE);
	ck_assert_uint_eq(count_said(0, "未及时送达：<lift/trapped>"), 1);
	clear("gateway/notify");
	run(MINUTE);
	ck_assert_uint_eq(count_said(0, "未及时送达"), 1);
}
END_TEST

/* Four are over and wait for a reset, the fifth is not; and there is room for
 * one letter. */
START_TEST(what_still_stands_is_first_in_a_letter_of_repeats)
{
	char key[32];

	channels[0].a_minute = 2;
	channels[0].a_minute_p1 = 1;
	conf.repeat_ms[0] = 20 * MINUTE;
	go();
	for (int i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "pump/p%d", i);
		come_back(raise_alarm(key, 1));
	}
	raise_alarm("pump/stands", 1);
	raise_alarm("lift/trapped", 1);
	run(5 * MINUTE);
	said_count = 0;
	for (int i = 0; i < CHANNELS_MAX; i++)
		ck_assert(!fakes[i].busy);
	run(30 * MINUTE);
	ck_assert_uint_gt(said_count, 0);
	ck_assert_int_eq(said[0].why, LETTER_REPEAT);
	ck_assert_ptr_nonnull(strstr(said[0].title, "<lift/trapped>"));
	for (size_t i = 0; i < said_count; i++) {
		const char *lift = strstr(said[i].text, "<lift/trapped>");
		const char *stands = strstr(said[i].text, "<pump/stands>");
		const char *past = strstr(said[i].text, "<pump/p");

		ck_assert(lift == NULL || stands == NULL || lift < stands);
		ck_assert(stands == NULL || past == NULL || stands < past);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dispatch_danger");
	TCase *t = tcase_create("dispatch_danger");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, a_repeat_tells_a_cut_as_it_is_by_then);
	tcase_add_test(t,
	    a_cut_that_is_calm_is_not_escalated_and_told_once_and_then_seldom);
	tcase_add_test(
	    t, the_end_of_a_p1_is_told_to_nobody_who_did_not_hear_of_it);
	tcase_add_test(t, nor_is_it_after_a_restart);
	tcase_add_test(
	    t, a_p1_that_nobody_heard_of_is_told_with_how_bad_it_was);
	tcase_add_test(t, a_step_is_not_told_where_it_says_nothing_new);
	tcase_add_test(t, that_nobody_was_told_says_of_what);
	tcase_add_test(t, what_still_stands_is_first_in_a_letter_of_repeats);
	suite_add_tcase(s, t);
	return suite_run(s);
}
