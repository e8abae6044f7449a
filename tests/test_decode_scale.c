/*
 * test_decode_scale.c - decimals and units that the device itself says
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/decode_help.h"
#include "tests/suite.h"

/* ---- how many decimals ---- */

static const struct {
	uint8_t type;
	int16_t tens;
	uint64_t raw;
	struct decimal scale, offset;
	double value;
} powers[] = {
    {RAW_I16, 0, 1234, {1, 0}, {0, 0}, 1234},
    {RAW_I16, 1, 1234, {1, 0}, {0, 0}, 123.4},
    {RAW_I16, 3, 0xfb2e, {1, 0}, {0, 0}, -1.234},
    {RAW_I16, 9, 1, {1, 0}, {0, 0}, 1e-9},
    {RAW_I16, -1, 1234, {1, 0}, {0, 0}, 12340},
    {RAW_I16, -9, 0x8000, {1, 0}, {0, 0}, -32768e9},
    {RAW_U16, 2, 231, {1, 1}, {0, 0}, 0.231},
    {RAW_U16, 1, 655, {1, 0}, {-40, 0}, 25.5},
    {RAW_U16, -2, 7, {1, 3}, {5, 1}, 1.2},
    {RAW_U16, 9, 65535, {1, 18}, {0, 0}, 65535e-27},
    {RAW_U16, 9, 65535, {1, 18}, {-40, 0}, -40},
    {RAW_U16, 9, 65535, {INT64_MAX, 18}, {-40, 0}, -39.999395546313565},
    {RAW_U64, -9, UINT64_MAX, {1, 0}, {0, 0}, 18446744073709551615e9},
    {RAW_U64, 3, 9007199254740993, {1, 0}, {0, 0}, 9007199254740.993},
    {RAW_I64, 9, 1ULL << 63, {1, 0}, {0, 0}, -9223372036.854775808},
    {RAW_BCD32, 2, 0x12345678, {1, 0}, {0, 0}, 123456.78},
    {RAW_F64, 3, 0x40934a0000000000, {1, 0}, {0, 0}, 1.2345},
    {RAW_F64, -3, 0x3ff8000000000000, {1, 1}, {0, 0}, 150},
};

/* The exponent stands before the value, as in the level probes. */
START_TEST(a_number_is_divided_by_the_power_of_ten_beside_it)
{
	struct decode d = {.type = powers[_i].type,
	    .has_pow10 = true,
	    .pow10_at = -1,
	    .scale = powers[_i].scale,
	    .offset = powers[_i].offset};
	uint16_t words[5] = {(uint16_t)powers[_i].tens};
	struct value v;

	put_abcd(words + 1, powers[_i].raw, 16 * decode_words(&d));
	ck_assert_int_eq(decode_value(&d, words, 1, &v).code, QUALITY_GOOD);
	ck_assert_int_eq(v.type, VALUE_F64);
	ck_assert_msg(v.f == powers[_i].value, "%.17g", v.f);
}
END_TEST

START_TEST(a_float_with_decimals_beside_it_stays_a_float)
{
	struct decode d = {
	    .type = RAW_F32, .has_pow10 = true, .pow10_at = 2, .scale = one};
	uint16_t words[4] = {0, 0, 3};
	struct value v;

	put_abcd(words, float_raw(231), 32);
	decode_value(&d, words, 0, &v);
	ck_assert_int_eq(v.type, VALUE_F32);
	ck_assert(v.f == (double)0.231F);
}
END_TEST

START_TEST(a_power_of_ten_beyond_nine_is_no_value)
{
	struct decode d = {
	    .type = RAW_I16, .has_pow10 = true, .pow10_at = 1, .scale = one};
	struct value v;

	for (int tens = INT16_MIN; tens <= INT16_MAX; tens++) {
		const uint16_t words[] = {1, (uint16_t)tens};
		bool good = tens >= -9 && tens <= 9;

		ck_assert_int_eq(decode_value(&d, words, 0, &v).code,
		    good ? QUALITY_GOOD : QUALITY_BAD_DECODE);
		ck_assert_int_eq(v.type, good ? VALUE_F64 : VALUE_NONE);
	}
}
END_TEST

START_TEST(what_leaves_128_bits_on_the_way_is_no_value)
{
	struct decode d = {.type = RAW_U64,
	    .has_pow10 = true,
	    .pow10_at = 4,
	    .scale = {INT64_MAX, 0},
	    .offset = {INT64_MAX, 18}};
	const uint16_t words[] = {
	    UINT16_MAX, UINT16_MAX, UINT16_MAX, UINT16_MAX, (uint16_t)-9};
	struct value v;

	ck_assert_int_eq(
	    decode_value(&d, words, 0, &v).code, QUALITY_BAD_DECODE);
	ck_assert_int_eq(v.type, VALUE_NONE);
}
END_TEST

