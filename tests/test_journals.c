/* test_journals.c - what is told of the clock and of the disks, on two logs
 * that say what the test wants */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/stats.h"
#include "gateway/events.h"
#include "gateway/journals.h"
#include "tests/suite.h"

#define HOUR ((int64_t)3600 * 1000)

/* ---- two logs ---- */

struct journal {
	struct journal_conf conf;
	struct journal_state state;
	bool open;
	unsigned clocks; /* times it was told of the clock, and the last */
	bool synced;
	int64_t wall_ms, mono_ms;
	int64_t wish_ms;
};

static struct journal logs[2];
static size_t opened, refuse_at;
static char told[4096]; /* events, a line each */
static struct journals *journals;
static struct stamp now;

struct journal *
journal_open(const struct journal_conf *conf, struct err *err)
{
	struct journal *j = &logs[opened];

	if (opened++ == refuse_at) {
		err_set(err, "no room for %s", conf->name);
		return NULL;
	}
	j->conf = *conf;
	j->open = true;
	return j;
}

void
journal_close(struct journal *j, int64_t wait_ms)
{
	ck_assert_int_ge(wait_ms, 0);
	if (j != NULL)
		j->open = false;
}

const char *
journal_volatile_id(const struct journal *j)
{
	return j == &logs[0] ? "vreading" : "vevents";
}

void
journal_clock(struct journal *j, bool synced, int64_t wall_ms, int64_t mono_ms)
{
	j->clocks++;
	j->synced = synced;
	j->wall_ms = wall_ms;
	j->mono_ms = mono_ms;
}

void
journal_state(struct journal *j, struct journal_state *s)
{
	*s = j->state;
}

bool
journal_append(struct journal *j, struct batch *b)
{
	ck_assert_ptr_eq(j, &logs[1]);
	strcat(strcat(told, b->event), "\n");
	b->seq = 1;
	return true;
}

int64_t
journal_tick(struct journal *j, int64_t now_ms)
{
	return j->wish_ms != 0 ? j->wish_ms : now_ms + 60000;
}

/* ---- a life in simulated time ---- */

static void
setup(void)
{
	static const struct conf_store conf = {.path = "/store",
	    .journal_max_bytes = 1 << 20,
	    .events_max_bytes = 1 << 16,
	    .commit_every_ms = 1000};
	struct err err;

	refuse_at = 2;
	journals = journals_open(&conf, &err);
	ck_assert_ptr_nonnull(journals);
	now = journals_now(journals);
}

static void
teardown(void)
{
	journals_close(journals, 100);
	ck_assert(!logs[0].open && !logs[1].open);
}

static void
pass(int64_t ms)
{
	now.mono_ms += ms;
	now.wall_ms += ms;
	told[0] = '\0';
	journals_tick(journals, &now);
}

START_TEST(each_log_has_its_folder_and_its_room)
{
	ck_assert_str_eq(logs[0].conf.name, "readings");
	ck_assert_str_eq(logs[1].conf.name, "events");
	ck_assert_str_eq(logs[1].conf.dir, "/store");
	ck_assert_int_eq(logs[0].conf.max_bytes, 1 << 20);
	ck_assert_int_eq(logs[1].conf.max_bytes, 1 << 16);
	ck_assert_ptr_eq(journals_readings(journals), &logs[0]);
	ck_assert_ptr_eq(journals_events(journals), &logs[1]);
}
END_TEST

START_TEST(one_that_does_not_open_closes_the_other_and_says_why)
{
	struct conf_store conf = {.path = "/store"};
	struct err err = {""};

	opened = 0;
	refuse_at = (size_t)_i;
	ck_assert_ptr_null(journals_open(&conf, &err));
	ck_assert_str_eq(
	    err.text, _i == 0 ? "no room for readings" : "no room for events");
	ck_assert(!logs[0].open && !logs[1].open);
}
END_TEST

