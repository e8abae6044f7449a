/*
 * test_decode.c - raw words and the numbers they are
 *
 * The expected fractions are decimal literals: the compiler rounds them
 * correctly, and so must decode.c.
 */
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/decode_help.h"
#include "tests/suite.h"

/* ---- types and orders ---- */

/* One value of each type, all bytes different, most significant first. */
static const struct {
	uint8_t type;
	size_t size_bytes;
	uint8_t bytes[8];
	struct value value;
} types[] = {
    {RAW_U16, 2, {0x92, 0x34}, {VALUE_U64, .u = 0x9234}},
    {RAW_I16, 2, {0x92, 0x34}, {VALUE_I64, .i = 0x9234 - 0x10000}},
    {RAW_BCD16, 2, {0x92, 0x34}, {VALUE_U64, .u = 9234}},
    {RAW_U32, 4, {0x92, 0x34, 0x56, 0x78}, {VALUE_U64, .u = 0x92345678}},
    {RAW_I32, 4, {0x92, 0x34, 0x56, 0x78},
	{VALUE_I64, .i = 0x92345678LL - 0x100000000LL}},
    {RAW_BCD32, 4, {0x92, 0x34, 0x56, 0x78}, {VALUE_U64, .u = 92345678}},
    {RAW_F32, 4, {0x43, 0x67, 0x1a, 0x80}, {VALUE_F32, .f = 231.103515625}},
    {RAW_U64, 8, {0x92, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0},
	{VALUE_U64, .u = 0x923456789abcdef0}},
    {RAW_I64, 8, {0x92, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0},
	{VALUE_I64, .i = -0x6dcba98765432110}},
    {RAW_F64, 8, {0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18},
	{VALUE_F64, .f = 3.141592653589793}},
};

/* Which of the value's bytes comes at each place on the wire. */
static const struct {
	uint8_t order;
	const char *of16, *of32, *of64;
} orders[] = {
    {ORDER_ABCD, "ab", "abcd", "abcdefgh"},
    {ORDER_CDAB, "ab", "cdab", "ghefcdab"},
    {ORDER_BADC, "ba", "badc", "badcfehg"},
    {ORDER_DCBA, "ba", "dcba", "hgfedcba"},
};

/* Puts row `type` into words as row `order` says. */
static void
put_ordered(uint16_t *words, int type, int order)
{
	size_t size = types[type].size_bytes;
	const char *places = size == 2 ? orders[order].of16
	    : size == 4		       ? orders[order].of32
				       : orders[order].of64;

	for (size_t i = 0; i < size; i++) {
		int byte = types[type].bytes[places[i] - 'a'];

		words[i / 2] = (uint16_t)(words[i / 2] << 8 | byte);
	}
}

START_TEST(every_type_is_read_in_every_word_order)
{
	int type = _i / ROWS(orders), order = _i % ROWS(orders);
	struct decode d = {.type = types[type].type,
	    .order = orders[order].order,
	    .scale = one};
	uint16_t words[6] = {0xaaaa, 0, 0, 0, 0, 0xbbbb};
	struct value out;

	put_ordered(words + 1, type, order);
	ck_assert_uint_eq(decode_words(&d), types[type].size_bytes / 2);
	ck_assert_int_eq(decode_value(&d, words, 1, &out).code, QUALITY_GOOD);
	ck_assert_int_eq(out.type, types[type].value.type);
	ck_assert(value_equal(&out, &types[type].value));
}
END_TEST

