/*
 * test_disk.c - two logs on a disk that fails in each place it can fail in
 */
#include "gateway/base/stats.h"
#include "gateway/store/recovery.h"
#include "tests/store_help.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define BATCHES 9

static struct journal *events;

static void
open_events(void)
{
	struct journal_conf conf = {.dir = store,
	    .name = "events",
	    .max_bytes = quota_bytes,
	    .commit_every_ms = 60000};
	struct err err = {""};

	events = journal_open(&conf, &err);
	ck_assert_msg(events != NULL, "%s", err.text);
}

static void
close_events(void)
{
	journal_close(events, HELP_WAIT_MS);
	events = NULL;
}

static bool
append_event(const char *text)
{
	struct batch b = {.count = 1, .event = text};

	b.at.wall_ms = 1763690000000;
	return journal_append(events, &b);
}

static void
await_events(uint64_t seq)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	struct journal_state s;

	do {
		usleep(100);
		sure(clock_mono_ms() < until_ms, "the commit comes");
		journal_state(events, &s);
	} while (s.disk_seq < seq);
}

static struct journal_state
state(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s;
}

/* All there is: how many, in order, none left out but what went for room. */
static uint64_t
count_batches(void)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;
	uint64_t n = 0, upto = 0;

	while (reader_next(r, &b, &c) == 1) {
		if (n == 0 && state().dropped > 0) {
			n = b.seq - 1;
			upto = b.first;
		}
		sure(b.seq == ++n, "nothing is missing");
		sure(b.first == upto, "no reading is missing");
		assert_is_sample(&b);
		upto = b.first + b.count;
	}
	reader_close(r);
	return n;
}

/* ---- each write, each sync ---- */

/* Some commits of which one begins a segment; true if the fault was met. */
static bool
live_through(enum fault kind, int spared, int times)
{
	uint64_t dropped;
	int met;

	make_store();
	set_late_fault(kind, spared, times);
	for (uint64_t n = 1; n <= BATCHES; n++) {
		journal_catalog(journal, n > BATCHES / 2 ? &edited : &estate);
		append(n);
		tick_due();
		while (disk_seq() < n && fault_met() == 0)
			usleep(100);
	}
	met = fault_met();
	set_fault(FAULT_NONE, 0);
	tick_due();
	await_disk(BATCHES);
	sure(count_batches() == BATCHES, "all is there");
	dropped = state().dropped;
	sure(dropped == 0 || kind == FAULT_FULL, "only a full disk drops");
	reopen();
	sure(dropped > 0 || count_batches() == BATCHES, "and on disk");
	sure(state().damaged == 0, "nothing is damaged");
	sure(commit(BATCHES + 1) == BATCHES + 1, "it goes on");
	remove_store();
	return met > 0;
}

static const struct {
	enum fault kind;
	int times;
} failures[] = {{FAULT_FULL, 1}, {FAULT_FULL, -1}, {FAULT_WRITE, 1},
    {FAULT_WRITE, -1}, {FAULT_SYNC, 1}, {FAULT_SYNC, -1}};

START_TEST(whichever_write_or_sync_fails_nothing_is_lost)
{
	int spared = 0;

	quota_bytes = (int64_t)1 << 20;
	while (live_through(failures[_i].kind, spared, failures[_i].times))
		spared++;
	ck_assert_int_ge(spared, BATCHES); /* each commit had its turn */
}
END_TEST

/* ---- a disk that cannot be written when we come ---- */

START_TEST(an_old_store_opens_on_a_disk_that_is_read_only)
{
	make_store();
	commit(1);
	close_journal();
	set_fault(FAULT_READ_ONLY, -1);
	open_journal();
	ck_assert(state().in_memory);
	ck_assert(state().failing);
	ck_assert_uint_eq(count_batches(), 1);
	append(2); /* no tick */
	ck_assert_uint_eq(count_batches(), 2);
	tick_due();
	ck_assert_uint_eq(state().disk_seq, 1);

	set_fault(FAULT_NONE, 0); /* mounted again */
	tick_due();
	await_disk(2);
	ck_assert(!state().failing);
	reopen();
	ck_assert_uint_eq(count_batches(), 2);
	remove_store();
}
END_TEST

