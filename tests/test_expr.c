/* test_expr.c - what expressions are worth, and how large they may be */
#include <math.h>
#include <stdio.h>

#include "tests/expr_help.h"
#include "tests/suite.h"

/* ---- values ---- */

static const struct {
	const char *text;
	double value;
} numbers[] = {
    /* numbers */
    {"0", 0},
    {"12", 12},
    {"0.05", 0.05},
    {"1.50", 1.5},
    {"999999999999999999", 999999999999999999.0},
    {" \t\r\n 7 \n", 7},
    /* strengths and sides */
    {"1 + 2 * 3", 7},
    {"(1 + 2) * 3", 9},
    {"10 - 4 - 3", 3},
    {"10 - (4 - 3)", 9},
    {"24 / 4 / 2", 3},
    {"24 / (4 / 2)", 12},
    {"2 * 3 + 4 * 5", 26},
    {"1+2*3-4/2", 5},
    /* signs */
    {"-3", -3},
    {"- -3", 3},
    {"2 - -3", 5},
    {"2 * -3", -6},
    {"-load + 100", 16},
    {"-(1 + 2)", -3},
    {"-2 * -load", 168},
    {"0 * -load", 0},
    /* points and constants */
    {"load", 84},
    {"((load))", 84},
    {"100 * max(current_l1, current_l2, current_l3) / rating.in",
	100 * 120.0 / 909},
    {"(max(current_l1, current_l2) - min(current_l1, current_l2)) / 2", 10},
    {"pump{pump}_hours + pump3_hours", 34},
    /* functions */
    {"min(3, 1, 2)", 1},
    {"max(3, 1, 2)", 3},
    {"max(-3, -1)", -1},
    {"abs(-3)", 3},
    {"abs(3)", 3},
    {"sqrt(2)", 1.4142135623730951},
    {"sqrt(3 * 3 + 4 * 4)", 5},
    {"min (abs (-2), sqrt(9))", 2},
    {"rate(pressure, 60s)", 0.5},
    {"drop(pressure,1m)", 0.25},
    {"-rate(pressure, 1500ms) * 2", -1},
    {"rate(moving, 1d)", 0.5},
    /* a truth value may be counted with */
    {"moving + alarm_button", 1},
    {"(load > 80) + (load > 90)", 1},
    {"100 * moving", 100},
    {"max(moving, alarm_button)", 1},
    {"true + true", 2},
    {"-moving", -1},
};

START_TEST(a_number_is_computed)
{
	const struct expr *e = parse(numbers[_i].text);
	double out = NAN;

	ck_assert_uint_eq(expr_form(e), FORM_NUMBER);
	ck_assert(eval(e, &out));
	ck_assert_msg(
	    out == numbers[_i].value, "%s is %.17g", numbers[_i].text, out);
	ck_assert_msg(out != 0 || !signbit(out), "%s is -0", numbers[_i].text);
}
END_TEST

static const struct {
	const char *text;
	bool value;
} conditions[] = {
    {"true", true},
    {"false", false},
    {"moving", true},
    {"not moving", false},
    {"not not moving", true},
    {"load > 84", false},
    {"load >= 84", true},
    {"load < 84", false},
    {"load <= 84", true},
    {"load == 84", true},
    {"load != 84", false},
    {"load + 1 > 80 + 4", true},
    {"load - 84 == -0", true},
    /* strengths */
    {"true or false and false", true},
    {"(true or false) and false", false},
    {"not true or true", true},
    {"not (true or true)", false},
    {"not false and false", false},
    {"not load > 90", true},
    {"not load > 80 and moving", false},
    {"load > 80 and pressure < 1 or false", true},
    {"false or load > 90 or moving", true},
    /* truth values beside each other */
    {"moving == alarm_button", false},
    {"moving != (load > 90)", true},
    {"moving == true", true},
    {"false == moving", false},
    {"moving == 1", true},
    {"0 != moving", true},
    {"moving > alarm_button", true},
    {"moving + alarm_button >= 2", false},
    /* enumerations */
    {"door == open", true},
    {"open == door", true},
    {"door != open", false},
    {"door == 'open'", true},
    {"'open' == door", true},
    {"door == 'out of order'", false},
    {"door == 2", true},
    {"2 == door", true},
    {"door == -1", false},
    {"(door) == open", true},
    {"door == inner_door", false},
    {"door != inner_door", true},
    {"service_mode == normal", true},
    {"service_mode == FIRE", false},
    {"service_mode == 'and'", false},
    {"service_mode == max", false},
    {"service_mode != '\xe8\xbf\x90\xe8\xa1\x8c'", true},
    {"service_mode == normal and not moving and rate(pressure, 60s) < -0.01",
	false},
    {"door == open and open == 1000", true},
    /* the right side is not asked when the left one settles it */
    {"load - 84 != 0 and 1 / (load - 84) > 1", false},
    {"load > 80 or 1 / (load - 84) > 1", true},
};

