/* test_letter.c - what people are told of one alarm, word for word */
#include <stdio.h>

#include "tests/letter_help.h"

START_TEST(an_entrapment_is_told_in_chinese)
{
	tell(LETTER_RAISE);
	ck_assert_str_eq(
	    letter.title, "【紧急】安居小区 7栋2单元 电梯困人，停在4层");
	ck_assert_str_eq(letter.text,
	    "发生 18:38:55（3分钟前）  设备 7栋2单元电梯\n"
	    "救援码 123456  维保 安达电梯 400-000-0001\n"
	    "时限 18:41:55 响应（已超时），19:08:55 到场\n"
	    "已通知 李工 13800001111、王师傅 13912341234  未确认\n");
	ck_assert_int_eq(letter.severity, SEVERITY_P1);
	ck_assert(!letter.late);
	ck_assert_ptr_eq(letter.channel, &channel);
	ck_assert_str_eq(letter.json, "");
}
END_TEST

START_TEST(an_entrapment_is_told_in_english)
{
	channel.language = LANGUAGE_EN;
	matter.now_ms = SINCE + 20 * SECOND;
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.title,
	    "[P1] Anju Estate: building 7 stair 2: passengers trapped at 4");
	ck_assert_str_eq(letter.text,
	    "Since 18:38:55 (20 s ago)  Device Lift 7-2\n"
	    "Rescue code 123456  Lift firm Anda Lifts 400-000-0001\n"
	    "Due: answered by 18:41:55, on the spot by 19:08:55\n"
	    "Told Li 13800001111, 王师傅 13912341234  Not "
	    "acknowledged\n");
}
END_TEST

START_TEST(both_languages_stand_one_below_the_other)
{
	channel.language = LANGUAGE_BOTH;
	item.device = NULL;
	item.people_count = 0;
	tell(LETTER_RAISE);
	ck_assert_str_eq(
	    letter.title, "【紧急】安居小区 7栋2单元 电梯困人，停在4层");
	ck_assert_str_eq(letter.text,
	    "发生 18:38:55（3分钟前）  设备 lift-7-2\n"
	    "未确认\n"
	    "[P1] Anju Estate: building 7 stair 2: passengers trapped at 4\n"
	    "Since 18:38:55 (3 min ago)  Device lift-7-2\n"
	    "Not acknowledged\n");
}
END_TEST

START_TEST(that_nobody_was_told_says_of_what_and_whom_to_call)
{
	static const struct notify_device gateway = {
	    .id = "gateway", .kind = "gateway", .name = {"网关", NULL}};
	struct notice own = {.device = "gateway",
	    .alarm = "notify",
	    .state = ALARM_UNACK,
	    .active = true,
	    .severity = SEVERITY_P1,
	    .count = 1,
	    .since_ms = SINCE + 30 * SECOND,
	    .text_zh = "通知发送失败，请人工电话"};

	item.notice = &own;
	item.device = &gateway;
	item.about = &n;
	item.about_device = &lift;
	tell(LETTER_RAISE);
	has("未及时送达：7栋2单元 电梯困人，停在4层\n"
	    "救援码 123456  维保 安达电梯 400-000-0001\n");
	item.over = true;
	tell(LETTER_CLEAR);
	has_not("未及时送达");
}
END_TEST

/* Who was called is not said to have been called everywhere, and channels are
 * named as people know them. */
START_TEST(where_else_it_was_told_is_said_by_kind)
{
	static const struct notify_channel feishu = {
	    .id = "boss", .type = CHANNEL_FEISHU};
	static const struct notify_channel mail = {
	    .id = "post", .type = CHANNEL_EMAIL};

	item.people_count = 1;
	item.channels[1] = &feishu;
	item.channels[2] = &mail;
	item.channels[3] = &feishu;
	item.channel_count = 4;
	tell(LETTER_RAISE);
	has("已通知 李工 13800001111  已发 钉钉群、飞书群、邮件  未确认\n");
	channel.language = LANGUAGE_EN;
	tell(LETTER_RAISE);
	has("Told Li 13800001111  Sent to DingTalk, Feishu, mail  Not "
	    "acknowledged\n");
	item.people_count = 0;
	item.channel_count = 1;
	tell(LETTER_RAISE);
	has_not("Sent to");
}
END_TEST

