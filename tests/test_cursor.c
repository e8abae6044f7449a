/*
 * test_cursor.c - ranges, their joining, and the ledger
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/cursor.h"
#include "tests/suite.h"

#define SEQS 1000 /* at most, of one sequence */

/* Batch n has n % 4 readings, none at all among them. */
static uint64_t
count_of(uint64_t seq)
{
	return seq % 4;
}

static uint64_t
upto_of(uint64_t seq)
{
	return seq / 4 * 6 + seq % 4 * (seq % 4 + 1) / 2;
}

static struct cursor_table *table;
static struct cursor *cursor;
static uint64_t tail;

static void
accept_upto(uint64_t seq)
{
	tail = seq;
	cursor_table_accept(
	    table, (struct cursor_tail){.seq = seq, .readings = upto_of(seq)});
}

static void
setup(void)
{
	table = cursor_table_new(
	    &(struct record_cursors){.count = 0}, (struct cursor_tail){0, 0});
	cursor = cursor_table_follow(table, "mqtt");
	tail = 0;
}

static void
teardown(void)
{
	cursor_table_free(table);
}

/* Only this one: it is the next of its range. */
static void
ack(uint64_t seq)
{
	cursor_ack(cursor, seq, upto_of(seq), count_of(seq));
}

/* As it would stand on disk. */
static struct record_cursor
look(void)
{
	struct record_cursors all = {.count = 0};

	cursor_table_copy(table, &all);
	return all.of[0];
}

static uint64_t
figure(const char *metric, const char *stage)
{
	char line[128];
	struct buf out = {0};
	const char *at;
	uint64_t x;

	cursor_table_print(table, metric, &out);
	snprintf(line, sizeof(line), "\n%s{sink=\"mqtt\",stage=\"%s\"} ",
	    metric, stage);
	at = strstr(out.data, line);
	ck_assert_msg(at != NULL, "no %s in %s", line, out.data);
	x = strtoull(at + strlen(line), NULL, 10);
	buf_free(&out);
	return x;
}

static void
assert_ledger(uint64_t delivered, uint64_t pending, uint64_t dropped)
{
	const char *metric = "riser_readings_total";

	ck_assert_uint_eq(figure(metric, "delivered"), delivered);
	ck_assert_uint_eq(figure(metric, "pending"), pending);
	ck_assert_uint_eq(figure(metric, "dropped"), dropped);
	ck_assert_uint_eq(
	    figure(metric, "accepted"), delivered + pending + dropped);
}

static void
assert_range(size_t i, uint64_t after, uint64_t last)
{
	struct record_range r[RECORD_RANGES_MAX];

	ck_assert_uint_lt(i, cursor_ranges(cursor, r));
	ck_assert_uint_eq(r[i].after, after);
	ck_assert_uint_eq(r[i].upto, upto_of(after));
	ck_assert_uint_eq(r[i].last, last);
}

static size_t
range_count(void)
{
	struct record_range r[RECORD_RANGES_MAX];

	return cursor_ranges(cursor, r);
}

/* ---- ranges ---- */

START_TEST(a_split_lets_what_comes_be_done_with_first)
{
	accept_upto(8);
	cursor_split(cursor, 8, upto_of(8));
	accept_upto(10);
	ack(9);
	ack(1);

	ck_assert_uint_eq(range_count(), 2);
	assert_range(0, 1, 8);
	assert_range(1, 9, RECORD_OPEN);
	assert_ledger(
	    count_of(1) + count_of(9), upto_of(8) - 1 + count_of(10), 0);
}
END_TEST

START_TEST(a_range_that_is_done_with_is_gone)
{
	accept_upto(4);
	cursor_split(cursor, 4, upto_of(4));
	ack(1);
	ack(2);
	cursor_drop(cursor, 4, upto_of(4), upto_of(4) - upto_of(2));

	ck_assert_uint_eq(range_count(), 1);
	assert_range(0, 4, RECORD_OPEN);
	assert_ledger(upto_of(2), 0, upto_of(4) - upto_of(2));
}
END_TEST

START_TEST(a_split_where_nothing_waits_is_none)
{
	accept_upto(4);
	ack(4);
	cursor_split(cursor, 4, upto_of(4));
	cursor_split(cursor, 3, upto_of(3));

	ck_assert_uint_eq(range_count(), 1);
	assert_range(0, 4, RECORD_OPEN);
}
END_TEST

