/*
 * test_record.c - what is put into bytes comes out of them, and nothing else
 */
#include <check.h>
#include <string.h>

#include "gateway/store/record.h"
#include "tests/estate_help.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct buf out;

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

/* ---- catalogs ---- */

START_TEST(a_catalog_comes_back)
{
	const struct device_info *d;
	struct catalog *c;

	record_catalog_put(&out, &catalog);
	c = record_catalog_get(out.data, out.len);
	ck_assert_ptr_nonnull(c);
	d = &c->devices[0];

	ck_assert_uint_eq(c->device_count, 2);
	ck_assert_str_eq(d->id, "a");
	ck_assert_str_eq(d->kind, "transformer");
	ck_assert_uint_eq(d->point_count, 3);
	ck_assert_str_eq(d->points[0].unit, "kW");
	ck_assert_str_eq(d->points[0].role, "counter");
	ck_assert_str_eq(d->points[1].role, "");
	ck_assert_uint_eq(d->points[1].form, FORM_TEXT);
	ck_assert_str_eq(point_enum_name(&d->points[2], -1), "lost");
	ck_assert_str_eq(point_enum_name(&d->points[2], INT64_MAX), "far");
	ck_assert_str_eq(c->devices[1].kind, "");
	catalog_unref(c);
}
END_TEST

START_TEST(a_catalog_cut_anywhere_is_none)
{
	record_catalog_put(&out, &catalog);
	for (size_t len = 0; len < out.len; len++)
		ck_assert_ptr_null(record_catalog_get(out.data, len));
}
END_TEST

START_TEST(a_catalog_with_something_behind_it_is_none)
{
	record_catalog_put(&out, &catalog);
	buf_puts(&out, "x");
	ck_assert_ptr_null(record_catalog_get(out.data, out.len));
}
END_TEST

static const struct {
	const char *what, *bytes;
	size_t len;
} bad_catalogs[] = {
    {"more devices than bytes", "\xff\x7f", 2},
    {"more devices than there can be", "\xff\xff\xff\xff\x0f", 5},
    {"more points than bytes", "\1\1a\0\x7f", 5},
    {"more names than bytes", "\1\1a\0\1\1p\0\0\2\x7f", 11},
    {"an unknown form", "\1\1a\0\1\1p\0\0\4\0", 11},
    {"a NUL in a name", "\1\2a\0\0\0", 6},
};

START_TEST(what_is_no_catalog_is_refused)
{
	ck_assert_msg(record_catalog_get(
			  bad_catalogs[_i].bytes, bad_catalogs[_i].len) == NULL,
	    "%s: taken", bad_catalogs[_i].what);
}
END_TEST

/* ---- cursors, heads, frames ---- */

/* One of as many ranges as it can have, and as large numbers. */
static struct record_cursor
some_cursor(size_t i)
{
	uint64_t high = RECORD_SEQ_MAX - 100;
	struct record_cursor c = {
	    .range_count = RECORD_RANGES_MAX - i % RECORD_RANGES_MAX,
	    .base = RECORD_SEQ_MAX - i,
	    .delivered = RECORD_SEQ_MAX - i,
	    .dropped = i};

	memset(c.name, 'a' + (int)i, RECORD_NAME_MAX - 1);
	for (uint64_t r = 0; r < c.range_count; r++)
		c.ranges[r] = (struct record_range){high + 5 * r, high + 6 * r,
		    high + 5 * r + 4 + r % 2, high + 6 * r + r % 3};
	c.ranges[c.range_count - 1].last = RECORD_OPEN;
	c.ranges[c.range_count - 1].last_upto = RECORD_OPEN;
	return c;
}

static struct record_cursors
some_cursors(size_t count)
{
	struct record_cursors c = {.count = count, .times.count = count};

	for (size_t i = 0; i < count; i++) {
		c.of[i] = some_cursor(i);
		c.times.of[i] =
		    (struct timeline_boot){.floor_ms = INT64_MAX - (int64_t)i,
			.floor_mono_ms = INT64_MIN + (int64_t)i,
			.set = i % 2 != 0,
			.offset_ms = i % 2 != 0 ? INT64_MIN : 0};
		memset(c.times.of[i].id, (int)i + 1, SAMPLE_BOOT_BYTES);
	}
	return c;
}

START_TEST(cursors_come_back)
{
	struct record_cursors c = some_cursors((size_t)_i), back = {0};

	record_cursors_put(&out, &c);
	ck_assert_uint_lt(out.len, RECORD_CURSORS_BYTES);
	ck_assert(record_cursors_get(&back, out.data, out.len));
	ck_assert_mem_eq(&back, &c, sizeof(c));
}
END_TEST

/* Cursors that no riser writes: of one named "m", with base, delivered and
 * dropped 0, then its ranges; then boots. */
