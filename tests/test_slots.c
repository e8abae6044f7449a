/*
 * test_slots.c - a block of slots, there and back
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/slots.h"
#include "tests/suite.h"

#define STEP 60000
#define SPAN 120

static struct slots_point put, got;

/* ---- slots as a filler gives them ---- */

static void
keep(void *context, int64_t start_ms, const struct slot *slot)
{
	(void)context;
	put.of[put.count].index = (uint32_t)(start_ms / STEP);
	put.of[put.count++].slot = *slot;
}

static struct slot_value
value_at(uint8_t type, int kind, int i)
{
	static char text[24];
	struct slot_value v = {.type = type};

	switch (type) {
	case VALUE_F32:
		v.f = kind == 0 ? (double)(231.2f)
		    : kind == 1 ? (double)((float)(random() % 99) / 10.0f)
				: (double)(300 + (float)random() / 1e9f);
		break;
	case VALUE_F64: v.f = kind == 0 ? 0.25 : (double)random() / 7; break;
	case VALUE_I64: v.i = kind == 0 ? -5 : random() - 1000000; break;
	case VALUE_ENUM: v.i = kind == 0 ? 2 : random() % 5 - 1; break;
	case VALUE_BOOL: v.u = kind == 0 ? 1 : (uint64_t)random() % 2; break;
	case VALUE_TEXT:
		snprintf(text, sizeof(text), "%.*s", kind * (int)(random() % 3),
		    "G5");
		v.text = text;
		break;
	default:
		v.u = kind == 0 ? 7
		    : kind == 1 ? (uint64_t)(1000 + i)
				: UINT64_MAX - 5000 + (uint64_t)i;
		break;
	}
	return v;
}

static void
fill(uint8_t type, int kind, bool counter)
{
	struct filler f = {.step_ms = STEP,
	    .to_ms = SPAN * STEP,
	    .hold_ms = 100000,
	    .counter = counter,
	    .see = keep};
	static const struct slot_value none;
	int64_t at_ms = 0;

	put.count = 0;
	for (int i = 0; at_ms < SPAN * STEP; i++) {
		struct slot_value v = value_at(type, kind, i);

		filler_take(&f, at_ms, random() % 40 == 0 ? &none : &v);
		at_ms += random() % 300 == 0 ? 400000 : 5000 + random() % 20;
	}
	filler_end(&f, SPAN * STEP);
}

static void
pack(struct buf *out, uint32_t name, bool counter)
{
	struct slots_writer *w = slots_writer_new();

	slots_begin(w, STEP, SPAN);
	for (uint32_t n = name; n < name + 2; n++) {
		for (uint32_t i = 0; i < put.count; i++)
			slots_add(w, put.of[i].index, &put.of[i].slot);
		slots_put(w, n, counter);
	}
	ck_assert(slots_end(w, out));
	slots_writer_free(w);
}

static bool
near(double a, double b, double share)
{
	return fabs(a - b) <= share * fabs(a) || (isnan(a) && isnan(b));
}

static void
same_slot(const struct slot *a, const struct slot *b, double share)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_int_eq(a->covered_ms, b->covered_ms);
	if (a->last.type == VALUE_TEXT) {
		ck_assert_uint_eq(b->last.type, VALUE_TEXT);
		ck_assert_str_eq(a->text, b->text);
		return;
	}
	ck_assert(slot_same(&a->min, &b->min));
	ck_assert(slot_same(&a->max, &b->max));
	ck_assert(slot_same(&a->last, &b->last));
	ck_assert_msg(near(slot_mean(a), slot_mean(b), share), "%.17g %.17g",
	    slot_mean(a), slot_mean(b));
	ck_assert_uint_eq(a->falls, b->falls);
	ck_assert_double_eq(a->increase, b->increase);
	ck_assert(slot_same(&a->first, &b->first));
	ck_assert(slot_same(&a->counted, &b->counted));
	ck_assert_uint_eq(a->state_count, b->state_count);
	ck_assert_mem_eq(
	    a->states, b->states, a->state_count * sizeof(a->states[0]));
	ck_assert_int_eq(a->other_ms, b->other_ms);
}

