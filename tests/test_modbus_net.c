/*
 * test_modbus_net.c - Modbus TCP on loopback, against servers that are late,
 * wrong, full or gone
 */
#include <stdio.h>

#include "tests/modbus_help.h"
#include "tests/suite.h"

#define TIMEOUT_MS 100
#define PATIENCE_MS 30000 /* nobody is to wait so long */
#define HOLD_MS 2000

#if defined(__SANITIZE_THREAD__)
#define RUNNING_ON_THREAD_SANITIZER 1
#elif defined(__has_feature)
#define RUNNING_ON_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#define RUNNING_ON_THREAD_SANITIZER 0
#endif

static struct fake *server;
static struct driver_link *link_;

static struct driver_link *
open_link(const char *host, uint16_t port, uint32_t timeout_ms)
{
	struct driver_line at = {
	    .scheme = "tcp", .port = port, .timeout_ms = timeout_ms};

	strcpy(at.host, host);
	return open_link_at(&at);
}

static void
setup(void)
{
	server = fake_server();
	link_ = open_link("127.0.0.1", server->port, TIMEOUT_MS);
}

static void
teardown(void)
{
	driver_modbus.close(link_);
	fake_stop(server);
}

static void
expect_connections(unsigned count)
{
	ck_assert_uint_eq(fake_figure(server, &server->connections), count);
}

/* ---- what is asked ---- */

static const struct driver_request spaces[] = {
    {2, SPACE_COIL, 0, 1, 0},
    {255, SPACE_DISCRETE, 63536, DRIVER_BITS_MAX, 0},
    {0, SPACE_INPUT, 7, 3, 0},
    {2, SPACE_HOLDING, 65411, DRIVER_WORDS_MAX, 0},
};

START_TEST(every_space_is_read_with_its_own_function)
{
	static const uint8_t function_of[] = {1, 2, 4, 3};
	atomic_uint *count = &left.reads[function_of[spaces[_i].space]];
	unsigned before = *count;

	expect_answer(link_, spaces[_i]);
	ck_assert_uint_eq(*count, before + 1);
}
END_TEST

START_TEST(transaction_ids_rise_through_reconnections)
{
	for (unsigned i = 1; i <= 3; i++) {
		expect_answer(link_, registers(1, i, 1));
		pthread_mutex_lock(&server->lock);
		ck_assert_uint_eq(server->id, 2 * i - 1);
		pthread_mutex_unlock(&server->lock);
		fake_behave(server, is_silent);
		expect_verdict(
		    link_, registers(1, i, 1), DRIVER_TIMEOUT, TIMEOUT_MS);
		fake_behave(server, answers);
	}
	expect_connections(3);
}
END_TEST

/* ---- late answers ---- */

static void
is_often_late(struct fake *f, const uint8_t *q)
{
	static unsigned seed = 4711;
	uint8_t out[SAID_MAX];
	int64_t late_us = 0;

	if (q[0] == 10 && rand_r(&seed) % 6 == 0)
		late_us = TIMEOUT_MS * (900 + rand_r(&seed) % 4100);
	fake_say(f, late_us, out, fake_answer(f, q, out));
}

START_TEST(late_answers_of_equal_length_never_answer_another_question)
{
	unsigned seed = 42, good = 0, late = 0, stalled = 0;
	struct driver_reply r;

	fake_behave(server, is_often_late);
	while (good < 150) {
		struct driver_request q =
		    registers(10, (unsigned)rand_r(&seed) % 1000, 4);
		enum driver_verdict v = ask(link_, q, &r);

		if (v == DRIVER_OK) {
			expect_right(&q, &r);
			good++;
		} else {
			/* The fake's late words may meet the next connection
			 * with their old transaction id. */
			ck_assert_int_eq(v, DRIVER_TIMEOUT);
			late++;
		}
		q.unit = 11; /* the next question always gets through */
		if (ask(link_, q, &r) == DRIVER_OK)
			expect_right(&q, &r);
		else
			stalled++;
	}
	ck_assert_uint_ge(late, 10);
	ck_assert_uint_le(stalled, 3); /* but where the machine stalls */
}
END_TEST

