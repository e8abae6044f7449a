/* test_letter_cars.c - what people are told of the lifts of a power cut */
#include <math.h>
#include <stdio.h>

#include "gateway/alarm/sweep.h"
#include "tests/letter_help.h"

static const struct notify_device devices[] = {
    {.id = "lift-3-1",
	.kind = "elevator",
	.name = {"3号楼1单元电梯", NULL},
	.building = "3",
	.stair = "1",
	.owner_name = {"安达电梯", "Anda Lifts"},
	.owner_phone = "400-000-0000",
	.rescue_code = "200145"},
    {.id = "lift-3-2",
	.kind = "elevator",
	.building = "3",
	.stair = "2",
	.rescue_code = "200146"},
    {.id = "tx-3", .kind = "transformer", .name = {"3号变压器", "Tx 3"}},
};

static struct sweep_list cars;

static struct sweep_car
car(const char *id, uint8_t moving, uint8_t occupied, double floor)
{
	struct sweep_car c = {.age_ms = 2500,
	    .was = {.moving = moving,
		.occupied = occupied,
		.zone =
		    moving == CONDITION_TRUE ? CONDITION_FALSE : CONDITION_TRUE,
		.floor = floor}};

	snprintf(c.device, sizeof(c.device), "%s", id);
	return c;
}

/* Somebody between floors in one lift, nobody in the other. */
static void
cut(void)
{
	start();
	conf.devices = devices;
	conf.device_count = 3;
	cars = (struct sweep_list){.count = 2, .phases = 7};
	cars.cars[0] = car("lift-3-1", CONDITION_TRUE, CAR_PERSON, 5);
	cars.cars[1] = car("lift-3-2", CONDITION_FALSE, CAR_EMPTY, 1);
	strcpy(n.device, "tx-3");
	strcpy(n.alarm, "power_cut");
	strcpy(n.text_zh, "3号变压器 停电：3栋1单元 行驶中有人（2秒前）");
	n.cars = &cars;
	item.device = &devices[2];
}

START_TEST(a_cut_tells_of_each_car_all_that_is_needed_to_help)
{
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.title,
	    "【紧急】安居小区 3号变压器 停电，影响电梯2台，有人1台");
	has("3栋1单元 行驶中有人，5层附近（停电前2秒）  救援码 200145  "
	    "安达电梯 400-000-0000\n"
	    "3栋2单元 无人（停电前2秒）  救援码 200146\n"
	    "请逐台对讲核实\n");
}
END_TEST

START_TEST(a_cut_is_told_in_english_too)
{
	channel.language = LANGUAGE_EN;
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.title,
	    "[P1] Anju Estate: Tx 3: supply lost, 2 lifts, 1 occupied");
	has("building 3 stair 1: moving, occupied, near floor 5 (2 s before "
	    "the cut)  Rescue code 200145  Anda Lifts 400-000-0000\n");
	has("Call each car and check\n");
}
END_TEST

START_TEST(a_repeat_tells_what_has_become_of_the_cars)
{
	cars.cars[0].checked =
	    (struct alarm_deed){"王师傅", SINCE + 30 * SECOND};
	cars.cars[1].back = true;
	tell(LETTER_REPEAT);
	ck_assert_ptr_nonnull(strstr(letter.title, "均已恢复或核实"));
	ck_assert_ptr_null(strstr(letter.title, "有人"));
	has("已核实 王师傅 18:39:25\n3栋2单元 已恢复运行\n");
	has_not("请逐台");
}
END_TEST

START_TEST(what_is_open_stands_before_what_is_done)
{
	cars.cars[0].back = true;
	tell(LETTER_REPEAT);
	has("3栋2单元 无人（停电前2秒）  救援码 200146\n"
	    "3栋1单元 已恢复运行\n请逐台对讲核实\n");
}
END_TEST