static void
same_point(double share)
{
	ck_assert_uint_eq(got.count, put.count);
	for (uint32_t i = 0; i < put.count; i++) {
		ck_assert_uint_eq(got.of[i].index, put.of[i].index);
		same_slot(&put.of[i].slot, &got.of[i].slot, share);
	}
}

/* Means of floats have a float's precision. */
START_TEST(what_was_put_comes_back)
{
	uint8_t type = (uint8_t)(VALUE_F32 + _i % 7);
	int kind = _i / 7 % 3;
	bool counter = _i >= 21 && type != VALUE_TEXT;
	struct slots s = {0};
	struct buf out = {0};

	srandom((unsigned)_i);
	fill(type, kind, counter);
	pack(&out, 5, counter);
	ck_assert(slots_open(&s, STEP, out.data, out.len));
	ck_assert_int_eq(slots_next(&s, 6, &got), 1);
	ck_assert(got.counter == counter);
	same_point(type == VALUE_F32 ? 1e-7 : 1e-14);
	ck_assert_int_eq(slots_next(&s, 0, &got), 0);
	slots_free(&s);
	buf_free(&out);
}
END_TEST

START_TEST(a_point_that_is_not_there_is_not_found)
{
	struct slots s = {0};
	struct buf out = {0};

	fill(VALUE_F32, 0, false);
	pack(&out, 5, false);
	for (uint32_t name = 1; name < 10; name++) {
		ck_assert(slots_open(&s, STEP, out.data, out.len));
		ck_assert_int_eq(
		    slots_next(&s, name, &got), name == 5 || name == 6);
	}
	/* One after the other, too: none takes the place of what comes. */
	ck_assert(slots_open(&s, STEP, out.data, out.len));
	for (uint32_t name = 1; name < 10; name++)
		ck_assert_int_eq(
		    slots_next(&s, name, &got), name == 5 || name == 6);
	slots_free(&s);
	buf_free(&out);
}
END_TEST

START_TEST(a_span_without_a_value_is_no_block)
{
	struct slots_writer *w = slots_writer_new();
	struct slot empty = {0};
	struct buf out = {0};

	slots_begin(w, STEP, SPAN);
	slots_add(w, 3, &empty);
	slots_put(w, 1, false);
	ck_assert(!slots_end(w, &out));
	ck_assert_uint_eq(out.len, 0);
	slots_writer_free(w);
}
END_TEST

START_TEST(a_point_whose_type_changes_keeps_its_values)
{
	struct filler f = {.step_ms = STEP,
	    .to_ms = SPAN * STEP,
	    .hold_ms = STEP,
	    .see = keep};
	struct slot_value a = {.type = VALUE_I64, .i = 5};
	struct slot_value b = {.type = VALUE_F64, .f = 7.5};
	struct slots s = {0};
	struct buf out = {0};

	put.count = 0;
	filler_take(&f, 0, _i == 0 ? &a : &b);
	filler_take(&f, 30000, _i == 0 ? &b : &a);
	filler_end(&f, 60000);
	pack(&out, 1, false);
	ck_assert(slots_open(&s, STEP, out.data, out.len));
	ck_assert_int_eq(slots_next(&s, 1, &got), 1);
	ck_assert_double_eq(got.of[0].slot.min.f, 5);
	ck_assert_double_eq(got.of[0].slot.max.f, 7.5);
	ck_assert_double_eq(slot_mean(&got.of[0].slot), 6.25);
	slots_free(&s);
	buf_free(&out);
}
END_TEST

START_TEST(what_does_not_change_takes_next_to_nothing)
{
	struct buf out = {0};

	srandom(1);
	fill(VALUE_F32, 0, false);
	pack(&out, 1, false);
	ck_assert_uint_lt(out.len, 2 * SPAN);
	buf_free(&out);
}
END_TEST

static struct slot
counted(uint64_t from, uint64_t to)
{
	return (struct slot){.count = 2,
	    .covered_ms = STEP,
	    .area = (double)STEP * (double)(from + 2),
	    .min = {.type = VALUE_U64, .u = from},
	    .max = {.type = VALUE_U64, .u = to},
	    .last = {.type = VALUE_U64, .u = to}};
}

