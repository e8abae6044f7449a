/*
 * test_slot.c - slots against what the definitions say, millisecond by
 * millisecond
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/measure/slot.h"
#include "tests/suite.h"

#define MINUTE 60000

/* ---- what a filler gave ---- */

static struct {
	size_t count;
	int64_t at[4096];
	struct slot of[4096];
} got;

static void
keep(void *context, int64_t start_ms, const struct slot *slot)
{
	(void)context;
	ck_assert_uint_lt(got.count, 4096);
	got.at[got.count] = start_ms;
	got.of[got.count++] = *slot;
}

static struct filler
filler(int64_t step_ms, int64_t from_ms, int64_t to_ms, int64_t hold_ms)
{
	got.count = 0;
	return (struct filler){.step_ms = step_ms,
	    .from_ms = from_ms,
	    .to_ms = to_ms,
	    .hold_ms = hold_ms,
	    .see = keep};
}

static void
take_f64(struct filler *f, int64_t at_ms, double x)
{
	struct slot_value v = {.type = VALUE_F64, .f = x};

	filler_take(f, at_ms, &v);
}

static void
take_u64(struct filler *f, int64_t at_ms, uint64_t x)
{
	struct slot_value v = {.type = VALUE_U64, .u = x};

	filler_take(f, at_ms, &v);
}

static void
take_enum(struct filler *f, int64_t at_ms, int64_t x)
{
	struct slot_value v = {.type = VALUE_ENUM, .i = x};

	filler_take(f, at_ms, &v);
}

static void
take_none(struct filler *f, int64_t at_ms)
{
	struct slot_value v = {.type = VALUE_NONE};

	filler_take(f, at_ms, &v);
}

/* ---- time-weighting ---- */

START_TEST(the_mean_is_weighted_by_the_time_a_value_held)
{
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	take_f64(&f, 0, 10);
	take_f64(&f, 45000, 30);
	filler_end(&f, MINUTE);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_double_eq(slot_mean(&got.of[0]), 15);
	ck_assert_double_eq(got.of[0].min.f, 10);
	ck_assert_double_eq(got.of[0].max.f, 30);
	ck_assert_double_eq(got.of[0].last.f, 30);
	ck_assert_uint_eq(got.of[0].count, 2);
	ck_assert_int_eq(got.of[0].covered_ms, MINUTE);
}
END_TEST

START_TEST(a_value_told_again_changes_no_mean)
{
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	take_f64(&f, 0, 10);
	for (int64_t t = 1000; t < 45000; t += 1000)
		take_f64(&f, t, 10);
	take_f64(&f, 45000, 30);
	filler_end(&f, MINUTE);
	ck_assert_double_eq(slot_mean(&got.of[0]), 15);
}
END_TEST

START_TEST(a_value_from_before_the_slot_holds_into_it)
{
	struct filler f = filler(MINUTE, MINUTE, 2 * MINUTE, 2 * MINUTE);

	take_f64(&f, 30000, 10);
	take_f64(&f, 90000, 20);
	filler_end(&f, 2 * MINUTE);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_int_eq(got.at[0], MINUTE);
	ck_assert_uint_eq(got.of[0].count, 1);
	ck_assert_double_eq(slot_mean(&got.of[0]), 15);
}
END_TEST

START_TEST(a_slot_without_a_reading_has_what_held)
{
	struct filler f = filler(MINUTE, 0, 3 * MINUTE, 10 * MINUTE);

	take_f64(&f, 30000, 10);
	filler_end(&f, 3 * MINUTE);
	ck_assert_uint_eq(got.count, 3);
	ck_assert_uint_eq(got.of[2].count, 0);
	ck_assert_double_eq(got.of[2].last.f, 10);
	ck_assert_int_eq(got.of[2].covered_ms, MINUTE);
	ck_assert_int_eq(got.of[0].covered_ms, 30000);
}
END_TEST

