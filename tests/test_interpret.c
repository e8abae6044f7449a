/* test_interpret.c - registers read as each type in each word order */
#include <check.h>
#include <string.h>

#include "gateway/measure/interpret.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static struct interpretation all[INTERPRET_MAX];
static size_t count;

/* -1: it is not among them. */
static int
find(uint8_t type, uint8_t order)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].type == type && all[i].order == order)
			return (int)i;
	return -1;
}

static const struct value *
value_of(uint8_t type, uint8_t order)
{
	int i = find(type, order);

	ck_assert_int_ge(i, 0);
	return &all[i].value;
}

/* 231.2f is 0x43673333, and so on. */
static const struct {
	uint16_t words[4];
	size_t count;
	uint8_t type, order;
	struct value value;
} rows[] = {
    {{0x4367, 0x3333}, 2, RAW_F32, ORDER_ABCD,
	{VALUE_F32, {.f = (double)231.2f}}},
    {{0x3333, 0x4367}, 2, RAW_F32, ORDER_CDAB,
	{VALUE_F32, {.f = (double)231.2f}}},
    {{0x6743, 0x3333}, 2, RAW_F32, ORDER_BADC,
	{VALUE_F32, {.f = (double)231.2f}}},
    {{0x3333, 0x6743}, 2, RAW_F32, ORDER_DCBA,
	{VALUE_F32, {.f = (double)231.2f}}},
    {{0xfffe, 0, 0, 0}, 4, RAW_I16, ORDER_ABCD, {VALUE_I64, {.i = -2}}},
    {{0xfeff, 0, 0, 0}, 4, RAW_I16, ORDER_BADC, {VALUE_I64, {.i = -2}}},
    {{0x5678, 0x1234}, 2, RAW_U32, ORDER_CDAB, {VALUE_U64, {.u = 0x12345678}}},
    {{0xffff, 0xfffe}, 2, RAW_I32, ORDER_ABCD, {VALUE_I64, {.i = -2}}},
    {{5, 0, 0, 0}, 4, RAW_U64, ORDER_DCBA, {VALUE_U64, {.u = 0x500}}},
    {{5, 0, 0, 0}, 4, RAW_U64, ORDER_CDAB, {VALUE_U64, {.u = 5}}},
    {{0xffff, 0xffff, 0xffff, 0xfffe}, 4, RAW_I64, ORDER_ABCD,
	{VALUE_I64, {.i = -2}}},
    {{0, 0, 0, 0x4037}, 4, RAW_F64, ORDER_CDAB, {VALUE_F64, {.f = 23}}},
    {{0x1234}, 1, RAW_BCD16, ORDER_ABCD, {VALUE_U64, {.u = 1234}}},
    {{0x5678, 0x1234}, 2, RAW_BCD32, ORDER_CDAB, {VALUE_U64, {.u = 12345678}}},
    {{0x504d, 0x3535, 0x3630}, 3, RAW_ASCII, ORDER_ABCD,
	{VALUE_TEXT, {.text = "PM5560"}}},
    {{0x4d50, 0x3535, 0x3036}, 3, RAW_ASCII, ORDER_BADC,
	{VALUE_TEXT, {.text = "PM5560"}}},
};

START_TEST(each_type_is_found_in_each_order)
{
	count = interpret(rows[_i].words, rows[_i].count, NULL, all);
	ck_assert(value_equal(
	    value_of(rows[_i].type, rows[_i].order), &rows[_i].value));
	for (size_t i = 0; i < count; i++)
		ck_assert(!all[i].own);
}
END_TEST