START_TEST(what_is_of_this_second_has_no_age)
{
	matter.now_ms = SINCE + SECOND - 1;
	tell(LETTER_RAISE);
	has("发生 18:38:55  设备");
	matter.unsynced = true;
	tell(LETTER_RAISE);
	has("发生 18:38:55（时间未校准）  设备");
}
END_TEST

START_TEST(who_has_it_is_told_instead_of_who_was_told)
{
	n.state = ALARM_ACKED;
	n.ack = (struct alarm_deed){"王师傅", SINCE + 77 * SECOND};
	n.work[WORK_RESPONDED] = (struct alarm_deed){"李工", SINCE + MINUTE};
	n.work[WORK_ARRIVED] = (struct alarm_deed){"李工", SINCE + 2 * MINUTE};
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.text,
	    "发生 18:38:55（3分钟前）  设备 7栋2单元电梯\n"
	    "救援码 123456  维保 安达电梯 400-000-0001\n"
	    "已确认 王师傅 18:40:12\n"
	    "响应 李工 18:39:55  到场 李工 18:40:55\n");
}
END_TEST

START_TEST(who_answered_has_only_to_be_there)
{
	n.ack = (struct alarm_deed){"王师傅", SINCE + 77 * SECOND};
	tell(LETTER_RAISE);
	has("时限 19:08:55 到场\n");
}
END_TEST

START_TEST(after_twenty_minutes_with_nobody_there_others_are_to_be_called)
{
	matter.now_ms = SINCE + 20 * MINUTE - 1;
	tell(LETTER_RAISE);
	has_not("96333");
	matter.now_ms++;
	tell(LETTER_RAISE);
	has("无到场记录，请拨 96333 或 119\n");
	matter.now_ms = SINCE + 30 * MINUTE;
	tell(LETTER_RAISE);
	has("19:08:55 到场（已超时）\n");
}
END_TEST

static const struct {
	const char *alarm;
	bool limits;
} about_people[] = {
    {"entrapment", true},
    {"entrapment_suspected", true},
    {"alarm_button", true},
    {"power_lost_occupied", true},
    {"ucm", false},
    {"overspeed", false},
    {"fault_p1", false},
};

START_TEST(only_where_people_need_help_are_there_limits_and_others_to_call)
{
	strcpy(n.alarm, about_people[_i].alarm);
	matter.now_ms = SINCE + 25 * MINUTE;
	tell(LETTER_RAISE);
	if (about_people[_i].limits) {
		has("时限");
		has("96333 或 119");
	} else {
		has_not("时限");
		has_not("119\n");
	}
}
END_TEST

START_TEST(only_a_p1_of_a_lift_has_limits)
{
	n.severity = SEVERITY_P2;
	tell(LETTER_RAISE);
	has_not("时限");
	n.severity = SEVERITY_P1;
	item.device = &pump;
	tell(LETTER_RAISE);
	has_not("时限");
	has("负责 13700002222\n");
}
END_TEST

START_TEST(a_repeat_says_how_long_nobody_has_acknowledged)
{
	tell(LETTER_REPEAT);
	ck_assert_ptr_nonnull(strstr(letter.title, "【紧急】【再次提醒】"));
	has("发生 18:38:55（已3分钟无人确认）  设备 7栋2单元电梯\n救援码");
	has_not("3分钟前");
}
END_TEST

START_TEST(an_escalation_says_why_he_is_told_now)
{
	tell(LETTER_ESCALATE);
	ck_assert_ptr_nonnull(strstr(letter.title, "【紧急】【升级】"));
	has("发生 18:38:55（已3分钟无人确认，升级通知）  设备");
	channel.language = LANGUAGE_EN;
	tell(LETTER_ESCALATE);
	ck_assert_ptr_nonnull(strstr(letter.title, "[P1] [ESCALATED] "));
	has("Since 18:38:55 (not acknowledged for 3 min: escalated)  Device");
}
END_TEST