START_TEST(a_torn_tail_on_a_read_only_disk_harms_nobody)
{
	char path[128];
	int fd;

	make_store();
	commit(1);
	commit(2);
	newest_path(path);
	close_journal();
	fd = open(path, O_RDWR);
	ck_assert_int_eq(ftruncate(fd, 4 * SEGMENT_SECTOR + 30), 0);
	close(fd);
	set_fault(FAULT_READ_ONLY, -1);
	open_journal();
	append(3);
	tick_due();
	set_fault(FAULT_NONE, 0);
	tick_due();
	await_disk(state().tail_seq);
	reopen();
	ck_assert_uint_eq(count_batches(), state().tail_seq);
	ck_assert_uint_eq(state().damaged, 0);
	remove_store();
}
END_TEST

START_TEST(an_old_store_opens_on_a_disk_that_is_full)
{
	make_store();
	commit(1);
	close_journal();
	set_fault(FAULT_FULL, -1);
	open_journal();
	append(2);
	tick_due();
	await_fault(1);
	while (!state().in_memory)
		usleep(100);
	ck_assert_uint_eq(count_batches(), 2);
	set_fault(FAULT_NONE, 0);
	await_disk(2);
	ck_assert_uint_eq(count_batches(), 2);
	remove_store();
}
END_TEST

/* ---- two logs ---- */

static size_t
count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
setup_both(void)
{
	make_store();
	open_events();
}

static void
teardown_both(void)
{
	close_events();
	remove_store();
}

START_TEST(an_event_is_on_disk_without_a_tick)
{
	struct journal_reader *r;
	const struct catalog *c;
	struct batch b;

	ck_assert(append_event("\"type\":\"start\""));
	await_events(1);
	ck_assert(append_event("\"type\":\"stop\",\"why\":\"\xe6\xad\xa2\""));
	close_events();
	open_events();
	r = reader_open(events, 0);
	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_str_eq(b.event, "\"type\":\"start\"");
	ck_assert_uint_eq(b.count, 1);
	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_str_eq(b.event, "\"type\":\"stop\",\"why\":\"\xe6\xad\xa2\"");
	ck_assert_uint_eq(b.first, 1);
	ck_assert_int_eq(b.at.wall_ms, 1763690000000);
	ck_assert_int_eq(reader_next(r, &b, &c), 0);
	reader_close(r);
}
END_TEST

START_TEST(an_event_that_the_disk_does_not_take_is_told_from_memory)
{
	struct journal_reader *r = reader_open(events, 0);
	const struct catalog *c;
	struct journal_state s;
	struct batch b;

	set_fault(FAULT_SYNC, -1);
	ck_assert(append_event("\"type\":\"start\""));
	await_fault(1);
	do
		journal_state(events, &s);
	while (!s.in_memory);
	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	ck_assert_str_eq(b.event, "\"type\":\"start\"");
	ck_assert(b.in_memory);
	set_fault(FAULT_NONE, 0);
	await_events(1);
	ck_assert_int_eq(reader_next(r, &b, &c), 0);
	reader_close(r);
}
END_TEST

START_TEST(each_log_has_its_own_id_numbers_and_figures)
{
	struct buf out = {0};

	commit(1);
	append_event("\"type\":\"start\"");
	append_event("\"type\":\"stop\"");
	await_events(2);
	journal_follow(journal, "mqtt");
	journal_follow(events, "mqtt");
	stats_print(&out);

	ck_assert_str_ne(journal_id(journal), journal_id(events));
	ck_assert_uint_eq(state().disk_seq, 1);
	ck_assert_uint_eq(count_of(out.data, "# TYPE riser_journal_bytes "), 1);
	ck_assert_uint_eq(count_of(out.data, "# TYPE riser_events_bytes "), 1);
	ck_assert_uint_eq(count_of(out.data, "# HELP riser_events_total "), 1);
	ck_assert_uint_eq(
	    count_of(out.data, "# HELP riser_readings_total "), 1);
	ck_assert_uint_eq(
	    count_of(out.data, "riser_events_total{sink=\"mqtt\""), 4);
	buf_free(&out);
}
END_TEST

#define THREADS 4
#define EVENTS_A_THREAD 500

