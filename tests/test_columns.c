/*
 * test_columns.c - a commit's batches come out of its columns as they went in,
 * and nothing comes out of what is none
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "gateway/store/columns.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct point_info points[SAMPLE_READINGS_MAX];
static const struct device_info devices[] = {
    {.id = "a", .point_count = SAMPLE_READINGS_MAX, .points = points},
    {.id = "b", .point_count = 0},
    {.id = "c", .point_count = 25, .points = points},
    {.id = "d", .point_count = SAMPLE_READINGS_MAX, .points = points},
};
static const struct catalog catalog = {.device_count = 4, .devices = devices};

static struct columns_writer *writer;
static struct columns_reader *reader;
static struct buf rows, body;
static struct stamp before; /* of the last row */
static uint32_t batches;

static void
setup(void)
{
	writer = columns_writer_new();
	reader = columns_reader_new();
	rows = body = (struct buf){0};
	memset(&before, 0, sizeof(before));
	batches = 0;
}

static void
teardown(void)
{
	columns_writer_free(writer);
	columns_reader_free(reader);
	buf_free(&rows);
	buf_free(&body);
}

/* ---- there and back ---- */

static void
add(const struct batch *b)
{
	if (!row_put(&rows, &before, b))
		ck_abort_msg("no room");
	batches++;
}

static struct bytes
rows_bytes(void)
{
	const uint8_t *at = (const uint8_t *)(rows.len > 0 ? rows.data : "");

	return (struct bytes){.at = at, .end = at + rows.len};
}

static void
pack(const struct catalog *c)
{
	struct bytes in = rows_bytes();

	buf_clear(&body);
	columns_pack(writer, &body, c, &in, batches);
	ck_assert_uint_le(body.len, columns_bound(rows.len));
}

/* Without Check's assertions: there are a million of them. */
static bool
same_reading(const struct reading *a, const struct reading *b)
{
	return a->point == b->point && quality_equal(a->quality, b->quality) &&
	    a->value.type == b->value.type &&
	    (a->value.type == VALUE_TEXT
		    ? strcmp(a->value.text, b->value.text) == 0
		    : a->value.u == b->value.u);
}

static bool
same_batch(const struct batch *a, const struct batch *b)
{
	bool same = a->device == b->device && a->count == b->count &&
	    a->at.mono_ms == b->at.mono_ms && a->at.wall_ms == b->at.wall_ms &&
	    a->at.synced == b->at.synced &&
	    memcmp(a->at.boot, b->at.boot, SAMPLE_BOOT_BYTES) == 0 &&
	    (a->event != NULL) == (b->event != NULL);

	if (a->event != NULL)
		return same && strcmp(a->event, b->event) == 0;
	for (size_t i = 0; i < a->count && same; i++)
		same = same_reading(&a->readings[i], &b->readings[i]);
	return same;
}

/* What is in the rows is what is in the body. */
static void
assert_comes_back(const struct catalog *c)
{
	static struct reading readings[SAMPLE_READINGS_MAX];
	struct bytes in = rows_bytes();
	struct stamp last = {0};
	struct batch want = {.readings = readings}, got = {.seq = 77};

	pack(c);
	ck_assert(columns_begin(reader, c, body.data, body.len, batches));
	for (uint32_t i = 0; i < batches; i++) {
		if (!row_get(&in, &last, c, &want) ||
		    !columns_next(reader, &got) || !same_batch(&got, &want))
			ck_abort_msg("batch %u is another", i);
	}
	ck_assert(!columns_next(reader, &got));
	ck_assert_uint_eq(got.seq, 77);
}

/* ---- anything at all ---- */

/* xorshift64*: the same numbers each time. */
static uint64_t
draw(uint64_t below)
{
	static uint64_t x = 88172645463325252;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * UINT64_C(2685821657736338717) % below;
}

