/*
 * test_decode_state.c - raw numbers that mean none, and those that mean one of
 * the standard states
 */
#include <signal.h>

#include "tests/decode_help.h"
#include "tests/suite.h"

#define NAN32 0x7fc00000
#define NAN64 0x7ff8000000000000

/* ---- that there is none ---- */

static const struct {
	uint8_t type;
	struct decode_absent absent;
	uint64_t raw;
	bool is_absent;
} absents[] = {
    {RAW_U16, {ABSENT_EQUAL, .whole = 65535}, 65535, true},
    {RAW_U16, {ABSENT_EQUAL, .whole = 65535}, 65534, false},
    {RAW_U16, {ABSENT_EQUAL, .whole = -1}, 65535, false},
    {RAW_U16, {ABSENT_ABOVE, .whole = 240}, 240, false},
    {RAW_U16, {ABSENT_ABOVE, .whole = 240}, 241, true},
    {RAW_U16, {ABSENT_BELOW, .whole = 3}, 3, false},
    {RAW_U16, {ABSENT_BELOW, .whole = 3}, 2, true},
    {RAW_I16, {ABSENT_EQUAL, .whole = -32768}, 0x8000, true},
    {RAW_I16, {ABSENT_EQUAL, .whole = -1}, 0xffff, true},
    {RAW_I16, {ABSENT_BELOW, .whole = -100}, 0xff9b, true}, /* -101 */
    {RAW_I16, {ABSENT_BELOW, .whole = -100}, 0xff9c, false},
    {RAW_I16, {ABSENT_ABOVE, .whole = -100}, 0xff9b, false},
    {RAW_I16, {ABSENT_PATTERN, .pattern = 0x8000}, 0x8000, true},
    {RAW_I16, {ABSENT_PATTERN, .pattern = 0x8000}, 0x8001, false},
    {RAW_U32, {ABSENT_PATTERN, .pattern = 0xffffffff}, 0xffffffff, true},
    {RAW_U64, {ABSENT_PATTERN, .pattern = UINT64_MAX}, UINT64_MAX, true},
    {RAW_U64, {ABSENT_PATTERN, .pattern = UINT64_MAX}, UINT64_MAX - 1, false},
    {RAW_U64, {ABSENT_EQUAL, .whole = -1}, UINT64_MAX, false},
    {RAW_U64, {ABSENT_ABOVE, .whole = INT64_MAX}, 1ULL << 63, true},
    {RAW_U64, {ABSENT_ABOVE, .whole = INT64_MAX}, INT64_MAX, false},
    {RAW_U64, {ABSENT_EQUAL, .whole = 9007199254740993}, 9007199254740993,
	true},
    {RAW_U64, {ABSENT_EQUAL, .whole = 9007199254740993}, 9007199254740992,
	false},
    {RAW_I64, {ABSENT_EQUAL, .whole = INT64_MIN}, 1ULL << 63, true},
    {RAW_I64, {ABSENT_BELOW, .whole = INT64_MIN}, 1ULL << 63, false},
    {RAW_BCD16, {ABSENT_EQUAL, .whole = 9999}, 0x9999, true},
    {RAW_BCD16, {ABSENT_ABOVE, .whole = 99}, 0x0099, false},
    {RAW_BCD16, {ABSENT_ABOVE, .whole = 99}, 0x0100, true},
    {RAW_BCD16, {ABSENT_PATTERN, .pattern = 0xffff}, 0xffff, true},
    {RAW_BCD32, {ABSENT_PATTERN, .pattern = 0xffffffff}, 0xffffffff, true},
    {RAW_BIT, {ABSENT_EQUAL, .whole = 1}, 1, true},
    {RAW_U32, {ABSENT_PATTERN_WHOLE, .pattern = 0xffffffff}, 0xffffffff, true},
    {RAW_U32, {ABSENT_PATTERN_WHOLE, .pattern = 0xffffffff}, 0xffff, false},
    {RAW_F32, {ABSENT_PATTERN_WHOLE, .pattern = NAN32}, NAN32, true},
    {RAW_F32, {.test = ABSENT_NAN}, NAN32, true},
    {RAW_F32, {.test = ABSENT_NAN}, 0xffffffff, true},
    {RAW_F32, {.test = ABSENT_NAN}, 0, false},
    {RAW_F32, {ABSENT_PATTERN, .pattern = NAN32}, NAN32, true},
    {RAW_F32, {ABSENT_EQUAL, .number = 0.1}, 0x3dcccccd, true},
    {RAW_F32, {ABSENT_ABOVE, .number = 0.1}, 0x3dcccccd, false},
    {RAW_F32, {ABSENT_ABOVE, .number = 0.1}, 0x3dccccce, true},
    {RAW_F32, {ABSENT_BELOW, .number = 0.1}, 0x3dcccccc, true},
    {RAW_F32, {ABSENT_ABOVE, .number = 1e9}, 0x7f800000, true},
    {RAW_F32, {ABSENT_EQUAL, .number = 0}, 0x80000000, true},
    {RAW_F64, {.test = ABSENT_NAN}, NAN64, true},
    {RAW_F64, {ABSENT_EQUAL, .number = 0.1}, 0x3fb999999999999a, true},
    {RAW_F64, {ABSENT_EQUAL, .number = 0.1}, 0x3fb999999999999b, false},
};

