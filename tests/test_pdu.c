/*
 * test_pdu.c - what a simulated unit answers, byte for byte
 */
#include "gateway/sim/pdu.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define BYTES(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static struct bank *units[PDU_UNITS];
static struct bank *bank;
static uint8_t reply[PDU_MAX];

static void
setup(void)
{
	bank = units[7] = bank_new();
	bank_words(bank, SPACE_HOLDING)[2] = 0x1234;
	bank_words(bank, SPACE_HOLDING)[3] = 0xabcd;
	bank_words(bank, SPACE_INPUT)[2] = 0x0101;
	bank_words(bank, SPACE_INPUT)[65535] = 0x7fff;
	bank_words(bank, SPACE_COIL)[0] = 0x8005; /* 0, 2 and 15 */
	bank_words(bank, SPACE_DISCRETE)[4095] = 0x8000; /* 65535 */
}

static void
teardown(void)
{
	bank_free(bank);
	units[7] = NULL;
}

static size_t
ask(const uint8_t *bytes, size_t len)
{
	struct pdu q;
	enum pdu_exception why = pdu_parse(bytes, len, &q);

	return why == PDU_OK ? pdu_serve(&q, bank, reply)
			     : pdu_refuse(&q, why, reply);
}

static size_t
stage(const uint8_t *bytes, size_t len)
{
	struct pdu q;
	enum pdu_exception why = pdu_parse(bytes, len, &q);

	return why == PDU_OK ? pdu_stage(&q, units, reply)
			     : pdu_refuse(&q, why, reply);
}

/* A request, and its reply from the bank above. */
static const struct row {
	uint8_t ask[16];
	size_t ask_len;
	uint8_t reply[16];
	size_t reply_len;
} rows[] = {
    /* what is there */
    {BYTES(3, 0, 2, 0, 2), BYTES(3, 4, 0x12, 0x34, 0xab, 0xcd)},
    {BYTES(4, 0, 2, 0, 1), BYTES(4, 2, 1, 1)},
    {BYTES(4, 0xff, 0xff, 0, 1), BYTES(4, 2, 0x7f, 0xff)},
    {BYTES(1, 0, 0, 0, 3), BYTES(1, 1, 5)},
    {BYTES(1, 0, 1, 0, 15), BYTES(1, 2, 2, 0x40)},
    {BYTES(2, 0xff, 0xff, 0, 1), BYTES(2, 1, 1)},
    {BYTES(3, 0x80, 0, 0, 1), BYTES(3, 2, 0, 0)}, /* nobody defined it */
    /* writes answer with what was written */
    {BYTES(5, 0, 9, 0xff, 0), BYTES(5, 0, 9, 0xff, 0)},
    {BYTES(5, 0, 9, 0, 0), BYTES(5, 0, 9, 0, 0)},
    {BYTES(6, 0, 9, 1, 2), BYTES(6, 0, 9, 1, 2)},
    {BYTES(15, 0, 9, 0, 10, 2, 0xff, 3), BYTES(15, 0, 9, 0, 10)},
    {BYTES(16, 0, 9, 0, 1, 2, 1, 2), BYTES(16, 0, 9, 0, 1)},
    /* exception 1: the function */
    {BYTES(7), BYTES(0x87, 1)},
    {BYTES(0), BYTES(0x80, 1)},
    {BYTES(0x2b, 14, 1, 0), BYTES(0xab, 1)},
    {BYTES(0x83, 0, 2, 0, 2), BYTES(0x83, 1)},
    {BYTES(23, 0, 2, 0, 2, 0, 0, 0, 1, 2, 0, 0), BYTES(0x97, 1)},
    /* exception 3: the quantity, the form */
    {BYTES(3, 0, 2, 0, 0), BYTES(0x83, 3)},
    {BYTES(3, 0, 2, 0, 126), BYTES(0x83, 3)},
    {BYTES(4, 0, 2, 0xff, 0xff), BYTES(0x84, 3)},
    {BYTES(1, 0, 2, 0x07, 0xd1), BYTES(0x81, 3)},
    {BYTES(2, 0, 2, 0, 0), BYTES(0x82, 3)},
    {BYTES(3), BYTES(0x83, 3)},
    {BYTES(3, 0, 2, 0), BYTES(0x83, 3)},
    {BYTES(3, 0, 2, 0, 1, 0), BYTES(0x83, 3)},
    {BYTES(5, 0, 9, 0, 1), BYTES(0x85, 3)},
    {BYTES(15, 0, 9, 0, 0, 0), BYTES(0x8f, 3)},
    {BYTES(15, 0, 9, 7, 0xb1, 2, 0, 0), BYTES(0x8f, 3)},
    {BYTES(15, 0, 9, 0, 10, 1, 0xff), BYTES(0x8f, 3)},
    {BYTES(16, 0, 9, 0, 1), BYTES(0x90, 3)},
    {BYTES(16, 0, 9, 0, 124, 248, 0, 0), BYTES(0x90, 3)},
    {BYTES(16, 0, 9, 0, 2, 4, 0, 0), BYTES(0x90, 3)},
    {BYTES(16, 0, 9, 0, 1, 3, 0, 0), BYTES(0x90, 3)},
    {BYTES(16, 0, 9, 0, 1, 2, 0, 0, 0), BYTES(0x90, 3)},
    /* exception 2: past the end */
    {BYTES(3, 0xff, 0xff, 0, 2), BYTES(0x83, 2)},
    {BYTES(1, 0xff, 0xf0, 0, 17), BYTES(0x81, 2)},
    {BYTES(16, 0xff, 0xff, 0, 2, 4, 0, 0, 0, 0), BYTES(0x90, 2)},
};