static double
any_double(void)
{
	static const double odd[] = {0, -0.0, NAN, INFINITY, -INFINITY, 1, -1,
	    DBL_MAX, DBL_TRUE_MIN, FLT_MAX, FLT_TRUE_MIN, 0x1p17, 0x1p45, 0.1,
	    131071.5, 1e-7, 1e-8, 35184372088831.5};
	uint64_t bits = draw(UINT64_MAX);
	double x;

	switch (draw(5)) {
	case 0: return odd[draw(COUNT(odd))];
	case 1: return ((double)draw(2000000) - 1e6) / 1000;
	case 2: return (double)draw(UINT64_MAX) / 1e12;
	case 3: return (double)(float)((double)draw(100000) / 100);
	default: memcpy(&x, &bits, sizeof(x)); return x;
	}
}

static uint64_t
any_integer(void)
{
	uint64_t x = draw(UINT64_MAX) >> draw(64);

	return draw(2) == 0 ? x : -x;
}

static struct value
any_value(void)
{
	struct value v = {.type = (uint8_t)draw(VALUE_TEXT + 1)};
	size_t length = draw(SAMPLE_TEXT_MAX);

	switch ((enum value_type)v.type) {
	case VALUE_F32:
		v.f = any_double();
		if (draw(2) == 0)
			v.f = (double)(float)v.f;
		break;
	case VALUE_F64: v.f = any_double(); break;
	case VALUE_I64:
	case VALUE_U64:
	case VALUE_ENUM: v.u = any_integer(); break;
	case VALUE_BOOL: v.u = draw(2); break;
	case VALUE_TEXT:
		for (size_t i = 0; i < length; i++)
			v.text[i] = (char)(1 + draw(255));
		break;
	case VALUE_NONE: break;
	}
	return v;
}

static void
any_stamp(struct stamp *at)
{
	uint64_t far = draw(20) == 0 ? any_integer() : draw(2000);

	at->mono_ms = (int64_t)((uint64_t)at->mono_ms + far);
	at->wall_ms = (int64_t)((uint64_t)at->wall_ms + far + draw(3) - 1);
	if (draw(30) == 0)
		at->wall_ms = (int64_t)any_integer();
	if (draw(10) == 0)
		at->synced = !at->synced;
	if (draw(10) == 0)
		at->boot[draw(SAMPLE_BOOT_BYTES)] ^= (uint8_t)(1 << draw(8));
}

static struct batch
any_batch(struct reading *readings, const struct stamp *at)
{
	static const uint16_t whose[] = {0, 0, 2, 3, 1};
	struct batch b = {.at = *at, .readings = readings};
	uint16_t point = 0, room;

	b.device = whose[draw(COUNT(whose))];
	room = devices[b.device].point_count;
	if (room > 0)
		b.count = (uint16_t)draw(draw(10) == 0 ? 300 : 12);
	for (size_t i = 0; i < b.count; i++) {
		point += (uint16_t)draw(4);
		if (draw(20) == 0)
			point = (uint16_t)draw(room);
		point %= room;
		readings[i] = (struct reading){.point = point++,
		    .quality = {.code = QUALITY_GOOD},
		    .value = any_value()};
		if (draw(8) == 0)
			readings[i].quality = (struct quality){
			    (uint8_t)draw(QUALITY_COUNT), (uint8_t)draw(256)};
	}
	return b;
}

START_TEST(any_batches_come_back_bit_for_bit)
{
	static struct reading readings[SAMPLE_READINGS_MAX];
	struct stamp at = {.mono_ms = 1000, .wall_ms = 1763690000000};

	for (int round = 0; round < 200; round++) {
		uint32_t count = (uint32_t)draw(60);

		buf_clear(&rows);
		memset(&before, 0, sizeof(before));
		for (batches = 0; batches < count;) {
			struct batch b;

			any_stamp(&at);
			b = any_batch(readings, &at);
			add(&b);
		}
		assert_comes_back(&catalog);
	}
}
END_TEST

/* Each value, as F32 and as F64, first and again behind another of its point:
 * the shortest way to tell it is one to tell it apart by. */