START_TEST(an_absent_number_needs_no_decimals)
{
	const struct decode_absent a = {ABSENT_PATTERN, .pattern = 0x8000};
	struct decode d = {.type = RAW_I16,
	    .has_pow10 = true,
	    .pow10_at = 1,
	    .scale = one,
	    .absent = &a,
	    .absent_count = 1};
	const uint16_t words[] = {0x8000, 0x7fff};
	struct value v;

	ck_assert_int_eq(
	    decode_value(&d, words, 0, &v).code, QUALITY_BAD_NOT_AVAILABLE);
}
END_TEST

/* Every raw number, every exponent: what a person would write down. */
START_TEST(every_16_bit_raw_and_power_is_its_decimal)
{
	int tens = _i;
	struct decode d = {.type = RAW_I16,
	    .order = (uint8_t)((tens + 9) % 4),
	    .has_pow10 = true,
	    .pow10_at = 1,
	    .scale = {5, 1}};

	for (int raw = INT16_MIN; raw <= INT16_MAX; raw += 7) {
		uint16_t words[] = {(uint16_t)raw, (uint16_t)tens};
		struct value v;
		char text[32];

		for (int i = 0; i < 2 && d.order >= ORDER_BADC; i++)
			words[i] = __builtin_bswap16(words[i]);
		decode_value(&d, words, 0, &v);
		snprintf(text, sizeof(text), "%de%d", raw * 5, -1 - tens);
		if (v.f != strtod(text, NULL))
			ck_abort_msg("%s is not %.17g", text, v.f);
	}
}
END_TEST

/* ---- in which unit ---- */

/* To MPa: 0 MPa, 1 kPa, 7 mH2O; 8 is a gauge that starts at -0.1. */
static const struct decode_unit pressures[] = {
    {1, {1, 3}, {0, 0}},
    {0, {1, 0}, {0, 0}},
    {7, {980665, 8}, {0, 0}},
    {8, {1, 2}, {-1, 1}},
};

static const struct decode probe = {.type = RAW_I16,
    .scale = {1, 0},
    .has_pow10 = true,
    .pow10_at = -1,
    .unit_at = -2,
    .unit_count = ROWS(pressures),
    .units = pressures};

static const struct {
	uint16_t words[3]; /* unit, decimals, value */
	double mpa;
} probes[] = {
    {{0, 3, 412}, 0.412},
    {{1, 0, 412}, 0.412},
    {{1, 1, 4125}, 0.4125},
    {{7, 2, 1234}, 0.121014061},
    {{7, 0, 1}, 0.00980665},
    {{7, 3, 0xfff6}, -0.0000980665},
    {{8, 1, 415}, 0.315},
    {{0, 0xfffe, 1}, 100},
};

START_TEST(a_value_is_converted_from_the_unit_the_device_says)
{
	struct value v;

	ck_assert_int_eq(
	    decode_value(&probe, probes[_i].words, 2, &v).code, QUALITY_GOOD);
	ck_assert_int_eq(v.type, VALUE_F64);
	ck_assert_msg(v.f == probes[_i].mpa, "%.17g", v.f);
}
END_TEST

START_TEST(an_unknown_unit_is_no_value)
{
	for (uint32_t code = 0; code <= UINT16_MAX; code++) {
		const uint16_t words[] = {(uint16_t)code, 0, 5};
		bool known = code <= 1 || code == 7 || code == 8;
		struct value v;

		ck_assert_int_eq(decode_value(&probe, words, 2, &v).code,
		    known ? QUALITY_GOOD : QUALITY_BAD_DECODE);
		ck_assert_int_eq(v.type, known ? VALUE_F64 : VALUE_NONE);
	}
}
END_TEST

START_TEST(a_whole_conversion_is_a_fraction_all_the_same)
{
	const struct decode_unit units[] = {{0, {1000, 0}, {0, 0}}};
	struct decode d = {.type = RAW_U16,
	    .scale = one,
	    .unit_at = 1,
	    .unit_count = 1,
	    .units = units};
	const uint16_t words[] = {5, 0};
	struct value v;

	decode_value(&d, words, 0, &v);
	ck_assert(value_equal(&v, &(struct value){VALUE_F64, .f = 5000}));
}
END_TEST

START_TEST(valid_is_judged_after_the_conversion)
{
	struct decode d = probe;
	const uint16_t inside[] = {1, 0, 600}, outside[] = {0, 0, 600};
	struct value v;

	d.has_valid = true;
	d.valid_max = 1.6;
	ck_assert_int_eq(decode_value(&d, inside, 2, &v).code, QUALITY_GOOD);
	ck_assert_int_eq(
	    decode_value(&d, outside, 2, &v).code, QUALITY_UNCERTAIN_RANGE);
	ck_assert(v.f == 600);
}
END_TEST

START_TEST(the_registers_beside_a_value_have_its_byte_order)
{
	struct decode d = probe;
	const uint16_t words[] = {0x0700, 0x0200, 0xd204};
	struct value v;

	d.order = ORDER_DCBA;
	decode_value(&d, words, 2, &v);
	ck_assert(v.f == 0.121014061);
}
END_TEST

/* ---- the way back ---- */

