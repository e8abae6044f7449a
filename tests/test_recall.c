/*
 * test_recall.c - what people were told before, put together from events
 *
 * dispatch.c's side is played here: it writes down what it is given.
 */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/sinks/recall.h"
#include "tests/suite.h"

#define SINCE_MS 1763690000000

static struct recall *h;
static struct board_view view;
static struct board_alarm alarms[8];
static char members[8][BOARD_MEMBERS_MAX];
static char given[4096]; /* a word an attempt or an alarm */
static int64_t since_ms[8]; /* of the attempts, as they are given */
static size_t past_count;
static int ahead; /* an event's seq is its time, and so much more */

static void
note(const char *fmt, ...)
{
	size_t len = strlen(given);
	va_list args;

	va_start(args, fmt);
	vsnprintf(given + len, sizeof(given) - len, fmt, args);
	va_end(args);
}

void
dispatch_past(struct dispatch *d, const struct dispatch_past *p)
{
	ck_assert_ptr_null(d);
	note("%s>%s:%s%d%s@%d", p->channel, p->key, letter_why_names[p->why],
	    p->step, p->sent ? "" : "!", (int)p->ts_ms);
	if (p->code != 0)
		note("(%ld)", p->code);
	note(" ");
	since_ms[past_count++] = p->since_ms;
}

/* Attempts that were before are known by its since: those of the round at hand
 * have it, others have not. */
void
dispatch_standing(
    struct dispatch *d, const struct notice *n, const struct dispatch_time *now)
{
	ck_assert_ptr_null(d);
	ck_assert_int_eq(now->mono_ms, 7);
	note("%s/%s=%s@%d", n->device, n->alarm, alarm_state_names[n->state],
	    (int)n->ts_ms);
	for (size_t i = 0; i < past_count; i++)
		if (since_ms[i] == n->since_ms)
			note("+%zu", i);
	note(" ");
}

/* Puts an alarm on the board. */
static void
stand(const char *key, const char *state, int64_t since)
{
	size_t i = view.count++;

	snprintf(members[i], sizeof(members[i]),
	    "\"state\":\"%s\",\"active\":%s,\"severity\":\"P1\","
	    "\"since\":%jd,\"shelved_until\":null,\"suppressed_by\":null,"
	    "\"out_of_service\":null,\"ack\":null,\"value\":null",
	    state, strcmp(state, "RTNUN") == 0 ? "false" : "true",
	    (intmax_t)since);
	alarms[i] = (struct board_alarm){
	    .log = "k3f9a1zz", .seq = 1, .members = members[i]};
	strcpy(alarms[i].key, key);
	view.alarms = alarms;
}

static json_t *
event_of(int ts, const char *fmt, va_list args)
{
	char text[2048], more[1024];
	json_error_t why;
	json_t *event;

	vsnprintf(more, sizeof(more), fmt, args);
	snprintf(text, sizeof(text),
	    "{\"log\":\"k3f9a1zz\",\"seq\":%d,\"ts\":%d,%s}", ts + ahead, ts,
	    more);
	event = json_loads(text, 0, &why);
	ck_assert_msg(event != NULL, "%s: %s", why.text, text);
	return event;
}

/* The next newer event. */
static void
newer(int ts, const char *fmt, ...)
{
	va_list args;
	json_t *event;

	va_start(args, fmt);
	event = event_of(ts, fmt, args);
	va_end(args);
	recall_see_newer(h, event);
	json_decref(event);
}

static void
older(int ts, const char *fmt, ...)
{
	va_list args;
	json_t *event;

	va_start(args, fmt);
	event = event_of(ts, fmt, args);
	va_end(args);
	recall_see_older(h, event);
	json_decref(event);
}

/* Members of an alarm's event, of one that is over, and of attempts. */
/* told: the event that an attempt is of. */
#define EVENT(change, state, active)                                           \
	"\"type\":\"alarm\",\"device\":\"a\",\"alarm\":\"x\","                 \
	"\"change\":\"" change "\",\"severity\":\"P1\",\"state\":\"" state     \
	"\",\"active\":" active ",\"since\":1763690000000,"                    \
	"\"shelved_until\":null,\"suppressed_by\":null,"                       \
	"\"out_of_service\":null,\"ack\":null,\"value\":null"
#define ALARM(change, state) EVENT(change, state, "true")
#define OVER(change, state) EVENT(change, state, "false")
#define ATTEMPT_OF(log, told, channel, why, result)                            \
	"\"type\":\"notify\",\"channel\":\"" channel "\",\"device\":\"a\","    \
	"\"alarm\":\"x\",\"why\":\"" why "\",\"of_log\":\"" log "\","          \
	"\"of\":" #told ",\"since\":5,\"result\":\"" result                    \
	"\",\"code\":0,\"ms\":1,\"try\":1"
#define ATTEMPT(told, channel, why, result)                                    \
	ATTEMPT_OF("k3f9a1zz", told, channel, why, result)

