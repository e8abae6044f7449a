/*
 * test_modbus_steps.c - Modbus TCP asked in steps, and what comes unasked
 *
 * What each verdict takes is in test_modbus_net.c, where a helper goes all the
 * steps.  Here they are taken one by one: early, late, and with nobody there.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>

#include "tests/modbus_help.h"
#include "tests/suite.h"

#define TIMEOUT_MS 20000 /* of who answers: no machine stalls for so long */
#define SHORT_MS 100 /* of one question */
#define WAIT_MS 20000 /* for what must come */

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

static struct driver_wait
awaits(void)
{
	struct driver_wait w;

	driver_modbus.awaits(link_, &w);
	return w;
}

/* Whether there is something to be heard, within that time. */
static bool
comes(int wait_ms)
{
	struct driver_wait w = awaits();

	ck_assert_int_ne(w.fd, -1);
	return modbus_wait(w.fd, w.events,
		   modbus_wait_now_us() + (int64_t)wait_ms * 1000) != 0;
}

static enum driver_verdict
begin(struct driver_request q)
{
	struct driver_reply r;

	return driver_modbus.ask(link_, &q, &r);
}

static enum driver_verdict
hear(struct driver_reply *r)
{
	return driver_modbus.hear(link_, r);
}

/* Until the question is on a connection, and not just to be sent on one. */
static void
await_asked(unsigned count)
{
	struct driver_reply r;
	int64_t until_ms = now_ms() + WAIT_MS;

	while (fake_figure(server, &server->asked) < count) {
		ck_assert_int_lt(now_ms(), until_ms);
		ck_assert_int_eq(hear(&r), DRIVER_ASKED);
		usleep(1000);
	}
}

static void
await_connections(unsigned count)
{
	int64_t until_ms = now_ms() + WAIT_MS;

	while (fake_figure(server, &server->connections) != count) {
		ck_assert_int_lt(now_ms(), until_ms);
		usleep(1000);
	}
}

/* ---- steps ---- */

START_TEST(who_asks_does_not_wait)
{
	struct driver_request q = registers(7, 5, 2);
	struct driver_reply r;
	struct driver_wait w;
	uint8_t pdu[] = {7, 3, 0, 5, 0, 2}, out[SAID_MAX];

	fake_behave(server, is_silent);
	ck_assert_int_eq(begin(q), DRIVER_ASKED);
	await_asked(1);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(hear(&r), DRIVER_ASKED);
	w = awaits();
	ck_assert_int_ne(w.fd, -1);
	ck_assert(w.events & POLLIN);
	ck_assert_int_le(w.until_us, modbus_wait_now_us() + TIMEOUT_MS * 1000);
	ck_assert(!comes(0));
	fake_blurt(server, 0, out, fake_answer(server, pdu, out));
	ck_assert(comes(WAIT_MS));
	ck_assert_int_eq(hear(&r), DRIVER_OK);
	expect_right(&q, &r);
}
END_TEST

START_TEST(an_answer_is_taken_piece_by_piece)
{
	struct driver_request q = registers(7, 5, 2);
	struct driver_reply r;
	uint8_t pdu[] = {7, 3, 0, 5, 0, 2}, out[SAID_MAX];
	size_t len;

	fake_behave(server, is_silent);
	ck_assert_int_eq(begin(q), DRIVER_ASKED);
	await_asked(1);
	len = fake_answer(server, pdu, out);
	for (size_t i = 0; i < len; i++) {
		fake_blurt(server, 0, out + i, 1);
		ck_assert(comes(WAIT_MS));
		ck_assert_int_eq(
		    hear(&r), i + 1 < len ? DRIVER_ASKED : DRIVER_OK);
	}
	expect_right(&q, &r);
}
END_TEST