static const double doubles[] = {0, -0.0, 1, -1, 412.5, 0.3744, -21.6, 0.1, 0.7,
    1.1, 49.98, 230.9, 131071, 131072, 13107.1, 13107.2, 1e-7, 1e-8, 0.0000001,
    1.0 / 3, 16777217, 35184372088831, 35184372088832, 3518437208.8831, 1e15,
    1e22, 1e23, 1e300, 5e-324, FLT_MAX, FLT_MIN, FLT_TRUE_MIN, DBL_MAX,
    INFINITY, -INFINITY, NAN};

START_TEST(each_number_comes_back_bit_for_bit)
{
	double x = doubles[_i];
	struct reading r[] = {
	    {.value = {.type = VALUE_F32, .f = x}},
	    {.value = {.type = VALUE_F32, .f = 3.14159274}},
	    {.value = {.type = VALUE_F32, .f = (double)(float)x}},
	    {.value = {.type = VALUE_F32,
		 .f = (double)nextafterf((float)x, 0)}},
	    {.value = {.type = VALUE_F64, .f = x}},
	    {.value = {.type = VALUE_F64, .f = nextafter(x, 0)}},
	    {.value = {.type = VALUE_F64, .f = (double)(float)x}},
	};
	struct batch b = {.count = COUNT(r), .readings = r};

	add(&b);
	add(&b);
	assert_comes_back(&catalog);
}
END_TEST

/* ---- how small ---- */

/* Bytes a reading of 100 batches of ten such numbers, drawn at random. */
static double
bytes_a_reading(enum value_type type, double divisor)
{
	static struct reading r[10];
	struct batch b = {.count = COUNT(r), .readings = r};

	for (size_t i = 0; i < 100; i++) {
		for (uint16_t p = 0; p < COUNT(r); p++) {
			double x = (double)draw(5000) / divisor;

			r[p] = (struct reading){.point = p,
			    .quality = {.code = QUALITY_GOOD},
			    .value = {.type = (uint8_t)type, .f = x}};
			if (type == VALUE_F32)
				r[p].value.f = (double)(float)x;
		}
		b.at.mono_ms += 1000;
		b.at.wall_ms += 1000;
		add(&b);
	}
	assert_comes_back(&catalog);
	return (double)body.len / (100.0 * COUNT(r));
}

START_TEST(a_number_takes_few_bytes)
{
	static const struct {
		enum value_type type;
		double divisor, bytes;
	} cases[] = {
	    {VALUE_F32, 10, 2.5}, /* decimals of four digits */
	    {VALUE_F64, 10, 2.5},
	    {VALUE_F64, 1000, 2.5},
	    {VALUE_F32, 8.1, 4.2}, /* what is none takes its bytes */
	    {VALUE_F64, 8.1, 8.2},
	};

	ck_assert_double_lt(bytes_a_reading(cases[_i].type, cases[_i].divisor),
	    cases[_i].bytes);
}
END_TEST

START_TEST(what_does_not_get_smaller_stands_plain)
{
	struct reading r = {.quality = {.code = QUALITY_GOOD},
	    .value = {.type = VALUE_TEXT, .text = "k3 9zQ~x"}};
	struct batch b = {.count = 1, .readings = &r};

	for (size_t i = 0; i < SAMPLE_BOOT_BYTES; i++)
		b.at.boot[i] = (uint8_t)draw(256);
	add(&b);
	assert_comes_back(&catalog);
	ck_assert_int_eq(body.data[0], 0);
	for (int i = 0; i < 50; i++)
		add(&b);
	assert_comes_back(&catalog);
	ck_assert_int_eq(body.data[0], 1);
}
END_TEST

/* What grows most: each asserts in columns_pack that no column overflowed. */
START_TEST(the_bound_holds_for_batches_without_readings)
{
	struct batch b = {0};

	while (rows.len + 64 < COLUMNS_ROWS_MAX) {
		b.device = draw(2) == 0 ? 1 : 3;
		b.at.synced = !b.at.synced;
		b.at.mono_ms += (int64_t)draw(128) - 64;
		b.at.wall_ms += (int64_t)draw(128) - 64;
		add(&b);
	}
	assert_comes_back(&catalog);
}
END_TEST

