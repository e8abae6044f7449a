/* test_expr_bad.c - wrong expressions: place and sentence */
#include <stdio.h>

#include "gateway/base/utf8.h"
#include "tests/expr_help.h"
#include "tests/suite.h"

struct wrong {
	const char *text;
	size_t at;
	const char *piece;
};

static const struct wrong wrong[] = {
    /* too little, too much */
    {"", 0, "is empty; write an expression such as 100 *"},
    {"  \n ", 0, "is empty"},
    {"load +", 6, "ends too early; a value is missing after +"},
    {"load and ", 9, "a value is missing after and"},
    {"not", 3, "a value is missing after not"},
    {"-", 1, "a value is missing after -"},
    {"(", 1, "a value is missing after ("},
    {"min(load,", 9, "a value is missing after ,"},
    {"(load", 5, "ends too early; ) is missing"},
    {"max(load, 1", 11, "ends too early; ) is missing"},
    {"load)", 4, ") has no ( before it"},
    {"()", 1, "a value is missing before )"},
    {"* load", 0, "a value is missing before *"},
    {"load + * 2", 7, "a value is missing before *"},
    {"and moving", 0, "a value is missing before and"},
    {"moving and or moving", 11, "a value is missing before or"},
    {"+5", 0, "has no + before it; drop it"},
    {"load 5", 5, "an operator is missing before 5"},
    {"(load)(5)", 6, "an operator is missing before ("},
    {"load is 5", 5, "an operator is missing before is"},
    {"moving not moving", 7, "an operator is missing before not"},
    {"door 'open'", 5, "an operator is missing before 'open'"},
    {"(load 5)", 6, "an operator is missing before 5"},
    {"load, 5", 4, "a comma stands only between the values of a function"},
    {"0,5 * load", 1, "write a number as 0.5"},

    /* numbers */
    {"012", 0, "\"012\" has a leading zero; drop it"},
    {"00.5", 0, "has a leading zero"},
    {"load > 1.", 7, "\"1.\" ends with a point; write a number such as 1 or"},
    {".5", 0, "has no digit before the point; write a number such as 0.5"},
    {"1_000", 0, "has a _ in it; write the digits alone"},
    {"1e5", 0, "has an exponent; write the number out"},
    {"1.5E-3", 0, "has an exponent"},
    {"1e+5", 0, "has an exponent"},
    {"0x10", 0, "is hexadecimal; write a decimal number"},
    {"1.2.3", 0, "has two points; write a number such as 1.5"},
    {"5kW", 0,
	"\"5kW\" is neither a number nor a name; write a number "
	"without its unit"},
    {"2nd", 0, "or a name that begins with a letter"},
    {"1234567890123456789", 0, "has more than 18 digits; round it"},
    {"0.1234567890123456789", 0, "has more than 18 digits"},
    {"load > 80%", 9, "% is not known here; write the number alone"},
    {"load / 0", 7, "nothing can be divided by 0"},
    {"load / -0", 7, "nothing can be divided by 0"},

    /* signs of other languages */
    {"load = 80", 5, "= is not a comparison; write =="},
    {"load === 80", 5, "=== is written =="},
    {"moving && moving", 7, "&& is written and"},
    {"moving || moving", 7, "|| is written or"},
    {"!moving", 0, "! is written not"},
    {"load <> 80", 5, "<> is written !="},
    {"load => 80", 5, "=> is written >="},
    {"load =< 80", 5, "=< is written <="},
    {"load ** 2", 5, "write a power as x * x"},
    {"load ^ 2", 5, "write a power as x * x"},
    {"[load]", 0, "[ is written ("},
    {"load > 1 ? 2 : 3", 9, "? is not known here"},
    {"load; load", 4, "; is not known here; write one expression"},
    {"door == \"open\"", 8, "a name stands in single quotes"},
    {"load @ 5", 5, "@ is not known here; drop it"},
    {"load \xe2\x89\xa5 80", 5, "\xe2\x89\xa5 is written >="},
    {"\xef\xbc\x88load\xef\xbc\x89", 0, "\xef\xbc\x88 is a wide sign; write ("},
    {"load \xef\xbc\x9e 80", 5, "is a wide sign; write >"},
    {"load\xe3\x80\x80> 80", 4, "a wide space stands here"},
    {"\xe6\xb8\xa9\xe5\xba\xa6 > 3", 0,
	"\xe6\xb8\xa9 is no letter of a name; an enumeration's name with it "
	"stands in single quotes"},
    {"load \x01", 5, "a byte that is no text stands here; drop it"},
    {"load \xff", 5, "a byte that is no text"},
    {"moving AND moving", 7, "AND is written in small letters"},
    {"moving Or moving", 7, "Or is written in small letters"},
    {"True", 0, "True is written in small letters"},
    {"NOT", 0, "NOT is written in small letters"},

    /* names */
    {"rating.", 7, "a name goes on with a letter after the point"},
    {"rating..in", 7, "a name goes on with a letter"},
    {"rating.2", 7, "a name goes on with a letter"},
    {"pump{pmup}_hours", 4, "write {pump}"},
    {"pump{pump", 4, "write {pump}"},
    {"{pump}", 0, "{ does not begin a name"},
    {"load}", 4, "} has no { before it"},
    {"door == 'open", 8, "the quote has no end"},
    {"a234567890123456789012345678901234567890123456789012345678901234567890"
     "12345678901234567890123456",
	0, "a name is too long; use at most 95 characters"},

    /* functions */
    {"round(load)", 0, "\"round\" is no function; there are min, max, abs"},
    {"load (5)", 0, "\"load\" is no function"},
    {"min", 0, "min is a function; write min(...)"},
    {"min()", 4, "min wants two values or more: min(a, b)"},
    {"max(load)", 8, "max wants two values or more: max(a, b)"},
    {"min(load,)", 9, "min wants two values or more"},
    {"abs()", 4, "abs wants one value: abs(a)"},
    {"sqrt(load, 2)", 9, "sqrt wants one value: sqrt(a)"},
    {"abs(door)", 4, "\"door\" is an enumeration; compare it with one of"},
    {"rate(load)", 9, "rate wants a point and a time: rate(pressure, 60s)"},
    {"drop()", 5, "drop wants a point and a time: drop(pressure, 60s)"},
    {"rate(60s, load)", 5, "rate wants a point and a time"},
    {"rate(load, load)", 11, "rate wants a point and a time"},
    {"rate(load + 1, 60s)", 10, "rate wants a point and a time"},
    {"rate(load, 60s, 1)", 14, "rate wants a point and a time"},
    {"rate(load, 60)", 11, "\"60\" has no unit; write a time such as 60s"},
    {"rate(load, 1.5m)", 11, "is not a time; write a whole number of units"},
    {"rate(load, 060s)", 11, "has a leading zero"},
    {"rate(load, 60sec)", 11, "is neither a number nor a name"},
    {"rate(load, 999ms)", 11, "\"999ms\" is out of range; write 1s to 1d"},
    {"rate(load, 2d)", 11, "is out of range; write 1s to 1d"},
    {"rate(load, 999999999999999999d)", 11, "is out of range"},
    {"rate(door, 60s)", 5, "\"door\" is an enumeration; rate wants a number"},
    {"drop(floor_label, 60s)", 5, "is a text; drop wants a number"},
    {"rate(rating.in, 60s)", 5, "\"rating.in\" does not change; rate wants"},
    {"load > 60s", 7, "a time stands only in rate and drop"},

    /* kinds */
    {"moving and load", 11,
	"\"load\" is a number; write a comparison such as load >= 80"},
    {"not load", 4, "\"load\" is a number; write a comparison"},
    {"load + 1 or moving", 0,
	"\"load + 1\" is a number; write a comparison such as load + 1 >= 80"},
    {"moving or\n(load +\n1)", 10,
	"this is a number; write a comparison such as load >= 80"},
    {"1 and moving", 0, "\"1\" is a number; write true or false"},
    {"moving and rating.in", 11, "\"rating.in\" is a number"},
    {"floor_label == 1", 0, "\"floor_label\" is a text; an expression takes"},
    {"1 < load < 3", 9, "comparisons are not chained; write a < b and b < c"},
    {"load == 1 == moving", 10, "comparisons are not chained"},
    {"load == not moving", 8, "write it in brackets: (not moving)"},
    {"moving == 2", 10, "\"moving\" is true or false, never 2"},
    {"-1 != moving", 0, "\"moving\" is true or false, never -1"},
    {"load == true", 0,
	"\"load\" is a number; compare it with a number, not with true"},
    {"false < load", 8, "compare it with a number, not with false"},

    /* enumerations */
    {"door", 0,
	"\"door\" is an enumeration; compare it with one of closed, opening, "
	"open, 'out of order'"},
    {"door and moving", 0, "\"door\" is an enumeration; compare it with one"},
    {"not door", 4, "\"door\" is an enumeration"},
    {"1 + door", 4, "\"door\" is an enumeration"},
    {"-door", 1, "\"door\" is an enumeration"},
    {"door == load", 0, "\"door\" is an enumeration; compare it with one of"},
    {"load != door", 8, "\"door\" is an enumeration"},
    {"door == moving", 0, "\"door\" is an enumeration"},
    {"door == true", 0, "\"door\" is an enumeration"},
    {"door == rating.in", 0, "\"door\" is an enumeration"},
    {"door == 1 + 1", 0, "\"door\" is an enumeration"},
    {"door < open", 0, "has no order; compare it with == or !="},
    {"1 <= door", 5, "has no order; compare it with == or !="},
    {"door == 7", 8, "7 is no number of \"door\"; its names are closed, "},
    {"door == -2", 8, "-2 is no number of \"door\""},
    {"door == 1.5", 8, "1.5 is no number of \"door\""},
    {"door == service_mode", 8,
	"\"door\" and \"service_mode\" are different enumerations: 0 is closed "
	"in one and stopped in the other"},
    {"serial == none", 0, "\"serial\" has numbers beyond 2^53"},
    {"'open'", 0, "'open' stands beside no enumeration; write a comparison"},
    {"load == 'open'", 8, "'open' stands beside no enumeration"},
    {"(door == 'open') == 'open'", 20, "stands beside no enumeration"},
};

