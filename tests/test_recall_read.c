/*
 * test_recall_read.c - what people were told before, read from the store
 *
 * A log of events and a chronicle of it on disk; dispatch.c's side is played
 * here: it counts what it is given.
 */
#include "gateway/sinks/recall_read.h"
#include "tests/chronicle_help.h"
#include "tests/suite.h"

#define MANY 1500 /* events: more than a page of the chronicle */

static struct board_view view;
static struct board_alarm standing;
static char members[BOARD_MEMBERS_MAX];
static struct tether tether;
static struct {
	int attempts, of_this_round, sent, alarms;
	int64_t since_ms[64];
} given;

void
dispatch_past(struct dispatch *d, const struct dispatch_past *p)
{
	ck_assert_ptr_null(d);
	ck_assert_int_lt(given.attempts, 64);
	given.since_ms[given.attempts++] = p->since_ms;
	given.sent += p->sent;
}

void
dispatch_standing(
    struct dispatch *d, const struct notice *n, const struct dispatch_time *now)
{
	ck_assert_ptr_null(d);
	ck_assert_ptr_nonnull(now);
	given.alarms++;
	for (int i = 0; i < given.attempts; i++)
		given.of_this_round += given.since_ms[i] == n->since_ms;
}

static void
tell_alarm(const char *device, const char *change, const char *state)
{
	tell("\"type\":\"alarm\",\"device\":\"%s\",\"alarm\":\"x\","
	     "\"change\":\"%s\",\"severity\":\"P1\",\"state\":\"%s\","
	     "\"active\":%s,\"since\":1763690000000,\"shelved_until\":null,"
	     "\"suppressed_by\":null,\"out_of_service\":null,\"ack\":null,"
	     "\"value\":null",
	    device, change, state,
	    strcmp(state, "NORMAL") == 0 ? "false" : "true");
}

static uint64_t
tell_attempt(const char *device, const char *why, const char *result)
{
	return tell("\"type\":\"notify\",\"channel\":\"duty\",\"device\":"
		    "\"%s\",\"alarm\":\"x\",\"why\":\"%s\",\"of_log\":\"k\","
		    "\"of\":1,\"since\":1,\"result\":\"%s\",\"code\":0,"
		    "\"ms\":1,\"try\":1",
	    device, why, result);
}

static void
tell_others(int count)
{
	uint64_t seq = 0;

	for (int i = 0; i < count; i++)
		seq = tell_at(stamp_of(1, 1000, true),
		    "\"type\":\"device\",\"device\":\"b\",\"online\":true");
	await_disk(seq);
}

/* Of what stands on the board: a/x. */
static void
read_past(void)
{
	struct buf page = {0};
	struct recall_source source = {
	    .dir = store, .events = journal, .tether = &tether, .page = &page};
	struct dispatch_time now = {0};

	memset(&given, 0, sizeof(given));
	source.recall = recall_new(&view);
	tether_in(&tether);
	recall_read(&source);
	tether_out(&tether);
	recall_give(source.recall, NULL, &now);
	recall_free(source.recall);
	buf_free(&page);
}

static void
begin(void)
{
	setup();
	tether_init(&tether);
	snprintf(members, sizeof(members),
	    "\"state\":\"UNACK\",\"active\":true,\"severity\":\"P1\","
	    "\"since\":1763690000000,\"shelved_until\":null,"
	    "\"suppressed_by\":null,\"out_of_service\":null,\"ack\":null,"
	    "\"value\":null");
	standing = (struct board_alarm){
	    .key = "a/x", .log = "k", .seq = 1, .members = members};
	view = (struct board_view){.count = 1, .alarms = &standing};
}

static void
finish(void)
{
	tether_free(&tether);
	teardown();
}

START_TEST(an_empty_store_knows_of_nothing)
{
	read_past();
	ck_assert_int_eq(given.attempts, 0);
	ck_assert_int_eq(given.alarms, 1);
}
END_TEST

START_TEST(what_the_chronicle_has_is_read)
{
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "failed");
	tell_attempt("a", "raise", "sent");
	write_up();
	read_past();
	ck_assert_int_eq(given.attempts, 2);
	ck_assert_int_eq(given.of_this_round, 2);
	ck_assert_int_eq(given.sent, 1);
}
END_TEST

START_TEST(so_is_what_the_log_alone_has_yet)
{
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	write_up();
	tell_attempt("a", "repeat", "sent");
	read_past();
	ck_assert_int_eq(given.attempts, 2);
	ck_assert_int_eq(given.of_this_round, 2);
}
END_TEST

START_TEST(a_raise_in_the_log_begins_the_alarm_anew)
{
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	write_up();
	tell_alarm("a", "clear", "NORMAL");
	tell_alarm("a", "raise", "UNACK");
	read_past();
	ck_assert_int_eq(given.attempts, 1);
	ck_assert_int_eq(given.of_this_round, 0);
}
END_TEST

START_TEST(without_a_chronicle_the_log_knows)
{
	char path[128];

	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	read_past();
	ck_assert_int_eq(given.of_this_round, 1);

	write_up();
	path_of(path, "events.db");
	ck_assert_int_eq(truncate(path, 100), 0);
	read_past();
	ck_assert_int_eq(given.attempts, 1);
	ck_assert_int_eq(given.of_this_round, 1);
}
END_TEST

START_TEST(many_events_are_read_page_by_page)
{
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	tell_others(MANY);
	tell_attempt("a", "repeat", "sent");
	write_up();
	read_past();
	ck_assert_int_eq(given.attempts, 2);
	ck_assert_int_eq(given.of_this_round, 2);
}
END_TEST

START_TEST(an_alarm_that_stands_for_long_is_followed_back_to_its_raise)
{
	int64_t day_ms = 24 * HOUR_MS;

	tell_attempt("a", "raise", "sent"); /* before */
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	tell_attempt("c", "raise", "sent"); /* stands no more, long ago */
	tell_others(MANY);
	await_disk(tell_at(stamp_of(1, 30 * day_ms, true),
	    "\"type\":\"device\",\"device\":\"b\",\"online\":true"));
	write_up();
	read_past();
	ck_assert_int_eq(given.of_this_round, 1);
	ck_assert_int_eq(given.attempts, 2); /* none of c */
}
END_TEST

START_TEST(what_was_told_and_stands_no_more_is_known_by_its_last_event)
{
	view.count = 0;
	tell_alarm("a", "raise", "UNACK");
	tell_attempt("a", "raise", "sent");
	tell_alarm("a", "clear", "NORMAL");
	write_up();
	read_past();
	ck_assert_int_eq(given.alarms, 1);
	ck_assert_int_eq(given.of_this_round, 1);

	tell_attempt("a", "clear", "sent");
	read_past();
	ck_assert_int_eq(given.alarms, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recall_read");
	TCase *t = tcase_create("recall_read");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, finish);
	tcase_add_test(t, an_empty_store_knows_of_nothing);
	tcase_add_test(t, what_the_chronicle_has_is_read);
	tcase_add_test(t, so_is_what_the_log_alone_has_yet);
	tcase_add_test(t, a_raise_in_the_log_begins_the_alarm_anew);
	tcase_add_test(t, without_a_chronicle_the_log_knows);
	tcase_add_test(t, many_events_are_read_page_by_page);
	tcase_add_test(
	    t, an_alarm_that_stands_for_long_is_followed_back_to_its_raise);
	tcase_add_test(
	    t, what_was_told_and_stands_no_more_is_known_by_its_last_event);
	suite_add_tcase(s, t);
	return suite_run(s);
}
