/*
 * test_chronicle_query.c - what the chronicle answers: its journal, what
 * stands, and figures that can be counted by hand
 */
#include "tests/chronicle_help.h"
#include "tests/suite.h"

static struct buf out;
static struct err err;

static void
setup_query(void)
{
	setup();
	out = (struct buf){0};
}

static void
teardown_query(void)
{
	buf_free(&out);
	teardown();
}

/* ---- the journal ---- */

/* The seqs of what was answered, and where to go on. */
static const char *
ask(const struct chronicle_query *q, uint64_t *next)
{
	static char seqs[256];
	const char *at;

	buf_clear(&out);
	seqs[0] = '\0';
	ck_assert_msg(
	    chronicle_journal(store, q, &out, &err) == 0, "%s", err.text);
	for (at = out.data; (at = strstr(at, "\"seq\":")) != NULL; at++)
		snprintf(seqs + strlen(seqs), sizeof(seqs) - strlen(seqs),
		    "%llu ", strtoull(at + 6, NULL, 10));
	at = strstr(out.data, "\"next\":");
	*next = strtoull(at + 7, NULL, 10);
	return seqs;
}

/* Event n at n hours: of lift-1 or tx-1 by turns; the third each is no alarm.
 */
static void
tell_hours(int count)
{
	for (int n = 1; n <= count; n++) {
		struct stamp at = stamp_of(1, n * HOUR_MS, true);
		char members[256];

		snprintf(members, sizeof(members),
		    "\"type\":\"%s\",\"device\":\"%s\",\"alarm\":\"%s\"",
		    n % 3 ? "alarm" : "device", n % 2 ? "lift-1" : "tx-1",
		    n % 4 < 2 ? "door" : "heavy");
		await_disk(tell_at(at, members));
	}
	write_up();
}

struct journal_case {
	struct chronicle_query want;
	const char *seqs;
	uint64_t next;
};

static const struct journal_case journal_cases[] = {
    {{.limit = 100}, "12 11 10 9 8 7 6 5 4 3 2 1 ", 0},
    {{.limit = 12}, "12 11 10 9 8 7 6 5 4 3 2 1 ", 0},
    {{.limit = 5}, "12 11 10 9 8 ", 8},
    {{.limit = 5, .before = 8}, "7 6 5 4 3 ", 3},
    {{.limit = 5, .before = 3}, "2 1 ", 0},
    {{.limit = 5, .before = 1}, "", 0},
    {{.limit = 5, .before = UINT64_MAX}, "12 11 10 9 8 ", 8},
    {{.limit = CHRONICLE_ROWS_MAX + 1}, "12 11 10 9 8 7 6 5 4 3 2 1 ", 0},
    {{.limit = 9, .from_ms = T0_MS + 10 * HOUR_MS}, "12 11 10 ", 0},
    {{.limit = 9, .to_ms = T0_MS + 3 * HOUR_MS}, "2 1 ", 0},
    {{.limit = 9, .device = "tx-1"}, "12 10 8 6 4 2 ", 0},
    {{.limit = 9, .device = "tx-1", .alarm = "heavy"}, "10 6 2 ", 0},
    {{.limit = 9, .type = "device"}, "12 9 6 3 ", 0},
    {{.limit = 9, .without = "device"}, "11 10 8 7 5 4 2 1 ", 0},
    {{.limit = 2, .type = "device", .device = "tx-1"}, "12 6 ", 0},
    {{.limit = 9, .device = "x' OR '1'='1"}, "", 0},
    {{.limit = 2,
	 .device = "tx-1",
	 .before = 10,
	 .from_ms = T0_MS + 3 * HOUR_MS,
	 .to_ms = T0_MS + 9 * HOUR_MS},
	"8 6 ", 6},
};

START_TEST(the_journal_gives_what_was_asked_for_newest_first_page_by_page)
{
	uint64_t next;

	tell_hours(12);
	for (size_t i = 0; i < sizeof(journal_cases) / sizeof(journal_cases[0]);
	     i++) {
		const struct journal_case *c = &journal_cases[i];

		ck_assert_msg(strcmp(ask(&c->want, &next), c->seqs) == 0,
		    "case %zu: %s", i, out.data);
		ck_assert_msg(next == c->next, "case %zu: %s", i, out.data);
	}
}
END_TEST

/* ---- many events ---- */

#define DAY_MS (24 * HOUR_MS)

