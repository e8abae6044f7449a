/* test_dispatch_ways.c - channels that fail, refuse, are over their limit */
#include "gateway/sinks/outlet.h"
#include "gateway/sinks/telling.h"
#include "tests/dispatch_help.h"

/* Bucket's pace, and a letter under way. */
#define SOON (BUCKET_PACE_MS + SECOND)

/* ---- how often ---- */

static void
raise_each(const char *form, int count, int severity)
{
	char key[64];

	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "lift/%s-%d", form, i);
		raise_alarm(key, severity);
	}
}

/* The most letters of a channel in any minute; a robot may have counted one at
 * any time while it was under way. */
static size_t
most_in_a_minute(size_t channel)
{
	size_t most = 0;

	for (size_t i = 0; i < said_count; i++) {
		size_t count = 0;

		for (size_t k = i; k < said_count; k++)
			count += said[k].channel == channel &&
			    said[i].channel == channel &&
			    said[k].begun_ms < said[i].ended_ms + MINUTE;
		if (count > most)
			most = count;
	}
	return most;
}

START_TEST(a_channel_is_never_asked_more_often_than_it_may)
{
	go();
	fakes[0].took_ms = 700;
	for (int i = 0; i < 240; i++) {
		char key[64];

		snprintf(key, sizeof(key), "lift/%d", i);
		raise_alarm(key, 1 + i % 2);
		run(SECOND);
	}
	run(5 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 240);
	ck_assert_uint_le(most_in_a_minute(0), 15);
	ck_assert_uint_ge(most_in_a_minute(0), 15);
}
END_TEST

/* Escalations, repeats and ends of P2 could use all there is. */
START_TEST(a_third_is_kept_for_p1)
{
	go();
	for (int i = 0; i < 20; i++) {
		char key[64];

		snprintf(key, sizeof(key), "lift/%d", i);
		raise_alarm(key, 2);
		run(11 * SECOND);
		ack(key);
		clear(key);
	}
	ck_assert_uint_le(most_in_a_minute(0), 10);
	for (int i = 0; i < 5; i++) {
		char key[64];
		int64_t raised_ms = now.mono_ms;

		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
		run(SOON);
		ck_assert_uint_eq(count_sent(0, key, LETTER_RAISE), 1);
		ck_assert_int_le(rows[row_count - 1].at_ms - raised_ms, SOON);
	}
	ck_assert_uint_le(most_in_a_minute(0), 15);
}
END_TEST

START_TEST(no_two_letters_follow_at_once)
{
	go();
	fakes[0].took_ms = 1;
	raise_each("p1", 4, 1);
	run(MINUTE);
	ck_assert_uint_eq(said_count, 4);
	for (int i = 1; i < 4; i++)
		ck_assert_int_ge(
		    said[i].begun_ms - said[i - 1].ended_ms, BUCKET_GAP_MS);
}
END_TEST

/* A second apart: the first ones alone, then those of some seconds together. */
START_TEST(no_p1_waits_long_for_room_behind_other_p1s)
{
	char key[32];

	go();
	for (int i = 0; i < 90; i++) {
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
		run(SECOND);
		ck_assert_int_eq(dispatch_untold_ms(dispatch), INT64_MAX);
	}
	run(SOON);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 90);
	for (size_t i = 0; i < 90; i++)
		ck_assert_int_le(
		    rows[i].at_ms - (10 * DAY + (int64_t)i * SECOND), SOON);
	ck_assert_uint_le(most_in_a_minute(0), 15);
}
END_TEST

START_TEST(a_channel_that_is_seldom_asked_tells_p1s_evenly)
{
	channels[0].a_minute = 6;
	channels[0].a_minute_p1 = 2;
	go();
	for (int i = 0; i < 120; i++) {
		char key[32];

		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
		run(SECOND);
	}
	for (size_t i = 0; i < row_count; i++)
		ck_assert_int_le(
		    rows[i].at_ms - (10 * DAY + (int64_t)i * SECOND),
		    12 * SECOND);
	ck_assert_uint_le(most_in_a_minute(0), 6);
}
END_TEST