START_TEST(a_request_is_answered_or_refused)
{
	const struct row *r = &rows[_i];

	ck_assert_uint_eq(ask(r->ask, r->ask_len), r->reply_len);
	ck_assert_mem_eq(reply, r->reply, r->reply_len);
}
END_TEST

START_TEST(an_empty_request_is_refused)
{
	ck_assert_uint_eq(ask((const uint8_t *)"", 0), 2);
	ck_assert_uint_eq(reply[0], 0x80);
}
END_TEST

START_TEST(the_longest_reads_fit_into_a_reply)
{
	ck_assert_uint_eq(ask((const uint8_t[]){3, 0, 0, 0, 125}, 5), 252);
	ck_assert_uint_eq(reply[1], 250);
	ck_assert_uint_eq(ask((const uint8_t[]){2, 0, 0, 7, 0xd0}, 5), 252);
	ck_assert_uint_eq(reply[1], 250);
}
END_TEST

START_TEST(the_longest_writes_are_taken)
{
	uint8_t words[6 + 246] = {16, 0, 0, 0, 123, 246};
	uint8_t bits[6 + 246] = {15, 0, 0, 7, 0xb0, 246};

	words[251] = 0x5a;
	bits[251] = 0x80;
	ck_assert_uint_eq(ask(words, sizeof(words)), 5);
	ck_assert_uint_eq(ask(bits, sizeof(bits)), 5);
	ask((const uint8_t[]){3, 0, 122, 0, 1}, 5);
	ck_assert_uint_eq(reply[3], 0x5a);
	ask((const uint8_t[]){1, 7, 0xaf, 0, 1}, 5);
	ck_assert_uint_eq(reply[2], 1);
}
END_TEST

/* ---- pins ---- */

START_TEST(a_pin_holds_holding_and_input_whatever_the_model_writes)
{
	ask((const uint8_t[]){6, 0, 2, 0xbe, 0xef}, 5);
	bank_words(bank, SPACE_HOLDING)[2] = 1;
	bank_words(bank, SPACE_INPUT)[2] = 1;
	ask((const uint8_t[]){3, 0, 2, 0, 1}, 5);
	ck_assert_mem_eq(reply, "\x03\x02\xbe\xef", 4);
	ask((const uint8_t[]){4, 0, 2, 0, 1}, 5);
	ck_assert_mem_eq(reply, "\x04\x02\xbe\xef", 4);
}
END_TEST

