/*
 * client_help.h - a client of the web server that may say anything
 *
 * One answer at a time, kept in `answer`.
 */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX 262144 /* bytes; longer than any answer here */

static char answer[ANSWER_MAX];
static int client_port; /* of the server */

static inline int
connect_local(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline int
connect_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)client_port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static inline void
say(int fd, const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Reads until the server closes.  Returns the status, 0 if there is none, -1
 * if it keeps us waiting. */
static inline int
hear(int fd)
{
	size_t len = 0;
	ssize_t n;
	int status = 0;

	while ((n = recv(fd, answer + len, sizeof(answer) - len - 1, 0)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	if (n == -1 && errno == EAGAIN)
		status = -1;
	else
		sscanf(answer, "HTTP/1.1 %d", &status);
	close(fd);
	return status;
}

static inline int
ask(const char *request)
{
	int fd = connect_tcp();

	say(fd, request, strlen(request));
	return hear(fd);
}

static inline int
get(const char *path)
{
	char request[512];

	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    path);
	return ask(request);
}

static inline const char *
body(void)
{
	const char *blank = strstr(answer, "\r\n\r\n");

	return blank != NULL ? blank + 4 : "(no body)";
}

static inline void
assert_says(const char *expected)
{
	ck_assert_msg(strstr(answer, expected) != NULL,
	    "\"%s\" is missing in: %s", expected, answer);
}

#endif
