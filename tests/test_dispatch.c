/* test_dispatch.c - who is told what, and when, while all channels work */
#include "tests/dispatch_help.h"

/* ---- P1 ---- */

START_TEST(a_p1_goes_at_once_and_alone)
{
	go();
	raise_alarm("pump/leak", 2);
	raise_alarm("lift/trapped", 1);
	run(0);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_RAISE);
	ck_assert_str_eq(said[0].title, "【紧急】安居 <lift/trapped>");
	run(SECOND);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_uint_eq(said[0].rows, 1);
}
END_TEST

START_TEST(each_of_a_few_p1s_has_a_letter_of_its_own)
{
	char key[32];

	go();
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
	}
	run(3 * SECOND);
	ck_assert_uint_eq(said_count, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(said[i].rows, 1);
}
END_TEST

START_TEST(p1s_that_wait_for_room_go_together_each_with_its_text)
{
	char key[32];

	conf.channel_count = 0;
	add_channel("duty", ALL);
	go();
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
	}
	run(10 * SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 40);
	ck_assert_uint_le(said_count, 5);
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "<lift/p1-%d>\n发生", i);
		ck_assert_uint_eq(count_said(0, key), 1);
	}
}
END_TEST

START_TEST(a_p1_is_told_by_night_and_so_is_a_p2)
{
	conf.has_quiet = true;
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3) | P(4);
	go();
	run_to(AT(23, 0));
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	raise_alarm("lift/level", 3);
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/level", LETTER_RAISE), 0);
}
END_TEST

/* ---- others ---- */

START_TEST(other_raises_wait_for_their_like_and_go_together)
{
	go();
	raise_alarm("lift/door", 3);
	run(6 * SECOND);
	raise_alarm("pump/leak", 2);
	run(4 * SECOND - 1);
	ck_assert_uint_eq(said_count, 0);
	run(1);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_str_eq(said[0].title, "【重要】安居 2 条告警");
	ck_assert(strstr(said[0].text, "<pump/leak>") <
	    strstr(said[0].text, "<lift/door>"));
	run(HOUR / 4);
	ck_assert_uint_eq(said_count, 1);
}
END_TEST

START_TEST(a_p4_waits_for_the_days_digest)
{
	go();
	raise_alarm("lift/service", 4);
	raise_alarm("lift/over", 4);
	raise_alarm("lift/taken", 4);
	run(HOUR);
	clear("lift/over");
	ack("lift/taken");
	run_to(AT(7, 59));
	ck_assert_uint_eq(said_count, 0);
	run_to(AT(8, 0));
	run(SECOND);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
	ck_assert_uint_eq(said[0].rows, 1);
	ck_assert(!said[0].late);
	ck_assert_ptr_nonnull(strstr(said[0].title, "<lift/service>"));
	run(HOUR);
	clear("lift/service");
	run(HOUR);
	ck_assert_uint_eq(said_count, 1);
	run_to(AT(8, 0));
	run(SECOND);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_sent(0, "lift/service", LETTER_CLEAR), 1);
}
END_TEST

START_TEST(a_days_digest_follows_a_clock_that_is_set)
{
	go();
	now.unix_ms += 900 * DAY;
	raise_alarm("lift/service", 4);
	run(MINUTE);
	now.unix_ms -= 900 * DAY;
	run(MINUTE);
	run_to(AT(7, 59));
	ck_assert_uint_eq(said_count, 0);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
}
END_TEST

/* ---- quiet hours ---- */

static void
start_quiet(void)
{
	start();
	conf.has_quiet = true;
	conf.quiet = (struct notify_hours){AT(22, 0), AT(7, 0)};
	conf.quiet_severities = P(3) | P(4);
	go();
	run_to(AT(22, 30));
}

START_TEST(what_still_stands_when_quiet_hours_end_is_told_as_a_digest)
{
	raise_alarm("lift/a", 3);
	raise_alarm("lift/b", 3);
	raise_alarm("lift/over", 3);
	raise_alarm("lift/taken", 3);
	run(HOUR);
	clear("lift/over");
	ack("lift/taken");
	run_to(AT(6, 59));
	ck_assert_uint_eq(said_count, 0);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
	ck_assert_uint_eq(said[0].rows, 2);
	ck_assert(!said[0].late);
}
END_TEST

START_TEST(a_recovery_waits_for_the_end_of_quiet_hours_too)
{
	run_to(AT(7, 30));
	raise_alarm("lift/a", 3);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
	run_to(AT(23, 0));
	clear("lift/a");
	run_to(AT(6, 59));
	ck_assert_uint_eq(said_count, 1);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_sent(0, "lift/a", LETTER_CLEAR), 1);
}
END_TEST

START_TEST(what_could_not_be_sent_before_quiet_hours_waits_for_their_end)
{
	run_to(AT(21, 59));
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/a", 3);
	run(MINUTE + SECOND);
	fakes[0].verdict = ROBOT_SENT;
	run_to(AT(6, 59));
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 0);
	run(2 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

/* ---- a flood ---- */

static void
raise_many(const char *form, int count, int severity, int64_t apart_ms)
{
	char key[64];

	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "lift/%s-%d", form, i);
		raise_alarm(key, severity);
		run(apart_ms);
	}
}

