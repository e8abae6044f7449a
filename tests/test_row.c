/*
 * test_row.c - a row gives the batch back that was put, and nothing else
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/row.h"
#include "tests/estate_help.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct buf out;
static struct reading got[SAMPLE_READINGS_MAX];

static void
setup(void)
{
	out = (struct buf){0};
}

static void
teardown(void)
{
	buf_free(&out);
}

static struct bytes
written(void)
{
	const uint8_t *at = (const uint8_t *)out.data;

	return (struct bytes){.at = at, .end = at + out.len};
}

/* Puts a batch of one reading and gets it back. */
static bool
there_and_back(const struct reading *r, struct batch *back)
{
	struct stamp put = {0}, gotten = {0};
	struct reading copy = *r;
	struct batch b = {.device = 0, .count = 1, .readings = &copy};
	struct bytes in;

	back->readings = got;
	ck_assert(row_put(&out, &put, &b));
	in = written();
	return row_get(&in, &gotten, &catalog, back) && bytes_left(&in) == 0;
}

/* ---- values ---- */

static const struct value values[] = {
    {.type = VALUE_NONE},
    {.type = VALUE_F32, .f = 0},
    {.type = VALUE_F32, .f = -0.0},
    {.type = VALUE_F32, .f = 231.199996948242187}, /* a float */
    {.type = VALUE_F32, .f = 231.2}, /* none: it was computed with */
    {.type = VALUE_F32, .f = 1e300},
    {.type = VALUE_F32, .f = FLT_TRUE_MIN},
    {.type = VALUE_F32, .f = FLT_MAX},
    {.type = VALUE_F32, .f = DBL_TRUE_MIN},
    {.type = VALUE_F64, .f = 0.1},
    {.type = VALUE_F64, .f = -DBL_MAX},
    {.type = VALUE_F64, .f = DBL_TRUE_MIN},
    {.type = VALUE_F64, .f = -0.0},
    {.type = VALUE_F64, .f = INFINITY},
    {.type = VALUE_F64, .f = NAN},
    {.type = VALUE_F32, .f = NAN},
    {.type = VALUE_F32, .f = -INFINITY},
    {.type = VALUE_I64, .i = 0},
    {.type = VALUE_I64, .i = -1},
    {.type = VALUE_I64, .i = INT64_MIN},
    {.type = VALUE_I64, .i = INT64_MAX},
    {.type = VALUE_U64, .u = 127},
    {.type = VALUE_U64, .u = 128},
    {.type = VALUE_U64, .u = UINT64_MAX},
    {.type = VALUE_BOOL, .u = 0},
    {.type = VALUE_BOOL, .u = 1},
    {.type = VALUE_ENUM, .i = -7},
    {.type = VALUE_ENUM, .i = 4000000000},
    {.type = VALUE_TEXT, .text = ""},
    {.type = VALUE_TEXT, .text = "\xe5\xb1\x82"},
    {.type = VALUE_TEXT,
	.text = "sixty-three bytes are the longest text that a point can ha"
		"ve..."},
};

START_TEST(each_value_comes_back_bit_for_bit)
{
	struct reading r = {
	    .point = 2, .quality = {.code = QUALITY_GOOD}, .value = values[_i]};
	struct batch back;

	ck_assert(there_and_back(&r, &back));
	ck_assert_uint_eq(back.count, 1);
	ck_assert_uint_eq(got[0].point, 2);
	ck_assert_uint_eq(got[0].value.type, r.value.type);
	if (r.value.type == VALUE_TEXT)
		ck_assert_str_eq(got[0].value.text, r.value.text);
	else if (r.value.type != VALUE_NONE)
		ck_assert_uint_eq(got[0].value.u, r.value.u);
}
END_TEST

START_TEST(each_quality_comes_back)
{
	for (int detail = 0; detail < 256; detail += 5) {
		struct quality q = {
		    .code = (uint8_t)_i, .detail = (uint8_t)detail};
		struct reading r = {.point = 0, .quality = q};
		struct batch back;

		buf_clear(&out);
		ck_assert(there_and_back(&r, &back));
		ck_assert(quality_equal(got[0].quality, q));
	}
}
END_TEST

