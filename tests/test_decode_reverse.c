/*
 * test_decode_reverse.c - values and the words a simulator sends for them
 */
#include <math.h>

#include "tests/decode_help.h"
#include "tests/suite.h"

/* ---- the way back ---- */

static const uint8_t numbers[] = {RAW_U16, RAW_I16, RAW_BCD16, RAW_U32, RAW_I32,
    RAW_BCD32, RAW_F32, RAW_U64, RAW_I64, RAW_F64};

/* Words that are a number of at most 53 digits in each type and order. */
START_TEST(the_words_of_a_number_come_back_in_every_order)
{
	const uint16_t words[] = {0x0001, 0x2345, 0x6789, 0x0010};
	struct decode d = {.type = numbers[_i], .scale = one};
	uint16_t back[5] = {0};
	struct value v;

	for (d.order = ORDER_ABCD; d.order <= ORDER_DCBA; d.order++) {
		decode_value(&d, words, 0, &v);
		back[decode_words(&d)] = 0xaaaa;
		decode_reverse(&d, value_number(&v), back, 0);
		ck_assert_mem_eq(
		    back, words, decode_words(&d) * sizeof(words[0]));
		ck_assert_uint_eq(back[decode_words(&d)], 0xaaaa);
	}
}
END_TEST

static const struct {
	uint8_t type;
	struct decimal scale, offset;
	double value;
	uint64_t raw;
} backs[] = {
    {RAW_U16, {1, 1}, {0, 0}, 23.1, 231},
    {RAW_U16, {1, 1}, {0, 0}, 23.14, 231},
    {RAW_U16, {1, 1}, {0, 0}, 23.16, 232},
    {RAW_U16, {1, 0}, {-40, 0}, 25, 65},
    {RAW_U16, {1, 0}, {0, 0}, -5, 0},
    {RAW_U16, {1, 0}, {0, 0}, 70000, 65535},
    {RAW_U16, {1, 0}, {0, 0}, NAN, 0},
    {RAW_I16, {1, 0}, {0, 0}, -0.4, 0},
    {RAW_I16, {1, 0}, {0, 0}, -1, 0xffff},
    {RAW_I16, {1, 0}, {0, 0}, -40000, 0x8000},
    {RAW_I16, {1, 0}, {0, 0}, 40000, 0x7fff},
    {RAW_I16, {-1, 1}, {0, 0}, 12.3, 0xff85},
    {RAW_I32, {1, 0}, {0, 0}, -1e10, 0x80000000},
    {RAW_U32, {1, 0}, {0, 0}, 1e10, 0xffffffff},
    {RAW_U64, {1, 0}, {0, 0}, 1e20, UINT64_MAX},
    {RAW_U64, {1, 0}, {0, 0}, INFINITY, UINT64_MAX},
    {RAW_I64, {1, 0}, {0, 0}, 1e19, INT64_MAX},
    {RAW_I64, {1, 0}, {0, 0}, -INFINITY, 1ULL << 63},
    {RAW_BCD16, {1, 0}, {0, 0}, 1234, 0x1234},
    {RAW_BCD16, {1, 0}, {0, 0}, 10000, 0x9999},
    {RAW_BCD32, {1, 2}, {0, 0}, 123456.78, 0x12345678},
    {RAW_F32, {1, 3}, {0, 0}, 0.5, 0x43fa0000},
    {RAW_F32, {1, 0}, {0, 0}, 1e300, 0x7f7fffff},
    {RAW_F32, {1, 0}, {0, 0}, -INFINITY, 0xff7fffff},
    {RAW_F64, {1, 0}, {0, 0}, INFINITY, 0x7fefffffffffffff},
    {RAW_BIT, {1, 0}, {0, 0}, 1, 1},
    {RAW_BIT, {1, 0}, {0, 0}, 5, 1},
};

START_TEST(the_way_back_gives_the_nearest_words_the_type_has)
{
	struct decode d = {.type = backs[_i].type,
	    .scale = backs[_i].scale,
	    .offset = backs[_i].offset};
	uint16_t words[4] = {0}, want[4] = {0};

	if (d.type == RAW_BIT)
		want[0] = (uint16_t)backs[_i].raw;
	else
		put_abcd(want, backs[_i].raw, 16 * decode_words(&d));
	decode_reverse(&d, backs[_i].value, words, 0);
	ck_assert_mem_eq(words, want, sizeof(words));
}
END_TEST