START_TEST(a_p1_that_finds_no_room_goes_to_the_next_channel)
{
	static const char *const of_fire[] = {"fire"};

	channels[0].a_minute = 2;
	channels[0].a_minute_p1 = 1;
	add_channel("fire", P(1));
	channels[1].kinds = of_fire;
	channels[1].kind_count = 1;
	add_channel("low", P(3));
	go();
	raise_each("p1", 1, 1);
	run(SECOND);
	raise_each("first", 1, 1);
	run(SECOND);
	raise_each("second", 1, 1);
	run(SECOND);
	ck_assert_uint_eq(count_sent(1, "lift/second-0", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(2, NULL, LETTER_RAISE), 0);
	run(MINUTE); /* and when there is room */
	ck_assert_uint_eq(count_sent(0, "lift/second-0", LETTER_RAISE), 1);
}
END_TEST

/* ---- failures ---- */

START_TEST(what_fails_is_tried_after_2_5_and_15_seconds_then_each_minute)
{
	static const int64_t waits[] = {2, 5, 15, 60, 60};

	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_each("p2", 3, 2);
	run(6 * MINUTE);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    said[i + 1].begun_ms - said[i].ended_ms, waits[i] * SECOND);
	/* the retries are used up once; then one alarm is enough to ask with */
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(said[i].rows, 3);
	ck_assert_uint_eq(said[4].rows, 1);
	for (size_t i = 0; i < row_count; i++)
		ck_assert(rows[i].given_up == (rows[i].number == 4));
}
END_TEST

START_TEST(nothing_is_lost_by_an_outage_but_told_late)
{
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_each("p2", 5, 2);
	run(30 * MINUTE);
	raise_each("p3", 5, 3);
	run(30 * MINUTE);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 10);
	for (size_t i = 0; i < row_count; i++)
		ck_assert(!rows[i].sent || rows[i].late);
	ck_assert(last_said()->late);
	ck_assert_ptr_nonnull(strstr(last_said()->text, "补发：迟到"));
}
END_TEST

START_TEST(a_p1_is_tried_at_once_on_a_channel_that_waits)
{
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/door", 2);
	run(25 * SECOND); /* the third try is to be in ten seconds */
	fakes[0].verdict = ROBOT_SENT;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
}
END_TEST

START_TEST(many_p1s_ask_a_channel_that_is_down_once_a_minute)
{
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_each("p1", 12, 1);
	run(10 * MINUTE);
	said_count = 0;
	run(10 * MINUTE);
	ck_assert_uint_le(said_count, 11);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE + 5 * SECOND); /* there is room for all of them */
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 12);
}
END_TEST

START_TEST(a_p1_goes_first_when_a_channel_comes_back)
{
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/door", 2);
	run(10 * MINUTE);
	raise_alarm("lift/trapped", 1);
	run(90 * SECOND);
	fakes[0].verdict = ROBOT_SENT;
	said_count = 0;
	run(3 * MINUTE);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_int_eq(said[0].severity, SEVERITY_P1);
}
END_TEST

/* ---- other ways for a P1 ---- */

/* A robot that does not answer: five seconds each time. */
START_TEST(a_p1_that_failed_twice_goes_to_the_next_channel)
{
	static const char *const pumps[] = {"water"};
	int64_t raised_ms;

	add_channel("low", P(3) | P(4));
	add_channel("pumps", P(1));
	channels[2].kinds = pumps;
	channels[2].kind_count = 1;
	go();
	fakes[0].verdict = ROBOT_FAILED;
	fakes[0].took_ms = 5 * SECOND;
	raised_ms = now.mono_ms;
	raise_alarm("lift/trapped", 1);
	run(25 * SECOND);
	ck_assert_uint_eq(count_sent(2, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 0);
	for (size_t i = 0; i < row_count; i++)
		if (rows[i].sent)
			ck_assert_int_le(
			    rows[i].at_ms - raised_ms, 13 * SECOND);
	clear("lift/trapped");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(2, NULL, LETTER_CLEAR), 1);
}
END_TEST