static void
check_sentence(const char *text, const struct expr_fault *f)
{
	size_t len = strlen(f->why);

	ck_assert_uint_le(f->at, strlen(text));
	ck_assert(len > 0 && len < sizeof(f->why));
	for (size_t i = 0; i < len; i += utf8_char(f->why + i, len - i)) {
		ck_assert_uint_gt(utf8_char(f->why + i, len - i), 0);
		ck_assert((uint8_t)f->why[i] >= ' ' && f->why[i] != 0x7f);
	}
}

START_TEST(a_mistake_is_told_with_its_place)
{
	const struct wrong *w = &wrong[_i];
	struct expr_fault f = refused(w->text);

	ck_assert_msg(f.at == w->at && strstr(f.why, w->piece),
	    "%s: byte %zu: %s", w->text, f.at, f.why);
	ck_assert_int_eq(f.meaning, EXPR_CONSTANT);
	check_sentence(w->text, &f);
}
END_TEST

static const struct {
	const char *text;
	size_t at;
	enum expr_meaning meaning;
	const char *name, *why;
} missing[] = {
    {"lod > 80", 0, EXPR_UNKNOWN, "lod", "\"lod\" is not known here"},
    {"1 + rating.kav", 4, EXPR_UNKNOWN, "rating.kav",
	"\"rating.kav\" is not known here"},
    {"Load", 0, EXPR_UNKNOWN, "Load", "\"Load\" is not known here"},
    {"pump{pump}_flow", 0, EXPR_UNKNOWN, "pump3_flow",
	"\"pump3_flow\" is not known here"},
    {"rate(presure, 60s)", 5, EXPR_UNKNOWN, "presure",
	"\"presure\" is not known here"},
    {"door == opne", 8, EXPR_UNKNOWN, "opne",
	"\"door\" has no opne; its names are closed, opening, open, 'out of "
	"order'"},
    {"'in service' != door", 0, EXPR_UNKNOWN, "in service",
	"\"door\" has no 'in service'; its names are closed, opening, open, "
	"'out of order'"},
    {"opne == 3", 0, EXPR_UNKNOWN, "opne", "\"opne\" is not known here"},
    {"100 * load / rating.kva", 13, EXPR_ABSENT, "rating.kva",
	"\"rating.kva\" is not given"},
    /* what is unknown weighs more, wherever it stands */
    {"rating.kva / lod", 13, EXPR_UNKNOWN, "lod", "\"lod\" is not known here"},
    {"rating.kva and moving", 0, EXPR_CONSTANT, "",
	"\"rating.kva\" is a number; write a comparison such as rating.kva >= "
	"80"},
    {"1 / rating.kva +", 16, EXPR_CONSTANT, "",
	"ends too early; a value is missing after +"},
};

