/*
 * test_memory.c - a disk that fails or stalls, and those who cannot wait for it
 */
#include <poll.h>
#include <sys/wait.h>

#include "gateway/base/stats.h"
#include "gateway/store/memory.h"
#include "tests/store_help.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define STALL_MS 1000
#define PROVE_MS 10000

static struct journal_state
state(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s;
}

static void
await_memory(bool in_memory)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	while (state().in_memory != in_memory) {
		sure(clock_mono_ms() < until_ms, "the mode changes");
		usleep(100);
	}
}

/* A reader and what it has had. */
struct follower {
	struct journal_reader *reader;
	uint64_t seq, upto; /* of the last batch */
	uint64_t got, missed; /* batches; readings that jumps left out */
	uint64_t from_memory; /* of the batches */
};

static struct follower
follow(uint64_t after_seq)
{
	return (struct follower){
	    .reader = reader_open(journal, after_seq), .seq = after_seq};
}

/* At most so many batches: each as it was appended, none twice. */
static void
take(struct follower *f, uint64_t max)
{
	const struct catalog *c;
	struct batch b;

	while (max-- > 0 && reader_next(f->reader, &b, &c) == 1) {
		sure(b.seq > f->seq, "seq rises");
		assert_is_sample(&b);
		sure(c->devices[b.device].point_count >= b.count,
		    "it has names");
		f->got++;
		f->missed += b.first - f->upto;
		f->from_memory += b.in_memory;
		f->seq = b.seq;
		f->upto = b.first + b.count;
	}
}

/* ---- the marks, without a disk ---- */

static struct memory memory;

static void
setup_memory(void)
{
	memory_init(&memory, 1, 0);
}

static void
teardown_memory(void)
{
	memory_free(&memory);
}

static bool
put(uint64_t n)
{
	struct catalog *gone = NULL;
	struct sample s;
	bool kept;

	sample_fill(&s, n);
	kept = memory_put(&memory, &estate, &s.batch, &gone);
	catalog_unref(gone);
	return kept;
}

static void
land(void)
{
	sure(queue_take(&memory.queue, true) != NULL, "something waits");
	catalog_unref(memory_landed(&memory));
}

START_TEST(what_waits_is_seen_when_it_is_on_disk)
{
	put(1);
	put(2);
	ck_assert_uint_eq(memory.tail.seq, 0);
	land();
	ck_assert_uint_eq(memory.tail.seq, 2);
	ck_assert_uint_eq(memory.tail.readings, 5);
	ck_assert_uint_eq(memory.disk_seq, 2);
	ck_assert_uint_eq(memory.seen, 0);
}
END_TEST

START_TEST(open_memory_is_seen_at_once)
{
	put(1);
	memory_open(&memory);
	ck_assert_uint_eq(memory.tail.seq, 1);
	put(2);
	ck_assert_uint_eq(memory.tail.seq, 2);
	ck_assert_uint_eq(memory.seen, 5);
	ck_assert_uint_eq(memory.from, 1);
	ck_assert_uint_eq(memory.to, 2);
	ck_assert_uint_eq(memory.disk_seq, 0);
}
END_TEST

START_TEST(what_was_seen_stays_seen_when_memory_is_shut)
{
	struct rows rows;
	struct catalog *old;
	struct reading readings[SAMPLE_READINGS_MAX];
	struct batch b = {.readings = readings};

	rows_init(&rows);
	put(1);
	memory_open(&memory);
	memory_shut(&memory);
	put(2);
	ck_assert_uint_eq(memory.tail.seq, 1);
	ck_assert(memory_copy(&memory, 0, &rows, &old));
	ck_assert(rows_next(&rows, &b));
	ck_assert_uint_eq(b.seq, 1);
	ck_assert(!rows_next(&rows, &b));
	ck_assert(!memory_copy(&memory, 1, &rows, &old));
	memory_open(&memory);
	ck_assert(memory_copy(&memory, 1, &rows, &old));
	b.readings = readings;
	ck_assert(rows_next(&rows, &b));
	ck_assert_uint_eq(b.seq, 2);
	assert_is_sample(&b);
	rows_free(&rows);
}
END_TEST