static const char *
give(void)
{
	recall_give(h, NULL, &(struct dispatch_time){.mono_ms = 7});
	return given;
}

static void
setup(void)
{
	h = NULL;
	view.count = 0;
	given[0] = '\0';
	past_count = 0;
	ahead = 0;
}

static void
begin(void)
{
	h = recall_new(&view);
}

static void
teardown(void)
{
	recall_free(h);
}

START_TEST(what_was_told_of_an_alarm_that_stands_counts)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "failed"));
	newer(102, ATTEMPT(100, "duty", "raise", "sent"));
	ck_assert_str_eq(give(),
	    "duty>a/x:raise0!@101 duty>a/x:raise0@102 "
	    "a/x=UNACK@100+0+1 ");
}
END_TEST

START_TEST(what_a_channel_answered_is_handed_on)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101,
	    "\"type\":\"notify\",\"channel\":\"duty\",\"device\":\"a\","
	    "\"alarm\":\"x\",\"why\":\"raise\",\"of_log\":\"k3f9a1zz\","
	    "\"of\":100,\"result\":\"failed\",\"code\":130101");
	ck_assert_str_eq(
	    give(), "duty>a/x:raise0!@101(130101) a/x=UNACK@100+0 ");
}
END_TEST

START_TEST(nothing_told_is_nothing_but_the_alarm)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	ck_assert_str_eq(give(), "a/x=UNACK@100 ");
}
END_TEST

START_TEST(an_earlier_occurrence_does_not_count_whatever_the_clock_said)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(900, ALARM("raise", "UNACK"));
	newer(901, ATTEMPT(900, "duty", "raise", "sent"));
	newer(902, ALARM("ack", "ACKED"));
	newer(903, OVER("clear", "NORMAL"));
	newer(904, ATTEMPT(903, "duty", "clear", "sent"));
	ahead = 1000; /* the clock was set back */
	newer(100, ALARM("raise", "UNACK"));
	ck_assert_str_eq(
	    give(), "duty>a/x:raise0@901 duty>a/x:clear0@904 a/x=UNACK@100 ");
}
END_TEST

START_TEST(a_raise_of_what_somebody_has_is_news)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, ALARM("ack", "ACKED"));
	newer(103, ALARM("chatter", "UNACK"));
	newer(104, ATTEMPT(103, "duty", "raise", "sent"));
	ck_assert_str_eq(
	    give(), "duty>a/x:raise0@101 duty>a/x:raise0@104 a/x=UNACK@103+1 ");
}
END_TEST

START_TEST(what_comes_out_of_hiding_unacknowledged_is_news_and_else_is_not)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, ALARM("unshelve", "ACKED"));
	newer(103, ALARM("note", "UNACK"));
	newer(104, ATTEMPT(103, "duty", "repeat", "sent"));
	newer(105, ALARM("unsuppress", "UNACK"));
	newer(106, ALARM("ack", "ACKED"));
	ck_assert_str_eq(
	    give(), "duty>a/x:raise0@101 duty>a/x:repeat0@104 a/x=UNACK@105 ");
}
END_TEST

START_TEST(events_come_backwards_and_then_forwards)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(105, ATTEMPT(102, "boss", "escalate", "sent"));
	older(104, ATTEMPT(102, "duty", "repeat", "sent"));
	older(103, ATTEMPT(102, "duty", "raise", "sent"));
	older(102, ALARM("raise", "UNACK"));
	older(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(106, ALARM("ack", "ACKED"));
	ck_assert_str_eq(give(),
	    "duty>a/x:raise0@101 duty>a/x:raise0@103 duty>a/x:repeat0@104 "
	    "boss>a/x:escalate0@105 a/x=UNACK@102+1+2+3 ");
}
END_TEST

