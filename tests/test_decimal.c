/*
 * test_decimal.c - fractions, exact as long as they fit
 */
#include <signal.h>

#include "gateway/measure/decimal.h"
#include "tests/decode_help.h"
#include "tests/suite.h"

static const struct decimal untouched = {77, 7};

static void
expect_decimal(bool fits, struct decimal got, bool want, struct decimal x)
{
	if (!want)
		x = untouched;
	ck_assert_int_eq(fits, want);
	ck_assert_int_eq(got.mantissa, x.mantissa);
	ck_assert_uint_eq(got.places, x.places);
}

static const struct {
	struct decimal a, b;
	bool fits;
	struct decimal result;
} products[] = {
    {{3, 0}, {4, 0}, true, {12, 0}},
    {{1, 1}, {30, 0}, true, {3, 0}}, /* a current transformer 30:1 */
    {{1, 3}, {10, 0}, true, {1, 2}},
    {{25, 2}, {-4, 1}, true, {-1, 1}},
    {{0, 5}, {123, 4}, true, {0, 0}},
    {{5, 18}, {2, 1}, true, {1, 18}},
    {{5, 18}, {3, 1}, false, {0, 0}},
    {{1, 18}, {1000000, 0}, true, {1, 12}},
    {{INT64_MAX, 0}, {-1, 0}, true, {-INT64_MAX, 0}},
    {{INT64_MIN, 0}, {1, 0}, true, {INT64_MIN, 0}},
    {{INT64_MIN, 0}, {-1, 0}, false, {0, 0}},
    {{INT64_MIN, 18}, {INT64_MIN, 18}, false, {0, 0}},
    {{3037000500, 0}, {3037000500, 0}, false, {0, 0}},
    {{1000000000000000000, 0}, {10, 0}, false, {0, 0}},
    {{1000000000000000000, 1}, {10, 0}, true, {1000000000000000000, 0}},
    {{1000000000000000000, 18}, {1000000000000000000, 18}, true, {1, 0}},
};

START_TEST(a_product_is_exact_or_refused)
{
	struct decimal out = untouched;
	bool fits = decimal_multiply(products[_i].a, products[_i].b, &out);

	expect_decimal(fits, out, products[_i].fits, products[_i].result);
}
END_TEST

static const struct {
	struct decimal a, b;
	bool fits;
	struct decimal result;
} sums[] = {
    {{3, 0}, {4, 0}, true, {7, 0}},
    {{1, 1}, {2, 1}, true, {3, 1}},
    {{5, 1}, {5, 1}, true, {1, 0}},
    {{-40, 0}, {5, 2}, true, {-3995, 2}},
    {{1, 0}, {-1000, 3}, true, {0, 0}},
    {{1, 18}, {1, 0}, true, {1000000000000000001, 18}},
    {{1, 18}, {10, 0}, false, {0, 0}},
    {{INT64_MAX, 0}, {1, 0}, false, {0, 0}},
    {{INT64_MAX, 0}, {INT64_MIN, 0}, true, {-1, 0}},
    {{INT64_MIN, 0}, {INT64_MIN, 0}, false, {0, 0}},
    {{INT64_MIN, 0}, {1, 18}, false, {0, 0}},
};

START_TEST(a_sum_is_exact_or_refused)
{
	struct decimal out = untouched;
	bool fits = decimal_add(sums[_i].a, sums[_i].b, &out);

	expect_decimal(fits, out, sums[_i].fits, sums[_i].result);
}
END_TEST

static const struct {
	struct decimal a, b;
	bool fits;
	struct decimal result;
} quotients[] = {
    {{1, 0}, {8, 0}, true, {125, 3}},
    {{100, 0}, {1, 1}, true, {1000, 0}},
    {{1, 0}, {1000000, 0}, true, {1, 6}},
    {{0, 0}, {-7, 3}, true, {0, 0}},
    {{1, 0}, {3, 0}, true, {333333333333333333, 18}},
    {{-2, 0}, {3, 0}, true, {-666666666666666667, 18}},
    {{2, 0}, {-3, 0}, true, {-666666666666666667, 18}},
    {{1, 0}, {18, 1}, true, {555555555555555556, 18}}, /* 5/9 */
    {{1000, 0}, {60, 0}, true, {166666666666666667, 16}},
    {{1, 18}, {2, 0}, true, {1, 18}}, /* half: away from 0 */
    {{-1, 18}, {2, 0}, true, {-1, 18}},
    {{1, 18}, {3, 0}, true, {0, 0}},
    {{INT64_MIN, 0}, {INT64_MIN, 0}, true, {1, 0}},
    {{INT64_MIN, 0}, {-1, 0}, false, {0, 0}},
    {{INT64_MAX, 0}, {1, 18}, false, {0, 0}},
    {{10, 0}, {1, 18}, false, {0, 0}},
    {{9, 0}, {1, 18}, true, {9000000000000000000, 0}},
    {{999999999999999999, 0}, {2, 0}, true, {500000000000000000, 0}},
};