START_TEST(a_raw_number_that_means_none_gives_none)
{
	struct decode d = {.type = absents[_i].type,
	    .absent = &absents[_i].absent,
	    .absent_count = 1,
	    .scale = {1, 1},
	    .offset = {-40, 0}};
	struct value out;
	struct quality q = decode_raw(d, absents[_i].raw, &out);

	ck_assert_int_eq(q.code,
	    absents[_i].is_absent ? QUALITY_BAD_NOT_AVAILABLE : QUALITY_GOOD);
	ck_assert_int_eq(out.type == VALUE_NONE, absents[_i].is_absent);
}
END_TEST

static const struct {
	uint8_t type;
	uint64_t raw;
} not_numbers[] = {{RAW_BCD16, 0xffff}, {RAW_F32, NAN32}, {RAW_F64, NAN64}};

START_TEST(what_is_no_number_passes_no_test_of_numbers)
{
	const struct decode_absent all[] = {{.test = ABSENT_EQUAL},
	    {.test = ABSENT_ABOVE}, {.test = ABSENT_BELOW}};
	struct decode d = {.type = not_numbers[_i].type,
	    .absent = all,
	    .absent_count = ROWS(all)};

	expect_bad(d, not_numbers[_i].raw);
}
END_TEST

START_TEST(one_of_several_tests_is_enough)
{
	const struct decode_absent tests[] = {{ABSENT_ABOVE, .whole = 1000},
	    {ABSENT_BELOW, .whole = -1000}, {ABSENT_EQUAL, .whole = 7}};
	struct decode d = {
	    .type = RAW_I16, .absent = tests, .absent_count = ROWS(tests)};
	struct value out;

	for (int raw = INT16_MIN; raw <= INT16_MAX; raw++) {
		struct quality q = decode_raw(d, (uint16_t)raw, &out);
		bool absent = raw > 1000 || raw < -1000 || raw == 7;

		ck_assert_int_eq(
		    q.code, absent ? QUALITY_BAD_NOT_AVAILABLE : QUALITY_GOOD);
	}
}
END_TEST

START_TEST(a_field_is_judged_by_its_own_bits)
{
	const struct decode_absent tests[] = {
	    {ABSENT_PATTERN, .pattern = 0xf}, {ABSENT_EQUAL, .whole = 9}};
	struct decode d = {.type = RAW_I32,
	    .has_bits = true,
	    .bit_low = 12,
	    .bit_high = 15,
	    .absent = tests,
	    .absent_count = ROWS(tests)};
	struct value out;

	ck_assert_int_eq(
	    decode_raw(d, 0xf000, &out).code, QUALITY_BAD_NOT_AVAILABLE);
	ck_assert_int_eq(
	    decode_raw(d, 0xffff9fff, &out).code, QUALITY_BAD_NOT_AVAILABLE);
	expect(d, 0xffff8fff, (struct value){VALUE_U64, .u = 8});
}
END_TEST