/* Killed, or ended, while a letter of the round before was under way. */
START_TEST(
    an_attempt_counts_for_the_round_it_told_of_not_for_the_one_at_its_end)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ALARM("ack", "ACKED"));
	newer(102, OVER("clear", "NORMAL"));
	newer(103, ALARM("raise", "UNACK"));
	newer(104, ATTEMPT(101, "duty", "raise", "sent"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@104 a/x=UNACK@103 ");
}
END_TEST

START_TEST(one_of_a_round_that_is_older_than_all_that_was_read_is_of_none)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(103, ALARM("raise", "UNACK"));
	newer(104, ATTEMPT(90, "duty", "raise", "sent"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@104 a/x=UNACK@103 ");
}
END_TEST

/* Memory's log has an id of its own. */
START_TEST(what_was_told_from_another_log_counts_by_the_order_of_events)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT_OF("m0000001", 3, "duty", "raise", "sent"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@101 a/x=UNACK@100+0 ");
}
END_TEST

START_TEST(without_a_beginning_all_that_is_known_counts)
{
	stand("a/x", "UNACK", SINCE_MS);
	begin();
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@101 a/x=UNACK@0+0 ");
}
END_TEST

START_TEST(what_is_over_says_when)
{
	stand("a/x", "RTNUN", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, OVER("clear", "RTNUN"));
	newer(103, OVER("note", "RTNUN"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@101 a/x=RTNUN@102+0 ");
}
END_TEST

START_TEST(what_stands_no_more_and_was_told_is_given_by_its_last_event)
{
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, ALARM("ack", "ACKED"));
	newer(103, OVER("clear", "NORMAL"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@101 a/x=NORMAL@103+0 ");
}
END_TEST

START_TEST(so_it_is_if_its_last_event_came_backwards)
{
	begin();
	older(103, OVER("clear", "NORMAL"));
	older(102, ALARM("ack", "ACKED"));
	older(101, ATTEMPT(100, "duty", "raise", "sent"));
	older(100, ALARM("raise", "UNACK"));
	ck_assert_str_eq(give(), "duty>a/x:raise0@101 a/x=NORMAL@103+0 ");
}
END_TEST

START_TEST(what_everybody_knows_to_be_over_is_not_given)
{
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, ATTEMPT(100, "boss", "raise", "failed"));
	newer(103, OVER("clear", "NORMAL"));
	newer(104, ATTEMPT(103, "duty", "clear", "sent"));
	ck_assert_str_eq(give(),
	    "duty>a/x:raise0@101 boss>a/x:raise0!@102 duty>a/x:clear0@104 ");
}
END_TEST

START_TEST(one_channel_of_two_may_not_know_yet)
{
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, ATTEMPT(100, "duty", "raise", "sent"));
	newer(102, ATTEMPT(100, "boss", "raise", "sent"));
	newer(103, OVER("clear", "NORMAL"));
	newer(104, ATTEMPT(103, "duty", "clear", "sent"));
	ck_assert_ptr_nonnull(strstr(give(), "a/x=NORMAL@103+0+1+2 "));
}
END_TEST

START_TEST(events_of_others_and_such_that_are_none_are_passed_over)
{
	begin();
	newer(100, "\"type\":\"device\",\"device\":\"a\",\"online\":true");
	newer(101, "\"type\":\"alarm\",\"device\":\"a\"");
	newer(102, "\"type\":\"notify\",\"device\":\"a\",\"alarm\":\"x\"");
	newer(103, "\"type\":3");
	newer(104, ATTEMPT(100, "duty", "shout", "sent"));
	newer(104, ATTEMPT(100, "duty", "raise", "lost"));
	ck_assert_str_eq(give(), "");
}
END_TEST

static void
name(void *context, const char *device, const char *alarm)
{
	(void)context;
	note("%s/%s ", device, alarm);
}

START_TEST(it_says_of_which_alarm_the_beginning_is_not_known)
{
	stand("a/x", "UNACK", SINCE_MS);
	stand("b/y", "UNACK", SINCE_MS);
	begin();
	newer(100, ALARM("raise", "UNACK"));
	newer(101, "\"type\":\"alarm\",\"device\":\"c\",\"alarm\":\"z\"");
	ck_assert(recall_has_begun(h, "a", "x"));
	ck_assert(!recall_has_begun(h, "b", "y"));
	recall_lacks(h, name, NULL);
	ck_assert_str_eq(given, "b/y ");
	given[0] = '\0';
	recall_forget(h);
	ck_assert(!recall_has_begun(h, "a", "x"));
	ck_assert_str_eq(give(), "b/y=UNACK@0 a/x=UNACK@0 ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recall");
	TCase *t = tcase_create("recall");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_told_of_an_alarm_that_stands_counts);
	tcase_add_test(t, what_a_channel_answered_is_handed_on);
	tcase_add_test(t, nothing_told_is_nothing_but_the_alarm);
	tcase_add_test(
	    t, an_earlier_occurrence_does_not_count_whatever_the_clock_said);
	tcase_add_test(t, a_raise_of_what_somebody_has_is_news);
	tcase_add_test(
	    t, what_comes_out_of_hiding_unacknowledged_is_news_and_else_is_not);
	tcase_add_test(t, events_come_backwards_and_then_forwards);
	tcase_add_test(t,
	    an_attempt_counts_for_the_round_it_told_of_not_for_the_one_at_its_end);
	tcase_add_test(
	    t, one_of_a_round_that_is_older_than_all_that_was_read_is_of_none);
	tcase_add_test(
	    t, what_was_told_from_another_log_counts_by_the_order_of_events);
	tcase_add_test(t, without_a_beginning_all_that_is_known_counts);
	tcase_add_test(t, what_is_over_says_when);
	tcase_add_test(
	    t, what_stands_no_more_and_was_told_is_given_by_its_last_event);
	tcase_add_test(t, so_it_is_if_its_last_event_came_backwards);
	tcase_add_test(t, what_everybody_knows_to_be_over_is_not_given);
	tcase_add_test(t, one_channel_of_two_may_not_know_yet);
	tcase_add_test(
	    t, events_of_others_and_such_that_are_none_are_passed_over);
	tcase_add_test(t, it_says_of_which_alarm_the_beginning_is_not_known);
	suite_add_tcase(s, t);
	return suite_run(s);
}
