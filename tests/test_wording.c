/* test_wording.c - an alarm's text for people */
#include <string.h>

#include "gateway/alarm/wording.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

/* ---- a device ---- */

static const struct enum_name doors[] = {{0, "closed"}, {2, "open"}};

#define ENUM .form = FORM_ENUM, .names = doors, .name_count = 2
#define F32(number)                                                            \
	{                                                                      \
		VALUE_F32, .f = (double)(number)                               \
	}
#define F64(number)                                                            \
	{                                                                      \
		VALUE_F64, .f = (number)                                       \
	}
#define NONE                                                                   \
	{                                                                      \
		VALUE_NONE, .u = 0                                             \
	}

static const struct {
	struct point_info info;
	struct value value;
	uint8_t quality;
} device[] = {
    {{.name = "load", .unit = "%"}, F32(81.6f), QUALITY_GOOD},
    {{.name = "active_power", .unit = "kW"}, F64(412.46), QUALITY_GOOD},
    {{.name = "power", .unit = "kVA"}, F64(630), QUALITY_GOOD},
    {{.name = "pressure", .unit = "MPa"}, F64(0.3), QUALITY_GOOD},
    {{.name = "power_factor", .unit = ""}, F64(-0.876), QUALITY_GOOD},
    {{.name = "voltage", .unit = "V"}, F64(235.5), QUALITY_SIMULATED},
    {{.name = "current", .unit = "A"}, F64(-0.4), QUALITY_GOOD},
    {{.name = "temperature", .unit = "degC"}, F64(-3.6), QUALITY_GOOD},
    {{.name = "level", .unit = "m"}, F64(2.25), QUALITY_GOOD},
    {{.name = "energy", .unit = "kWh"}, F64(1e300), QUALITY_GOOD},
    {{.name = "floor", .unit = ""}, {VALUE_I64, .i = -1}, QUALITY_GOOD},
    {{.name = "trips", .unit = ""}, {VALUE_U64, .u = UINT64_MAX}, QUALITY_GOOD},
    {{.name = "moving", .form = FORM_BOOL}, {VALUE_BOOL, .u = 1}, QUALITY_GOOD},
    {{.name = "occupied", .form = FORM_BOOL}, {VALUE_BOOL, .u = 0},
	QUALITY_GOOD},
    {{.name = "door", ENUM}, {VALUE_ENUM, .i = 2}, QUALITY_GOOD},
    {{.name = "inner_door", ENUM}, {VALUE_ENUM, .i = 7}, QUALITY_GOOD},
    {{.name = "floor_label", .form = FORM_TEXT}, {VALUE_TEXT, .text = "B{v}"},
	QUALITY_GOOD},
    {{.name = "flow", .unit = "m3/h"}, NONE, QUALITY_BAD_TIMEOUT},
    {{.name = "thd", .unit = "%"}, F64(900), QUALITY_UNCERTAIN_RANGE},
    {{.name = "never", .unit = "V"}, NONE, QUALITY_NEVER},
};

static struct point_info points[ROWS(device)];

static struct derive_input
get(const void *context, uint16_t point)
{
	ck_assert_ptr_eq(context, points);
	ck_assert_int_lt(point, ROWS(device));
	return (struct derive_input){.value = device[point].value,
	    .quality = {.code = device[point].quality}};
}

static struct wording
lift(void)
{
	for (int i = 0; i < ROWS(device); i++)
		points[i] = device[i].info;
	return (struct wording){.name = {"3号梯", "Lift 3"},
	    .building = "7",
	    .stair = "2",
	    .point_count = ROWS(device),
	    .points = points,
	    .look = {get, points},
	    .first = 0,
	    .held_ms = 38 * MINUTE};
}

static void
assert_filled(
    const struct wording *w, const char *text, bool en, const char *expected)
{
	struct buf out = {0};

	buf_puts(&out, "");
	wording_fill(&out, w, text, en);
	ck_assert_str_eq(out.data, expected);
	buf_free(&out);
}

/* ---- texts ---- */

static const struct {
	const char *text, *zh, *en;
} texts[] = {
    {"", "", ""},
    {"困人 trapped", "困人 trapped", "困人 trapped"},
    {"{place}", "7栋2单元", "building 7 stair 2"},
    {"{name}", "3号梯", "Lift 3"},
    {"{place} 重载 {v}% 已{dur}", "7栋2单元 重载 82% 已38分",
	"building 7 stair 2 重载 82% 已38 min"},
    {"{v}{v}", "8282", "8282"},
    {"{load} %", "82 %", "82 %"},
    {"{active_power} kW", "412.5 kW", "412.5 kW"},
    {"{power}", "630", "630"},
    {"{pressure}", "0.30", "0.30"},
    {"{power_factor}", "-0.88", "-0.88"},
    {"{voltage}", "236", "236"},
    {"{current}", "0", "0"},
    {"{temperature}", "-4", "-4"},
    {"{level}", "2.2", "2.2"},
    {"{energy}", "1e+300", "1e+300"},
    {"{floor}", "-1", "-1"},
    {"{trips}", "18446744073709551615", "18446744073709551615"},
    {"{moving} {occupied}", "是 否", "yes no"},
    {"{door}", "open", "open"},
    {"{inner_door}", "7", "7"},
    {"{floor_label}", "B{v}", "B{v}"},
    {"{flow} {thd} {never}", "? ? ?", "? ? ?"},
    {"{nothing} {} {loa} {loads}", "? ? ? ?", "? ? ? ?"},
    {"{bus} {devices}", "? ?", "? ?"},
    {"{load", "{load", "{load"},
    {"load} }{", "load} }{", "load} }{"},
    {"%s %n {load}%d", "%s %n 82%d", "%s %n 82%d"},
};