START_TEST(who_hangs_up_in_the_middle_of_an_answer_has_given_none)
{
	struct driver_reply r;
	uint8_t pdu[] = {7, 3, 0, 5, 0, 2}, out[SAID_MAX];

	expect_answer(link_, registers(7, 5, 2));
	fake_behave(server, is_silent);
	ck_assert_int_eq(begin(registers(7, 5, 2)), DRIVER_ASKED);
	await_asked(2);
	fake_blurt(server, 0, out, fake_answer(server, pdu, out) - 1);
	ck_assert(comes(WAIT_MS));
	ck_assert_int_eq(hear(&r), DRIVER_ASKED);
	pthread_mutex_lock(&server->lock);
	shutdown(server->fd, SHUT_RDWR);
	pthread_mutex_unlock(&server->lock);
	ck_assert(comes(WAIT_MS));
	/* A byte of it was there: it is not asked again. */
	ck_assert_int_eq(hear(&r), DRIVER_TIMEOUT);
	ck_assert_uint_eq(r.word_count, 0);
	ck_assert_int_eq(awaits().fd, -1);
}
END_TEST

/* On a connection that is there, and with a time of its own. */
static void
begin_short(fake_behaviour *behave)
{
	struct driver_request q = registers(7, 5, 2);

	expect_answer(link_, q);
	fake_behave(server, behave);
	q.timeout_ms = SHORT_MS;
	ck_assert_int_eq(begin(q), DRIVER_ASKED);
}

START_TEST(an_answer_that_waited_while_nobody_looked_came_in_time)
{
	struct driver_request q = registers(7, 5, 2);
	struct driver_reply r;

	begin_short(answers);
	ck_assert(comes(WAIT_MS));
	while (modbus_wait_now_us() <= awaits().until_us)
		usleep(1000);
	ck_assert_int_eq(hear(&r), DRIVER_OK);
	expect_right(&q, &r);
}
END_TEST

/* So much that one look does not take it all. */
static void
says_older_ones_first(struct fake *f, const uint8_t *q)
{
	uint8_t older[] = {q[0], 3, 0, 0, 0, DRIVER_WORDS_MAX};
	uint8_t out[SAID_MAX];
	size_t len;

	f->id--;
	len = fake_answer(f, older, out);
	fake_say(f, 0, out, len);
	fake_say(f, 0, out, len);
	f->id++;
	answers(f, q);
}

START_TEST(so_did_one_that_waited_behind_older_ones)
{
	struct driver_request q = registers(7, 5, 2);
	enum driver_verdict v = DRIVER_ASKED;
	struct driver_reply r;

	begin_short(says_older_ones_first);
	ck_assert(comes(WAIT_MS));
	while (modbus_wait_now_us() <= awaits().until_us)
		usleep(1000);
	while (v == DRIVER_ASKED)
		v = hear(&r);
	ck_assert_int_eq(v, DRIVER_OK);
	expect_right(&q, &r);
}
END_TEST

START_TEST(silence_is_told_when_its_time_is_over_and_not_before)
{
	struct driver_reply r;
	int64_t until_us;

	begin_short(is_silent);
	until_us = awaits().until_us;
	while (hear(&r) == DRIVER_ASKED)
		usleep(1000);
	ck_assert_int_ge(modbus_wait_now_us(), until_us);
	ck_assert_ptr_nonnull(strstr(driver_modbus.why(link_), "within 100"));
	ck_assert_int_eq(awaits().fd, -1);
}
END_TEST

START_TEST(every_connection_has_a_number_of_its_own)
{
	uint32_t last = 0;

	for (unsigned i = 1; i <= 3; i++) {
		expect_answer(link_, registers(7, i, 2));
		ck_assert_int_ne(awaits().fd, -1);
		ck_assert_uint_ne(awaits().connection, last);
		ck_assert_int_eq(awaits().until_us, INT64_MAX);
		last = awaits().connection;
		expect_answer(link_, registers(7, i, 2));
		ck_assert_uint_eq(awaits().connection, last);
		pthread_mutex_lock(&server->lock);
		shutdown(server->fd, SHUT_RDWR);
		pthread_mutex_unlock(&server->lock);
		ck_assert(comes(WAIT_MS));
		driver_modbus.listen(link_, 0);
		ck_assert_int_eq(awaits().fd, -1);
	}
}
END_TEST

