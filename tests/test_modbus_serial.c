/*
 * test_modbus_serial.c - Modbus RTU on ptys and behind serial servers, against
 * slaves that are late, noisy, damaged or silent
 *
 * A line that was just opened asks nobody for 2 s, so most tests share one and
 * each has units of its own.
 */
#include <signal.h>
#include <sys/time.h>

#include "tests/modbus_help.h"
#include "tests/suite.h"

#define TIMEOUT_MS 100
#define HOLD_MS 2000 /* as promised: max(2 s, 6 timeouts) */
#define SLOW_GAP_US 29166 /* 3.5 characters of 10 bits at 1200 baud */

static struct fake *slave, *slow_slave;
static struct driver_link *line, *slow_line;

static void
await_lines(void)
{
	expect_verdict(line, registers(1, 0, 1), DRIVER_HELD, 50);
	expect_verdict(slow_line, registers(1, 0, 1), DRIVER_HELD, 50);
	await_ready(line, 1);
	await_ready(slow_line, 1);
}

static void
open_lines(void)
{
	slave = fake_pty(temporary("line"));
	slow_slave = fake_pty(temporary("slow"));
	line = open_line(slave->path, 19200, TIMEOUT_MS);
	slow_line = open_line(slow_slave->path, 1200, 300);
	await_lines();
}

static void
open_far_lines(void)
{
	slave = fake_serial_server();
	slow_slave = fake_serial_server();
	line = open_far_line(slave->port, 19200, TIMEOUT_MS);
	slow_line = open_far_line(slow_slave->port, 1200, 300);
	await_lines();
}

static void
close_lines(void)
{
	driver_modbus.close(line);
	driver_modbus.close(slow_line);
	fake_stop(slave);
	fake_stop(slow_slave);
}

static void
answers_again(void)
{
	fake_behave(slave, answers);
}

/* ---- what is asked ---- */

static const struct driver_request spaces[] = {
    {2, SPACE_COIL, 0x0300, 20, 0}, /* its echo has its answer's form */
    {2, SPACE_COIL, 0, 1, 0},
    {2, SPACE_DISCRETE, 17, 33, 0},
    {2, SPACE_DISCRETE, 63536, DRIVER_BITS_MAX, 0},
    {2, SPACE_INPUT, 7, 3, 0},
    {2, SPACE_HOLDING, 65411, DRIVER_WORDS_MAX, 0},
    {2, SPACE_HOLDING, 65535, 1, 0},
};

START_TEST(every_space_is_read_with_its_own_function)
{
	static const uint8_t function_of[] = {1, 2, 4, 3};
	atomic_uint *count = &left.reads[function_of[spaces[_i].space]];
	unsigned before = *count;

	expect_answer(line, spaces[_i]);
	ck_assert_uint_eq(*count, before + 1);
}
END_TEST

START_TEST(a_unit_that_no_serial_line_has_is_not_asked)
{
	unsigned before = fake_figure(slave, &slave->asked);

	expect_verdict(line, registers(0, 0, 1), DRIVER_BAD, 0);
	expect_verdict(line, registers(248, 0, 1), DRIVER_BAD, 0);
	ck_assert_uint_eq(fake_figure(slave, &slave->asked), before);
}
END_TEST

START_TEST(a_question_never_follows_the_last_byte_within_t35)
{
	for (unsigned i = 0; i < 5; i++)
		expect_answer(slow_line, registers(2, i, 1));
	pthread_mutex_lock(&slow_slave->lock);
	ck_assert_int_ge(slow_slave->least_gap_us, SLOW_GAP_US);
	pthread_mutex_unlock(&slow_slave->lock);
}
END_TEST