START_TEST(what_needs_more_words_than_there_are_is_not_tried)
{
	static const uint16_t words[] = {0x1234, 0x5678, 0x9abc};

	count = interpret(words, 1, NULL, all);
	for (size_t i = 0; i < count; i++)
		ck_assert(all[i].type == RAW_U16 || all[i].type == RAW_I16 ||
		    all[i].type == RAW_BCD16 || all[i].type == RAW_ASCII);
	count = interpret(words, 3, NULL, all);
	ck_assert_int_ge(find(RAW_U32, ORDER_ABCD), 0);
	ck_assert_int_eq(find(RAW_U64, ORDER_ABCD), -1);
	ck_assert_uint_eq(interpret(words, 0, NULL, all), 0);
}
END_TEST

START_TEST(each_type_in_each_order_is_told_once)
{
	static const uint16_t words[] = {0, 7, 0, 0};
	static const struct decode own = {.type = RAW_I32, .order = ORDER_CDAB};
	bool seen[RAW_ASCII + 1][ORDER_DCBA + 1] = {{false}};

	count = interpret(words, 4, &own, all);
	for (size_t i = 0; i < count; i++) {
		ck_assert(!seen[all[i].type][all[i].order]);
		seen[all[i].type][all[i].order] = true;
	}
	for (uint8_t order = ORDER_ABCD; order <= ORDER_DCBA; order++) {
		ck_assert(seen[RAW_U16][order] && seen[RAW_I16][order]);
		ck_assert(seen[RAW_U32][order] && seen[RAW_I32][order]);
		ck_assert(seen[RAW_U64][order] && seen[RAW_I64][order]);
		ck_assert(seen[RAW_F32][order] && seen[RAW_F64][order]);
	}
}
END_TEST

START_TEST(what_is_the_same_is_said_once)
{
	static const uint16_t words[] = {0, 7};

	count = interpret_fold(all, interpret(words, 2, NULL, all));
	ck_assert_int_ge(find(RAW_U32, ORDER_ABCD), 0);
	ck_assert_int_eq(find(RAW_I32, ORDER_ABCD), -1);
	ck_assert_int_eq(find(RAW_BCD32, ORDER_ABCD), -1);
	/* Of another width it is another finding. */
	ck_assert_int_ge(find(RAW_U16, ORDER_ABCD), 0);
	ck_assert_int_eq(find(RAW_I16, ORDER_ABCD), -1);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert(all[i].type != all[k].type ||
			    !value_equal(&all[i].value, &all[k].value));
}
END_TEST

START_TEST(the_profiles_own_comes_first_and_is_marked)
{
	static const uint16_t words[] = {7, 0, 0, 0};
	struct decode own = {.type = RAW_I16, .order = ORDER_DCBA};

	count = interpret(words, 4, &own, all);
	ck_assert_uint_eq(all[0].type, RAW_I16);
	ck_assert_uint_eq(all[0].order, ORDER_DCBA);
	ck_assert(all[0].own);
	ck_assert_int_eq(all[0].value.i, 0x700);
	for (size_t i = 1; i < count; i++)
		ck_assert(!all[i].own);
	count = interpret_fold(all, count);
	ck_assert(all[0].own);
	/* It is the same, and was said. */
	ck_assert_int_eq(find(RAW_U16, ORDER_BADC), -1);
}
END_TEST

START_TEST(the_profiles_own_is_there_though_it_is_no_number)
{
	static const uint16_t words[] = {0x7fc0, 0};
	struct decode own = {.type = RAW_F32, .order = ORDER_ABCD};

	count = interpret(words, 2, &own, all);
	ck_assert(all[0].own && all[0].unlikely);
	ck_assert_uint_eq(all[0].value.type, VALUE_NONE);
}
END_TEST

START_TEST(the_unlikely_comes_last)
{
	static const uint16_t words[] = {0x3333, 0x4367, 0x7ff0, 0x0001};
	bool unlikely = false;

	count = interpret(words, 4, NULL, all);
	for (size_t i = 0; i < count; i++) {
		ck_assert(!unlikely || all[i].unlikely);
		unlikely = all[i].unlikely;
	}
	ck_assert(unlikely);
	ck_assert(!all[find(RAW_F32, ORDER_CDAB)].unlikely);
	ck_assert(all[find(RAW_F32, ORDER_BADC)].unlikely);
	ck_assert(all[find(RAW_U64, ORDER_ABCD)].unlikely);
}
END_TEST

