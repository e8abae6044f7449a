/*
 * test_sample.c - values, qualities, catalogs, and a value as JSON
 */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/measure/sample.h"
#include "gateway/measure/sample_json.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- values ---- */

static const struct {
	struct value value;
	double number;
} values[] = {
    {{VALUE_F32, .f = 1.5}, 1.5},
    {{VALUE_F64, .f = -0.25}, -0.25},
    {{VALUE_I64, .i = -7}, -7},
    {{VALUE_I64, .i = INT64_MIN}, -0x1p63},
    {{VALUE_U64, .u = 7}, 7},
    {{VALUE_U64, .u = UINT64_MAX}, 0x1p64},
    {{VALUE_BOOL, .u = 1}, 1},
    {{VALUE_BOOL, .u = 0}, 0},
    {{VALUE_ENUM, .i = 9}, 9},
    {{VALUE_TEXT, .text = "9"}, NAN},
    {{VALUE_NONE, .u = 9}, NAN},
};

START_TEST(a_value_is_equal_to_itself_and_to_no_other)
{
	for (int i = 0; i < ROWS(values); i++)
		ck_assert_int_eq(
		    value_equal(&values[_i].value, &values[i].value), i == _i);
}
END_TEST

START_TEST(a_value_has_its_number_and_a_text_has_none)
{
	double number = value_number(&values[_i].value);

	if (isnan(values[_i].number))
		ck_assert(isnan(number));
	else
		ck_assert_double_eq(number, values[_i].number);
}
END_TEST

START_TEST(integers_beyond_doubles_are_told_apart)
{
	struct value a = {VALUE_U64, .u = 1ULL << 53};
	struct value b = {VALUE_U64, .u = (1ULL << 53) + 1};

	ck_assert(!value_equal(&a, &b));
}
END_TEST

START_TEST(texts_are_equal_up_to_their_end)
{
	struct value a = {VALUE_TEXT, .text = "L1"};
	struct value b = {VALUE_TEXT, .text = "L1\0rest"};
	struct value c = {VALUE_TEXT, .text = "L10"};

	ck_assert(value_equal(&a, &b));
	ck_assert(!value_equal(&a, &c));
}
END_TEST

/* ---- quality ---- */

static const struct {
	struct quality quality;
	const char *text;
	bool has_value;
} qualities[] = {
    {{QUALITY_NEVER, 0}, "never", false},
    {{QUALITY_GOOD, 0}, "good", true},
    {{QUALITY_UNCERTAIN_RANGE, 0}, "uncertain:range", true},
    {{QUALITY_UNCERTAIN_CLOCK, 0}, "uncertain:clock", true},
    {{QUALITY_BAD_TIMEOUT, 0}, "bad:timeout", false},
    {{QUALITY_BAD_CRC, 0}, "bad:crc", false},
    {{QUALITY_BAD_EXCEPTION, 2}, "bad:exception-2", false},
    {{QUALITY_BAD_EXCEPTION, 255}, "bad:exception-255", false},
    {{QUALITY_BAD_DECODE, 0}, "bad:decode", false},
    {{QUALITY_BAD_NOT_AVAILABLE, 0}, "bad:not_available", false},
    {{QUALITY_BAD_IDENTITY, 0}, "bad:identity", false},
    {{QUALITY_BAD_BUS, 0}, "bad:bus", false},
    {{QUALITY_STALE, 0}, "stale", false},
    {{QUALITY_DISABLED, 0}, "disabled", false},
    {{QUALITY_SIMULATED, 0}, "simulated", true},
    {{QUALITY_COUNT, 0}, "bad:other", false},
    {{255, 255}, "bad:other", false},
};

START_TEST(a_quality_has_its_word_and_says_if_there_is_a_value)
{
	char text[QUALITY_TEXT_MAX];

	ck_assert_str_eq(
	    quality_text(qualities[_i].quality, text), qualities[_i].text);
	ck_assert_int_eq(
	    quality_has_value(qualities[_i].quality), qualities[_i].has_value);
}
END_TEST

START_TEST(qualities_of_another_code_or_detail_differ)
{
	for (int i = 0; i < ROWS(qualities); i++)
		ck_assert_int_eq(
		    quality_equal(qualities[_i].quality, qualities[i].quality),
		    i == _i);
}
END_TEST

/* ---- catalogs ---- */

static const struct enum_name doors[] = {
    {0, "closed"}, {2, "open"}, {-1, "fault"}};

static const struct text door_texts[] = {
    {"关", "shut"}, {NULL, NULL}, {"故障", NULL}};

static const struct point_info lift_points[] = {
    {.name = "floor", .unit = "", .role = ""},
    {.name = "door",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = ROWS(doors),
	.names = doors,
	.name_texts = door_texts},
};

static const struct device_info devices[] = {
    {.id = "lift-1", .point_count = 2, .points = lift_points},
    {.id = "lift-2", .point_count = 1, .points = lift_points},
};

static struct catalog *
catalog_of_two(void)
{
	struct arena *memory = arena_new();
	struct catalog *c = arena_alloc(memory, sizeof(*c));

	*c = (struct catalog){2, devices, memory, 1};
	return c;
}

