/*
 * test_json.c - the document is valid whatever is put into it
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "tests/suite.h"

static char memory[2048];
static struct buf buf;
static struct json json;

static void
setup(void)
{
	buf_fixed(&buf, memory, sizeof(memory));
	json = (struct json){.out = &buf};
}

START_TEST(commas_stand_between_values_and_nowhere_else)
{
	json_open(&json);
	json_key(&json, "a"), json_i64(&json, 1);
	json_key(&json, "b"), json_list(&json);
	json_bool(&json, true), json_bool(&json, false), json_none(&json);
	json_list(&json), json_end(&json);
	json_open(&json), json_end(&json);
	json_end(&json);
	json_key(&json, "c"), json_open(&json);
	json_key(&json, "d"), json_text(&json, "e");
	json_end(&json);
	json_end(&json);
	ck_assert_str_eq(memory,
	    "{\"a\":1,\"b\":[true,false,null,[],{}],\"c\":{\"d\":\"e\"}}");
}
END_TEST

START_TEST(a_key_and_its_value_may_be_said_in_one)
{
	json_open(&json);
	json_key_string(&json, "a", "b"), json_key_string(&json, "c", NULL);
	json_key_bool(&json, "d", true), json_key_i64(&json, "e", -1);
	json_end(&json);
	ck_assert_str_eq(
	    memory, "{\"a\":\"b\",\"c\":null,\"d\":true,\"e\":-1}");
}
END_TEST

START_TEST(a_document_may_be_a_single_value)
{
	json_text(&json, "online");
	ck_assert_str_eq(memory, "\"online\"");
}
END_TEST

START_TEST(integers_keep_all_their_digits)
{
	json_list(&json);
	json_i64(&json, INT64_MIN), json_i64(&json, INT64_MAX);
	json_u64(&json, UINT64_MAX);
	json_end(&json);
	ck_assert_str_eq(memory,
	    "[-9223372036854775808,9223372036854775807,"
	    "18446744073709551615]");
}
END_TEST

START_TEST(depth_may_be_32)
{
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_list(&json);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_end(&json);
	ck_assert_uint_eq(buf.len, 2 * JSON_DEPTH_MAX);
}
END_TEST

#define REPLACED "\xef\xbf\xbd"

static const struct {
	const char *text, *expect;
} strings[] = {
    {"", "\"\""},
    {NULL, "null"},
    {"3号楼1单元电梯", "\"3号楼1单元电梯\""},
    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
    {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
    {"\n\r\t", "\"\\n\\r\\t\""},
    {"\x01\x1f\b\f", "\"\\u0001\\u001f\\u0008\\u000c\""},
    {"\x7f", "\"\x7f\""}, /* JSON does not mind DEL */
    {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""}, /* U+2028 */
    {"\xff", "\"" REPLACED "\""},
    {"a\x80z", "\"a" REPLACED "z\""},
    {"\xc0\xaf", "\"" REPLACED REPLACED "\""}, /* overlong '/' */
    {"\xed\xa0\x80", "\"" REPLACED REPLACED REPLACED "\""}, /* surrogate */
    {"\xe6\xa2", "\"" REPLACED REPLACED "\""}, /* cut short at the end */
    {"\xe6\xa2\"", "\"" REPLACED REPLACED "\\\"\""}, /* eats no quote */
    {"\xf4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\""},
};

START_TEST(a_string_is_escaped)
{
	json_text(&json, strings[_i].text);
	ck_assert_str_eq(memory, strings[_i].expect);
}
END_TEST

START_TEST(a_key_is_escaped)
{
	json_open(&json);
	json_key(&json, "\"\xff\n"), json_none(&json);
	json_end(&json);
	ck_assert_str_eq(memory, "{\"\\\"" REPLACED "\\n\":null}");
}
END_TEST