START_TEST(that_the_supply_is_back_is_told)
{
	n.active = false;
	n.ceased_ms = SINCE + 76 * SECOND;
	tell(LETTER_REPEAT);
	ck_assert_str_eq(letter.title,
	    "【紧急】【再次提醒】安居小区 3号变压器 "
	    "已来电，影响电梯2台，有人1台");
	has("已来电 18:40:11\n");
	has("请逐台对讲核实\n");
	cars.cars[0].back = cars.cars[1].back = true;
	tell(LETTER_REPEAT);
	has("已来电 18:40:11，待确认\n");
}
END_TEST

START_TEST(a_suspected_cut_and_unknown_cars_are_called_so)
{
	cars.suspected = true;
	cars.phases = 0;
	cars.cars[0] = car("lift-9", CONDITION_UNKNOWN, CAR_UNKNOWN, NAN);
	cars.cars[0].was.zone = CONDITION_UNKNOWN;
	cars.cars[0].age_ms = INT64_MAX;
	cars.cars[1].was.trapped = CONDITION_TRUE;
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.title,
	    "【紧急】安居小区 3号变压器 疑似停电，影响电梯2台，困人1台，"
	    "未知1台");
	has("\nlift-9 未知\n");
}
END_TEST

START_TEST(many_cars_are_counted_where_there_is_no_room)
{
	channel.type = CHANNEL_WECOM;
	cars.count = SWEEP_CARS_MAX;
	for (int i = 0; i < SWEEP_CARS_MAX; i++)
		cars.cars[i] = cars.cars[0];
	cars.cars[SWEEP_CARS_MAX - 1].back = true;
	tell(LETTER_RAISE);
	ck_assert_uint_lt(strlen(letter.title) + strlen(letter.text), 2000);
	has("\n另有2");
	has("请逐台对讲核实\n");
	has_not("已恢复运行");
}
END_TEST

START_TEST(what_is_over_asks_nobody)
{
	n.active = false;
	n.state = ALARM_NORMAL;
	item.over = true;
	item.over_ms = SINCE + 2 * MINUTE;
	tell(LETTER_CLEAR);
	has_not("救援码");
	has_not("请逐台");
}
END_TEST

START_TEST(a_webhook_gets_the_cars)
{
	channel.type = CHANNEL_WEBHOOK;
	channel.personal = false;
	cars.cars[0].checked =
	    (struct alarm_deed){"王师傅", SINCE + 30 * SECOND};
	tell(LETTER_RAISE);
	ck_assert_ptr_nonnull(strstr(letter.json,
	    "\"cars\":[{\"car\":\"lift-3-1\",\"moving\":true,"
	    "\"occupied\":\"yes\",\"floor\":5,\"back\":false,"
	    "\"checked\":{\"by\":\"王**\",\"ts\":1763721565000},"
	    "\"place\":{\"building\":\"3\",\"stair\":\"1\"},"
	    "\"owner\":{\"name\":{\"zh\":\"安达电梯\","
	    "\"en\":\"Anda Lifts\"},\"phone\":\"400-000-0000\","
	    "\"rescue_code\":\"200145\"}},{\"car\":\"lift-3-2\""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("letter_cars");
	TCase *t = tcase_create("letter_cars");

	tcase_add_checked_fixture(t, cut, finish);
	tcase_add_test(t, a_cut_tells_of_each_car_all_that_is_needed_to_help);
	tcase_add_test(t, a_cut_is_told_in_english_too);
	tcase_add_test(t, a_repeat_tells_what_has_become_of_the_cars);
	tcase_add_test(t, what_is_open_stands_before_what_is_done);
	tcase_add_test(t, that_the_supply_is_back_is_told);
	tcase_add_test(t, a_suspected_cut_and_unknown_cars_are_called_so);
	tcase_add_test(t, many_cars_are_counted_where_there_is_no_room);
	tcase_add_test(t, what_is_over_asks_nobody);
	tcase_add_test(t, a_webhook_gets_the_cars);
	suite_add_tcase(s, t);
	return suite_run(s);
}