static const struct {
	uint8_t type, low, high;
	double value;
	uint64_t before, after;
} field_backs[] = {
    {RAW_U16, 4, 5, 2, 0xffff, 0xffef},
    {RAW_U16, 4, 5, 9, 0x0000, 0x0030},
    {RAW_U16, 4, 5, -1, 0xffff, 0xffcf},
    {RAW_I16, 15, 15, 1, 0x0000, 0x8000},
    {RAW_U32, 12, 19, 0xab, 0xffffffff, 0xfffabfff},
    {RAW_U64, 0, 63, 1, UINT64_MAX, 1},
    {RAW_BCD16, 8, 15, 47, 0x1111, 0x4711},
    {RAW_BCD16, 0, 5, 47, 0, 0x0039},
};

START_TEST(the_way_back_changes_only_the_bits_of_its_field)
{
	struct decode d = {.type = field_backs[_i].type,
	    .has_bits = true,
	    .bit_low = field_backs[_i].low,
	    .bit_high = field_backs[_i].high,
	    .scale = one};
	uint16_t words[4] = {0}, want[4] = {0};

	put_abcd(words, field_backs[_i].before, 16 * decode_words(&d));
	put_abcd(want, field_backs[_i].after, 16 * decode_words(&d));
	decode_reverse(&d, field_backs[_i].value, words, 0);
	ck_assert_mem_eq(words, want, sizeof(words));
}
END_TEST

START_TEST(the_way_back_of_a_coil_changes_only_its_bit)
{
	struct decode d = {.type = RAW_BIT, .form = FORM_BOOL, .scale = one};
	uint16_t words[] = {0xffff, 0x0000};

	decode_reverse(&d, 0.4, words, 5);
	decode_reverse(&d, 1, words, 19);
	ck_assert_uint_eq(words[0], 0xffdf);
	ck_assert_uint_eq(words[1], 0x0008);
}
END_TEST

START_TEST(the_way_back_of_an_inverted_boolean_is_inverted)
{
	struct decode d = {.type = RAW_U16,
	    .form = FORM_BOOL,
	    .scale = {-1, 0},
	    .offset = {1, 0}};
	uint16_t word = 7;

	decode_reverse(&d, 5, &word, 0);
	ck_assert_uint_eq(word, 0);
	decode_reverse(&d, -3, &word, 0);
	ck_assert_uint_eq(word, 1);
}
END_TEST

START_TEST(the_way_back_of_a_text_is_cut_and_filled_up)
{
	struct decode d = {.type = RAW_ASCII, .form = FORM_TEXT, .text_len = 3};
	uint16_t words[] = {0xffff, 0xffff, 0xffff};

	decode_reverse_text(&d, "L1-33", words, 1);
	ck_assert_uint_eq(words[0], 0xffff);
	ck_assert_uint_eq(words[1], 0x4c31);
	ck_assert_uint_eq(words[2], 0x2dff);
	d.order = ORDER_DCBA;
	decode_reverse_text(&d, "A", words, 1);
	ck_assert_uint_eq(words[1], 0x0041);
	ck_assert_uint_eq(words[2], 0x2d00);
}
END_TEST

static Suite *
decode_reverse_suite(void)
{
	Suite *s = suite_create("decode_reverse");
	TCase *tc = tcase_create("decode_reverse");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, the_words_of_a_number_come_back_in_every_order,
	    0, ROWS(numbers));
	tcase_add_loop_test(tc,
	    the_way_back_gives_the_nearest_words_the_type_has, 0, ROWS(backs));
	tcase_add_loop_test(tc, the_way_back_changes_only_the_bits_of_its_field,
	    0, ROWS(field_backs));
	tcase_add_test(tc, the_way_back_of_a_coil_changes_only_its_bit);
	tcase_add_test(tc, the_way_back_of_an_inverted_boolean_is_inverted);
	tcase_add_test(tc, the_way_back_of_a_text_is_cut_and_filled_up);
	return s;
}

int
main(void)
{
	return suite_run(decode_reverse_suite());
}
