/*
 * test_journal.c - appending, committing, following, and what a crash leaves
 */
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "gateway/base/stats.h"
#include "gateway/store/shelf.h"
#include "tests/store_help.h"
#include "tests/suite.h"

#define MODEL_RUNS 1000
#define MODEL_STEPS 40
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Reads everything behind after: how many, all in order and as appended. */
static uint64_t
read_all(uint64_t after, uint64_t *last_seq)
{
	struct journal_reader *r = reader_open(journal, after);
	const struct catalog *c;
	struct batch b;
	uint64_t n = 0;
	int got;

	*last_seq = after;
	while ((got = reader_next(r, &b, &c)) == 1) {
		sure(b.seq > *last_seq, "seq rises");
		assert_is_sample(&b);
		*last_seq = b.seq;
		n++;
	}
	ck_assert_int_eq(got, 0);
	reader_close(r);
	return n;
}

/* The figure of a line of /metrics. */
static double
figure(const char *line)
{
	struct buf out = {0};
	double value = -1;
	const char *at;

	stats_print(&out);
	at = strstr(out.data, line);
	if (at != NULL)
		value = atof(at + strlen(line));
	buf_free(&out);
	return value;
}

static void
assert_ledger(double accepted, double delivered, double pending, double dropped)
{
	const char *sink = "riser_readings_total{sink=\"mqtt\",stage=";
	const struct {
		const char *stage;
		double want;
	} rows[] = {{"\"accepted\"} ", accepted},
	    {"\"delivered\"} ", delivered}, {"\"pending\"} ", pending},
	    {"\"dropped\"} ", dropped}};
	char line[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(line, sizeof(line), "%s%s", sink, rows[i].stage);
		ck_assert_double_eq(figure(line), rows[i].want);
	}
	ck_assert_double_eq(accepted, delivered + pending + dropped);
}

/* ---- appending and committing ---- */

START_TEST(a_new_journal_is_empty)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct journal_state s;
	struct batch b;

	journal_state(journal, &s);

	ck_assert_uint_eq(s.tail_seq, 0);
	ck_assert_uint_eq(s.tail_readings, 0);
	ck_assert_int_eq(s.bytes, 0);
	ck_assert_int_eq(s.oldest_ms, 0);
	ck_assert(!s.failing);
	ck_assert_uint_eq(strlen(journal_id(journal)), 8);
	ck_assert_int_eq(reader_next(r, &b, &c), 0);
	reader_close(r);
}
END_TEST

START_TEST(batches_are_read_back_as_they_were_appended)
{
	uint64_t last;

	for (uint64_t n = 1; n <= 500; n++)
		ck_assert_uint_eq(append(n), n);
	tick_due();
	await_disk(500);

	ck_assert_uint_eq(read_all(0, &last), 500);
	ck_assert_uint_eq(last, 500);
}
END_TEST

START_TEST(readers_of_a_segment_share_its_names)
{
	struct journal_reader *one = reader_open(journal, 0);
	struct journal_reader *other = reader_open(journal, 0);
	const struct catalog *c, *shared, *later;
	struct batch b;

	commit(1);
	journal_catalog(journal, &edited); /* begins another segment */
	commit(2);

	ck_assert_int_eq(reader_next(one, &b, &shared), 1);
	ck_assert_int_eq(reader_next(other, &b, &c), 1);
	ck_assert_ptr_eq(c, shared);
	ck_assert_int_eq(reader_next(one, &b, &later), 1);
	ck_assert_ptr_ne(later, c);
	reader_close(one);
	ck_assert_str_eq(c->devices[0].id, "tx-1"); /* still the other's */
	ck_assert_int_eq(reader_next(other, &b, &c), 1);
	reader_close(other);
}
END_TEST

START_TEST(names_that_were_just_written_are_not_copied)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;

	journal_catalog(journal, &edited);
	commit(1);

	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_ptr_eq(c, &edited);
	reader_close(r);
}
END_TEST