static void
repeats_itself_first(struct fake *f, const uint8_t *q)
{
	uint8_t older[] = {q[0], q[1], 0, 99, 0, 2}, out[SAID_MAX];

	for (uint16_t age = 3; age > 0; age--) {
		f->id = (uint16_t)(f->id - age);
		fake_say(f, 0, out, fake_answer(f, older, out));
		f->id = (uint16_t)(f->id + age);
	}
	fake_say(f, 5000, out, fake_answer(f, q, out));
}

START_TEST(answers_to_older_questions_are_passed_over)
{
	fake_behave(server, repeats_itself_first);
	expect_answer(link_, registers(1, 5, 2)); /* ids before 1 wrap */
	expect_answer(link_, registers(1, 6, 2));
	expect_connections(1);
}
END_TEST

/* Faster than anybody can read. */
static void
says_only_older_things(struct fake *f, const uint8_t *q)
{
	int64_t until_us = modbus_wait_now_us() + 1000 * PATIENCE_MS;
	uint8_t out[SAID_MAX];
	size_t len;

	f->id--;
	len = fake_answer(f, q, out);
	while (modbus_wait_now_us() < until_us &&
	    (send(f->fd, out, len, MSG_NOSIGNAL) > 0 || errno == EAGAIN))
		continue;
}

START_TEST(a_flood_of_older_answers_is_hung_up_on_at_once)
{
	struct driver_link *patient =
	    open_link("127.0.0.1", server->port, PATIENCE_MS);

	fake_behave(server, says_only_older_things);
	expect_verdict(
	    patient, registers(1, 5, 2), DRIVER_BAD, PATIENCE_MS / 2);
	driver_modbus.close(patient);
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

START_TEST(a_server_that_drips_gets_one_timeout_and_no_more)
{
	fake_behave(server, drips);
	expect_verdict(
	    link_, registers(1, 5, 8), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	fake_behave(server, answers);
	expect_answer(link_, registers(1, 5, 8));
	expect_connections(2);
}
END_TEST

static void
comes_in_two_pieces(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];
	size_t len = fake_answer(f, q, out);

	fake_say(f, 0, out, 4);
	fake_say(f, 10000, out + 4, len - 4);
}

START_TEST(an_answer_in_pieces_is_an_answer)
{
	/* A busy machine's pieces are far apart. */
	struct driver_link *l = open_link("127.0.0.1", server->port, 5000);

	fake_behave(server, comes_in_two_pieces);
	expect_answer(l, registers(1, 5, 8));
	driver_modbus.close(l);
}
END_TEST

/* ---- wrong answers ---- */

/* The right answer to "unit 7, two registers" is 13 bytes: id, protocol 0,
 * length 7, unit, function 3, count 4, data.  This much is changed in it. */
static const struct {
	const char *fault;
	size_t at;
	int change;
	int longer;
} wrongs[] = {
    {"an answer to a question never asked", 1, 1, 0},
    {"not Modbus: the protocol id is not 0", 2, 1, 0},
    {"not Modbus: the protocol id is not 0", 3, 1, 0},
    {"an impossible length", 4, 1, 0},
    {"an impossible length", 5, -5, 0},
    {"an impossible length", 5, -7, 0},
    {"an answer of a wrong length", 5, -1, 0},
    {"an answer of a wrong length", 5, 1, 1},
    {"another unit answered", 6, 1, 0},
    {"another unit answered", 6, -7, 0},
    {"an answer to another function", 7, 1, 0},
    {"an answer to another function", 7, 13, 0},
    {"a malformed exception", 7, 0x80, 0},
    {"an answer of a wrong length", 8, -2, 0},
    {"an answer of a wrong length", 8, 2, 2},
};

static void
is_wrong(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX] = {0};
	size_t len = fake_answer(f, q, out);

	out[wrongs[f->row].at] =
	    (uint8_t)(out[wrongs[f->row].at] + wrongs[f->row].change);
	fake_say(f, 0, out, len + (size_t)wrongs[f->row].longer);
}

