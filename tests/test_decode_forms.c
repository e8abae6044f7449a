/*
 * test_decode_forms.c - bit fields, booleans, enumerations, BCD and texts
 */
#include "tests/decode_help.h"
#include "tests/suite.h"

/* ---- bits, booleans, enumerations, BCD ---- */

static const struct {
	uint8_t type, low, high;
	uint64_t raw, value;
} fields[] = {
    {RAW_U16, 0, 0, 0xfffe, 0},
    {RAW_U16, 0, 0, 0x0001, 1},
    {RAW_U16, 4, 5, 0xffef, 2},
    {RAW_U16, 15, 15, 0x8000, 1},
    {RAW_U16, 0, 15, 0xffff, 0xffff},
    {RAW_I16, 0, 15, 0xffff, 0xffff},
    {RAW_I16, 12, 15, 0x9fff, 9},
    {RAW_U32, 12, 19, 0x000ab000, 0xab},
    {RAW_I32, 31, 31, 0x80000000, 1},
    {RAW_U64, 0, 63, UINT64_MAX, UINT64_MAX},
    {RAW_I64, 0, 63, 1ULL << 63, 1ULL << 63},
    {RAW_U64, 62, 63, 0xbfffffffffffffff, 2},
    {RAW_BCD16, 8, 15, 0x59ff, 59},
    {RAW_BIT, 0, 0, 1, 1},
};

START_TEST(a_bit_field_is_an_unsigned_number_of_its_own)
{
	struct decode d = {.type = fields[_i].type,
	    .has_bits = true,
	    .bit_low = fields[_i].low,
	    .bit_high = fields[_i].high};

	expect(d, fields[_i].raw,
	    (struct value){VALUE_U64, .u = fields[_i].value});
}
END_TEST

START_TEST(a_bit_field_is_cut_after_the_words_are_ordered)
{
	struct decode d = {.type = RAW_U32,
	    .order = ORDER_DCBA,
	    .has_bits = true,
	    .bit_low = 24,
	    .bit_high = 31,
	    .scale = {5, 1}};
	uint16_t words[] = {0x4433, 0x2211}; /* 0x11223344 */
	struct value out;

	decode_value(&d, words, 0, &out);
	ck_assert_int_eq(out.type, VALUE_F64);
	ck_assert_double_eq(out.f, 8.5);
}
END_TEST

START_TEST(a_boolean_is_0_or_1_and_nothing_else)
{
	struct decode d = {.type = RAW_U16, .form = FORM_BOOL};
	struct value yes = {VALUE_BOOL, .u = 1}, no = {VALUE_BOOL, .u = 0};

	expect(d, 0, no);
	expect(d, 1, yes);
	expect_bad(d, 2);
	expect_bad(d, 0xffff);
	d.scale = (struct decimal){-1, 0}; /* wired the other way round */
	d.offset = one;
	expect(d, 0, yes);
	expect(d, 1, no);
	d = (struct decode){.type = RAW_F32, .form = FORM_BOOL};
	expect(d, float_raw(1), yes);
	expect_bad(d, float_raw(0.5F));
	expect((struct decode){.type = RAW_BIT, .form = FORM_BOOL}, 1, yes);
}
END_TEST

static const struct enum_name doors[] = {
    {0, "closed"}, {2, "open"}, {-1, "fault"}};

START_TEST(an_enumeration_has_only_the_numbers_it_names)
{
	struct decode d = {.type = RAW_I16,
	    .form = FORM_ENUM,
	    .names = doors,
	    .name_count = ROWS(doors)};

	expect(d, 0, (struct value){VALUE_ENUM, .i = 0});
	expect(d, 2, (struct value){VALUE_ENUM, .i = 2});
	expect(d, 0xffff, (struct value){VALUE_ENUM, .i = -1});
	expect_bad(d, 1);
	expect_bad(d, 0xfffe);
	d.type = RAW_U16;
	expect_bad(d, 0xffff);
	d.scale = (struct decimal){1, 1};
	expect(d, 20, (struct value){VALUE_ENUM, .i = 2});
	expect_bad(d, 21);
	d.type = RAW_U64; /* in 64 bits it would be taken for -1 */
	d.scale = one;
	expect_bad(d, UINT64_MAX);
	d.name_count = 0;
	expect_bad(d, 0);
}
END_TEST

START_TEST(an_enumeration_may_come_as_a_float)
{
	struct decode d = {.type = RAW_F32,
	    .form = FORM_ENUM,
	    .names = doors,
	    .name_count = ROWS(doors)};

	expect(d, float_raw(-1), (struct value){VALUE_ENUM, .i = -1});
	expect_bad(d, float_raw(1.5F));
	expect_bad(d, float_raw(3));
	expect_bad(d, float_raw(1e30F));
}
END_TEST

