/*
 * test_sim.c - the simulated estate: who is there, staging, what it refuses
 */
#include <math.h>
#include <sys/stat.h>

#include "tests/sim_master.h"
#include "tests/suite.h"

/* ---- who is there ---- */

START_TEST(a_tcp_bus_answers_as_its_devices)
{
	int fd = connect_to(substation_port);

	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, help_tx[U1].address, 2)));
	ck_assert_uint_eq(got.transaction, 0x5aa5);
	ck_assert_uint_eq(got.unit, UNIT_TX);
	ck_assert_float_eq_tol(heard_float(), 231, 8);
	close(fd);
}
END_TEST

START_TEST(a_serial_bus_answers_as_its_devices)
{
	int fd = open_line();

	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 10, 2)));
	ck_assert_uint_eq(got.unit, UNIT_LIFT);
	ck_assert_float_eq(heard_float(), roundf(heard_float()));
	ck_assert_float_ge(heard_float(), 1);
	close(fd);
}
END_TEST

/* The shaft's line, behind a serial server at a free port. */
static uint16_t
start_server(void)
{
	struct driver_line *line = &help_buses[SHAFT].line;

	strcpy(line->scheme, "rtu+tcp");
	strcpy(line->host, "127.0.0.1");
	do
		line->port = free_port();
	while (line->port == substation_port || line->port == door_port);
	start();
	return line->port;
}

START_TEST(a_bus_behind_a_serial_server_answers_in_its_line_s_time)
{
	int fd = connect_to(start_server()), other = -1;
	int64_t start_us = clock_mono_us(), took_us;

	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 50)));
	took_us = clock_mono_us() - start_us;
	ck_assert_uint_eq(got.unit, UNIT_LIFT);
	ck_assert_uint_eq(got.pdu[1], 100);
	/* as in test_port.c */
	ck_assert_int_ge(took_us, 129479 + 4010 + 5000);
	close(fd);
	other = connect_to(help_buses[SHAFT].line.port);
	ck_assert(ask_serial(other, request(UNIT_LIFT, 3, 10, 2)));
	send_serial(other, request(UNIT_TX, 3, 0, 1)); /* not there: silence */
	ck_assert(!hear_serial(other, QUIET_MS));
	close(other);
}
END_TEST

START_TEST(a_bus_behind_a_serial_server_has_a_door_and_takes_no_writes)
{
	int fd = connect_to(start_server()), door = connect_to(door_port);

	ck_assert(ask_serial(fd, request(UNIT_LIFT, 6, 10, 7)));
	ck_assert_uint_eq(got.pdu[0], 0x86);
	ck_assert(ask_tcp(door, request(UNIT_LIFT, 6, 10, 7)));
	ck_assert_uint_eq(got.pdu[0], 6);
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 10, 1)));
	ck_assert_uint_eq(got.pdu[3], 7);
	stage(door, UNIT_LIFT, 1); /* silent */
	send_serial(fd, request(UNIT_LIFT, 3, 10, 1));
	ck_assert(!hear_serial(fd, QUIET_MS));
	close(door);
	close(fd);
}
END_TEST

START_TEST(a_unit_that_is_not_there_is_an_exception_on_tcp)
{
	int fd = connect_to(substation_port);

	ck_assert(ask_tcp(fd, request(UNIT_LIFT, 3, 0, 1)));
	ck_assert_uint_eq(got.pdu[0], 0x83);
	ck_assert_uint_eq(got.pdu[1], 0x0b);
	close(fd);
}
END_TEST

START_TEST(a_unit_that_is_not_there_is_silence_on_a_line)
{
	static const uint8_t units[] = {0, UNIT_TX, UNIT_STAGING};
	int fd = open_line();

	for (size_t i = 0; i < sizeof(units); i++) {
		send_serial(fd, request(units[i], 3, 0, 1));
		ck_assert(!hear_serial(fd, QUIET_MS));
	}
	close(fd);
}
END_TEST

