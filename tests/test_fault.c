/* test_fault.c - tables of makers' fault numbers, and wrong ones */
#include "gateway/conf/fault.h"
#include "tests/layer_help.h"
#include "tests/suite.h"

#define TEXT "severity: P2, text: {zh: 断开, en: open}"

static void
read_faults(const char *text)
{
	const struct node *n = NULL;

	profile.points = polled;
	profile.point_count = device.point_count;
	say(&n, "profile", text);
	fault_read(&walk, n, layers.kind, &profile);
}

START_TEST(rows_stand_by_number_with_the_kinds_code)
{
	begin("elevator", "fault_raw");
	read_faults("48: {code: DOOR_OPEN, severity: P2, text: open}\n"
		    "-1: {code: OTHER, severity: P4, text: x}\n"
		    "0x29: {code: SAFETY_CHAIN, " TEXT "}\n");
	assert_nothing_told();
	ck_assert_uint_eq(profile.fault_count, 3);
	ck_assert_int_eq(profile.faults[0].raw, -1);
	ck_assert_int_eq(profile.faults[1].raw, 41);
	ck_assert_int_eq(profile.faults[1].number, 1);
	ck_assert_str_eq(profile.faults[1].code, "SAFETY_CHAIN");
	ck_assert_uint_eq(profile.faults[1].severity, SEVERITY_P2);
	ck_assert_str_eq(profile.faults[1].text.zh, "断开");
	ck_assert_str_eq(profile.faults[1].text.en, "open");
	ck_assert_int_eq(profile.faults[2].raw, 48);
}
END_TEST

/* Each has one mistake. */
static const struct {
	const char *kind, *points, *text, *place, *piece;
} wrong[] = {
    {"elevator", "fault_raw", "[1]\n", "profile:1:1", "is a list"},
    {"elevator", "fault_raw", "{}\n", "profile:1:1", "has 0 rows"},
    {"elevator", "floor", "1: {code: UCM, " TEXT "}\n", "profile:1:1",
	"needs a point fault_raw, the number that the maker gives a fault"},
    {"elevator", "?fault_row", "1: {code: UCM, " TEXT "}\n", "profile:1:1",
	"needs a point fault_raw"},
    {"lamp", "fault_raw", "1: {code: UCM, " TEXT "}\n", "profile:1:1",
	"no lamp device has a fault_code; drop it"},
    {"elevator", "fault_raw", "70000: {code: UCM, " TEXT "}\n", "profile:1:1",
	"can never be: fault_raw reaches from -32768 to 32767; write one of "
	"these numbers"},
    {"elevator", "fault_raw",
	"1: {code: UCM, severity: P2, text: \"{place} x\"}\n", "profile:1:37",
	"has a brace in it; a fault's text is plain, write what the fault is"},
    {"elevator", "fault_raw",
	"1: {code: UCM, severity: P2, text: {zh: x, en: \"a {v}\"}}\n",
	"profile:1:51", "has a brace in it"},
    {"elevator", "fault_raw",
	"1: {code: UCM, " TEXT "}\n1: {code: UCM, " TEXT "}\n", "profile:2:1",
	"given twice"},
    {"access", "fault_raw", "1: {code: UCM, " TEXT "}\n", "profile:1:1",
	"no access device has a fault_code; drop it"},
    {"elevator", "fault_raw", "E41: {code: UCM, " TEXT "}\n", "profile:1:1",
	"the key of a fault is the maker's number; write for example 41:"},
    {"elevator", "fault_raw", "\"1\": {code: UCM, " TEXT "}\n", "profile:1:1",
	"the key of a fault is the maker's number"},
    {"elevator", "fault_raw",
	"41: {code: UCM, " TEXT "}\n0x29: {code: UCM, " TEXT "}\n",
	"profile:2:1", "is the number of another row too"},
    {"elevator", "fault_raw", "1: {" TEXT "}\n", "profile:1:4",
	"the key \"code\" is missing; write for example code: SAFETY_CHAIN"},
    {"elevator", "fault_raw", "1: {code: UCM, text: x}\n", "profile:1:4",
	"the key \"severity\" is missing"},
    {"elevator", "fault_raw", "1: {code: UCM, severity: P1}\n", "profile:1:4",
	"the key \"text\" is missing"},
    {"elevator", "fault_raw", "1: {code: SAFETY_CHIAN, " TEXT "}\n",
	"profile:1:11", "did you mean \"SAFETY_CHAIN\"?"},
    {"elevator", "fault_raw", "1: {code: 5, " TEXT "}\n", "profile:1:11",
	"\"5\" is not known; write none, SAFETY_CHAIN"},
    {"elevator", "fault_raw", "1: {code: UCM, severity: 1, text: x}\n",
	"profile:1:26", "is not known"},
    {"elevator", "fault_raw", "1: {code: UCM, " TEXT ", note: x}\n",
	"profile:1:56", "unknown key"},
    {"elevator", "fault_raw", "1: UCM\n", "profile:1:4",
	"write keys and values"},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	begin(wrong[_i].kind, wrong[_i].points);
	read_faults(wrong[_i].text);
	assert_layer_told(wrong[_i].place, wrong[_i].piece);
}
END_TEST

START_TEST(a_fault_number_that_is_no_number_is_told)
{
	say_kind("kind: lamp\ntitle: x\npoints: {fault_code: {title: x, enum: "
		 "{0: none, 1: UCM}}}\n");
	begin("lamp", "$fault_raw");
	read_faults("1: {code: UCM, " TEXT "}\n");
	assert_layer_told("profile:1:1",
	    "needs fault_raw as a number, and here it is a text");
}
END_TEST

START_TEST(a_fault_number_that_its_own_point_tells_is_not_told_again)
{
	begin("elevator", "fault_raw");
	polled[0].decode.form = FORM_TEXT;
	read_faults("1: {code: UCM, " TEXT "}\n");
	assert_nothing_told();
	ck_assert_uint_eq(profile.fault_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fault");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, open_walk, close_walk);
	tcase_add_test(t, rows_stand_by_number_with_the_kinds_code);
	tcase_add_loop_test(
	    t, a_mistake_is_told_once_with_its_place, 0, ROWS(wrong));
	tcase_add_test(t, a_fault_number_that_is_no_number_is_told);
	tcase_add_test(
	    t, a_fault_number_that_its_own_point_tells_is_not_told_again);
	suite_add_tcase(s, t);
	return suite_run(s);
}
