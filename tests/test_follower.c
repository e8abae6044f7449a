/*
 * test_follower.c - two lanes through a journal, and what is told of gaps
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "gateway/base/stats.h"
#include "gateway/store/follower.h"
#include "tests/store_help.h"
#include "tests/suite.h"

#define UP_MS 1000000 /* when the connection is made */
#define WAIT_MS 60000 /* clock_wait */

static struct journal *events;
static struct follower *follower;
static int64_t t_ms; /* the sink's time */

static void
open_events(void)
{
	struct journal_conf conf = {.dir = store,
	    .name = "events",
	    .max_bytes = (int64_t)8 << 20,
	    .commit_every_ms = 1};
	struct err err = {""};

	events = journal_open(&conf, &err);
	ck_assert_msg(events != NULL, "%s", err.text);
}

static void
open_follower(void)
{
	struct follower_conf conf = {
	    .name = "mqtt", .clock_wait_ms = WAIT_MS, .events = events};

	follower = follower_open(journal, &conf);
	ck_assert_ptr_nonnull(follower);
}

static void
setup(void)
{
	make_store();
	open_events();
	open_follower();
	t_ms = UP_MS;
}

static void
teardown(void)
{
	follower_close(follower);
	journal_close(events, HELP_WAIT_MS);
	remove_store();
}

static void
begin(void)
{
	follower_begin(follower, t_ms);
}

/* Batch n, read by this boot at mono_ms. */
static void
fill_at(struct sample *s, uint64_t n, int64_t mono_ms)
{
	sample_fill(s, n);
	clock_boot(s->batch.at.boot);
	s->batch.at.mono_ms = mono_ms;
	s->batch.at.synced = true;
}

static uint64_t
read_at(uint64_t n, int64_t mono_ms)
{
	struct sample s;

	fill_at(&s, n, mono_ms);
	sure(journal_append(journal, &s.batch), "the batch is taken");
	tick_due();
	await_disk(s.batch.seq);
	return s.batch.seq;
}

/* The next of a lane; an event that stands before it is committed. */
static bool
next(enum follower_lane lane, struct follower_item *item)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	int rc;

	do {
		rc = follower_next(follower, lane, t_ms, item);
		sure(clock_mono_ms() < until_ms, "the event is committed");
	} while (rc == 0 && follower_wake(follower) <= t_ms + 100);
	sure(rc != -1, "the disk is sound");
	return rc == 1;
}

static void
assert_next(enum follower_lane lane, uint64_t seq, bool backfill)
{
	struct follower_item item;

	ck_assert(next(lane, &item));
	ck_assert(!item.gap);
	ck_assert_uint_eq(item.seq, seq);
	ck_assert_uint_eq(item.batch.seq, seq);
	ck_assert_int_eq(item.backfill, backfill);
	ck_assert_int_eq(item.lane, lane);
	follower_done(follower, &item);
}

static void
assert_none(enum follower_lane lane)
{
	struct follower_item item;

	ck_assert(!next(lane, &item));
}

/* ---- lanes ---- */

START_TEST(what_comes_after_the_connection_goes_beside_what_waited_for_it)
{
	for (uint64_t n = 1; n <= 3; n++)
		read_at(n, UP_MS - 5000);
	begin();
	assert_none(FOLLOWER_LIVE);
	assert_next(FOLLOWER_LATE, 1, true);
	read_at(4, UP_MS);
	assert_next(FOLLOWER_LIVE, 4, false);
	assert_next(FOLLOWER_LATE, 2, true);
	read_at(5, UP_MS);
	assert_next(FOLLOWER_LATE, 3, true);
	assert_none(FOLLOWER_LATE);
	assert_next(FOLLOWER_LIVE, 5, false);
	assert_none(FOLLOWER_LIVE);
	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "mqtt")), 5);
}
END_TEST

