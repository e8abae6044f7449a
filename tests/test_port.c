/*
 * test_port.c - serial lines and connections as masters find and abuse them
 */
#include "gateway/sim/port.h"

#include <termios.h>

#include "tests/sim_master.h"
#include "tests/suite.h"

/* ---- the line ---- */

START_TEST(an_answer_takes_as_long_as_on_a_wire)
{
	int fd = open_line();
	int64_t start_us = clock_mono_us(), took_us;

	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 50)));
	took_us = clock_mono_us() - start_us;
	/* (8 + 105) x 11 bits at 9600, t3.5, 5 ms of the device */
	ck_assert_int_ge(took_us, 129479 + 4010 + 5000);
	ck_assert_int_le(took_us, 1000000);
	close(fd);
}
END_TEST

START_TEST(a_master_may_come_and_go)
{
	for (int i = 0; i < 3; i++) {
		int fd = open_line();

		ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)));
		close(fd);
		turn_ms(10);
	}
}
END_TEST

/* As libmodbus opens a line with parity. */
static int
settle(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	cfsetspeed(&t, B9600);
	t.c_cflag |= PARENB;
	return tcsetattr(fd, TCSANOW, &t);
}

START_TEST(a_killed_master_does_not_lock_out_the_next)
{
	for (int i = 0; i < 3; i++) {
		int fd = open_line();

		ck_assert_msg(settle(fd) == 0, "%s", strerror(errno));
		close(fd);
		turn_ms(210);
	}
}
END_TEST

START_TEST(a_line_is_raw)
{
	struct termios t;
	int fd = open_line();

	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	ck_assert_uint_eq(t.c_lflag & (ICANON | ECHO | ISIG), 0);
	ck_assert_uint_eq(t.c_oflag & OPOST, 0);
	close(fd);
}
END_TEST

START_TEST(noise_before_a_request_is_survived)
{
	static const size_t lengths[] = {1, 7, 8, 9, 100, 519, 520, 2000};
	static const uint8_t noise[2000] = {1, 3, 0, 0xff, 16};
	int fd = open_line();

	for (size_t i = 0; i < COUNT(lengths); i++) {
		ck_assert_int_eq(
		    write(fd, noise, lengths[i]), (ssize_t)lengths[i]);
		turn_ms(30);
		ck_assert_msg(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)),
		    "%zu bytes of noise", lengths[i]);
	}
	close(fd);
}
END_TEST

START_TEST(noise_that_runs_into_a_request_is_survived)
{
	int fd = open_line();

	ck_assert_int_eq(write(fd, "\xff\x10\x03\x00\xfe", 5), 5);
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)));
	close(fd);
}
END_TEST

START_TEST(a_request_in_crumbs_is_a_request)
{
	struct frame f = request(UNIT_LIFT, 3, 0, 1);
	uint8_t bytes[FRAME_RTU_MAX];
	size_t len = frame_rtu_write(&f, bytes);
	int fd = open_line();

	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(write(fd, bytes + i, 1), 1);
		turn_ms(2);
	}
	ck_assert(hear_serial(fd, PATIENCE_MS));
	close(fd);
}
END_TEST

START_TEST(a_damaged_request_is_not_answered)
{
	int fd = open_line();

	ck_assert_int_eq(write(fd, "\x01\x03\0\0\0\x01\x84\x0b", 8), 8);
	ck_assert(!hear_serial(fd, QUIET_MS));
	close(fd);
}
END_TEST

/* ---- many, and bad ones ---- */

START_TEST(several_masters_are_served_at_once)
{
	int fds[PORT_CLIENTS_MAX];

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = connect_to(substation_port);
	for (size_t i = 0; i < COUNT(fds); i++)
		send_tcp(fds[i], request(UNIT_TX, 4, 0, 2));
	for (size_t i = 0; i < COUNT(fds); i++)
		ck_assert(hear_tcp(fds[i], PATIENCE_MS));
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}
END_TEST

START_TEST(one_master_too_many_is_turned_away_until_another_leaves)
{
	int fds[PORT_CLIENTS_MAX], extra;
	char byte;

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = connect_to(substation_port);
	turn_ms(20);
	extra = connect_to(substation_port);
	turn_ms(20);
	ck_assert_int_eq(read(extra, &byte, 1), 0);
	close(extra);
	close(fds[0]);
	turn_ms(20);
	fds[0] = connect_to(substation_port);
	ck_assert(ask_tcp(fds[0], request(UNIT_TX, 4, 0, 2)));
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}
END_TEST

START_TEST(more_requests_than_a_queue_holds_are_answered_in_order)
{
	int fd = connect_to(substation_port);

	for (uint16_t i = 0; i < 100; i++) {
		struct frame f = request(UNIT_TX, 4, 0, 2);

		f.transaction = i;
		send_tcp(fd, f);
	}
	for (uint16_t i = 0; i < 100; i++) {
		ck_assert(hear_tcp(fd, PATIENCE_MS));
		ck_assert_uint_eq(got.transaction, i);
	}
	close(fd);
}
END_TEST

START_TEST(who_does_not_speak_modbus_is_hung_up_on)
{
	int bad = connect_to(substation_port), good;
	char byte;
	ssize_t n;

	good = connect_to(substation_port);
	ck_assert_int_eq(write(bad, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	ck_assert(ask_tcp(good, request(UNIT_TX, 4, 0, 2)));
	turn_ms(20);
	n = read(bad, &byte, 1);
	ck_assert(n == 0 || (n == -1 && errno == ECONNRESET));
	close(bad);
	close(good);
}
END_TEST

START_TEST(a_master_that_leaves_before_its_answer_harms_nobody)
{
	int gone = connect_to(substation_port), fd;

	send_tcp(gone, request(UNIT_TX, 4, 0, 2));
	close(gone);
	turn_ms(20);
	fd = connect_to(substation_port);
	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, 0, 2)));
	close(fd);
}
END_TEST

static TCase *
line_tests(void)
{
	TCase *t = tcase_create("line");

	tcase_add_checked_fixture(t, setup_running, teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, an_answer_takes_as_long_as_on_a_wire);
	tcase_add_test(t, a_master_may_come_and_go);
	tcase_add_test(t, a_killed_master_does_not_lock_out_the_next);
	tcase_add_test(t, a_line_is_raw);
	tcase_add_test(t, noise_before_a_request_is_survived);
	tcase_add_test(t, noise_that_runs_into_a_request_is_survived);
	tcase_add_test(t, a_request_in_crumbs_is_a_request);
	tcase_add_test(t, a_damaged_request_is_not_answered);
	return t;
}

static TCase *
many_tests(void)
{
	TCase *t = tcase_create("many");

	tcase_add_checked_fixture(t, setup_running, teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, several_masters_are_served_at_once);
	tcase_add_test(
	    t, one_master_too_many_is_turned_away_until_another_leaves);
	tcase_add_test(
	    t, more_requests_than_a_queue_holds_are_answered_in_order);
	tcase_add_test(t, who_does_not_speak_modbus_is_hung_up_on);
	tcase_add_test(t, a_master_that_leaves_before_its_answer_harms_nobody);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("port");

	suite_add_tcase(s, line_tests());
	suite_add_tcase(s, many_tests());
	return suite_run(s);
}
