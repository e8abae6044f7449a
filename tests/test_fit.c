/* test_fit.c - texts in the columns of a terminal */
#include <check.h>
#include <string.h>

#include "gateway/commands/fit.h"
#include "tests/suite.h"

static struct buf out;

static void
teardown(void)
{
	buf_free(&out);
}

static const char *
put(const char *text, size_t width, bool right)
{
	buf_clear(&out);
	buf_puts(&out, "");
	fit_put(&out, text, width, right);
	return out.data;
}

START_TEST(short_ones_are_filled)
{
	ck_assert_str_eq(put("abc", 5, false), "abc  ");
	ck_assert_str_eq(put("abc", 5, true), "  abc");
	ck_assert_str_eq(put("电梯", 5, true), " 电梯");
	ck_assert_str_eq(put("", 2, false), "  ");
	ck_assert_str_eq(put("abc", 3, false), "abc");
}
END_TEST

/* A character of two columns is never halved. */
START_TEST(long_ones_are_cut)
{
	ck_assert_str_eq(put("abcdef", 4, false), "abc~");
	ck_assert_str_eq(put("abcdef", 1, false), "~");
	ck_assert_str_eq(put("abcdef", 0, false), "");
	ck_assert_str_eq(put("3号变压器", 6, false), "3号变~");
	ck_assert_str_eq(put("3号变压器", 5, false), "3号~ ");
	ck_assert_str_eq(put("3号变压器", 5, true), " 3号~");
	for (size_t width = 0; width < 12; width++)
		ck_assert_uint_eq(
		    fit_width(put("3号变a压器", width, false)), width);
}
END_TEST

START_TEST(nothing_can_command_a_terminal)
{
	char text[] = "a\033[31m\x7f\tb\xff\xc3 \xc2\x9b"
		      "7m\xc3\xa9";

	ck_assert_str_eq(fit_clean(text), "a?[31m??b?? ??7m\xc3\xa9");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fit");
	TCase *tc = tcase_create("fit");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, short_ones_are_filled);
	tcase_add_test(tc, long_ones_are_cut);
	tcase_add_test(tc, nothing_can_command_a_terminal);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