START_TEST(what_waited_less_than_two_seconds_is_live)
{
	read_at(1, UP_MS - 1999);
	begin();
	assert_none(FOLLOWER_LATE);
	assert_next(FOLLOWER_LIVE, 1, false);
}
END_TEST

START_TEST(what_another_boot_read_is_late)
{
	commit(1);
	begin();
	assert_none(FOLLOWER_LIVE);
	assert_next(FOLLOWER_LATE, 1, true);
}
END_TEST

START_TEST(a_live_batch_that_is_ten_seconds_old_is_backfill)
{
	begin();
	read_at(1, UP_MS);
	read_at(2, UP_MS + 1);
	t_ms = UP_MS + 10001;
	assert_next(FOLLOWER_LIVE, 1, true);
	assert_next(FOLLOWER_LIVE, 2, false);
}
END_TEST

START_TEST(the_late_lane_goes_through_all_outages_oldest_first)
{
	read_at(1, UP_MS - 9000);
	read_at(2, UP_MS - 9000);
	begin();
	assert_next(FOLLOWER_LATE, 1, true);
	read_at(3, UP_MS);
	assert_next(FOLLOWER_LIVE, 3, false);
	read_at(4, UP_MS);
	read_at(5, UP_MS);
	t_ms = UP_MS + 5000;
	begin();
	assert_none(FOLLOWER_LIVE);
	assert_next(FOLLOWER_LATE, 2, true);
	assert_next(FOLLOWER_LATE, 4, true);
	assert_next(FOLLOWER_LATE, 5, true);
	assert_none(FOLLOWER_LATE);
	read_at(6, t_ms);
	assert_next(FOLLOWER_LIVE, 6, false);
}
END_TEST

START_TEST(what_is_not_done_is_given_again)
{
	struct follower_item item;

	read_at(1, UP_MS - 9000);
	begin();
	read_at(2, UP_MS);
	ck_assert(next(FOLLOWER_LATE, &item));
	ck_assert(next(FOLLOWER_LIVE, &item));
	begin();
	assert_next(FOLLOWER_LATE, 1, true);
	assert_next(FOLLOWER_LIVE, 2, false);
}
END_TEST

START_TEST(what_is_not_done_at_the_end_of_the_program_is_given_again)
{
	read_at(1, UP_MS - 9000);
	read_at(2, UP_MS - 9000);
	begin();
	read_at(3, UP_MS);
	assert_next(FOLLOWER_LATE, 1, true);
	assert_next(FOLLOWER_LIVE, 3, false);
	follower_close(follower);
	reopen();
	open_follower();
	begin();
	assert_next(FOLLOWER_LATE, 2, true);
	assert_none(FOLLOWER_LATE);
	assert_none(FOLLOWER_LIVE);
}
END_TEST

START_TEST(an_item_says_what_it_is)
{
	struct follower_item item;
	struct sample s;

	begin();
	read_at(2, UP_MS);
	sample_fill(&s, 2);
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_str_eq(item.log, journal_id(journal));
	ck_assert_str_eq(item.device->id, "tx-1");
	ck_assert_int_eq(item.ts_ms, s.batch.at.wall_ms);
	ck_assert_ptr_null(item.clock);
	ck_assert_uint_eq(item.readings, s.batch.count);
	ck_assert_uint_eq(item.upto, s.batch.count);
	ck_assert(same_reading(&item.batch.readings[0], &s.readings[0]));
}
END_TEST

START_TEST(a_batch_keeps_the_names_of_its_time)
{
	struct follower_item item;

	begin();
	read_at(1, UP_MS);
	journal_catalog(journal, &edited);
	read_at(2, UP_MS);
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_str_eq(item.device->id, "tx-1");
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_str_eq(item.device->id, "tx-9");
}
END_TEST

/* ---- the clock ---- */

/* Read by this boot before its clock was set, in 1970 as it believed. */
static void
read_in_1970(int64_t mono_ms)
{
	struct sample s;

	fill_at(&s, 1, mono_ms);
	s.batch.at.synced = false;
	s.batch.at.wall_ms = mono_ms;
	ck_assert(journal_append(journal, &s.batch));
	tick_due();
	await_disk(s.batch.seq);
}

