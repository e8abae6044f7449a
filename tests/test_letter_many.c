/* test_letter_many.c - letters of many alarms, and documents for a webhook */
#include <jansson.h>
#include <stdio.h>

#include "gateway/base/utf8.h"
#include "tests/letter_help.h"

#define MANY 200

static struct notice notices[MANY];
static struct letter_item items[MANY];

static void
make_many(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		notices[i] = n;
		snprintf(notices[i].device, sizeof(n.device), "lift-%zu", i);
		snprintf(notices[i].text_zh, sizeof(n.text_zh), "%zu号故障", i);
		notices[i].severity = i == 0 ? SEVERITY_P2 : SEVERITY_P3;
		notices[i].seq = i;
		items[i] = item;
		items[i].notice = &notices[i];
	}
	matter.count = count;
	matter.items = items;
	matter.whole = false;
}

static size_t
count_of(const char *what)
{
	size_t count = 0;

	for (const char *p = letter.text; (p = strstr(p, what)) != NULL; p++)
		count++;
	return count;
}

START_TEST(a_few_that_go_together_have_their_whole_texts)
{
	make_many(3);
	ck_assert_uint_eq(compose(), 3);
	ck_assert_str_eq(letter.title, "【重要】安居小区 3 条告警");
	ck_assert_int_eq(letter.severity, SEVERITY_P2);
	has("【重要】安居小区 0号故障\n发生 ");
	has("未确认\n\n【一般】安居小区 1号故障\n");
	ck_assert_uint_eq(count_of("救援码 123456"), 3);
}
END_TEST

START_TEST(more_than_there_is_room_for_are_a_line_each)
{
	make_many(60);
	ck_assert_uint_eq(compose(), 60);
	ck_assert_str_eq(letter.title, "【重要】安居小区 60 条告警");
	ck_assert(strncmp(letter.text, "【重要】18:38 0号故障\n", 27) == 0);
	has("【一般】18:38 59号故障\n");
	ck_assert_uint_eq(count_of("\n"), 60);
	has_not("救援码");
}
END_TEST

START_TEST(a_digest_counts_what_does_not_fit)
{
	make_many(MANY);
	channel.type = CHANNEL_WECOM;
	matter.why = LETTER_DIGEST;
	matter.flood = true;
	matter.more = 7;
	ck_assert_uint_eq(compose(), MANY);
	ck_assert_str_eq(letter.title, "【报警洪峰】安居小区 207 条告警");
	ck_assert_uint_le(strlen(letter.title) + strlen(letter.text), 2000);
	ck_assert_uint_ge(count_of("\n"), 40);
	{
		char rest[64];

		snprintf(rest, sizeof(rest), "另有 %zu 条，见告警页面\n",
		    MANY + 7 - (count_of("\n") - 1));
		has(rest);
	}
}
END_TEST

START_TEST(a_digest_says_what_is_over_too)
{
	make_many(2);
	matter.why = LETTER_DIGEST;
	items[1].why = LETTER_CLEAR;
	items[1].over = true;
	items[1].over_ms = SINCE + 5 * MINUTE;
	ck_assert_uint_eq(compose(), 2);
	ck_assert_str_eq(letter.title, "【汇总】安居小区 2 条告警");
	ck_assert_str_eq(
	    letter.text, "【重要】18:38 0号故障\n【恢复】18:43 1号故障\n");
	channel.language = LANGUAGE_BOTH;
	n.text_en[0] = '\0';
	ck_assert_uint_eq(compose(), 2);
	has("【恢复】18:43 1号故障 / [OVER] 18:43 ");
}
END_TEST

START_TEST(a_digest_of_one_tells_all_of_it)
{
	make_many(1);
	matter.why = LETTER_DIGEST;
	ck_assert_uint_eq(compose(), 1);
	ck_assert_str_eq(letter.title, "【重要】安居小区 0号故障");
	has("救援码 123456");
}
END_TEST

/* A P1 is never cut down to a line: what does not fit goes later. */
START_TEST(of_wholes_as_many_as_fit_are_in_the_letter)
{
	size_t written;

	make_many(30);
	channel.type = CHANNEL_WECOM;
	matter.whole = true;
	written = compose();
	ck_assert_uint_ge(written, 3);
	ck_assert_uint_lt(written, 30);
	ck_assert_uint_eq(count_of("救援码 123456"), written);
	ck_assert_uint_eq(count_of("另有"), 0);
	ck_assert_uint_le(strlen(letter.title) + strlen(letter.text), 2000);
	{
		char title[64];

		snprintf(title, sizeof(title), "【重要】安居小区 %zu 条告警",
		    written);
		ck_assert_str_eq(letter.title, title);
	}
}
END_TEST

