/*
 * test_modbus_bus.c - who may be asked on a line, with timeouts of a minute: no
 * machine is so slow that it matters
 */
#include <check.h>

#include "drivers/modbus_bus.h"
#include "drivers/modbus_wait.h"
#include "tests/suite.h"

#define SECOND_US 1000000
#define LATE_US (70 * (int64_t)SECOND_US)
#define CHAR_US 1042
#define ANSWER_US (9 * CHAR_US) /* of two registers */
#define NEAR_US (2 * SECOND_US) /* this program is no slower than that */

static struct modbus_bus bus;

static void
open_bus(void)
{
	struct driver_line line = {.baud = 9600, .timeout_ms = 60000};

	ck_assert(modbus_bus_init(&bus, &line));
	bus.char_us = CHAR_US;
}

static void
close_bus(void)
{
	modbus_bus_end(&bus);
}

static struct modbus_question
question(uint8_t unit)
{
	struct driver_request r = {unit, SPACE_HOLDING, 5, 2, 0};
	struct modbus_question q;

	modbus_frame_question(&q, &r);
	return q;
}

/* Its question left so long ago. */
static void
goes_unanswered(uint8_t unit, int64_t ago_us)
{
	struct modbus_question q = question(unit);

	bus.asked_us = modbus_wait_now_us() - ago_us;
	modbus_bus_hold(&bus, &q);
}

static void
is_seen(uint8_t unit)
{
	struct modbus_frame f = {.unit = unit, .function = 3, .byte_count = 4};

	modbus_bus_seen(&bus, &f);
}

static bool
is_free(uint8_t unit)
{
	return modbus_bus_ready_at(&bus, unit) == 0;
}

/* Whether unit 3's answer is expected so long from now. */
static bool
expected_in(int64_t us)
{
	int64_t at_us = modbus_wait_now_us() + us;
	bool expected = modbus_bus_expects(&bus, at_us, at_us + 100000);

	bus.expect_until_ms = 0;
	return expected;
}

/* Unit 3 was once late by LATE_US, and owes an answer to a question of now. */
static void
is_late_again(void)
{
	goes_unanswered(3, LATE_US);
	is_seen(3);
	ck_assert(is_free(3));
	goes_unanswered(3, 0);
}

START_TEST(a_late_answer_is_expected_after_as_long_as_the_last)
{
	is_late_again();
	ck_assert(!expected_in(0));
	ck_assert(!expected_in(LATE_US - ANSWER_US - NEAR_US));
	ck_assert(expected_in(LATE_US - ANSWER_US));
	ck_assert(!expected_in(LATE_US + NEAR_US));
}
END_TEST

START_TEST(nobody_is_asked_until_the_expected_answer_was_seen)
{
	int64_t at_us;

	is_late_again();
	at_us = modbus_wait_now_us() + LATE_US;
	ck_assert(is_free(4));
	ck_assert(modbus_bus_expects(&bus, at_us - 50000, at_us));
	ck_assert(!is_free(4));
	ck_assert_int_le(
	    modbus_bus_next_ready_at(&bus), (at_us + NEAR_US) / 1000);
	is_seen(3);
	ck_assert(is_free(4));
	ck_assert(is_free(3));
}
END_TEST

START_TEST(one_that_did_not_come_is_not_expected_again)
{
	is_late_again();
	goes_unanswered(3, 0);
	ck_assert(!expected_in(LATE_US - ANSWER_US));
}
END_TEST

START_TEST(of_a_connection_nothing_is_expected)
{
	struct modbus_question q = question(3);

	modbus_bus_hold(&bus, &q);
	is_seen(3);
	modbus_bus_hold(&bus, &q);
	for (int s = 0; s < 400; s++)
		ck_assert(!expected_in((int64_t)s * SECOND_US));
}
END_TEST

START_TEST(a_unit_that_may_have_hit_others_is_listened_for)
{
	goes_unanswered(3, 0);
	ck_assert(is_free(4));
	modbus_bus_hit(&bus);
	ck_assert(is_free(4));
	goes_unanswered(3, LATE_US);
	ck_assert(!is_free(4));
	is_seen(3);
	ck_assert(is_free(4));
	goes_unanswered(3, 0);
	ck_assert(is_free(4));
	ck_assert(expected_in(LATE_US - ANSWER_US));
}
END_TEST

/* How many hits it takes until unit 3 is listened for. */
static int
hits_needed(void)
{
	for (int hits = 1;; hits++) {
		modbus_bus_hit(&bus);
		goes_unanswered(3, 0);
		if (!is_free(4))
			return hits;
	}
}

/* It was another who hit them, or noise. */
START_TEST(who_is_listened_for_in_vain_is_so_less_and_less_often)
{
	static const int needed[] = {1, 2, 4, 8, 16, 32, 64, 128, 128};

	goes_unanswered(3, 0);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		ck_assert_int_eq(hits_needed(), needed[i]);
		bus.expect_until_ms = 0; /* that time is over */
	}
	is_seen(3);
	goes_unanswered(3, 0);
	goes_unanswered(3, 0);
	ck_assert(is_free(4));
	ck_assert_int_eq(hits_needed(), 1);
}
END_TEST

START_TEST(who_owes_nothing_has_hit_nobody)
{
	modbus_bus_hit(&bus);
	goes_unanswered(3, 0);
	ck_assert(is_free(4));
	is_seen(3);
	modbus_bus_hit(&bus);
	goes_unanswered(3, 0);
	ck_assert(is_free(4));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modbus_bus");
	TCase *t = tcase_create("late");

	tcase_add_checked_fixture(t, open_bus, close_bus);
	tcase_add_test(t, a_late_answer_is_expected_after_as_long_as_the_last);
	tcase_add_test(t, nobody_is_asked_until_the_expected_answer_was_seen);
	tcase_add_test(t, one_that_did_not_come_is_not_expected_again);
	tcase_add_test(t, of_a_connection_nothing_is_expected);
	tcase_add_test(t, a_unit_that_may_have_hit_others_is_listened_for);
	tcase_add_test(
	    t, who_is_listened_for_in_vain_is_so_less_and_less_often);
	tcase_add_test(t, who_owes_nothing_has_hit_nobody);
	suite_add_tcase(s, t);
	return suite_run(s);
}