START_TEST(what_was_read_in_1970_waits_until_the_clock_is_known)
{
	struct follower_item item;

	begin();
	read_in_1970(UP_MS);
	read_at(2, UP_MS);
	ck_assert(!next(FOLLOWER_LIVE, &item));
	ck_assert_int_eq(follower_wake(follower), t_ms + 1000);
	journal_clock(journal, true, 1763690000000, UP_MS + 500);
	t_ms += 1000;
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_uint_eq(item.seq, 1);
	ck_assert_int_eq(item.ts_ms, 1763690000000 - 500);
	ck_assert_ptr_null(item.clock);
	ck_assert_int_eq(follower_wake(follower), INT64_MAX);
	assert_next(FOLLOWER_LIVE, 2, false);
}
END_TEST

START_TEST(what_waited_long_enough_for_the_clock_is_estimated)
{
	struct follower_item item;

	begin();
	read_in_1970(UP_MS);
	t_ms += WAIT_MS;
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_str_eq(item.clock, "estimated");
	ck_assert(item.backfill);
	ck_assert_int_gt(item.ts_ms, UP_MS);
}
END_TEST

/* ---- a disk that does not take it ---- */

START_TEST(what_comes_from_memory_bears_another_id)
{
	struct follower_item item;

	begin();
	read_at(1, UP_MS);
	set_fault(FAULT_FULL, -1);
	append(2);
	tick_due();
	await_tail(2);
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_str_eq(item.log, journal_id(journal));
	follower_done(follower, &item);
	ck_assert(next(FOLLOWER_LIVE, &item));
	ck_assert_uint_eq(item.seq, 2);
	ck_assert_str_eq(item.log, journal_volatile_id(journal));
	follower_done(follower, &item);
	set_fault(FAULT_NONE, 0);
	read_at(3, UP_MS);
	assert_next(FOLLOWER_LIVE, 3, false);
}
END_TEST

/* ---- gaps ---- */

/* The event number n, 0 the first: its members. */
static bool
event(uint64_t n, char text[SAMPLE_EVENT_MAX])
{
	struct journal_reader *r = reader_open(events, n);
	const struct catalog *catalog;
	struct batch b;
	bool any = reader_next(r, &b, &catalog) == 1;

	if (any)
		snprintf(text, SAMPLE_EVENT_MAX, "%s", b.event);
	reader_close(r);
	return any;
}

static void
await_events(void)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	char text[SAMPLE_EVENT_MAX];

	while (!event(0, text))
		ck_assert_int_lt(clock_mono_ms(), until_ms);
}

static void
assert_told(uint64_t from, uint64_t to, uint64_t readings, const char *reason)
{
	char text[SAMPLE_EVENT_MAX], want[SAMPLE_EVENT_MAX];

	snprintf(want, sizeof(want),
	    "\"type\":\"gap\",\"sink\":\"mqtt\",\"of\":\"%s\",\"from\":%" PRIu64
	    ",\"to\":%" PRIu64 ",\"readings\":%" PRIu64 ",\"reason\":\"%s\"",
	    journal_id(journal), from, to, readings, reason);
	await_events();
	ck_assert(event(0, text));
	ck_assert_str_eq(text, want);
	ck_assert(!event(1, text));
}

static void
assert_gap(enum follower_lane lane, uint64_t seq)
{
	struct follower_item item;

	ck_assert(next(lane, &item));
	ck_assert(item.gap);
	ck_assert_uint_eq(item.seq, seq);
	follower_done(follower, &item);
}