START_TEST(a_p1_goes_to_all_channels_when_none_that_takes_p1_works)
{
	add_channel("office", P(1));
	add_channel("low", P(3));
	go();
	fakes[0].verdict = fakes[1].verdict = ROBOT_FAILED;
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	run(20 * SECOND);
	ck_assert_uint_eq(count_sent(2, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(2, "lift/door", LETTER_RAISE), 0);
}
END_TEST

/* A robot that has been down for an hour, then P1s. */
START_TEST(a_p1_goes_round_a_channel_that_is_down_at_once)
{
	add_channel("low", P(3));
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/door", 2);
	run(HOUR);
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(count_sent(1, "lift/trapped", LETTER_RAISE), 1);
	fakes[0].verdict = ROBOT_SENT;
	run(2 * MINUTE);
	/* it was to be told too */
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
}
END_TEST

START_TEST(a_p1_that_somebody_was_told_of_stays_on_its_channels)
{
	add_channel("office", P(1));
	add_channel("low", P(3));
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/trapped", 1);
	run(HOUR);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(2, NULL, LETTER_RAISE), 0);
}
END_TEST

START_TEST(a_p1_that_no_channel_takes_is_told_all_the_same)
{
	channels[0].severities = P(3);
	go();
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

START_TEST(a_p1_that_is_over_before_anybody_was_told_finds_another_way_too)
{
	add_channel("low", P(3));
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	clear("lift/trapped");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_said(1, "恢复 12:00:01"), 1);
}
END_TEST

START_TEST(a_p2_that_nobody_was_told_of_goes_to_the_next_channel)
{
	channels[0].severities = P(2);
	add_channel("low", P(3));
	add_channel("boss", P(1));
	go();
	fakes[0].verdict = ROBOT_FAILED;
	raise_alarm("pump/out", 2);
	run(DISPATCH_GROUP_MS + 5 * SECOND);
	ck_assert_uint_eq(count_sent(2, "pump/out", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 0);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "pump/out", LETTER_RAISE), 1);
	clear("pump/out");
	run(MINUTE);
	ck_assert_uint_eq(count_sent(2, "pump/out", LETTER_CLEAR), 1);
}
END_TEST

/* Told while all was well; then the channel fails. */
START_TEST(an_escalation_that_nobody_was_told_of_goes_to_the_next_channel)
{
	static const char *const of_fire[] = {"fire"};

	add_channel("fire", P(1));
	channels[1].kinds = of_fire;
	channels[1].kind_count = 1;
	escalations[0] = (struct notify_escalation){.after_ms = 3 * MINUTE,
	    .severities = P(1),
	    .person_count = 1,
	    .people = of_boss};
	conf.escalation_count = 1;
	go();
	raise_alarm("lift/trapped", 1);
	run(MINUTE);
	fakes[0].verdict = ROBOT_FAILED;
	run(2 * MINUTE + 5 * SECOND);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 0);
	ck_assert_str_eq(last_said()->mentions, "boss");
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
}
END_TEST

START_TEST(an_escalation_goes_nowhere_else_while_its_channel_works)
{
	add_channel("office", P(1));
	channels[0].severities = P(2);
	escalations[0] = (struct notify_escalation){.after_ms = 3 * MINUTE,
	    .severities = P(1),
	    .channel_count = 1,
	    .channels = (const uint16_t[]){0}};
	conf.escalation_count = 1;
	go();
	raise_alarm("lift/trapped", 1);
	run(HOUR);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_ESCALATE), 0);
}
END_TEST

/* ---- silence ---- */

START_TEST(a_channel_over_its_limit_is_silent_as_long_as_it_says)
{
	add_channel("low", P(3));
	go();
	fakes[0].verdict = ROBOT_BUSY;
	fakes[0].retry_after_ms = 10 * MINUTE;
	raise_alarm("lift/door", 2);
	run(11 * SECOND);
	ck_assert_uint_eq(said_count, 1);
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(count_sent(1, "lift/trapped", LETTER_RAISE), 1);
	run(9 * MINUTE);
	ck_assert_uint_eq(count_said(0, "安居"), 1);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
}
END_TEST

