/*
 * test_track.c - readings turned by point, there and back
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/numbers.h"
#include "gateway/store/track.h"
#include "tests/suite.h"

#define TIMES 600

static int64_t times[TIMES];
static struct track_reading readings[TIMES];
static char texts[TIMES][SAMPLE_TEXT_MAX];
static uint32_t count;

static void
make_times(void)
{
	int64_t at_ms = 1795281843501;

	for (size_t i = 0; i < TIMES; i++) {
		times[i] = at_ms;
		at_ms += 1000 + random() % 7 - 3;
	}
}

static struct slot_value
random_value(uint8_t type, int wide)
{
	struct slot_value v = {.type = type};

	switch (type) {
	case VALUE_F32:
		v.f = wide ? (double)((float)random() / 3.0f)
			   : (double)((float)(random() % 5000) / 10.0f);
		break;
	case VALUE_F64:
		v.f = wide ? (double)random() / 3.0
			   : (double)(random() % 5000) / 1000;
		break;
	case VALUE_I64:
	case VALUE_ENUM:
		v.i = wide
		    ? (int64_t)((uint64_t)random() * (uint64_t)random() * 3)
		    : random() % 9;
		break;
	case VALUE_BOOL: v.u = (uint64_t)random() % 2; break;
	default: v.u = wide ? UINT64_MAX - (uint64_t)random() : 7; break;
	}
	return v;
}

/* Every third time or so; some without a value. */
static void
make_readings(uint8_t type, int wide)
{
	count = 0;
	for (uint32_t i = 0; i < TIMES; i += 1 + (uint32_t)random() % 5) {
		struct track_reading *r = &readings[count];

		r->time = i;
		r->quality = (struct quality){.code = QUALITY_GOOD};
		r->value = random_value(type, wide);
		if (type == VALUE_TEXT) {
			snprintf(texts[count], sizeof(texts[0]), "G%ld",
			    random() % 3);
			r->value.text = texts[count];
		}
		if (random() % 20 == 0) {
			r->quality = (struct quality){QUALITY_BAD_EXCEPTION, 2};
			r->value = (struct slot_value){.type = VALUE_NONE};
		}
		count++;
	}
}

static void
same_readings(struct track_point *p)
{
	struct track_reading r;
	int64_t at_ms;

	ck_assert_uint_eq(p->count, count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert(track_get(p, &at_ms, &r));
		ck_assert_int_eq(at_ms, times[readings[i].time]);
		ck_assert(quality_equal(r.quality, readings[i].quality));
		ck_assert(slot_same(&r.value, &readings[i].value));
	}
	ck_assert(!track_get(p, &at_ms, &r));
	ck_assert(!p->bad);
}

START_TEST(what_was_put_comes_back)
{
	struct track_writer *w = track_writer_new();
	struct track_point p;
	struct track t = {0};
	struct buf out = {0};

	srandom((unsigned)_i);
	make_times();
	make_readings((uint8_t)(VALUE_F32 + _i % 7), _i / 7);
	track_begin(w, times, TIMES);
	track_put(w, 3, readings, count);
	track_put(w, 900000, readings, count);
	track_end(w, &out);
	ck_assert(track_open(&t, out.data, out.len));
	ck_assert(track_next(&t, &p));
	ck_assert_uint_eq(p.name, 3);
	ck_assert(track_next(&t, &p));
	ck_assert_uint_eq(p.name, 900000);
	same_readings(&p);
	ck_assert(!track_next(&t, &p));
	ck_assert(!t.crate.body.bad);
	track_free(&t);
	track_writer_free(w);
	buf_free(&out);
}
END_TEST

START_TEST(one_reading_is_a_track)
{
	struct track_writer *w = track_writer_new();
	struct track_point p;
	struct track t = {0};
	struct buf out = {0};

	srandom(1);
	make_times();
	make_readings(VALUE_I64, 0);
	count = 1;
	track_begin(w, times, 1);
	track_put(w, 1, readings, 1);
	track_end(w, &out);
	ck_assert(track_open(&t, out.data, out.len));
	ck_assert(track_next(&t, &p));
	same_readings(&p);
	track_free(&t);
	track_writer_free(w);
	buf_free(&out);
}
END_TEST