/* 0xffff of a status register: none of its bits says anything. */
START_TEST(a_field_may_be_absent_with_its_whole_value)
{
	const struct decode_absent whole = {
	    ABSENT_PATTERN_WHOLE, .pattern = 0xffff};
	struct decode d = {.type = RAW_U16,
	    .form = FORM_BOOL,
	    .has_bits = true,
	    .bit_low = 1,
	    .bit_high = 1,
	    .absent = &whole,
	    .absent_count = 1};
	struct value out;

	for (unsigned raw = 0; raw < 0xffff; raw++)
		ck_assert_int_eq(decode_raw(d, raw, &out).code, QUALITY_GOOD);
	ck_assert_int_eq(
	    decode_raw(d, 0xffff, &out).code, QUALITY_BAD_NOT_AVAILABLE);
	ck_assert_uint_eq(out.type, VALUE_NONE);
}
END_TEST

static const uint8_t registers[] = {RAW_U16, RAW_I16, RAW_U32, RAW_I32, RAW_U64,
    RAW_I64, RAW_F32, RAW_F64, RAW_BCD16, RAW_BCD32};

/* Of each type in each order: the words of `raw` and no others are absent, and
 * the others mean what they meant. */
START_TEST(a_pattern_is_found_in_every_order_and_nothing_else_is)
{
	struct decode plain = {.type = registers[_i / 4],
	    .order = (uint8_t)(_i % 4),
	    .scale = one};
	struct decode d = plain;
	unsigned count = decode_words(&plain);

	for (unsigned bit = 0; bit < 16 * count; bit++) {
		uint64_t raw = UINT64_C(1) << bit;
		struct decode_absent a = {ABSENT_PATTERN, .pattern = raw};
		uint16_t words[4] = {0};
		struct value v, w;

		d.absent = &a;
		d.absent_count = 1;
		for (unsigned other = 0; other < 16 * count; other++) {
			uint64_t rest = UINT64_C(1) << other;
			unsigned k = other / 16;
			struct quality q, r;

			if (d.order == ORDER_ABCD || d.order == ORDER_BADC)
				k = count - 1 - k;
			memset(words, 0, sizeof(words));
			words[k] = (uint16_t)(1U << other % 16);
			if (d.order >= ORDER_BADC)
				words[k] = __builtin_bswap16(words[k]);
			q = decode_value(&d, words, 0, &v);
			r = decode_value(&plain, words, 0, &w);
			if (rest == raw)
				ck_assert_int_eq(
				    q.code, QUALITY_BAD_NOT_AVAILABLE);
			else
				ck_assert(
				    quality_equal(q, r) && value_equal(&v, &w));
		}
	}
}
END_TEST

/* ---- which of its states ---- */

static const struct enum_name doors[] = {
    {0, "closed"}, {2, "open"}, {8, "fault"}, {9, "unknown"}};
static const struct decode_state makers[] = {
    {1, 0}, {2, 2}, {3, 2}, {-1, 8}, {0x7fff, 9}};

START_TEST(a_makers_state_is_the_standard_one_it_stands_for)
{
	struct decode d = {.type = RAW_I16,
	    .form = FORM_ENUM,
	    .names = doors,
	    .name_count = ROWS(doors),
	    .states = makers,
	    .state_count = ROWS(makers)};

	for (int i = 0; i < ROWS(makers); i++)
		expect(d, (uint16_t)makers[i].raw,
		    (struct value){VALUE_ENUM, .i = makers[i].number});
	expect_bad(d, 0); /* a standard number, but not the maker's */
	expect_bad(d, 8);
	expect_bad(d, 4);
	d.type = RAW_U16;
	expect_bad(d, 0xffff);
	d.type = RAW_U64;
	expect_bad(d, UINT64_MAX);
}
END_TEST

