/*
 * test_sheaf.c - readings gathered, and laid out by device
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/sheaf.h"
#include "tests/suite.h"

#define POINTS 8

/* By falling and rising name, as a catalog and a history that was there before
 * it may have them. */
static const uint32_t names[POINTS] = {70, 60, 4000000000, 1, 2, 3, 4, 5};

static struct sheaf *sheaf;
static struct reading readings[POINTS];
static struct batch batch;

static void
setup(void)
{
	sheaf = sheaf_new();
	batch = (struct batch){.readings = readings, .count = POINTS};
	for (uint16_t i = 0; i < POINTS; i++)
		readings[i] = (struct reading){
		    .point = i, .quality = {.code = QUALITY_GOOD}};
}

static void
teardown(void)
{
	sheaf_free(sheaf);
}

/* One of each type. */
static void
set_values(int n)
{
	static const uint8_t types[POINTS] = {VALUE_F32, VALUE_F64, VALUE_I64,
	    VALUE_U64, VALUE_BOOL, VALUE_ENUM, VALUE_TEXT, VALUE_NONE};

	for (int i = 0; i < POINTS; i++)
		readings[i].value.type = types[i];
	readings[0].value.f = (double)((float)n / 3);
	readings[1].value.f = -n / 7.0;
	readings[2].value.i = INT64_MIN + n;
	readings[3].value.u = UINT64_MAX - (uint64_t)n;
	readings[4].value.u = (uint64_t)n & 1;
	readings[5].value.i = -n;
	strcpy(readings[6].value.text, n % 2 == 0 ? "" : "up");
	readings[7].quality = (struct quality){QUALITY_BAD_EXCEPTION, 4};
}

struct seen {
	int count;
	int64_t at_ms;
	struct track_reading last;
	char text[SAMPLE_TEXT_MAX];
};

static void
see_reading(void *context, int64_t at_ms, const struct track_reading *r)
{
	struct seen *s = context;

	s->count++;
	s->at_ms = at_ms;
	s->last = *r;
	if (r->value.type == VALUE_TEXT)
		strcpy(s->text, r->value.text);
}

START_TEST(every_value_comes_back_to_the_bit)
{
	set_values(_i);
	readings[5].quality.code = QUALITY_UNCERTAIN_RANGE;

	ck_assert(sheaf_add(sheaf, 5000, 9, &batch, names));
	ck_assert(sheaf_add(sheaf, 4000 - _i, 3, &batch, names));

	for (int i = 0; i < POINTS; i++) {
		const struct reading *r = &readings[i];
		struct slot_value want = slot_value(&r->value);
		struct seen s = {.count = 0};

		sheaf_read(sheaf, 3, names[i], see_reading, &s);
		ck_assert_int_eq(s.count, 1);
		ck_assert_int_eq(s.at_ms, 4000 - _i);
		ck_assert_int_eq(s.last.quality.code, r->quality.code);
		ck_assert_int_eq(s.last.quality.detail, r->quality.detail);
		ck_assert_int_eq(s.last.value.type, want.type);
		if (want.type == VALUE_TEXT)
			ck_assert_str_eq(s.text, want.text);
		else if (want.type != VALUE_NONE)
			ck_assert_uint_eq(s.last.value.u, want.u);
	}
}
END_TEST

/* ---- laid out ---- */

#define TRACKS 8

struct tracks {
	int count, stop_at;
	uint16_t devices[TRACKS];
	struct buf of[TRACKS];
};

static int
keep_track(void *context, uint16_t device, const struct buf *track)
{
	struct tracks *t = context;

	ck_assert_int_lt(t->count, TRACKS);
	t->devices[t->count] = device;
	buf_add(&t->of[t->count++], track->data, track->len);
	return t->count == t->stop_at ? -7 : 0;
}

static void
free_tracks(struct tracks *t)
{
	for (int i = 0; i < t->count; i++)
		buf_free(&t->of[i]);
}