/* That it is freed, and not too early, is the sanitizers' business. */
START_TEST(a_catalog_lives_until_its_last_reference)
{
	struct catalog *c = catalog_of_two();

	ck_assert_ptr_eq(catalog_ref(c), c);
	catalog_unref(c);
	ck_assert_int_eq(c->refs, 1);
	ck_assert_int_eq(catalog_find(c, "lift-2"), 1);
	catalog_unref(c);
	catalog_unref(NULL);
}
END_TEST

START_TEST(a_reference_to_what_has_none_is_a_bug)
{
	struct catalog gone = {0};

	catalog_ref(&gone);
}
END_TEST

START_TEST(names_are_found_whole_or_not_at_all)
{
	struct catalog c = {.device_count = 2, .devices = devices};

	ck_assert_int_eq(catalog_find(&c, "lift-1"), 0);
	ck_assert_int_eq(catalog_find(&c, "lift-2"), 1);
	ck_assert_int_eq(catalog_find(&c, "lift-"), -1);
	ck_assert_int_eq(catalog_find(&c, "lift-22"), -1);
	ck_assert_int_eq(catalog_find(&c, ""), -1);
	ck_assert_int_eq(device_find(&devices[0], "door"), 1);
	ck_assert_int_eq(device_find(&devices[1], "door"), -1);
	c.device_count = 0;
	ck_assert_int_eq(catalog_find(&c, "lift-1"), -1);
}
END_TEST

START_TEST(an_enumeration_names_only_what_it_knows)
{
	ck_assert_str_eq(point_enum_name(&lift_points[1], 2), "open");
	ck_assert_str_eq(point_enum_name(&lift_points[1], -1), "fault");
	ck_assert_ptr_null(point_enum_name(&lift_points[1], 1));
	ck_assert_ptr_null(point_enum_name(&lift_points[0], 0));
}
END_TEST

START_TEST(people_read_a_text_where_a_name_has_one)
{
	ck_assert_str_eq(point_enum_text(&lift_points[1], 0).zh, "关");
	ck_assert_ptr_null(point_enum_text(&lift_points[1], 2).zh);
	ck_assert_ptr_null(point_enum_text(&lift_points[1], -1).en);
	ck_assert_ptr_null(point_enum_text(&lift_points[1], 9).zh);
	ck_assert_ptr_null(point_enum_text(&lift_points[0], 0).zh);
}
END_TEST

/* ---- JSON ---- */

static const struct {
	struct value value;
	const char *json;
} documents[] = {
    {{VALUE_NONE, .u = 5}, "null"},
    {{VALUE_F32, .f = 231.1999969482422}, "231.2"},
    {{VALUE_F64, .f = 231.1999969482422}, "231.1999969482422"},
    {{VALUE_F64, .f = 23.1}, "23.1"},
    {{VALUE_I64, .i = INT64_MIN}, "-9223372036854775808"},
    {{VALUE_U64, .u = UINT64_MAX}, "18446744073709551615"},
    {{VALUE_U64, .u = 9007199254740993}, "9007199254740993"},
    {{VALUE_BOOL, .u = 1}, "true"},
    {{VALUE_BOOL, .u = 0}, "false"},
    {{VALUE_ENUM, .i = 2}, "\"open\""},
    {{VALUE_ENUM, .i = -1}, "\"fault\""},
    {{VALUE_ENUM, .i = 7}, "7"},
    {{VALUE_TEXT, .text = "a\"b"}, "\"a\\\"b\""},
    {{VALUE_TEXT, .text = ""}, "\"\""},
};

START_TEST(a_value_is_written_as_json)
{
	char memory[64];
	struct buf out;
	struct json j = {.out = &out};

	buf_fixed(&out, memory, sizeof(memory));
	json_value(&j, &documents[_i].value, &lift_points[1]);
	ck_assert(!out.full);
	ck_assert_str_eq(out.data, documents[_i].json);
}
END_TEST

static Suite *
sample_suite(void)
{
	Suite *s = suite_create("sample");
	TCase *tc = tcase_create("sample");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    tc, a_value_is_equal_to_itself_and_to_no_other, 0, ROWS(values));
	tcase_add_loop_test(
	    tc, a_value_has_its_number_and_a_text_has_none, 0, ROWS(values));
	tcase_add_test(tc, integers_beyond_doubles_are_told_apart);
	tcase_add_test(tc, texts_are_equal_up_to_their_end);
	tcase_add_loop_test(tc,
	    a_quality_has_its_word_and_says_if_there_is_a_value, 0,
	    ROWS(qualities));
	tcase_add_loop_test(
	    tc, qualities_of_another_code_or_detail_differ, 0, ROWS(qualities));
	tcase_add_test(tc, a_catalog_lives_until_its_last_reference);
	tcase_add_test_raise_signal(
	    tc, a_reference_to_what_has_none_is_a_bug, SIGABRT);
	tcase_add_test(tc, names_are_found_whole_or_not_at_all);
	tcase_add_test(tc, an_enumeration_names_only_what_it_knows);
	tcase_add_test(tc, people_read_a_text_where_a_name_has_one);
	tcase_add_loop_test(tc, a_value_is_written_as_json, 0, ROWS(documents));
	return s;
}

int
main(void)
{
	return suite_run(sample_suite());
}