START_TEST(in_a_flood_p3s_go_as_digests_five_minutes_apart)
{
	go();
	raise_many("p3", 60, 3, 20 * SECOND / 60);
	/* raised in twenty seconds: the first digest has those that waited */
	run(4 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
	ck_assert_ptr_nonnull(strstr(said[0].title, "【报警洪峰】"));
	ck_assert_uint_ge(said[0].rows, 20);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 60);
	ck_assert_int_ge(said[1].begun_ms - said[0].begun_ms, 5 * MINUTE);
}
END_TEST

START_TEST(a_flood_that_begins_while_others_wait_takes_them_along)
{
	go();
	raise_many("first", 2, 3, 4 * SECOND);
	raise_many("p3", 9, 3, 0);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_DIGEST);
	ck_assert_uint_eq(said[0].rows, 11);
}
END_TEST

START_TEST(ten_raises_in_ten_minutes_are_no_flood)
{
	go();
	raise_many("p3", 10, 3, 0);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_RAISE);
}
END_TEST

START_TEST(p1_and_p2_are_told_in_a_flood_as_ever)
{
	int64_t raised_ms;

	go();
	raise_many("p3", 40, 3, 300);
	raised_ms = now.mono_ms;
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	raise_many("late", 20, 3, 300);
	run(10 * SECOND);
	for (size_t i = 0; i < row_count; i++) {
		if (strcmp(rows[i].key, "lift/trapped") == 0)
			ck_assert_int_le(rows[i].at_ms - raised_ms, 2 * SECOND);
		if (strcmp(rows[i].key, "lift/door") == 0)
			ck_assert_int_le(rows[i].at_ms - raised_ms,
			    DISPATCH_GROUP_MS + 2 * SECOND);
	}
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
}
END_TEST

START_TEST(when_it_is_calm_again_alarms_are_told_as_before)
{
	go();
	raise_many("p3", 20, 3, 0);
	run(11 * MINUTE);
	said_count = 0;
	raise_alarm("lift/single", 3);
	run(DISPATCH_GROUP_MS);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_RAISE);
}
END_TEST

START_TEST(what_is_over_in_a_flood_is_in_its_digest)
{
	char key[32];

	go();
	raise_many("p3", 30, 3, 0);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 1);
	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "lift/p3-%d", i);
		clear(key);
	}
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 1);
	run(2 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(said[1].rows, 20);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_CLEAR), 20);
}
END_TEST

START_TEST(what_is_hidden_makes_no_flood)
{
	char key[32];

	go();
	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "lift/hidden-%d", i);
		alarm_of(key)->hidden = true;
		raise_alarm(key, 3);
	}
	raise_alarm("lift/single", 3);
	run(DISPATCH_GROUP_MS);
	ck_assert_uint_eq(said_count, 1);
	ck_assert_int_eq(said[0].why, LETTER_RAISE);
}
END_TEST

static TCase *
when(void)
{
	TCase *t = tcase_create("when");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, a_p1_goes_at_once_and_alone);
	tcase_add_test(t, each_of_a_few_p1s_has_a_letter_of_its_own);
	tcase_add_test(
	    t, p1s_that_wait_for_room_go_together_each_with_its_text);
	tcase_add_test(t, a_p1_is_told_by_night_and_so_is_a_p2);
	tcase_add_test(t, other_raises_wait_for_their_like_and_go_together);
	tcase_add_test(t, a_p4_waits_for_the_days_digest);
	tcase_add_test(t, a_days_digest_follows_a_clock_that_is_set);
	tcase_add_test(t, in_a_flood_p3s_go_as_digests_five_minutes_apart);
	tcase_add_test(
	    t, a_flood_that_begins_while_others_wait_takes_them_along);
	tcase_add_test(t, ten_raises_in_ten_minutes_are_no_flood);
	tcase_add_test(t, p1_and_p2_are_told_in_a_flood_as_ever);
	tcase_add_test(t, when_it_is_calm_again_alarms_are_told_as_before);
	tcase_add_test(t, what_is_over_in_a_flood_is_in_its_digest);
	tcase_add_test(t, what_is_hidden_makes_no_flood);
	return t;
}

static TCase *
quiet(void)
{
	TCase *t = tcase_create("quiet");

	tcase_add_checked_fixture(t, start_quiet, finish);
	tcase_add_test(
	    t, what_still_stands_when_quiet_hours_end_is_told_as_a_digest);
	tcase_add_test(t, a_recovery_waits_for_the_end_of_quiet_hours_too);
	tcase_add_test(
	    t, what_could_not_be_sent_before_quiet_hours_waits_for_their_end);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("dispatch");

	suite_add_tcase(s, when());
	suite_add_tcase(s, quiet());
	return suite_run(s);
}