START_TEST(devices_and_points_come_by_rising_number)
{
	static const uint16_t order[] = {7, 65535, 0, 7, 0, 7};
	struct tracks t = {.count = 0};
	struct track track = {0};
	struct track_point p;
	uint32_t before = 0, points = 0;

	set_values(1);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		ck_assert(sheaf_add(
		    sheaf, 1000 * (int64_t)i, order[i], &batch, names));

	ck_assert_int_eq(sheaf_lay(sheaf, keep_track, &t), 0);
	ck_assert_int_eq(t.count, 3);
	ck_assert_int_eq(t.devices[0], 0);
	ck_assert_int_eq(t.devices[1], 7);
	ck_assert_int_eq(t.devices[2], 65535);
	ck_assert(track_open(&track, t.of[1].data, t.of[1].len));
	while (track_next(&track, &p)) {
		ck_assert_uint_gt(p.name, before);
		ck_assert_uint_eq(p.count, 3);
		before = p.name;
		points++;
	}
	ck_assert_uint_eq(points, POINTS);
	track_free(&track);
	free_tracks(&t);
}
END_TEST

START_TEST(of_a_point_twice_in_a_batch_the_later_one_stays)
{
	struct tracks t = {.count = 0};
	struct track track = {0};
	struct track_reading r;
	struct track_point p;
	int64_t at_ms;

	batch.count = 2;
	for (int i = 0; i < 2; i++) {
		readings[i].point = 0;
		readings[i].value = (struct value){VALUE_I64, .i = 40 + i};
	}
	ck_assert(sheaf_add(sheaf, 1000, 1, &batch, names));

	ck_assert_int_eq(sheaf_lay(sheaf, keep_track, &t), 0);
	ck_assert(track_open(&track, t.of[0].data, t.of[0].len));
	ck_assert(track_next(&track, &p));
	ck_assert(track_get(&p, &at_ms, &r));
	ck_assert_int_eq(r.value.i, 41);
	ck_assert_int_eq(at_ms, 1000);
	ck_assert(!track_get(&p, &at_ms, &r));
	track_free(&track);
	free_tracks(&t);
}
END_TEST

START_TEST(it_stops_where_it_is_told_to_and_can_be_laid_out_again)
{
	struct tracks once = {.stop_at = 2}, again = {.count = 0};

	set_values(1);
	for (uint16_t device = 1; device <= 3; device++)
		ck_assert(sheaf_add(sheaf, 1000, device, &batch, names));

	ck_assert_int_eq(sheaf_lay(sheaf, keep_track, &once), -7);
	ck_assert_int_eq(once.count, 2);
	ck_assert_int_eq(sheaf_lay(sheaf, keep_track, &again), 0);
	ck_assert_int_eq(again.count, 3);
	ck_assert_uint_eq(again.of[0].len, once.of[0].len);
	ck_assert_mem_eq(again.of[0].data, once.of[0].data, once.of[0].len);
	free_tracks(&once);
	free_tracks(&again);
}
END_TEST

START_TEST(a_full_one_takes_nothing_and_a_cleared_one_is_empty)
{
	struct seen s = {.count = 0};
	uint32_t count = 0;
	int64_t from_ms, to_ms;

	set_values(1);
	memset(readings[6].value.text, 'x', SAMPLE_TEXT_MAX - 1);
	while (sheaf_add(sheaf, 1000 + count, 1, &batch, names))
		count++;

	ck_assert_uint_gt(count, 1000);
	ck_assert(!sheaf_room(sheaf, &batch));
	sheaf_read(sheaf, 1, names[2], see_reading, &s);
	ck_assert_uint_eq((unsigned)s.count, count);
	sheaf_ends(sheaf, &from_ms, &to_ms);
	ck_assert_int_eq(from_ms, 1000);
	ck_assert_int_eq(to_ms, 1000 + count - 1);
	sheaf_clear(sheaf);
	ck_assert(sheaf_empty(sheaf));
	ck_assert(sheaf_add(sheaf, 77, 1, &batch, names));
	sheaf_ends(sheaf, &from_ms, &to_ms);
	ck_assert_int_eq(from_ms, 77);
	ck_assert_int_eq(to_ms, 77);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sheaf");
	TCase *tc = tcase_create("sheaf");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_value_comes_back_to_the_bit, 0, 9);
	tcase_add_test(tc, devices_and_points_come_by_rising_number);
	tcase_add_test(tc, of_a_point_twice_in_a_batch_the_later_one_stays);
	tcase_add_test(
	    tc, it_stops_where_it_is_told_to_and_can_be_laid_out_again);
	tcase_add_test(tc, a_full_one_takes_nothing_and_a_cleared_one_is_empty);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
