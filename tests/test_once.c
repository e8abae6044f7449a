/* test_once.c - a bus asked once, with a driver that says what the test wants,
 * and a clock that only moves when somebody waits */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/poll/once.h"
#include "tests/suite.h"

#define UNITS 8
#define START_MS 1000000

static int64_t now_ms;

int64_t
clock_mono_ms(void)
{
	return now_ms;
}

/* ---- the driver ---- */

/* By unit, what its questions bring one after the other; the last for ever.  o
 * answer, t timeout, c wrong CRC, e exception, b line lost, h held. */
static const char *scripts[UNITS];
static size_t said[UNITS];
static bool held_after_exception;
static int64_t held_until_ms[UNITS];
static int64_t timeout_ms;
static char asked[256]; /* "1:100 " for each question */

struct driver_link {
	char why[64];
};

static struct driver_link *
fake_open(const struct driver_line *line, char *why, size_t why_size)
{
	if (line->timeout_ms > 0)
		return must_alloc(1, sizeof(struct driver_link));
	snprintf(why, why_size, "no timeout");
	return NULL;
}

static void
fake_close(struct driver_link *l)
{
	free(l);
}

static enum driver_verdict
fake_ask(struct driver_link *l, const struct driver_request *q,
    struct driver_reply *r)
{
	const char *script = scripts[q->unit];
	size_t last = strlen(script) - 1, at = said[q->unit]++;
	size_t len = strlen(asked);

	snprintf(
	    asked + len, sizeof(asked) - len, "%u:%u ", q->unit, q->address);
	snprintf(l->why, sizeof(l->why), "unit %u failed", q->unit);
	r->words[0] = q->address;
	r->word_count = 1;
	switch (script[at < last ? at : last]) {
	case 't': now_ms += timeout_ms; return DRIVER_TIMEOUT;
	case 'c': return DRIVER_CRC;
	case 'b': return DRIVER_BUS;
	case 'h': held_until_ms[q->unit] = now_ms + 50; return DRIVER_HELD;
	case 'e':
		r->exception = 11;
		if (held_after_exception)
			held_until_ms[q->unit] = now_ms + 3600000;
		return DRIVER_EXCEPTION;
	default: return DRIVER_OK;
	}
}

static int64_t
fake_ready_at(const struct driver_link *l, uint8_t unit)
{
	(void)l;
	return held_until_ms[unit] > now_ms ? held_until_ms[unit] : 0;
}

static void
fake_listen(struct driver_link *l, int64_t until_ms)
{
	(void)l;
	ck_assert_int_lt(until_ms, now_ms + 10000);
	now_ms = until_ms > now_ms ? until_ms : now_ms;
}

static const char *
fake_why(const struct driver_link *l)
{
	return l->why;
}

static const struct driver fake = {.name = "fake",
    .open = fake_open,
    .close = fake_close,
    .ask = fake_ask,
    .ready_at = fake_ready_at,
    .listen = fake_listen,
    .why = fake_why};

/* ---- the bus ---- */

static const struct driver_line line = {.timeout_ms = 100};
static struct once *once;
static struct once_answer answers[16];
static atomic_size_t done;

static void
setup(void)
{
	char why[64];

	now_ms = START_MS;
	timeout_ms = 100;
	asked[0] = '\0';
	memset(said, 0, sizeof(said));
	memset(held_until_ms, 0, sizeof(held_until_ms));
	held_after_exception = false;
	atomic_store(&done, 0);
	once = once_open(&fake, &line, why, sizeof(why));
	ck_assert_ptr_nonnull(once);
}

static void
teardown(void)
{
	once_close(once);
}

static struct once_question
question(uint8_t unit, uint16_t address)
{
	return (struct once_question){.ask = {unit, SPACE_HOLDING, address, 1}};
}

/* "1:100 2:100 1:101": those questions. */
static void
ask_all(const char *list)
{
	struct once_question questions[16];
	size_t count = 0;

	for (const char *p = list; *p != '\0'; count++) {
		char *end;
		uint8_t unit = (uint8_t)strtol(p, &end, 10);

		questions[count] =
		    question(unit, (uint16_t)strtol(end + 1, &end, 10));
		p = end + strspn(end, " ");
	}
	once_ask(once, questions, count, answers, &done);
}