START_TEST(a_derived_point_is_in_no_register)
{
	static const struct derive sum;
	int fd = connect_to(substation_port);

	sim_close(sim);
	help_tx[IMPORT].derive = &sum;
	help_devices[TX].polled_count = IMPORT;
	start();
	close(fd);
	fd = connect_to(substation_port);
	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, help_tx[IMPORT].address, 2)));
	ck_assert_float_eq(heard_float(), 0);
	close(fd);
}
END_TEST

START_TEST(a_device_shows_the_model_that_its_profile_asks_for)
{
	int fd = connect_to(substation_port);

	sim_close(sim);
	help_profile.identity = (struct conf_identity){.wanted = true,
	    .space = SPACE_HOLDING,
	    .address = 89,
	    .count = 1,
	    .decode = {.type = RAW_U16, .scale = {1, 0}},
	    .min = 15000,
	    .max = 15100};
	start();
	close(fd);
	fd = connect_to(substation_port);
	ck_assert(ask_tcp(fd, request(UNIT_TX, 3, 89, 1)));
	ck_assert_mem_eq(got.pdu, "\x03\x02\x3a\x98", 4);
	close(fd);
}
END_TEST

START_TEST(a_name_that_is_asked_for_is_shown_though_a_point_reads_it_too)
{
	int fd = connect_to(substation_port);

	sim_close(sim);
	help_profile.identity = (struct conf_identity){.wanted = true,
	    .space = SPACE_INPUT,
	    .address = help_box[MODEL].address,
	    .count = 2,
	    .decode = {.type = RAW_ASCII,
		.form = FORM_TEXT,
		.text_len = 4,
		.scale = {1, 0}},
	    .text = "PM5"};
	start();
	close(fd);
	fd = connect_to(substation_port);
	turn_ms(150);
	ck_assert(
	    ask_tcp(fd, request(UNIT_BOX, 4, help_box[MODEL].address, 2)));
	ck_assert_mem_eq(got.pdu, "\x04\x04PM5\0", 6);
	close(fd);
}
END_TEST

START_TEST(a_state_is_answered_by_the_device_s_own_number)
{
	int fd = open_line();

	ck_assert(
	    ask_serial(fd, request(UNIT_LIFT, 3, help_lift[DOOR].address, 1)));
	ck_assert_mem_eq(got.pdu, "\x03\x02\0\x04", 4); /* closed */
	close(fd);
}
END_TEST

START_TEST(it_says_where_everything_is)
{
	char *text = NULL, *expect = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	sim_print(sim, out);
	fclose(out);
	ck_assert_int_gt(asprintf(&expect,
			     "bus substation: 127.0.0.1:%u, its own door\n"
			     "bus shaft: %s -> /dev/pts/",
			     substation_port, path),
	    0);
	ck_assert_msg(strncmp(text, expect, strlen(expect)) == 0, "%s", text);
	free(expect);
	ck_assert_int_gt(
	    asprintf(&expect, ", door 127.0.0.1:%u\n", door_port), 0);
	ck_assert_ptr_nonnull(strstr(text, expect));
	free(expect);
	free(text);
}
END_TEST

/* ---- staging ---- */

START_TEST(the_field_side_of_a_line_takes_no_writes)
{
	static const uint8_t writes[] = {5, 6};
	int fd = open_line();

	for (size_t i = 0; i < sizeof(writes); i++) {
		ck_assert(ask_serial(fd, request(UNIT_LIFT, writes[i], 10, 0)));
		ck_assert_uint_eq(got.pdu[0], writes[i] | 0x80);
		ck_assert_uint_eq(got.pdu[1], 1);
	}
	close(fd);
}
END_TEST

START_TEST(what_is_pinned_through_the_door_is_read_in_the_field)
{
	int door = connect_to(door_port), fd = open_line();

	ck_assert(ask_tcp(door, request(UNIT_LIFT, 6, 10, 0xbeef)));
	turn_ms(250); /* the model writes over it, in vain */
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 10, 1)));
	ck_assert_mem_eq(got.pdu, "\x03\x02\xbe\xef", 4);
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 4, 10, 1)));
	ck_assert_mem_eq(got.pdu, "\x04\x02\xbe\xef", 4);
	stage(door, UNIT_LIFT, 4);
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 10, 2)));
	ck_assert_float_le(heard_float(), 6);
	close(fd);
	close(door);
}
END_TEST

