/*
 * test_chronicle.c - each event in the database once, whatever happens to the
 * program, the file or the disk
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/chronicle_help.h"
#include "tests/refuse_help.h"
#include "tests/suite.h"

#define KILLS 50

#define EVENTS "SELECT count(*) FROM event"
#define STANDS "SELECT count(*) FROM standing"

/* An alarm's event; hidden: a member that hides it, or none. */
static uint64_t
tell_alarm(const char *alarm, const char *change, const char *state,
    const char *hidden)
{
	return tell("\"type\":\"alarm\",\"device\":\"lift-1\",\"alarm\":\"%s\","
		    "\"change\":\"%s\",\"conf\":\"1a2b3c4d\",\"state\":\"%s\","
		    "\"active\":true,\"severity\":\"P2\",\"since\":%" PRId64
		    ",\"shelved_until\":null,\"suppressed_by\":null,"
		    "\"out_of_service\":null,\"ack\":null%s",
	    alarm, change, state, T0_MS, hidden);
}

/* ---- each once ---- */

START_TEST(an_event_is_a_row_that_says_what_the_event_says)
{
	char text[256];

	tell_alarm("door", "raise", "UNACK", "");
	write_up();
	look("SELECT device || alarm || change || state || severity ||"
	     " type || counts || ts || synced || seq FROM event",
	    text, sizeof(text));
	ck_assert_str_eq(text, "lift-1doorraiseUNACKP2alarm1176369000100011");
	look("SELECT log FROM event", text, sizeof(text));
	ck_assert_str_eq(text, journal_id(journal));
	look("SELECT '{' || members || '}' ->> '$.conf' FROM event", text,
	    sizeof(text));
	ck_assert_int_eq(number_of("SELECT clock IS NULL FROM event"), 1);
}
END_TEST

START_TEST(it_takes_events_while_it_runs_and_none_twice_afterwards)
{
	open_chronicle();
	tell_alarm("door", "raise", "UNACK", "");
	await_number(EVENTS, 1);
	tell("\"type\":\"device\",\"device\":\"lift-1\",\"online\":false");
	tell("\"type\":\"device\",\"device\":\"lift-1\",\"online\":true");
	await_number(EVENTS, 3);
	close_chronicle();
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 3);
	ck_assert_int_eq(number_of("SELECT seq FROM position"), 3);
	ck_assert_int_eq(number_of("SELECT max(id) FROM event"), 3);
}
END_TEST

START_TEST(what_is_no_json_is_passed_over_and_hides_nothing_behind_it)
{
	tell("\"type\":\"alarm\",,");
	tell_alarm("door", "raise", "UNACK", "");
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 1);
	ck_assert_int_eq(number_of("SELECT seq FROM position"), 2);
}
END_TEST

/* A life: events go into the log and the chronicle until the end. */
static void
live_until_killed(unsigned life)
{
	open_events();
	open_chronicle();
	for (unsigned n = 0;; n++) {
		struct stamp at = stamp_of((uint8_t)life, n, n % 3 != 0);
		char members[256];

		snprintf(members, sizeof(members),
		    "\"type\":\"alarm\",\"device\":\"lift-1\",\"alarm\":"
		    "\"a%u\",\"change\":\"%s\",\"state\":\"%s\"",
		    n % 7, n % 2 ? "raise" : "clear",
		    n % 2 ? "UNACK" : "NORMAL");
		tell_at(at, members);
		usleep(500);
	}
}

/* The log's events, each compared with its row; how many. */
static int64_t
compare_with_log(void)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *none;
	int64_t count = 0;
	struct batch b;
	sqlite3 *db;
	sqlite3_stmt *q;
	char path[128];

	path_of(path, "events.db");
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_prepare_v2(
	    db, "SELECT members, mono FROM event WHERE seq = ?1", -1, &q, NULL);
	while (reader_next(r, &b, &none) == 1) {
		sqlite3_bind_int64(q, 1, (sqlite3_int64)b.seq);
		sure(sqlite3_step(q) == SQLITE_ROW, "it has a row");
		sure(strcmp((const char *)sqlite3_column_text(q, 0), b.event) ==
			    0 &&
			sqlite3_column_int64(q, 1) == b.at.mono_ms,
		    "the row is the event");
		sure(sqlite3_step(q) == SQLITE_DONE, "it has one row");
		sqlite3_reset(q);
		count++;
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	reader_close(r);
	return count;
}