START_TEST(a_wrong_answer_costs_the_connection_and_nothing_more)
{
	fake_behave_row(server, is_wrong, _i);
	expect_verdict(link_, registers(7, 5, 2), DRIVER_BAD, 20);
	ck_assert_msg(
	    strstr(driver_modbus.why(link_), wrongs[_i].fault) != NULL,
	    "%s, not %s", driver_modbus.why(link_), wrongs[_i].fault);
	fake_behave(server, answers);
	expect_answer(link_, registers(7, 6, 2));
	expect_connections(2);
}
END_TEST

static void
says_too_much(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX] = {0};

	fake_say(f, 0, out, fake_answer(f, q, out) + 3);
}

START_TEST(bytes_behind_an_answer_cost_the_connection_and_give_no_value)
{
	fake_behave(server, says_too_much);
	for (unsigned i = 1; i <= 3; i++)
		expect_answer(link_, registers(7, i, 2));
	expect_connections(3);
}
END_TEST

static void
refuses(struct fake *f, const uint8_t *q)
{
	uint8_t out[SAID_MAX];

	if (q[0] == 9)
		fake_say(f, 0, out, fake_exception(f, q, (uint8_t)f->row, out));
	else
		answers(f, q);
}

START_TEST(a_refusal_is_told_with_its_code_and_leaves_the_connection)
{
	static const uint8_t codes[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 128, 255};

	for (int i = 0; i < ROWS(codes); i++) {
		struct driver_request q = registers(9, 9, 2);
		struct driver_reply r = {.word_count = 1};

		fake_behave_row(server, refuses, codes[i]);
		ck_assert_int_eq(ask(link_, q, &r), DRIVER_EXCEPTION);
		ck_assert_uint_eq(r.exception, codes[i]);
		ck_assert_uint_eq(r.word_count, 0);
		ck_assert_int_eq(driver_modbus.ready_at(link_, 9), 0);
	}
	expect_connections(1);
}
END_TEST

START_TEST(a_unit_a_gateway_gave_up_on_is_held_and_the_others_are_not)
{
	int64_t start_ms = now_ms();

	fake_behave_row(server, refuses, 11);
	expect_verdict(link_, registers(9, 9, 2), DRIVER_EXCEPTION, 20);
	ck_assert_int_ge(
	    driver_modbus.ready_at(link_, 9), start_ms + HOLD_MS - 1);
	expect_verdict(link_, registers(9, 9, 2), DRIVER_HELD, 0);
	expect_answer(link_, registers(10, 9, 2));
	driver_modbus.listen(link_, start_ms + HOLD_MS * 2);
	ck_assert_int_lt(now_ms(), start_ms + HOLD_MS * 3 / 2);
	fake_behave(server, answers);
	expect_answer(link_, registers(9, 9, 2));
	expect_connections(1);
}
END_TEST

/* ---- connections ---- */

static void
hangs_up(struct fake *f, const uint8_t *q)
{
	(void)q;
	shutdown(f->fd, SHUT_RDWR);
}

static void
answers_and_hangs_up(struct fake *f, const uint8_t *q)
{
	answers(f, q);
	fake_say_due(f, INT64_MAX);
	hangs_up(f, q);
}

START_TEST(a_connection_closed_between_questions_costs_no_question)
{
	fake_behave(server, answers_and_hangs_up);
	for (unsigned i = 1; i <= 3; i++) {
		expect_answer(link_, registers(1, i, 1));
		if (i == 1) /* noticed by the listener, then by the question */
			driver_modbus.listen(link_, now_ms() + 20);
		usleep(5000);
	}
	expect_connections(3);
}
END_TEST

static void
says_too_much_and_hangs_up(struct fake *f, const uint8_t *q)
{
	says_too_much(f, q);
	fake_say_due(f, INT64_MAX);
	hangs_up(f, q);
}