START_TEST(the_bound_holds_for_full_batches_of_readings_without_a_value)
{
	static struct reading r[SAMPLE_READINGS_MAX];
	struct batch b = {.count = SAMPLE_READINGS_MAX, .readings = r};

	while (rows.len + 4 * COUNT(r) + 64 < COLUMNS_ROWS_MAX) {
		for (size_t i = 0; i < COUNT(r); i++)
			r[i] = (struct reading){.point = (uint16_t)draw(128),
			    .quality = {.code = QUALITY_GOOD}};
		add(&b);
	}
	assert_comes_back(&catalog);
}
END_TEST

START_TEST(the_bound_holds_for_values_that_cannot_be_foreseen)
{
	static struct reading r[SAMPLE_READINGS_MAX];
	struct batch b = {.count = SAMPLE_READINGS_MAX, .readings = r};

	while (rows.len + 80 * COUNT(r) < COLUMNS_ROWS_MAX) {
		for (size_t i = 0; i < COUNT(r); i++)
			r[i] =
			    (struct reading){.point = (uint16_t)draw(COUNT(r)),
				.value = any_value()};
		add(&b);
	}
	assert_comes_back(&catalog);
}
END_TEST

/* ---- events ---- */

START_TEST(events_come_back_without_a_catalog)
{
	static char longest[SAMPLE_EVENT_MAX];
	const char *texts[] = {"\"type\":\"start\",\"version\":\"1.0\"", "",
	    longest, "\"type\":\"stop\""};
	struct batch b = {.count = 1};

	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < COUNT(texts); i++) {
		b.event = texts[i];
		b.at.mono_ms += 1234;
		b.at.synced = i > 1;
		add(&b);
	}
	assert_comes_back(NULL);
}
END_TEST

START_TEST(readings_do_not_come_back_without_their_catalog)
{
	struct device_info few[] = {{.id = "a", .point_count = 2}};
	struct catalog smaller = {.device_count = 1, .devices = few};
	struct reading r = {.point = 2};
	struct batch b = {.count = 1, .readings = &r}, got;

	add(&b);
	pack(&catalog);
	ck_assert(columns_begin(reader, NULL, body.data, body.len, 1));
	ck_assert(!columns_next(reader, &got));
	ck_assert(columns_begin(reader, &smaller, body.data, body.len, 1));
	ck_assert(!columns_next(reader, &got));
	b.device = 3;
	add(&b);
	pack(&catalog);
	few->point_count = 3;
	ck_assert(columns_begin(reader, &smaller, body.data, body.len, 2));
	ck_assert(columns_next(reader, &got));
	ck_assert(!columns_next(reader, &got));
}
END_TEST

/* ---- the newest time ---- */

START_TEST(the_newest_synchronised_time_is_told_without_unpacking)
{
	struct batch b = {.at = {.wall_ms = 5000}};

	pack(&catalog);
	ck_assert_int_eq(columns_newest_ms(body.data, body.len), 0);
	add(&b);
	pack(&catalog);
	ck_assert_int_eq(columns_newest_ms(body.data, body.len), 0);
	b.at.synced = true;
	b.at.wall_ms = -3;
	add(&b);
	pack(&catalog);
	ck_assert_int_eq(columns_newest_ms(body.data, body.len), 0);
	b.at.wall_ms = 1763690000001;
	add(&b);
	b.at.wall_ms = 1763690000000;
	add(&b);
	b.at.synced = false;
	b.at.wall_ms = 1763690000002;
	add(&b);
	pack(&catalog);
	ck_assert_int_eq(columns_newest_ms(body.data, body.len), 1763690000001);
	for (size_t length = 0; length < 8; length++)
		ck_assert_int_eq(columns_newest_ms(body.data, length), 0);
}
END_TEST

/* ---- what is none ---- */

/* Whether such bytes give so many batches; what they give is possible.  They
 * lie where the sanitizer sees each step beyond them. */