/* Event n of 20000, a hundred a day. */
static const char fill[] =
    "INSERT INTO event (log, seq, boot, mono, wall, synced, ts, type, device,"
    " alarm, counts, members) SELECT 'k3f9a1', n, '', 0, 0, 1, 1763690000000"
    " + n * 864000, 'alarm', 'd' || (n % 10), 'a' || (n % 7), 1,"
    " '\"type\":\"alarm\"' FROM (WITH RECURSIVE count(n) AS (SELECT 1 UNION"
    " ALL SELECT n + 1 FROM count WHERE n < 20000) SELECT n FROM count)";

static const struct journal_case quick_cases[] = {
    {{.limit = 2}, "20000 19999 ", 19999},
    {{.limit = 2, .type = "alarm"}, "20000 19999 ", 19999},
    {{.limit = 2, .type = "alarm", .before = 9000}, "8999 8998 ", 8998},
    {{.limit = 2, .type = "never"}, "", 0},
    {{.limit = 2, .device = "d3"}, "19993 19983 ", 19983},
    {{.limit = 2, .device = "never"}, "", 0},
    {{.limit = 2, .alarm = "a3"}, "19995 19988 ", 19988},
    {{.limit = 2, .alarm = "never"}, "", 0},
    {{.limit = 2, .device = "d3", .alarm = "a3"}, "19953 19883 ", 19883},
    {{.limit = 2, .device = "d3", .alarm = "a3", .type = "alarm"},
	"19953 19883 ", 19883},
    {{.limit = 2, .device = "d3", .alarm = "never"}, "", 0},
    {{.limit = 2, .from_ms = T0_MS + DAY_MS, .to_ms = T0_MS + 2 * DAY_MS},
	"199 198 ", 198},
    {{.limit = 2,
	 .from_ms = T0_MS + DAY_MS,
	 .to_ms = T0_MS + 2 * DAY_MS,
	 .before = 101},
	"100 ", 0},
    {{.limit = 2,
	 .device = "d3",
	 .alarm = "a3",
	 .from_ms = T0_MS + DAY_MS,
	 .to_ms = T0_MS + 2 * DAY_MS},
	"143 ", 0},
    {{.limit = 2, .to_ms = T0_MS}, "", 0},
    {{.limit = 2, .from_ms = T0_MS + 900 * DAY_MS}, "", 0},
};

/* While it hushes only what takes a few thousand steps is answered. */
START_TEST(of_many_events_those_asked_for_are_found_without_a_search)
{
	struct chronicle_query all = {.limit = 2};
	uint64_t next;

	write_up();
	number_of(fill);
	ck_assert_int_eq(number_of("SELECT count(*) FROM event"), 20000);
	chronicle_hush(true);
	for (size_t i = 0; i < sizeof(quick_cases) / sizeof(quick_cases[0]);
	     i++) {
		const struct journal_case *c = &quick_cases[i];

		ck_assert_msg(strcmp(ask(&c->want, &next), c->seqs) == 0,
		    "case %zu: %s", i, out.data);
		ck_assert_msg(next == c->next, "case %zu: %s", i, out.data);
	}
	chronicle_hush(false);
	ask(&all, &next);
}
END_TEST