START_TEST(a_link_can_be_closed_with_a_question_in_hand)
{
	int fillers[2];
	uint16_t port;
	int listener = black_hole(fillers, &port);

	fake_behave(server, is_silent);
	ck_assert_int_eq(begin(registers(7, 5, 2)), DRIVER_ASKED);
	await_asked(1);
	driver_modbus.close(link_);
	link_ = open_link("127.0.0.1", port, TIMEOUT_MS);
	ck_assert_int_eq(begin(registers(7, 5, 2)), DRIVER_ASKED);
	ck_assert(awaits().events & POLLOUT);
	close(fillers[0]);
	close(fillers[1]);
	close(listener);
}
END_TEST

/* A serial line's ask waits by itself, near or far. */
START_TEST(only_a_connection_is_asked_in_steps)
{
	struct driver_line at = {.scheme = "tcp"};

	ck_assert(driver_modbus.hears(&at));
	strcpy(at.scheme, "rtu");
	ck_assert(!driver_modbus.hears(&at));
	strcpy(at.scheme, "rtu+tcp");
	ck_assert(!driver_modbus.hears(&at));
}
END_TEST

/* ---- what comes unasked ---- */

static void
listen_until_heard(void)
{
	ck_assert(comes(WAIT_MS));
	driver_modbus.listen(link_, 0);
}