START_TEST(first_counts_the_readings_before)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;
	uint64_t sum = 0;

	for (uint64_t n = 1; n <= 20; n++)
		commit(n);
	while (reader_next(r, &b, &c) == 1) {
		ck_assert_uint_eq(b.first, sum);
		sum += b.count;
	}
	reader_close(r);
	ck_assert_uint_gt(sum, 20);
}
END_TEST

START_TEST(a_commit_is_due_commit_every_after_the_first_batch)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = quota_bytes, .commit_every_ms = 1000};

	close_journal();
	journal = journal_open(&conf, NULL);
	journal_catalog(journal, &estate);
	append(1);
	ck_assert_int_eq(journal_tick(journal, 5000), 6000);
	append(2);
	ck_assert_int_eq(journal_tick(journal, 5999), 6000);
	ck_assert_uint_eq(tail_seq(), 0);

	journal_tick(journal, 6000);
	await_disk(2);
}
END_TEST

START_TEST(an_urgent_batch_is_committed_at_once)
{
	struct sample s;

	append(1);
	sample_fill(&s, 2);
	s.batch.urgent = true;
	ck_assert(journal_append(journal, &s.batch));

	journal_tick(journal, now_ms);
	await_disk(2);
}
END_TEST

START_TEST(nothing_is_appended_before_there_are_names)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = quota_bytes, .commit_every_ms = 1};
	struct journal_state state;
	struct sample s;

	close_journal();
	journal = journal_open(&conf, NULL);
	sample_fill(&s, 1);

	ck_assert(!journal_append(journal, &s.batch));
	journal_state(journal, &state);
	ck_assert_uint_eq(state.refused, 1);
}
END_TEST

START_TEST(closing_commits_what_is_pending)
{
	uint64_t last;

	append(1);
	append(2);
	reopen();

	ck_assert_uint_eq(read_all(0, &last), 2);
}
END_TEST

START_TEST(an_idle_journal_writes_nothing)
{
	struct journal_state before, after;

	commit(1);
	journal_state(journal, &before);
	set_fault(FAULT_SYNC, -1); /* any write would be seen */
	for (int i = 0; i < 100; i++)
		tick_due();
	close_journal();
	ck_assert_int_eq(disk.met, 0);
	set_fault(FAULT_NONE, 0);
	open_journal();

	journal_state(journal, &after);
	ck_assert_int_eq(after.bytes, before.bytes);
}
END_TEST

START_TEST(a_second_opener_is_told_why_not)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = quota_bytes, .commit_every_ms = 1};
	struct err err;

	ck_assert_ptr_null(journal_open(&conf, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "in use by another riser"));
	ck_assert_ptr_nonnull(strstr(err.text, store));
}
END_TEST

START_TEST(a_store_that_cannot_be_made_is_named)
{
	struct journal_conf conf = {.dir = "/proc/version/store",
	    .max_bytes = quota_bytes,
	    .commit_every_ms = 1};
	struct err err;

	ck_assert_ptr_null(journal_open(&conf, &err));
	ck_assert_ptr_nonnull(strstr(err.text, conf.dir));
}
END_TEST

/* ---- names ---- */

START_TEST(old_batches_keep_the_names_of_their_time)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;

	append(1);
	journal_catalog(journal, &edited);
	append(2);
	tick_due();
	await_disk(2);

	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_str_eq(c->devices[b.device].id, "tx-1");
	ck_assert_str_eq(c->devices[1].points[0].names[1].name, "open");
	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_str_eq(c->devices[b.device].id, "tx-9");
	reader_close(r);
}
END_TEST

START_TEST(the_same_names_do_not_begin_a_segment)
{
	struct catalog same = {
	    .device_count = 2, .devices = estate_devices, .refs = 1};
	char before[128], after[128];

	commit(1);
	newest_path(before);
	journal_catalog(journal, &same);
	commit(2);
	reopen();
	commit(3);
	newest_path(after);

	ck_assert_str_eq(before, after);
	close_journal();
	ck_assert_int_eq(same.refs, 1);
}
END_TEST