START_TEST(after_fifty_kills_every_event_is_there_once_and_what_stands_is_true)
{
	unsigned seed = 1;
	int64_t count;

	close_journal();
	for (unsigned life = 1; life <= KILLS; life++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0) {
			live_until_killed(life);
			_exit(0);
		}
		usleep(10000 + (useconds_t)(rand_r(&seed) % 60000));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	open_events();
	write_up();
	count = compare_with_log();
	ck_assert_int_gt(count, KILLS);
	ck_assert_int_eq(number_of(EVENTS), count);
	/* The last event of each alarm, by the rows. */
	ck_assert_int_eq(
	    number_of("SELECT count(*) FROM standing s WHERE seq <>"
		      " (SELECT max(seq) FROM event e WHERE"
		      " e.alarm = s.alarm)"),
	    0);
	ck_assert_int_eq(number_of(STANDS),
	    number_of("SELECT count(*) FROM event e WHERE state = 'UNACK' AND"
		      " seq = (SELECT max(seq) FROM event f WHERE f.alarm ="
		      " e.alarm)"));
}
END_TEST

START_TEST(the_file_is_for_nobody_else)
{
	struct stat st;
	char path[128];

	umask(0);
	open_chronicle();
	tell("\"type\":\"stop\"");
	await_number(EVENTS, 1);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {
		    "events.db", "events.db-wal", "events.db-shm"};

		path_of(path, names[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0600);
	}
}
END_TEST

/* ---- the file ---- */

static void
overwrite(off_t at, size_t bytes)
{
	char path[128], noise[4096];
	int fd;

	path_of(path, "events.db");
	memset(noise, 0x5a, sizeof(noise));
	fd = open(path, O_WRONLY);
	ck_assert_int_ne(fd, -1);
	for (size_t done = 0; done < bytes; done += sizeof(noise))
		ck_assert_int_eq(syscall(SYS_pwrite64, fd, noise, sizeof(noise),
				     at + (off_t)done),
		    (long)sizeof(noise));
	close(fd);
}

static void
tell_some(int count)
{
	for (int i = 0; i < count; i++)
		tell_alarm(i % 2 ? "door" : "brake", "raise", "UNACK", "");
}

/* From where the file is damaged. */
static const off_t damages[] = {0, 4096, 8192};

START_TEST(a_damaged_file_is_set_aside_and_made_anew_from_the_log)
{
	tell_some(40);
	write_up();
	overwrite(damages[_i], 65536);
	tell_some(1);
	open_chronicle();
	await_number(EVENTS, 41);
	close_chronicle();
	ck_assert_int_eq(number_of(STANDS), 2);
	ck_assert(is_there("events.db.damaged"));
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 41);
}
END_TEST

START_TEST(one_that_a_newer_riser_wrote_is_set_aside_under_another_name)
{
	tell_some(3);
	write_up();
	number_of("PRAGMA user_version = 2");
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 3);
	ck_assert(is_there("events.db.newer"));
	ck_assert(!is_there("events.db.damaged"));
}
END_TEST

START_TEST(one_with_other_tables_is_taken_for_a_damaged_one)
{
	tell_some(3);
	write_up();
	number_of(_i == 0 ? "ALTER TABLE event DROP COLUMN counts"
			  : "PRAGMA user_version = 0");
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 3);
	ck_assert(is_there("events.db.damaged"));
}
END_TEST

START_TEST(without_its_file_it_begins_at_the_logs_start)
{
	char path[128];

	tell_some(5);
	write_up();
	path_of(path, "events.db");
	ck_assert_int_eq(unlink(path), 0);
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 5);
}
END_TEST

START_TEST(another_log_is_followed_from_its_start_beside_the_old_ones_rows)
{
	char path[128], old[128];

	tell_some(5);
	write_up();
	close_journal();
	path_of(path, "events");
	path_of(old, "old");
	ck_assert_int_eq(rename(path, old), 0);
	open_events();
	tell_some(2);
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 7);
	ck_assert_int_eq(number_of("SELECT count(DISTINCT log) FROM event"), 2);
	/* And back. */
	close_journal();
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(rename(old, path), 0);
	open_events();
	tell_some(1);
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 8);
}
END_TEST

/* ---- what stands ---- */

