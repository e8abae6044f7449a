/*
 * test_modbus_port.c - serial ports that are opened, refused, lost and found
 * again
 */
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "tests/modbus_help.h"
#include "tests/suite.h"

#define TIMEOUT_MS 100
#define HOLD_MS 2000 /* as promised: max(2 s, 6 timeouts) */

START_TEST(after_opening_all_units_are_held_whatever_is_seen)
{
	struct fake *f = fake_pty(temporary("fresh"));
	struct driver_link *l = open_line(f->path, 19200, TIMEOUT_MS);
	uint8_t frame[] = {60, 3, 4, 0, 5, 0, 6}, out[SAID_MAX];
	int64_t start_ms = now_ms();

	ck_assert_int_eq(driver_modbus.ready_at(l, 60), 0);
	expect_verdict(l, registers(60, 5, 2), DRIVER_HELD, 0);
	ck_assert_int_ge(driver_modbus.ready_at(l, 60), start_ms + HOLD_MS - 1);
	ck_assert_int_ge(driver_modbus.ready_at(l, 61), start_ms + HOLD_MS - 1);
	fake_blurt(f, 0, out, fake_wrap(f, frame, sizeof(frame), out));
	driver_modbus.listen(l, now_ms() + 100);
	expect_verdict(l, registers(60, 5, 2), DRIVER_HELD, 0);
	ck_assert_uint_eq(fake_figure(f, &f->asked), 0);
	driver_modbus.close(l);
	fake_stop(f);
}
END_TEST

static int
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count;
}

START_TEST(a_port_that_went_away_is_found_again_by_its_name)
{
	int descriptors = count_descriptors();
	struct fake *f = fake_pty(temporary("usb"));
	struct driver_link *l = open_line(f->path, 19200, TIMEOUT_MS);
	struct driver_request q = registers(1, 5, 2);

	expect_verdict(l, q, DRIVER_HELD, 0);
	await_ready(l, 1);
	expect_answer(l, q);
	fake_stop(f);
	expect_verdict(l, q, DRIVER_BUS, 0);
	ck_assert_int_eq(count_descriptors(), descriptors);
	expect_verdict(l, q, DRIVER_BUS, 0); /* there is nothing to open */
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(l), "No such file or directory"));

	f = fake_pty(temporary("usb"));
	expect_verdict(l, q, DRIVER_BUS, 0); /* tried a moment ago */
	driver_modbus.listen(l, now_ms() + 1010);
	expect_verdict(l, q, DRIVER_HELD, 0);
	await_ready(l, 1);
	expect_answer(l, q);
	driver_modbus.close(l);
	fake_stop(f);
	ck_assert_int_eq(count_descriptors(), descriptors);
}
END_TEST

START_TEST(a_line_that_another_program_has_is_left_alone)
{
	struct fake *f = fake_pty(temporary("held"));
	struct driver_link *l = open_line(f->path, 19200, TIMEOUT_MS);
	struct termios before, after;

	ck_assert_int_eq(ioctl(f->other_end, TIOCEXCL), 0);
	ck_assert_int_eq(tcgetattr(f->other_end, &before), 0);
	expect_verdict(l, registers(1, 5, 2), DRIVER_BUS, 0);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(l), "another program has this line"));
	ck_assert_int_eq(tcgetattr(f->other_end, &after), 0);
	ck_assert_int_eq(cfgetospeed(&after), cfgetospeed(&before));
	ck_assert_uint_eq(after.c_cflag, before.c_cflag);

	ck_assert_int_eq(ioctl(f->other_end, TIOCNXCL), 0);
	driver_modbus.listen(l, now_ms() + 1010);
	expect_verdict(l, registers(1, 5, 2), DRIVER_HELD, 0);
	driver_modbus.close(l);
	fake_stop(f);
}
END_TEST