START_TEST(a_store_knows_whether_this_boot_wrote_it_before)
{
	struct journal_state s;

	journal_state(journal, &s);
	ck_assert(!s.resumed);
	commit(1);
	reopen();
	journal_state(journal, &s);
	ck_assert(s.resumed);
}
END_TEST

START_TEST(a_store_keeps_its_id)
{
	char id[16];

	strcpy(id, journal_id(journal));
	commit(1);
	reopen();
	journal_catalog(journal, &edited);
	commit(2);
	reopen();

	ck_assert_str_eq(journal_id(journal), id);
}
END_TEST

/* ---- cursors ---- */

START_TEST(a_new_cursor_stands_at_the_tail)
{
	commit(1);
	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "late")), 1);
	ck_assert_uint_eq(cursor_upto(journal_follow(journal, "late")), 2);
}
END_TEST

START_TEST(a_cursor_survives_a_reopen)
{
	struct cursor *c = journal_follow(journal, "mqtt");

	for (uint64_t n = 1; n <= 3; n++)
		commit(n); /* 2, 3 and 1 readings */
	cursor_ack(c, 2, 5, 5);
	assert_ledger(6, 5, 1, 0);
	reopen();
	c = journal_follow(journal, "mqtt");

	ck_assert_uint_eq(cursor_seq(c), 2);
	ck_assert_uint_eq(cursor_upto(c), 5);
	assert_ledger(6, 5, 1, 0);
}
END_TEST

/* The cursors that stand last in the newest segment's file. */
static void
last_cursors(struct record_cursors *out)
{
	struct segment_scan scan = {.end = INT64_MAX};
	char path[128];

	newest_path(path);
	scan.fd = open(path, O_RDONLY);
	while (segment_scan_next(&scan) == 1)
		if (scan.frame.type == RECORD_CURSORS)
			ck_assert(record_cursors_get(
			    out, scan.body, scan.frame.length));
	segment_scan_free(&scan);
	close(scan.fd);
}

START_TEST(a_cursor_is_written_without_a_batch_when_due)
{
	struct cursor *c = journal_follow(journal, "mqtt");
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	struct record_cursors kept = {0};

	commit(1);
	cursor_ack(c, 1, 2, 2);
	tick_due();
	do {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		last_cursors(&kept);
	} while (kept.count != 1 || kept.of[0].ranges[0].after != 1);

	ck_assert_str_eq(kept.of[0].name, "mqtt");
	ck_assert_uint_eq(kept.of[0].delivered, 2);
}
END_TEST

START_TEST(what_was_dropped_is_counted_apart)
{
	struct cursor *c = journal_follow(journal, "mqtt");

	for (uint64_t n = 1; n <= 3; n++)
		commit(n);
	cursor_ack(c, 1, 2, 2);
	cursor_drop(c, 2, 5, 3);

	assert_ledger(6, 2, 1, 3);
}
END_TEST

START_TEST(a_ledger_that_does_not_hold_shows)
{
	struct cursor *c = journal_follow(journal, "mqtt");
	const char *line =
	    "riser_readings_total{sink=\"mqtt\",stage=\"delivered\"} ";

	commit(1);
	cursor_ack(c, 1, 2, 1); /* one reading went nowhere */

	ck_assert_double_eq(figure(line), 1);
	ck_assert_double_eq(
	    figure("riser_readings_total{sink=\"mqtt\",stage=\"accepted\"} "),
	    2);
	ck_assert_double_eq(
	    figure("riser_readings_total{sink=\"mqtt\",stage=\"pending\"} "),
	    0);
}
END_TEST

/* In a child, so that the store is removed all the same. */
static void
assert_aborts(struct cursor *c, uint64_t seq, uint64_t upto)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		cursor_ack(c, seq, upto, 0);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

START_TEST(a_cursor_that_falls_is_a_bug)
{
	struct cursor *c = journal_follow(journal, "mqtt");

	commit(1);
	cursor_ack(c, 1, 2, 2);
	assert_aborts(c, 0, 2);
	assert_aborts(c, 1, 1);
}
END_TEST