static const struct {
	uint8_t type;
	uint64_t raw;
	struct value value;
} extremes[] = {
    {RAW_U16, 0, {VALUE_U64, .u = 0}},
    {RAW_U16, UINT16_MAX, {VALUE_U64, .u = UINT16_MAX}},
    {RAW_I16, 0x7fff, {VALUE_I64, .i = INT16_MAX}},
    {RAW_I16, 0x8000, {VALUE_I64, .i = INT16_MIN}},
    {RAW_I16, 0xffff, {VALUE_I64, .i = -1}},
    {RAW_U32, UINT32_MAX, {VALUE_U64, .u = UINT32_MAX}},
    {RAW_I32, 0x7fffffff, {VALUE_I64, .i = INT32_MAX}},
    {RAW_I32, 0x80000000, {VALUE_I64, .i = INT32_MIN}},
    {RAW_I32, 0xffffffff, {VALUE_I64, .i = -1}},
    {RAW_U64, UINT64_MAX, {VALUE_U64, .u = UINT64_MAX}},
    {RAW_U64, (1ULL << 53) + 1, {VALUE_U64, .u = 9007199254740993}},
    {RAW_I64, INT64_MAX, {VALUE_I64, .i = INT64_MAX}},
    {RAW_I64, 1ULL << 63, {VALUE_I64, .i = INT64_MIN}},
    {RAW_I64, UINT64_MAX, {VALUE_I64, .i = -1}},
    {RAW_I64, 0 - ((1ULL << 53) + 1), {VALUE_I64, .i = -9007199254740993}},
    {RAW_BCD16, 0x9999, {VALUE_U64, .u = 9999}},
    {RAW_BCD16, 0, {VALUE_U64, .u = 0}},
    {RAW_BCD32, 0x99999999, {VALUE_U64, .u = 99999999}},
    {RAW_F32, 0x7f7fffff, {VALUE_F32, .f = (double)FLT_MAX}},
    {RAW_F32, 0xff7fffff, {VALUE_F32, .f = -(double)FLT_MAX}},
    {RAW_F32, 1, {VALUE_F32, .f = 0x1p-149}},
    {RAW_F32, 0x43673333, {VALUE_F32, .f = (double)231.2f}},
    {RAW_F64, 0x7fefffffffffffff, {VALUE_F64, .f = DBL_MAX}},
    {RAW_F64, 0xffefffffffffffff, {VALUE_F64, .f = -DBL_MAX}},
    {RAW_F64, 1, {VALUE_F64, .f = 0x1p-1074}},
    {RAW_BIT, 0, {VALUE_U64, .u = 0}},
    {RAW_BIT, 1, {VALUE_U64, .u = 1}},
    {RAW_BIT, 0xfffe, {VALUE_U64, .u = 0}},
};

START_TEST(the_extremes_of_every_type_are_kept_exactly)
{
	struct decode d = {.type = extremes[_i].type};

	expect(d, extremes[_i].raw, extremes[_i].value);
}
END_TEST

START_TEST(a_coil_is_the_bit_of_its_number)
{
	struct decode d = {.type = RAW_BIT, .order = ORDER_DCBA, .scale = one};
	uint16_t words[] = {0, 1U << 3, 0};
	struct value out;

	for (size_t at = 0; at < 48; at++) {
		decode_value(&d, words, at, &out);
		ck_assert_uint_eq(out.u, at == 19);
	}
}
END_TEST

/* ---- scale and offset ---- */

static const struct {
	uint8_t type;
	uint64_t raw;
	struct decimal scale, offset;
	double value;
} fractions[] = {
    {RAW_U16, 231, {1, 1}, {0, 0}, 23.1},
    {RAW_U16, 3, {1, 1}, {0, 0}, 0.3},
    {RAW_U16, 3, {10, 2}, {0, 0}, 0.3},
    {RAW_U16, 230, {1, 1}, {0, 0}, 23},
    {RAW_U16, 0, {1, 3}, {0, 0}, 0},
    {RAW_U16, 65535, {1, 3}, {0, 0}, 65.535},
    {RAW_U16, 65535, {1, 18}, {0, 0}, 65535e-18},
    {RAW_I16, 0xff85, {1, 1}, {0, 0}, -12.3},
    {RAW_I16, 0x8000, {-1, 2}, {0, 0}, 327.68},
    {RAW_U16, 1, {1, 0}, {1, 1}, 1.1},
    {RAW_U16, 655, {1, 1}, {-40, 0}, 25.5},
    {RAW_U16, 655, {1, 1}, {-4005, 2}, 25.45},
    {RAW_U16, 7, {3, 0}, {-4005, 2}, -19.05},
    {RAW_U16, 1, {1, 1}, {2, 1}, 0.3},
    {RAW_U32, 4294967295, {1, 3}, {0, 0}, 4294967.295},
    {RAW_BCD16, 0x1234, {1, 2}, {0, 0}, 12.34},
    {RAW_U64, 9007199254740991, {1, 3}, {0, 0}, 9007199254740.991},
    {RAW_U64, 9007199254740993, {1, 1}, {0, 0}, 900719925474099.3},
    {RAW_U64, 9007199254740993, {1, 2}, {0, 0}, 90071992547409.93},
    {RAW_U64, 9007199254740993, {10, 1}, {0, 0}, 9007199254740993.0},
    {RAW_U64, UINT64_MAX, {1, 3}, {0, 0}, 18446744073709551.615},
    {RAW_U64, UINT64_MAX, {1, 18}, {0, 0}, 18.446744073709551615},
    {RAW_U64, 9007199254740995, {1, 0}, {5, 1}, 9007199254740995.5},
    {RAW_I64, 1ULL << 63, {1, 3}, {0, 0}, -9223372036854775.808},
    {RAW_I64, 1ULL << 63, {-999, 3}, {1, 18}, 9214148664817921032.192},
    {RAW_I64, INT64_MAX, {INT64_MAX, 18}, {0, 0},
	85070591730234615847.396907784232501249},
    {RAW_U64, UINT64_MAX, {1, 0}, {INT64_MIN, 18}, 18446744073709551605.78},
};