static void *
append_many(void *arg)
{
	char text[64];

	for (int i = 0; i < EVENTS_A_THREAD; i++) {
		snprintf(text, sizeof(text), "\"thread\":%d,\"n\":%d",
		    *(int *)arg, i);
		sure(append_event(text), "the event is taken");
	}
	return NULL;
}

START_TEST(events_of_many_threads_are_all_there_each_in_its_order)
{
	int numbers[THREADS], next[THREADS] = {0}, thread, n;
	struct journal_reader *r;
	const struct catalog *c;
	pthread_t threads[THREADS];
	struct batch b;

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, append_many, &numbers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	await_events(THREADS * EVENTS_A_THREAD);
	r = reader_open(events, 0);
	for (uint64_t seq = 1; seq <= THREADS * EVENTS_A_THREAD; seq++) {
		sure(reader_next(r, &b, &c) == 1 && b.seq == seq, "in order");
		sure(
		    sscanf(b.event, "\"thread\":%d,\"n\":%d", &thread, &n) == 2,
		    "as it was");
		sure(next[thread]++ == n, "each thread's in its order");
	}
	reader_close(r);
}
END_TEST

/* ---- the boots' clocks ---- */

START_TEST(what_is_learnt_of_the_clock_is_kept)
{
	const int64_t wall_ms = 4000000000000; /* after any build */
	struct timeline t;

	journal_timeline(journal, &t);
	ck_assert_uint_eq(t.count, 1);
	ck_assert(!t.of[0].set);
	ck_assert_int_ge(t.of[0].floor_ms, clock_built_ms());
	journal_clock(journal, false, 5000, 1000);
	journal_clock(journal, true, wall_ms, 1000);
	commit(1);
	reopen();
	journal_timeline(journal, &t);
	ck_assert_uint_eq(t.count, 1);
	ck_assert(t.of[0].set);
	ck_assert_int_eq(t.of[0].offset_ms, wall_ms - 1000);
}
END_TEST

START_TEST(a_boot_is_not_before_the_newest_stamp_of_the_one_before)
{
	const int64_t wall_ms = 4000000000000;
	struct recovery found;
	struct shelf *shelf;
	struct sample s;
	char path[64];
	int dir;

	for (uint64_t n = 1; n <= 5; n++) { /* the 5th is not synchronised */
		sample_fill(&s, n);
		s.batch.at.wall_ms = wall_ms + (int64_t)n;
		ck_assert(journal_append(journal, &s.batch));
	}
	tick_due();
	await_disk(5);
	close_journal();
	snprintf(path, sizeof(path), "%s/readings", store);
	dir = open(path, O_RDONLY);
	shelf = shelf_new(dir);
	ck_assert_int_eq(recovery_run(&found, shelf, NULL), 0);
	ck_assert_int_eq(found.newest_ms, wall_ms + 4);
	ck_assert_int_eq(recovery_floor_ms(&found), wall_ms + 4);
	close(found.fd);
	recovery_free(&found);
	shelf_free(shelf);
	close(dir);
	open_journal();
}
END_TEST

static Suite *
disk_suite(void)
{
	Suite *s = suite_create("disk");
	TCase *tc = tcase_create("faults"), *both = tcase_create("two logs");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, whichever_write_or_sync_fails_nothing_is_lost,
	    0, (int)COUNT(failures));
	tcase_add_test(tc, an_old_store_opens_on_a_disk_that_is_read_only);
	tcase_add_test(tc, a_torn_tail_on_a_read_only_disk_harms_nobody);
	tcase_add_test(tc, an_old_store_opens_on_a_disk_that_is_full);
	suite_add_tcase(s, both);
	tcase_set_timeout(both, 60);
	tcase_add_checked_fixture(both, setup_both, teardown_both);
	tcase_add_test(both, an_event_is_on_disk_without_a_tick);
	tcase_add_test(
	    both, an_event_that_the_disk_does_not_take_is_told_from_memory);
	tcase_add_test(both, each_log_has_its_own_id_numbers_and_figures);
	tcase_add_test(
	    both, events_of_many_threads_are_all_there_each_in_its_order);
	tcase_add_test(both, what_is_learnt_of_the_clock_is_kept);
	tcase_add_test(
	    both, a_boot_is_not_before_the_newest_stamp_of_the_one_before);
	return s;
}

int
main(void)
{
	return suite_run(disk_suite());
}