struct standing_case {
	const char *change, *state, *hidden;
	bool stands;
};

static const struct standing_case standing_cases[] = {
    {"raise", "UNACK", "", true},
    {"ack", "ACKED", "", true},
    {"clear", "RTNUN", "", true},
    {"clear", "LATCHED", "", true},
    {"clear", "NORMAL", "", false},
    {"gone", "NORMAL", "", false},
    {"reset", "NORMAL", "", false},
    {"shelve", "NORMAL", ",\"shelved_until\":5", true},
    {"suppress", "NORMAL", ",\"suppressed_by\":\"gateway/bus-down-x\"", true},
    {"out-of-service", "NORMAL",
	",\"out_of_service\":{\"by\":\"Wang\",\"ts\":5}", true},
};

/* Before, it was not normal, or was. */
START_TEST(an_alarm_stands_after_an_event_unless_that_leaves_it_plainly_normal)
{
	const struct standing_case *c = &standing_cases[_i / 2];

	tell_alarm("other", "raise", "UNACK", "");
	tell_alarm("door", "raise", _i % 2 ? "UNACK" : "NORMAL", "");
	tell("\"type\":\"alarm\",\"device\":\"lift-1\",\"alarm\":\"door\","
	     "\"change\":\"%s\",\"state\":\"%s\"%s",
	    c->change, c->state, c->hidden);
	write_up();
	ck_assert_int_eq(number_of(STANDS " WHERE alarm = 'door'"), c->stands);
	if (c->stands)
		ck_assert_int_eq(
		    number_of("SELECT seq FROM standing WHERE alarm = 'door'"),
		    3);
	ck_assert_int_eq(number_of(STANDS " WHERE alarm = 'other'"), 1);
}
END_TEST

static struct chronicle_alarm seen[8];
static char seen_members[8][512];
static int seen_count;

static void
see(void *context, const struct chronicle_alarm *a)
{
	(void)context;
	seen[seen_count] = *a;
	snprintf(seen_members[seen_count++], sizeof(seen_members[0]), "%s",
	    a->members);
}

static void
see_all(void)
{
	seen_count = 0;
	ck_assert_int_eq(chronicle_alarms(chronicle, see, NULL), 0);
}

START_TEST(a_start_is_told_what_stood_with_the_stamp_of_its_last_event)
{
	struct stamp at = stamp_of(7, 4321, false);
	uint64_t seq;

	tell_alarm("brake", "clear", "NORMAL", "");
	seq = tell_at(at,
	    "\"type\":\"alarm\",\"device\":\"tx-1\",\"alarm\":\"heavy\","
	    "\"change\":\"ack\",\"state\":\"ACKED\",\"since\":17");
	await_disk(seq);
	open_chronicle();
	see_all();
	ck_assert_int_eq(seen_count, 1);
	ck_assert_str_eq(seen[0].device, "tx-1");
	ck_assert_str_eq(seen[0].alarm, "heavy");
	ck_assert_str_eq(seen[0].log, journal_id(journal));
	ck_assert_uint_eq(seen[0].seq, seq);
	ck_assert_int_eq(seen[0].at.mono_ms, at.mono_ms);
	ck_assert_int_eq(seen[0].at.wall_ms, at.wall_ms);
	ck_assert(!seen[0].at.synced);
	ck_assert_mem_eq(seen[0].at.boot, at.boot, SAMPLE_BOOT_BYTES);
	ck_assert_ptr_nonnull(strstr(seen_members[0], "\"since\":17"));
}
END_TEST

/* ---- the disk ---- */

static const int refusals[] = {ENOSPC, EIO, EROFS};

/* The file is behind the log; _i / 3: it was closed, or has a WAL. */
START_TEST(on_a_disk_that_takes_nothing_a_start_knows_what_stands_all_the_same)
{
	pid_t pid;

	tell_alarm("door", "raise", "UNACK", "");
	tell_alarm("brake", "raise", "UNACK", "");
	close_journal();
	pid = fork();
	if (pid == 0) { /* may leave its WAL behind */
		open_events();
		open_chronicle();
		/* What the log does not say. */
		number_of("UPDATE standing SET alarm = 'gate' WHERE alarm ="
			  " 'door'");
		if (_i / 3 == 0)
			close_chronicle();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	open_events();
	tell_alarm("brake", "clear", "NORMAL", "");
	tell_alarm("light", "raise", "UNACK", "");
	set_refuse(refusals[_i % 3]);
	open_chronicle();
	see_all();
	ck_assert_int_eq(seen_count, 2);
	ck_assert_str_eq(seen[0].alarm, "gate");
	ck_assert_str_eq(seen[1].alarm, "light");
	close_chronicle();
	set_refuse(0);
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 4);
}
END_TEST