START_TEST(no_channel_is_silent_for_ever_by_its_own_word)
{
	go();
	fakes[0].verdict = ROBOT_BUSY;
	fakes[0].retry_after_ms = INT64_MAX;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	fakes[0].verdict = ROBOT_SENT;
	run(OUTLET_SILENT_MAX_MS);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

START_TEST(who_refuses_is_asked_each_minute_and_for_a_p1_at_once)
{
	go();
	fakes[0].verdict = ROBOT_REFUSED;
	raise_alarm("lift/door", 2);
	run(DISPATCH_GROUP_MS + SECOND);
	raise_alarm("lift/level", 3);
	run(40 * SECOND);
	ck_assert_uint_eq(said_count, 1);
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_uint_eq(said_count, 2);
	ck_assert_uint_eq(count_said(0, "lift/trapped"), 1);
}
END_TEST

/* Its clock was wrong, or an address not on its list. */
START_TEST(nothing_is_lost_by_a_channel_that_refuses_for_a_while)
{
	unsigned most = 0;

	go();
	raise_alarm("lift/over", 2);
	raise_alarm("lift/minor-over", 3);
	run(MINUTE);
	fakes[0].verdict = ROBOT_REFUSED;
	clear("lift/over");
	clear("lift/minor-over");
	raise_alarm("lift/door", 2);
	raise_alarm("lift/level", 3);
	run(40 * MINUTE);
	for (size_t i = 0; i < row_count; i++)
		if (rows[i].number > most)
			most = rows[i].number;
	ck_assert_uint_gt(most, TELLING_REFUSALS);
	fakes[0].verdict = ROBOT_SENT;
	run(3 * MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/level", LETTER_RAISE), 1);
	ck_assert_uint_eq(count_sent(0, "lift/over", LETTER_CLEAR), 1);
	ck_assert_uint_eq(count_sent(0, "lift/minor-over", LETTER_CLEAR), 1);
}
END_TEST

START_TEST(who_refused_a_p1_is_told_though_others_were)
{
	add_channel("firm", P(1));
	conf.repeat_ms[0] = 3 * MINUTE;
	go();
	fakes[1].verdict = ROBOT_REFUSED;
	raise_alarm("lift/trapped", 1);
	run(4 * MINUTE);
	fakes[1].verdict = ROBOT_SENT;
	run(HOUR);
	ck_assert_uint_eq(count_sent(1, NULL, LETTER_RAISE), 1);
	ck_assert_uint_ge(count_sent(1, NULL, LETTER_REPEAT), 18);
}
END_TEST

/* It had told that it is there, and refused then four times. */
START_TEST(an_escalation_that_is_refused_ends_neither_repeats_nor_itself)
{
	conf.repeat_ms[0] = 3 * MINUTE;
	escalations[0] = (struct notify_escalation){.after_ms = 5 * MINUTE,
	    .severities = P(1),
	    .person_count = 1,
	    .people = of_boss};
	conf.escalation_count = 1;
	go();
	raise_alarm("lift/trapped", 1);
	run(4 * MINUTE + 50 * SECOND);
	fakes[0].verdict = ROBOT_REFUSED;
	run(5 * MINUTE);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_ESCALATE), 1);
	ck_assert_ptr_nonnull(strstr(last_said()->mentions, "boss"));
	run(HOUR);
	ck_assert_uint_ge(count_sent(0, NULL, LETTER_REPEAT), 18);
}
END_TEST

START_TEST(a_bad_text_mutes_nobody)
{
	go();
	fakes[0].bad = "lift/bad";
	raise_alarm("lift/bad", 3);
	run(12 * SECOND);
	ck_assert_uint_eq(said_count, 1);
	raise_alarm("lift/trapped", 1);
	raise_alarm("lift/door", 2);
	run(SECOND);
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	run(DISPATCH_GROUP_MS);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
}
END_TEST

/* Given up is what it would have said then, and not the alarm. */
START_TEST(a_bad_text_is_given_up_until_it_would_be_told_again)
{
	size_t tried;

	conf.repeat_ms[1] = 30 * MINUTE;
	go();
	fakes[0].bad = "lift/bad";
	raise_alarm("lift/bad", 2);
	raise_alarm("lift/door", 2);
	run(5 * MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/door", LETTER_RAISE), 1);
	ck_assert_str_eq(rows[row_count - 1].key, "lift/bad");
	ck_assert(rows[row_count - 1].given_up);
	ck_assert_uint_eq(rows[row_count - 1].number, 4);
	tried = said_count;
	run(20 * MINUTE);
	ck_assert_uint_eq(said_count, tried);
	fakes[0].bad = NULL;
	run(10 * MINUTE);
	ck_assert_uint_eq(count_sent(0, "lift/bad", LETTER_RAISE), 1);
}
END_TEST

START_TEST(a_bad_p1_is_tried_on_though_somebody_was_told)
{
	add_channel("firm", P(1));
	go();
	fakes[1].bad = "lift/trapped";
	raise_alarm("lift/trapped", 1);
	for (int i = 0; i < 10; i++) {
		char key[32];

		run(MINUTE);
		snprintf(key, sizeof(key), "lift/p1-%d", i);
		raise_alarm(key, 1);
	}
	ck_assert_uint_eq(count_sent(0, "lift/trapped", LETTER_RAISE), 1);
	fakes[1].bad = NULL;
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(1, "lift/trapped", LETTER_RAISE), 1);
}
END_TEST