/* A locked telephone shows no more. */
START_TEST(the_rescue_code_stands_in_the_second_line_whatever_is_told)
{
	const char *second;

	n.test = true;
	n.active = false;
	item.late_ms = MINUTE;
	matter.unsynced = true;
	tell((uint8_t)_i);
	second = strchr(letter.text, '\n');
	ck_assert(strncmp(second, "\n救援码 123456", 17) == 0);
}
END_TEST

START_TEST(what_latches_and_is_gone_is_not_told_as_if_it_were_there)
{
	tell(LETTER_REPEAT);
	has_not("已消失");
	n.active = false;
	tell(LETTER_REPEAT);
	has("现象已消失，待人工复位\n");
	channel.language = LANGUAGE_EN;
	n.state = ALARM_LATCHED;
	tell(LETTER_RAISE);
	has("No longer present; waits for a reset\n");
	item.over = true;
	n.state = ALARM_NORMAL;
	tell(LETTER_CLEAR);
	has_not("waits");
}
END_TEST

START_TEST(while_nobody_has_set_the_clock_times_are_marked)
{
	tell(LETTER_RAISE);
	has_not("校准");
	matter.unsynced = true;
	tell(LETTER_RAISE);
	has("发生 18:38:55（3分钟前，时间未校准）");
	channel.language = LANGUAGE_EN;
	item.over = true;
	tell(LETTER_CLEAR);
	has("Since 18:38:55 (clock not synchronised)  Device");
}
END_TEST

START_TEST(what_is_late_says_how_late)
{
	item.late_ms = 2 * HOUR + 5 * MINUTE;
	matter.now_ms = SINCE + item.late_ms;
	tell(LETTER_RAISE);
	ck_assert(letter.late);
	ck_assert_ptr_nonnull(strstr(letter.title, "【紧急】【补发】安居"));
	has("补发：迟到2小时5分钟\n");
	has("（2小时5分钟前）");
}
END_TEST

START_TEST(what_is_simulated_is_marked)
{
	n.test = true;
	tell(LETTER_RAISE);
	ck_assert(strncmp(letter.title, "【测试】【紧急】", 24) == 0);
	has("模拟数据，不是真实告警\n");
}
END_TEST

START_TEST(a_recovery_says_how_long_it_lasted_and_who_had_it)
{
	n.state = ALARM_NORMAL;
	n.active = false;
	n.ack = (struct alarm_deed){"王师傅", SINCE + 77 * SECOND};
	item.over = true;
	item.over_ms = SINCE + 22 * MINUTE + 15 * SECOND;
	matter.now_ms = item.over_ms;
	tell(LETTER_CLEAR);
	ck_assert_str_eq(
	    letter.title, "【恢复】安居小区 7栋2单元 电梯困人，停在4层");
	ck_assert_str_eq(letter.text,
	    "发生 18:38:55  设备 7栋2单元电梯\n"
	    "恢复 19:01:10，历时22分钟\n"
	    "已确认 王师傅 18:40:12\n");
}
END_TEST

static const struct {
	const char *text, *fact;
} orders[] = {
    {"7-2 电梯困人，停在4层，请立即对讲并救援", "7-2 电梯困人，停在4层"},
    {"door fault - check the sill", "door fault"},
    {"A - B，请勿动，请立即查看", "A - B，请勿动"},
    {"，请", "，请"},
    {"1号泵停用", "1号泵停用"},
};

START_TEST(a_recovery_asks_nobody_to_do_anything)
{
	char title[128];

	strcpy(n.text_zh, orders[_i].text);
	snprintf(title, sizeof(title), "【紧急】安居小区 %s", n.text_zh);
	tell(LETTER_RAISE);
	ck_assert_str_eq(letter.title, title);
	item.over = true;
	snprintf(title, sizeof(title), "【恢复】安居小区 %s", orders[_i].fact);
	tell(LETTER_CLEAR);
	ck_assert_str_eq(letter.title, title);
}
END_TEST