/* A heartbeat that repeats: nearly nothing. */
START_TEST(what_repeats_takes_less_than_a_byte)
{
	struct track_writer *w = track_writer_new();
	struct buf out = {0};

	srandom(1);
	make_times();
	for (uint32_t i = 0; i < TIMES; i++)
		readings[i] = (struct track_reading){.time = i,
		    .quality = {.code = QUALITY_GOOD},
		    .value = {.type = VALUE_F32, .f = 0.375}};
	track_begin(w, times, TIMES);
	for (uint32_t name = 1; name <= 20; name++)
		track_put(w, name, readings, TIMES);
	track_end(w, &out);
	ck_assert_uint_lt(out.len, 20 * TIMES / 4);
	track_writer_free(w);
	buf_free(&out);
}
END_TEST

START_TEST(bytes_cut_or_changed_are_no_crash)
{
	struct track_writer *w = track_writer_new();
	struct track t = {0};
	struct buf out = {0};

	srandom((unsigned)_i);
	make_times();
	make_readings((uint8_t)(VALUE_F32 + _i % 7), 0);
	track_begin(w, times, TIMES);
	track_put(w, 1, readings, count);
	track_end(w, &out);
	if (_i % 2 == 0)
		out.len = (size_t)random() % out.len;
	else
		out.data[(size_t)random() % out.len] ^= 0x5a;
	if (track_open(&t, out.data, out.len)) {
		struct track_reading r;
		struct track_point p;
		int64_t at_ms;

		while (track_next(&t, &p))
			while (track_get(&p, &at_ms, &r))
				continue;
	}
	track_free(&t);
	track_writer_free(w);
	buf_free(&out);
}
END_TEST

/* ---- numbers ---- */

static const struct form_case {
	uint8_t type;
	double a, b;
	uint8_t places;
} forms[] = {
    {VALUE_F32, (double)231.2f, (double)0.37f, 2}, {VALUE_F32, 5, -3, 0},
    {VALUE_F32, (double)(1.0f / 3), 2, NUMBERS_FLOAT},
    {VALUE_F64, 0.001, 81231.5, 3}, {VALUE_F64, 1.0 / 3, 1, NUMBERS_FLOAT},
    {VALUE_F64, -0.0, 1, NUMBERS_FLOAT}, /* no decimal says minus nothing */
};

START_TEST(numbers_have_the_fewest_places_that_say_all_of_them)
{
	const struct form_case *c = &forms[_i];
	struct slot_value a = {.type = c->type, .f = c->a};
	struct slot_value b = {.type = c->type, .f = c->b}, x;
	struct numbers n = numbers_begin(c->type), back;
	struct buf out = {0}, noise = {0};
	struct bytes in, rest;

	numbers_fit(&n, &a);
	numbers_fit(&n, &b);
	ck_assert_uint_eq(n.places, c->places);
	ck_assert(numbers_decode(&back, numbers_code(&n)));
	numbers_put(&n, &out, &noise, &a, &b);
	in = (struct bytes){
	    (uint8_t *)out.data, (uint8_t *)out.data + out.len, false};
	rest = (struct bytes){
	    (uint8_t *)noise.data, (uint8_t *)noise.data + noise.len, false};
	x = numbers_get(&back, &in, &rest, &b);
	ck_assert(slot_same(&x, &a));
	ck_assert(!in.bad && !rest.bad);
	buf_free(&out);
	buf_free(&noise);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("track");
	TCase *t = tcase_create("track");

	tcase_add_loop_test(t, what_was_put_comes_back, 0, 14);
	tcase_add_test(t, one_reading_is_a_track);
	tcase_add_test(t, what_repeats_takes_less_than_a_byte);
	tcase_add_loop_test(t, bytes_cut_or_changed_are_no_crash, 0, 200);
	tcase_add_loop_test(t,
	    numbers_have_the_fewest_places_that_say_all_of_them, 0,
	    (int)(sizeof(forms) / sizeof(forms[0])));
	suite_add_tcase(s, t);
	return suite_run(s);
}