static bool
gives(const struct catalog *c, const void *bytes, size_t length, uint32_t count)
{
	void *exact = malloc(length + (length == 0));
	struct batch b;
	bool good;

	memcpy(exact, bytes, length);
	good = columns_begin(reader, c, exact, length, count);
	for (uint32_t i = 0; i < count && good; i++) {
		good = columns_next(reader, &b);
		if (!good)
			break;
		ck_assert_uint_le(b.count, SAMPLE_READINGS_MAX);
		if (b.event != NULL)
			ck_assert_uint_lt(strlen(b.event), SAMPLE_EVENT_MAX);
		else if (b.count > 0)
			ck_assert_uint_lt(b.readings[b.count - 1].point,
			    c->devices[b.device].point_count);
	}
	columns_newest_ms(exact, length);
	free(exact);
	return good;
}

/* A commit with something in each column; compressed if it is repeated. */
static void
some_commit(bool repeated)
{
	struct reading r[] = {
	    {.point = 0,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_F32, .f = 0.333333343267440796}},
	    {.point = 3, .quality = {.code = QUALITY_STALE}},
	    {.point = 400,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_F64, .f = 1.0 / 3}},
	    {.point = 2,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_TEXT, .text = "forty"}},
	    {.point = 5,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_F64, .f = 23.4}},
	    {.point = 6,
		.quality = {.code = QUALITY_GOOD},
		.value = {.type = VALUE_ENUM, .i = -5}},
	};
	struct batch b = {.count = COUNT(r), .readings = r};
	struct batch event = {.count = 1, .event = "\"type\":\"stop\""};

	b.at.mono_ms = 77777;
	b.at.wall_ms = 1763690000000;
	b.at.synced = true;
	memset(b.at.boot, 7, sizeof(b.at.boot));
	event.at = b.at;
	for (int i = 0; i < (repeated ? 10 : 1); i++)
		add(&b);
	add(&event);
	pack(&catalog);
	ck_assert_int_eq(body.data[0], repeated);
	ck_assert(gives(&catalog, body.data, body.len, batches));
}

START_TEST(a_body_cut_anywhere_does_not_give_all_its_batches)
{
	some_commit(_i == 1);
	for (size_t length = 0; length < body.len; length++)
		ck_assert(!gives(&catalog, body.data, length, batches));
}
END_TEST

START_TEST(a_body_with_something_behind_it_is_none)
{
	some_commit(_i == 1);
	buf_puts(&body, "x");
	ck_assert(!gives(&catalog, body.data, body.len, batches));
}
END_TEST

START_TEST(a_body_of_more_or_fewer_batches_is_none)
{
	some_commit(_i == 1);
	ck_assert(!gives(&catalog, body.data, body.len, batches + 1));
	ck_assert(!gives(&catalog, body.data, body.len, batches - 1));
	ck_assert(!gives(&catalog, body.data, body.len, 0));
	ck_assert(!gives(&catalog, body.data, body.len, UINT32_MAX));
}
END_TEST