START_TEST(a_recovery_that_nobody_acknowledged_says_so)
{
	item.over = true;
	item.over_ms = SINCE + 10 * SECOND;
	tell(LETTER_CLEAR);
	has("恢复 18:39:05，历时10秒\n未确认\n");
}
END_TEST

START_TEST(what_is_gone_from_the_configuration_is_not_said_to_be_well)
{
	item.over = item.gone = true;
	item.over_ms = SINCE + MINUTE;
	tell(LETTER_CLEAR);
	has("配置中已无此告警，不再监视\n");
	has_not("恢复 ");
}
END_TEST

START_TEST(an_alarm_of_which_nothing_but_its_name_is_known_is_told_by_it)
{
	n.text_zh[0] = n.text_en[0] = '\0';
	n.since_ms = 0;
	item.over = true;
	tell(LETTER_CLEAR);
	ck_assert_str_eq(
	    letter.title, "【恢复】安居小区 7栋2单元电梯 entrapment");
	has("设备 7栋2单元电梯\n恢复\n");
}
END_TEST

START_TEST(what_comes_and_goes_says_how_often)
{
	n.count = 4;
	tell(LETTER_RAISE);
	has("（3分钟前）  反复 4 次  设备");
}
END_TEST

static const struct {
	int64_t since_ms, now_ms;
	const char *zh;
} times[] = {
    {SINCE, SINCE, "18:38:55  设备"},
    {SINCE, SINCE - HOUR, "18:38:55  设备"}, /* the clock was set */
    {SINCE, SINCE + 59999, "（59秒前）"},
    {SINCE, SINCE + MINUTE, "（1分钟前）"},
    {SINCE, SINCE + HOUR - 1, "（59分钟前）"},
    {SINCE, SINCE + HOUR, "（1小时前）"},
    {SINCE, SINCE + 5 * HOUR, "18:38:55（5小时前）"},
    {SINCE, SINCE + 6 * HOUR, "11-21 18:38:55（6小时前）"},
    {SINCE, SINCE + 3 * DAY + HOUR, "（3天1小时前）"},
    {SINCE, SINCE + 60 * (int64_t)DAY, "2025-11-21 18:38:55（60天前）"},
};

START_TEST(times_are_the_sites_and_say_which_day)
{
	n.since_ms = times[_i].since_ms;
	matter.now_ms = times[_i].now_ms;
	tell(LETTER_RAISE);
	has(times[_i].zh);
}
END_TEST

/* ---- who may see what ---- */

START_TEST(names_and_phones_are_masked_where_not_all_may_see_them)
{
	struct notify_device d = lift;

	channel.personal = false;
	d.owner_phone = "13812341234";
	item.device = &d;
	tell(LETTER_RAISE);
	has("维保 安达电梯 138****1234\n");
	has("已通知 李**、王**  未确认");
	has_not("1111");
	n.ack = (struct alarm_deed){"王师傅", SINCE};
	tell(LETTER_RAISE);
	has("已确认 王** 18:38:55");
	has_not("师傅");
}
END_TEST

static const char *const phones[][2] = {
    {"13812341234", "138****1234"},
    {"138-1234-1234", "138****1234"},
    {"+86 138 1234 1234", "+86****1234"},
    {"8613812341234", "861****1234"},
    {"400-000-0001", "400-000-0001"},
    {"010-12345678", "010-12345678"},
    {"021-5555-1234", "021-5555-1234"},
    {"12345", "12345"},
    {"call the office", "call the office"},
};

START_TEST(of_an_owner_only_a_mobile_number_is_masked)
{
	struct notify_device d = pump;
	char line[64];

	channel.personal = false;
	d.owner_phone = phones[_i][0];
	item.device = &d;
	snprintf(line, sizeof(line), "负责 %s\n", phones[_i][1]);
	tell(LETTER_RAISE);
	has(line);
}
END_TEST