START_TEST(a_silent_unit_is_silent_in_the_field_and_not_at_its_door)
{
	int door = connect_to(door_port), fd = open_line();

	stage(door, UNIT_LIFT, 1);
	send_serial(fd, request(UNIT_LIFT, 3, 0, 1));
	ck_assert(!hear_serial(fd, QUIET_MS));
	ck_assert(ask_tcp(door, request(UNIT_LIFT, 3, 0, 1)));
	ck_assert(ask_tcp(door, request(UNIT_STAGING, 3, UNIT_LIFT, 1)));
	ck_assert_uint_eq(got.pdu[3], 1);
	stage(door, UNIT_LIFT, 0);
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)));
	close(fd);
	close(door);
}
END_TEST

START_TEST(a_silent_unit_of_a_tcp_bus_can_still_be_staged)
{
	int fd = connect_to(substation_port);

	stage(fd, UNIT_TX, 1);
	send_tcp(fd, request(UNIT_TX, 4, 0, 2));
	ck_assert(!hear_tcp(fd, QUIET_MS));
	send_tcp(fd, request(UNIT_TX, 3, 0, 200)); /* not even a refusal */
	ck_assert(!hear_tcp(fd, QUIET_MS));
	ck_assert(ask_tcp(fd, request(UNIT_PUMP, 4, 0, 2)));
	ck_assert(ask_tcp(fd, request(UNIT_TX, 6, 0, 7)));
	stage(fd, UNIT_TX, 0);
	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, 0, 1)));
	ck_assert_mem_eq(got.pdu, "\x04\x02\x00\x07", 4);
	close(fd);
}
END_TEST

START_TEST(a_late_answer_comes_when_its_neighbours_have_answered)
{
	int fd = connect_to(substation_port);
	int64_t start_ms = clock_mono_ms();

	stage(fd, UNIT_TX, 2);
	send_tcp(fd, request(UNIT_TX, 4, 0, 2));
	send_tcp(fd, request(UNIT_PUMP, 4, 0, 2));
	ck_assert(hear_tcp(fd, PATIENCE_MS));
	ck_assert_uint_eq(got.unit, UNIT_PUMP);
	ck_assert(hear_tcp(fd, PATIENCE_MS));
	ck_assert_uint_eq(got.unit, UNIT_TX);
	ck_assert_int_ge(clock_mono_ms() - start_ms, 150); /* 1.5 timeouts */
	close(fd);
}
END_TEST

START_TEST(a_late_unit_of_a_line_is_late)
{
	int door = connect_to(door_port), fd = open_line();
	int64_t start_ms;

	stage(door, UNIT_LIFT, 2);
	start_ms = clock_mono_ms();
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)));
	ck_assert_int_ge(clock_mono_ms() - start_ms, 150);
	close(fd);
	close(door);
}
END_TEST

static float
power(int fd)
{
	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, help_tx[P].address, 2)));
	return heard_float();
}

START_TEST(values_move_with_simulated_time_but_not_when_frozen)
{
	int fd;
	float before;

	sim_close(sim);
	sc.speed = 100;
	start();
	fd = connect_to(substation_port);
	before = power(fd);
	turn_ms(250);
	ck_assert_float_ne(power(fd), before);
	stage(fd, UNIT_TX, 3);
	before = power(fd);
	turn_ms(250);
	ck_assert_float_eq(power(fd), before);
	stage(fd, UNIT_TX, 0);
	turn_ms(250);
	ck_assert_float_ne(power(fd), before);
	close(fd);
}
END_TEST

static float
lift_code(int fd)
{
	ck_assert(
	    ask_serial(fd, request(UNIT_LIFT, 3, help_lift[CODE].address, 2)));
	return heard_float();
}

static float
volts(int fd)
{
	ck_assert(ask_tcp(fd, request(UNIT_TX, 4, help_tx[U1].address, 2)));
	return heard_float();
}

#define SLOW_MS 1500 /* meters move once a second */