START_TEST(a_cursor_beyond_the_tail_is_a_bug)
{
	struct cursor *c = journal_follow(journal, "mqtt");

	assert_aborts(c, 1, 0);
	assert_aborts(c, 0, 1);
}
END_TEST

START_TEST(forgotten_cursors_make_room_for_new_ones)
{
	char name[RECORD_NAME_MAX];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "sink-%d", i);
		commit((uint64_t)i + 1);
		journal_follow(journal, name);
		reopen(); /* nobody follows it any more */
	}
	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "sink-39")), 40);
}
END_TEST

/* ---- readers ---- */

START_TEST(a_reader_is_woken_by_a_commit)
{
	struct journal_reader *r = reader_open(journal, 0);
	struct pollfd p = {.fd = reader_fd(r), .events = POLLIN};

	ck_assert_int_eq(poll(&p, 1, 0), 0);
	commit(1);
	ck_assert_int_eq(poll(&p, 1, HELP_WAIT_MS), 1);
	reader_close(r);
}
END_TEST

START_TEST(a_reader_can_go_back_and_ahead)
{
	static const uint64_t places[] = {0, 99, 42, 43, 7, 98, 0, 100, 50};
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;

	for (uint64_t n = 1; n <= 100; n++)
		n % 9 == 0 ? commit(n) : append(n);
	tick_due();
	await_disk(100);
	for (size_t i = 0; i < COUNT(places); i++) {
		reader_seek(r, places[i]);
		if (places[i] == 100) {
			ck_assert_int_eq(reader_next(r, &b, &c), 0);
			continue;
		}
		ck_assert_int_eq(reader_next(r, &b, &c), 1);
		ck_assert_uint_eq(b.seq, places[i] + 1);
	}
	reader_close(r);
}
END_TEST

START_TEST(too_many_readers_are_refused)
{
	struct journal_reader *r[SHELF_WATCHERS_MAX];

	for (size_t i = 0; i < COUNT(r); i++)
		ck_assert_ptr_nonnull(r[i] = reader_open(journal, 0));
	errno = 0;
	ck_assert_ptr_null(reader_open(journal, 0));
	ck_assert_int_eq(errno, EMFILE);
	for (size_t i = 0; i < COUNT(r); i++)
		reader_close(r[i]);
}
END_TEST

/* ---- the quota ---- */

static void
use_small_quota(void)
{
	quota_bytes = (int64_t)512 * 1024;
	reopen();
}

/* So many batches in commits of 50. */
static uint64_t
fill(uint64_t batches)
{
	uint64_t seq = 0;

	for (uint64_t n = 1; n <= batches; n++) {
		seq = append(n);
		if (n % 50 == 0) {
			tick_due();
			await_disk(seq);
		}
	}
	return seq;
}

START_TEST(at_the_quota_the_oldest_goes_and_the_gap_is_exact)
{
	struct cursor *c;
	struct journal_reader *r;
	const struct catalog *names;
	struct batch b;
	struct journal_state s;
	uint64_t gone, given = 0;

	use_small_quota();
	c = journal_follow(journal, "mqtt");
	fill(60000);
	journal_state(journal, &s);
	ck_assert_int_le(s.bytes, quota_bytes);
	ck_assert_int_gt(s.bytes, quota_bytes / 2);
	r = reader_open(journal, 0);
	ck_assert_int_eq(reader_next(r, &b, &names), 1);
	ck_assert_uint_gt(b.seq, 1);
	ck_assert_int_eq(b.at.wall_ms, s.oldest_ms);
	gone = b.first - cursor_upto(c);
	cursor_drop(c, b.seq - 1, b.first, gone);
	do {
		given += b.count;
		cursor_ack(c, b.seq, b.first + b.count, b.count);
	} while (reader_next(r, &b, &names) == 1);
	reader_close(r);

	ck_assert_uint_eq(gone + given, s.tail_readings);
	assert_ledger((double)s.tail_readings, (double)given, 0, (double)gone);
	ck_assert_double_gt(
	    figure("\nriser_journal_segments_dropped_total "), 0);
}
END_TEST