START_TEST(a_pin_holds_coil_and_discrete_input_and_not_their_neighbours)
{
	ask((const uint8_t[]){5, 0, 2, 0, 0}, 5);
	ask((const uint8_t[]){1, 0, 0, 0, 3}, 5);
	ck_assert_uint_eq(reply[2], 1);
	ask((const uint8_t[]){5, 0, 3, 0xff, 0}, 5);
	ask((const uint8_t[]){2, 0, 0, 0, 8}, 5);
	ck_assert_uint_eq(reply[2], 8);
}
END_TEST

START_TEST(a_refused_write_pins_nothing)
{
	ask((const uint8_t[]){16, 0, 2, 0, 2, 4, 9, 9, 9}, 9);
	ask((const uint8_t[]){5, 0, 0, 0, 9}, 5);
	ask((const uint8_t[]){3, 0, 2, 0, 1}, 5);
	ck_assert_mem_eq(reply, "\x03\x02\x12\x34", 4);
	ask((const uint8_t[]){1, 0, 0, 0, 1}, 5);
	ck_assert_uint_eq(reply[2], 1);
}
END_TEST

START_TEST(unpinned_registers_are_the_models_again)
{
	ask((const uint8_t[]){6, 0, 2, 0xbe, 0xef}, 5);
	ask((const uint8_t[]){5, 0, 0, 0, 0}, 5);
	stage((const uint8_t[]){6, 0, 7, 0, 4}, 5);
	ask((const uint8_t[]){3, 0, 2, 0, 1}, 5);
	ck_assert_mem_eq(reply, "\x03\x02\x12\x34", 4);
	ask((const uint8_t[]){1, 0, 0, 0, 1}, 5);
	ck_assert_uint_eq(reply[2], 1);
}
END_TEST

/* ---- staging ---- */

START_TEST(a_unit_takes_each_mood_and_says_which)
{
	for (uint8_t mood = 0; mood < BANK_MOOD_COUNT; mood++) {
		stage((const uint8_t[]){6, 0, 7, 0, mood}, 5);
		ck_assert_mem_eq(reply, "\x06\0\x07\0", 4);
		ck_assert_int_eq(bank_mood(bank), mood);
		stage((const uint8_t[]){3, 0, 7, 0, 1}, 5);
		ck_assert_uint_eq(reply[3], mood);
	}
}
END_TEST

START_TEST(a_unit_takes_what_can_happen_to_it_and_says_which)
{
	bank_let(bank, STAGES_OF_METER);
	for (uint8_t what = STAGE_CUT; what <= STAGE_L3_LOST; what += 10)
		for (uint8_t mood = 0; mood < BANK_MOOD_COUNT; mood++) {
			uint8_t both = (uint8_t)(what + mood);

			stage((const uint8_t[]){6, 0, 7, 0, both}, 5);
			ck_assert_mem_eq(reply, "\x06\0\x07\0", 4);
			ck_assert_int_eq(bank_mood(bank), mood);
			ck_assert_int_eq(bank_stage(bank), what);
			stage((const uint8_t[]){3, 0, 7, 0, 1}, 5);
			ck_assert_uint_eq(reply[3], both);
		}
	stage((const uint8_t[]){6, 0, 7, 0, 1}, 5);
	ck_assert_int_eq(bank_stage(bank), STAGE_NOTHING);
}
END_TEST

static const uint16_t not_of_a_meter[] = {
    5, 9, 14, 19, 54, 55, 60, 61, 100, 140, 255, 320, 330, 4242, UINT16_MAX};

START_TEST(a_unit_refuses_what_cannot_happen_to_it)
{
	uint16_t wish = not_of_a_meter[_i];

	bank_let(bank, STAGES_OF_METER);
	stage(
	    (const uint8_t[]){6, 0, 7, (uint8_t)(wish >> 8), (uint8_t)wish}, 5);
	ck_assert_mem_eq(reply, "\x86\x03", 2);
	ck_assert_int_eq(bank_stage(bank), STAGE_NOTHING);
	ck_assert_int_eq(bank_mood(bank), BANK_NORMAL);
}
END_TEST