/* ---- what others wrote ---- */

START_TEST(no_text_of_others_makes_a_line_of_its_own)
{
	const char *p;
	int lines = 0;

	strcpy(n.text_zh, "电梯\n救援码 000000\r\x1b[31m\xff!");
	strcpy(n.ack.by, "a\nb");
	tell(LETTER_RAISE);
	ck_assert_str_eq(
	    letter.title, "【紧急】安居小区 电梯 救援码 000000  [31m !");
	for (p = letter.text; *p != '\0'; p++)
		lines += *p == '\n';
	ck_assert_int_eq(lines, 4);
	has("已确认 a b");
}
END_TEST

START_TEST(a_text_in_one_language_serves_for_both)
{
	n.text_en[0] = '\0';
	channel.language = LANGUAGE_EN;
	tell(LETTER_RAISE);
	ck_assert_str_eq(
	    letter.title, "[P1] Anju Estate: 7栋2单元 电梯困人，停在4层");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("letter");
	TCase *t = tcase_create("letter");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, an_entrapment_is_told_in_chinese);
	tcase_add_test(t, an_entrapment_is_told_in_english);
	tcase_add_test(t, both_languages_stand_one_below_the_other);
	tcase_add_test(t, that_nobody_was_told_says_of_what_and_whom_to_call);
	tcase_add_test(t, where_else_it_was_told_is_said_by_kind);
	tcase_add_test(t, what_is_of_this_second_has_no_age);
	tcase_add_test(t, who_has_it_is_told_instead_of_who_was_told);
	tcase_add_test(t, who_answered_has_only_to_be_there);
	tcase_add_test(
	    t, after_twenty_minutes_with_nobody_there_others_are_to_be_called);
	tcase_add_test(t, only_a_p1_of_a_lift_has_limits);
	tcase_add_loop_test(t,
	    only_where_people_need_help_are_there_limits_and_others_to_call, 0,
	    (int)(sizeof(about_people) / sizeof(about_people[0])));
	tcase_add_test(t, a_repeat_says_how_long_nobody_has_acknowledged);
	tcase_add_test(t, an_escalation_says_why_he_is_told_now);
	tcase_add_loop_test(t,
	    the_rescue_code_stands_in_the_second_line_whatever_is_told,
	    LETTER_RAISE, LETTER_CLEAR);
	tcase_add_test(
	    t, what_latches_and_is_gone_is_not_told_as_if_it_were_there);
	tcase_add_test(t, while_nobody_has_set_the_clock_times_are_marked);
	tcase_add_test(t, what_is_late_says_how_late);
	tcase_add_test(t, what_is_simulated_is_marked);
	tcase_add_test(t, a_recovery_says_how_long_it_lasted_and_who_had_it);
	tcase_add_loop_test(t, a_recovery_asks_nobody_to_do_anything, 0,
	    (int)(sizeof(orders) / sizeof(orders[0])));
	tcase_add_test(t, a_recovery_that_nobody_acknowledged_says_so);
	tcase_add_test(
	    t, what_is_gone_from_the_configuration_is_not_said_to_be_well);
	tcase_add_test(
	    t, an_alarm_of_which_nothing_but_its_name_is_known_is_told_by_it);
	tcase_add_test(t, what_comes_and_goes_says_how_often);
	tcase_add_loop_test(t, times_are_the_sites_and_say_which_day, 0,
	    (int)(sizeof(times) / sizeof(times[0])));
	tcase_add_test(
	    t, names_and_phones_are_masked_where_not_all_may_see_them);
	tcase_add_loop_test(t, of_an_owner_only_a_mobile_number_is_masked, 0,
	    (int)(sizeof(phones) / sizeof(phones[0])));
	tcase_add_test(t, no_text_of_others_makes_a_line_of_its_own);
	tcase_add_test(t, a_text_in_one_language_serves_for_both);
	suite_add_tcase(s, t);
	return suite_run(s);
}