START_TEST(shut_memory_refuses_when_it_is_full)
{
	uint64_t n = 1;

	while (put(n))
		n++;
	ck_assert_uint_gt(n, 100000);
	ck_assert_uint_eq(memory.next_seq, n);
	ck_assert_uint_eq(memory.lost, 0);
	land();
	ck_assert(put(n)); /* it gets the number that was refused */
	ck_assert_uint_eq(memory.next_seq, n + 1);
}
END_TEST

START_TEST(open_memory_gives_up_its_oldest_but_not_the_writers)
{
	uint64_t n = 1, first_slot;
	struct slot *slot;

	memory_open(&memory);
	while (memory.queue.count < 2)
		put(n++);
	slot = queue_take(&memory.queue, false);
	first_slot = slot->frame.batches;
	while (memory.lost == 0)
		ck_assert(put(n++));
	ck_assert_uint_eq(slot->frame.seq, 1);
	ck_assert_uint_eq(slot->frame.batches, first_slot);
	ck_assert_uint_eq(memory.queue.count, QUEUE_SLOTS);
	ck_assert_uint_eq(memory.tail.seq, n - 1);
	catalog_unref(memory_landed(&memory));
	ck_assert_uint_eq(memory.disk_seq, first_slot);
	ck_assert_uint_gt(
	    memory.queue.order[memory.queue.head]->frame.seq, first_slot + 1);
}
END_TEST

/* ---- the disk fails, and comes back ---- */

static const enum fault faults[] = {
    FAULT_FULL, FAULT_WRITE, FAULT_SYNC, FAULT_HANG};

/* Batch n is appended, and does not get to the disk. */
static void
break_disk(enum fault kind, uint64_t n)
{
	set_fault(kind, -1);
	append(n);
	tick_due();
	await_fault(1);
	if (kind == FAULT_HANG) {
		journal_tick(journal, now_ms);
		now_ms += STALL_MS;
		journal_tick(journal, now_ms);
	}
	await_memory(true);
}

/* What stalled last is followed by a commit that does not.  Time that jumps
 * while the writer is at work makes that one a stall, too: then by another. */
static void
prove_disk(void)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;

	for (; state().in_memory; now_ms += PROVE_MS) {
		sure(clock_mono_ms() < until_ms, "the disk is trusted again");
		tick_due();
		usleep(10000);
	}
}

static void
heal_disk(uint64_t seq)
{
	set_fault(FAULT_NONE, 0);
	tick_due();
	await_disk(seq);
	prove_disk();
}

START_TEST(what_the_disk_does_not_take_is_given_from_memory)
{
	struct follower quick = follow(0), slow = follow(0), late = follow(0);

	commit(1);
	take(&quick, 10);
	ck_assert_uint_eq(quick.from_memory, 0);
	break_disk(faults[_i], 2);
	append(3); /* no tick */
	take(&quick, 10);
	ck_assert_uint_eq(quick.got, 3);
	ck_assert_uint_eq(quick.from_memory, 2);
	take(&slow, 2);
	append(4);
	take(&quick, 10);
	ck_assert_uint_eq(state().tail_seq, 4);
	ck_assert_uint_eq(state().disk_seq, 1);
	heal_disk(4);
	take(&quick, 10);
	take(&slow, 10);
	take(&late, 10);

	ck_assert_uint_eq(quick.got, 4); /* nothing twice */
	ck_assert_uint_eq(slow.got, 4);
	ck_assert_uint_eq(late.got, 4);
	ck_assert_uint_eq(late.from_memory, 0);
	ck_assert_uint_eq(quick.missed + slow.missed + late.missed, 0);
	ck_assert(!state().failing);
	reader_close(quick.reader);
	reader_close(slow.reader);
	reader_close(late.reader);
}
END_TEST

