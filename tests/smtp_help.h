/*
 * smtp_help.h - a mail server that answers as a test wants, also not at all
 *
 * One connection at a time, without TLS.  What it heard is kept, a line each.
 */
#ifndef SMTP_HELP_H
#define SMTP_HELP_H

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POST_HEARD_MAX 65536

/* An answer to lines that begin so; "" is silence, NULL ends the connection. */
struct post_rule {
	const char *line, *answer;
};

struct post_office {
	int listen_fd, port, stop_fd[2];
	pthread_t thread;
	const struct post_rule *rules; /* before the usual answers; line NULL
					  ends */
	pthread_mutex_t lock; /* of what follows */
	char heard[POST_HEARD_MAX];
	size_t heard_length;
	int connections;
};

static const struct post_rule post_usual[] = {
    {"CONNECT", "220 fake ESMTP"},
    {"EHLO", "250-fake\r\n250 AUTH PLAIN LOGIN"},
    {"AUTH PLAIN", "334 "},
    {"AHdhbmcA", "235 in"}, /* anybody called wang */
    {"MAIL", "250 OK"},
    {"RCPT", "250 OK"},
    {"DATA", "354 go on"},
    {".", "250 queued"},
    {"QUIT", "221 bye"},
    {NULL, NULL},
};

/* False if the office is to close. */
static inline bool
post_wait(struct post_office *o, int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
	    {.fd = o->stop_fd[0], .events = POLLIN}};

	poll(fds, 2, -1);
	return fds[1].revents == 0;
}

static inline const char *
post_answer(struct post_office *o, const char *line)
{
	const struct post_rule *sets[] = {o->rules, post_usual};

	for (int i = 0; i < 2; i++)
		for (const struct post_rule *r = sets[i];
		     r != NULL && r->line != NULL; r++)
			if (strncasecmp(line, r->line, strlen(r->line)) == 0)
				return r->answer;
	return "500 what?";
}

static inline void
post_note(struct post_office *o, const char *line)
{
	size_t room = POST_HEARD_MAX - o->heard_length;

	pthread_mutex_lock(&o->lock);
	o->heard_length +=
	    (size_t)snprintf(o->heard + o->heard_length, room, "%s\n", line);
	ck_assert_uint_lt(o->heard_length, POST_HEARD_MAX);
	pthread_mutex_unlock(&o->lock);
}

/* Reads a line; false at the connection's end. */
static inline bool
post_read(struct post_office *o, int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		if (!post_wait(o, fd) || read(fd, line + n, 1) != 1)
			return false;
		if (line[n] == '\n')
			break;
		n += line[n] != '\r';
	}
	line[n] = '\0';
	return true;
}

static inline void
post_talk(struct post_office *o, int fd)
{
	char line[2048] = "CONNECT";
	bool in_mail = false;

	do {
		const char *answer;
		char text[512];

		if (in_mail && strcmp(line, ".") != 0)
			continue;
		answer = post_answer(o, line);
		if (answer == NULL)
			return;
		in_mail = strcasecmp(line, "DATA") == 0 && *answer == '3';
		if (*answer == '\0')
			continue;
		snprintf(text, sizeof(text), "%s\r\n", answer);
		if (send(fd, text, strlen(text), MSG_NOSIGNAL) == -1)
			return;
	} while (
	    post_read(o, fd, line, sizeof(line)) && (post_note(o, line), true));
}

static inline void *
post_run(void *arg)
{
	struct post_office *o = arg;

	while (post_wait(o, o->listen_fd)) {
		int fd = accept(o->listen_fd, NULL, NULL);

		pthread_mutex_lock(&o->lock);
		o->connections++;
		pthread_mutex_unlock(&o->lock);
		post_talk(o, fd);
		close(fd);
	}
	return NULL;
}

static inline void
post_start(struct post_office *o, const struct post_rule *rules)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(a);

	*o = (struct post_office){.rules = rules};
	o->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(o->listen_fd, (struct sockaddr *)&a, length), 0);
	ck_assert_int_eq(listen(o->listen_fd, 8), 0);
	getsockname(o->listen_fd, (struct sockaddr *)&a, &length);
	o->port = ntohs(a.sin_port);
	ck_assert_int_eq(pipe(o->stop_fd), 0);
	pthread_mutex_init(&o->lock, NULL);
	ck_assert_int_eq(pthread_create(&o->thread, NULL, post_run, o), 0);
}

static inline void
post_end(struct post_office *o)
{
	ck_assert_int_eq(write(o->stop_fd[1], "x", 1), 1);
	pthread_join(o->thread, NULL);
	pthread_mutex_destroy(&o->lock);
	close(o->listen_fd);
	close(o->stop_fd[0]);
	close(o->stop_fd[1]);
}

/* Whether it has heard a line that begins so. */
static inline bool
post_heard(struct post_office *o, const char *begin)
{
	bool found = false;

	pthread_mutex_lock(&o->lock);
	for (const char *at = o->heard; at != NULL && !found;
	     at = strchr(at, '\n'), at = at != NULL ? at + 1 : NULL)
		found = strncmp(at, begin, strlen(begin)) == 0;
	pthread_mutex_unlock(&o->lock);
	return found;
}

#endif