START_TEST(a_name_without_a_meaning_is_named)
{
	struct expr_fault f = refused(missing[_i].text);

	ck_assert_int_eq(f.meaning, missing[_i].meaning);
	ck_assert_uint_eq(f.at, missing[_i].at);
	ck_assert_str_eq(f.name, missing[_i].name);
	ck_assert_str_eq(f.why, missing[_i].why);
}
END_TEST

START_TEST(braces_need_a_variable)
{
	struct expr_scope plain = {.find = expr_find};
	struct expr_fault f;

	ck_assert_ptr_null(
	    expr_parse("1 + pump{pump}_hours", &plain, memory, &f));
	ck_assert_uint_eq(f.at, 8);
	ck_assert_ptr_nonnull(strstr(f.why, "{ has no meaning here"));
}
END_TEST

static void
find_many(const void *context, const char *name, struct expr_name *out)
{
	(void)name;
	*out = (struct expr_name){
	    EXPR_POINT, .form = FORM_ENUM, .names = context, .name_count = 200};
}

START_TEST(a_long_list_of_names_is_cut)
{
	struct enum_name many[200];
	char names[200][16];
	struct expr_scope s = {.find = find_many, .context = many};
	struct expr_fault f;

	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof(names[i]), "state_%d", i);
		many[i] = (struct enum_name){i, names[i]};
	}
	ck_assert_ptr_null(expr_parse("it", &s, memory, &f));
	ck_assert_ptr_nonnull(strstr(f.why, "one of state_0, state_1, "));
	ck_assert_str_eq(f.why + strlen(f.why) - 5, ", ...");
	check_sentence("it", &f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expr_bad");
	TCase *t = tcase_create("expr_bad");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(
	    t, a_mistake_is_told_with_its_place, 0, ROWS(wrong));
	tcase_add_loop_test(
	    t, a_name_without_a_meaning_is_named, 0, ROWS(missing));
	tcase_add_test(t, braces_need_a_variable);
	tcase_add_test(t, a_long_list_of_names_is_cut);
	suite_add_tcase(s, t);
	return suite_run(s);
}