START_TEST(when_the_disk_takes_again_what_came_meanwhile_is_taken)
{
	open_chronicle();
	tell_alarm("door", "raise", "UNACK", "");
	await_number(EVENTS, 1);
	set_refuse(ENOSPC);
	tell_some(4);
	usleep(1500000);
	set_refuse(0);
	await_number(EVENTS, 5);
	ck_assert(!is_there("events.db.damaged"));
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_disk_that_hangs)
{
	int64_t begun_ms;

	open_chronicle();
	set_refuse(HANG);
	tell_some(1);
	usleep(200000);
	begun_ms = clock_mono_ms();
	close_chronicle();
	ck_assert_int_lt(clock_mono_ms(), begun_ms + 10000);
	close_journal();
	set_refuse(0);
	usleep(500000); /* it comes back, and finds nothing of ours */
	open_events();
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 1);
}
END_TEST

static bool reads_hang; /* atomic */
static bool one_hangs; /* atomic */

/* Of the log; SQLite has its own.  Stands in for libc's. */
ssize_t
pread(int fd, void *bytes, size_t n, off_t at)
{
	while (__atomic_load_n(&reads_hang, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&one_hangs, true, __ATOMIC_SEQ_CST);
		usleep(1000);
	}
	return syscall(SYS_pread64, fd, bytes, n, at);
}

START_TEST(a_stop_does_not_wait_for_a_log_that_cannot_be_read_on)
{
	static struct journal *kept; /* it is never freed, and no leak */
	int64_t begun_ms;

	open_chronicle();
	__atomic_store_n(&reads_hang, true, __ATOMIC_SEQ_CST);
	tell_some(1);
	while (!__atomic_load_n(&one_hangs, __ATOMIC_SEQ_CST))
		usleep(1000);
	kept = journal;
	begun_ms = clock_mono_ms();
	close_chronicle();
	ck_assert_int_lt(clock_mono_ms(), begun_ms + 10000);
	close_journal();
	ck_assert_ptr_nonnull(kept);
	__atomic_store_n(&reads_hang, false, __ATOMIC_SEQ_CST);
	await_number(EVENTS, 1); /* it comes back to what it needs */
	usleep(200000);
}
END_TEST

START_TEST(what_is_not_on_disk_in_the_log_is_not_taken_until_it_is)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	uint64_t seq;

	tell_some(1);
	open_chronicle();
	set_fault(FAULT_WRITE, -1);
	seq = tell_at(stamp_of(1, 5, true), "\"type\":\"reload\"");
	while (tail_seq() < seq) {
		sure(clock_mono_ms() < until_ms, "memory gives it");
		journal_tick(journal, clock_mono_ms());
		usleep(1000);
	}
	usleep(1500000);
	ck_assert_int_eq(number_of(EVENTS), 1);
	set_fault(FAULT_NONE, 0);
	while (disk_seq() < seq) {
		sure(clock_mono_ms() < until_ms, "the disk takes it");
		journal_tick(journal, clock_mono_ms());
		usleep(1000);
	}
	await_number(EVENTS, 2);
}
END_TEST

/* ---- times ---- */

START_TEST(events_of_a_clock_that_is_set_later_get_their_true_times)
{
	struct stamp at = {.mono_ms = 5000, .wall_ms = clock_wall_ms()};
	int64_t true_ms = at.wall_ms + 5 * HOUR_MS;
	char clock[32];

	clock_boot(at.boot);
	tell_at(at,
	    "\"type\":\"alarm\",\"device\":\"tx-1\",\"alarm\":\"heavy\","
	    "\"state\":\"UNACK\"");
	await_disk(1);
	open_chronicle();
	look("SELECT clock FROM event", clock, sizeof(clock));
	ck_assert_str_eq(clock, "unsynced");
	ck_assert_int_eq(number_of("SELECT ts FROM event"), at.wall_ms);
	journal_clock(journal, true, true_ms + 1000, at.mono_ms + 1000);
	tell("\"type\":\"clock\",\"synced\":true");
	await_number(EVENTS " WHERE clock IS NULL", 2);
	ck_assert_int_eq(
	    number_of("SELECT ts FROM event WHERE seq = 1"), true_ms);
	ck_assert_int_eq(number_of("SELECT ts FROM standing"), true_ms);
}
END_TEST