START_TEST(a_quotient_has_at_most_18_digits_and_the_nearest)
{
	struct decimal out = untouched;
	bool fits = decimal_divide(quotients[_i].a, quotients[_i].b, &out);

	expect_decimal(fits, out, quotients[_i].fits, quotients[_i].result);
}
END_TEST

static const struct {
	struct decimal a, b;
	bool fits;
	struct decimal result;
} near_products[] = {
    {{1, 1}, {30, 0}, true, {3, 0}},
    {{555555555555555556, 18}, {1, 1}, true, {55555555555555556, 18}},
    {{-555555555555555556, 18}, {1, 1}, true, {-55555555555555556, 18}},
    {{5, 18}, {5, 1}, true, {3, 18}}, /* 2.5: half away from 0 */
    {{4, 18}, {1, 1}, true, {0, 0}},
    {{1, 18}, {1, 18}, true, {0, 0}},
    {{INT64_MAX, 18}, {INT64_MAX, 18}, true, {8507059173023461585, 17}},
    {{INT64_MAX, 18}, {10, 0}, true, {INT64_MAX, 17}},
    {{INT64_MAX, 0}, {11, 1}, false, {0, 0}},
    {{INT64_MIN, 0}, {INT64_MIN, 18}, false, {0, 0}},
    {{INT64_MAX, 2}, {1, 0}, true, {INT64_MAX, 2}},
};

START_TEST(a_product_of_what_is_not_exact_is_the_nearest)
{
	struct decimal out = untouched;
	bool fits = decimal_multiply_near(
	    near_products[_i].a, near_products[_i].b, &out);

	expect_decimal(
	    fits, out, near_products[_i].fits, near_products[_i].result);
}
END_TEST

START_TEST(a_sum_of_what_is_not_exact_is_the_nearest)
{
	struct decimal out = untouched;

	ck_assert(decimal_add_near(
	    (struct decimal){1, 18}, (struct decimal){10, 0}, &out));
	expect_decimal(true, out, true, (struct decimal){10, 0});
	ck_assert(decimal_add_near(
	    (struct decimal){6, 18}, (struct decimal){10, 0}, &out));
	expect_decimal(
	    true, out, true, (struct decimal){1000000000000000001, 17});
	out = untouched;
	expect_decimal(decimal_add_near((struct decimal){INT64_MAX, 0},
			   (struct decimal){INT64_MAX, 0}, &out),
	    out, false, untouched);
}
END_TEST

START_TEST(a_division_by_nothing_is_a_bug)
{
	struct decimal out;

	decimal_divide((struct decimal){1, 0}, (struct decimal){0, 3}, &out);
}
END_TEST

static const struct {
	__int128 n;
	unsigned places;
	double number;
} numbers[] = {
    {0, 0, 0},
    {0, 27, 0},
    {231, 1, 23.1},
    {-231, 1, -23.1},
    {1, 18, 1e-18},
    {1, 19, 1e-19},
    {3, 22, 3e-22},
    {7, 27, 7e-27},
    {-7, 27, -7e-27},
    {9007199254740993, 0, 9007199254740992},
    {9007199254740993, 1, 900719925474099.3},
    {(__int128)INT64_MIN * INT64_MIN, 36, 85.070591730234615865843651857942},
    {-((__int128)1 << 126), 0, -0x1p126},
};

START_TEST(a_fraction_becomes_the_nearest_double)
{
	double got = decimal_quotient(numbers[_i].n, numbers[_i].places);

	ck_assert_msg(got == numbers[_i].number, "%.17g", got);
}
END_TEST

START_TEST(a_decimal_becomes_the_nearest_double)
{
	ck_assert(decimal_number((struct decimal){1, 1}) == 0.1);
	ck_assert(decimal_number((struct decimal){INT64_MAX, 18}) ==
	    9.223372036854775807);
	ck_assert(decimal_number((struct decimal){INT64_MIN, 0}) == -0x1p63);
}
END_TEST

static Suite *
decimal_suite(void)
{
	Suite *s = suite_create("decimal");
	TCase *tc = tcase_create("decimal");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    tc, a_product_is_exact_or_refused, 0, ROWS(products));
	tcase_add_loop_test(tc, a_sum_is_exact_or_refused, 0, ROWS(sums));
	tcase_add_loop_test(tc,
	    a_quotient_has_at_most_18_digits_and_the_nearest, 0,
	    ROWS(quotients));
	tcase_add_loop_test(tc, a_product_of_what_is_not_exact_is_the_nearest,
	    0, ROWS(near_products));
	tcase_add_test(tc, a_sum_of_what_is_not_exact_is_the_nearest);
	tcase_add_test_raise_signal(
	    tc, a_division_by_nothing_is_a_bug, SIGABRT);
	tcase_add_loop_test(
	    tc, a_fraction_becomes_the_nearest_double, 0, ROWS(numbers));
	tcase_add_test(tc, a_decimal_becomes_the_nearest_double);
	return s;
}

int
main(void)
{
	return suite_run(decimal_suite());
}