START_TEST(a_float_takes_six_bytes_of_a_batch)
{
	struct reading r[2] = {
	    {.point = 0,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_F32, .f = 0.5}},
	    {.point = 1,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_F32, .f = 0.25}},
	};
	struct batch b = {.count = 1, .readings = r};
	struct stamp before = {0};
	size_t one;

	row_put(&out, &before, &b);
	one = out.len;
	b.count = 2;
	row_put(&out, &before, &b);

	ck_assert_uint_eq(out.len - one - one, 6);
}
END_TEST

/* ---- batches ---- */

static struct stamp
stamp_number(int64_t n)
{
	static const int64_t far[] = {0, INT64_MIN, INT64_MAX, -1, 1};
	struct stamp s = {.mono_ms = far[n % 5],
	    .wall_ms = far[(n + 2) % 5],
	    .synced = n % 2 == 0};

	memset(s.boot, (int)(n / 3), sizeof(s.boot));
	return s;
}

START_TEST(stamps_come_back_however_far_apart)
{
	struct stamp put = {0}, gotten = {0};
	struct batch b = {0}, back = {.readings = got};
	struct bytes in;

	for (int64_t n = 0; n < 30; n++) {
		b.at = stamp_number(n);
		ck_assert(row_put(&out, &put, &b));
	}
	in = written();
	for (int64_t n = 0; n < 30; n++) {
		struct stamp want = stamp_number(n);

		ck_assert(row_get(&in, &gotten, &catalog, &back));
		ck_assert_int_eq(back.at.mono_ms, want.mono_ms);
		ck_assert_int_eq(back.at.wall_ms, want.wall_ms);
		ck_assert_int_eq(back.at.synced, want.synced);
		ck_assert_mem_eq(back.at.boot, want.boot, sizeof(want.boot));
	}
}
END_TEST

START_TEST(the_smallest_batch_and_the_smallest_event_take_five_bytes)
{
	struct stamp before = {0};
	struct batch b = {0};

	ck_assert(row_put(&out, &before, &b));
	ck_assert_uint_eq(out.len, ROW_BYTES_MIN);
	b.event = "";
	ck_assert(row_put(&out, &before, &b));
	ck_assert_uint_eq(out.len, 2 * ROW_BYTES_MIN);
}
END_TEST

START_TEST(a_batch_that_does_not_fit_leaves_no_trace)
{
	struct reading r = {.value = values[COUNT(values) - 1]};
	struct batch b = {.count = 1, .readings = &r};
	struct stamp before = {.wall_ms = 5}, was = before;
	char memory[128];
	struct buf fixed;

	buf_fixed(&fixed, memory, sizeof(memory));
	ck_assert(row_put(&fixed, &before, &b));
	was = before;
	b.at.wall_ms = 77;
	ck_assert_uint_lt(fixed.len, sizeof(memory));
	while (fixed.len + 75 < sizeof(memory))
		buf_puts(&fixed, "x");
	for (size_t len = fixed.len; len < sizeof(memory); len++) {
		ck_assert(!row_put(&fixed, &before, &b));
		ck_assert_uint_eq(fixed.len, len);
		ck_assert(!fixed.full);
		ck_assert_mem_eq(&before, &was, sizeof(was));
		buf_puts(&fixed, "x");
	}
}
END_TEST

START_TEST(a_batch_cut_anywhere_is_none)
{
	struct reading r[] = {
	    {.point = 0,
		.quality = {.code = QUALITY_GOOD},
		.value = values[10]},
	    {.point = 1, .quality = {.code = QUALITY_STALE}},
	    {.point = 2,
		.quality = {.code = QUALITY_GOOD},
		.value = values[19]},
	};
	struct batch b = {.count = 3, .readings = r}, back = {.readings = got};
	struct stamp put = {0}, gotten;
	struct bytes in;

	b.at = stamp_number(4);
	ck_assert(row_put(&out, &put, &b));
	for (size_t len = 0; len < out.len; len++) {
		uint8_t *exact = malloc(len + 1); /* for the sanitizer's eyes */

		memcpy(exact, out.data, len);
		in = (struct bytes){.at = exact, .end = exact + len};
		memset(&gotten, 0, sizeof(gotten));
		ck_assert(!row_get(&in, &gotten, &catalog, &back));
		free(exact);
	}
}
END_TEST

/* Rows that nobody puts: flags, mono, wall, device, count, readings; or flags,
 * mono, wall, length, event. */