START_TEST(a_reading_at_the_edge_belongs_to_the_slot_that_begins)
{
	struct filler f = filler(MINUTE, 0, 2 * MINUTE, 2 * MINUTE);

	take_f64(&f, 0, 10);
	take_f64(&f, MINUTE, 20);
	filler_end(&f, 2 * MINUTE);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_double_eq(got.of[0].max.f, 10);
	ck_assert_double_eq(got.of[1].min.f, 20);
}
END_TEST

/* ---- gaps ---- */

START_TEST(a_value_holds_no_longer_than_it_may)
{
	struct filler f = filler(MINUTE, 0, 3 * MINUTE, 90000);

	take_f64(&f, 0, 10);
	filler_end(&f, 3 * MINUTE);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_int_eq(got.of[1].covered_ms, 30000);
}
END_TEST

START_TEST(a_bad_reading_is_a_gap_until_the_next_good_one)
{
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	take_f64(&f, 0, 10);
	take_none(&f, 20000);
	take_f64(&f, 50000, 40);
	filler_end(&f, MINUTE);
	ck_assert_int_eq(got.of[0].covered_ms, 30000);
	ck_assert_uint_eq(got.of[0].count, 2);
	ck_assert_double_eq(slot_mean(&got.of[0]), 20);
}
END_TEST

START_TEST(nothing_holds_over_a_break)
{
	struct filler f = filler(MINUTE, 0, 2 * MINUTE, 5 * MINUTE);

	take_f64(&f, 0, 10);
	filler_break(&f, 5000);
	take_f64(&f, 115000, 20);
	filler_end(&f, 2 * MINUTE);
	ck_assert_int_eq(got.of[0].covered_ms, 5000);
	ck_assert_int_eq(got.of[1].covered_ms, 5000);
}
END_TEST

START_TEST(a_slot_that_is_all_gap_is_not_given)
{
	struct filler f = filler(MINUTE, 0, 3 * MINUTE, MINUTE);

	take_none(&f, 0);
	take_none(&f, 70000);
	filler_end(&f, 3 * MINUTE);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(nothing_is_known_of_what_comes_after_the_end)
{
	struct filler f = filler(MINUTE, 0, 2 * MINUTE, 5 * MINUTE);

	take_f64(&f, 0, 10);
	filler_end(&f, 70000);
	ck_assert_int_eq(got.of[1].covered_ms, 10000);
}
END_TEST

/* ---- types ---- */

START_TEST(integers_beyond_2_53_are_exact)
{
	uint64_t big = UINT64_MAX - 5;
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	f.counter = true;
	take_u64(&f, 0, big);
	take_u64(&f, 1000, big + 1);
	take_u64(&f, 2000, big + 3);
	filler_end(&f, MINUTE);
	ck_assert_uint_eq(got.of[0].min.u, big);
	ck_assert_uint_eq(got.of[0].max.u, big + 3);
	ck_assert_uint_eq(got.of[0].last.u, big + 3);
	ck_assert_double_eq(got.of[0].increase, 3);
}
END_TEST

START_TEST(an_enumeration_has_its_time_in_each_state)
{
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	take_enum(&f, 0, 3);
	take_enum(&f, 10000, -1);
	take_enum(&f, 15000, 3);
	filler_end(&f, MINUTE);
	ck_assert_uint_eq(got.of[0].state_count, 2);
	ck_assert_int_eq(got.of[0].states[0].state, -1);
	ck_assert_int_eq(got.of[0].states[0].ms, 5000);
	ck_assert_int_eq(got.of[0].states[1].ms, 55000);
}
END_TEST

START_TEST(states_that_do_not_fit_are_not_lost)
{
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);
	int64_t ms = 0;

	for (int i = 0; i < 60; i++)
		take_enum(&f, i * 1000, i);
	filler_end(&f, MINUTE);
	for (size_t i = 0; i < got.of[0].state_count; i++)
		ms += got.of[0].states[i].ms;
	ck_assert_uint_eq(got.of[0].state_count, SLOT_STATES_MAX);
	ck_assert_int_eq(ms + got.of[0].other_ms, MINUTE);
}
END_TEST