START_TEST(a_unit_without_power_is_silent_in_any_mood)
{
	ck_assert(!bank_is_silent(bank));
	bank_set_dark(bank, true);
	for (int mood = 0; mood < BANK_MOOD_COUNT; mood++) {
		bank_set_mood(bank, (enum bank_mood)mood);
		ck_assert(bank_is_silent(bank));
	}
	bank_set_dark(bank, false);
	bank_set_mood(bank, BANK_SILENT);
	ck_assert(bank_is_silent(bank));
}
END_TEST

START_TEST(unpinning_makes_a_unit_normal)
{
	bank_let(bank, STAGES_OF_METER);
	stage((const uint8_t[]){16, 0, 7, 0, 1, 2, 0, 11}, 8);
	ck_assert_int_eq(bank_mood(bank), BANK_SILENT);
	stage((const uint8_t[]){6, 0, 7, 0, 4}, 5);
	ck_assert_int_eq(bank_mood(bank), BANK_NORMAL);
	ck_assert_int_eq(bank_stage(bank), STAGE_NOTHING);
}
END_TEST

static const struct row refused[] = {
    {BYTES(6, 0, 7, 0, 5), BYTES(0x86, 3)}, /* no such mood */
    {BYTES(6, 0, 7, 1, 1), BYTES(0x86, 3)},
    {BYTES(6, 0, 8, 0, 1), BYTES(0x86, 2)}, /* no such unit */
    {BYTES(16, 0, 7, 0, 2, 4, 0, 1, 0, 1), BYTES(0x90, 2)},
    {BYTES(6, 1, 0, 0, 1), BYTES(0x86, 2)},
    {BYTES(3, 0, 255, 0, 2), BYTES(0x83, 2)},
    {BYTES(5, 0, 7, 0xff, 0), BYTES(0x85, 1)}, /* moods are no bits */
    {BYTES(1, 0, 7, 0, 1), BYTES(0x81, 1)},
};

START_TEST(staging_that_cannot_be_changes_nothing)
{
	const struct row *r = &refused[_i];

	ck_assert_uint_eq(stage(r->ask, r->ask_len), 2);
	ck_assert_mem_eq(reply, r->reply, 2);
	ck_assert_int_eq(bank_mood(bank), BANK_NORMAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pdu");
	TCase *t = tcase_create("pdu");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_request_is_answered_or_refused, 0,
	    (int)(sizeof(rows) / sizeof(*rows)));
	tcase_add_test(t, an_empty_request_is_refused);
	tcase_add_test(t, the_longest_reads_fit_into_a_reply);
	tcase_add_test(t, the_longest_writes_are_taken);
	tcase_add_test(
	    t, a_pin_holds_holding_and_input_whatever_the_model_writes);
	tcase_add_test(
	    t, a_pin_holds_coil_and_discrete_input_and_not_their_neighbours);
	tcase_add_test(t, a_refused_write_pins_nothing);
	tcase_add_test(t, unpinned_registers_are_the_models_again);
	tcase_add_test(t, a_unit_takes_each_mood_and_says_which);
	tcase_add_test(t, a_unit_takes_what_can_happen_to_it_and_says_which);
	tcase_add_loop_test(t, a_unit_refuses_what_cannot_happen_to_it, 0,
	    (int)(sizeof(not_of_a_meter) / sizeof(*not_of_a_meter)));
	tcase_add_test(t, a_unit_without_power_is_silent_in_any_mood);
	tcase_add_test(t, unpinning_makes_a_unit_normal);
	tcase_add_loop_test(t, staging_that_cannot_be_changes_nothing, 0,
	    (int)(sizeof(refused) / sizeof(*refused)));
	return suite_run(s);
}