START_TEST(a_cut_through_the_meters_door_stops_the_lift_it_feeds)
{
	int door = connect_to(substation_port), fd = open_line();

	stage(door, UNIT_TX, 10);
	turn_ms(SLOW_MS);
	ck_assert_float_eq(volts(door), 0);
	ck_assert_float_eq(lift_code(fd), 41);
	ck_assert(ask_tcp(door, request(UNIT_STAGING, 3, UNIT_TX, 1)));
	ck_assert_uint_eq(got.pdu[3], 10);
	stage(door, UNIT_TX, 0);
	turn_ms(SLOW_MS);
	ck_assert_float_gt(volts(door), 200);
	close(fd);
	close(door);
}
END_TEST

START_TEST(a_board_without_a_ups_is_silent_until_the_supply_is_back)
{
	int door = connect_to(substation_port), fd = open_line();

	stage(door, UNIT_TX, 21);
	turn_ms(250);
	send_serial(fd, request(UNIT_LIFT, 3, 0, 1));
	ck_assert(!hear_serial(fd, QUIET_MS));
	send_tcp(door, request(UNIT_TX, 4, 0, 2));
	ck_assert(!hear_tcp(door, QUIET_MS));
	stage(door, UNIT_TX, 0);
	turn_ms(250);
	lift_code(fd);
	close(fd);
	close(door);
}
END_TEST

START_TEST(what_is_frozen_shows_nothing_of_a_cut)
{
	int door = connect_to(substation_port), fd = open_line();

	stage(door, UNIT_TX, 13);
	turn_ms(SLOW_MS);
	ck_assert_float_gt(volts(door), 200);
	ck_assert_float_eq(lift_code(fd), 41);
	close(fd);
	close(door);
}
END_TEST

/* ---- what cannot be simulated ---- */

static void
assert_refused(const char *because)
{
	sim = sim_open(&help_conf, &sc, &err);
	ck_assert_ptr_null(sim);
	ck_assert_msg(strstr(err.text, because) != NULL, "%s", err.text);
}

static const char *const far_hosts[] = {
    "0.0.0.0", "192.168.10.20", "::", "fe80::1", "example.org", ""};

START_TEST(it_never_listens_beyond_loopback)
{
	strcpy(help_buses[SUBSTATION].line.host, far_hosts[_i]);
	assert_refused("is not a loopback address");
}
END_TEST

START_TEST(other_buses_are_refused)
{
	strcpy(help_buses[SHAFT].line.scheme, "udp");
	assert_refused("bus shaft: udp:// cannot be simulated");
}
END_TEST

START_TEST(a_device_at_the_staging_unit_is_refused)
{
	help_devices[BOX].unit = UNIT_STAGING;
	assert_refused("device box: unit 255 is the simulator's own");
}
END_TEST

START_TEST(doors_beyond_the_last_port_are_refused)
{
	sc.door_port = 65536;
	assert_refused("need ports up to 65536");
}
END_TEST

static const double bad_speeds[] = {0, -1, 3601, (double)NAN, (double)INFINITY};

START_TEST(a_speed_that_is_none_is_refused)
{
	sc.speed = bad_speeds[_i];
	assert_refused("is not within 0.001..3600");
}
END_TEST

START_TEST(a_port_in_use_is_said_with_its_bus)
{
	struct sim *first = sim_open(&help_conf, &sc, &err);

	ck_assert_ptr_nonnull(first);
	assert_refused("bus substation: listen at 127.0.0.1 port");
	sim_close(first);
}
END_TEST

static void
make_folders(void)
{
	char folder[128];

	snprintf(folder, sizeof(folder), "%s/dev", dir);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	snprintf(folder, sizeof(folder), "%s/dev/serial", dir);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
}

START_TEST(a_real_file_is_never_replaced)
{
	make_folders();
	close(open(path, O_CREAT | O_WRONLY, 0644));
	assert_refused("is there already and is no link");
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_link_to_something_real_is_never_replaced)
{
	char target[128];

	make_folders();
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	assert_refused("leads to /dev/null");
	ck_assert_int_eq(readlink(path, target, sizeof(target)), 9);
}
END_TEST

static const char *const old_targets[] = {
    "/nowhere/at/all", "/dev/pts/ptmx", "/dev/pts/99999"};