START_TEST(an_answer_said_twice_costs_nothing)
{
	uint8_t pdu[] = {7, 3, 0, 5, 0, 2}, out[SAID_MAX];

	expect_answer(link_, registers(7, 5, 2));
	for (unsigned i = 1; i <= 4; i++) {
		fake_blurt(server, 0, out, fake_answer(server, pdu, out));
		listen_until_heard();
	}
	expect_answer(link_, registers(7, 6, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 1);
}
END_TEST

/* Unasked, and nothing that a device could have to say. */
static const struct {
	size_t len;
	uint8_t bytes[13];
} nonsense[] = {
    {7, {'H', 'T', 'T', 'P', '/', '1', '.'}},
    {6, {0, 1, 0, 0, 0, 0}}, /* an impossible length */
    {6, {0, 1, 0, 1, 0, 7}}, /* another protocol */
    {6, {0, 2, 0, 0, 0, 7}}, /* the next question's answer, or its begin */
    {13, {0, 2, 0, 0, 0, 7, 7, 3, 4, 0xde, 0xad, 0xbe, 0xef}},
};

START_TEST(nonsense_that_nobody_asked_for_costs_the_connection_and_no_question)
{
	expect_answer(link_, registers(7, 5, 2));
	fake_blurt(server, 0, nonsense[_i].bytes, nonsense[_i].len);
	listen_until_heard();
	ck_assert_int_eq(awaits().fd, -1);
	expect_answer(link_, registers(7, 6, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 2);
}
END_TEST

/* Whatever its first bytes are, its rest would follow the question. */
START_TEST(what_began_before_a_question_is_never_its_answer)
{
	static const uint8_t begun[] = {0, 2, 0, 0, 0};

	expect_answer(link_, registers(7, 5, 2));
	fake_blurt(server, 0, begun, 1 + (size_t)_i);
	listen_until_heard();
	ck_assert_int_ne(awaits().fd, -1);
	expect_answer(link_, registers(7, 6, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 2);
}
END_TEST

START_TEST(who_talks_without_end_is_hung_up_on)
{
	uint8_t pdu[] = {7, 3, 0, 5, 0, 2}, out[SAID_MAX];
	size_t len;
	int64_t until_ms = now_ms() + WAIT_MS;

	expect_answer(link_, registers(7, 5, 2));
	len = fake_answer(server, pdu, out);
	while (awaits().fd != -1) {
		ck_assert_int_lt(now_ms(), until_ms);
		fake_blurt(server, 0, out, len);
		listen_until_heard();
	}
	expect_answer(link_, registers(7, 6, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 2);
}
END_TEST

START_TEST(who_listens_hears_the_nonsense_and_waits_on)
{
	int64_t until_ms;

	expect_answer(link_, registers(7, 5, 2));
	fake_blurt(server, 0, (const uint8_t *)"nonsense", 8);
	until_ms = now_ms() + 200;
	driver_modbus.listen(link_, until_ms);
	ck_assert_int_ge(now_ms(), until_ms);
	ck_assert_int_eq(awaits().fd, -1);
}
END_TEST

START_TEST(a_connection_closed_while_idle_is_let_go_at_a_look)
{
	expect_answer(link_, registers(7, 5, 2));
	driver_modbus.listen(link_, 0);
	ck_assert_int_ne(awaits().fd, -1);
	pthread_mutex_lock(&server->lock);
	shutdown(server->fd, SHUT_RDWR);
	pthread_mutex_unlock(&server->lock);
	listen_until_heard();
	ck_assert_int_eq(awaits().fd, -1);
	driver_modbus.listen(link_, 0); /* with none: nothing happens */
	expect_answer(link_, registers(7, 6, 2));
	await_connections(2);
}
END_TEST

/* ---- a name of two addresses ---- */

static uint16_t first_port; /* of what TWO is; the other is the server */

#define TWO "two.addresses.invalid"

/* What the driver calls: in front of the C library's. */
int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	char port[8];
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (strcmp(host, TWO) != 0)
		return real(host, service, hints, list);
	snprintf(port, sizeof(port), "%u", first_port);
	rc = real("127.0.0.1", port, hints, list);
	return rc != 0 ? rc
		       : real("127.0.0.1", service, hints, &(*list)->ai_next);
}

START_TEST(the_second_address_is_tried_when_the_first_refuses)
{
	driver_modbus.close(link_);
	link_ = open_link(TWO, server->port, TIMEOUT_MS);
	first_port = 1;
	expect_answer(link_, registers(7, 5, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 1);
}
END_TEST

START_TEST(an_address_that_swallows_all_has_its_share_of_the_time)
{
	int fillers[2];
	int listener = black_hole(fillers, &first_port);
	struct driver_reply r;

	driver_modbus.close(link_);
	link_ = open_link(TWO, server->port, 4000);
	/* The first took half of it; what is left is the next question's. */
	ck_assert_int_eq(ask(link_, registers(7, 5, 2), &r), DRIVER_HELD);
	expect_answer(link_, registers(7, 5, 2));
	ck_assert_uint_eq(fake_figure(server, &server->connections), 1);
	close(fillers[0]);
	close(fillers[1]);
	close(listener);
}
END_TEST

static void
add_unasked(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer_said_twice_costs_nothing);
	tcase_add_loop_test(t,
	    nonsense_that_nobody_asked_for_costs_the_connection_and_no_question,
	    0, ROWS(nonsense));
	tcase_add_loop_test(
	    t, what_began_before_a_question_is_never_its_answer, 0, 5);
	tcase_add_test(t, who_talks_without_end_is_hung_up_on);
	tcase_add_test(t, who_listens_hears_the_nonsense_and_waits_on);
	tcase_add_test(t, a_connection_closed_while_idle_is_let_go_at_a_look);
}

static void
add_steps(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, who_asks_does_not_wait);
	tcase_add_test(t, an_answer_is_taken_piece_by_piece);
	tcase_add_test(
	    t, who_hangs_up_in_the_middle_of_an_answer_has_given_none);
	tcase_add_test(
	    t, an_answer_that_waited_while_nobody_looked_came_in_time);
	tcase_add_test(t, so_did_one_that_waited_behind_older_ones);
	tcase_add_test(t, silence_is_told_when_its_time_is_over_and_not_before);
	tcase_add_test(t, every_connection_has_a_number_of_its_own);
	tcase_add_test(t, a_link_can_be_closed_with_a_question_in_hand);
	tcase_add_test(t, only_a_connection_is_asked_in_steps);
	tcase_add_test(t, the_second_address_is_tried_when_the_first_refuses);
	tcase_add_test(
	    t, an_address_that_swallows_all_has_its_share_of_the_time);
}

int
main(void)
{
	Suite *s = suite_create("modbus_steps");
	TCase *steps = tcase_create("steps"),
	      *unasked = tcase_create("unasked");

	suite_add_tcase(s, steps);
	suite_add_tcase(s, unasked);
	tcase_set_timeout(steps, 60);
	tcase_set_timeout(unasked, 60);
	add_steps(steps);
	add_unasked(unasked);
	return suite_run_unforked(s);
}