START_TEST(a_state_may_be_a_field_a_digit_or_a_bit)
{
	struct decode d = {.type = RAW_I16,
	    .form = FORM_ENUM,
	    .has_bits = true,
	    .bit_low = 4,
	    .bit_high = 5,
	    .names = doors,
	    .name_count = ROWS(doors),
	    .states = makers,
	    .state_count = ROWS(makers)};

	expect(d, 0xffef, (struct value){VALUE_ENUM, .i = 2});
	expect(d, 0xffdf, (struct value){VALUE_ENUM, .i = 0});
	expect_bad(d, 0xffcf);
	d.has_bits = false;
	d.type = RAW_BCD16;
	expect(d, 0x0003, (struct value){VALUE_ENUM, .i = 2});
	d.type = RAW_BIT;
	expect(d, 1, (struct value){VALUE_ENUM, .i = 0});
	expect_bad(d, 0);
}
END_TEST

START_TEST(an_absent_state_is_no_unknown_one)
{
	const struct decode_absent a = {ABSENT_EQUAL, .whole = 255};
	struct decode d = {.type = RAW_U16,
	    .form = FORM_ENUM,
	    .names = doors,
	    .name_count = ROWS(doors),
	    .states = makers,
	    .state_count = ROWS(makers),
	    .absent = &a,
	    .absent_count = 1};
	struct value out;

	ck_assert_int_eq(
	    decode_raw(d, 255, &out).code, QUALITY_BAD_NOT_AVAILABLE);
	expect_bad(d, 254);
}
END_TEST

START_TEST(a_standard_state_is_sent_as_one_of_the_makers)
{
	struct decode d = {.type = RAW_I16,
	    .form = FORM_ENUM,
	    .scale = one,
	    .names = doors,
	    .name_count = ROWS(doors),
	    .states = makers,
	    .state_count = ROWS(makers)};
	static const struct {
		double number;
		uint16_t raw;
	} rows[] = {
	    {0, 1}, {2, 2}, {8, 0xffff}, {9, 0x7fff}, {3, 2}, {1e9, 0x7fff}};

	for (int i = 0; i < ROWS(rows); i++) {
		uint16_t word = 0;

		decode_reverse(&d, rows[i].number, &word, 0);
		ck_assert_uint_eq(word, rows[i].raw);
	}
}
END_TEST

/* ---- bugs of the caller ---- */

static const struct decode unsound[] = {
    {.type = RAW_U16, .scale = {1, 0}, .state_count = 1, .states = makers},
    {.type = RAW_ASCII, .form = FORM_TEXT, .text_len = 2, .absent_count = 1},
};

START_TEST(what_no_configuration_may_say_is_a_bug)
{
	uint16_t words[8] = {0};
	struct value out;

	decode_value(&unsound[_i], words, 4, &out);
}
END_TEST

static Suite *
decode_state_suite(void)
{
	Suite *s = suite_create("decode_state");
	TCase *tc = tcase_create("decode_state");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    tc, a_raw_number_that_means_none_gives_none, 0, ROWS(absents));
	tcase_add_loop_test(tc, what_is_no_number_passes_no_test_of_numbers, 0,
	    ROWS(not_numbers));
	tcase_add_test(tc, one_of_several_tests_is_enough);
	tcase_add_test(tc, a_field_is_judged_by_its_own_bits);
	tcase_add_test(tc, a_field_may_be_absent_with_its_whole_value);
	tcase_add_loop_test(tc,
	    a_pattern_is_found_in_every_order_and_nothing_else_is, 0,
	    4 * ROWS(registers));
	tcase_add_test(tc, a_makers_state_is_the_standard_one_it_stands_for);
	tcase_add_test(tc, a_state_may_be_a_field_a_digit_or_a_bit);
	tcase_add_test(tc, an_absent_state_is_no_unknown_one);
	tcase_add_test(tc, a_standard_state_is_sent_as_one_of_the_makers);
	tcase_add_loop_test_raise_signal(tc,
	    what_no_configuration_may_say_is_a_bug, SIGABRT, 0, ROWS(unsound));
	return s;
}

int
main(void)
{
	return suite_run(decode_state_suite());
}