START_TEST(bytes_behind_an_answer_are_forgotten_with_their_connection)
{
	fake_behave(server, says_too_much_and_hangs_up);
	for (unsigned i = 1; i <= 3; i++) {
		expect_answer(link_, registers(1, i, 1));
		usleep(5000);
	}
	expect_connections(3);
}
END_TEST

static void
hangs_up_on_unit_9(struct fake *f, const uint8_t *q)
{
	(q[0] == 9 ? hangs_up : answers)(f, q);
}

START_TEST(a_server_that_hangs_up_on_a_unit_fails_that_unit_and_no_other)
{
	fake_behave(server, hangs_up_on_unit_9);
	for (unsigned i = 1; i <= 3; i++) {
		expect_verdict(link_, registers(9, i, 1), DRIVER_TIMEOUT, 20);
		ck_assert_ptr_nonnull(strstr(driver_modbus.why(link_),
		    "the peer closed the connection"));
		expect_answer(link_, registers(1, i, 1));
	}
	/* The first unit 9 asks on a new connection, the others on a used
	 * one and so twice. */
	expect_connections(6);
}
END_TEST

/* Answers, and closes when the next question is there. */
static void
closes_on_the_second(struct fake *f, const uint8_t *q)
{
	static unsigned asked;

	if (asked++ % 2 == 0)
		answers(f, q);
	else
		hangs_up(f, q);
}

START_TEST(a_used_connection_that_breaks_on_a_question_is_made_anew_once)
{
	fake_behave(server, closes_on_the_second);
	expect_answer(link_, registers(1, 1, 1));
	expect_answer(link_, registers(1, 2, 1));
	expect_connections(2);
}
END_TEST

START_TEST(a_server_that_hangs_up_and_is_gone_is_a_lost_line)
{
	struct fake *f = fake_server();
	struct driver_link *l = open_link("127.0.0.1", f->port, TIMEOUT_MS);

	fake_behave(f, hangs_up);
	expect_verdict(l, registers(1, 5, 1), DRIVER_TIMEOUT, 20);
	fake_stop(f);
	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 20);
	driver_modbus.close(l);
}
END_TEST

static void
resets(struct fake *f, const uint8_t *q)
{
	struct linger hard = {1, 0};

	(void)q;
	setsockopt(f->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(f->fd);
	f->fd = -1;
}

START_TEST(a_reset_connection_is_told_in_words)
{
	fake_behave(server, resets);
	expect_verdict(link_, registers(1, 5, 1), DRIVER_TIMEOUT, 20);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(link_), "Connection reset by peer"));
}
END_TEST

START_TEST(nobody_there_is_told_at_once)
{
	struct driver_link *l = open_link("127.0.0.1", 1, 1000);

	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 0);
	ck_assert_str_eq(
	    driver_modbus.why(l), "127.0.0.1:1: Connection refused");
	driver_modbus.listen(l, now_ms() + 1); /* must not spin or crash */
	driver_modbus.close(l);
}
END_TEST

START_TEST(a_black_hole_costs_one_timeout_and_then_nothing_for_a_second)
{
	int fillers[2];
	uint16_t port;
	int listener = black_hole(fillers, &port);
	struct driver_link *l = open_link("127.0.0.1", port, 100);
	int64_t start_ms = now_ms();

	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 150);
	ck_assert_int_ge(now_ms() - start_ms, 99);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(l), "Connection timed out"));
	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 0);
	driver_modbus.close(l);
	close(fillers[0]);
	close(fillers[1]);
	close(listener);
}
END_TEST

/* A probe of a dead device does not wait long for its answer; but a network
 * that needs longer to connect is not lost for that. */
START_TEST(a_short_timeout_is_the_answers_and_not_the_connections)
{
	int fillers[2];
	uint16_t port;
	int listener = black_hole(fillers, &port);
	struct driver_link *l = open_link("127.0.0.1", port, 1000);
	struct driver_request q = registers(1, 5, 1);
	int64_t start_ms = now_ms();

	q.timeout_ms = 20;
	expect_verdict(l, q, DRIVER_BUS, 1000);
	ck_assert_int_ge(now_ms() - start_ms, 999);
	driver_modbus.close(l);
	close(fillers[0]);
	close(fillers[1]);
	close(listener);

	l = open_link("127.0.0.1", server->port, 1000);
	fake_behave(server, is_silent);
	expect_verdict(l, q, DRIVER_TIMEOUT, 20);
	ck_assert_ptr_nonnull(strstr(driver_modbus.why(l), "within 20 ms"));
	driver_modbus.close(l);
}
END_TEST