/* A history that was begun by a riser of before must not count otherwise. */
START_TEST(what_an_older_riser_wrote_of_a_counter_means_the_same)
{
	static const uint8_t block[] = {0x01, 0x67, 0x3d, 0x28, 0xb5, 0x2f,
	    0xfd, 0x00, 0x00, 0xa5, 0x01, 0x00, 0x84, 0x02, 0x02, 0x01, 0x01,
	    0x03, 0x2e, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x02, 0x00, 0x00,
	    0x00, 0x03, 0x04, 0x40, 0x00, 0xd2, 0x01, 0x14, 0x14, 0x05, 0x05,
	    0x05, 0x00, 0x00, 0x00, 0xdf, 0xd4, 0x03, 0x00, 0x01, 0x02, 0x0a,
	    0x05, 0x01, 0x00, 0x40, 0x03, 0x00, 0xb0, 0xea, 0x08, 0x1c, 0x36,
	    0x70, 0x70, 0x4f};
	struct slots s = {0};

	put.count = 3;
	for (uint32_t i = 0; i < put.count; i++) {
		put.of[i].index = i;
		put.of[i].slot = counted(100 + 10 * i, 105 + 10 * i);
	}
	put.of[0].slot.first = put.of[0].slot.min;
	put.of[0].slot.counted = put.of[0].slot.max;
	put.of[0].slot.increase = 5;
	put.of[2].slot.first = put.of[2].slot.max;
	put.of[2].slot.counted =
	    (struct slot_value){.type = VALUE_U64, .u = 122};
	put.of[2].slot.falls = 1;
	put.of[2].slot.increase = 2;
	ck_assert(slots_open(&s, STEP, block, sizeof(block)));
	ck_assert_int_eq(slots_next(&s, 1, &got), 1);
	same_point(1e-14);
	slots_free(&s);
}
END_TEST

/* What it rose by is not told: first and last counted say it. */
START_TEST(a_counter_that_rises_takes_few_bytes)
{
	struct filler f = {.step_ms = STEP,
	    .to_ms = SPAN * STEP,
	    .hold_ms = STEP,
	    .counter = true,
	    .see = keep};
	struct buf out = {0};
	int64_t count = 1000000;

	srandom(1);
	put.count = 0;
	for (int i = 0; i < 6 * SPAN; i++) {
		struct slot_value v = {
		    .type = VALUE_F64, .f = (double)count / 10};

		count += random() % 30;
		filler_take(&f, 5000 + i * 10000, &v);
	}
	filler_end(&f, SPAN * STEP);
	pack(&out, 1, true);
	ck_assert_uint_lt(out.len, 9 * SPAN);
	buf_free(&out);
}
END_TEST

START_TEST(bytes_cut_or_changed_are_no_crash)
{
	uint8_t type = (uint8_t)(VALUE_F32 + _i % 7);
	struct slots s = {0};
	struct buf out = {0};

	srandom((unsigned)_i);
	fill(type, _i % 3, _i % 2 == 0);
	pack(&out, 1, _i % 2 == 0);
	if (_i % 4 == 0)
		out.len = (size_t)random() % out.len;
	else
		out.data[(size_t)random() % out.len] ^= 0x11;
	if (slots_open(&s, STEP, out.data, out.len))
		while (slots_next(&s, 0, &got) == 1)
			continue;
	slots_free(&s);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slots");
	TCase *t = tcase_create("slots");

	tcase_add_loop_test(t, what_was_put_comes_back, 0, 42);
	tcase_add_test(t, a_point_that_is_not_there_is_not_found);
	tcase_add_test(t, a_span_without_a_value_is_no_block);
	tcase_add_loop_test(
	    t, a_point_whose_type_changes_keeps_its_values, 0, 2);
	tcase_add_test(t, what_does_not_change_takes_next_to_nothing);
	tcase_add_test(
	    t, what_an_older_riser_wrote_of_a_counter_means_the_same);
	tcase_add_test(t, a_counter_that_rises_takes_few_bytes);
	tcase_add_loop_test(t, bytes_cut_or_changed_are_no_crash, 0, 200);
	suite_add_tcase(s, t);
	return suite_run(s);
}