START_TEST(a_line_that_is_never_silent_is_not_asked)
{
	unsigned before = fake_figure(slow_slave, &slow_slave->asked);

	pthread_mutex_lock(&slow_slave->lock);
	slow_slave->babble = true;
	pthread_mutex_unlock(&slow_slave->lock);
	usleep(5000); /* it has begun */
	expect_verdict(slow_line, registers(3, 0, 1), DRIVER_NOISE, 300);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(slow_line), "line is not silent"));
	ck_assert_int_eq(driver_modbus.ready_at(slow_line, 3), 0);

	pthread_mutex_lock(&slow_slave->lock);
	slow_slave->babble = false;
	pthread_mutex_unlock(&slow_slave->lock);
	ck_assert_uint_eq(fake_figure(slow_slave, &slow_slave->asked), before);
	expect_answer(slow_line, registers(3, 0, 1));
}
END_TEST

/* Noise for 130 of the 150 ms that may go by before the question, and then no
 * answer.  The quickest of three, for the machine may be busy. */
START_TEST(noise_before_a_question_does_not_stretch_the_whole)
{
	int64_t quickest_ms = INT64_MAX;

	fake_behave(slow_slave, is_silent);
	for (unsigned unit = 60; unit < 63; unit++) {
		int64_t start_ms = now_ms();

		for (int i = 0; i < 130; i++)
			fake_blurt(
			    slow_slave, i * 1000, (const uint8_t *)"\x55", 1);
		usleep(5000);
		expect_verdict(
		    slow_line, registers(unit, 0, 2), DRIVER_TIMEOUT, 600);
		if (now_ms() - start_ms < quickest_ms)
			quickest_ms = now_ms() - start_ms;
	}
	/* t3.5, timeout, question and answer: 29 + 300 + 142 ms */
	ck_assert_int_le(quickest_ms, 29 + 300 + 142 + 25);
	fake_behave(slow_slave, answers);
}
END_TEST

/* ---- late answers ---- */

/* Unit 10 is late one time in six, by 0.9 to 5 timeouts. */
static void
unit_10_is_often_late(struct fake *f, const uint8_t *q)
{
	static unsigned seed = 4711;
	uint8_t out[SAID_MAX];
	int64_t late_us = 0;

	if (q[0] == 10 && rand_r(&seed) % 6 == 0)
		late_us = TIMEOUT_MS * (900 + rand_r(&seed) % 4100);
	fake_say(f, late_us, out, fake_answer(f, q, out));
}

/* Of unit 11 nothing is late, unless the machine is. */
START_TEST(late_answers_of_equal_length_never_answer_another_question)
{
	unsigned seed = 42, late = 0, good[2] = {0};
	struct driver_reply r;

	fake_behave(slave, unit_10_is_often_late);
	for (unsigned i = 0; good[0] < 150; i++) {
		struct driver_request q =
		    registers(10 + i % 2, (unsigned)rand_r(&seed) % 1000, 4);
		enum driver_verdict v = ask(line, q, &r);

		if (v == DRIVER_OK) {
			expect_right(&q, &r);
			good[i % 2]++;
		} else if (v == DRIVER_HELD) {
			driver_modbus.listen(line, now_ms() + 20);
		} else {
			ck_assert_int_eq(v, DRIVER_TIMEOUT);
			late++;
		}
	}
	ck_assert_uint_ge(late, 10);
	ck_assert_uint_ge(good[1], 150);
}
END_TEST

static void
is_late(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];
	size_t len = fake_answer(f, q, out);

	fake_say(f, TIMEOUT_MS * 3 * 1000, out, len);
}