START_TEST(a_bcd_digit_above_9_is_no_value)
{
	for (unsigned i = 0; i < 8; i++) {
		for (uint32_t digit = 10; digit < 16; digit++)
			expect_bad(
			    (struct decode){.type = RAW_BCD32}, digit << 4 * i);
		if (i < 4)
			expect_bad(
			    (struct decode){.type = RAW_BCD16}, 0xaU << 4 * i);
	}
}
END_TEST

/* ---- texts ---- */

static const struct {
	uint8_t order, len;
	uint16_t words[4];
	const char *text; /* NULL: no value */
} texts[] = {
    {ORDER_ABCD, 4, {0x4c31, 0x2d33}, "L1-3"},
    {ORDER_CDAB, 4, {0x4c31, 0x2d33}, "L1-3"},
    {ORDER_BADC, 4, {0x314c, 0x332d}, "L1-3"},
    {ORDER_DCBA, 4, {0x314c, 0x332d}, "L1-3"},
    {ORDER_ABCD, 3, {0x4142, 0x43ff}, "ABC"},
    {ORDER_BADC, 3, {0x4241, 0xff43}, "ABC"},
    {ORDER_ABCD, 8, {0x4142, 0x2020, 0, 0}, "AB"},
    {ORDER_ABCD, 8, {0x2041, 0x2042, 0x2020, 0x2020}, " A B"},
    {ORDER_ABCD, 8, {0x4100, 0x4243, 0xffff, 0x0101}, "A"},
    {ORDER_ABCD, 4, {0x4120, 0x0042}, "A"},
    {ORDER_ABCD, 4, {0, 0}, ""},
    {ORDER_ABCD, 4, {0x2020, 0x2020}, ""},
    {ORDER_ABCD, 1, {0x7eff}, "~"},
    {ORDER_ABCD, 2, {0x417f}, NULL},
    {ORDER_ABCD, 2, {0x411f}, NULL},
    {ORDER_ABCD, 2, {0x0a41}, NULL},
    {ORDER_ABCD, 2, {0xb0b2}, NULL},
    {ORDER_ABCD, 2, {0xffff}, NULL},
    {ORDER_ABCD, 4, {0x2020, 0x2009}, NULL},
};

START_TEST(a_text_is_its_printable_characters)
{
	struct decode d = {.type = RAW_ASCII,
	    .form = FORM_TEXT,
	    .order = texts[_i].order,
	    .text_len = texts[_i].len};
	struct value out;
	struct quality q = decode_value(&d, texts[_i].words, 0, &out);

	if (texts[_i].text != NULL) {
		ck_assert_int_eq(q.code, QUALITY_GOOD);
		ck_assert_int_eq(out.type, VALUE_TEXT);
		ck_assert_str_eq(out.text, texts[_i].text);
	} else {
		ck_assert_int_eq(q.code, QUALITY_BAD_DECODE);
		ck_assert_int_eq(out.type, VALUE_NONE);
	}
}
END_TEST

START_TEST(a_text_may_fill_all_its_63_characters)
{
	struct decode d = {
	    .type = RAW_ASCII, .form = FORM_TEXT, .text_len = 63};
	uint16_t words[32];
	struct value out;

	for (int i = 0; i < 32; i++)
		words[i] = 0x4141;
	ck_assert_uint_eq(decode_words(&d), 32);
	decode_value(&d, words, 0, &out);
	ck_assert_uint_eq(strlen(out.text), 63);
}
END_TEST

static Suite *
decode_forms_suite(void)
{
	Suite *s = suite_create("decode_forms");
	TCase *tc = tcase_create("decode_forms");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    tc, a_bit_field_is_an_unsigned_number_of_its_own, 0, ROWS(fields));
	tcase_add_test(tc, a_bit_field_is_cut_after_the_words_are_ordered);
	tcase_add_test(tc, a_boolean_is_0_or_1_and_nothing_else);
	tcase_add_test(tc, an_enumeration_has_only_the_numbers_it_names);
	tcase_add_test(tc, an_enumeration_may_come_as_a_float);
	tcase_add_test(tc, a_bcd_digit_above_9_is_no_value);
	tcase_add_loop_test(
	    tc, a_text_is_its_printable_characters, 0, ROWS(texts));
	tcase_add_test(tc, a_text_may_fill_all_its_63_characters);
	return s;
}

int
main(void)
{
	return suite_run(decode_forms_suite());
}