START_TEST(a_scaled_integer_is_the_decimal_fraction_a_person_reads)
{
	struct decode d = {.type = fractions[_i].type,
	    .scale = fractions[_i].scale,
	    .offset = fractions[_i].offset};

	expect(d, fractions[_i].raw,
	    (struct value){VALUE_F64, .f = fractions[_i].value});
}
END_TEST

START_TEST(every_16_bit_raw_scales_to_its_decimal_and_back)
{
	struct decode d = {.type = RAW_I16, .scale = {1, (uint8_t)_i}};
	uint16_t word, back;
	struct value out;
	char text[32];

	for (int raw = INT16_MIN; raw <= INT16_MAX; raw++) {
		word = (uint16_t)raw;
		decode_value(&d, &word, 0, &out);
		snprintf(text, sizeof(text), "%de-%d", raw, _i);
		if (out.f != strtod(text, NULL))
			ck_abort_msg("%s is not %.17g", text, out.f);
		decode_reverse(&d, out.f, &back, 0);
		if (back != word)
			ck_abort_msg("%s comes back as %u", text, back);
	}
}
END_TEST

static const struct {
	uint8_t type;
	uint64_t raw;
	int64_t scale, offset;
	struct value value;
} wholes[] = {
    {RAW_U16, 231, 10, 0, {VALUE_U64, .u = 2310}},
    {RAW_U16, 231, 10, 5, {VALUE_U64, .u = 2315}},
    {RAW_U16, 50, 1, -40, {VALUE_I64, .i = 10}},
    {RAW_U16, 30, 1, -40, {VALUE_I64, .i = -10}},
    {RAW_U16, 30, -1, 0, {VALUE_I64, .i = -30}},
    {RAW_I16, 0xffff, 1000, 0, {VALUE_I64, .i = -1000}},
    {RAW_U64, (1ULL << 53) + 1, 3, 0, {VALUE_U64, .u = 27021597764222979}},
    {RAW_U64, UINT64_MAX, 1, -1, {VALUE_U64, .u = UINT64_MAX - 1}},
    {RAW_U64, UINT64_MAX, 1, INT64_MIN, {VALUE_I64, .i = INT64_MAX}},
    {RAW_U64, 0, 1, INT64_MIN, {VALUE_I64, .i = INT64_MIN}},
    {RAW_U64, 1ULL << 63, -1, 0, {VALUE_I64, .i = INT64_MIN}},
    {RAW_I64, 1ULL << 63, -1, 0, {VALUE_U64, .u = 1ULL << 63}},
    {RAW_I64, INT64_MAX, 1, INT64_MAX, {VALUE_U64, .u = UINT64_MAX - 1}},
};

START_TEST(a_whole_scale_and_offset_keep_an_integer_exact)
{
	struct decode d = {.type = wholes[_i].type,
	    .scale = {wholes[_i].scale, 0},
	    .offset = {wholes[_i].offset, 0}};

	expect(d, wholes[_i].raw, wholes[_i].value);
}
END_TEST

static const struct {
	uint8_t type;
	uint64_t raw;
	struct decimal scale, offset;
} overflows[] = {
    {RAW_U64, UINT64_MAX, {2, 0}, {0, 0}},
    {RAW_U64, UINT64_MAX, {1, 0}, {1, 0}},
    {RAW_U64, UINT64_MAX, {INT64_MAX, 0}, {INT64_MAX, 0}},
    {RAW_U64, UINT64_MAX, {INT64_MIN, 0}, {INT64_MIN, 0}},
    {RAW_U64, UINT64_MAX, {INT64_MAX, 0}, {1, 18}},
    {RAW_U64, (1ULL << 63) + 1, {-1, 0}, {0, 0}},
    {RAW_I64, 1ULL << 63, {1, 0}, {-1, 0}},
    {RAW_I64, 1ULL << 63, {2, 0}, {0, 0}},
    {RAW_I64, INT64_MAX, {3, 0}, {0, 0}},
    {RAW_I64, 1ULL << 63, {INT64_MAX, 0}, {1, 18}},
};