/* 16 ranges, and between them what is done with: 3 readings between the first
 * two and the last two, 6 between the others. */
static void
make_sixteen(void (*done)(uint64_t seq))
{
	for (uint64_t i = 1; i < RECORD_RANGES_MAX; i++) {
		accept_upto(10 * i);
		if (range_count() > 1)
			done(10 * (i - 1) + (i == 2 ? 2 : 4));
		cursor_split(cursor, 10 * i, upto_of(10 * i));
	}
	accept_upto(200);
	done(151);
}

static void
ack_upto(uint64_t seq)
{
	uint64_t before = look().ranges[range_count() - 1].upto;

	cursor_ack(cursor, seq, upto_of(seq), upto_of(seq) - before);
}

static void
drop_upto(uint64_t seq)
{
	uint64_t before = look().ranges[range_count() - 1].upto;

	cursor_drop(cursor, seq, upto_of(seq), upto_of(seq) - before);
}

START_TEST(the_nearest_ranges_are_joined_before_there_is_one_too_many)
{
	uint64_t delivered, pending;

	make_sixteen(ack_upto);
	ck_assert_uint_eq(range_count(), RECORD_RANGES_MAX);
	assert_range(0, 0, 10);
	assert_range(1, 12, 20);
	delivered = figure("riser_readings_total", "delivered");
	pending = figure("riser_readings_total", "pending");
	cursor_split(cursor, 200, upto_of(200));

	ck_assert_uint_eq(range_count(), RECORD_RANGES_MAX);
	assert_range(0, 0, 20);
	assert_range(1, 24, 30);
	assert_range(14, 151, 200);
	assert_range(15, 200, RECORD_OPEN);
	assert_ledger(delivered - 3, pending + 3, 0);
}
END_TEST

START_TEST(what_was_dropped_between_joined_ranges_is_pending_again)
{
	uint64_t dropped;

	make_sixteen(drop_upto);
	dropped = figure("riser_readings_total", "dropped");
	ack(1);
	cursor_split(cursor, 200, upto_of(200));

	assert_range(0, 1, 20);
	assert_ledger(0, upto_of(200) - (dropped - 2), dropped - 2);
}
END_TEST

START_TEST(a_sink_that_comes_back_goes_on_where_it_was)
{
	struct record_cursors kept = {.count = 0};

	accept_upto(4);
	cursor_split(cursor, 4, upto_of(4));
	accept_upto(6);
	ack(5);
	cursor_table_copy(table, &kept);
	cursor_table_free(table);
	table = cursor_table_new(&kept, (struct cursor_tail){9, upto_of(9)});
	cursor_table_follow(table, "influx");
	cursor = cursor_table_follow(table, "mqtt");

	assert_range(0, 0, 4);
	assert_range(1, 5, RECORD_OPEN);
	assert_ledger(count_of(5), upto_of(9) - count_of(5), 0);
}
END_TEST

START_TEST(the_ledger_of_events_has_a_name_of_its_own)
{
	accept_upto(3);
	ack(1);
	ack(2);
	ck_assert_uint_eq(figure("riser_events_total", "delivered"), 3);
	ck_assert_uint_eq(figure("riser_events_total", "pending"), 3);
}
END_TEST

/* ---- whatever happens ---- */

#define SEQUENCES 10000
#define STEPS 150

/* What was really done with; and as much of it as would be known after a
 * crash. */
struct model {
	bool done[SEQS + 1];
	bool exact; /* nothing was ever joined */
};

static uint64_t laziness; /* of a sequence: the more, the more ranges */

static struct model now, saved;
static struct record_cursors disk;

static void
sure(bool holds, const char *what)
{
	if (!holds)
		ck_abort_msg("does not hold: %s", what);
}

static uint64_t
roll(uint64_t n)
{
	return (uint64_t)random() % n;
}

/* Some batches at the front of some range are done with. */
static void
step_done(void)
{
	struct record_range r[RECORD_RANGES_MAX], *x;
	uint64_t seq, last;

	x = &r[roll(cursor_ranges(cursor, r))];
	last = x->last < tail ? x->last : tail;
	if (x->after >= last)
		return;
	/* Rarely all of it: then the range would be gone. */
	seq = x->after + 1 + roll(last - x->after);
	if (roll(laziness) > 0)
		seq = x->after + 1;
	if (roll(5) == 0)
		cursor_drop(cursor, seq, upto_of(seq), upto_of(seq) - x->upto);
	else
		cursor_ack(cursor, seq, upto_of(seq), upto_of(seq) - x->upto);
	for (uint64_t s = x->after + 1; s <= seq; s++)
		now.done[s] = true;
}