START_TEST(a_condition_is_judged)
{
	const struct expr *e = parse(conditions[_i].text);
	double out = NAN;

	ck_assert_uint_eq(expr_form(e), FORM_BOOL);
	ck_assert(eval(e, &out));
	ck_assert_msg(out == conditions[_i].value, "%s", conditions[_i].text);
}
END_TEST

static const char *const nothing[] = {
    "1 / (load - 84)",
    "0 * (1 / (load - 84))",
    "min(1, 1 / (load - 84))",
    "max(1 / (load - 84), 1)",
    "abs(1 / (load - 84))",
    "-(1 / (load - 84))",
    "sqrt(-load)",
    "sqrt(sqrt(-load))",
    "1 / (load - 84) > 1",
    "1 / (load - 84) == 1 / (load - 84)",
    "1 / (load - 84) != 1",
    "not 1 / (load - 84) > 1",
    "1 / (load - 84) > 1 or true",
    "1 / (load - 84) > 1 and false",
    "true and 1 / (load - 84) > 1",
    "false or 1 / (load - 84) > 1",
};

START_TEST(what_has_no_result_gives_none)
{
	double out = 5;

	ck_assert_msg(!eval(parse(nothing[_i]), &out), "%s", nothing[_i]);
	ck_assert_double_eq(out, 5);
}
END_TEST

START_TEST(a_number_too_large_is_no_result_and_no_zero_after_division)
{
	const double huge[] = {1e300};
	double out;

	ck_assert(!expr_eval(parse("load * load"), huge, &out));
	ck_assert(!expr_eval(parse("1 / (load * load)"), huge, &out));
	ck_assert(!expr_eval(parse("load * load > 1"), huge, &out));
	ck_assert(expr_eval(parse("load + load > 1"), huge, &out));
}
END_TEST

START_TEST(an_input_that_is_no_number_is_no_result)
{
	double out;

	ck_assert(!expr_eval(parse("load"), (double[]){NAN}, &out));
	ck_assert(!expr_eval(parse("1 / load"), (double[]){INFINITY}, &out));
}
END_TEST

/* ---- inputs ---- */

START_TEST(each_input_is_wanted_once_in_the_order_of_the_text)
{
	static const struct expr_input expected[] = {
	    {EXPR_VALUE, DOOR, 0},
	    {EXPR_VALUE, LOAD, 0},
	    {EXPR_RATE, LOAD, 60000},
	    {EXPR_RATE, LOAD, 30000},
	    {EXPR_DROP, LOAD, 60000},
	    {EXPR_VALUE, MOVING, 0},
	};
	size_t count;
	const struct expr_input *inputs =
	    expr_inputs(parse("open == door and load > 1 and "
			      "rate(load, 60s) < rate(load, 30s) and "
			      "rate(load, 1m) < drop(load, 60s) and moving and "
			      "load < 9 and door == open"),
		&count);

	ck_assert_uint_eq(count, ROWS(expected));
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(inputs[i].kind, expected[i].kind);
		ck_assert_uint_eq(inputs[i].point, expected[i].point);
		ck_assert_uint_eq(inputs[i].span_ms, expected[i].span_ms);
	}
}
END_TEST