START_TEST(a_reader_overtaken_by_the_quota_jumps)
{
	struct journal_reader *r;
	const struct catalog *names;
	struct batch b;
	uint64_t last = 0, jumps = 0, sum = 0;

	use_small_quota();
	r = reader_open(journal, 0);
	commit(1);
	ck_assert_int_eq(reader_next(r, &b, &names), 1);
	last = b.seq;
	sum = b.first + b.count;
	fill(60000);
	while (reader_next(r, &b, &names) == 1) {
		sure(b.seq > last, "seq rises");
		jumps += b.seq != last + 1;
		sure((b.first == sum) == (b.seq == last + 1),
		    "first jumps where seq jumps");
		assert_is_sample(&b);
		last = b.seq;
		sum = b.first + b.count;
	}
	reader_close(r);

	ck_assert_uint_eq(jumps, 1);
	ck_assert_uint_eq(last, 60001);
}
END_TEST

/* ---- the disk fails ---- */

static void
await_failing(bool failing)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	struct journal_state s;

	do {
		usleep(100);
		journal_state(journal, &s);
		ck_assert(clock_mono_ms() < until_ms);
	} while (s.failing != failing);
}

START_TEST(a_full_disk_is_recovered_from_without_a_restart)
{
	uint64_t last;

	commit(1);
	set_fault(FAULT_FULL, -1);
	append(2);
	tick_due();
	await_failing(true);
	append(3);
	ck_assert_uint_eq(read_all(0, &last), 3); /* two of them in memory */
	set_fault(FAULT_NONE, 0);
	await_failing(false);
	tick_due();
	await_disk(3);

	ck_assert_uint_eq(read_all(0, &last), 3);
	reopen();
	ck_assert_uint_eq(read_all(0, &last), 3);
	ck_assert_uint_eq(commit(4), 4);
}
END_TEST

START_TEST(a_disk_that_is_full_of_us_gives_up_the_oldest)
{
	struct journal_state before, after;

	use_small_quota();
	fill(10000);
	journal_state(journal, &before);
	set_fault(FAULT_FULL, 1);
	commit(1);
	journal_state(journal, &after);

	ck_assert(!after.failing);
	ck_assert_int_lt(after.bytes, before.bytes);
	ck_assert_int_gt(after.oldest_ms, before.oldest_ms);
}
END_TEST

START_TEST(a_disk_that_others_keep_full_does_not_eat_the_backlog)
{
	struct journal_state before, after;

	use_small_quota();
	fill(10000);
	journal_state(journal, &before);
	set_fault(FAULT_FULL, -1);
	append(1);
	tick_due();
	do { /* one try a second */
		poll(NULL, 0, 20);
		journal_state(journal, &after);
	} while (after.failures < before.failures + 3);
	set_fault(FAULT_NONE, 0);

	ck_assert_uint_eq(after.dropped, before.dropped + 1);
}
END_TEST

START_TEST(the_last_segment_is_never_given_up)
{
	char path[128];
	uint64_t last;

	commit(1);
	newest_path(path);
	set_fault(FAULT_FULL, -1);
	append(2);
	tick_due();
	await_failing(true);

	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_uint_eq(read_all(0, &last), 2); /* one of them in memory */
	set_fault(FAULT_NONE, 0);
}
END_TEST

START_TEST(after_a_failed_sync_a_new_segment_holds_it_all)
{
	char before[128], after[128];
	uint64_t last;

	commit(1);
	newest_path(before);
	set_fault(FAULT_SYNC, 1);
	append(2);
	append(3);
	tick_due();
	await_fault(1);
	await_disk(3);
	newest_path(after);

	ck_assert_str_ne(before, after);
	ck_assert_uint_eq(read_all(0, &last), 3);
	reopen();
	ck_assert_uint_eq(read_all(0, &last), 3);
}
END_TEST