START_TEST(of_a_text_the_last_is_kept)
{
	struct filler f = filler(MINUTE, 0, 2 * MINUTE, 5 * MINUTE);
	char text[] = "G5";
	struct slot_value v = {.type = VALUE_TEXT, .text = text};

	filler_take(&f, 0, &v);
	text[1] = '6';
	filler_take(&f, 1000, &v);
	text[0] = 'X';
	filler_end(&f, 2 * MINUTE);
	ck_assert_str_eq(got.of[0].text, "G6");
	ck_assert_str_eq(got.of[1].text, "G6");
	ck_assert_int_eq(got.of[1].covered_ms, MINUTE);
	ck_assert(isnan(slot_mean(&got.of[0])));
	ck_assert_uint_eq(got.of[0].min.type, VALUE_NONE);
}
END_TEST

/* ---- counters ---- */

static const struct count_case {
	const char *what;
	uint64_t values[6]; /* one each ten seconds; up to a 1 */
	double increase;
	uint32_t falls;
} counts[] = {
    {"a rise", {1000, 1010, 1030, 1}, 30, 0},
    {"a reset", {1000, 1010, 2, 5, 9, 1}, 17, 1},
    {"one wrong answer", {1000, 0, 1010, 1020, 1}, 20, 0},
    {"a doubted last one", {1000, 1010, 0, 1}, 10, 0},
    {"jitter is no fall", {100000, 99990, 100000, 100010, 1}, 10, 0},
    {"a fall, and a fall again", {5000, 500, 600, 50, 60, 1}, 110, 2},
};

START_TEST(a_counter_counts_by_difference)
{
	const struct count_case *c = &counts[_i];
	struct filler f = filler(MINUTE, 0, MINUTE, MINUTE);

	f.counter = true;
	for (int i = 0; i < 6 && c->values[i] != 1; i++)
		take_u64(&f, i * 10000, c->values[i]);
	filler_end(&f, MINUTE);
	ck_assert_msg(got.of[0].increase == c->increase, "%s: increase %g",
	    c->what, got.of[0].increase);
	ck_assert_msg(got.of[0].falls == c->falls, "%s: falls %u", c->what,
	    got.of[0].falls);
}
END_TEST

START_TEST(increases_of_slots_add_up_over_their_edges_and_gaps)
{
	struct filler f = filler(MINUTE, 0, 10 * MINUTE, MINUTE);
	double sum = 0;

	f.counter = true;
	take_u64(&f, 1000, 1000);
	take_u64(&f, 59000, 1010);
	take_u64(&f, 61000, 1015);
	take_none(&f, 62000);
	take_u64(&f, 9 * MINUTE, 1100);
	filler_end(&f, 10 * MINUTE);
	ck_assert_uint_eq(got.count, 3);
	for (size_t i = 0; i < 3; i++)
		sum += got.of[i].increase +
		    (i > 0 ? slot_join(&got.of[i - 1], &got.of[i]) : 0);
	ck_assert_double_eq(sum, 100);
}
END_TEST

/* A sum of 0.1 would be something else. */
START_TEST(without_a_fall_the_increase_is_one_difference)
{
	struct filler f = filler(MINUTE, 0, 10 * MINUTE, MINUTE);
	struct slot all = {0};

	f.counter = true;
	for (int i = 0; i < 60; i++)
		take_f64(&f, i * 10000, 700 + i / 10.0);
	filler_end(&f, 10 * MINUTE);
	for (size_t i = 0; i < got.count; i++) {
		ck_assert(slot_rose(&got.of[i]));
		slot_merge(&all, &got.of[i]);
	}
	ck_assert(all.increase == 705.9 - 700);
	ck_assert(slot_rose(&all));
}
END_TEST

/* What is counted in both is counted twice, in slots and in what they make. */
START_TEST(a_jitter_between_two_slots_leaves_their_increases)
{
	struct slot a = {.count = 1,
	    .first = {.type = VALUE_U64, .u = 100000},
	    .counted = {.type = VALUE_U64, .u = 100010},
	    .increase = 10};
	struct slot b = {.count = 1,
	    .first = {.type = VALUE_U64, .u = 100009},
	    .counted = {.type = VALUE_U64, .u = 100020},
	    .increase = 11};

	slot_merge(&a, &b);
	ck_assert_double_eq(a.increase, 21);
	ck_assert_uint_eq(a.falls, 0);
	ck_assert(!slot_rose(&a));
}
END_TEST