/* Batch n, which cannot be compressed. */
static uint64_t
append_noise(uint64_t n)
{
	struct sample s;

	fill_at(&s, n, t_ms);
	for (uint16_t i = 0; i < s.batch.count; i++)
		s.readings[i].value = (struct value){.type = VALUE_U64,
		    .u = (uint64_t)random() << 31 ^ (uint64_t)random()};
	sure(journal_append(journal, &s.batch), "the batch is taken");
	return s.batch.seq;
}

START_TEST(what_went_for_room_is_a_gap_of_its_lane)
{
	struct journal_reader *r;
	const struct catalog *catalog;
	struct batch first;

	read_at(1, UP_MS - 9000);
	follower_close(follower);
	quota_bytes = (int64_t)512 << 10;
	reopen();
	open_follower();
	t_ms = UP_MS - 9000;
	for (uint64_t n = 2; n <= 60000; n++) {
		append_noise(n);
		if (n % 500 == 0) {
			tick_due();
			await_disk(n);
		}
	}
	r = reader_open(journal, 0);
	ck_assert_int_eq(reader_next(r, &first, &catalog), 1);
	ck_assert_uint_gt(first.seq, 1);
	t_ms = UP_MS;
	begin();
	assert_gap(FOLLOWER_LATE, first.seq - 1);
	assert_next(FOLLOWER_LATE, first.seq, true);
	assert_told(1, first.seq - 1, first.first, "quota");
	reader_close(r);
}
END_TEST

/* Breaks the commit with this seq in the newest segment. */
static void
damage(uint64_t seq)
{
	struct segment_scan s = {0};
	char path[128];
	struct stat st;
	bool found = false;

	newest_path(path);
	s.fd = open(path, O_RDWR);
	ck_assert_int_eq(fstat(s.fd, &st), 0);
	s.end = st.st_size;
	while (!found && segment_scan_next(&s) == 1)
		found = s.frame.type == RECORD_COMMIT && s.frame.seq == seq;
	ck_assert(found);
	ck_assert_int_eq(pwrite(s.fd, "!", 1, s.at - 1), 1);
	close(s.fd);
	segment_scan_free(&s);
}

START_TEST(what_is_damaged_is_a_gap_in_its_place)
{
	begin();
	for (uint64_t n = 1; n <= 4; n++)
		read_at(n, UP_MS);
	damage(2);
	assert_next(FOLLOWER_LIVE, 1, false);
	assert_gap(FOLLOWER_LIVE, 2);
	assert_next(FOLLOWER_LIVE, 3, false);
	assert_told(2, 2, 3, "damage");
}
END_TEST

START_TEST(a_gap_ends_with_the_range_that_it_is_in)
{
	for (uint64_t n = 1; n <= 2; n++)
		read_at(n, UP_MS - 9000);
	begin();
	read_at(3, UP_MS);
	read_at(4, UP_MS);
	damage(2);
	damage(3);
	assert_gap(FOLLOWER_LIVE, 3);
	assert_next(FOLLOWER_LIVE, 4, false);
	assert_next(FOLLOWER_LATE, 1, true);
	assert_gap(FOLLOWER_LATE, 2);
	assert_none(FOLLOWER_LATE);
	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "mqtt")), 4);
}
END_TEST

START_TEST(a_gap_that_is_given_again_is_told_of_once)
{
	struct follower_item item;

	begin();
	for (uint64_t n = 1; n <= 2; n++)
		read_at(n, UP_MS);
	damage(1);
	ck_assert(next(FOLLOWER_LIVE, &item) && item.gap);
	begin();
	assert_gap(FOLLOWER_LIVE, 1);
	assert_told(1, 1, 2, "damage");
}
END_TEST

START_TEST(a_gap_is_not_given_before_its_event_is_safe)
{
	struct follower_item item;

	begin();
	for (uint64_t n = 1; n <= 2; n++)
		read_at(n, UP_MS);
	damage(1);
	set_fault(FAULT_HANG, -1);
	ck_assert_int_eq(
	    follower_next(follower, FOLLOWER_LIVE, t_ms, &item), 0);
	ck_assert_int_le(follower_wake(follower), t_ms + 100);
	ck_assert_int_eq(
	    follower_next(follower, FOLLOWER_LIVE, t_ms, &item), 0);
	set_fault(FAULT_NONE, 0);
	assert_gap(FOLLOWER_LIVE, 1);
}
END_TEST

