/* test_attempt.c - an attempt to tell people, as an event and back */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "gateway/measure/sample.h"
#include "gateway/sinks/attempt.h"
#include "gateway/sinks/letter.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct attempt sent = {
    .channel = "duty",
    .device = "lift-7-2",
    .alarm = "entrapment",
    .why = LETTER_RAISE,
    .of_log = "k3f9a1zz",
    .of = 17,
    .since_ms = 1763690000000,
    .took_ms = 412,
    .number = 1,
};

static char text[SAMPLE_EVENT_MAX];

static const char *
written(const struct attempt *a)
{
	struct buf out;

	buf_fixed(&out, text, sizeof(text));
	attempt_write(a, &out);
	ck_assert(!out.full);
	return text;
}

/* Braces are not in an event's members. */
static json_t *
parse(const char *members)
{
	char object[SAMPLE_EVENT_MAX + 2];
	json_t *event;

	snprintf(object, sizeof(object), "{%s}", members);
	event = json_loads(object, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(event != NULL, "%s", object);
	return event;
}

START_TEST(an_attempt_that_went_well_says_no_more_than_that)
{
	ck_assert_str_eq(written(&sent),
	    "\"type\":\"notify\",\"channel\":\"duty\",\"device\":\"lift-7-2\","
	    "\"alarm\":\"entrapment\",\"why\":\"raise\",\"of_log\":"
	    "\"k3f9a1zz\",\"of\":17,\"since\":1763690000000,"
	    "\"result\":\"sent\",\"code\":0,\"ms\":412,\"try\":1");
}
END_TEST

START_TEST(what_else_there_is_is_said)
{
	struct attempt a = sent;

	a.why = LETTER_ESCALATE;
	a.step = 2;
	a.result = ATTEMPT_GIVEN_UP;
	a.code = -28;
	a.number = 4;
	a.late = true;
	a.trouble = "no answer in 5 s";
	ck_assert_ptr_nonnull(
	    strstr(written(&a), "\"why\":\"escalate\",\"step\":2,\"of_log\":"));
	ck_assert_ptr_nonnull(strstr(text,
	    "\"result\":\"given-up\",\"code\":-28,\"ms\":412,\"try\":4,"
	    "\"late\":true,\"trouble\":\"no answer in 5 s\""));
}
END_TEST

static const uint8_t whys[] = {
    LETTER_RAISE, LETTER_REPEAT, LETTER_ESCALATE, LETTER_CLEAR};

START_TEST(what_is_written_is_read) /* for each why, with each result */
{
	struct attempt a = sent, b;
	json_t *event;

	a.why = whys[_i / ATTEMPT_RESULTS];
	a.step = a.why == LETTER_ESCALATE ? 3 : 0;
	a.result = (uint8_t)(_i % ATTEMPT_RESULTS);
	a.late = _i % 2 == 0;
	a.trouble = a.result == ATTEMPT_SENT ? NULL : "\"no\"\n";
	event = parse(written(&a));
	ck_assert(attempt_read(&b, event));
	ck_assert_str_eq(b.channel, a.channel);
	ck_assert_str_eq(b.device, a.device);
	ck_assert_str_eq(b.alarm, a.alarm);
	ck_assert_str_eq(b.of_log, a.of_log);
	ck_assert_uint_eq(b.of, a.of);
	ck_assert_int_eq(b.since_ms, a.since_ms);
	ck_assert_uint_eq(b.why, a.why);
	ck_assert_uint_eq(b.step, a.step);
	ck_assert_uint_eq(b.result, a.result);
	ck_assert_int_eq(b.late, a.late);
	ck_assert_int_eq(b.took_ms, a.took_ms);
	ck_assert_uint_eq(b.number, a.number);
	ck_assert_pstr_eq(b.trouble, a.trouble);
	json_decref(event);
}
END_TEST

#define HEAD                                                                   \
	"\"type\":\"notify\",\"channel\":\"duty\",\"device\":\"a\","           \
	"\"alarm\":\"x\""

static const char *const others[] = {
    "\"type\":\"alarm\",\"device\":\"a\",\"alarm\":\"x\"",
    "\"type\":\"notify\"",
    "\"type\":4",
    HEAD,
    HEAD ",\"why\":\"raise\"",
    HEAD ",\"why\":\"raise\",\"result\":\"perhaps\"",
    HEAD ",\"why\":\"because\",\"result\":\"sent\"",
    HEAD ",\"why\":1,\"result\":\"sent\"",
    "\"type\":\"notify\",\"device\":\"a\",\"alarm\":\"x\",\"why\":\"raise\","
    "\"result\":\"sent\"",
};

START_TEST(what_is_no_attempt_is_none)
{
	struct attempt a;
	json_t *event = parse(others[_i]);

	ck_assert(!attempt_read(&a, event));
	json_decref(event);
}
END_TEST

START_TEST(the_longest_is_an_event)
{
	char id[160], trouble[256], log[24];
	struct attempt a = sent;

	memset(id, 'i', sizeof(id) - 1);
	memset(trouble, '\x01', sizeof(trouble) - 1); /* six bytes each */
	memset(log, 'l', sizeof(log) - 1);
	id[sizeof(id) - 1] = trouble[sizeof(trouble) - 1] = '\0';
	log[sizeof(log) - 1] = '\0';
	a.channel = a.device = a.alarm = id;
	a.of_log = log;
	a.trouble = trouble;
	a.of = (uint64_t)1 << 62;
	a.since_ms = a.took_ms = INT64_MIN;
	json_decref(parse(written(&a)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attempt");
	TCase *t = tcase_create("attempt");

	tcase_add_test(t, an_attempt_that_went_well_says_no_more_than_that);
	tcase_add_test(t, what_else_there_is_is_said);
	tcase_add_loop_test(
	    t, what_is_written_is_read, 0, ROWS(whys) * ATTEMPT_RESULTS);
	tcase_add_loop_test(t, what_is_no_attempt_is_none, 0, ROWS(others));
	tcase_add_test(t, the_longest_is_an_event);
	suite_add_tcase(s, t);
	return suite_run(s);
}