START_TEST(a_p1_that_nobody_was_told_of_is_never_given_up)
{
	go();
	fakes[0].verdict = ROBOT_REFUSED;
	raise_alarm("lift/trapped", 1);
	run(HOUR);
	ck_assert_uint_ge(said_count, 55);
	fakes[0].verdict = ROBOT_SENT;
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 1);
}
END_TEST

/* The robot does not like one of the texts; which, it does not say. */
START_TEST(one_bad_text_does_not_hold_up_others)
{
	go();
	fakes[0].bad = "lift/p2-2>";
	raise_each("p2", 5, 2);
	run(12 * SECOND);
	ck_assert_uint_eq(said[0].rows, 5);
	run(2 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 4);
	run(10 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 4);
	ck_assert_uint_eq(rows[row_count - 1].number, 4);
	ck_assert(rows[row_count - 1].given_up);
}
END_TEST

START_TEST(one_bad_p1_does_not_hold_up_others)
{
	go();
	fakes[0].bad = "lift/p1-2>";
	raise_each("p1", 5, 1);
	run(5 * MINUTE);
	ck_assert_uint_eq(count_sent(0, NULL, LETTER_RAISE), 4);
	raise_alarm("lift/new", 1);
	run(MINUTE + SECOND);
	ck_assert_uint_eq(count_sent(0, "lift/new", LETTER_RAISE), 1);
}
END_TEST

/* ---- when nobody can be told ---- */

START_TEST(a_p1_that_nobody_was_told_of_in_time_is_known)
{
	int64_t raised_ms;

	add_channel("office", P(1));
	go();
	fakes[0].took_ms = fakes[1].took_ms = 45 * SECOND;
	raised_ms = now.mono_ms;
	raise_alarm("lift/trapped", 1);
	run(DISPATCH_UNTOLD_MS - 1);
	ck_assert_int_eq(dispatch_untold_ms(dispatch), INT64_MAX);
	run(SECOND);
	ck_assert_int_eq(dispatch_untold_ms(dispatch), raised_ms);
	run(20 * SECOND);
	ck_assert_int_eq(dispatch_untold_ms(dispatch), INT64_MAX);
}
END_TEST

START_TEST(that_no_way_is_left_is_known_at_once)
{
	go();
	fakes[0].verdict = ROBOT_REFUSED;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert_int_ne(dispatch_untold_ms(dispatch), INT64_MAX);
	ack("lift/trapped");
	run(SECOND);
	ck_assert_int_eq(dispatch_untold_ms(dispatch), INT64_MAX);
}
END_TEST

START_TEST(the_alarm_about_untold_alarms_is_no_reason_for_itself)
{
	go();
	fakes[0].verdict = ROBOT_REFUSED;
	raise_alarm("gateway/notify", 1);
	run(MINUTE);
	ck_assert_uint_ge(said_count, 1);
	ck_assert_int_eq(dispatch_untold_ms(dispatch), INT64_MAX);
	raise_alarm("gateway/other", 1);
	run(SECOND);
	ck_assert_int_ne(dispatch_untold_ms(dispatch), INT64_MAX);
}
END_TEST

