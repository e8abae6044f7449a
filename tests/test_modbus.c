/*
 * test_modbus.c - the Modbus driver as driver.h promises it, without a line:
 * what it is found by, what it refuses, what it costs
 */
#include <check.h>
#include <string.h>

#include "drivers/driver.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

extern const struct driver driver_modbus;

START_TEST(it_serves_its_schemes_and_no_other)
{
	ck_assert_ptr_eq(driver_for("rtu"), &driver_modbus);
	ck_assert_ptr_eq(driver_for("tcp"), &driver_modbus);
	ck_assert_ptr_eq(driver_for("rtu+tcp"), &driver_modbus);
	ck_assert_ptr_null(driver_for("tcpx"));
	ck_assert_ptr_null(driver_for("rt"));
	ck_assert_ptr_null(driver_for(""));
}
END_TEST

static const struct {
	struct driver_line line;
	const char *says; /* NULL: it opens */
} lines[] = {
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 'E', 1, 300}, NULL},
    {{"rtu", "/dev/ttyUSB0", "", 0, 4000000, 'O', 2, 1}, NULL},
    {{"tcp", "", "192.168.10.20", 502, 0, 0, 0, 1000}, NULL},
    {{"tcp", "", "meter.example", 502, 0, 0, 0, 1000}, NULL},
    {{"tcp", "", "::1", 65535, 0, 0, 0, 1000}, NULL},
    {{"rtu+tcp", "", "server.example", 8899, 9600, 'E', 1, 1000}, NULL},
    {{"rtu", "", "", 0, 9600, 'E', 1, 300}, "path"},
    {{"rtu+tcp", "", "", 8899, 9600, 'E', 1, 300}, "a host and a port"},
    {{"rtu+tcp", "", "h", 0, 9600, 'E', 1, 300}, "a host and a port"},
    {{"rtu+tcp", "", "h", 8899, 0, 'E', 1, 300},
	"h:8899: no port has this baud"},
    {{"rtu+tcp", "", "::1", 8899, 9600, 'M', 1, 300}, "[::1]:8899: parity"},
    {{"rtu+tcp", "", "h", 8899, 9600, 'N', 1, 0}, "timeout"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9601, 'E', 1, 300}, "baud"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 0, 'E', 1, 300}, "baud"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 'M', 1, 300}, "parity"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 0, 1, 300}, "parity"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 'N', 0, 300}, "stop bits"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 'N', 3, 300}, "stop bits"},
    {{"rtu", "/dev/ttyUSB0", "", 0, 9600, 'N', 1, 0}, "timeout"},
    {{"tcp", "", "", 502, 0, 0, 0, 1000}, "host"},
    {{"tcp", "", "192.168.10.20", 0, 0, 0, 0, 1000}, "port"},
    {{"tcp", "", "192.168.10.20", 502, 0, 0, 0, 0}, "timeout"},
    {{"udp", "", "192.168.10.20", 502, 0, 0, 0, 1000}, "udp"},
};

START_TEST(a_line_that_can_never_work_is_refused_in_words)
{
	char why[256] = "";
	struct driver_link *l =
	    driver_modbus.open(&lines[_i].line, why, sizeof(why));

	if (lines[_i].says == NULL) {
		ck_assert_msg(l != NULL, "%s", why);
		ck_assert_int_eq(driver_modbus.ready_at(l, 1), 0);
	} else {
		ck_assert_ptr_null(l);
		ck_assert_msg(strstr(why, lines[_i].says) != NULL, "%s", why);
	}
	driver_modbus.close(l);
}
END_TEST

/* Modbus over Serial Line V1.02, 2.5.1; Messaging on TCP/IP V1.0b, 3.1.3. */
static const struct {
	const char *scheme;
	uint8_t space;
	uint16_t count;
	struct driver_frames frames;
} frame_rows[] = {
    {"rtu", SPACE_HOLDING, 1, {3, 8, 7}},
    {"rtu", SPACE_INPUT, 125, {4, 8, 255}},
    {"rtu", SPACE_COIL, 8, {1, 8, 6}},
    {"rtu", SPACE_DISCRETE, 9, {2, 8, 7}},
    {"tcp", SPACE_HOLDING, 1, {3, 12, 11}},
    {"tcp", SPACE_INPUT, 125, {4, 12, 259}},
    {"tcp", SPACE_COIL, 2000, {1, 12, 259}},
    {"tcp", SPACE_DISCRETE, 1, {2, 12, 10}},
    {"rtu+tcp", SPACE_HOLDING, 1, {3, 8, 7}},
};

START_TEST(the_bytes_of_both_frames_are_known_before_they_are_sent)
{
	struct driver_line line = {.baud = 9600, .parity = 'N', .stop_bits = 1};
	struct driver_request q = {
	    1, frame_rows[_i].space, 0, frame_rows[_i].count, 0};
	struct driver_frames f;

	strcpy(line.scheme, frame_rows[_i].scheme);
	f = driver_modbus.frames(&line, &q);
	ck_assert_uint_eq(f.function, frame_rows[_i].frames.function);
	ck_assert_uint_eq(
	    f.question_bytes, frame_rows[_i].frames.question_bytes);
	ck_assert_uint_eq(f.answer_bytes, frame_rows[_i].frames.answer_bytes);
}
END_TEST

/* Characters x bits / baud, and two silences; the network's share. */
static const struct {
	const char *scheme;
	uint32_t baud;
	char parity;
	uint8_t stop_bits, space;
	uint16_t count;
	int64_t cost_us;
} costs[] = {
    {"rtu", 9600, 'N', 1, SPACE_HOLDING, 1, 15 * 10 * 625 / 6 + 2 * 3646},
    {"rtu", 9600, 'E', 1, SPACE_INPUT, 10, 33 * 11 * 625 / 6 + 1 + 2 * 4063},
    {"rtu", 9600, 'N', 2, SPACE_COIL, 9, 15 * 11 * 625 / 6 + 1 + 2 * 4063},
    {"rtu", 19200, 'E', 1, SPACE_COIL, 8, 14 * 11 * 625 / 12 + 1 + 2 * 2032},
    {"rtu", 115200, 'E', 1, SPACE_HOLDING, 125, 25113 + 2 * 1750},
    {"tcp", 0, 0, 0, SPACE_HOLDING, 1, 214},
    {"tcp", 0, 0, 0, SPACE_DISCRETE, 2000, 234},
    {"rtu+tcp", 9600, 'N', 1, SPACE_HOLDING, 1,
	15 * 10 * 625 / 6 + 2 * 3646 + 213},
};

START_TEST(a_request_costs_what_is_on_the_wire)
{
	struct driver_line line = {.baud = costs[_i].baud,
	    .parity = costs[_i].parity,
	    .stop_bits = costs[_i].stop_bits};
	struct driver_request q = {1, costs[_i].space, 0, costs[_i].count, 0};

	strcpy(line.scheme, costs[_i].scheme);
	ck_assert_int_eq(driver_modbus.cost_us(&line, &q), costs[_i].cost_us);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modbus");
	TCase *t = tcase_create("modbus");

	suite_add_tcase(s, t);
	tcase_add_test(t, it_serves_its_schemes_and_no_other);
	tcase_add_loop_test(
	    t, a_line_that_can_never_work_is_refused_in_words, 0, ROWS(lines));
	tcase_add_loop_test(t,
	    the_bytes_of_both_frames_are_known_before_they_are_sent, 0,
	    ROWS(frame_rows));
	tcase_add_loop_test(
	    t, a_request_costs_what_is_on_the_wire, 0, ROWS(costs));
	return suite_run(s);
}