START_TEST(any_flipped_bits_are_survived)
{
	some_commit(_i == 1);
	for (size_t bit = 0; bit < body.len * 8; bit++) {
		body.data[bit / 8] ^= (char)(1 << bit % 8);
		gives(&catalog, body.data, body.len, batches);
		body.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (int i = 0; i < 5000; i++) {
		size_t at = draw(body.len);
		char was = body.data[at];

		body.data[at] = (char)draw(256);
		gives(&catalog, body.data, body.len, batches);
		if (draw(4) != 0)
			body.data[at] = was;
	}
}
END_TEST

START_TEST(a_reader_reads_on_behind_what_was_none)
{
	some_commit(false);
	ck_assert(!gives(&catalog, body.data, body.len / 2, batches));
	ck_assert(gives(&catalog, body.data, body.len, batches));
}
END_TEST

/* Bodies that nobody packs.  The columns' twelve lengths are of: counts flags
 * boots, monos leads devices, tokens points qualities, numbers heads texts. */
#define BODY(bytes) bytes, sizeof(bytes) - 1
static const struct {
	const char *what, *bytes;
	size_t length;
} bad_bodies[] = {
    {"nothing", BODY("")},
    {"an unknown form", BODY("\2\0\14\0\0\0\0\0\0\0\0\0\0\0\0")},
    {"columns without their lengths", BODY("\0\0\0")},
    {"columns longer than a body",
	BODY("\0\0\xff\xff\xff\x7f\0\0\0\0\0\0\0\0\0\0\0\0")},
    {"columns of a length of 64 bits",
	BODY("\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0")},
    {"a time of 64 bits",
	BODY(
	    "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\14\0\0\0\0\0\0\0\0\0\0\0\0")},
    {"a column longer than all of them",
	BODY("\0\0\15\1\0\0\1\1\1\0\0\0\0\0\x7f\0")},
    {"a zstd frame that is none", BODY("\1\0\4abcd")},
    {"a zstd frame without any bytes", BODY("\1\0\0")},
    {"an unknown flag", BODY("\0\0\21\1\1\0\1\1\1\0\0\0\0\0\0\1\x8\0\0\0")},
    {"a new boot without its id",
	BODY("\0\0\21\1\1\0\1\1\1\0\0\0\0\0\0\1\2\0\0\0")},
    {"no such device", BODY("\0\0\20\1\0\0\1\1\1\0\0\0\0\0\0\0\0\0\x8")},
    {"a device below the first",
	BODY("\0\0\20\1\0\0\1\1\1\0\0\0\0\0\0\0\0\0\1")},
    {"a reading without a token",
	BODY("\0\0\20\1\0\0\1\1\1\0\0\0\0\0\0\2\0\0\0")},
    {"a point of a device without points",
	BODY("\0\0\21\1\0\0\1\1\1\1\0\0\0\0\0\2\0\0\2\0")},
    {"a point below the first",
	BODY("\0\0\22\1\0\0\1\1\1\1\1\0\0\0\0\2\0\0\0\xe\1")},
    {"a point behind the last",
	BODY("\0\0\23\1\0\0\1\1\1\1\2\0\0\0\0\2\0\0\0\xe\x80\x10")},
    {"an unknown kind of value",
	BODY("\0\0\21\1\0\0\1\1\1\1\0\0\0\0\0\2\0\0\0\xd0")},
    {"more readings than a batch can have",
	BODY("\0\0\21\2\0\0\1\1\1\0\0\0\0\0\0\x82\x10\0\0\0")},
    {"a float without noise",
	BODY("\0\0\22\1\0\0\1\1\1\1\0\0\0\1\0\2\0\0\0\x10\0")},
    {"a float with a head of 17 bits",
	BODY("\0\0\24\1\0\0\1\1\1\1\0\0\0\3\0\2\0\0\0\x10\x80\x80\4\0\0")},
    {"a text of 64 bytes",
	BODY("\0\0\x52\1\0\0\1\1\1\1\0\0\0\0\x41\2\0\0\0\xc0\x40"
	     "0123456789012345678901234567890123456789012345678901234567890"
	     "123")},
    {"an event without its NUL",
	BODY("\0\0\24\1\1\0\1\1\0\0\0\0\0\0\4\5\4\0\0abcd")},
    {"an event with a NUL in it",
	BODY("\0\0\23\1\1\0\1\1\0\0\0\0\0\0\3\5\4\0\0\0b\0")},
    {"an event longer than the texts",
	BODY("\0\0\23\1\1\0\1\1\0\0\0\0\0\0\3\7\4\0\0ab\0")},
    {"an event of so many bytes that their number overflows",
	BODY("\0\0\32\12\1\0\1\1\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff"
	     "\xff\xff\1\4\0\0\0")},
    {"noise that nothing asks for",
	BODY("\0\0\20\1\0\0\1\1\1\0\0\0\0\0\0\0\0\0\0\1\1")},
};

START_TEST(what_is_no_body_is_refused)
{
	ck_assert_msg(
	    !gives(&catalog, bad_bodies[_i].bytes, bad_bodies[_i].length, 1),
	    "%s: taken", bad_bodies[_i].what);
}
END_TEST

START_TEST(the_pattern_of_those_bodies_is_right)
{
	static const struct {
		const char *bytes;
		size_t length;
	} good[] = {
	    {BODY("\0\0\20\1\0\0\1\1\1\0\0\0\0\0\0\0\0\0\0")},
	    {BODY("\0\0\21\1\0\0\1\1\1\1\0\0\0\0\0\2\0\0\0\0")},
	    {BODY("\0\0\22\1\0\0\1\1\1\1\1\0\0\0\0\2\0\0\0\xe\0")},
	    {BODY("\0\0\22\1\0\0\1\1\1\1\0\0\0\1\0\2\0\0\0\x10\0\0\0")},
	    {BODY("\0\0\23\1\1\0\1\1\0\0\0\0\0\0\3\5\4\0\0ab\0")},
	};

	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(gives(&catalog, good[i].bytes, good[i].length, 1),
		    "%zu", i);
}
END_TEST

/* A body whose columns are a zstd frame of so many zeroes. */
static void
put_zeroes(size_t count, bool says_its_size)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char *zeroes = calloc(count, 1), *frame = malloc(count + 1024);
	size_t length;

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, says_its_size);
	length = ZSTD_compress2(zstd, frame, count + 1024, zeroes, count);
	ck_assert(!ZSTD_isError(length));
	buf_clear(&body);
	bytes_put_u8(&body, 1);
	bytes_put_v(&body, 0);
	bytes_put_v(&body, length);
	buf_add(&body, frame, length);
	ZSTD_freeCCtx(zstd);
	free(zeroes);
	free(frame);
}

