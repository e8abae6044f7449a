/*
 * test_modbus_wire.c - serial servers that hang up, are gone, or are behind a
 * network that stands still; and descriptors beyond what select(2) can take
 *
 * What goes on a line behind a server is in test_modbus_serial.c.
 */
#include <linux/sockios.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/modbus_help.h"
#include "tests/suite.h"

#define TIMEOUT_MS 100
#define HOLD_MS 2000 /* as promised: max(2 s, 6 timeouts) */

static struct fake *server;
static struct driver_link *far;

/* How many bytes the network holds back: libc's is covered by this. */
static int under_way;

int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *at;

	va_start(ap, request);
	at = va_arg(ap, void *);
	va_end(ap);
	if (request != SIOCOUTQ)
		return (int)syscall(SYS_ioctl, fd, request, at);
	*(int *)at = under_way;
	return 0;
}

static void
setup(void)
{
	server = fake_serial_server();
	far = open_far_line(server->port, 19200, TIMEOUT_MS);
	expect_verdict(far, registers(1, 0, 1), DRIVER_HELD, 0);
	await_ready(far, 1);
}

static void
teardown(void)
{
	driver_modbus.close(far);
	if (server != NULL)
		fake_stop(server);
}

static void
expect_why(struct driver_link *l, const char *says)
{
	ck_assert_msg(strstr(driver_modbus.why(l), says) != NULL, "%s, not %s",
	    driver_modbus.why(l), says);
}

static void
expect_connections(unsigned count)
{
	ck_assert_uint_eq(fake_figure(server, &server->connections), count);
}

/* ---- servers that hang up ---- */

static void
hangs_up(struct fake *f, const uint8_t *q)
{
	(void)q;
	shutdown(f->fd, SHUT_RDWR);
}

START_TEST(a_server_that_hangs_up_on_a_question_fails_that_unit)
{
	int64_t start_ms = now_ms();

	expect_answer(far, registers(7, 5, 2));
	fake_behave(server, hangs_up);
	expect_verdict(far, registers(7, 5, 2), DRIVER_TIMEOUT, 50);
	expect_why(far, ": hung up");
	ck_assert_int_ge(
	    driver_modbus.ready_at(far, 7), start_ms + HOLD_MS - 1);
	ck_assert_int_eq(driver_modbus.ready_at(far, 8), 0);

	fake_behave(server, answers);
	expect_verdict(far, registers(8, 5, 2), DRIVER_HELD, 0);
	ck_assert_int_ge(
	    driver_modbus.ready_at(far, 8), start_ms + HOLD_MS - 1);
	await_ready(far, 8);
	expect_answer(far, registers(8, 5, 2));
	expect_connections(2);
}
END_TEST

START_TEST(an_answer_that_comes_on_the_next_connection_is_nobodys)
{
	uint8_t frame[] = {7, 3, 4, 0, 5, 0, 6}, out[SAID_MAX];

	fake_behave(server, hangs_up);
	expect_verdict(far, registers(7, 5, 2), DRIVER_TIMEOUT, 50);
	fake_behave(server, answers);
	expect_verdict(far, registers(7, 900, 2), DRIVER_HELD, 0);
	usleep(20000); /* it is accepted */
	fake_blurt(server, 0, out, fake_wrap(server, frame, 7, out));
	driver_modbus.listen(far, now_ms() + 100);
	expect_verdict(far, registers(7, 900, 2), DRIVER_HELD, 0);
	await_ready(far, 7);
	expect_answer(far, registers(7, 900, 2));
}
END_TEST

START_TEST(a_server_that_hangs_up_and_is_gone_is_a_lost_line)
{
	expect_answer(far, registers(7, 5, 2));
	fake_stop(server);
	server = NULL;
	expect_verdict(far, registers(7, 5, 2), DRIVER_HELD, 0);
	expect_verdict(far, registers(7, 5, 2), DRIVER_BUS, 0);
	expect_why(far, ": Connection refused");
	expect_verdict(far, registers(7, 5, 2), DRIVER_BUS, 0); /* too soon */
}
END_TEST

START_TEST(an_idle_connection_that_was_closed_is_no_lost_line)
{
	for (unsigned i = 1; i <= 2; i++) {
		expect_answer(far, registers(7, i, 2));
		pthread_mutex_lock(&server->lock);
		shutdown(server->fd, SHUT_RDWR);
		pthread_mutex_unlock(&server->lock);
		usleep(5000);
		if (i == 1) /* noticed by the listener, then by the question */
			driver_modbus.listen(far, now_ms() + 20);
		else
			expect_verdict(far, registers(7, 5, 2), DRIVER_HELD, 0);
		ck_assert_int_eq(driver_modbus.ready_at(far, 7), 0);
		expect_verdict(far, registers(7, 5, 2), DRIVER_HELD, 0);
		await_ready(far, 7);
		expect_connections(i + 1);
	}
	expect_answer(far, registers(7, 5, 2));
}
END_TEST

/* Else its units would be held for ever, and nobody would be told. */
START_TEST(a_server_that_hangs_up_before_it_was_asked_is_a_lost_line)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct driver_link *l;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(listener, (struct sockaddr *)&a, sizeof(a));
	ck_assert_int_eq(listen(listener, 4), 0);
	getsockname(listener, (struct sockaddr *)&a, &size);
	l = open_far_line(ntohs(a.sin_port), 19200, TIMEOUT_MS);
	for (int i = 0; i < 2; i++) {
		expect_verdict(l, registers(1, 5, 1), DRIVER_HELD, 0);
		close(accept(listener, NULL, NULL));
		driver_modbus.listen(l, now_ms() + 20);
		ck_assert_int_eq(driver_modbus.ready_at(l, 1), 0);
		expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 0);
		expect_why(l, ": hung up before it was asked anything");
		driver_modbus.listen(l, now_ms() + 1010);
	}
	driver_modbus.close(l);
	close(listener);
}
END_TEST