START_TEST(a_unit_is_free_once_its_late_answer_was_seen_while_listening)
{
	int64_t start_ms;

	fake_behave(slave, is_late);
	expect_verdict(
	    line, registers(12, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	expect_verdict(line, registers(12, 6, 2), DRIVER_HELD, 0);
	start_ms = now_ms();
	driver_modbus.listen(line, start_ms + HOLD_MS / 2);
	ck_assert_int_lt(now_ms() - start_ms, TIMEOUT_MS * 3 + 50);
	ck_assert_int_eq(driver_modbus.ready_at(line, 12), 0);
	answers_again();
	expect_answer(line, registers(12, 7, 2));
}
END_TEST

static void
unit_13_is_late(struct fake *f, const uint8_t *q)
{
	(q[0] == 13 ? is_late : answers)(f, q);
}

START_TEST(a_unit_is_free_once_its_late_answer_was_seen_amid_others)
{
	int64_t until_ms;

	fake_behave(slave, unit_13_is_late);
	expect_verdict(
	    line, registers(13, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	until_ms = now_ms() + HOLD_MS / 2;
	while (driver_modbus.ready_at(line, 13) != 0) {
		ck_assert_int_lt(now_ms(), until_ms);
		expect_answer(line, registers(14, 900, 2));
	}
	answers_again();
	expect_answer(line, registers(13, 7, 2));
}
END_TEST

/* Unit 17 is always late by two timeouts. */
static void
unit_17_is_late(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];
	size_t len = fake_answer(f, q, out);

	fake_say(f, q[0] == 17 ? TIMEOUT_MS * 2 * 1000 : 0, out, len);
}

static void
listen_until_free(unsigned unit)
{
	int64_t ready_ms;

	while ((ready_ms = driver_modbus.ready_at(line, (uint8_t)unit)) != 0)
		driver_modbus.listen(line, ready_ms);
}

/* How often another was held back while the late one owed its answer. */
static unsigned
ask_beside_17(void)
{
	unsigned held = 0;
	struct driver_reply r;

	expect_verdict(
	    line, registers(17, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	while (driver_modbus.ready_at(line, 17) != 0) {
		struct driver_request q = registers(18, 900, 2);

		if (ask(line, q, &r) == DRIVER_HELD) {
			held++;
			ck_assert_ptr_nonnull(
			    strstr(driver_modbus.why(line), "late answer"));
			listen_until_free(18);
		} else {
			expect_right(&q, &r);
		}
	}
	return held;
}

/* The machine may sleep over the moment: then it is the next time. */
START_TEST(nobody_is_asked_when_a_late_answer_is_expected)
{
	unsigned held = 0;

	fake_behave(slave, unit_17_is_late);
	expect_verdict(
	    line, registers(17, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	listen_until_free(17);
	for (int i = 0; i < 10 && held == 0; i++)
		held = ask_beside_17();
	ck_assert_uint_gt(held, 0);
	answers_again();
	expect_answer(line, registers(17, 7, 2));
}
END_TEST

/* What frees nobody, each alone on the line; unit 15 owes holding 5, 2. */
static const struct {
	const char *what;
	size_t len;
	uint8_t bytes[16];
} no_release[] = {
    {"another unit", 7, {16, 3, 4, 0, 5, 0, 6}},
    {"another function", 7, {15, 4, 4, 0, 5, 0, 6}},
    {"another length", 5, {15, 3, 2, 0, 5}},
    {"an exception", 3, {15, 0x83, 6}},
    {"the question's echo", 6, {15, 3, 0, 5, 0, 2}},
};

START_TEST(a_held_unit_is_freed_by_nothing_but_its_answer_or_time)
{
	int64_t start_ms;
	uint8_t out[SAID_MAX];

	fake_behave(slave, is_silent);
	expect_verdict(
	    line, registers(15, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	start_ms = now_ms();
	for (int i = 0; i < ROWS(no_release); i++) {
		size_t len = fake_wrap(
		    slave, no_release[i].bytes, no_release[i].len, out);

		fake_blurt(slave, 0, out, len);
		out[len - 1] ^= 1; /* and the same with a wrong CRC */
		fake_blurt(slave, 0, out, len);
		driver_modbus.listen(line, now_ms() + 30);
		ck_assert_msg(driver_modbus.ready_at(line, 15) != 0, "%s",
		    no_release[i].what);
	}
	answers_again();
	await_ready(line, 15);
	ck_assert_int_ge(now_ms() - start_ms, HOLD_MS - 50);
	expect_answer(line, registers(15, 7, 2));
}
END_TEST

/* ---- what else a line brings ---- */

enum trouble {
	NOISE_BEFORE,
	NOISE_AROUND,
	ECHO_BEFORE,
	OTHERS_BEFORE,
	IN_PIECES,
	OF_ANOTHER_UNIT,
	OF_ANOTHER_FUNCTION,
	OF_ANOTHER_LENGTH,
	CUT_SHORT,
	ECHO_ONLY,
	NOISE_ONLY
};

static const struct {
	const char *what;
	enum trouble trouble;
	enum driver_verdict verdict;
	bool held;
} troubles[] = {
    {"noise before it", NOISE_BEFORE, DRIVER_OK, false},
    {"noise around it", NOISE_AROUND, DRIVER_OK, false},
    {"the echo before it", ECHO_BEFORE, DRIVER_OK, false},
    {"another unit's before it", OTHERS_BEFORE, DRIVER_OK, false},
    {"10 ms between its pieces", IN_PIECES, DRIVER_OK, false},
    {"another unit's", OF_ANOTHER_UNIT, DRIVER_TIMEOUT, true},
    {"another function's", OF_ANOTHER_FUNCTION, DRIVER_BAD, true},
    {"another length", OF_ANOTHER_LENGTH, DRIVER_BAD, true},
    {"cut short", CUT_SHORT, DRIVER_TIMEOUT, true},
    {"the echo only", ECHO_ONLY, DRIVER_TIMEOUT, true},
    {"noise only", NOISE_ONLY, DRIVER_TIMEOUT, true},
};

static void
is_in_trouble(struct fake *f, const uint8_t *q)
{
	static const uint8_t noise[] = {0, 0xff, 3, 0x55, 0x0a};
	enum trouble trouble = troubles[f->row].trouble;
	uint8_t wrong[6], out[SAID_MAX];
	size_t len;

	memcpy(wrong, q, sizeof(wrong));
	wrong[0] = (uint8_t)(q[0] +
	    (trouble == OF_ANOTHER_UNIT || trouble == OTHERS_BEFORE));
	wrong[1] = trouble == OF_ANOTHER_FUNCTION ? 4 : q[1];
	wrong[5] = (uint8_t)(q[5] + (trouble == OF_ANOTHER_LENGTH));
	len = fake_answer(f, wrong, out);
	if (trouble == NOISE_BEFORE || trouble == NOISE_AROUND ||
	    trouble == NOISE_ONLY)
		fake_say(f, 0, noise, sizeof(noise));
	if (trouble == ECHO_BEFORE || trouble == ECHO_ONLY)
		fake_say(f, 0, q, 8);
	if (trouble == CUT_SHORT)
		len--;
	if (trouble == IN_PIECES)
		for (size_t i = 0; i < len; i += 3)
			fake_say(f, (int64_t)i * 3333, out + i,
			    len - i < 3 ? len - i : 3);
	else if (trouble != ECHO_ONLY && trouble != NOISE_ONLY)
		fake_say(f, 0, out, len);
	if (trouble == NOISE_AROUND)
		fake_say(f, 0, noise, sizeof(noise));
	if (trouble == OTHERS_BEFORE)
		answers(f, q);
}

START_TEST(an_answer_is_found_among_anything_and_nothing_is_taken_for_it)
{
	unsigned unit = 20 + 2 * (unsigned)_i;
	struct driver_request q = registers(unit, 300, 4);

	fake_behave_row(slave, is_in_trouble, _i);
	if (troubles[_i].verdict == DRIVER_OK)
		expect_answer(line, q);
	else
		expect_verdict(line, q, troubles[_i].verdict, TIMEOUT_MS + 50);
	ck_assert_msg((driver_modbus.ready_at(line, (uint8_t)unit) != 0) ==
		troubles[_i].held,
	    "%s", troubles[_i].what);
	driver_modbus.listen(line, now_ms() + 20); /* the rest of it */
}
END_TEST

static void
is_damaged(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];
	size_t len = fake_answer(f, q, out);

	out[5] ^= 0x10;
	fake_say(f, 0, out, len);
}

START_TEST(a_damaged_answer_ends_the_wait_and_holds_nobody)
{
	fake_behave(slow_slave, is_damaged);
	/* 300 ms is the timeout; 8 bytes take 67 ms, the silence 29. */
	expect_verdict(slow_line, registers(50, 1, 4), DRIVER_CRC, 120);
	ck_assert_int_eq(driver_modbus.ready_at(slow_line, 50), 0);
	fake_behave(slow_slave, answers);
	expect_answer(slow_line, registers(50, 2, 4));
}
END_TEST

static void
drips(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];
	size_t len = fake_answer(f, q, out);

	for (size_t i = 0; i < len; i++)
		fake_say(f, (int64_t)i * 20000, out + i, 1);
}

START_TEST(a_slave_that_drips_gets_one_timeout_and_no_more)
{
	int64_t until_ms = now_ms() + HOLD_MS / 2;

	fake_behave(slave, drips);
	expect_verdict(
	    line, registers(51, 1, 8), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	/* 21 bytes take 420 ms; then it has been seen after all. */
	while (driver_modbus.ready_at(line, 51) != 0 && now_ms() < until_ms)
		driver_modbus.listen(line, until_ms);
	ck_assert_int_eq(driver_modbus.ready_at(line, 51), 0);
}
END_TEST

START_TEST(nobody_is_asked_while_a_slave_drips_past_its_deadline)
{
	int64_t ready_ms, until_ms = now_ms() + HOLD_MS;

	fake_behave(slow_slave, drips);
	/* 25 bytes take 480 ms, the question 67: 300 is the timeout, 150 the
	 * pause after which it is held to be through. */
	expect_verdict(slow_line, registers(56, 1, 10), DRIVER_TIMEOUT, 450);
	ck_assert_int_gt(driver_modbus.ready_at(slow_line, 57), 0);
	while ((ready_ms = driver_modbus.ready_at(slow_line, 57)) != 0 &&
	    now_ms() < until_ms)
		driver_modbus.listen(slow_line, ready_ms);
	/* It was heard out. */
	ck_assert_int_eq(driver_modbus.ready_at(slow_line, 56), 0);
	fake_behave(slow_slave, answers);
	expect_answer(slow_line, registers(57, 2, 4));
}
END_TEST

START_TEST(a_slave_that_drips_for_ever_does_not_take_the_line_for_ever)
{
	int64_t start_ms = now_ms();
	int64_t ready_ms;

	fake_behave(slave, drips);
	expect_verdict(
	    line, registers(58, 1, 30), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	/* 65 bytes take 1300 ms. */
	while ((ready_ms = driver_modbus.ready_at(line, 57)) != 0 &&
	    now_ms() < start_ms + 1000)
		driver_modbus.listen(line, ready_ms);
	ck_assert_int_eq(driver_modbus.ready_at(line, 57), 0);
	while ((ready_ms = driver_modbus.ready_at(line, 58)) != 0)
		driver_modbus.listen(line, ready_ms);
	ck_assert_int_ge(now_ms(), start_ms + 1200);
}
END_TEST

static void
refuses(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];

	fake_say(f, 0, out, fake_exception(f, q, (uint8_t)f->row, out));
}

START_TEST(a_refusal_is_told_with_its_code_and_without_a_value)
{
	static const uint8_t codes[] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 128, 255};

	for (int i = 0; i < ROWS(codes); i++) {
		struct driver_request q = registers(52, 9, 2);
		struct driver_reply r = {.word_count = 1};

		fake_behave_row(slave, refuses, codes[i]);
		ck_assert_int_eq(ask(line, q, &r), DRIVER_EXCEPTION);
		ck_assert_uint_eq(r.exception, codes[i]);
		ck_assert_uint_eq(r.word_count, 0);
		ck_assert_int_eq(driver_modbus.ready_at(line, 52), 0);
	}
}
END_TEST

static void
on_alarm(int signal_number)
{
	(void)signal_number;
}

static void
rustles(struct fake *f, const uint8_t *q)
{
	static const uint8_t noise[] = {0xff, 0, 0xff};

	(void)q;
	fake_say(f, 0, noise, sizeof(noise));
}

START_TEST(a_silence_that_was_none_is_told_from_one)
{
	struct driver_reply r;

	fake_behave(slave, is_silent);
	ck_assert_int_eq(ask(line, registers(20, 0, 1), &r), DRIVER_TIMEOUT);
	ck_assert(!r.heard);
	fake_behave(slave, rustles);
	ck_assert_int_eq(ask(line, registers(21, 0, 1), &r), DRIVER_TIMEOUT);
	ck_assert(r.heard);
	answers_again();
}
END_TEST

START_TEST(a_storm_of_signals_disturbs_nothing)
{
	struct sigaction catch = {.sa_handler = on_alarm}, old;
	struct itimerval each_ms = {{0, 1000}, {0, 1000}}, off = {0};

	sigaction(SIGALRM, &catch, &old);
	setitimer(ITIMER_REAL, &each_ms, NULL);
	for (unsigned i = 0; i < 30; i++)
		expect_answer(line, registers(53, i, 100));
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old, NULL);
}
END_TEST

START_TEST(nothing_but_reads_ever_left)
{
	expect_only_reads_left();
}
END_TEST

static void
add_asking(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, answers_again);
	tcase_add_loop_test(
	    t, every_space_is_read_with_its_own_function, 0, ROWS(spaces));
	tcase_add_test(t, a_unit_that_no_serial_line_has_is_not_asked);
	tcase_add_test(t, a_question_never_follows_the_last_byte_within_t35);
	tcase_add_test(t, a_line_that_is_never_silent_is_not_asked);
	tcase_add_test(t, noise_before_a_question_does_not_stretch_the_whole);
	tcase_add_test(
	    t, late_answers_of_equal_length_never_answer_another_question);
	tcase_add_test(
	    t, a_unit_is_free_once_its_late_answer_was_seen_while_listening);
	tcase_add_test(
	    t, a_unit_is_free_once_its_late_answer_was_seen_amid_others);
	tcase_add_test(t, nobody_is_asked_when_a_late_answer_is_expected);
	tcase_add_test(
	    t, a_held_unit_is_freed_by_nothing_but_its_answer_or_time);
	tcase_add_loop_test(t,
	    an_answer_is_found_among_anything_and_nothing_is_taken_for_it, 0,
	    ROWS(troubles));
	tcase_add_test(t, a_damaged_answer_ends_the_wait_and_holds_nobody);
	tcase_add_test(t, a_slave_that_drips_gets_one_timeout_and_no_more);
	tcase_add_test(
	    t, nobody_is_asked_while_a_slave_drips_past_its_deadline);
	tcase_add_test(
	    t, a_slave_that_drips_for_ever_does_not_take_the_line_for_ever);
	tcase_add_test(t, a_refusal_is_told_with_its_code_and_without_a_value);
	tcase_add_test(t, a_silence_that_was_none_is_told_from_one);
	tcase_add_test(t, a_storm_of_signals_disturbs_nothing);
}

int
main(void)
{
	Suite *s = suite_create("modbus_serial");
	TCase *near = tcase_create("near"), *far = tcase_create("far");
	TCase *reads = tcase_create("reads");

	suite_add_tcase(s, near);
	suite_add_tcase(s, far);
	suite_add_tcase(s, reads);
	tcase_add_unchecked_fixture(near, open_lines, close_lines);
	tcase_add_unchecked_fixture(far, open_far_lines, close_lines);
	add_asking(near);
	add_asking(far);
	tcase_add_test(reads, nothing_but_reads_ever_left);
	/* The slaves are threads, and a fork has none of them. */
	return suite_run_unforked(s);
}