START_TEST(what_reached_the_disk_twice_is_given_once)
{
	uint64_t last;

	commit(1);
	disk.no_cut = true; /* the dead segment keeps what was not synced */
	set_fault(FAULT_SYNC, 1);
	append(2);
	append(3);
	tick_due();
	await_disk(3);
	ck_assert_uint_eq(read_all(0, &last), 3);
	reopen();

	ck_assert_uint_eq(read_all(0, &last), 3);
	ck_assert_uint_eq(last, 3);
}
END_TEST

START_TEST(short_writes_are_written_to_their_end)
{
	uint64_t last;

	set_fault(FAULT_SHORT, 5);
	for (uint64_t n = 1; n <= 200; n++)
		append(n);
	tick_due();
	await_disk(200);

	ck_assert_int_eq(disk.met, 5);
	ck_assert_uint_eq(read_all(0, &last), 200);
}
END_TEST

START_TEST(a_stalled_disk_does_not_stall_the_loop)
{
	uint64_t last, n = 1, refused = 0;
	struct journal_state s;

	set_fault(FAULT_HANG, -1);
	append(n++);
	tick_due();
	await_fault(1);
	/* The writer hangs in its sync; the loop fills the queue to its end. */
	for (struct sample b; refused == 0; n++) {
		sample_fill(&b, n);
		refused += !journal_append(journal, &b.batch);
		if (n % 1000 == 0)
			tick_due();
	}
	ck_assert_uint_gt(n, 100000);
	ck_assert_uint_eq(tail_seq(), 0);
	set_fault(FAULT_NONE, 0);
	tick_due();
	await_disk(n - 2);

	ck_assert_uint_eq(read_all(0, &last), n - 2);
	journal_state(journal, &s);
	ck_assert_uint_eq(s.refused, 1);
}
END_TEST

START_TEST(closing_does_not_wait_for_a_dead_disk)
{
	int64_t start_ms;

	set_fault(FAULT_HANG, -1);
	append(1);
	tick_due();
	await_fault(1);
	start_ms = clock_mono_ms();
	journal_close(journal, 50);
	journal = NULL;

	ck_assert_int_lt(clock_mono_ms() - start_ms, HELP_WAIT_MS / 4);
}
END_TEST

START_TEST(closing_with_a_full_disk_gives_up)
{
	uint64_t last;

	commit(1);
	set_fault(FAULT_FULL, -1);
	append(2);
	close_journal();
	set_fault(FAULT_NONE, 0);
	open_journal();

	ck_assert_uint_eq(read_all(0, &last), 1);
	ck_assert_uint_eq(commit(2), 2);
}
END_TEST

/* ---- kill -9 ---- */

/* Appends for ever, and tells through the pipe what was accepted. */
static _Noreturn void
append_for_ever(int out, uint64_t n)
{
	uint64_t told = 0, tail;

	open_journal();
	for (;; n++) {
		append(n);
		if (n % 3 == 0)
			tick_due();
		tail = tail_seq();
		if (tail != told && write(out, &tail, sizeof(tail)) == -1)
			_exit(1);
		told = tail;
	}
}

static uint64_t
last_told(int in)
{
	uint64_t seq, last = 0;

	while (read(in, &seq, sizeof(seq)) == sizeof(seq))
		last = seq;
	return last;
}

