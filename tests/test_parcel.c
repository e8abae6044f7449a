/* test_parcel.c - parcels of lines, halved until each is written or refused */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sinks/parcel.h"
#include "gateway/sinks/refusal.h"
#include "tests/suite.h"

static struct parcel *parcel;

static const struct point_info points[] = {{.name = "v"}, {.name = "w"}};
static const struct device_info device = {
    .id = "d", .kind = "k", .point_count = 2, .points = points};

static void
make_parcel(void)
{
	parcel = parcel_new();
}

static void
free_parcel(void)
{
	parcel_free(parcel);
}

/* Item seq; its line has v=seq.  large: another one with w.  lines 0: none. */
static void
put(uint64_t seq, int lines)
{
	struct reading r[] = {{.quality = {QUALITY_GOOD, 0},
				  .value = {.type = VALUE_U64, .u = seq}},
	    {.point = 1,
		.quality = {QUALITY_GOOD, 0},
		.value = {.type = VALUE_I64, .i = INT64_MAX}}};
	struct follower_item item = {.lane = FOLLOWER_LATE,
	    .seq = seq,
	    .upto = seq * 2,
	    .readings = 2,
	    .device = &device,
	    .batch = {.readings = r, .count = (uint16_t)lines}};

	parcel_put(parcel, "s", &item);
}

static void
put_many(uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++)
		put(seq, 1);
}

/* A server that takes all but lines with a v between two, and stores the good
 * ones of what it refuses, as InfluxDB does.  Returns how many requests. */
static int
serve(uint64_t bad_from, uint64_t bad_to)
{
	char line[64], *copy;
	const char *text;
	size_t length, lines;
	int requests = 0;

	while (parcel_next(parcel, &text, &length, &lines)) {
		bool bad = false;
		size_t seen = 0;

		requests++;
		ck_assert_int_eq(text[length - 1], '\n');
		copy = strndup(text, length);
		for (char *at = copy; *at; at = strchr(at, '\n') + 1)
			seen++;
		for (uint64_t seq = bad_from; seq <= bad_to; seq++) {
			snprintf(line, sizeof(line), " v=%" PRIu64 " 0\n", seq);
			bad = bad || strstr(copy, line) != NULL;
		}
		free(copy);
		ck_assert_uint_eq(seen, lines);
		if (bad)
			parcel_cut(parcel, "refused");
		else
			parcel_written(parcel);
	}
	return requests;
}

static size_t
refused_items(void)
{
	struct follower_item item;
	size_t n = 0;

	for (size_t i = 0; i < parcel_items(parcel); i++)
		n += parcel_item(parcel, i, &item) != NULL;
	return n;
}

START_TEST(what_is_taken_is_one_request)
{
	struct follower_item item;

	put_many(1, 100);
	ck_assert_int_eq(serve(1, 0), 1);
	ck_assert_uint_eq(refused_items(), 0);
	ck_assert(parcel_any_written(parcel));
	for (size_t i = 0; i < 100; i++) {
		ck_assert_ptr_null(parcel_item(parcel, i, &item));
		ck_assert_uint_eq(item.seq, i + 1);
		ck_assert_uint_eq(item.upto, 2 * (i + 1));
		ck_assert_uint_eq(item.readings, 2);
		ck_assert_uint_eq(item.lane, FOLLOWER_LATE);
	}
}
END_TEST

START_TEST(a_bad_line_is_found_wherever_it_stands)
{
	struct follower_item item;
	uint64_t bad = (uint64_t)_i + 1;

	put_many(1, 33);
	ck_assert_int_le(serve(bad, bad), 1 + 2 * 6);
	ck_assert_uint_eq(refused_items(), 1);
	ck_assert_uint_eq(parcel_refused(parcel), 1);
	ck_assert_str_eq(parcel_item(parcel, bad - 1, &item), "refused");
	ck_assert_uint_eq(item.seq, bad);
}
END_TEST

START_TEST(only_the_bad_ones_among_5000_are_refused)
{
	size_t length;

	put_many(1, PARCEL_LINES_MAX);
	ck_assert(!parcel_room(parcel, PARCEL_BYTES_MAX));
	ck_assert_int_le(serve(2499, 2501), 1 + 2 * 3 * 13);
	ck_assert_uint_eq(refused_items(), 3);
	ck_assert_ptr_null(parcel_line(parcel, 2497, &length));
	ck_assert_ptr_nonnull(parcel_line(parcel, 2498, &length));
	ck_assert_ptr_nonnull(parcel_line(parcel, 2500, &length));
	ck_assert_ptr_null(parcel_line(parcel, 2501, &length));
}
END_TEST

START_TEST(if_all_are_bad_all_are_refused_and_nothing_was_written)
{
	put_many(1, 7);
	ck_assert_int_eq(serve(1, 7), 13);
	ck_assert_uint_eq(refused_items(), 7);
	ck_assert(!parcel_any_written(parcel));
}
END_TEST