START_TEST(an_integer_that_leaves_64_bits_is_no_value)
{
	struct decode d = {.type = overflows[_i].type,
	    .scale = overflows[_i].scale,
	    .offset = overflows[_i].offset};

	expect_bad(d, overflows[_i].raw);
}
END_TEST

/* ---- floats ---- */

START_TEST(a_float_that_is_no_number_is_no_value)
{
	static const uint32_t singles[] = {
	    0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff};
	static const uint64_t doubles[] = {0x7ff0000000000000,
	    0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001,
	    UINT64_MAX};

	for (size_t i = 0; i < 5; i++) {
		expect_bad((struct decode){.type = RAW_F32}, singles[i]);
		expect_bad((struct decode){.type = RAW_F64}, doubles[i]);
		expect_bad(
		    (struct decode){
			.type = RAW_F32, .scale = {1, 3}, .offset = {1, 0}},
		    singles[i]);
	}
}
END_TEST

START_TEST(a_float_scaled_out_of_its_range_is_no_value)
{
	struct decode d = {.type = RAW_F32, .scale = {10, 0}};

	expect_bad(d, float_raw(FLT_MAX));
	expect_bad(d, float_raw(-FLT_MAX));
	d.type = RAW_F64;
	expect_bad(d, double_raw(DBL_MAX));
	expect_bad(d, double_raw(-DBL_MAX));
}
END_TEST

START_TEST(a_scaled_float_keeps_the_digits_of_its_type)
{
	struct decode d = {.type = RAW_F32, .scale = {1, 3}};

	expect(d, float_raw(412500), (struct value){VALUE_F32, .f = 412.5});
	expect(
	    d, float_raw(231), (struct value){VALUE_F32, .f = (double)0.231f});
	d.offset = (struct decimal){-5, 1};
	expect(
	    d, float_raw(731), (struct value){VALUE_F32, .f = (double)0.231f});
	d.type = RAW_F64;
	d.offset.mantissa = 0;
	expect(d, double_raw(231), (struct value){VALUE_F64, .f = 0.231});
}
END_TEST

START_TEST(a_negative_zero_is_a_plain_zero)
{
	struct decode d = {.type = RAW_F32};
	struct value out;

	ck_assert_int_eq(
	    decode_raw(d, float_raw(-0.0F), &out).code, QUALITY_GOOD);
	ck_assert(out.f == 0 && !signbit(out.f));
}
END_TEST

/* ---- valid ---- */

static const struct {
	uint8_t type;
	uint64_t raw;
	struct decimal scale;
	double min, max;
	bool inside;
} ranges[] = {
    {RAW_U16, 0, {1, 0}, 0, 600, true},
    {RAW_U16, 600, {1, 0}, 0, 600, true},
    {RAW_U16, 601, {1, 0}, 0, 600, false},
    {RAW_I16, 0xffff, {1, 0}, 0, 600, false},
    {RAW_U16, 231, {1, 1}, 0, 23.1, true},
    {RAW_U16, 231, {1, 1}, 0, 23, false},
    {RAW_F32, 0x3dcccccd, {1, 0}, 0, 0.1, true}, /* 0.1f is above 0.1 */
    {RAW_F32, 0x3dccccce, {1, 0}, 0, 0.1, false},
    {RAW_F32, 0x3dcccccc, {1, 0}, 0.1, 1, false},
    {RAW_F64, 0x3fb999999999999b, {1, 0}, 0, 0.1, false},
    {RAW_U64, UINT64_MAX, {1, 0}, 0, 1e18, false},
    {RAW_I64, 1ULL << 63, {1, 0}, -1e18, 0, false},
};

START_TEST(a_value_outside_its_valid_range_is_uncertain_and_kept)
{
	struct decode d = {.type = ranges[_i].type,
	    .scale = ranges[_i].scale,
	    .has_valid = true,
	    .valid_min = ranges[_i].min,
	    .valid_max = ranges[_i].max};
	struct value out;
	struct quality q = decode_raw(d, ranges[_i].raw, &out);

	ck_assert_int_eq(
	    q.code, ranges[_i].inside ? QUALITY_GOOD : QUALITY_UNCERTAIN_RANGE);
	ck_assert_int_ne(out.type, VALUE_NONE);
}
END_TEST