#define ONE "\1\1m\0\0\0"
#define HUGE "\x80\x80\x80\x80\x80\x80\x80\x80\x40" /* 2^62 */
static const struct {
	const char *what, *bytes;
	size_t len;
} bad_cursors[] = {
    {"17 cursors", "\x11", 1},
    {"a cursor without a range", ONE "\0\0", 8},
    {"17 ranges", ONE "\x11", 7},
    {"a range that holds nothing", ONE "\2\5\5\0\0\0\0\0", 14},
    {"a range without its end", ONE "\2\5\5\0", 10},
    {"a seq beyond all", ONE "\1" HUGE "\0\0", 18},
    {"a range that ends beyond all", ONE "\2\1\1" HUGE "\1\0\0\0", 22},
    {"more readings than there can be", ONE "\1\0" HUGE "\0", 18},
    {"17 boots", "\0\x11", 2},
    {"half a boot", "\0\1ABCDEFGHIJKLMNOP\2\2", 20},
    {"a boot that is neither set nor not", "\0\1ABCDEFGHIJKLMNOP\2\2\2\2", 22},
    {"something behind the boots", "\0\0\0", 3},
};

START_TEST(what_is_no_cursors_is_refused)
{
	struct record_cursors c;

	ck_assert_msg(
	    !record_cursors_get(&c, bad_cursors[_i].bytes, bad_cursors[_i].len),
	    "%s: taken", bad_cursors[_i].what);
}
END_TEST

START_TEST(the_least_cursors_are_taken)
{
	struct record_cursors c;

	ck_assert(record_cursors_get(&c, ONE "\1\5\6\0", 10));
	ck_assert_uint_eq(c.of[0].ranges[0].after, 5);
	ck_assert_uint_eq(c.of[0].ranges[0].last, RECORD_OPEN);
	ck_assert(record_cursors_get(&c, ONE "\2\5\6\1\0\0\0\0", 14));
	ck_assert_uint_eq(c.of[0].ranges[0].last, 6);
	ck_assert(record_cursors_get(&c, "\0\1ABCDEFGHIJKLMNOP\2\2\1\2", 22));
	ck_assert_int_eq(c.times.of[0].offset_ms, 1);
}
END_TEST

START_TEST(cursors_cut_anywhere_are_none)
{
	struct record_cursors c = some_cursors(3), back;

	record_cursors_put(&out, &c);
	for (size_t len = 0; len < out.len; len++)
		ck_assert(!record_cursors_get(&back, out.data, len));
	buf_puts(&out, "x");
	ck_assert(!record_cursors_get(&back, out.data, out.len));
}
END_TEST

START_TEST(a_head_comes_back_and_a_strange_one_does_not)
{
	struct record_head h = {.log = "k3f9a1zz", .wall_ms = -5}, back;

	record_head_put(&out, &h);
	ck_assert(record_head_get(&back, out.data, out.len));
	ck_assert_str_eq(back.log, h.log);
	ck_assert_int_eq(back.wall_ms, -5);
	for (size_t len = 0; len < out.len; len++)
		ck_assert(!record_head_get(&back, out.data, len));
	out.data[1] = '/';
	ck_assert(!record_head_get(&back, out.data, out.len));
	out.data[1] = 'k';
	out.data[0] = RECORD_VERSION + 1;
	ck_assert(!record_head_get(&back, out.data, out.len));
}
END_TEST

START_TEST(a_frame_comes_back)
{
	uint8_t bytes[RECORD_FRAME_BYTES];
	struct record_frame f = {.type = RECORD_COMMIT,
	    .seq = UINT64_MAX - 1,
	    .first = 77,
	    .batches = 3,
	    .readings = 4000000000};
	struct record_frame back;

	record_frame_put(bytes, &f, "body", 4);
	ck_assert(record_frame_get(&back, bytes));
	ck_assert_uint_eq(back.type, f.type);
	ck_assert_uint_eq(back.length, 4);
	ck_assert_uint_eq(back.seq, f.seq);
	ck_assert_uint_eq(back.first, f.first);
	ck_assert_uint_eq(back.batches, f.batches);
	ck_assert_uint_eq(back.readings, f.readings);
	ck_assert(record_body_ok(&back, "body"));
	ck_assert(!record_body_ok(&back, "bodY"));
}
END_TEST

START_TEST(a_frame_with_any_bit_flipped_is_none)
{
	uint8_t bytes[RECORD_FRAME_BYTES];
	struct record_frame f = {.type = RECORD_COMMIT, .seq = 5}, back;

	record_frame_put(bytes, &f, "body", 4);
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!record_frame_get(&back, bytes));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert(record_frame_get(&back, bytes));
}
END_TEST

static Suite *
record_suite(void)
{
	Suite *s = suite_create("record");
	TCase *tc = tcase_create("record");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_catalog_comes_back);
	tcase_add_test(tc, a_catalog_cut_anywhere_is_none);
	tcase_add_test(tc, a_catalog_with_something_behind_it_is_none);
	tcase_add_loop_test(
	    tc, what_is_no_catalog_is_refused, 0, (int)COUNT(bad_catalogs));
	tcase_add_loop_test(tc, cursors_come_back, 0, RECORD_CURSORS_MAX + 1);
	tcase_add_loop_test(
	    tc, what_is_no_cursors_is_refused, 0, (int)COUNT(bad_cursors));
	tcase_add_test(tc, the_least_cursors_are_taken);
	tcase_add_test(tc, cursors_cut_anywhere_are_none);
	tcase_add_test(tc, a_head_comes_back_and_a_strange_one_does_not);
	tcase_add_test(tc, a_frame_comes_back);
	tcase_add_test(tc, a_frame_with_any_bit_flipped_is_none);
	return s;
}

int
main(void)
{
	return suite_run(record_suite());
}