START_TEST(it_is_known_which_channels_fail_and_what_waits_there)
{
	add_channel("office", P(1));
	go();
	fakes[1].verdict = ROBOT_FAILED;
	raise_alarm("lift/trapped", 1);
	run(SECOND);
	ck_assert(!dispatch_is_failing(dispatch, 0));
	ck_assert(dispatch_is_failing(dispatch, 1));
	ck_assert_uint_eq(dispatch_waiting(dispatch, 0), 0);
	ck_assert_uint_eq(dispatch_waiting(dispatch, 1), 1);
	fakes[1].verdict = ROBOT_SENT;
	run(MINUTE);
	ck_assert(!dispatch_is_failing(dispatch, 1));
	ck_assert_uint_eq(dispatch_waiting(dispatch, 1), 0);
}
END_TEST

static TCase *
often(void)
{
	TCase *t = tcase_create("often");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, a_channel_is_never_asked_more_often_than_it_may);
	tcase_add_test(t, a_third_is_kept_for_p1);
	tcase_add_test(t, no_two_letters_follow_at_once);
	tcase_add_test(t, no_p1_waits_long_for_room_behind_other_p1s);
	tcase_add_test(t, a_channel_that_is_seldom_asked_tells_p1s_evenly);
	tcase_add_test(t, a_p1_that_finds_no_room_goes_to_the_next_channel);
	return t;
}

static TCase *
failures(void)
{
	TCase *t = tcase_create("failures");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(
	    t, what_fails_is_tried_after_2_5_and_15_seconds_then_each_minute);
	tcase_add_test(t, nothing_is_lost_by_an_outage_but_told_late);
	tcase_add_test(t, a_p1_is_tried_at_once_on_a_channel_that_waits);
	tcase_add_test(t, many_p1s_ask_a_channel_that_is_down_once_a_minute);
	tcase_add_test(t, a_p1_goes_first_when_a_channel_comes_back);
	tcase_add_test(
	    t, a_channel_over_its_limit_is_silent_as_long_as_it_says);
	tcase_add_test(t, no_channel_is_silent_for_ever_by_its_own_word);
	tcase_add_test(
	    t, who_refuses_is_asked_each_minute_and_for_a_p1_at_once);
	tcase_add_test(
	    t, nothing_is_lost_by_a_channel_that_refuses_for_a_while);
	tcase_add_test(t, who_refused_a_p1_is_told_though_others_were);
	tcase_add_test(
	    t, an_escalation_that_is_refused_ends_neither_repeats_nor_itself);
	tcase_add_test(t, a_bad_text_mutes_nobody);
	tcase_add_test(t, a_bad_text_is_given_up_until_it_would_be_told_again);
	tcase_add_test(t, a_bad_p1_is_tried_on_though_somebody_was_told);
	tcase_add_test(t, a_p1_that_nobody_was_told_of_is_never_given_up);
	tcase_add_test(t, one_bad_text_does_not_hold_up_others);
	tcase_add_test(t, one_bad_p1_does_not_hold_up_others);
	return t;
}

static TCase *
ways(void)
{
	TCase *t = tcase_create("ways");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, a_p1_that_failed_twice_goes_to_the_next_channel);
	tcase_add_test(
	    t, a_p1_goes_to_all_channels_when_none_that_takes_p1_works);
	tcase_add_test(t, a_p1_goes_round_a_channel_that_is_down_at_once);
	tcase_add_test(t, a_p1_that_somebody_was_told_of_stays_on_its_channels);
	tcase_add_test(t, a_p1_that_no_channel_takes_is_told_all_the_same);
	tcase_add_test(
	    t, a_p2_that_nobody_was_told_of_goes_to_the_next_channel);
	tcase_add_test(
	    t, an_escalation_that_nobody_was_told_of_goes_to_the_next_channel);
	tcase_add_test(
	    t, an_escalation_goes_nowhere_else_while_its_channel_works);
	tcase_add_test(
	    t, a_p1_that_is_over_before_anybody_was_told_finds_another_way_too);
	tcase_add_test(t, a_p1_that_nobody_was_told_of_in_time_is_known);
	tcase_add_test(t, that_no_way_is_left_is_known_at_once);
	tcase_add_test(
	    t, the_alarm_about_untold_alarms_is_no_reason_for_itself);
	tcase_add_test(t, it_is_known_which_channels_fail_and_what_waits_there);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("dispatch_ways");

	suite_add_tcase(s, often());
	suite_add_tcase(s, failures());
	suite_add_tcase(s, ways());
	return suite_run(s);
}