/* ---- a network that stands still ---- */

START_TEST(a_question_still_under_way_is_taken_back_with_its_connection)
{
	fake_behave(server, is_silent);
	expect_verdict(
	    far, registers(7, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	expect_connections(1); /* it was delivered: the line is kept */
	under_way = 8;
	expect_verdict(
	    far, registers(8, 5, 2), DRIVER_TIMEOUT, TIMEOUT_MS + 50);
	expect_why(far, "the question is still under way");
	under_way = 0;
	usleep(20000);
	pthread_mutex_lock(&server->lock);
	ck_assert(server->was_reset);
	pthread_mutex_unlock(&server->lock);
	fake_behave(server, answers);
	expect_verdict(far, registers(9, 5, 2), DRIVER_HELD, 0);
	await_ready(far, 8);
	expect_connections(2);
	expect_answer(far, registers(8, 5, 2));
}
END_TEST

START_TEST(nobody_there_is_told_at_once)
{
	struct driver_link *l = open_far_line(1, 9600, 1000);

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
	struct driver_link *l = open_far_line(port, 9600, TIMEOUT_MS);

	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, TIMEOUT_MS + 50);
	expect_why(l, "Connection timed out");
	expect_verdict(l, registers(1, 5, 1), DRIVER_BUS, 0);
	driver_modbus.close(l);
	close(fillers[0]);
	close(fillers[1]);
	close(listener);
}
END_TEST

/* ---- descriptors ---- */

static const struct {
	bool mbap;
	const char *scheme;
} schemes[] = {{true, "tcp"}, {false, "rtu+tcp"}};

static struct driver_link *
open_scheme(const char *scheme, uint16_t port)
{
	struct driver_line at = {.scheme = "",
	    .host = "127.0.0.1",
	    .port = port,
	    .baud = 9600,
	    .parity = 'N',
	    .stop_bits = 1,
	    .timeout_ms = TIMEOUT_MS};

	strcpy(at.scheme, scheme);
	return open_link_at(&at);
}

/* All there are, or so many; returns how many. */
static int
occupy(int *taken, int most)
{
	int count = 0;

	while (count < most &&
	    (taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1)
		count++;
	return count;
}

static void
limit_descriptors(rlim_t most)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = most;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(a_connection_beyond_the_first_1024_descriptors_works)
{
	int taken[FD_SETSIZE], count;
	struct fake *f = fake_listen(schemes[_i].mbap);
	struct driver_link *l = open_scheme(schemes[_i].scheme, f->port);

	limit_descriptors(2048);
	count = occupy(taken, FD_SETSIZE);
	ck_assert_int_ge(taken[count - 1], FD_SETSIZE);
	if (!schemes[_i].mbap)
		expect_verdict(l, registers(1, 5, 2), DRIVER_HELD, 0);
	await_ready(l, 1);
	expect_answer(l, registers(1, 5, 2));
	driver_modbus.close(l);
	while (count > 0)
		close(taken[--count]);
	fake_stop(f);
}
END_TEST

START_TEST(a_connection_for_which_no_descriptor_is_left_is_refused_in_words)
{
	int taken[FD_SETSIZE], count;
	struct fake *f = fake_listen(schemes[_i].mbap);
	struct driver_link *l = open_scheme(schemes[_i].scheme, f->port);

	limit_descriptors(64);
	count = occupy(taken, FD_SETSIZE);
	expect_verdict(l, registers(1, 5, 2), DRIVER_BUS, 0);
	expect_why(l, ": Too many open files");
	while (count > 0)
		close(taken[--count]);
	driver_modbus.listen(l, now_ms() + 1010);
	if (!schemes[_i].mbap)
		expect_verdict(l, registers(1, 5, 2), DRIVER_HELD, 0);
	await_ready(l, 1);
	expect_answer(l, registers(1, 5, 2));
	driver_modbus.close(l);
	fake_stop(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modbus_wire");
	TCase *hang = tcase_create("hanging up"),
	      *net = tcase_create("network");

	suite_add_tcase(s, hang);
	suite_add_tcase(s, net);
	tcase_set_timeout(hang, 30);
	tcase_set_timeout(net, 30);
	tcase_add_checked_fixture(hang, setup, teardown);
	tcase_add_test(
	    hang, a_server_that_hangs_up_on_a_question_fails_that_unit);
	tcase_add_test(
	    hang, an_answer_that_comes_on_the_next_connection_is_nobodys);
	tcase_add_test(hang, a_server_that_hangs_up_and_is_gone_is_a_lost_line);
	tcase_add_test(
	    hang, an_idle_connection_that_was_closed_is_no_lost_line);
	tcase_add_test(
	    hang, a_question_still_under_way_is_taken_back_with_its_connection);
	tcase_add_test(
	    net, a_server_that_hangs_up_before_it_was_asked_is_a_lost_line);
	tcase_add_test(net, nobody_there_is_told_at_once);
	tcase_add_test(
	    net, a_black_hole_costs_one_timeout_and_then_nothing_for_a_second);
	tcase_add_loop_test(net,
	    a_connection_beyond_the_first_1024_descriptors_works, 0,
	    ROWS(schemes));
	tcase_add_loop_test(net,
	    a_connection_for_which_no_descriptor_is_left_is_refused_in_words, 0,
	    ROWS(schemes));
	return suite_run(s);
}