START_TEST(words_that_are_no_value_are_bad_and_not_out_of_range)
{
	struct decode d = {
	    .type = RAW_F32, .has_valid = true, .valid_max = 600};

	expect_bad(d, 0x7fc00000);
	expect_bad(d, 0x7f800000);
}
END_TEST

/* ---- bugs of the caller ---- */

static const struct decode unsound[] = {
    {.type = RAW_F32, .scale = {1, 0}, .has_bits = true},
    {.type = RAW_U16, .scale = {1, 0}, .has_bits = true, .bit_high = 16},
    {.type = RAW_U16, .scale = {1, 0}, .has_bits = true, .bit_low = 1},
    {.type = RAW_U16, .scale = {1, 19}},
    {.type = RAW_U16, .scale = {1, 0}, .form = FORM_TEXT},
    {.type = RAW_ASCII, .form = FORM_TEXT, .text_len = 64},
    {.type = RAW_ASCII, .form = FORM_TEXT, .text_len = 0},
    {.type = RAW_ASCII, .form = FORM_NUMBER, .text_len = 2},
    {.type = RAW_ASCII + 1, .scale = {1, 0}},
};

START_TEST(what_no_configuration_may_say_is_a_bug)
{
	uint16_t words[32] = {0};
	struct value out;

	decode_value(&unsound[_i], words, 0, &out);
}
END_TEST

/* A field as wide as its number is read by the way of all fields, which has
 * more bits. */
START_TEST(a_plain_number_is_what_more_bits_make_of_it)
{
	static const int64_t scales[] = {1, 5, 1000, 65537, INT32_MAX,
	    (int64_t)INT32_MAX + 1, INT64_MAX, -3};
	static const uint32_t raws[] = {0, 1, 99, 0x7fff, 0x8000, 0xffff,
	    0x10000, 0x200000, 0x7fffffff, 0x80000000, 0xffffffff};
	struct decode plain = {.type = _i == 0 ? RAW_U16 : RAW_U32}, field;
	struct value a, b;

	for (size_t i = 0; i < ROWS(scales) * ROWS(raws); i++) {
		uint32_t raw = raws[i / ROWS(scales)];

		plain.scale.mantissa = scales[i % ROWS(scales)];
		for (uint8_t places = 0; places <= 18; places++) {
			plain.scale.places = places;
			field = plain;
			field.has_bits = true;
			field.bit_high = _i == 0 ? 15 : 31;
			ck_assert(quality_equal(decode_raw(plain, raw, &a),
			    decode_raw(field, raw, &b)));
			ck_assert_uint_eq(a.type, b.type);
			ck_assert(a.type == VALUE_NONE || a.u == b.u);
		}
	}
}
END_TEST

static Suite *
decode_suite(void)
{
	Suite *s = suite_create("decode");
	TCase *tc = tcase_create("decode");
	int each = ROWS(types) * ROWS(orders);

	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    tc, every_type_is_read_in_every_word_order, 0, each);
	tcase_add_loop_test(
	    tc, the_extremes_of_every_type_are_kept_exactly, 0, ROWS(extremes));
	tcase_add_test(tc, a_coil_is_the_bit_of_its_number);
	tcase_add_loop_test(tc,
	    a_scaled_integer_is_the_decimal_fraction_a_person_reads, 0,
	    ROWS(fractions));
	tcase_add_loop_test(
	    tc, every_16_bit_raw_scales_to_its_decimal_and_back, 1, 5);
	tcase_add_loop_test(tc, a_whole_scale_and_offset_keep_an_integer_exact,
	    0, ROWS(wholes));
	tcase_add_loop_test(
	    tc, an_integer_that_leaves_64_bits_is_no_value, 0, ROWS(overflows));
	tcase_add_loop_test(
	    tc, a_plain_number_is_what_more_bits_make_of_it, 0, 2);
	tcase_add_test(tc, a_float_that_is_no_number_is_no_value);
	tcase_add_test(tc, a_float_scaled_out_of_its_range_is_no_value);
	tcase_add_test(tc, a_scaled_float_keeps_the_digits_of_its_type);
	tcase_add_test(tc, a_negative_zero_is_a_plain_zero);
	tcase_add_loop_test(tc,
	    a_value_outside_its_valid_range_is_uncertain_and_kept, 0,
	    ROWS(ranges));
	tcase_add_test(
	    tc, words_that_are_no_value_are_bad_and_not_out_of_range);
	tcase_add_loop_test_raise_signal(tc,
	    what_no_configuration_may_say_is_a_bug, SIGABRT, 0, ROWS(unsound));
	return s;
}

int
main(void)
{
	return suite_run(decode_suite());
}