START_TEST(an_item_is_refused_if_one_of_its_two_lines_is)
{
	const char *text;
	size_t length, lines;

	put(1, 1);
	put(2, 2);
	put(3, 1);
	ck_assert_uint_eq(parcel_lines(parcel), 4);
	ck_assert_int_eq(serve(2, 2), 5);
	ck_assert_uint_eq(parcel_refused(parcel), 1);
	ck_assert_uint_eq(refused_items(), 1);
	ck_assert(!parcel_next(parcel, &text, &length, &lines));
}
END_TEST

START_TEST(gaps_and_items_without_a_number_are_settled_at_once)
{
	struct follower_item gap = {.gap = true, .seq = 9, .readings = 40};
	struct follower_item event = {.lane = FOLLOWER_LATE,
	    .seq = 10,
	    .batch = {.event = "\"type\":\"stop\"", .count = 1}};
	const char *text;
	size_t length, lines;

	gap.lane = FOLLOWER_LATE;
	put(1, 0);
	parcel_put(parcel, "s", &gap);
	parcel_put(parcel, "s", &event);
	ck_assert(!parcel_next(parcel, &text, &length, &lines));
	ck_assert_uint_eq(parcel_items(parcel), 3);
	ck_assert_ptr_null(parcel_item(parcel, 1, &gap));
	ck_assert(gap.gap);
	ck_assert_uint_eq(gap.readings, 40);
}
END_TEST

START_TEST(all_of_a_piece_can_be_refused)
{
	const char *text;
	size_t length, lines;

	put_many(1, 10);
	ck_assert(parcel_next(parcel, &text, &length, &lines));
	parcel_cut(parcel, "refused");
	ck_assert(parcel_next(parcel, &text, &length, &lines));
	parcel_refuse(parcel, "refused");
	ck_assert(parcel_next(parcel, &text, &length, &lines));
	parcel_written(parcel);
	ck_assert_uint_eq(refused_items(), 5);
}
END_TEST

START_TEST(a_parcel_has_room_up_to_its_bytes_and_always_for_one)
{
	ck_assert(parcel_room(parcel, 0));
	put(1, 1);
	ck_assert(!parcel_room(parcel, 1));
	ck_assert(parcel_room(parcel, 1000));
	parcel_clear(parcel);
	ck_assert_uint_eq(parcel_items(parcel), 0);
	ck_assert(parcel_room(parcel, 0));
}
END_TEST

/* The words of the servers, as they answer. */
static const struct {
	const char *body;
	size_t lines;
	bool about_lines, all;
} bodies[] = {
    {"", 1, false, false},
    {"{\"error\":\"database is required\"}", 1, false, false},
    {"<html>400 Bad Request</html>", 2, false, false},
    {"dropped=2", 2, false, false},
    {"{\"error\":\"unable to parse 'x': missing fields\"}", 1, true, false},
    {"{\"error\":\"partial write: unable to parse 'riser,x=1 a=oops 12': "
     "invalid boolean dropped=0\"}",
	2, true, false},
    {"{\"error\":\"partial write: points beyond retention policy "
     "dropped=3\"}",
	3, true, true},
    {"{\"error\":\"partial write: points beyond retention policy "
     "dropped=3\"}",
	4, true, false},
    {"{\"error\":\"partial write: field type conflict: input field "
     "\\\"dropped=9\\\" is type float dropped=1\"}",
	2, true, false},
    {"{\"code\":\"unprocessable entity\",\"message\":\"failure writing points "
     "to database: partial write: points beyond retention policy "
     "dropped=1\"}",
	1, true, true},
    {"partial write dropped=", 1, true, false},
    {"partial write dropped=99999999999999999999999", 5, true, true},
};

START_TEST(a_refusal_of_lines_is_told_from_another)
{
	ck_assert(refusal_of_lines(bodies[_i].body) == bodies[_i].about_lines);
	ck_assert(refusal_of_all(bodies[_i].body, bodies[_i].lines) ==
	    bodies[_i].all);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("parcel");
	TCase *t = tcase_create("parcel");

	tcase_add_checked_fixture(t, make_parcel, free_parcel);
	tcase_add_test(t, what_is_taken_is_one_request);
	tcase_add_loop_test(t, a_bad_line_is_found_wherever_it_stands, 0, 33);
	tcase_add_test(t, only_the_bad_ones_among_5000_are_refused);
	tcase_add_test(
	    t, if_all_are_bad_all_are_refused_and_nothing_was_written);
	tcase_add_test(t, an_item_is_refused_if_one_of_its_two_lines_is);
	tcase_add_test(t, gaps_and_items_without_a_number_are_settled_at_once);
	tcase_add_test(t, all_of_a_piece_can_be_refused);
	tcase_add_test(t, a_parcel_has_room_up_to_its_bytes_and_always_for_one);
	tcase_add_loop_test(t, a_refusal_of_lines_is_told_from_another, 0,
	    (int)(sizeof(bodies) / sizeof(*bodies)));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