START_TEST(constants_want_no_input)
{
	size_t count = 9;

	expr_inputs(parse("rating.in * 2"), &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* ---- limits ---- */

/* `count` times piece, between begin and end. */
static char *
chain(const char *begin, const char *piece, int count, const char *end)
{
	size_t len =
	    strlen(begin) + (size_t)count * strlen(piece) + strlen(end);
	char *text = arena_alloc(memory, len + 1), *at = text;

	at = stpcpy(at, begin);
	for (int i = 0; i < count; i++)
		at = stpcpy(at, piece);
	stpcpy(at, end);
	return text;
}

/* What is repeated, where in it a level begins, and what stands innermost. */
static const struct {
	const char *piece;
	size_t at;
	const char *inner;
	bool closes;
} nestings[] = {
    {"(", 0, "load", true},
    {"- ", 0, "load", false},
    {"not ", 0, "moving", false},
    {"abs(", 3, "load", true},
    {"min(1, ", 3, "load", true},
    {"1 - (", 4, "load", true},
    /* as much as can wait on the stack at once */
    {"false or true and 1 < 2 + 3 * max(1, ", 33, "load", true},
};

static char *
nesting(int row, int depth)
{
	return chain("", nestings[row].piece, depth,
	    chain(nestings[row].inner, ")", nestings[row].closes ? depth : 0,
		""));
}

START_TEST(nesting_is_taken_up_to_its_limit_and_then_refused)
{
	struct expr_fault f = refused(nesting(_i, EXPR_DEPTH_MAX + 1));
	double out;

	ck_assert_ptr_nonnull(strstr(f.why, "is nested more than 32 deep"));
	ck_assert_uint_eq(f.at,
	    EXPR_DEPTH_MAX * strlen(nestings[_i].piece) + nestings[_i].at);
	ck_assert(eval(parse(nesting(_i, EXPR_DEPTH_MAX)), &out));
}
END_TEST

START_TEST(however_deep_a_text_goes_the_stack_does_not)
{
	refused(chain("", "(", EXPR_TEXT_MAX, ""));
	refused(chain("", "-", EXPR_TEXT_MAX, ""));
	refused(chain("", "not ", EXPR_TEXT_MAX / 4, ""));
	refused(chain("", "abs(", EXPR_TEXT_MAX / 4, ""));
}
END_TEST

START_TEST(what_stands_side_by_side_is_not_nested)
{
	double out;

	ck_assert(eval(parse(chain("1", " + (- -1)", 60, "")), &out));
	ck_assert_double_eq(out, 61);
}
END_TEST

START_TEST(operations_are_taken_up_to_their_limit_and_then_refused)
{
	struct expr_fault f = refused(chain("1", "+1", 256, ""));
	double out;

	ck_assert(eval(parse(chain("1", "+1", 255, "")), &out));
	ck_assert_double_eq(out, 256);
	ck_assert_ptr_nonnull(strstr(f.why,
	    "there are more than 512 values and operators; "
	    "split it into several derived points"));
	ck_assert_uint_eq(f.at, 511);
}
END_TEST

/* rate(load, 1s)+rate(load, 2s)+... */
static const char *
rates(int count)
{
	static char text[EXPR_TEXT_MAX];
	size_t len = 0;

	for (int i = 1; i <= count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%srate(load, %ds)", i > 1 ? "+" : "", i);
	return text;
}

START_TEST(inputs_are_taken_up_to_their_limit_and_then_refused)
{
	struct expr_fault f;
	double out;

	ck_assert(eval(parse(rates(EXPR_INPUTS_MAX)), &out));
	ck_assert_double_eq(out, 32);
	f = refused(rates(EXPR_INPUTS_MAX + 1));
	ck_assert_ptr_nonnull(
	    strstr(f.why, "there are more than 64 points, rates and drops"));
	ck_assert_uint_eq(
	    f.at, strlen(rates(EXPR_INPUTS_MAX)) + strlen("+rate("));
}
END_TEST

START_TEST(a_text_is_taken_up_to_its_limit_and_then_refused)
{
	struct expr_fault f =
	    refused(chain("load", " ", EXPR_TEXT_MAX - 3, ""));

	ck_assert_uint_eq(f.at, EXPR_TEXT_MAX);
	ck_assert_ptr_nonnull(strstr(f.why, "is longer than 2000 bytes"));
	parse(chain("load", " ", EXPR_TEXT_MAX - 4, ""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expr");
	TCase *t = tcase_create("expr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_number_is_computed, 0, ROWS(numbers));
	tcase_add_loop_test(t, a_condition_is_judged, 0, ROWS(conditions));
	tcase_add_loop_test(t, what_has_no_result_gives_none, 0, ROWS(nothing));
	tcase_add_test(
	    t, a_number_too_large_is_no_result_and_no_zero_after_division);
	tcase_add_test(t, an_input_that_is_no_number_is_no_result);
	tcase_add_test(t, each_input_is_wanted_once_in_the_order_of_the_text);
	tcase_add_test(t, constants_want_no_input);
	tcase_add_loop_test(t,
	    nesting_is_taken_up_to_its_limit_and_then_refused, 0,
	    ROWS(nestings));
	tcase_add_test(t, however_deep_a_text_goes_the_stack_does_not);
	tcase_add_test(t, what_stands_side_by_side_is_not_nested);
	tcase_add_test(
	    t, operations_are_taken_up_to_their_limit_and_then_refused);
	tcase_add_test(t, inputs_are_taken_up_to_their_limit_and_then_refused);
	tcase_add_test(t, a_text_is_taken_up_to_its_limit_and_then_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
