/*
 * login_help.h - users of a test, whose password's hash is quick, and requests
 * of somebody who is logged in
 */
#ifndef LOGIN_HELP_H
#define LOGIN_HELP_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/web/session.h"
#include "tests/client_help.h"

#define LOGIN_PASSWORD "three good words"
/* yescrypt at its least cost: three milliseconds. */
#define LOGIN_HASH                                                             \
	"$y$j75$YZdkbPvE19Piq93vTn.871$"                                       \
	"b7.UP06NuN1JU0FvQ90fhR0BBq32IgsvxSD1knuQYj."
#define LOGIN_USERS                                                            \
	"wang:duty:" LOGIN_HASH ":Wang\n"                                      \
	"li:engineer:" LOGIN_HASH ":李工\n"                                  \
	"look:viewer:" LOGIN_HASH ":Look\n"                                    \
	"city:bureau:" LOGIN_HASH ":住建局\n"

static inline void
login_write(const char *path, const char *users)
{
	char fresh[256];
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
	    write(fd, users, strlen(users)), (ssize_t)strlen(users));
	close(fd);
	ck_assert_int_eq(rename(fresh, path), 0);
}

/* The users above, in path. */
static inline struct sessions *
login_sessions(const char *path)
{
	struct sessions *s = sessions_new();

	login_write(path, LOGIN_USERS);
	sessions_file(s, path);
	return s;
}

static inline void
login_as(struct sessions *s, const char *user, char token[SESSION_TOKEN_MAX])
{
	struct attempt_in got;

	sessions_login(
	    s, user, LOGIN_PASSWORD, "127.0.0.1", clock_mono_ms(), &got);
	ck_assert_int_eq(got.result, LOGIN_IN);
	strcpy(token, got.token);
}

/* A request, with the cookie behind its first line. */
static inline void
login_say(int fd, const char *token, const char *request)
{
	char cookie[SESSION_TOKEN_MAX + 32];
	size_t first = (size_t)(strstr(request, "\r\n") - request) + 2;

	snprintf(cookie, sizeof(cookie), "Cookie: riser_session=%s\r\n", token);
	say(fd, request, first);
	say(fd, cookie, strlen(cookie));
	say(fd, request + first, strlen(request + first));
}

#endif
