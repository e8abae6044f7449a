/*
 * mqtt_help.h - a real broker and real subscribers, for tests
 *
 * All files are in a folder of the test's own.  What is started dies with the
 * test, however that ends.
 */
#ifndef MQTT_HELP_H
#define MQTT_HELP_H

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/clock.h"

#define PATH_SIZE 128

static char folder[64]; /* of this test */

static inline const char *
in_folder(char path[PATH_SIZE], const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", folder, name);
	return path;
}

static inline void
folder_make(void)
{
	strcpy(folder, "/tmp/riser-mqtt-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0755), 0); /* the broker may drop root */
}

static inline void
folder_remove(void)
{
	char command[PATH_SIZE];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static inline void write_file(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static inline void
write_file(const char *name, const char *fmt, ...)
{
	char path[PATH_SIZE];
	FILE *f = fopen(in_folder(path, name), "w");
	va_list ap;

	ck_assert_ptr_nonnull(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	ck_assert_int_eq(fclose(f), 0);
}

/* A file's text, to free. */
static inline char *
read_file(const char *name)
{
	char path[PATH_SIZE];
	FILE *f = fopen(in_folder(path, name), "r");
	size_t size = 8 << 20;
	char *text = calloc(1, size);

	ck_assert_ptr_nonnull(text);
	if (f != NULL) {
		text[fread(text, 1, size - 1, f)] = '\0';
		fclose(f);
	}
	return text;
}

static inline int
times_in(const char *name, const char *needle)
{
	char *text = read_file(name);
	int n = 0;

	for (char *at = text; (at = strstr(at, needle)) != NULL; at++)
		n++;
	free(text);
	return n;
}

static inline int
free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* Starts argv with its output in a file of the folder. */
static inline pid_t
spawn(const char *output, const char *const argv[])
{
	char path[PATH_SIZE];
	pid_t pid = fork();
	int fd;

	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(in_folder(path, output), O_CREAT | O_APPEND | O_WRONLY, 0644);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static inline void
end(pid_t pid, int signal)
{
	ck_assert_int_eq(kill(pid, signal), 0);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static inline bool
listens(int port)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool ok;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return ok;
}

/* The broker; its configuration is broker.conf. */
static inline pid_t
broker_run(int port)
{
	char conf[PATH_SIZE];
	const char *argv[] = {"/usr/sbin/mosquitto", "-c", conf, NULL};
	int64_t until_ms = clock_mono_ms() + 5000;
	pid_t pid;

	in_folder(conf, "broker.conf");
	pid = spawn("broker.log", argv);
	while (!listens(port)) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		usleep(10000);
	}
	return pid;
}

/* Somebody who writes all he hears to sub.log, `retained topic payload` a line,
 * and who is told later what he misses. */
static inline pid_t
subscriber_run(int port)
{
	char text[8];
	const char *argv[] = {"stdbuf", "-oL", "mosquitto_sub", "-p", text,
	    "-V", "5", "-q", "1", "-c", "-i", "durable", "-x", "3600", "-t",
	    "#", "-F", "%r %t %p", NULL};

	snprintf(text, sizeof(text), "%d", port);
	return spawn("sub.log", argv);
}

#endif
