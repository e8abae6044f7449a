/*
 * test_demo_text.c - a demo's configuration: free ports, a folder of its own
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/commands/demo_text.h"
#include "tests/suite.h"

static struct demo_text t;
static struct buf out;

static const char *
copy(const char *text, bool ptys)
{
	buf_clear(&out);
	ck_assert_int_eq(
	    demo_text_copy(&t, text, "/tmp/riser-demo-abc", ptys, 0, &out), 0);
	return out.data;
}

/* Of the address that stands first in text. */
static int
port_in(const char *text)
{
	const char *at = strstr(text, "127.0.0.1:");

	ck_assert_ptr_nonnull(at);
	return atoi(at + strlen("127.0.0.1:"));
}

static int
hold(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

START_TEST(what_is_no_address_stays_as_it_is)
{
	const char *text = "# 127.0.0.2:80\nbuses: []\n";

	ck_assert_str_eq(copy(text, true), text);
}
END_TEST

START_TEST(the_folder_is_the_demo_s_own)
{
	ck_assert_str_eq(copy("store: {path: /tmp/riser-demo/store}", true),
	    "store: {path: /tmp/riser-demo-abc/store}");
}
END_TEST

START_TEST(an_address_gets_a_port_that_can_be_listened_at)
{
	int port = port_in(copy("\"tcp://127.0.0.1:15021\"", true));

	close(hold(port));
	ck_assert_int_ne(port, 15021);
	ck_assert_int_eq(demo_text_port(&t, 15021), port);
	ck_assert_int_eq(demo_text_port(&t, 15022), -1);
}
END_TEST

START_TEST(a_port_in_use_is_not_given)
{
	int port = port_in(copy("127.0.0.1:1", true));
	int fd = hold(port);

	ck_assert_int_ne(port_in(copy("127.0.0.1:1", true)), port);
	close(fd);
}
END_TEST

START_TEST(one_address_written_twice_is_one_port)
{
	const char *text = copy("127.0.0.1:1 127.0.0.1:2 127.0.0.1:1", true);
	int first, second, third;

	ck_assert_int_eq(sscanf(text, "127.0.0.1:%d 127.0.0.1:%d 127.0.0.1:%d",
			     &first, &second, &third),
	    3);
	ck_assert_int_eq(first, third);
	ck_assert_int_ne(first, second);
}
END_TEST

START_TEST(as_many_buses_as_an_estate_has_get_a_port_each)
{
	struct buf text = {0};
	bool given[65536] = {false};

	for (int i = 0; i < DEMO_PORTS_MAX; i++)
		buf_printf(&text, "127.0.0.1:%d\n", 15000 + i);
	copy(text.data, true);
	for (int i = 0; i < DEMO_PORTS_MAX; i++) {
		int port = demo_text_port(&t, 15000 + i);

		ck_assert(port > 0 && !given[port]);
		given[port] = true;
	}
	buf_free(&text);
}
END_TEST

START_TEST(more_addresses_than_there_is_room_for_are_refused)
{
	struct buf text = {0};

	for (int i = 0; i <= DEMO_PORTS_MAX; i++)
		buf_printf(&text, "127.0.0.1:%d\n", 15000 + i);
	ck_assert_int_eq(
	    demo_text_copy(&t, text.data, "/tmp/x", true, 0, &out), -1);
	buf_free(&text);
}
END_TEST

START_TEST(a_serial_line_is_a_path_in_the_folder)
{
	ck_assert_str_eq(
	    copy("{url: \"rtu:///tmp/riser-demo/shaft?baud=9600\"}", true),
	    "{url: \"rtu:///tmp/riser-demo-abc/shaft?baud=9600\"}");
}
END_TEST

static const char *const quotes[] = {"\"", "'", ""};

START_TEST(without_ptys_a_serial_line_is_played_over_tcp)
{
	struct buf serial = {0}, tcp = {0};
	const char *text, *q = quotes[_i];

	buf_printf(&serial,
	    "{url: %srtu:///tmp/riser-demo/x?baud=9600%s, n: 1}", q, q);
	text = copy(serial.data, false);
	buf_printf(
	    &tcp, "{url: %stcp://127.0.0.1:%d%s, n: 1}", q, port_in(text), q);
	ck_assert_str_eq(text, tcp.data);
	buf_free(&serial);
	buf_free(&tcp);
}
END_TEST

START_TEST(ports_in_a_row_are_free_and_nobody_else_s)
{
	int port, first, fd;

	port = port_in(copy("127.0.0.1:1", true));
	fd = hold(port + 2);
	first = demo_text_row(&t, 4);
	ck_assert_int_gt(first, port);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_ne(first + i, port + 2);
		close(hold(first + i));
	}
	ck_assert_int_ge(demo_text_row(&t, 1), first + 4);
	close(fd);
}
END_TEST

static void
teardown(void)
{
	buf_free(&out);
}

int
main(void)
{
	Suite *s = suite_create("demo_text");
	TCase *c = tcase_create("demo_text");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_add_test(c, what_is_no_address_stays_as_it_is);
	tcase_add_test(c, the_folder_is_the_demo_s_own);
	tcase_add_test(c, an_address_gets_a_port_that_can_be_listened_at);
	tcase_add_test(c, a_port_in_use_is_not_given);
	tcase_add_test(c, one_address_written_twice_is_one_port);
	tcase_add_test(c, as_many_buses_as_an_estate_has_get_a_port_each);
	tcase_add_test(c, more_addresses_than_there_is_room_for_are_refused);
	tcase_add_test(c, ports_in_a_row_are_free_and_nobody_else_s);
	tcase_add_test(c, a_serial_line_is_a_path_in_the_folder);
	tcase_add_loop_test(
	    c, without_ptys_a_serial_line_is_played_over_tcp, 0, 3);
	return suite_run(s);
}