START_TEST(what_is_dropped_is_told_with_the_reason)
{
	struct follower_item item;

	begin();
	read_at(1, UP_MS);
	read_at(2, UP_MS);
	ck_assert(next(FOLLOWER_LIVE, &item));
	follower_drop(follower, &item, "size");
	assert_next(FOLLOWER_LIVE, 2, false);
	assert_told(1, 1, 2, "size");
	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "mqtt")), 2);
}
END_TEST

START_TEST(without_a_log_of_events_a_gap_is_passed_all_the_same)
{
	struct follower_conf conf = {.name = "mqtt"};
	char text[SAMPLE_EVENT_MAX];

	follower_close(follower);
	follower = follower_open(journal, &conf);
	begin();
	for (uint64_t n = 1; n <= 2; n++)
		read_at(n, UP_MS);
	damage(1);
	assert_gap(FOLLOWER_LIVE, 1);
	ck_assert(!event(0, text));
}
END_TEST

/* ---- whatever happens ---- */

#define LIVES 60
#define STEPS 120
#define BATCHES 100000

/* In memory that outlives the lives. */
static struct {
	uint64_t appended, accepted;
	uint8_t delivered[BATCHES];
} * model;

static uint64_t
roll(uint64_t n)
{
	return (uint64_t)random() % n;
}

/* What was given and not done, in a lane's order. */
static struct {
	struct follower_item items[64];
	size_t front, count;
	uint64_t last;
} given[FOLLOWER_LANES];

static void
forget_given(void)
{
	memset(given, 0, sizeof(given));
}

static void
step_append(void)
{
	uint64_t more = roll(300);

	for (uint64_t i = 0; i < more && model->appended + 1 < BATCHES; i++)
		model->appended = append_noise(model->appended + 1);
}

/* Now and then the disk has all: on a busy machine too the quota is met. */
static void
step_tick(void)
{
	tick_due();
	if (roll(2) == 0)
		await_disk(model->appended);
}

static void
step_next(enum follower_lane lane)
{
	struct follower_item item;
	size_t room = sizeof(given[0].items) / sizeof(given[0].items[0]);

	if (given[lane].front + given[lane].count == room) {
		if (given[lane].count > 0)
			return;
		given[lane].front = 0;
	}
	if (!next(lane, &item))
		return;
	sure(item.seq > given[lane].last, "a lane is in order");
	given[lane].last = item.seq;
	given[lane].items[given[lane].front + given[lane].count++] = item;
}

static void
step_done(enum follower_lane lane)
{
	struct follower_item *item = &given[lane].items[given[lane].front];

	if (given[lane].count == 0)
		return;
	if (!item->gap)
		model->delivered[item->seq] = 1;
	follower_done(follower, item);
	given[lane].front++;
	given[lane].count--;
}

static void
step_begin(void)
{
	t_ms += (int64_t)roll(6000);
	forget_given();
	begin();
}

static void
step(void)
{
	enum follower_lane lane = roll(2) ? FOLLOWER_LATE : FOLLOWER_LIVE;

	t_ms += (int64_t)roll(200);
	switch (roll(10)) {
	case 0:
	case 1: step_append(); break;
	case 2: step_tick(); break;
	case 3:
		if (roll(5) == 0)
			step_begin();
		break;
	case 4:
	case 5:
	case 6: step_next(lane); break;
	default: step_done(lane); break;
	}
}