START_TEST(a_fall_between_two_slots_is_marked_in_the_later)
{
	struct slot a = {.first = {.type = VALUE_U64, .u = 5},
	    .counted = {.type = VALUE_U64, .u = 9}};
	struct slot b = {.first = {.type = VALUE_U64, .u = 2},
	    .counted = {.type = VALUE_U64, .u = 3}};

	ck_assert_double_eq(slot_join(&a, &b), 0);
	ck_assert_uint_eq(b.falls, 1);
}
END_TEST

START_TEST(a_wrong_answer_at_the_edge_of_a_slot_counts_nothing)
{
	struct filler f = filler(MINUTE, MINUTE, 2 * MINUTE, MINUTE);

	f.counter = true;
	take_u64(&f, 58000, 1000);
	take_u64(&f, 59000, 3);
	take_u64(&f, 61000, 1001);
	take_u64(&f, 62000, 1003);
	filler_end(&f, 2 * MINUTE);
	ck_assert_uint_eq(got.of[0].falls, 0);
	ck_assert_uint_eq(got.of[0].first.u, 1001);
	ck_assert_double_eq(got.of[0].increase, 2);
}
END_TEST

/* ---- against the definitions ---- */

#define LENGTH 6000 /* ms of a random row, in slots of 100 */
#define STEP 100
#define HOLD 150

static struct {
	bool any[LENGTH]; /* a reading came at this ms */
	bool value[LENGTH]; /* and had a value */
	double x[LENGTH];
} row;

/* Values are small integers, so that sums are exact. */
static void
make_row(unsigned seed)
{
	memset(&row, 0, sizeof(row));
	srandom(seed);
	for (int t = 0; t < LENGTH; t += 1 + (int)(random() % 60)) {
		row.any[t] = true;
		row.value[t] = random() % 5 != 0;
		row.x[t] = (double)(random() % 100);
	}
}

static void
fill_row(int64_t step_ms)
{
	struct filler f = filler(step_ms, 0, LENGTH, HOLD);

	for (int t = 0; t < LENGTH; t++) {
		if (row.any[t] && row.value[t])
			take_f64(&f, t, row.x[t]);
		else if (row.any[t])
			take_none(&f, t);
	}
	filler_end(&f, LENGTH);
}

/* The slot at start by looking at each of its milliseconds. */
static struct slot
slot_by_ms(int start, int step)
{
	struct slot s = {0};
	int read = -1;

	for (int t = 0; t < start + step; t++) {
		if (row.any[t])
			read = t;
		if (t < start || read == -1 || !row.value[read] ||
		    t - read >= HOLD)
			continue;
		s.count += read == t;
		s.covered_ms++;
		s.area += row.x[read];
		s.last.f = row.x[read];
		if (s.covered_ms == 1 || row.x[read] < s.min.f)
			s.min.f = row.x[read];
		if (s.covered_ms == 1 || row.x[read] > s.max.f)
			s.max.f = row.x[read];
	}
	return s;
}

static void
same_slots(const struct slot *a, const struct slot *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_int_eq(a->covered_ms, b->covered_ms);
	ck_assert_double_eq(a->area, b->area);
	ck_assert_double_eq(a->min.f, b->min.f);
	ck_assert_double_eq(a->max.f, b->max.f);
	ck_assert_double_eq(a->last.f, b->last.f);
}

START_TEST(random_rows_give_what_each_millisecond_says)
{
	size_t n = 0;

	make_row((unsigned)_i);
	fill_row(STEP);
	for (int start = 0; start < LENGTH; start += STEP) {
		struct slot s = slot_by_ms(start, STEP);

		if (slot_empty(&s))
			continue;
		ck_assert_uint_lt(n, got.count);
		ck_assert_int_eq(got.at[n], start);
		same_slots(&got.of[n++], &s);
	}
	ck_assert_uint_eq(n, got.count);
}
END_TEST