static void
step_accept(void)
{
	uint64_t more = tail + 1 + roll(10);

	if (more <= SEQS)
		accept_upto(more);
}

static void
step_split(void)
{
	uint64_t seq;

	if (roll(2) == 0)
		step_accept();
	seq = roll(3) > 0 ? tail : roll(tail + 1);
	if (look().range_count == RECORD_RANGES_MAX)
		now.exact = false;
	cursor_split(cursor, seq, upto_of(seq));
}

static void
step_crash(void)
{
	cursor_table_free(table);
	table =
	    cursor_table_new(&disk, (struct cursor_tail){tail, upto_of(tail)});
	cursor = cursor_table_follow(table, "mqtt");
	now = saved;
}

static void
step(void)
{
	switch (roll(12)) {
	case 0:
	case 1:
	case 2: step_accept(); break;
	case 3:
	case 4: step_split(); break;
	case 5:
		cursor_table_copy(table, &disk);
		saved = now;
		break;
	case 6:
		if (roll(4) == 0)
			step_crash();
		break;
	default: step_done(); break;
	}
}

static bool
is_pending(const struct record_cursor *c, uint64_t seq)
{
	for (size_t i = 0; i < c->range_count; i++)
		if (seq > c->ranges[i].after && seq <= c->ranges[i].last)
			return true;
	return false;
}

static void
check_ranges(const struct record_cursor *c)
{
	uint64_t end = 0;

	sure(c->range_count >= 1 && c->range_count <= RECORD_RANGES_MAX,
	    "there are 1 to 16 ranges");
	for (size_t i = 0; i < c->range_count; i++) {
		const struct record_range *r = &c->ranges[i];

		sure(r->after >= end, "ranges are in order and disjoint");
		sure(r->upto == upto_of(r->after), "upto belongs to after");
		sure(r->last > r->after, "a range holds something");
		end = r->last;
	}
	sure(end == RECORD_OPEN, "the last range is open");
}

static void
check(void)
{
	struct record_cursor c = look();
	uint64_t pending = 0;

	check_ranges(&c);
	for (uint64_t seq = 1; seq <= tail; seq++) {
		bool p = is_pending(&c, seq);

		sure(p || now.done[seq], "nothing pending is left out");
		sure(!now.exact || p != now.done[seq],
		    "nothing is given twice without need");
		pending += p ? count_of(seq) : 0;
	}
	sure(c.delivered + pending + c.dropped == upto_of(tail),
	    "the ledger holds");
}

START_TEST(nothing_is_left_out_whatever_happens)
{
	size_t joined = 0;

	srandom(4);
	for (int n = 0; n < SEQUENCES; n++) {
		memset(&now, 0, sizeof(now));
		now.exact = true;
		laziness = 1 + roll(20);
		saved = now;
		cursor_table_copy(table, &disk);
		for (int i = 0; i < STEPS; i++) {
			step();
			check();
		}
		assert_ledger(look().delivered,
		    upto_of(tail) - look().delivered - look().dropped,
		    look().dropped);
		joined += !now.exact;
		teardown();
		setup();
	}
	ck_assert_uint_gt(joined, SEQUENCES / 100);
}
END_TEST

static Suite *
cursor_suite(void)
{
	Suite *s = suite_create("cursor");
	TCase *tc = tcase_create("cursor");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_split_lets_what_comes_be_done_with_first);
	tcase_add_test(tc, a_range_that_is_done_with_is_gone);
	tcase_add_test(tc, a_split_where_nothing_waits_is_none);
	tcase_add_test(
	    tc, the_nearest_ranges_are_joined_before_there_is_one_too_many);
	tcase_add_test(
	    tc, what_was_dropped_between_joined_ranges_is_pending_again);
	tcase_add_test(tc, a_sink_that_comes_back_goes_on_where_it_was);
	tcase_add_test(tc, the_ledger_of_events_has_a_name_of_its_own);
	tcase_add_test(tc, nothing_is_left_out_whatever_happens);
	return s;
}

int
main(void)
{
	return suite_run(cursor_suite());
}