START_TEST(what_stands_in_braces_is_filled_in)
{
	struct wording w = lift();

	assert_filled(&w, texts[_i].text, false, texts[_i].zh);
	assert_filled(&w, texts[_i].text, true, texts[_i].en);
}
END_TEST

static const struct {
	const char *building, *stair, *zh, *en;
} places[] = {
    {"7", "2", "7栋2单元", "building 7 stair 2"},
    {"7", NULL, "7栋", "building 7"},
    {NULL, "2", "2单元", "stair 2"},
    {NULL, NULL, "3号梯", "Lift 3"},
};

START_TEST(a_place_is_as_much_as_is_known)
{
	struct wording w = lift();

	w.building = places[_i].building;
	w.stair = places[_i].stair;
	assert_filled(&w, "{place}", false, places[_i].zh);
	assert_filled(&w, "{place}", true, places[_i].en);
}
END_TEST

static const struct {
	int64_t ms;
	const char *zh, *en;
} durations[] = {
    {0, "0秒", "0 s"},
    {999, "0秒", "0 s"},
    {59999, "59秒", "59 s"},
    {MINUTE, "1分", "1 min"},
    {HOUR - 1, "59分", "59 min"},
    {HOUR, "1小时", "1 h"},
    {2 * HOUR + 5 * MINUTE, "2小时5分", "2 h 5 min"},
    {50 * HOUR + 59999, "50小时", "50 h"},
};

START_TEST(a_duration_has_two_units_at_most)
{
	struct wording w = lift();

	w.held_ms = durations[_i].ms;
	assert_filled(&w, "{dur}", false, durations[_i].zh);
	assert_filled(&w, "{dur}", true, durations[_i].en);
}
END_TEST

START_TEST(a_name_of_one_language_serves_both)
{
	struct wording w = lift();

	w.name.en = NULL;
	assert_filled(&w, "{name}", true, "3号梯");
	w.name = (struct text){NULL, "Lift 3"};
	assert_filled(&w, "{name}", false, "Lift 3");
}
END_TEST

START_TEST(without_a_first_point_its_value_is_not_known)
{
	struct wording w = lift();

	w.first = -1;
	assert_filled(&w, "{v}", true, "?");
	w.first = POINT_ONLINE;
	assert_filled(&w, "{v}", true, "?");
}
END_TEST

START_TEST(facts_are_what_the_caller_says)
{
	static const struct wording_fact facts[] = {{"bus", {NULL, "shaft-3"}},
	    {"devices", {"85", "85"}}, {"occupied", {"无人", "empty"}},
	    {"load", {"", ""}}, {"place", {"not", "asked"}}};
	struct wording w = lift();

	assert_filled(
	    &w, "总线{bus}中断,影响{devices}台", false, "总线?中断,影响?台");
	w.facts = facts;
	w.fact_count = ROWS(facts);
	assert_filled(&w, "总线{bus}中断,影响{devices}台", false,
	    "总线shaft-3中断,影响85台");
	/* before a point of the same name */
	assert_filled(&w, "{place} {occupied} {load}|{moving}", false,
	    "7栋2单元 无人 |是");
	assert_filled(&w, "{occupied}{occupie}", true, "empty?");
}
END_TEST

START_TEST(a_text_that_is_too_long_ends_between_characters)
{
	struct wording w = lift();
	char memory[12];
	struct buf out;

	buf_fixed(&out, memory, sizeof(memory));
	wording_fill(&out, &w, "电梯困人 {place}", false);
	ck_assert(out.full);
	ck_assert_str_eq(memory, "电梯困");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wording");
	TCase *t = tcase_create("texts");

	tcase_add_loop_test(
	    t, what_stands_in_braces_is_filled_in, 0, ROWS(texts));
	tcase_add_loop_test(t, a_place_is_as_much_as_is_known, 0, ROWS(places));
	tcase_add_loop_test(
	    t, a_duration_has_two_units_at_most, 0, ROWS(durations));
	tcase_add_test(t, a_name_of_one_language_serves_both);
	tcase_add_test(t, without_a_first_point_its_value_is_not_known);
	tcase_add_test(t, facts_are_what_the_caller_says);
	tcase_add_test(t, a_text_that_is_too_long_ends_between_characters);
	suite_add_tcase(s, t);
	return suite_run(s);
}