START_TEST(a_frame_is_not_opened_that_does_not_say_its_size_or_says_too_much)
{
	put_zeroes(12, true);
	ck_assert(gives(&catalog, body.data, body.len, 0));
	put_zeroes(12, false);
	ck_assert(!gives(&catalog, body.data, body.len, 0));
	put_zeroes(RECORD_BODY_MAX + 1, true);
	ck_assert(!gives(&catalog, body.data, body.len, 0));
}
END_TEST

static Suite *
columns_suite(void)
{
	Suite *s = suite_create("columns");
	TCase *tc = tcase_create("columns");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, any_batches_come_back_bit_for_bit);
	tcase_add_loop_test(
	    tc, each_number_comes_back_bit_for_bit, 0, (int)COUNT(doubles));
	tcase_add_loop_test(tc, a_number_takes_few_bytes, 0, 5);
	tcase_add_test(tc, what_does_not_get_smaller_stands_plain);
	tcase_add_test(tc, the_bound_holds_for_batches_without_readings);
	tcase_add_test(
	    tc, the_bound_holds_for_full_batches_of_readings_without_a_value);
	tcase_add_test(tc, the_bound_holds_for_values_that_cannot_be_foreseen);
	tcase_add_test(tc, events_come_back_without_a_catalog);
	tcase_add_test(tc, readings_do_not_come_back_without_their_catalog);
	tcase_add_test(
	    tc, the_newest_synchronised_time_is_told_without_unpacking);
	tcase_add_loop_test(
	    tc, a_body_cut_anywhere_does_not_give_all_its_batches, 0, 2);
	tcase_add_loop_test(tc, a_body_with_something_behind_it_is_none, 0, 2);
	tcase_add_loop_test(tc, a_body_of_more_or_fewer_batches_is_none, 0, 2);
	tcase_add_loop_test(tc, any_flipped_bits_are_survived, 0, 2);
	tcase_add_test(tc, a_reader_reads_on_behind_what_was_none);
	tcase_add_loop_test(
	    tc, what_is_no_body_is_refused, 0, (int)COUNT(bad_bodies));
	tcase_add_test(tc, the_pattern_of_those_bodies_is_right);
	tcase_add_test(tc,
	    a_frame_is_not_opened_that_does_not_say_its_size_or_says_too_much);
	return s;
}

int
main(void)
{
	return suite_run(columns_suite());
}
