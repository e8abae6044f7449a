/* test_systemd.c - what the service manager hears */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/systemd.h"
#include "tests/suite.h"

/* A manager that listens at this name, and tells it to us. */
static int
listen_at(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(a.sun_path, name, length);
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *const places[] = {"/tmp/test-notify-", "@test-notify-"};

START_TEST(a_manager_hears_at_a_file_and_at_a_name_of_the_kernel)
{
	char name[64], heard[64] = "";
	int fd;

	snprintf(name, sizeof(name), "%s%d", places[_i], getpid());
	fd = listen_at(name);
	systemd_tell("READY=1");
	ck_assert_int_eq(recv(fd, heard, sizeof(heard), MSG_DONTWAIT), 7);
	ck_assert_str_eq(heard, "READY=1");
	close(fd);
	unlink(name);
	systemd_tell("STOPPING=1"); /* nobody is there any more: no harm */
}
END_TEST

START_TEST(a_manager_that_does_not_read_holds_nobody_for_long)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "@test-full-%d", getpid());
	fd = listen_at(name);
	alarm(60);
	for (int i = 0; i < 3; i++) {
		int to = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		struct sockaddr_un a;
		socklen_t length = sizeof(a);

		getsockname(fd, (struct sockaddr *)&a, &length);
		while (sendto(to, "x", 1, 0, (struct sockaddr *)&a, length) > 0)
			continue;
		close(to);
		systemd_tell("WATCHDOG=1");
	}
	close(fd);
}
END_TEST

START_TEST(who_is_no_service_tells_nobody)
{
	char longer[200] = "/", name[64], heard[16];
	int fd;

	snprintf(name, sizeof(name), "@test-nobody-%d", getpid());
	fd = listen_at(name);
	unsetenv("NOTIFY_SOCKET");
	systemd_tell("READY=1");
	memset(longer + 1, 'x', sizeof(longer) - 2);
	setenv("NOTIFY_SOCKET", longer, 1);
	systemd_tell("READY=1");
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	systemd_tell("READY=1");
	setenv("NOTIFY_SOCKET", name + 1, 1); /* neither a path nor a @ */
	systemd_tell("READY=1");
	ck_assert_int_eq(recv(fd, heard, sizeof(heard), MSG_DONTWAIT), -1);
	close(fd);
}
END_TEST

START_TEST(the_watchdog_is_of_this_process)
{
	char pid[16];

	unsetenv("WATCHDOG_USEC");
	ck_assert_int_eq(systemd_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	ck_assert_int_eq(systemd_watchdog_ms(), 30000);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_int_eq(systemd_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	ck_assert_int_eq(systemd_watchdog_ms(), 30000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("systemd");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t,
	    a_manager_hears_at_a_file_and_at_a_name_of_the_kernel, 0,
	    sizeof(places) / sizeof(places[0]));
	tcase_add_test(t, a_manager_that_does_not_read_holds_nobody_for_long);
	tcase_add_test(t, who_is_no_service_tells_nobody);
	tcase_add_test(t, the_watchdog_is_of_this_process);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return suite_run(s);
}