static const struct {
	uint8_t type;
	struct decimal scale;
	double valid_max; /* 0: none */
	uint16_t tens;
} chosen[] = {
    {RAW_I16, {1, 0}, 1.6, 3},
    {RAW_I16, {1, 0}, 32.767, 3},
    {RAW_I16, {1, 0}, 33, 2},
    {RAW_U16, {1, 0}, 65, 3},
    {RAW_U16, {1, 0}, 0, 1},
    {RAW_I16, {1, 1}, 0, 0},
    {RAW_I16, {1, 3}, 1000, 0xfffe},
    {RAW_U32, {1, 0}, 0, 3},
    {RAW_BCD16, {1, 0}, 10, 2},
    {RAW_BCD16, {1, 0}, 9.999, 3},
    {RAW_F32, {1, 0}, 1.6, 0},
    {RAW_U16, {1, 18}, 1e9, 0xfff7},
};

START_TEST(the_simulated_decimals_leave_room_for_what_is_valid)
{
	struct decode d = {.type = chosen[_i].type,
	    .scale = chosen[_i].scale,
	    .has_pow10 = true,
	    .pow10_at = 2,
	    .has_valid = chosen[_i].valid_max != 0,
	    .valid_max = chosen[_i].valid_max};
	uint16_t words[3] = {0};

	decode_reverse(&d, 0.5, words, 0);
	ck_assert_uint_eq(words[2], chosen[_i].tens);
	words[2] = 0;
	decode_reverse(&d, 1e12, words, 0);
	ck_assert_uint_eq(words[2], chosen[_i].tens);
}
END_TEST

START_TEST(a_simulated_probe_is_read_as_it_was_meant)
{
	struct decode d = probe;
	uint16_t words[3] = {99, 99, 99};
	struct value v;

	d.has_valid = true;
	d.valid_max = 1.6;
	for (d.order = ORDER_ABCD; d.order <= ORDER_DCBA; d.order++)
		for (int kpa = 0; kpa <= 1600; kpa++) {
			decode_reverse(&d, kpa / 1e3, words, 2);
			ck_assert_int_eq(
			    decode_value(&d, words, 2, &v).code, QUALITY_GOOD);
			ck_assert_msg(v.f == kpa / 1e3, "%.17g", v.f);
		}
	d.order = ORDER_ABCD;
	decode_reverse(&d, 0.4, words, 2);
	ck_assert_uint_eq(words[0], 0); /* its own unit, MPa */
	d.units = pressures + 2;
	d.unit_count = 2;
	decode_reverse(&d, 0.980665, words, 2);
	ck_assert_uint_eq(words[0], 7); /* the first, for want of it */
	decode_value(&d, words, 2, &v);
	ck_assert(v.f == 0.980665);
}
END_TEST

/* ---- bugs of the caller ---- */

static const struct decode_unit no_factor[] = {{0, {0, 0}, {0, 0}}};

static const struct decode unsound[] = {
    {.type = RAW_BIT, .scale = {1, 0}, .has_pow10 = true},
    {.type = RAW_U16, .form = FORM_ENUM, .scale = {1, 0}, .has_pow10 = true},
    {.type = RAW_U16,
	.form = FORM_BOOL,
	.scale = {1, 0},
	.unit_count = 1,
	.units = pressures},
    {.type = RAW_U16, .scale = {1, 0}, .unit_count = 1, .units = no_factor},
    {.type = RAW_U16},
};

START_TEST(what_no_configuration_may_say_is_a_bug)
{
	uint16_t words[8] = {0};
	struct value out;

	decode_value(&unsound[_i], words, 4, &out);
}
END_TEST

static Suite *
decode_scale_suite(void)
{
	Suite *s = suite_create("decode_scale");
	TCase *tc = tcase_create("decode_scale");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc,
	    a_number_is_divided_by_the_power_of_ten_beside_it, 0, ROWS(powers));
	tcase_add_test(tc, a_float_with_decimals_beside_it_stays_a_float);
	tcase_add_test(tc, a_power_of_ten_beyond_nine_is_no_value);
	tcase_add_test(tc, what_leaves_128_bits_on_the_way_is_no_value);
	tcase_add_test(tc, an_absent_number_needs_no_decimals);
	tcase_add_loop_test(
	    tc, every_16_bit_raw_and_power_is_its_decimal, -9, 10);
	tcase_add_loop_test(tc,
	    a_value_is_converted_from_the_unit_the_device_says, 0,
	    ROWS(probes));
	tcase_add_test(tc, an_unknown_unit_is_no_value);
	tcase_add_test(tc, a_whole_conversion_is_a_fraction_all_the_same);
	tcase_add_test(tc, valid_is_judged_after_the_conversion);
	tcase_add_test(tc, the_registers_beside_a_value_have_its_byte_order);
	tcase_add_loop_test(tc,
	    the_simulated_decimals_leave_room_for_what_is_valid, 0,
	    ROWS(chosen));
	tcase_add_test(tc, a_simulated_probe_is_read_as_it_was_meant);
	tcase_add_loop_test_raise_signal(tc,
	    what_no_configuration_may_say_is_a_bug, SIGABRT, 0, ROWS(unsound));
	return s;
}

int
main(void)
{
	return suite_run(decode_scale_suite());
}