START_TEST(after_it_the_disk_has_all_of_it)
{
	struct cursor *c = journal_follow(journal, "mqtt");
	struct follower f;

	commit(1);
	cursor_ack(c, 1, 2, 2);
	break_disk(faults[_i], 2);
	append(3);
	cursor_ack(c, 2, 5, 3); /* ahead of the disk */
	heal_disk(3);
	ck_assert_uint_eq(state().memory_first, 2);
	ck_assert_uint_eq(state().memory_last, 3);
	ck_assert_uint_eq(state().memory_readings, 4);
	reopen();
	c = journal_follow(journal, "mqtt");
	ck_assert_uint_eq(cursor_seq(c), 2);
	f = follow(0);
	take(&f, 10);
	ck_assert_uint_eq(f.got, 3);
	ck_assert_uint_eq(f.from_memory, 0);
	reader_close(f.reader);
	ck_assert_uint_eq(commit(4), 4);
}
END_TEST

START_TEST(each_append_wakes_the_readers)
{
	struct follower f = follow(0);
	struct pollfd p = {.fd = reader_fd(f.reader), .events = POLLIN};
	uint64_t x;

	break_disk(faults[_i], 1);
	ck_assert_int_eq(read(p.fd, &x, sizeof(x)), sizeof(x));
	append(2);
	ck_assert_int_eq(poll(&p, 1, 0), 1);
	take(&f, 10);
	ck_assert_uint_eq(f.got, 2);
	heal_disk(2);
	reader_close(f.reader);
}
END_TEST

START_TEST(a_seek_finds_its_place_in_memory)
{
	static const uint64_t places[] = {0, 3, 1, 5, 2, 2, 4, 0};
	struct follower f = follow(0);
	const struct catalog *c;
	struct batch b;

	commit(1);
	break_disk(faults[_i], 2);
	journal_catalog(journal, &edited);
	append(3);
	append(4);
	journal_catalog(journal, &estate);
	append(5);
	for (size_t i = 0; i < COUNT(places); i++) {
		reader_seek(f.reader, places[i]);
		for (uint64_t seq = places[i] + 1; seq <= 5; seq++) {
			ck_assert_int_eq(reader_next(f.reader, &b, &c), 1);
			ck_assert_uint_eq(b.seq, seq);
			ck_assert_int_eq(b.in_memory, seq > 1);
			assert_is_sample(&b);
			ck_assert_str_eq(c->devices[0].id,
			    seq == 3 || seq == 4 ? "tx-9" : "tx-1");
		}
		ck_assert_int_eq(reader_next(f.reader, &b, &c), 0);
	}
	heal_disk(5);
	reader_close(f.reader);
}
END_TEST

START_TEST(what_memory_cannot_hold_is_a_gap_of_its_readings)
{
	struct follower had = follow(0), missed = follow(0), after = follow(0);
	uint64_t n = 2;

	commit(1);
	break_disk(faults[_i], n++);
	while (state().lost == 0) {
		append(n++);
		if (n % 1000 == 0)
			take(&had, UINT64_MAX);
	}
	take(&had, UINT64_MAX);
	take(&missed, UINT64_MAX);
	ck_assert_uint_eq(had.got, n - 1);
	ck_assert_uint_eq(had.missed, 0);
	ck_assert_uint_eq(missed.missed, state().lost);
	ck_assert_uint_eq(missed.upto, had.upto);
	ck_assert_uint_eq(state().refused, 0);
	heal_disk(n - 1);
	take(&after, UINT64_MAX);
	ck_assert_uint_eq(after.missed, state().lost);
	ck_assert_uint_eq(after.got, missed.got);
	ck_assert_uint_eq(after.from_memory, 0);
	reader_close(had.reader);
	reader_close(missed.reader);
	reader_close(after.reader);
}
END_TEST

/* ---- how long is long ---- */