START_TEST(an_old_link_is_replaced)
{
	int fd;

	make_folders();
	ck_assert_int_eq(symlink(old_targets[_i], path), 0);
	start();
	fd = open_line();
	ck_assert(ask_serial(fd, request(UNIT_LIFT, 3, 0, 1)));
	close(fd);
}
END_TEST

START_TEST(its_link_goes_with_it)
{
	struct stat st;

	start();
	ck_assert_int_eq(lstat(path, &st), 0);
	sim_close(sim);
	sim = NULL;
	ck_assert_int_eq(lstat(path, &st), -1);
}
END_TEST

START_TEST(a_link_that_somebody_else_made_since_stays)
{
	struct stat st;

	start();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	sim_close(sim);
	sim = NULL;
	ck_assert_int_eq(lstat(path, &st), 0);
}
END_TEST

START_TEST(without_doors_there_is_none)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(door_port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sc.door_port = 0;
	start();
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), -1);
	close(fd);
}
END_TEST

static TCase *
running_tests(void)
{
	TCase *t = tcase_create("running");

	tcase_add_checked_fixture(t, setup_running, teardown);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, a_tcp_bus_answers_as_its_devices);
	tcase_add_test(t, a_serial_bus_answers_as_its_devices);
	tcase_add_test(t, a_unit_that_is_not_there_is_an_exception_on_tcp);
	tcase_add_test(t, a_unit_that_is_not_there_is_silence_on_a_line);
	tcase_add_test(t, a_derived_point_is_in_no_register);
	tcase_add_test(t, a_device_shows_the_model_that_its_profile_asks_for);
	tcase_add_test(
	    t, a_name_that_is_asked_for_is_shown_though_a_point_reads_it_too);
	tcase_add_test(t, a_state_is_answered_by_the_device_s_own_number);
	tcase_add_test(t, it_says_where_everything_is);
	tcase_add_test(t, the_field_side_of_a_line_takes_no_writes);
	tcase_add_test(t, what_is_pinned_through_the_door_is_read_in_the_field);
	tcase_add_test(
	    t, a_silent_unit_is_silent_in_the_field_and_not_at_its_door);
	tcase_add_test(t, a_silent_unit_of_a_tcp_bus_can_still_be_staged);
	tcase_add_test(
	    t, a_late_answer_comes_when_its_neighbours_have_answered);
	tcase_add_test(t, a_late_unit_of_a_line_is_late);
	tcase_add_test(t, values_move_with_simulated_time_but_not_when_frozen);
	tcase_add_test(
	    t, a_cut_through_the_meters_door_stops_the_lift_it_feeds);
	tcase_add_test(
	    t, a_board_without_a_ups_is_silent_until_the_supply_is_back);
	tcase_add_test(t, what_is_frozen_shows_nothing_of_a_cut);
	return t;
}

static TCase *
opening_tests(void)
{
	TCase *t = tcase_create("opening");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 20);
	tcase_add_loop_test(
	    t, it_never_listens_beyond_loopback, 0, (int)COUNT(far_hosts));
	tcase_add_test(
	    t, a_bus_behind_a_serial_server_answers_in_its_line_s_time);
	tcase_add_test(
	    t, a_bus_behind_a_serial_server_has_a_door_and_takes_no_writes);
	tcase_add_test(t, other_buses_are_refused);
	tcase_add_test(t, a_device_at_the_staging_unit_is_refused);
	tcase_add_test(t, doors_beyond_the_last_port_are_refused);
	tcase_add_loop_test(
	    t, a_speed_that_is_none_is_refused, 0, (int)COUNT(bad_speeds));
	tcase_add_test(t, a_port_in_use_is_said_with_its_bus);
	tcase_add_test(t, a_real_file_is_never_replaced);
	tcase_add_test(t, a_link_to_something_real_is_never_replaced);
	tcase_add_loop_test(
	    t, an_old_link_is_replaced, 0, (int)COUNT(old_targets));
	tcase_add_test(t, its_link_goes_with_it);
	tcase_add_test(t, a_link_that_somebody_else_made_since_stays);
	tcase_add_test(t, without_doors_there_is_none);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("sim");

	suite_add_tcase(s, running_tests());
	suite_add_tcase(s, opening_tests());
	return suite_run(s);
}
