/* test_table.c - columns of text for a terminal */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/commands/table.h"
#include "tests/suite.h"

static const struct table_column columns[] = {
    {"name", false}, {"count", true}, {"points", false}};

static struct table *t;
static char *printed;

static void
setup(void)
{
	t = table_new(columns, 3);
}

static void
teardown(void)
{
	table_free(t);
	free(printed);
	printed = NULL;
}

static const char *
print(void)
{
	size_t size;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &size);
	table_print(t, out);
	fclose(out);
	return printed;
}

static void
row(const char *a, const char *b, const char *c)
{
	table_cell(t, "%s", a);
	table_cell(t, "%s", b);
	table_cell(t, "%s", c);
}

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	row("a", "1", "x");
	row("longer", "1234567", "y z");
	ck_assert_str_eq(print(),
	    "  name      count  points\n"
	    "  a             1  x\n"
	    "  longer  1234567  y z\n");
}
END_TEST

START_TEST(chinese_is_two_columns_wide)
{
	row("3号变压器", "1", "x");
	row("tx-3", "2", "y");
	row("ｆｕｌｌ", "3", "z");
	ck_assert_str_eq(print(),
	    "  name       count  points\n"
	    "  3号变压器      1  x\n"
	    "  tx-3           2  y\n"
	    "  ｆｕｌｌ       3  z\n");
}
END_TEST

START_TEST(an_accent_takes_no_column_of_its_own)
{
	row("ve\xcc\x81lo", "1", "x");
	row("velo", "1", "x");
	ck_assert_str_eq(print(),
	    "  name  count  points\n"
	    "  ve\xcc\x81lo      1  x\n"
	    "  velo      1  x\n");
}
END_TEST

START_TEST(lines_begin_at_the_margin_and_notes_further_in)
{
	table_line(t, "bus %d", 7);
	row("a", "1", "x");
	table_note(t, "below it");
	ck_assert_str_eq(print(),
	    "  name  count  points\n"
	    "bus 7\n"
	    "  a         1  x\n"
	    "      below it\n");
}
END_TEST

START_TEST(a_table_may_have_no_titles)
{
	static const struct table_column plain[] = {
	    {NULL, false}, {NULL, false}};

	table_free(t);
	t = table_new(plain, 2);
	table_cell(t, "name"), table_cell(t, "x");
	ck_assert_str_eq(print(), "  name  x\n");
}
END_TEST

START_TEST(an_empty_last_cell_leaves_no_blanks)
{
	row("a", "1", "");
	ck_assert_ptr_nonnull(strstr(print(), "  a         1\n"));
}
END_TEST

/* No line is wider, and all words are there. */
static void
assert_wrapped(const char *text, size_t indent)
{
	size_t words = 0;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		ck_assert_uint_le(len, TABLE_COLUMNS);
		if (line != text)
			ck_assert_uint_ge(strspn(line, " "), indent);
		line += len + 1;
	}
	for (const char *p = text; (p = strstr(p, "word")) != NULL; p++)
		words++;
	ck_assert_uint_eq(words, 60);
}

START_TEST(what_is_too_wide_goes_on_below_where_it_began)
{
	char words[60 * 5 + 1] = "";

	for (int i = 0; i < 60; i++)
		strcat(words, i > 0 ? " word" : "word");
	row("a", "1", words);
	assert_wrapped(strchr(print(), '\n') + 1, 2 + 4 + 2 + 5 + 2);
	table_free(t);
	setup();
	table_note(t, "%s", words);
	assert_wrapped(strchr(print(), '\n') + 1, 6);
}
END_TEST

START_TEST(a_full_line_is_not_broken_and_one_more_column_is)
{
	char text[TABLE_COLUMNS + 2];

	memset(text, 'x', sizeof(text));
	text[50] = ' ';
	text[TABLE_COLUMNS] = '\0';
	table_line(t, "%s", text);
	ck_assert_ptr_null(strstr(print(), "x\nx"));
	text[TABLE_COLUMNS] = 'x';
	text[TABLE_COLUMNS + 1] = '\0';
	table_line(t, "%s", text);
	ck_assert_ptr_nonnull(strstr(print(), "x\nx"));
}
END_TEST

START_TEST(a_word_wider_than_the_terminal_is_not_cut)
{
	char text[151];

	memset(text, 'x', 150);
	text[150] = '\0';
	table_line(t, "a %s b", text);
	ck_assert_ptr_nonnull(strstr(print(), text));
}
END_TEST

START_TEST(spaces_inside_a_line_stay)
{
	table_note(t, "f32    abcd  1");
	ck_assert_ptr_nonnull(strstr(print(), "      f32    abcd  1\n"));
}
END_TEST

START_TEST(what_would_move_the_cursor_comes_out_as_a_question_mark)
{
	row("a\033[2Jb", "1\n2", "\xff\x80\x7f");
	ck_assert_str_eq(print(),
	    "  name    count  points\n"
	    "  a?[2Jb    1?2  ???\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table");
	TCase *c = tcase_create("table");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, columns_are_as_wide_as_their_widest_cell);
	tcase_add_test(c, chinese_is_two_columns_wide);
	tcase_add_test(c, an_accent_takes_no_column_of_its_own);
	tcase_add_test(c, lines_begin_at_the_margin_and_notes_further_in);
	tcase_add_test(c, a_table_may_have_no_titles);
	tcase_add_test(c, an_empty_last_cell_leaves_no_blanks);
	tcase_add_test(c, what_is_too_wide_goes_on_below_where_it_began);
	tcase_add_test(c, a_full_line_is_not_broken_and_one_more_column_is);
	tcase_add_test(c, a_word_wider_than_the_terminal_is_not_cut);
	tcase_add_test(c, spaces_inside_a_line_stay);
	tcase_add_test(
	    c, what_would_move_the_cursor_comes_out_as_a_question_mark);
	return suite_run(s);
}