static const struct {
	uint16_t words[4];
	size_t count;
	uint8_t type;
	bool unlikely;
} judged[] = {
    {{0x4e6e, 0x6b28}, 2, RAW_F32, false}, /* 1e9 */
    {{0x4e6e, 0x6b29}, 2, RAW_F32, true},
    {{0xce6e, 0x6b29}, 2, RAW_F32, true},
    {{0x3586, 0x37be}, 2, RAW_F32, false}, /* 1.0000001e-06 */
    {{0x3586, 0x37bc}, 2, RAW_F32, true},
    {{0x7f80, 0x0000}, 2, RAW_F32, true}, /* infinite */
    {{0x0000, 0x0001}, 2, RAW_F32, true}, /* 1.4e-45 */
    {{0x3b9a, 0xca00}, 2, RAW_U32, false}, /* 1e9 */
    {{0x3b9a, 0xca01}, 2, RAW_U32, true},
    {{0x0000, 0x00e8, 0xd4a5, 0x1000}, 4, RAW_U64, false}, /* 1e12 */
    {{0x0000, 0x00e8, 0xd4a5, 0x1001}, 4, RAW_U64, true},
    {{0x4142}, 1, RAW_ASCII, false},
    {{0x4142, 0x0000}, 2, RAW_ASCII, true},
    {{0x4142, 0x4300}, 2, RAW_ASCII, false},
};

START_TEST(likely_is_what_devices_measure_and_count)
{
	count = interpret(judged[_i].words, judged[_i].count, NULL, all);
	ck_assert_int_eq(all[find(judged[_i].type, ORDER_ABCD)].unlikely,
	    judged[_i].unlikely);
}
END_TEST

START_TEST(words_that_are_no_text_and_no_digits_are_left_out)
{
	static const uint16_t words[] = {0x000a, 0x000b};

	count = interpret(words, 2, NULL, all);
	for (uint8_t order = ORDER_ABCD; order <= ORDER_DCBA; order++) {
		ck_assert_int_eq(find(RAW_ASCII, order), -1);
		ck_assert_int_eq(find(RAW_BCD16, order), -1);
		ck_assert_int_eq(find(RAW_BCD32, order), -1);
	}
}
END_TEST

START_TEST(a_text_takes_all_words_and_is_cut_where_values_end)
{
	uint16_t words[40];

	for (int i = 0; i < 40; i++)
		words[i] = 0x4142;
	count = interpret(words, 40, NULL, all);
	ck_assert_uint_eq(
	    strlen(value_of(RAW_ASCII, ORDER_ABCD)->text), SAMPLE_TEXT_MAX - 1);
	count = interpret(words, 16, NULL, all);
	ck_assert_uint_eq(strlen(value_of(RAW_ASCII, ORDER_ABCD)->text), 32);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("interpret");
	TCase *t = tcase_create("interpret");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, each_type_is_found_in_each_order, 0, ROWS(rows));
	tcase_add_test(t, what_needs_more_words_than_there_are_is_not_tried);
	tcase_add_test(t, each_type_in_each_order_is_told_once);
	tcase_add_test(t, what_is_the_same_is_said_once);
	tcase_add_test(t, the_profiles_own_comes_first_and_is_marked);
	tcase_add_test(t, the_profiles_own_is_there_though_it_is_no_number);
	tcase_add_test(t, the_unlikely_comes_last);
	tcase_add_loop_test(
	    t, likely_is_what_devices_measure_and_count, 0, ROWS(judged));
	tcase_add_test(t, words_that_are_no_text_and_no_digits_are_left_out);
	tcase_add_test(t, a_text_takes_all_words_and_is_cut_where_values_end);
	return suite_run(s);
}
