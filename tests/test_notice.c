/* test_notice.c - alarms as the notifier reads them */
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/json.h"
#include "gateway/sinks/notice.h"
#include "tests/suite.h"

#define MINUTE 60000
#define START 1763721535000 /* Unix ms */

#define RECORD                                                                 \
	"\"state\":\"UNACK\",\"active\":true,\"severity\":\"P1\","             \
	"\"since\":1763721535000,\"shelved_until\":null,"                      \
	"\"suppressed_by\":null,\"out_of_service\":null,\"ack\":null,"         \
	"\"value\":null,\"text\":{\"zh\":\"困人\",\"en\":\"trapped\"}"
#define EVENT                                                                  \
	"\"type\":\"alarm\",\"device\":\"lift-7-2\",\"alarm\":\"entrapment\"," \
	"\"change\":\"raise\",\"conf\":\"1f\"," RECORD

static struct notice n;

static void
start(void)
{
	memset(&n, 0, sizeof(n));
}

START_TEST(an_event_of_an_alarm_is_read)
{
	ck_assert(notice_read(&n, NULL, NULL, EVENT));
	ck_assert_str_eq(n.device, "lift-7-2");
	ck_assert_str_eq(n.alarm, "entrapment");
	ck_assert_int_eq(n.change, ALARM_RAISE);
	ck_assert_int_eq(n.state, ALARM_UNACK);
	ck_assert_int_eq(n.severity, SEVERITY_P1);
	ck_assert(n.active && !n.hidden && !n.test && !n.chatters);
	ck_assert_uint_eq(n.count, 1);
	ck_assert_int_eq(n.since_ms, START);
	ck_assert_str_eq(n.text_zh, "困人");
	ck_assert_str_eq(n.text_en, "trapped");
	ck_assert_str_eq(n.by, "");
}
END_TEST

/* What the engine writes, whatever it is, is read as it was. */
START_TEST(what_alarm_record_writes_is_read)
{
	struct alarm a = {.state = ALARM_UNACK,
	    .active = true,
	    .shown = true,
	    .chatters = true,
	    .test = true,
	    .count = 4,
	    .since_ms = 5 * MINUTE,
	    .shelved_by = "Wang",
	    .shelved_until_ms = 60 * MINUTE,
	    .work = {[WORK_ARRIVED] = {"Li", 7 * MINUTE}},
	    .text_zh = "门故障"};
	struct alarm_rule rule = {.severity = SEVERITY_P3};
	char memory[SAMPLE_EVENT_MAX];
	struct buf out;
	struct json j = {.out = &out};

	buf_fixed(&out, memory, sizeof(memory));
	json_open(&j);
	alarm_record_write(&j, &a, &rule, NULL, START);
	json_end(&j);
	memory[out.len - 1] = '\0';
	ck_assert(notice_read(&n, "lift-1", "door", memory + 1));
	ck_assert_int_eq(n.change, ALARM_NONE);
	ck_assert_int_eq(n.severity, SEVERITY_P3);
	ck_assert(n.hidden && n.test && n.chatters);
	ck_assert_uint_eq(n.count, 4);
	ck_assert_int_eq(n.since_ms, START + 5 * MINUTE);
	ck_assert_str_eq(n.work[WORK_ARRIVED].by, "Li");
	ck_assert_int_eq(n.work[WORK_ARRIVED].at_ms, START + 7 * MINUTE);
	ck_assert_str_eq(n.work[WORK_RESPONDED].by, "");
	ck_assert_str_eq(n.text_zh, "门故障");
	ck_assert_str_eq(n.text_en, "");
}
END_TEST

START_TEST(a_deed_says_by_whom)
{
	ck_assert(notice_read(&n, NULL, NULL,
	    "\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"a\","
	    "\"change\":\"ack\",\"by\":\"王师傅\",\"note\":\"在路上\","
	    "\"state\":\"ACKED\",\"active\":true,\"severity\":\"P2\","
	    "\"since\":1,\"ack\":{\"by\":\"王师傅\",\"ts\":5}"));
	ck_assert_int_eq(n.change, ALARM_ACK);
	ck_assert_str_eq(n.by, "王师傅");
	ck_assert_str_eq(n.note, "在路上");
	ck_assert_str_eq(n.ack.by, "王师傅");
	ck_assert_int_eq(n.ack.at_ms, 5);
}
END_TEST

START_TEST(one_gone_from_the_configuration_has_no_severity_any_more)
{
	ck_assert(notice_read(&n, NULL, NULL,
	    "\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"a\","
	    "\"change\":\"gone\",\"state\":\"NORMAL\",\"active\":false,"
	    "\"since\":null"));
	ck_assert_int_eq(n.change, ALARM_GONE);
	ck_assert_int_eq(n.since_ms, 0);
	ck_assert_uint_eq(n.count, 0);
	ck_assert_int_eq(n.severity, SEVERITY_P4);
}
END_TEST