/* One life of the program, which ends in a kill -9, or in peace. */
static void
live_once(unsigned seed, bool drain)
{
	struct follower_item item;

	srandom(seed);
	now_ms = t_ms = UP_MS + (int64_t)seed * 1000000;
	quota_bytes = (int64_t)256 << 10;
	open_journal();
	open_events();
	open_follower();
	begin();
	model->appended = tail_seq();
	for (int i = 0; i < STEPS && !drain; i++)
		step();
	for (int lane = 0; lane < FOLLOWER_LANES && drain; lane++)
		while (next((enum follower_lane)lane, &item)) {
			if (!item.gap)
				model->delivered[item.seq] = 1;
			follower_done(follower, &item);
		}
	model->accepted = tail_seq();
	if (!drain)
		kill(getpid(), SIGKILL);
}

/* Marks what events tell of; returns how many there are. */
static uint64_t
heed_events(void)
{
	char text[SAMPLE_EVENT_MAX];
	uint64_t n = 0, from, to;

	for (; event(n, text); n++) {
		ck_assert_int_eq(sscanf(strstr(text, "\"from\""),
				     "\"from\":%ju,\"to\":%ju", &from, &to),
		    2);
		for (uint64_t seq = from; seq <= to; seq++)
			model->delivered[seq] |= 2;
	}
	return n;
}

START_TEST(each_batch_is_delivered_or_told_as_a_gap_whatever_happens)
{
	uint64_t told, delivered = 0;
	int status;

	model = mmap(NULL, sizeof(*model), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(model, MAP_FAILED);
	follower_close(follower);
	close_journal();
	journal_close(events, HELP_WAIT_MS);
	for (unsigned life = 1; life <= LIVES; life++) {
		pid_t child = fork();

		if (child == 0)
			live_once(life, false);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	live_once(LIVES + 1, true);
	told = heed_events();
	for (uint64_t seq = 1; seq <= model->accepted; seq++) {
		sure(model->delivered[seq] != 0, "none is silently lost");
		delivered += model->delivered[seq] & 1;
	}
	ck_assert_uint_gt(told, 0);
	ck_assert_uint_gt(delivered, 0);
	munmap(model, sizeof(*model));
}
END_TEST

static Suite *
follower_suite(void)
{
	Suite *s = suite_create("follower");
	TCase *tc = tcase_create("follower");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(
	    tc, what_comes_after_the_connection_goes_beside_what_waited_for_it);
	tcase_add_test(tc, what_waited_less_than_two_seconds_is_live);
	tcase_add_test(tc, what_another_boot_read_is_late);
	tcase_add_test(tc, a_live_batch_that_is_ten_seconds_old_is_backfill);
	tcase_add_test(tc, the_late_lane_goes_through_all_outages_oldest_first);
	tcase_add_test(tc, what_is_not_done_is_given_again);
	tcase_add_test(
	    tc, what_is_not_done_at_the_end_of_the_program_is_given_again);
	tcase_add_test(tc, an_item_says_what_it_is);
	tcase_add_test(tc, a_batch_keeps_the_names_of_its_time);
	tcase_add_test(
	    tc, what_was_read_in_1970_waits_until_the_clock_is_known);
	tcase_add_test(tc, what_waited_long_enough_for_the_clock_is_estimated);
	tcase_add_test(tc, what_comes_from_memory_bears_another_id);
	tcase_add_test(tc, what_went_for_room_is_a_gap_of_its_lane);
	tcase_add_test(tc, what_is_damaged_is_a_gap_in_its_place);
	tcase_add_test(tc, a_gap_ends_with_the_range_that_it_is_in);
	tcase_add_test(tc, a_gap_that_is_given_again_is_told_of_once);
	tcase_add_test(tc, a_gap_is_not_given_before_its_event_is_safe);
	tcase_add_test(tc, what_is_dropped_is_told_with_the_reason);
	tcase_add_test(
	    tc, without_a_log_of_events_a_gap_is_passed_all_the_same);
	tcase_add_test(
	    tc, each_batch_is_delivered_or_told_as_a_gap_whatever_happens);
	return s;
}

int
main(void)
{
	return suite_run(follower_suite());
}