START_TEST(a_question_that_takes_long_ends_when_it_is_to_hush)
{
	int64_t to_ms = T0_MS + 900 * DAY_MS;

	write_up();
	number_of(fill);
	chronicle_hush(true);
	ck_assert_int_eq(chronicle_figures(store, 1, to_ms, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is being set up"));
	chronicle_hush(false);
	ck_assert_int_eq(chronicle_figures(store, 1, to_ms, &out, &err), 0);
}
END_TEST

START_TEST(an_event_is_told_with_its_log_time_and_members)
{
	struct chronicle_query all = {.limit = 1};
	char want[256];
	uint64_t next;

	await_disk(tell_at(stamp_of(9, 5, false),
	    "\"type\":\"device\",\"device\":\"升降机\",\"online\":true"));
	write_up();
	ask(&all, &next);
	snprintf(want, sizeof(want),
	    "{\"events\":[{\"log\":\"%s\",\"seq\":1,\"ts\":%" PRId64
	    ",\"type\":\"device\",\"device\":\"升降机\",\"online\":true,"
	    "\"clock\":\"estimated\"}],\"next\":null}",
	    journal_id(journal), number_of("SELECT ts FROM event"));
	ck_assert_str_eq(out.data, want);
}
END_TEST

START_TEST(it_answers_while_events_are_written)
{
	struct chronicle_query all = {.limit = CHRONICLE_ROWS_MAX};
	uint64_t next;

	open_chronicle();
	for (int i = 0; i < 300; i++) {
		tell_at(stamp_of(1, i, true), "\"type\":\"reload\"");
		ask(&all, &next);
	}
	await_number("SELECT count(*) FROM event", 300);
}
END_TEST

START_TEST(without_a_file_every_answer_is_an_empty_one)
{
	struct chronicle_query all = {.limit = 1};

	buf_puts(&out, "[");
	ck_assert_int_eq(chronicle_journal(store, &all, &out, &err), 0);
	ck_assert_int_eq(chronicle_standing(store, &out, &err), 0);
	ck_assert_int_eq(chronicle_figures(store, 0, HOUR_MS, &out, &err), 0);
	ck_assert_str_eq(out.data,
	    "[{\"events\":[],\"next\":null}{\"alarms\":[]}"
	    "{\"from\":0,\"to\":3600000,\"since\":0,\"raised\":0,\"by_severity\":"
	    "{\"P1\":0,\"P2\":0,\"P3\":0,\"P4\":0},\"per_hour\":{\"mean\":0,"
	    "\"max\":0},\"flood_minutes\":0,\"ack_s\":{\"median\":null,"
	    "\"p95\":null},\"p1_acked_in_3min\":null,\"chattering\":[],"
	    "\"top\":[],\"stale\":[]}");
}
END_TEST

START_TEST(what_cannot_be_read_is_a_sentence_and_adds_nothing)
{
	struct chronicle_query all = {.limit = 1};

	tell("\"type\":\"reload\"");
	write_up();
	number_of("PRAGMA user_version = 7");
	buf_puts(&out, "[");
	ck_assert_int_eq(chronicle_journal(store, &all, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "newer riser"));
	number_of("PRAGMA user_version = 1");
	number_of("DROP TABLE standing");
	ck_assert_int_eq(chronicle_standing(store, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "standing"));
	ck_assert_int_eq(chronicle_figures(store, 0, HOUR_MS, &out, &err), -1);
	ck_assert_int_eq(chronicle_figures(store, 5, 5, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "ends after it begins"));
	ck_assert_str_eq(out.data, "[");
}
END_TEST

/* ---- what stands ---- */

static void
tell_state(const char *alarm, const char *severity, const char *state,
    int since, const char *shelved_until)
{
	tell("\"type\":\"alarm\",\"device\":\"lift-1\",\"alarm\":\"%s\","
	     "\"change\":\"shelve\",\"conf\":\"1a2b3c4d\",\"by\":\"Wang\","
	     "\"note\":\"x\",\"state\":\"%s\",\"severity\":\"%s\","
	     "\"since\":%d,\"shelved_until\":%s,\"ack\":{\"by\":\"Li\"}",
	    alarm, state, severity, since, shelved_until);
}

START_TEST(what_stands_is_told_most_urgent_first_without_what_the_event_adds)
{
	static const char *const order[] = {
	    "\"oldest\"", "\"newer\"", "\"p3\"", "\"acked\"", "\"shelved\""};
	const char *at, *before;
	char first[256];

	tell_state("shelved", "P1", "UNACK", 1, "99");
	tell_state("acked", "P1", "ACKED", 1, "null");
	tell_state("p3", "P3", "UNACK", 1, "null");
	tell_state("newer", "P2", "UNACK", 1000, "null");
	tell_state("oldest", "P2", "UNACK", 999, "null");
	write_up();
	ck_assert_int_eq(chronicle_standing(store, &out, &err), 0);
	snprintf(first, sizeof(first),
	    "{\"alarms\":[{\"device\":\"lift-1\",\"alarm\":\"oldest\","
	    "\"state\":\"UNACK\",\"severity\":\"P2\",\"since\":999,"
	    "\"shelved_until\":null,\"ack\":{\"by\":\"Li\"},\"log\":\"%s\","
	    "\"seq\":5},{",
	    journal_id(journal));
	ck_assert_mem_eq(out.data, first, strlen(first));
	before = out.data;
	for (size_t i = 0; i < 5; i++) {
		at = strstr(before, order[i]);
		ck_assert_msg(at != NULL, "%s in %s", order[i], out.data);
		before = at;
	}
}
END_TEST

/* ---- figures ---- */

#define MINUTE_MS 60000
/* An alarm's change so long after T0, by a clock that is right. */
static void
change_at(int64_t ms, const char *alarm, const char *severity,
    const char *change, const char *more)
{
	struct stamp at = stamp_of(1, ms, true);
	char members[512];

	snprintf(members, sizeof(members),
	    "\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"%s\",\"change\":"
	    "\"%s\",\"state\":\"UNACK\",\"active\":true,\"severity\":\"%s\"%s",
	    alarm, change, severity, more);
	await_disk(tell_at(at, members));
}

static void
acked_at(int64_t ms, const char *alarm, const char *severity, int64_t raised_ms)
{
	char more[128];

	snprintf(more, sizeof(more),
	    ",\"since\":%" PRId64 ",\"ack\":{\"by\":\"Wang\",\"ts\":%" PRId64
	    "}",
	    T0_MS + raised_ms, T0_MS + ms);
	change_at(ms, alarm, severity, "ack", more);
}

/* The figures of [T0, T0 + ms) have this in them. */
static void
assert_figures(int64_t ms, const char *want)
{
	buf_clear(&out);
	ck_assert_int_eq(
	    chronicle_figures(store, T0_MS, T0_MS + ms, &out, &err), 0);
	ck_assert_msg(
	    strstr(out.data, want) != NULL, "%s not in %s", want, out.data);
}

START_TEST(raises_are_counted_by_severity_hour_and_alarm)
{
	/* A raise each ten minutes of four hours, then one before and one at
	 * the end, which are not in it. */
	for (int i = 0; i < 24; i++)
		change_at(i * 10 * MINUTE_MS, i % 4 ? "often" : "seldom",
		    i % 4 ? "P3" : "P2", "raise", "");
	change_at(3 * HOUR_MS, "often", "P3", "chatter", "");
	change_at(-1, "often", "P1", "raise", "");
	change_at(4 * HOUR_MS, "often", "P1", "raise", "");
	change_at(HOUR_MS, "often", "P1", "clear", "");
	change_at(HOUR_MS, "h", "P1", "raise", ",\"shelved_until\":5");
	change_at(HOUR_MS, "h", "P1", "raise", ",\"suppressed_by\":\"g/b\"");
	change_at(HOUR_MS, "h", "P1", "raise", ",\"out_of_service\":{}");
	change_at(HOUR_MS, "h", "P1", "raise", ",\"test\":true");
	write_up();
	assert_figures(4 * HOUR_MS,
	    "\"raised\":25,\"by_severity\":{\"P1\":0,\"P2\":6,\"P3\":19,"
	    "\"P4\":0},\"per_hour\":{\"mean\":6.25,\"max\":7},"
	    "\"flood_minutes\":0,");
	assert_figures(4 * HOUR_MS,
	    "\"chattering\":[{\"alarm\":\"d/often\",\"count\":1}],"
	    "\"top\":[{\"alarm\":\"d/often\",\"count\":19},"
	    "{\"alarm\":\"d/seldom\",\"count\":6}]");
}
END_TEST

/* When the oldest event is, of three, and what they make an hour of four. */
static const struct {
	int64_t first_ms;
	const char *since, *mean;
} begins[] = {{-HOUR_MS, "1763690000000", "0.75"}, {0, "1763690000000", "0.75"},
    {2 * HOUR_MS, "1763697200000", "1.5"},
    {4 * HOUR_MS - 8 * MINUTE_MS, "1763703920000", "3"}};

START_TEST(an_hour_s_mean_is_of_the_time_that_is_known)
{
	char want[64];

	change_at(begins[_i].first_ms, "a", "P3", "clear", "");
	for (int i = 0; i < 3; i++)
		change_at(4 * HOUR_MS - 1, "a", "P3", "raise", "");
	write_up();
	snprintf(
	    want, sizeof(want), "\"since\":%s,\"raised\":3,", begins[_i].since);
	assert_figures(4 * HOUR_MS, want);
	snprintf(want, sizeof(want), "\"mean\":%s,", begins[_i].mean);
	assert_figures(4 * HOUR_MS, want);
}
END_TEST

/* So many raises in one minute of an hour; how many of its minutes are of a
 * flood: those that end ten with more than ten raises. */
static const struct {
	int count, minute;
	const char *want;
} floods[] = {
    {10, 20, "\"flood_minutes\":0,"}, {11, 20, "\"flood_minutes\":10,"},
    {300, 20, "\"flood_minutes\":10,"},
    {11, 55, "\"flood_minutes\":5,"}, /* the hour ends */
};

START_TEST(a_flood_is_more_than_ten_raises_in_ten_minutes)
{
	/* T0 is not at a full minute. */
	int64_t minute_ms = MINUTE_MS - T0_MS % MINUTE_MS;

	for (int i = 0; i < floods[_i].count; i++)
		change_at(minute_ms + (floods[_i].minute - 1) * MINUTE_MS, "a",
		    "P3", "raise", "");
	write_up();
	assert_figures(minute_ms + 59 * MINUTE_MS, floods[_i].want);
}
END_TEST

START_TEST(two_bursts_make_one_flood_where_they_meet)
{
	int64_t minute_ms = MINUTE_MS - T0_MS % MINUTE_MS;

	/* Six in minute 0 and six in minute 5: minutes 5 to 9. */
	for (int i = 0; i < 12; i++)
		change_at(
		    minute_ms + i / 6 * 5 * MINUTE_MS, "a", "P3", "raise", "");
	write_up();
	assert_figures(HOUR_MS, "\"flood_minutes\":5,");
}
END_TEST

START_TEST(the_time_to_acknowledge_is_by_nearest_rank)
{
	/* After 1 s, 2 s .. 20 s. */
	for (int i = 1; i <= 20; i++)
		acked_at(HOUR_MS, "a", "P3", HOUR_MS - i * 1000);
	write_up();
	assert_figures(2 * HOUR_MS, "\"ack_s\":{\"median\":10,\"p95\":19}");
}
END_TEST

START_TEST(of_p1_it_is_told_how_many_were_acknowledged_in_three_minutes)
{
	change_at(0, "soon", "P1", "raise", "");
	acked_at(3 * MINUTE_MS, "soon", "P1", 0);
	change_at(HOUR_MS, "late", "P1", "raise", "");
	acked_at(HOUR_MS + 3 * MINUTE_MS + 1, "late", "P1", HOUR_MS);
	change_at(2 * HOUR_MS, "never", "P1", "raise", "");
	change_at(2 * HOUR_MS, "p2", "P2", "raise", "");
	/* Its acknowledgement was of the time before. */
	acked_at(3 * HOUR_MS, "again", "P1", HOUR_MS);
	change_at(3 * HOUR_MS, "again", "P1", "raise", "");
	/* There is still time for this one. */
	change_at(4 * HOUR_MS - MINUTE_MS, "new", "P1", "raise", "");
	write_up();
	assert_figures(4 * HOUR_MS, "\"p1_acked_in_3min\":0.25,");
	assert_figures(MINUTE_MS * 4, "\"p1_acked_in_3min\":1,");
	assert_figures(MINUTE_MS, "\"p1_acked_in_3min\":1,");
}
END_TEST

START_TEST(what_is_active_for_more_than_a_day_is_stale)
{
	char since[64], want[128];

	snprintf(since, sizeof(since), ",\"since\":%" PRId64, T0_MS);
	change_at(0, "old", "P3", "raise", since);
	change_at(0, "test", "P3", "raise", ",\"since\":1,\"test\":true");
	change_at(
	    0, "out", "P3", "raise", ",\"since\":1,\"out_of_service\":{}");
	tell("\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"over\","
	     "\"state\":\"RTNUN\",\"active\":false,\"since\":1");
	write_up();
	assert_figures(DAY_MS, "\"stale\":[]");
	snprintf(want, sizeof(want),
	    "\"stale\":[{\"alarm\":\"d/old\",\"since\":%" PRId64 "}]", T0_MS);
	assert_figures(DAY_MS + 1, want);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("chronicle_query");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup_query, teardown_query);
	tcase_add_test(
	    t, the_journal_gives_what_was_asked_for_newest_first_page_by_page);
	tcase_add_test(
	    t, of_many_events_those_asked_for_are_found_without_a_search);
	tcase_add_test(t, a_question_that_takes_long_ends_when_it_is_to_hush);
	tcase_add_test(t, an_event_is_told_with_its_log_time_and_members);
	tcase_add_test(t, it_answers_while_events_are_written);
	tcase_add_test(t, without_a_file_every_answer_is_an_empty_one);
	tcase_add_test(t, what_cannot_be_read_is_a_sentence_and_adds_nothing);
	tcase_add_test(t,
	    what_stands_is_told_most_urgent_first_without_what_the_event_adds);
	tcase_add_test(t, raises_are_counted_by_severity_hour_and_alarm);
	tcase_add_loop_test(t, an_hour_s_mean_is_of_the_time_that_is_known, 0,
	    (int)(sizeof(begins) / sizeof(begins[0])));
	tcase_add_loop_test(t, a_flood_is_more_than_ten_raises_in_ten_minutes,
	    0, (int)(sizeof(floods) / sizeof(floods[0])));
	tcase_add_test(t, two_bursts_make_one_flood_where_they_meet);
	tcase_add_test(t, the_time_to_acknowledge_is_by_nearest_rank);
	tcase_add_test(
	    t, of_p1_it_is_told_how_many_were_acknowledged_in_three_minutes);
	tcase_add_test(t, what_is_active_for_more_than_a_day_is_stale);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