START_TEST(slots_merged_are_the_slot_filled_by_itself)
{
	struct slot merged[LENGTH / 600] = {0};
	size_t n = 0;

	make_row((unsigned)_i);
	fill_row(STEP);
	for (size_t i = 0; i < got.count; i++)
		slot_merge(&merged[got.at[i] / 600], &got.of[i]);
	fill_row(600);
	for (size_t i = 0; i < LENGTH / 600; i++)
		if (!slot_empty(&merged[i]))
			same_slots(&merged[i], &got.of[n++]);
	ck_assert_uint_eq(n, got.count);
}
END_TEST

START_TEST(texts_and_states_survive_a_merge)
{
	struct slot s = {0}, a = {0};

	a.count = 1;
	a.last.type = VALUE_TEXT;
	strcpy(a.text, "B1");
	slot_merge(&s, &a);
	ck_assert_str_eq(s.text, "B1");
	slot_clear(&a);
	a.count = 1;
	a.covered_ms = 7;
	a.last = (struct slot_value){.type = VALUE_ENUM, .i = 4};
	a.min = a.max = a.last;
	a.state_count = 1;
	a.states[0] = (struct slot_state){4, 7};
	slot_clear(&s);
	slot_merge(&s, &a);
	slot_merge(&s, &a);
	ck_assert_int_eq(s.states[0].ms, 14);
	ck_assert_uint_eq(s.state_count, 1);
}
END_TEST

START_TEST(an_f32_is_the_float_that_it_is_shown_as)
{
	struct value v = {.type = VALUE_F32, .f = 0.1}, back;
	struct slot_value s = slot_value(&v);

	ck_assert_double_eq(s.f, (double)0.1f);
	slot_value_back(&back, &s);
	ck_assert_double_eq(back.f, (double)0.1f);
	ck_assert_uint_eq(back.type, VALUE_F32);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slot");
	TCase *t = tcase_create("slot");

	tcase_add_test(t, the_mean_is_weighted_by_the_time_a_value_held);
	tcase_add_test(t, a_value_told_again_changes_no_mean);
	tcase_add_test(t, a_value_from_before_the_slot_holds_into_it);
	tcase_add_test(t, a_slot_without_a_reading_has_what_held);
	tcase_add_test(
	    t, a_reading_at_the_edge_belongs_to_the_slot_that_begins);
	tcase_add_test(t, a_value_holds_no_longer_than_it_may);
	tcase_add_test(t, a_bad_reading_is_a_gap_until_the_next_good_one);
	tcase_add_test(t, nothing_holds_over_a_break);
	tcase_add_test(t, a_slot_that_is_all_gap_is_not_given);
	tcase_add_test(t, nothing_is_known_of_what_comes_after_the_end);
	tcase_add_test(t, integers_beyond_2_53_are_exact);
	tcase_add_test(t, an_enumeration_has_its_time_in_each_state);
	tcase_add_test(t, states_that_do_not_fit_are_not_lost);
	tcase_add_test(t, of_a_text_the_last_is_kept);
	tcase_add_loop_test(t, a_counter_counts_by_difference, 0,
	    (int)(sizeof(counts) / sizeof(counts[0])));
	tcase_add_test(t, increases_of_slots_add_up_over_their_edges_and_gaps);
	tcase_add_test(t, without_a_fall_the_increase_is_one_difference);
	tcase_add_test(t, a_jitter_between_two_slots_leaves_their_increases);
	tcase_add_test(t, a_fall_between_two_slots_is_marked_in_the_later);
	tcase_add_test(t, a_wrong_answer_at_the_edge_of_a_slot_counts_nothing);
	tcase_add_loop_test(
	    t, random_rows_give_what_each_millisecond_says, 1, 20);
	tcase_add_loop_test(
	    t, slots_merged_are_the_slot_filled_by_itself, 1, 20);
	tcase_add_test(t, texts_and_states_survive_a_merge);
	tcase_add_test(t, an_f32_is_the_float_that_it_is_shown_as);
	suite_add_tcase(s, t);
	return suite_run(s);
}