START_TEST(a_commit_may_take_a_second)
{
	set_fault(FAULT_HANG, -1);
	append(1);
	tick_due();
	await_fault(1);
	journal_tick(journal, now_ms + STALL_MS - 1);
	ck_assert(!state().in_memory);
	ck_assert_uint_eq(state().tail_seq, 0);
	now_ms += STALL_MS;
	journal_tick(journal, now_ms);
	ck_assert(state().in_memory);
	ck_assert(!state().failing); /* it is only slow */
	ck_assert_uint_eq(state().tail_seq, 1);
	heal_disk(1);
}
END_TEST

START_TEST(a_stall_is_over_when_a_commit_was_quick)
{
	break_disk(FAULT_HANG, 1);
	set_fault(FAULT_NONE, 0);
	await_disk(1);
	ck_assert(state().in_memory); /* it may stall again */
	prove_disk(); /* with nothing to write */
	break_disk(FAULT_HANG, 2);
	set_fault(FAULT_NONE, 0);
	await_disk(2);
	append(3);
	tick_due();
	await_memory(false);
	ck_assert_uint_eq(state().disk_seq, 3);
}
END_TEST

START_TEST(commits_in_a_row_are_not_one_that_stalls)
{
	for (uint64_t n = 1; n <= 5; n++) {
		set_fault(FAULT_HANG, -1);
		append(n);
		tick_due();
		await_fault(1);
		journal_tick(journal, now_ms += STALL_MS / 2);
		ck_assert(!state().in_memory);
		set_fault(FAULT_NONE, 0);
		await_disk(n);
	}
}
END_TEST

START_TEST(the_loop_is_asked_to_look_when_a_second_is_over)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = quota_bytes, .commit_every_ms = 60000};
	struct sample s;

	close_journal();
	journal = journal_open(&conf, NULL);
	journal_catalog(journal, &estate);
	set_fault(FAULT_HANG, -1);
	sample_fill(&s, 1);
	s.batch.urgent = true;
	ck_assert(journal_append(journal, &s.batch));
	await_fault(1);
	ck_assert_int_eq(journal_tick(journal, now_ms), now_ms + STALL_MS);
	set_fault(FAULT_NONE, 0);
	await_disk(1);
}
END_TEST

/* ---- the program ends meanwhile ---- */

START_TEST(no_id_and_seq_are_ever_used_twice)
{
	char own[RECORD_LOG_CHARS + 1], unsafe[RECORD_LOG_CHARS + 1];
	struct follower f;
	int ends[2];
	pid_t child;

	commit(1);
	strcpy(own, journal_id(journal));
	close_journal();
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		open_journal();
		break_disk(faults[_i], 2);
		f = follow(1);
		take(&f, 10);
		if (f.from_memory != 1 ||
		    write(ends[1], journal_volatile_id(journal),
			sizeof(unsafe)) != sizeof(unsafe))
			_exit(1);
		_exit(0); /* as a kill does */
	}
	ck_assert_int_eq(read(ends[0], unsafe, sizeof(unsafe)), sizeof(unsafe));
	waitpid(child, NULL, 0);
	open_journal();
	ck_assert_str_eq(journal_id(journal), own);
	ck_assert_str_ne(unsafe, own);
	ck_assert_str_ne(journal_volatile_id(journal), own);
	ck_assert_str_ne(journal_volatile_id(journal), unsafe);
	ck_assert_uint_eq(strlen(unsafe), RECORD_LOG_CHARS);
	/* What was written and not synced may be there all the same. */
	ck_assert_uint_le(state().tail_seq, 2);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(closing_writes_what_is_in_memory_if_the_disk_is_back)
{
	struct follower f;

	break_disk(faults[_i], 1);
	append(2);
	set_fault(FAULT_NONE, 0);
	reopen();
	f = follow(0);
	take(&f, 10);
	ck_assert_uint_eq(f.got, 2);
	reader_close(f.reader);
}
END_TEST

START_TEST(closing_in_a_stall_does_not_wait)
{
	int64_t start_ms;

	break_disk(FAULT_HANG, 1);
	start_ms = clock_mono_ms();
	journal_close(journal, 50);
	journal = NULL;
	ck_assert_int_lt(clock_mono_ms() - start_ms, HELP_WAIT_MS / 4);
}
END_TEST

