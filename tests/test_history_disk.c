/*
 * test_history_disk.c - the history on disks that refuse, hang or come back
 */
#include "gateway/store/past.h"
#include "tests/history_help.h"
#include "tests/refuse_help.h"

#include "tests/suite.h"

#define PACE_MS 40000 /* between two readings */

static int64_t put_ms = T0_MS; /* of the next reading */

static void
put_hours(int hours)
{
	int64_t until_ms = put_ms + hours * HOUR_MS;

	for (; put_ms < until_ms; put_ms += PACE_MS)
		put_power(put_ms, 5);
	put_all();
}

static struct history_state
state(void)
{
	struct history_state s;

	history_state(history, &s);
	return s;
}

static void
await_failing(bool failing)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (state().failing != failing) {
		sure(clock_mono_ms() < until_ms, "it notices");
		usleep(1000);
	}
}

static uint64_t
count_readings(void)
{
	uint64_t count = 0;

	await_history();
	ask("tx-1", "power", T0_MS, put_ms, HOUR_MS);
	for (int i = 0; i < rows.count; i++)
		count += rows.of[i].count;
	return count;
}

static uint64_t
put_count(void)
{
	return (uint64_t)((put_ms - T0_MS) / PACE_MS);
}

static void
set_up(void)
{
	setup();
	put_ms = T0_MS;
}

static void
tear_down(void)
{
	set_refuse(0);
	teardown();
}

/* ---- disks that refuse ---- */

static const int refusals[] = {ENOSPC, EIO, EROFS};

START_TEST(when_the_disk_takes_again_all_that_came_is_there_once)
{
	open_history();
	put_hours(3);
	await_history();
	ck_assert(!state().failing);
	set_refuse(refusals[_i]);
	put_hours(5);
	await_failing(true);
	put_hours(1);
	set_refuse(0);
	await_failing(false);
	ck_assert_uint_eq(count_readings(), put_count());
	ck_assert_uint_eq(state().set_aside, 0);
	ck_assert_uint_eq(state().missed, 0);
}
END_TEST

/* Opening alone is no cure: only what is written is. */
START_TEST(it_stays_failing_until_something_is_written)
{
	open_history();
	put_hours(3);
	await_history();
	set_refuse(ENOSPC);
	put_hours(3);
	await_failing(true);
	for (int i = 0; i < 700; i++) {
		ck_assert(state().failing);
		usleep(10000);
	}
}
END_TEST

START_TEST(started_on_a_disk_that_refuses_it_begins_when_that_takes)
{
	set_refuse(refusals[_i]);
	open_history();
	put_hours(5);
	await_failing(true);
	set_refuse(0);
	await_failing(false);
	ck_assert_uint_eq(count_readings(), put_count());
}
END_TEST

START_TEST(what_left_the_log_meanwhile_is_counted_as_missed)
{
	uint64_t dropped;

	close_journal();
	quota_bytes = 1 << 20;
	open_journal();
	open_history();
	put_hours(3);
	await_history();
	set_refuse(EIO);
	put_hours(900);
	await_failing(true);
	while (state().failing && put_ms < T0_MS + 90000 * HOUR_MS) {
		struct journal_state s;

		journal_state(journal, &s);
		if (s.dropped > 0)
			break;
		put_hours(100);
	}
	set_refuse(0);
	await_failing(false);
	await_history();
	dropped = state().missed;
	ck_assert_uint_gt(dropped, 0);
	ck_assert_int_gt(state().missed_ms, 0);
	ask("tx-1", "power", T0_MS, put_ms, DAY_MS);
	for (int i = 0; i < rows.count; i++)
		dropped += rows.of[i].count;
	ck_assert_uint_eq(dropped, put_count());
}
END_TEST

/* ---- disks that hang ---- */

START_TEST(nobody_waits_for_a_disk_that_hangs)
{
	int64_t begun_ms = clock_mono_ms();
	struct past *past = past_new();

	open_history();
	put_hours(1);
	await_history();
	set_refuse(HANG);
	put_hours(5);
	usleep(1500000);
	for (int i = 0; i < 1000; i++) {
		struct history_tail tail;

		history_state(history, &(struct history_state){0});
		history_know(history, &estate,
		    (const int64_t[]){90000, 90000, 90000, 90000});
		past_clear(past);
		history_tail(history, "tx-1", "power", past, &tail);
	}
	past_free(past);
	ck_assert_int_lt(clock_mono_ms(), begun_ms + HELP_WAIT_MS);
	set_refuse(0);
	ck_assert_uint_eq(count_readings(), put_count());
	ck_assert(!state().failing);
}
END_TEST

START_TEST(a_stop_leaves_a_thread_behind_that_the_disk_holds)
{
	int64_t begun_ms;

	open_history();
	put_hours(1);
	await_history();
	set_refuse(HANG);
	put_hours(5);
	usleep(1500000);
	history_ask(history);
	begun_ms = clock_mono_ms();
	history_close(history, 200);
	history = NULL;
	ck_assert_int_lt(clock_mono_ms(), begun_ms + 10000);
	close_journal();
	set_refuse(0);
	usleep(500000); /* it comes back, and finds nothing of ours */
	open_journal();
	open_history();
	ck_assert_uint_eq(count_readings(), put_count());
}
END_TEST

/* ---- files that are not ours ---- */

static void
await_aside(bool aside)
{
	for (int i = 0; i < 300 && state().aside != aside; i++)
		usleep(100000);
	ck_assert(state().aside == aside);
}

START_TEST(a_newer_file_is_set_aside_and_said_to_be_until_it_is_gone)
{
	char path[128], aside[160];
	sqlite3 *db;

	open_history();
	put_hours(5);
	await_history();
	ck_assert(!state().aside);
	close_history();
	reopen();
	snprintf(path, sizeof(path), "%s/%s", store, HISTORY_FILE);
	snprintf(aside, sizeof(aside), "%s.newer", path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	open_history();
	ck_assert_uint_eq(count_readings(), put_count());
	await_aside(true);
	ck_assert_uint_eq(state().set_aside, 1);
	ck_assert(!state().failing);
	ck_assert_int_eq(unlink(aside), 0);
	await_aside(false);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history on a disk");
	TCase *t = tcase_create("disk");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 200);
	tcase_add_loop_test(
	    t, when_the_disk_takes_again_all_that_came_is_there_once, 0, 3);
	tcase_add_test(t, it_stays_failing_until_something_is_written);
	tcase_add_loop_test(
	    t, started_on_a_disk_that_refuses_it_begins_when_that_takes, 0, 3);
	tcase_add_test(t, what_left_the_log_meanwhile_is_counted_as_missed);
	tcase_add_test(t, nobody_waits_for_a_disk_that_hangs);
	tcase_add_test(t, a_stop_leaves_a_thread_behind_that_the_disk_holds);
	tcase_add_test(
	    t, a_newer_file_is_set_aside_and_said_to_be_until_it_is_gone);
	suite_add_tcase(s, t);
	return suite_run(s);
}