/* ---- names ---- */

START_TEST(a_name_is_looked_up)
{
	struct driver_link *l = open_link("localhost", server->port, 1000);

	expect_answer(l, registers(1, 5, 1));
	driver_modbus.close(l);
}
END_TEST

START_TEST(a_name_that_does_not_resolve_costs_one_timeout_at_most)
{
	struct driver_link *l = open_link("no-such-host.invalid", 502, 100);

	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 150);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(l), "no-such-host.invalid:502: "));
	driver_modbus.close(l); /* the resolver may still be at it */
}
END_TEST

static void
add_names(TCase *t)
{
	/* glibc starts its resolver's thread behind the back of
	 * ThreadSanitizer, which does not survive that. */
	if (RUNNING_ON_THREAD_SANITIZER)
		return;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_name_is_looked_up);
	tcase_add_test(
	    t, a_name_that_does_not_resolve_costs_one_timeout_at_most);
}

START_TEST(nothing_but_reads_ever_left)
{
	expect_only_reads_left();
}
END_TEST

static void
add_answers(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(
	    t, every_space_is_read_with_its_own_function, 0, ROWS(spaces));
	tcase_add_test(t, transaction_ids_rise_through_reconnections);
	tcase_add_test(
	    t, late_answers_of_equal_length_never_answer_another_question);
	tcase_add_test(t, answers_to_older_questions_are_passed_over);
	tcase_add_test(t, a_flood_of_older_answers_is_hung_up_on_at_once);
	tcase_add_test(t, a_server_that_drips_gets_one_timeout_and_no_more);
	tcase_add_test(t, an_answer_in_pieces_is_an_answer);
	tcase_add_loop_test(t,
	    a_wrong_answer_costs_the_connection_and_nothing_more, 0,
	    ROWS(wrongs));
	tcase_add_test(
	    t, bytes_behind_an_answer_cost_the_connection_and_give_no_value);
	tcase_add_test(
	    t, a_refusal_is_told_with_its_code_and_leaves_the_connection);
	tcase_add_test(
	    t, a_unit_a_gateway_gave_up_on_is_held_and_the_others_are_not);
}

static void
add_connections(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(
	    t, a_connection_closed_between_questions_costs_no_question);
	tcase_add_test(
	    t, bytes_behind_an_answer_are_forgotten_with_their_connection);
	tcase_add_test(
	    t, a_server_that_hangs_up_on_a_unit_fails_that_unit_and_no_other);
	tcase_add_test(
	    t, a_used_connection_that_breaks_on_a_question_is_made_anew_once);
	tcase_add_test(t, a_server_that_hangs_up_and_is_gone_is_a_lost_line);
	tcase_add_test(t, a_reset_connection_is_told_in_words);
	tcase_add_test(t, nobody_there_is_told_at_once);
	tcase_add_test(
	    t, a_black_hole_costs_one_timeout_and_then_nothing_for_a_second);
	tcase_add_test(
	    t, a_short_timeout_is_the_answers_and_not_the_connections);
}

int
main(void)
{
	Suite *s = suite_create("modbus_net");
	TCase *answer = tcase_create("answers");
	TCase *connection = tcase_create("connections");
	TCase *names = tcase_create("names"), *reads = tcase_create("reads");

	suite_add_tcase(s, answer);
	suite_add_tcase(s, connection);
	suite_add_tcase(s, names);
	suite_add_tcase(s, reads);
	add_answers(answer);
	add_connections(connection);
	add_names(names);
	tcase_add_test(reads, nothing_but_reads_ever_left);
	/* What left is counted over all tests. */
	return suite_run_unforked(s);
}
