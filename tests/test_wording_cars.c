/* test_wording_cars.c - what is known of cars, in words */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/wording_cars.h"
#include "tests/suite.h"

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define NEVER INT64_MAX

enum {
	UNKNOWN = CONDITION_UNKNOWN,
	NO = CONDITION_FALSE,
	YES = CONDITION_TRUE
};

/* ---- facts ---- */

static const struct {
	bool suspected;
	uint8_t phases;
	const char *zh, *en;
} cuts[] = {
    {false, 0, "停电", "supply lost"},
    {true, 0, "疑似停电", "suspected power cut"},
    {false, 7, "停电", "supply lost"},
    {true, 7, "停电", "supply lost"},
    {false, 1, "A相缺相", "L1 lost"},
    {false, 2, "B相缺相", "L2 lost"},
    {false, 4, "C相缺相", "L3 lost"},
    {false, 3, "A、B相缺相", "L1 and L2 lost"},
    {false, 5, "A、C相缺相", "L1 and L3 lost"},
    {true, 6, "B、C相缺相", "L2 and L3 lost"},
};

START_TEST(a_cut_is_what_is_known_of_it)
{
	struct text t = wording_cut(cuts[_i].suspected, cuts[_i].phases);

	ck_assert_str_eq(t.zh, cuts[_i].zh);
	ck_assert_str_eq(t.en, cuts[_i].en);
}
END_TEST

START_TEST(who_is_in_a_car_and_what_is_in_doubt)
{
	ck_assert_str_eq(wording_occupied(CAR_PERSON).zh, "有人");
	ck_assert_str_eq(wording_occupied(CAR_EMPTY).zh, "无人");
	ck_assert_str_eq(wording_occupied(CAR_UNKNOWN).zh, "有人：未知");
	ck_assert_str_eq(wording_occupied(CAR_PERSON).en, "occupied");
	ck_assert_str_eq(wording_occupied(CAR_EMPTY).en, "empty");
	ck_assert_str_eq(wording_occupied(CAR_UNKNOWN).en, "occupied: unknown");
	ck_assert_str_eq(wording_doubt(true).zh, "");
	ck_assert_str_eq(wording_doubt(true).en, "");
	ck_assert_str_eq(wording_doubt(false).zh, "，检修：未知");
	ck_assert_str_eq(wording_doubt(false).en, ", in inspection: unknown");
}
END_TEST

/* ---- one car ---- */

#define STATE(m, z, d, o, t, f)                                                \
	{                                                                      \
		.moving = (m), .zone = (z), .door_open = (d), .occupied = (o), \
		.trapped = (t), .floor = (f)                                   \
	}
#define NOTHING STATE(UNKNOWN, UNKNOWN, UNKNOWN, CAR_UNKNOWN, UNKNOWN, NAN)

static const struct {
	struct car_state now;
	const char *label, *zh, *en;
} positions[] = {
    {STATE(NO, YES, NO, CAR_PERSON, NO, 4), NULL, "，停在4层", ", at floor 4"},
    {STATE(NO, YES, NO, CAR_PERSON, NO, 4), "", "，停在4层", ", at floor 4"},
    {STATE(NO, YES, NO, CAR_PERSON, NO, 4), "3A", "，停在3A层",
	", at floor 3A"},
    {STATE(NO, YES, NO, CAR_PERSON, NO, NAN), NULL, "，停在平层",
	", at a landing"},
    {STATE(NO, NO, NO, CAR_PERSON, NO, 4), "3A", "，停在楼层间，近3A层",
	", stopped between floors, near floor 3A"},
    {STATE(NO, NO, NO, CAR_PERSON, NO, NAN), NULL, "，停在楼层间",
	", stopped between floors"},
    {STATE(YES, NO, NO, CAR_PERSON, NO, 4), "4", "，行驶中", ", moving"},
    {STATE(NO, UNKNOWN, NO, CAR_PERSON, NO, 4), NULL, "，在4层附近",
	", near floor 4"},
    {NOTHING, NULL, "", ""},
};

START_TEST(where_a_car_is_is_said_as_far_as_it_is_known)
{
	struct buf zh = {0}, en = {0};

	buf_puts(&zh, "");
	buf_puts(&en, "");
	wording_position(&zh, &positions[_i].now, positions[_i].label, false);
	wording_position(&en, &positions[_i].now, positions[_i].label, true);
	ck_assert_str_eq(zh.data, positions[_i].zh);
	ck_assert_str_eq(en.data, positions[_i].en);
	buf_free(&zh);
	buf_free(&en);
}
END_TEST