START_TEST(what_was_accepted_survives_kill_9)
{
	uint64_t n = 1, told, last;
	int ends[2];
	pid_t child;

	for (unsigned round = 0; round < 50; round++) {
		close_journal();
		ck_assert_int_eq(pipe(ends), 0);
		child = fork();
		if (child == 0)
			append_for_ever(ends[1], n);
		close(ends[1]);
		usleep((useconds_t)(1 + random() % 20000));
		kill(child, SIGKILL);
		told = last_told(ends[0]);
		waitpid(child, NULL, 0);
		close(ends[0]);
		open_journal();
		/* All of it is there, each as it was, none twice, no holes:
		 * batch number n has seq n. */
		ck_assert_uint_eq(read_all(0, &last), last);
		ck_assert_uint_ge(last, told);
		ck_assert_uint_eq(last, tail_seq());
		n = last + 1;
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

/* ---- threads ---- */

#define THREAD_BATCHES 20000

static void *
follow(void *arg)
{
	struct cursor *cursor = journal_follow(journal, "mqtt");
	struct journal_reader *r = arg;
	struct pollfd p = {.fd = reader_fd(r), .events = POLLIN};
	const struct catalog *c;
	struct batch b = {0};
	eventfd_t x;

	while (b.seq < THREAD_BATCHES) {
		poll(&p, 1, HELP_WAIT_MS);
		if (read(p.fd, &x, sizeof(x)) != sizeof(x))
			break;
		while (reader_next(r, &b, &c) == 1) {
			assert_is_sample(&b);
			cursor_ack(cursor, b.seq, b.first + b.count, b.count);
		}
	}
	return NULL;
}

START_TEST(a_loop_and_two_followers_work_side_by_side)
{
	struct journal_reader *r = reader_open(journal, 0);
	struct cursor *c = journal_follow(journal, "mqtt");
	struct journal_state s;
	struct buf out = {0};
	pthread_t thread;

	pthread_create(&thread, NULL, follow, r);
	for (uint64_t n = 1; n <= THREAD_BATCHES; n++) {
		append(n);
		if (n % 50 == 0)
			tick_due();
		if (n % 1000 == 0)
			stats_print(&out);
	}
	while (tail_seq() < THREAD_BATCHES)
		tick_due();
	pthread_join(thread, NULL);
	reader_close(r);
	buf_free(&out);
	journal_state(journal, &s);

	ck_assert_uint_eq(cursor_seq(c), THREAD_BATCHES);
	assert_ledger((double)s.tail_readings, (double)s.tail_readings, 0, 0);
}
END_TEST

/* ---- the same against a model, at random ---- */

struct model {
	uint64_t appended, committed; /* numbers; number n has seq n */
	uint64_t acked, upto, accepted;
	bool edited;
};

static void
model_commit(struct model *m)
{
	struct sample s;

	tick_due();
	await_disk(m->appended);
	for (; m->committed < m->appended; m->committed++) {
		sample_fill(&s, m->committed + 1);
		m->accepted += s.batch.count;
	}
}

/* A queue of many short slots may be full: reloads in a row do that. */
static void
model_append(struct model *m)
{
	struct sample s;

	sample_fill(&s, m->appended + 1);
	if (!journal_append(journal, &s.batch)) {
		model_commit(m);
		ck_assert(journal_append(journal, &s.batch));
	}
	ck_assert_uint_eq(s.batch.seq, ++m->appended);
}

static void
model_reopen(struct model *m)
{
	model_commit(m);
	reopen();
	if (m->edited)
		journal_catalog(journal, &edited);
}

static void
model_ack(struct model *m)
{
	struct cursor *c = journal_follow(journal, "mqtt");
	struct journal_reader *r;
	const struct catalog *names;
	struct batch b;

	model_commit(m);
	ck_assert_uint_eq(cursor_seq(c), m->acked);
	ck_assert_uint_eq(cursor_upto(c), m->upto);
	r = reader_open(journal, m->acked);
	for (long i = random() % 5; i > 0 && m->acked < m->committed; i--) {
		ck_assert_int_eq(reader_next(r, &b, &names), 1);
		ck_assert_uint_eq(b.seq, m->acked + 1);
		ck_assert_uint_eq(b.first, m->upto);
		assert_is_sample(&b);
		m->acked = b.seq;
		m->upto += b.count;
		cursor_ack(c, m->acked, m->upto, b.count);
	}
	reader_close(r);
	assert_ledger((double)m->accepted, (double)m->upto,
	    (double)(m->accepted - m->upto), 0);
}

static void
model_step(struct model *m)
{
	switch (random() % 8) {
	case 0:
	case 1:
	case 2: model_append(m); break;
	case 3:
	case 4: model_commit(m); break;
	case 5: model_ack(m); break;
	case 6: model_reopen(m); break;
	case 7:
		m->edited = !m->edited;
		journal_catalog(journal, m->edited ? &edited : &estate);
		break;
	}
}

START_TEST(any_order_of_steps_agrees_with_the_model)
{
	struct model m = {0};
	uint64_t last;

	srandom((unsigned)_i);
	journal_follow(journal, "mqtt");
	for (int step = 0; step < MODEL_STEPS; step++)
		model_step(&m);
	model_commit(&m);
	model_ack(&m);

	ck_assert_uint_eq(read_all(0, &last), m.committed);
}
END_TEST

static Suite *
journal_suite(void)
{
	Suite *s = suite_create("journal");
	TCase *tc = tcase_create("journal");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, make_store, remove_store);
	tcase_add_test(tc, a_new_journal_is_empty);
	tcase_add_test(tc, batches_are_read_back_as_they_were_appended);
	tcase_add_test(tc, readers_of_a_segment_share_its_names);
	tcase_add_test(tc, names_that_were_just_written_are_not_copied);
	tcase_add_test(tc, first_counts_the_readings_before);
	tcase_add_test(tc, a_commit_is_due_commit_every_after_the_first_batch);
	tcase_add_test(tc, an_urgent_batch_is_committed_at_once);
	tcase_add_test(tc, nothing_is_appended_before_there_are_names);
	tcase_add_test(tc, closing_commits_what_is_pending);
	tcase_add_test(tc, an_idle_journal_writes_nothing);
	tcase_add_test(tc, a_second_opener_is_told_why_not);
	tcase_add_test(tc, a_store_that_cannot_be_made_is_named);
	tcase_add_test(tc, old_batches_keep_the_names_of_their_time);
	tcase_add_test(tc, the_same_names_do_not_begin_a_segment);
	tcase_add_test(tc, a_store_knows_whether_this_boot_wrote_it_before);
	tcase_add_test(tc, a_store_keeps_its_id);
	tcase_add_test(tc, a_new_cursor_stands_at_the_tail);
	tcase_add_test(tc, a_cursor_survives_a_reopen);
	tcase_add_test(tc, a_cursor_is_written_without_a_batch_when_due);
	tcase_add_test(tc, what_was_dropped_is_counted_apart);
	tcase_add_test(tc, a_ledger_that_does_not_hold_shows);
	tcase_add_test(tc, a_cursor_that_falls_is_a_bug);
	tcase_add_test(tc, a_cursor_beyond_the_tail_is_a_bug);
	tcase_add_test(tc, forgotten_cursors_make_room_for_new_ones);
	tcase_add_test(tc, a_reader_is_woken_by_a_commit);
	tcase_add_test(tc, a_reader_can_go_back_and_ahead);
	tcase_add_test(tc, too_many_readers_are_refused);
	tcase_add_test(tc, at_the_quota_the_oldest_goes_and_the_gap_is_exact);
	tcase_add_test(tc, a_reader_overtaken_by_the_quota_jumps);
	tcase_add_test(tc, a_full_disk_is_recovered_from_without_a_restart);
	tcase_add_test(tc, a_disk_that_is_full_of_us_gives_up_the_oldest);
	tcase_add_test(
	    tc, a_disk_that_others_keep_full_does_not_eat_the_backlog);
	tcase_add_test(tc, the_last_segment_is_never_given_up);
	tcase_add_test(tc, after_a_failed_sync_a_new_segment_holds_it_all);
	tcase_add_test(tc, what_reached_the_disk_twice_is_given_once);
	tcase_add_test(tc, short_writes_are_written_to_their_end);
	tcase_add_test(tc, a_stalled_disk_does_not_stall_the_loop);
	tcase_add_test(tc, closing_does_not_wait_for_a_dead_disk);
	tcase_add_test(tc, closing_with_a_full_disk_gives_up);
	tcase_add_test(tc, what_was_accepted_survives_kill_9);
	tcase_add_test(tc, a_loop_and_two_followers_work_side_by_side);
	tcase_add_loop_test(
	    tc, any_order_of_steps_agrees_with_the_model, 0, MODEL_RUNS);
	return s;
}

int
main(void)
{
	return suite_run(journal_suite());
}