START_TEST(what_answers_is_asked_once_in_order)
{
	scripts[1] = scripts[2] = "o";
	ask_all("1:100 1:101 2:7");
	ck_assert_str_eq(asked, "1:100 1:101 2:7 ");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(answers[i].verdict, DRIVER_OK);
	ck_assert_uint_eq(answers[2].reply.words[0], 7);
	ck_assert_uint_eq(atomic_load(&done), 3);
}
END_TEST

START_TEST(what_fails_is_asked_once_more_after_the_others)
{
	scripts[1] = "to";
	scripts[2] = "o";
	ask_all("1:100 2:7 2:8");
	ck_assert_str_eq(asked, "1:100 2:7 2:8 1:100 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_OK);
}
END_TEST

START_TEST(what_fails_twice_has_failed_and_says_why)
{
	scripts[1] = "cco";
	ask_all("1:100 1:101");
	ck_assert_str_eq(asked, "1:100 1:100 1:101 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_CRC);
	ck_assert_str_eq(answers[0].why, "unit 1 failed");
	ck_assert_int_eq(answers[1].verdict, DRIVER_OK);
}
END_TEST

START_TEST(an_answer_gives_the_next_question_its_two_tries_again)
{
	scripts[1] = "ttotto";
	ask_all("1:100 1:101 1:102 1:103");
	ck_assert_str_eq(asked, "1:100 1:100 1:101 1:102 1:102 1:103 ");
	ck_assert_int_eq(answers[2].verdict, DRIVER_TIMEOUT);
	ck_assert_int_eq(answers[3].verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_dead_device_is_left_alone_and_costs_the_others_nothing)
{
	scripts[1] = "t";
	scripts[2] = "o";
	ask_all("1:100 1:101 1:102 1:103 2:7");
	ck_assert_str_eq(asked, "1:100 2:7 1:100 1:101 ");
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(answers[i].verdict, DRIVER_TIMEOUT);
		ck_assert_str_eq(answers[i].why, "unit 1 failed");
	}
	ck_assert_int_eq(answers[4].verdict, DRIVER_OK);
	ck_assert_uint_eq(atomic_load(&done), 5);
	ask_all("1:104");
	ck_assert_str_eq(asked, "1:100 2:7 1:100 1:101 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_TIMEOUT);
}
END_TEST

START_TEST(an_exception_is_an_answer)
{
	scripts[1] = "eo";
	ask_all("1:100 1:101");
	ck_assert_str_eq(asked, "1:100 1:101 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_EXCEPTION);
	ck_assert_uint_eq(answers[0].reply.exception, 11);
	ck_assert_str_eq(answers[0].why, "unit 1 failed");
	ck_assert_int_eq(answers[1].verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_gateways_exception_for_a_silent_device_ends_it)
{
	held_after_exception = true;
	scripts[1] = "e";
	scripts[2] = "o";
	ask_all("1:100 1:101 2:7");
	ck_assert_str_eq(asked, "1:100 2:7 ");
	ck_assert_int_eq(answers[1].verdict, DRIVER_EXCEPTION);
	ck_assert_uint_eq(answers[1].reply.exception, 11);
	ck_assert_int_eq(answers[2].verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_held_unit_is_waited_for)
{
	scripts[1] = "ho";
	scripts[2] = "o";
	ask_all("1:100 2:7");
	ck_assert_str_eq(asked, "1:100 2:7 1:100 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_OK);
	ck_assert_int_eq(now_ms - START_MS, 50);
}
END_TEST

START_TEST(a_device_gets_the_pause_it_wants)
{
	struct once_question questions[] = {question(1, 100), question(1, 101)};
	scripts[1] = "o";
	questions[0].min_gap_ms = questions[1].min_gap_ms = 60;
	once_ask(once, questions, 2, answers, &done);
	ck_assert_int_eq(now_ms - START_MS, 60);
}
END_TEST

START_TEST(a_line_that_comes_back_is_asked_on)
{
	scripts[1] = "bo";
	ask_all("1:100 1:101");
	ck_assert_str_eq(asked, "1:100 1:100 1:101 ");
	ck_assert_int_eq(answers[0].verdict, DRIVER_OK);
	ck_assert_int_eq(now_ms - START_MS, 1000);
}
END_TEST

START_TEST(a_line_that_is_not_there_ends_all_of_it_soon)
{
	for (int i = 1; i < UNITS; i++)
		scripts[i] = "b";
	ask_all("1:100 2:100 3:100 4:100 5:100 6:100 7:100 7:101");
	ck_assert_str_eq(asked, "1:100 2:100 3:100 ");
	ck_assert_int_eq(now_ms - START_MS, 2000);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(answers[i].verdict, DRIVER_BUS);
		ck_assert_str_ne(answers[i].why, "");
	}
	ck_assert_uint_eq(atomic_load(&done), 8);
}
END_TEST

START_TEST(when_nobody_has_answered_for_long_those_that_failed_are_given_up)
{
	timeout_ms = 6000;
	for (int i = 1; i < UNITS; i++)
		scripts[i] = "t";
	ask_all("1:100 2:100 3:100 4:100 5:100 6:100 7:100");
	ck_assert_str_eq(asked, "1:100 2:100 3:100 4:100 5:100 6:100 7:100 ");
	ck_assert_int_eq(now_ms - START_MS, 42000);
	ck_assert_int_eq(answers[0].verdict, DRIVER_TIMEOUT);
	ck_assert_str_eq(answers[0].why, "unit 1 failed");
}
END_TEST

START_TEST(one_that_answers_is_found_behind_many_that_do_not)
{
	timeout_ms = 6000;
	for (int i = 1; i < UNITS; i++)
		scripts[i] = "t";
	scripts[7] = "o";
	ask_all("1:100 2:100 3:100 4:100 5:100 6:100 7:100");
	ck_assert_int_eq(answers[6].verdict, DRIVER_OK);
	ck_assert_int_eq(answers[0].verdict, DRIVER_TIMEOUT);
	ck_assert_int_eq(now_ms - START_MS, 36000);
}
END_TEST

START_TEST(a_line_that_can_never_work_is_not_opened)
{
	static const struct driver_line never = {.timeout_ms = 0};
	char why[64];

	ck_assert_ptr_null(once_open(&fake, &never, why, sizeof(why)));
	ck_assert_str_eq(why, "no timeout");
	once_close(NULL);
}
END_TEST

START_TEST(nothing_to_ask_is_done_at_once)
{
	once_ask(once, NULL, 0, answers, &done);
	ck_assert_str_eq(asked, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("once");
	TCase *t = tcase_create("once");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_answers_is_asked_once_in_order);
	tcase_add_test(t, what_fails_is_asked_once_more_after_the_others);
	tcase_add_test(t, what_fails_twice_has_failed_and_says_why);
	tcase_add_test(
	    t, an_answer_gives_the_next_question_its_two_tries_again);
	tcase_add_test(
	    t, a_dead_device_is_left_alone_and_costs_the_others_nothing);
	tcase_add_test(t, an_exception_is_an_answer);
	tcase_add_test(t, a_gateways_exception_for_a_silent_device_ends_it);
	tcase_add_test(t, a_held_unit_is_waited_for);
	tcase_add_test(t, a_device_gets_the_pause_it_wants);
	tcase_add_test(t, a_line_that_comes_back_is_asked_on);
	tcase_add_test(t, a_line_that_is_not_there_ends_all_of_it_soon);
	tcase_add_test(t,
	    when_nobody_has_answered_for_long_those_that_failed_are_given_up);
	tcase_add_test(t, one_that_answers_is_found_behind_many_that_do_not);
	tcase_add_test(t, a_line_that_can_never_work_is_not_opened);
	tcase_add_test(t, nothing_to_ask_is_done_at_once);
	return suite_run(s);
}