static const struct {
	struct car_state was;
	int64_t age_ms;
	const char *zh, *en;
} cars[] = {
    {STATE(YES, NO, NO, CAR_PERSON, NO, 5), 2400, "行驶中有人（2秒前）",
	"moving, occupied (2 s ago)"},
    {STATE(YES, NO, NO, CAR_PERSON, NO, 5), 999, "行驶中有人",
	"moving, occupied"},
    {STATE(YES, YES, NO, CAR_UNKNOWN, NO, 5), SECOND,
	"行驶中，有人：未知（1秒前）", "moving, occupied: unknown (1 s ago)"},
    {STATE(YES, NO, NO, CAR_EMPTY, NO, 5), 3 * SECOND, "行驶中无人（3秒前）",
	"moving, empty (3 s ago)"},
    {STATE(NO, NO, NO, CAR_PERSON, NO, 4), 3 * MINUTE,
	"停在楼层间有人（3分前）",
	"stopped between floors, occupied (3 min ago)"},
    {STATE(NO, NO, NO, CAR_UNKNOWN, UNKNOWN, NAN), 0, "停在楼层间，有人：未知",
	"stopped between floors, occupied: unknown"},
    {STATE(NO, NO, NO, CAR_EMPTY, NO, 4), 0, "停在楼层间无人",
	"stopped between floors, empty"},
    {STATE(UNKNOWN, NO, NO, CAR_PERSON, NO, 4), 0, "在楼层间有人",
	"between floors, occupied"},
    {STATE(NO, YES, NO, CAR_PERSON, NO, 4), 5 * SECOND, "停在4层有人（5秒前）",
	"at floor 4, occupied (5 s ago)"},
    {STATE(NO, YES, YES, CAR_UNKNOWN, NO, -1), 5 * SECOND,
	"停在-1层，有人：未知（5秒前）",
	"at floor -1, occupied: unknown (5 s ago)"},
    {STATE(NO, UNKNOWN, YES, CAR_PERSON, NO, NAN), 0, "停在平层有人",
	"at a landing, occupied"},
    {STATE(NO, UNKNOWN, NO, CAR_PERSON, NO, 4), 0, "在4层附近有人",
	"near floor 4, occupied"},
    {STATE(UNKNOWN, UNKNOWN, UNKNOWN, CAR_UNKNOWN, UNKNOWN, 4), 9 * SECOND,
	"在4层附近，有人：未知（9秒前）",
	"near floor 4, occupied: unknown (9 s ago)"},
    {STATE(NO, UNKNOWN, NO, CAR_PERSON, NO, NAN), 0, "有人", "occupied"},
    {STATE(NO, UNKNOWN, NO, CAR_UNKNOWN, NO, NAN), 2 * SECOND, "未知（2秒前）",
	"unknown (2 s ago)"},
    {NOTHING, NEVER, "未知", "unknown"},
    {STATE(NO, YES, NO, CAR_EMPTY, NO, 4), 5 * SECOND, "无人", "empty"},
    {STATE(NO, YES, NO, CAR_EMPTY, NO, 4), MINUTE - 1, "无人", "empty"},
    {STATE(NO, YES, NO, CAR_EMPTY, NO, 4), 125 * MINUTE, "无人（2小时5分前）",
	"empty (2 h 5 min ago)"},
    {STATE(UNKNOWN, UNKNOWN, NO, CAR_EMPTY, NO, 4), 0, "无人", "empty"},
    {STATE(NO, NO, NO, CAR_PERSON, YES, 4), 2 * SECOND,
	"困人，停在楼层间（2秒前）",
	"trapped, stopped between floors (2 s ago)"},
    {STATE(NO, YES, NO, CAR_EMPTY, YES, 4), 0, "困人，停在4层",
	"trapped, at floor 4"},
    {STATE(NO, UNKNOWN, NO, CAR_UNKNOWN, YES, NAN), 0, "困人", "trapped"},
};

START_TEST(a_car_is_where_it_was_and_who_was_in_it)
{
	struct sweep_car car = {.was = cars[_i].was, .age_ms = cars[_i].age_ms};
	struct buf out = {0};

	wording_car(&out, &car, false);
	ck_assert_str_eq(out.data, cars[_i].zh);
	buf_clear(&out);
	wording_car(&out, &car, true);
	ck_assert_str_eq(out.data, cars[_i].en);
	buf_free(&out);
}
END_TEST

/* ---- the list ---- */

static struct sweep_list list;

static void
add(const char *zh, const char *en, struct car_state was, int64_t age_ms)
{
	list.cars[list.count++] =
	    (struct sweep_car){.where = {zh, en}, .was = was, .age_ms = age_ms};
}

static void
three_lifts(void)
{
	list.count = 0;
	add("7栋2单元", "building 7 stair 2",
	    (struct car_state)STATE(YES, NO, NO, CAR_PERSON, NO, 5), 2000);
	add("8栋1单元", "building 8 stair 1",
	    (struct car_state)STATE(NO, YES, NO, CAR_EMPTY, NO, 1), 2000);
	add("9栋1单元", "building 9 stair 1", (struct car_state)NOTHING, NEVER);
}

static void
assert_list(size_t room, bool late, bool en, const char *expected)
{
	static char memory[4096];
	struct buf out;

	ck_assert_uint_lt(room, sizeof(memory));
	buf_fixed(&out, memory, room + 1);
	wording_cars(&out, &list, late, en);
	ck_assert_str_eq(memory, expected);
	ck_assert(!out.full);
}