/* Does a listening link let go of a device at once? */
START_TEST(a_port_that_goes_away_while_listening_is_closed)
{
	struct fake *f = fake_pty(temporary("idle"));
	struct driver_link *l = open_line(f->path, 19200, TIMEOUT_MS);
	int descriptors = count_descriptors();
	int64_t start_ms = now_ms();

	expect_verdict(l, registers(1, 0, 1), DRIVER_HELD, 0);
	fake_stop(f); /* the master, the other end and our port: three less */
	driver_modbus.listen(l, start_ms + 100);
	ck_assert_int_ge(now_ms(), start_ms + 100);
	ck_assert_int_eq(count_descriptors(), descriptors - 2);
	driver_modbus.close(l);
}
END_TEST

/* Which of the test's ptys look like a UART: libc's is covered by this. */
static bool ptys_are_uarts;

int
fstat(int fd, struct stat *st)
{
	int rc = (int)syscall(SYS_newfstatat, fd, "", st, 0x1000);

	if (ptys_are_uarts)
		st->st_rdev = makedev(4, 64);
	return rc;
}

START_TEST(a_port_that_silently_drops_parity_is_refused)
{
	struct fake *f = fake_pty(temporary("uart"));
	struct driver_line at = {.scheme = "rtu",
	    .baud = 9600,
	    .parity = 'E',
	    .stop_bits = 1,
	    .timeout_ms = TIMEOUT_MS};
	struct driver_link *l;
	char why[256];

	strcpy(at.path, f->path);
	l = driver_modbus.open(&at, why, sizeof(why));
	ptys_are_uarts = true;
	expect_verdict(l, registers(1, 0, 1), DRIVER_BUS, 0);
	ptys_are_uarts = false;
	ck_assert_ptr_nonnull(strstr(driver_modbus.why(l), "parity"));
	driver_modbus.close(l);
	fake_stop(f);
}
END_TEST

START_TEST(a_port_beyond_the_first_1024_descriptors_is_refused)
{
	struct rlimit limit, more = {2048, 2048};
	struct fake *f = fake_pty(temporary("far"));
	struct driver_link *l = open_line(f->path, 19200, TIMEOUT_MS);
	int first, last;

	getrlimit(RLIMIT_NOFILE, &limit);
	more.rlim_max = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &more), 0);
	first = last = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (last != -1 && last < FD_SETSIZE)
		last = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(last, FD_SETSIZE);
	expect_verdict(l, registers(1, 0, 1), DRIVER_BUS, 0);
	ck_assert_ptr_nonnull(
	    strstr(driver_modbus.why(l), "too many files are open"));
	driver_modbus.close(l);
	while (last >= first)
		close(last--);
	setrlimit(RLIMIT_NOFILE, &limit);
	fake_stop(f);
}
END_TEST

START_TEST(what_is_no_serial_port_is_refused_in_words)
{
	static const struct {
		const char *path, *says;
	} paths[] = {
	    {"/nowhere/ttyUSB0", "/nowhere/ttyUSB0: No such file or directory"},
	    {"/dev/null", "/dev/null: Inappropriate ioctl for device"},
	};

	for (int i = 0; i < ROWS(paths); i++) {
		struct driver_link *l = open_line(paths[i].path, 9600, 100);

		expect_verdict(l, registers(1, 0, 1), DRIVER_BUS, 0);
		ck_assert_str_eq(driver_modbus.why(l), paths[i].says);
		driver_modbus.listen(l, now_ms() + 1); /* must not spin */
		driver_modbus.close(l);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modbus_port");
	TCase *t = tcase_create("port");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, after_opening_all_units_are_held_whatever_is_seen);
	tcase_add_test(t, a_line_that_another_program_has_is_left_alone);
	tcase_add_test(t, a_port_that_went_away_is_found_again_by_its_name);
	tcase_add_test(t, a_port_that_goes_away_while_listening_is_closed);
	tcase_add_test(t, a_port_that_silently_drops_parity_is_refused);
	tcase_add_test(t, what_is_no_serial_port_is_refused_in_words);
	tcase_add_test(t, a_port_beyond_the_first_1024_descriptors_is_refused);
	return suite_run(s);
}