static const struct {
	double value;
	const char *expect;
} doubles[] = {
    {0.0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {412.5, "412.5"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {1000000, "1000000"},
    {123456789012345, "123456789012345"},
    {999999999999999, "999999999999999"},
    {-999999999999999, "-999999999999999"},
    {1e15, "1e+15"},
    {9007199254740992, "9007199254740992"},
    {1e22, "1e+22"},
    {0.0001, "0.0001"},
    {0.00001, "1e-05"},
    {5e-324, "4.94065645841247e-324"}, /* 15 digits at least are tried */
    {DBL_MAX, "1.7976931348623157e+308"},
    {-DBL_MIN, "-2.2250738585072014e-308"},
    {(double)NAN, "null"},
    {(double)INFINITY, "null"},
    {-(double)INFINITY, "null"},
};

START_TEST(a_double_has_its_shortest_digits)
{
	char text[32];

	json_digits_f64(text, doubles[_i].value);
	ck_assert_str_eq(text, doubles[_i].expect);
	json_f64(&json, doubles[_i].value);
	ck_assert_str_eq(memory, doubles[_i].expect);
}
END_TEST

static const struct {
	float value;
	const char *expect;
} floats[] = {
    {0.0f, "0"},
    {-0.0f, "0"},
    {231.2f, "231.2"},
    {-0.1f, "-0.1"},
    {49.98f, "49.98"},
    {1.0f / 3, "0.33333334"},
    {999999, "999999"},
    {1000000, "1000000"},
    {-1000000, "-1000000"},
    {1234567, "1234567"},
    {16777216, "16777216"},
    {3e10f, "30000000000"},
    {9e14f, "900000000000000"},
    {1e15f, "1e+15"},
    {1e-5f, "1e-05"},
    {FLT_MAX, "3.4028235e+38"},
    {FLT_MIN, "1.1754944e-38"},
    {NAN, "null"},
    {INFINITY, "null"},
    {-INFINITY, "null"},
};

START_TEST(a_float_has_its_shortest_digits)
{
	char text[32];

	json_digits_f32(text, floats[_i].value);
	ck_assert_str_eq(text, floats[_i].expect);
	json_f32(&json, floats[_i].value);
	ck_assert_str_eq(memory, floats[_i].expect);
}
END_TEST

/* Any bits may come off the wire. */
static uint64_t
random_bits(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* The definition, by nothing but printf and strtod. */
static void
defined_f64(char text[32], double value)
{
	int precision = 15;

	do
		snprintf(text, 32, "%.*g", precision, value);
	while (strtod(text, NULL) != value && precision++ < 17);
}

static void
defined_f32(char text[32], float value)
{
	int precision = 6;

	do
		snprintf(text, 32, "%.*g", precision, (double)value);
	while (strtof(text, NULL) != value && precision++ < 9);
	if (strchr(text, 'e') != NULL && fabs(strtod(text, NULL)) >= 1 &&
	    fabs(strtod(text, NULL)) < 1e15)
		snprintf(text, 32, "%.15g", strtod(text, NULL));
}

static void
has_defined_digits_f64(double value)
{
	char text[32], expect[32];

	if (!isfinite(value) || value == 0)
		return;
	json_digits_f64(text, value);
	defined_f64(expect, value);
	if (strcmp(text, expect) != 0 || strtod(text, NULL) != value)
		ck_abort_msg("%a became %s, not %s", value, text, expect);
}

static void
has_defined_digits_f32(float value)
{
	char text[32], expect[32];

	if (!isfinite(value) || value == 0)
		return;
	json_digits_f32(text, value);
	defined_f32(expect, value);
	if (strcmp(text, expect) != 0 || strtof(text, NULL) != value)
		ck_abort_msg(
		    "%a became %s, not %s", (double)value, text, expect);
}

/* What devices say: whole numbers of some power of ten, and their next
 * neighbours, which are none. */
START_TEST(digits_of_decimals_are_the_defined)
{
	double ten_to = pow(10, _i);

	for (int i = 0; i < 5000; i++) {
		uint64_t bits = random_bits();
		double x = (double)(bits >> bits % 61) / ten_to;

		has_defined_digits_f64(x);
		has_defined_digits_f64(-nextafter(x, 0));
		has_defined_digits_f32((float)x);
		has_defined_digits_f32(-nextafterf((float)x, 0));
	}
}
END_TEST

/* Of each size there is, by the exponent's bits. */
START_TEST(digits_of_any_size_are_the_defined)
{
	for (int i = 0; i < 50000; i++) {
		uint64_t bits = random_bits();
		uint32_t few = (uint32_t)bits;
		uint64_t common =
		    (bits & ~(0x7ffull << 52)) | (1023 - 16 + bits % 70) << 52;
		uint32_t common_few =
		    (few & ~(0xffu << 23)) | (127 - 16 + few % 40) << 23;
		double values[2];
		float floats_of[2];

		memcpy(&values[0], &bits, sizeof(bits));
		memcpy(&values[1], &common, sizeof(common));
		memcpy(&floats_of[0], &few, sizeof(few));
		memcpy(&floats_of[1], &common_few, sizeof(common_few));
		has_defined_digits_f64(values[0]);
		has_defined_digits_f64(values[1]);
		has_defined_digits_f32(floats_of[0]);
		has_defined_digits_f32(floats_of[1]);
	}
}
END_TEST

/* Where the one way of finding them ends and the other begins, and where a
 * number of digits does. */
START_TEST(digits_at_the_edges_are_the_defined)
{
	double edge = pow(10, _i);

	has_defined_digits_f64(edge);
	has_defined_digits_f64(nextafter(edge, 0));
	has_defined_digits_f64(nextafter(edge, INFINITY));
	has_defined_digits_f32((float)edge);
	has_defined_digits_f32(nextafterf((float)edge, 0));
	has_defined_digits_f32(nextafterf((float)edge, INFINITY));
}
END_TEST

START_TEST(a_document_that_does_not_fit_is_known_by_its_buf)
{
	char few[8];

	buf_fixed(&buf, few, sizeof(few));
	json_list(&json);
	json_text(&json, "much too long");
	json_end(&json);
	ck_assert(buf.full);
	ck_assert_uint_lt(strlen(few), sizeof(few));
}
END_TEST

static void
value_without_key(void)
{
	json_open(&json);
	json_none(&json);
}

static void
key_in_array(void)
{
	json_list(&json);
	json_key(&json, "a");
}

static void
key_without_object(void)
{
	json_key(&json, "a");
}

static void
key_after_key(void)
{
	json_open(&json);
	json_key(&json, "a"), json_key(&json, "b");
}

static void
end_after_key(void)
{
	json_open(&json);
	json_key(&json, "a"), json_end(&json);
}

static void
end_without_begin(void)
{
	json_end(&json);
}

static void
second_document(void)
{
	json_none(&json), json_none(&json);
}

static void
too_deep(void)
{
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_list(&json);
}

static void (*const bugs[])(void) = {value_without_key, key_in_array,
    key_without_object, key_after_key, end_after_key, end_without_begin,
    second_document, too_deep};

START_TEST(a_wrong_shape_is_a_bug)
{
	bugs[_i]();
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

static Suite *
make_suite(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, commas_stand_between_values_and_nowhere_else);
	tcase_add_test(t, a_key_and_its_value_may_be_said_in_one);
	tcase_add_test(t, a_document_may_be_a_single_value);
	tcase_add_test(t, integers_keep_all_their_digits);
	tcase_add_test(t, depth_may_be_32);
	tcase_add_loop_test(t, a_string_is_escaped, 0, LENGTH(strings));
	tcase_add_test(t, a_key_is_escaped);
	tcase_add_loop_test(
	    t, a_double_has_its_shortest_digits, 0, LENGTH(doubles));
	tcase_add_loop_test(
	    t, a_float_has_its_shortest_digits, 0, LENGTH(floats));
	tcase_add_loop_test(t, digits_of_decimals_are_the_defined, 0, 20);
	tcase_add_test(t, digits_of_any_size_are_the_defined);
	tcase_add_loop_test(t, digits_at_the_edges_are_the_defined, -8, 23);
	tcase_add_test(t, a_document_that_does_not_fit_is_known_by_its_buf);
	tcase_add_loop_test_raise_signal(
	    t, a_wrong_shape_is_a_bug, SIGABRT, 0, LENGTH(bugs));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