/* The longest that there can be: each text at its most. */
START_TEST(one_alarm_goes_whole_however_long_it_is)
{
	memset(n.text_zh, 'z', sizeof(n.text_zh) - 1);
	memset(n.text_en, 'e', sizeof(n.text_en) - 1);
	channel.type = CHANNEL_WECOM;
	channel.language = LANGUAGE_BOTH;
	make_many(4);
	for (int i = 0; i < 4; i++)
		strcpy(notices[i].text_zh, n.text_zh);
	matter.whole = true;
	ck_assert_uint_eq(compose(), 1);
	ck_assert_ptr_nonnull(strstr(letter.title, "zzz"));
	has("Not acknowledged\n");
}
END_TEST

/* ---- the document ---- */

static json_t *
document(void)
{
	json_error_t error;
	json_t *doc = json_loads(letter.json, JSON_REJECT_DUPLICATES, &error);

	if (doc == NULL)
		ck_abort_msg("%s in %s", error.text, letter.json);
	return doc;
}

START_TEST(a_webhook_gets_the_contracts_document)
{
	json_t *doc, *want;

	channel.type = CHANNEL_WEBHOOK;
	tell(LETTER_RAISE);
	doc = document();
	want = json_loads(
	    "{\"site\":\"anju\",\"device\":\"lift-7-2\","
	    "\"alarm\":\"entrapment\",\"state\":\"UNACK\",\"active\":true,"
	    "\"severity\":\"P1\",\"since\":1763721535000,"
	    "\"text\":{\"zh\":\"7栋2单元 电梯困人，停在4层\","
	    "\"en\":\"building 7 stair 2: passengers trapped at 4\"},"
	    "\"place\":{\"building\":\"7\",\"stair\":\"2\"},"
	    "\"owner\":{\"name\":{\"zh\":\"安达电梯\",\"en\":\"Anda Lifts\"},"
	    "\"phone\":\"400-000-0001\",\"rescue_code\":\"123456\"},"
	    "\"log\":\"k3f9a1\",\"seq\":81,\"why\":\"raise\",\"ack\":null,"
	    "\"people\":[{\"id\":\"li\",\"name\":\"李工\","
	    "\"phone\":\"13800001111\"},{\"id\":\"wang\","
	    "\"name\":\"王师傅\",\"phone\":\"13912341234\"}]}",
	    0, NULL);
	ck_assert_ptr_nonnull(want);
	ck_assert_msg(json_equal(doc, want), "%s", letter.json);
	json_decref(doc);
	json_decref(want);
}
END_TEST

START_TEST(a_document_says_what_is_over_late_simulated_and_masked)
{
	json_t *doc;

	channel.type = CHANNEL_WEBHOOK;
	channel.personal = false;
	n.test = true;
	n.state = ALARM_NORMAL;
	n.active = false;
	n.ack = (struct alarm_deed){"王师傅", SINCE + 5};
	item.device = &pump;
	item.people_count = 0;
	item.over = true;
	item.over_ms = SINCE + 9;
	item.late_ms = 70000;
	tell(LETTER_CLEAR);
	doc = document();
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(doc, "owner"), "phone")),
	    "137****2222");
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(doc, "ack"), "by")),
	    "王**");
	ck_assert(json_is_null(json_object_get(doc, "place")));
	ck_assert(json_is_true(json_object_get(doc, "test")));
	ck_assert_int_eq(
	    json_integer_value(json_object_get(doc, "late")), 70000);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(doc, "over")), SINCE + 9);
	json_decref(doc);
}
END_TEST

START_TEST(a_document_of_many_has_each_and_counts_the_rest)
{
	json_t *doc, *alarms;

	channel.type = CHANNEL_WEBHOOK;
	make_many(60);
	matter.why = LETTER_DIGEST;
	matter.more = 3;
	ck_assert_uint_eq(compose(), 60);
	doc = document();
	alarms = json_object_get(doc, "alarms");
	ck_assert_str_eq(
	    json_string_value(json_object_get(doc, "why")), "digest");
	ck_assert_uint_eq(json_array_size(alarms), 60);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "more")), 3);
	for (size_t i = 0; i < 60; i++)
		ck_assert_int_eq(json_integer_value(json_object_get(
				     json_array_get(alarms, i), "seq")),
		    (json_int_t)i);
	json_decref(doc);
}
END_TEST