#define ALL_ZH "7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；9栋1单元 未知"
#define ALL_EN                                                                 \
	"building 7 stair 2: moving, occupied (2 s ago); building 8 stair 1: " \
	"empty; building 9 stair 1: unknown"

START_TEST(a_list_names_each_car)
{
	struct buf out = {0};

	three_lifts();
	assert_list(1000, false, false, ALL_ZH);
	assert_list(1000, false, true, ALL_EN);
	wording_cars(&out, &list, false, false); /* a buf that grows */
	ck_assert_str_eq(out.data, ALL_ZH);
	buf_free(&out);
}
END_TEST

START_TEST(a_list_without_room_ends_between_two_cars)
{
	three_lifts();
	assert_list(strlen(ALL_ZH), false, false, ALL_ZH);
	assert_list(strlen(ALL_ZH) - 1, false, false,
	    "7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；等3台");
	assert_list(
	    strlen("7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；等3台"), false,
	    false, "7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；等3台");
	assert_list(
	    strlen("7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；等3台") - 1,
	    false, false, "7栋2单元 行驶中有人（2秒前）；等3台");
	assert_list(strlen("7栋2单元 行驶中有人（2秒前）；等3台") - 1, false,
	    false, "3台");
	assert_list(strlen(ALL_EN) - 1, false, true,
	    "building 7 stair 2: moving, occupied (2 s ago); building 8 "
	    "stair 1: empty; and 1 more");
	assert_list(20, false, true, "3 lifts");
}
END_TEST

START_TEST(whatever_the_room_a_car_is_whole)
{
	char memory[256];
	struct buf out;

	three_lifts();
	for (size_t size = 8; size < sizeof(memory); size++) {
		buf_fixed(&out, memory, size);
		wording_cars(&out, &list, false, false);
		ck_assert(!out.full);
		ck_assert_uint_lt(out.len, size);
		/* each car that is begun is ended */
		ck_assert_int_eq(strstr(memory, "7栋") != NULL,
		    strstr(memory, "（2秒前）") != NULL);
		ck_assert_int_eq(strstr(memory, "8栋") != NULL,
		    strstr(memory, "无人") != NULL);
		ck_assert_int_eq(strstr(memory, "9栋") != NULL,
		    strstr(memory, "未知") != NULL);
		ck_assert_int_eq(strstr(memory, "9栋") != NULL,
		    strstr(memory, "3台") == NULL);
	}
}
END_TEST

START_TEST(late_are_those_that_nobody_answers_for)
{
	three_lifts();
	assert_list(1000, true, false, "7栋2单元；8栋1单元；9栋1单元");
	list.cars[1].back = true;
	assert_list(1000, true, true, "building 7 stair 2; building 9 stair 1");
	assert_list(30, true, false, "7栋2单元；9栋1单元");
	assert_list(24, true, false, "7栋2单元；等2台");
	strcpy(list.cars[0].checked.by, "Wang");
	assert_list(1000, true, false, "9栋1单元");
	list.cars[2].back = true;
	assert_list(1000, true, false, "");
}
END_TEST

START_TEST(a_place_of_one_language_or_none_is_told_all_the_same)
{
	list.count = 0;
	add("7栋", NULL, (struct car_state)NOTHING, NEVER);
	assert_list(1000, false, true, "7栋: unknown");
	list.cars[list.count++] = (struct sweep_car){
	    .device = "lift-8-1", .was = NOTHING, .age_ms = NEVER};
	assert_list(1000, true, false, "7栋；lift-8-1");
}
END_TEST

START_TEST(cars_whose_names_are_too_long_are_counted)
{
	static char name[600];
	char memory[300];
	struct buf out;

	for (int i = 0; i < 199; i++)
		strcat(name, "楼");
	list.count = 0;
	for (int i = 0; i < SWEEP_CARS_MAX; i++)
		add(name, name, (struct car_state)NOTHING, NEVER);
	buf_fixed(&out, memory, sizeof(memory));
	wording_cars(&out, &list, false, false);
	ck_assert_str_eq(memory, "32台");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wording of cars");
	TCase *t = tcase_create("words");

	tcase_add_loop_test(t, a_cut_is_what_is_known_of_it, 0, ROWS(cuts));
	tcase_add_test(t, who_is_in_a_car_and_what_is_in_doubt);
	tcase_add_loop_test(
	    t, a_car_is_where_it_was_and_who_was_in_it, 0, ROWS(cars));
	tcase_add_loop_test(t, where_a_car_is_is_said_as_far_as_it_is_known, 0,
	    ROWS(positions));
	tcase_add_test(t, a_list_names_each_car);
	tcase_add_test(t, a_list_without_room_ends_between_two_cars);
	tcase_add_test(t, whatever_the_room_a_car_is_whole);
	tcase_add_test(t, late_are_those_that_nobody_answers_for);
	tcase_add_test(t, a_place_of_one_language_or_none_is_told_all_the_same);
	tcase_add_test(t, cars_whose_names_are_too_long_are_counted);
	suite_add_tcase(s, t);
	return suite_run(s);
}