START_TEST(an_alarm_of_the_board_is_read_with_its_key)
{
	char members[] = RECORD;
	struct board_alarm shown = {.key = "lift-7-2/entrapment",
	    .members = members,
	    .log = "k3f9a1",
	    .seq = 81};

	ck_assert(notice_shown(&n, &shown));
	ck_assert_str_eq(n.device, "lift-7-2");
	ck_assert_str_eq(n.alarm, "entrapment");
	ck_assert_int_eq(n.change, ALARM_NONE);
	ck_assert_str_eq(n.log, "k3f9a1");
	ck_assert_uint_eq(n.seq, 81);
	ck_assert_int_eq(n.ts_ms, 0);
}
END_TEST

/* No alarm's, or not as one is told: nothing is half read. */
static const struct {
	const char *device, *alarm, *members;
} bad[] = {
    {NULL, NULL, ""},
    {NULL, NULL, "no json"},
    {NULL, NULL, EVENT ","},
    {NULL, NULL, EVENT "},{"},
    {NULL, NULL, RECORD}, /* whose? */
    {NULL, NULL, "\"type\":\"notify\",\"device\":\"d\",\"alarm\":\"a\""},
    {NULL, NULL,
	"\"type\":\"gap\",\"device\":\"d\",\"alarm\":\"a\","
	"\"change\":\"raise\"," RECORD},
    {NULL, NULL, "\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"a\"," RECORD},
    {NULL, NULL,
	"\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"a\","
	"\"change\":\"explode\"," RECORD},
    {NULL, NULL,
	"\"type\":\"alarm\",\"device\":\"d\",\"alarm\":\"a\","
	"\"change\":\"none\"," RECORD},
    {NULL, NULL,
	"\"type\":\"alarm\",\"device\":\"\",\"alarm\":\"a\","
	"\"change\":\"raise\"," RECORD},
    {NULL, NULL,
	"\"type\":\"alarm\",\"device\":1,\"alarm\":\"a\","
	"\"change\":\"raise\"," RECORD},
    {"d", "a",
	"\"state\":\"UNACK\",\"active\":true,\"since\":1"}, /* severity */
    {"d", "a",
	"\"state\":\"UNACK\",\"active\":true,\"severity\":\"P5\",\"since\":1"},
    {"d", "a",
	"\"state\":\"WILD\",\"active\":true,\"severity\":\"P1\",\"since\":1"},
    {"d", "a",
	"\"state\":\"UNACK\",\"active\":true,\"severity\":\"P1\","
	"\"since\":\"noon\""},
    {"d", "a", RECORD ",\"state\":\"UNACK\""}, /* twice */
    {"d", "a", "\"type\":\"notify\",\"change\":\"raise\"," RECORD},
};

START_TEST(what_is_no_alarms_is_refused)
{
	struct notice before = {.device = "as", .alarm = "it was", .seq = 7};

	n = before;
	ck_assert(
	    !notice_read(&n, bad[_i].device, bad[_i].alarm, bad[_i].members));
	ck_assert_mem_eq(&n, &before, sizeof(n));
}
END_TEST

START_TEST(an_id_that_is_too_long_is_refused_not_cut)
{
	char text[1024], id[ORDER_KEY_MAX + 1];

	memset(id, 'x', ORDER_KEY_MAX);
	id[ORDER_KEY_MAX] = '\0';
	snprintf(text, sizeof(text),
	    "\"type\":\"alarm\",\"device\":\"%s\",\"alarm\":\"a\","
	    "\"change\":\"raise\"," RECORD,
	    id);
	ck_assert(!notice_read(&n, NULL, NULL, text));
	ck_assert(!notice_read(&n, id, "a", RECORD));
	id[ORDER_KEY_MAX - 1] = '\0';
	ck_assert(notice_read(&n, id, "a", RECORD));
}
END_TEST

START_TEST(a_note_that_is_too_long_ends_with_a_whole_character)
{
	char text[4000] = EVENT ",\"note\":\"", *end = text + strlen(text);

	for (int i = 0; i < 400; i++)
		end = stpcpy(end, "困");
	strcpy(end, "\"");
	ck_assert(notice_read(&n, NULL, NULL, text));
	ck_assert_uint_eq(strlen(n.note), (ORDER_NOTE_MAX - 1) / 3 * 3);
}
END_TEST

START_TEST(an_event_that_is_too_long_is_refused)
{
	static char text[SAMPLE_EVENT_MAX * 2] = EVENT ",\"x\":\"";
	size_t len = strlen(text);

	memset(text + len, 'x', SAMPLE_EVENT_MAX);
	strcpy(text + len + SAMPLE_EVENT_MAX, "\"");
	ck_assert(!notice_read(&n, NULL, NULL, text));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("notice");
	TCase *t = tcase_create("notice");

	tcase_add_checked_fixture(t, start, NULL);
	tcase_add_test(t, an_event_of_an_alarm_is_read);
	tcase_add_test(t, what_alarm_record_writes_is_read);
	tcase_add_test(t, a_deed_says_by_whom);
	tcase_add_test(
	    t, one_gone_from_the_configuration_has_no_severity_any_more);
	tcase_add_test(t, an_alarm_of_the_board_is_read_with_its_key);
	tcase_add_loop_test(t, what_is_no_alarms_is_refused, 0,
	    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, an_id_that_is_too_long_is_refused_not_cut);
	tcase_add_test(t, a_note_that_is_too_long_ends_with_a_whole_character);
	tcase_add_test(t, an_event_that_is_too_long_is_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