/* Each character six bytes in JSON. */
START_TEST(a_document_that_is_full_is_whole_and_counts_the_rest)
{
	json_t *doc;
	size_t has;

	channel.type = CHANNEL_WEBHOOK;
	memset(n.text_en, '\x01', sizeof(n.text_en) - 1);
	make_many(MANY);
	ck_assert_uint_eq(compose(), MANY);
	doc = document();
	has = json_array_size(json_object_get(doc, "alarms"));
	ck_assert_uint_ge(has, 20);
	ck_assert_uint_lt(has, MANY);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "more")),
	    (json_int_t)(MANY - has));
	json_decref(doc);
	matter.whole = true;
	ck_assert_uint_eq(compose(), has);
	doc = document();
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "more")), 0);
	json_decref(doc);
}
END_TEST

/* ---- the rest ---- */

START_TEST(a_test_letter_says_that_it_is_one)
{
	json_t *doc;

	paper = letter_paper_new(&conf, &channel);
	letter_test(&letter, paper, SINCE);
	ck_assert_str_eq(letter.title, "【测试】安居小区 通知渠道 duty");
	ck_assert_str_eq(
	    letter.text, "这是测试消息，不需要处理。\n发送 18:38:55\n");
	ck_assert_int_eq(letter.why, LETTER_TEST);
	letter_paper_free(paper);
	channel.type = CHANNEL_WEBHOOK;
	channel.language = LANGUAGE_EN;
	paper = letter_paper_new(&conf, &channel);
	letter_test(&letter, paper, SINCE);
	ck_assert_str_eq(letter.title, "[TEST] Anju Estate: channel duty");
	doc = document();
	ck_assert_str_eq(
	    json_string_value(json_object_get(doc, "why")), "test");
	json_decref(doc);
}
END_TEST

START_TEST(he_is_mentioned_who_is_known_there)
{
	ck_assert(!letter_reaches(&channel, &people[0]));
	ck_assert(letter_reaches(&channel, &people[1]));
	channel.type = CHANNEL_FEISHU;
	ck_assert(!letter_reaches(&channel, &people[1]));
	channel.type = CHANNEL_WEBHOOK;
	ck_assert(letter_reaches(&channel, &people[0]));
}
END_TEST

/* Whatever is said, the text is whole characters, and nothing of one letter is
 * left in the next. */
START_TEST(the_next_letter_has_nothing_of_this_one)
{
	size_t len;

	paper = letter_paper_new(&conf, &channel);
	make_many(100);
	letter_compose(&letter, paper, &matter);
	len = strlen(letter.text);
	ck_assert_uint_eq(utf8_cut(letter.text, len), len);
	matter.count = 1;
	matter.items = &item;
	letter_compose(&letter, paper, &matter);
	ck_assert_str_eq(
	    letter.title, "【紧急】安居小区 7栋2单元 电梯困人，停在4层");
	ck_assert_uint_eq(count_of("\n"), 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("letter_many");
	TCase *t = tcase_create("letter_many");

	tcase_add_checked_fixture(t, start, finish);
	tcase_add_test(t, a_few_that_go_together_have_their_whole_texts);
	tcase_add_test(t, more_than_there_is_room_for_are_a_line_each);
	tcase_add_test(t, a_digest_counts_what_does_not_fit);
	tcase_add_test(t, a_digest_says_what_is_over_too);
	tcase_add_test(t, a_digest_of_one_tells_all_of_it);
	tcase_add_test(t, of_wholes_as_many_as_fit_are_in_the_letter);
	tcase_add_test(t, one_alarm_goes_whole_however_long_it_is);
	tcase_add_test(t, a_webhook_gets_the_contracts_document);
	tcase_add_test(
	    t, a_document_says_what_is_over_late_simulated_and_masked);
	tcase_add_test(t, a_document_of_many_has_each_and_counts_the_rest);
	tcase_add_test(t, a_document_that_is_full_is_whole_and_counts_the_rest);
	tcase_add_test(t, a_test_letter_says_that_it_is_one);
	tcase_add_test(t, he_is_mentioned_who_is_known_there);
	tcase_add_test(t, the_next_letter_has_nothing_of_this_one);
	suite_add_tcase(s, t);
	return suite_run(s);
}