static const struct {
	const char *what, *bytes;
	size_t len;
} bad_rows[] = {
    {"an unknown flag", "\x8\0\0\0\0", 5},
    {"no such device", "\0\0\0\2\0", 5},
    {"a point of a device without points", "\0\0\0\1\1\0\1", 7},
    {"no such point", "\0\0\0\0\1\3\1", 7},
    {"an unknown kind of value", "\0\0\0\0\1\0\xa1", 7},
    {"unknown bits beside the kind", "\0\0\0\0\1\0\2\0\0", 9},
    {"more readings than a batch can have", "\0\0\0\0\x81\x08", 6},
    {"a varint of 65 bits",
	"\0\0\0\0\1\0\x51\xff\xff\xff\xff\xff\xff\xff\xff\xff\2", 17},
    {"a varint without an end",
	"\0\0\0\0\1\0\x51\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", 18},
    {"a text of 64 bytes",
	"\0\0\0\0\1\0\x91\x40"
	"0123456789012345678901234567890123456789012345678901234567890123",
	72},
    {"a text with a NUL in it", "\0\0\0\0\1\0\x91\3a\0b", 11},
    {"a text longer than the row", "\0\0\0\0\1\0\x91\5abc", 11},
    {"an event without its NUL", "\4\0\0\3abcd", 8},
    {"an event with a NUL in it", "\4\0\0\3a\0c\0", 8},
    {"an event longer than the row", "\4\0\0\3abc", 7},
    {"an event of 4096 bytes", "\4\0\0\x80\x20", 5},
    {"nothing", "", 0},
};

START_TEST(what_is_no_row_is_refused)
{
	const uint8_t *at = (const uint8_t *)bad_rows[_i].bytes;
	struct bytes in = {.at = at, .end = at + bad_rows[_i].len};
	struct batch back = {.readings = got};
	struct stamp before = {0};

	ck_assert_msg(!row_get(&in, &before, &catalog, &back), "%s is taken",
	    bad_rows[_i].what);
}
END_TEST

/* ---- events ---- */

START_TEST(events_come_back_without_a_catalog_and_are_not_copied)
{
	static char longest[SAMPLE_EVENT_MAX];
	const char *texts[] = {"\"type\":\"start\"", "", longest};
	struct batch b = {.count = 1}, back = {0};
	struct stamp put = {0}, gotten = {0};
	struct bytes in;

	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < COUNT(texts); i++) {
		b.event = texts[i];
		b.at = stamp_number((int64_t)i);
		ck_assert(row_put(&out, &put, &b));
	}
	in = written();
	for (size_t i = 0; i < COUNT(texts); i++) {
		ck_assert(row_get(&in, &gotten, NULL, &back));
		ck_assert_str_eq(back.event, texts[i]);
		ck_assert_uint_eq(back.count, 1);
		ck_assert_int_eq(
		    back.at.mono_ms, stamp_number((int64_t)i).mono_ms);
		ck_assert(
		    back.event > out.data && back.event < out.data + out.len);
	}
	ck_assert_uint_eq(bytes_left(&in), 0);
}
END_TEST

START_TEST(readings_without_a_catalog_are_none)
{
	struct reading r = {.value = values[3]};
	struct batch b = {.count = 1, .readings = &r}, back = {.readings = got};
	struct stamp put = {0}, gotten = {0};
	struct bytes in;

	ck_assert(row_put(&out, &put, &b));
	in = written();
	ck_assert(!row_get(&in, &gotten, NULL, &back));
}
END_TEST

static Suite *
row_suite(void)
{
	Suite *s = suite_create("row");
	TCase *tc = tcase_create("row");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, each_value_comes_back_bit_for_bit, 0, (int)COUNT(values));
	tcase_add_loop_test(tc, each_quality_comes_back, 0, QUALITY_COUNT);
	tcase_add_test(tc, a_float_takes_six_bytes_of_a_batch);
	tcase_add_test(tc, stamps_come_back_however_far_apart);
	tcase_add_test(
	    tc, the_smallest_batch_and_the_smallest_event_take_five_bytes);
	tcase_add_test(tc, a_batch_that_does_not_fit_leaves_no_trace);
	tcase_add_test(tc, a_batch_cut_anywhere_is_none);
	tcase_add_loop_test(
	    tc, what_is_no_row_is_refused, 0, (int)COUNT(bad_rows));
	tcase_add_test(
	    tc, events_come_back_without_a_catalog_and_are_not_copied);
	tcase_add_test(tc, readings_without_a_catalog_are_none);
	return s;
}

int
main(void)
{
	return suite_run(row_suite());
}