START_TEST(a_boot_that_ended_without_a_clock_is_estimated)
{
	char clock[32];

	tell_at(stamp_of(9, 5000, false), "\"type\":\"stop\"");
	await_disk(1);
	write_up();
	look("SELECT clock FROM event", clock, sizeof(clock));
	ck_assert_str_eq(clock, "estimated");
}
END_TEST

/* ---- what goes ---- */

START_TEST(what_is_older_than_three_years_goes)
{
	struct stamp old = stamp_of(1, 5, true);

	old.wall_ms = clock_wall_ms() - CHRONICLE_KEEP_MS - HOUR_MS;
	tell_at(old, "\"type\":\"start\"");
	old.wall_ms = clock_wall_ms() - CHRONICLE_KEEP_MS + HOUR_MS;
	tell_at(old, "\"type\":\"stop\"");
	await_disk(2);
	clock_tell_synced(false);
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 2);
	clock_tell_synced(true);
	open_chronicle();
	await_number(EVENTS, 1);
	ck_assert_int_eq(number_of("SELECT seq FROM event"), 2);
}
END_TEST

START_TEST(of_too_many_the_oldest_go)
{
	tell_some(3);
	write_up();
	number_of("UPDATE event SET id = 1000002 WHERE seq = 3");
	write_up();
	ck_assert_int_eq(number_of(EVENTS), 1);
	ck_assert_int_eq(number_of("SELECT seq FROM event"), 3);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("chronicle");
	TCase *t = tcase_create("all"), *d = tcase_create("disk");
	int cases = (int)(sizeof(standing_cases) / sizeof(standing_cases[0]));

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_event_is_a_row_that_says_what_the_event_says);
	tcase_add_test(
	    t, it_takes_events_while_it_runs_and_none_twice_afterwards);
	tcase_add_test(
	    t, what_is_no_json_is_passed_over_and_hides_nothing_behind_it);
	tcase_add_test(t,
	    after_fifty_kills_every_event_is_there_once_and_what_stands_is_true);
	tcase_add_test(t, the_file_is_for_nobody_else);
	tcase_add_loop_test(
	    t, a_damaged_file_is_set_aside_and_made_anew_from_the_log, 0, 3);
	tcase_add_test(
	    t, one_that_a_newer_riser_wrote_is_set_aside_under_another_name);
	tcase_add_loop_test(
	    t, one_with_other_tables_is_taken_for_a_damaged_one, 0, 2);
	tcase_add_test(t, without_its_file_it_begins_at_the_logs_start);
	tcase_add_test(
	    t, another_log_is_followed_from_its_start_beside_the_old_ones_rows);
	tcase_add_loop_test(t,
	    an_alarm_stands_after_an_event_unless_that_leaves_it_plainly_normal,
	    0, 2 * cases);
	tcase_add_test(
	    t, a_start_is_told_what_stood_with_the_stamp_of_its_last_event);
	tcase_set_timeout(d, 120);
	tcase_add_checked_fixture(d, setup, teardown);
	tcase_add_loop_test(d,
	    on_a_disk_that_takes_nothing_a_start_knows_what_stands_all_the_same,
	    0, 6);
	tcase_add_test(
	    d, when_the_disk_takes_again_what_came_meanwhile_is_taken);
	tcase_add_test(d, a_stop_does_not_wait_for_a_disk_that_hangs);
	tcase_add_test(
	    d, a_stop_does_not_wait_for_a_log_that_cannot_be_read_on);
	tcase_add_test(
	    d, what_is_not_on_disk_in_the_log_is_not_taken_until_it_is);
	tcase_add_test(
	    t, events_of_a_clock_that_is_set_later_get_their_true_times);
	tcase_add_test(t, a_boot_that_ended_without_a_clock_is_estimated);
	tcase_add_test(t, what_is_older_than_three_years_goes);
	tcase_add_test(t, of_too_many_the_oldest_go);
	suite_add_tcase(s, t);
	suite_add_tcase(s, d);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