/* ---- at random, with threads ---- */

#define RANDOM_BATCHES 30000

static void *
read_on(void *arg)
{
	struct follower *f = arg;
	struct pollfd p = {.fd = reader_fd(f->reader), .events = POLLIN};
	uint64_t x;

	while (f->seq < RANDOM_BATCHES) {
		if (poll(&p, 1, HELP_WAIT_MS) != 1 ||
		    read(p.fd, &x, sizeof(x)) != sizeof(x))
			break;
		take(f, (uint64_t)(1 + random() % 500));
		if (random() % 3 == 0)
			reader_seek(f->reader, f->seq);
		take(f, UINT64_MAX);
	}
	return NULL;
}

START_TEST(two_readers_get_all_of_it_once_whatever_the_disk_does)
{
	struct follower f[2] = {follow(0), follow(0)};
	pthread_t threads[2];

	for (size_t i = 0; i < COUNT(f); i++)
		pthread_create(&threads[i], NULL, read_on, &f[i]);
	for (uint64_t n = 1; n <= RANDOM_BATCHES; n++) {
		append(n);
		if (n % 20 == 0)
			tick_due();
		if (n % 3000 == 0)
			set_fault(faults[random() % 4], n % 6000 == 0 ? 0 : -1);
		if (n % 500 == 0)
			journal_tick(journal, now_ms += STALL_MS);
	}
	set_fault(FAULT_NONE, 0);
	heal_disk(RANDOM_BATCHES);
	for (size_t i = 0; i < COUNT(f); i++) {
		pthread_join(threads[i], NULL);
		reader_close(f[i].reader);
		ck_assert_uint_eq(f[i].got, RANDOM_BATCHES);
		ck_assert_uint_eq(f[i].missed, 0);
	}
}
END_TEST

static Suite *
memory_suite(void)
{
	Suite *s = suite_create("memory");
	TCase *marks = tcase_create("marks"), *tc = tcase_create("journal");
	int n = (int)COUNT(faults);

	suite_add_tcase(s, marks);
	tcase_add_checked_fixture(marks, setup_memory, teardown_memory);
	tcase_add_test(marks, what_waits_is_seen_when_it_is_on_disk);
	tcase_add_test(marks, open_memory_is_seen_at_once);
	tcase_add_test(marks, what_was_seen_stays_seen_when_memory_is_shut);
	tcase_add_test(marks, shut_memory_refuses_when_it_is_full);
	tcase_add_test(
	    marks, open_memory_gives_up_its_oldest_but_not_the_writers);
	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, make_store, remove_store);
	tcase_add_loop_test(
	    tc, what_the_disk_does_not_take_is_given_from_memory, 0, n);
	tcase_add_loop_test(tc, after_it_the_disk_has_all_of_it, 0, n);
	tcase_add_loop_test(tc, each_append_wakes_the_readers, 0, n);
	tcase_add_loop_test(tc, a_seek_finds_its_place_in_memory, 0, n);
	tcase_add_loop_test(
	    tc, what_memory_cannot_hold_is_a_gap_of_its_readings, 0, n);
	tcase_add_test(tc, a_commit_may_take_a_second);
	tcase_add_test(tc, a_stall_is_over_when_a_commit_was_quick);
	tcase_add_test(tc, commits_in_a_row_are_not_one_that_stalls);
	tcase_add_test(tc, the_loop_is_asked_to_look_when_a_second_is_over);
	tcase_add_loop_test(tc, no_id_and_seq_are_ever_used_twice, 0, n);
	tcase_add_loop_test(
	    tc, closing_writes_what_is_in_memory_if_the_disk_is_back, 0, n);
	tcase_add_test(tc, closing_in_a_stall_does_not_wait);
	tcase_add_loop_test(
	    tc, two_readers_get_all_of_it_once_whatever_the_disk_does, 0, 3);
	return s;
}

int
main(void)
{
	return suite_run(memory_suite());
}