START_TEST(both_know_the_clock_from_the_start)
{
	ck_assert_uint_eq(logs[0].clocks, 1);
	ck_assert_uint_eq(logs[1].clocks, 1);
	ck_assert(!logs[0].synced);
	pass(1000);
	pass(1000);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_clock_that_is_set_is_told_with_its_step_and_known_to_both)
{
	now.wall_ms += HOUR;
	now.synced = true;
	pass(1000);
	ck_assert_str_eq(
	    told, "\"type\":\"clock\",\"synced\":true,\"step_ms\":3600000\n");
	for (size_t i = 0; i < 2; i++) {
		ck_assert(logs[i].synced);
		ck_assert_int_eq(logs[i].wall_ms, now.wall_ms);
		ck_assert_int_eq(logs[i].mono_ms, now.mono_ms);
	}
	pass(1000);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_disk_that_fails_is_told_of_when_it_begins_and_when_it_is_over)
{
	logs[_i].state.in_memory = true;
	logs[_i].state.lost = 3; /* before anybody looked */
	logs[_i].state.memory_first = 7;
	pass(1000);
	ck_assert_str_eq(told,
	    _i == 0
		? "\"type\":\"journal\",\"of\":\"readings\",\"state\":\"memory\"\n"
		: "\"type\":\"journal\",\"of\":\"events\",\"state\":\"memory\"\n");
	pass(1000);
	ck_assert_str_eq(told, "");
	logs[_i].state.in_memory = false;
	logs[_i].state.memory_last = 90;
	logs[_i].state.lost = 8;
	pass(1000);
	ck_assert_str_eq(told,
	    _i == 0
		? "\"type\":\"journal\",\"of\":\"readings\",\"state\":\"disk\","
		  "\"from\":7,\"to\":90,\"as\":\"vreading\",\"lost\":8\n"
		: "\"type\":\"journal\",\"of\":\"events\",\"state\":\"disk\","
		  "\"from\":7,\"to\":90,\"as\":\"vevents\",\"lost\":8\n");
	pass(1000);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(what_was_over_between_two_looks_is_told_of_too)
{
	logs[0].state = (struct journal_state){
	    .memory_first = 7, .memory_last = 90, .lost = 8};
	pass(1000);
	logs[0].state = (struct journal_state){
	    .memory_first = 95, .memory_last = 96, .lost = 9};
	pass(1000);
	ck_assert_str_eq(told,
	    "\"type\":\"journal\",\"of\":\"readings\",\"state\":\"disk\","
	    "\"from\":95,\"to\":96,\"as\":\"vreading\",\"lost\":1\n");
}
END_TEST

START_TEST(readings_that_were_given_before_they_were_on_disk_are_counted)
{
	struct stat_series *given = stat_get(
	    STAT_COUNTER, "riser_reads_total", "", "stage=\"volatile\"");
	uint64_t before = stat_count(given);

	logs[0].state.memory_readings = 30;
	logs[1].state.memory_readings = 7; /* events are no readings */
	pass(1000);
	pass(1000);
	ck_assert_uint_eq(stat_count(given), before + 30);
	logs[0].state.memory_readings = 31;
	pass(1000);
	ck_assert_uint_eq(stat_count(given), before + 31);
	stat_put(given);
}
END_TEST

START_TEST(the_first_wish_of_both_is_theirs)
{
	ck_assert_int_le(journals_tick(journals, &now), now.mono_ms + 1000);
	logs[0].wish_ms = now.mono_ms + 30;
	ck_assert_int_eq(journals_tick(journals, &now), now.mono_ms + 30);
	logs[1].wish_ms = now.mono_ms + 20;
	ck_assert_int_eq(journals_tick(journals, &now), now.mono_ms + 20);
}
END_TEST

START_TEST(it_settles_when_the_event_can_be_read_and_not_later_than_allowed)
{
	logs[1].state.tail_seq = 3;
	alarm(20); /* a wait that does not end would end the test */
	journals_settle(journals, 3, 60000);
	journals_settle(journals, 4, 10);
	alarm(0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("journals");
	TCase *t = tcase_create("all");
	TCase *o = tcase_create("open");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_log_has_its_folder_and_its_room);
	tcase_add_test(t, both_know_the_clock_from_the_start);
	tcase_add_test(
	    t, a_clock_that_is_set_is_told_with_its_step_and_known_to_both);
	tcase_add_loop_test(t,
	    a_disk_that_fails_is_told_of_when_it_begins_and_when_it_is_over, 0,
	    2);
	tcase_add_test(t, what_was_over_between_two_looks_is_told_of_too);
	tcase_add_test(
	    t, readings_that_were_given_before_they_were_on_disk_are_counted);
	tcase_add_test(t, the_first_wish_of_both_is_theirs);
	tcase_add_test(t,
	    it_settles_when_the_event_can_be_read_and_not_later_than_allowed);
	suite_add_tcase(s, t);
	tcase_add_loop_test(
	    o, one_that_does_not_open_closes_the_other_and_says_why, 0, 2);
	suite_add_tcase(s, o);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
