/*
 * http_help.h - an HTTP server that answers as a test wants, also wrongly
 *
 * One connection at a time.  Bodies are unpacked if they are gzip.
 */
#ifndef HTTP_HELP_H
#define HTTP_HELP_H

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "gateway/base/clock.h"

#define FAKE_HEAD_MAX 4096
#define FAKE_BODY_MAX ((size_t)4 << 20)
#define FAKE_WAIT_MS 20000 /* for a thread on a busy machine */

enum fake_then { FAKE_KEEP, FAKE_CLOSE, FAKE_RESET, FAKE_HANG };

struct fake_answer {
	const char *bytes; /* raw */
	enum fake_then then; /* HANG: nothing more until the fake stops */
};

struct fake {
	int listen_fd, port, stop_fd[2];
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	struct fake_answer (*serve)(struct fake *s); /* with the lock held */
	int connections, requests;
	char head[FAKE_HEAD_MAX]; /* of the last request */
	char *body; /* its body */
	size_t body_length, sent_length; /* unpacked; as it was sent */
};

/* Waits for bytes; false if the fake is to stop. */
static inline bool
fake_wait(struct fake *s, int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
	    {.fd = s->stop_fd[0], .events = POLLIN}};

	poll(fds, 2, -1);
	return fds[1].revents == 0;
}

static inline size_t
fake_header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at == NULL ? 0 : (size_t)atol(at + strlen(name));
}

static inline void
fake_unpack(struct fake *s, char *packed, size_t length)
{
	z_stream z = {0};

	s->sent_length = length;
	if (strcasestr(s->head, "content-encoding: gzip") == NULL) {
		memcpy(s->body, packed, length);
		s->body_length = length;
	} else {
		ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = (Bytef *)packed;
		z.avail_in = (uInt)length;
		z.next_out = (Bytef *)s->body;
		z.avail_out = (uInt)FAKE_BODY_MAX - 1;
		ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
		s->body_length = FAKE_BODY_MAX - 1 - z.avail_out;
		inflateEnd(&z);
	}
	s->body[s->body_length] = '\0';
}

/* Reads one request; false at the connection's end. */
static inline bool
fake_read(struct fake *s, int fd, char *bytes)
{
	size_t have = 0, head = 0, want = SIZE_MAX;

	while (have < want) {
		ssize_t n;
		char *end;

		if (!fake_wait(s, fd) ||
		    (n = read(fd, bytes + have, FAKE_BODY_MAX - 1 - have)) <= 0)
			return false;
		have += (size_t)n;
		bytes[have] = '\0';
		if (head > 0 || (end = strstr(bytes, "\r\n\r\n")) == NULL)
			continue;
		head = (size_t)(end - bytes) + 4;
		ck_assert_uint_lt(head, FAKE_HEAD_MAX);
		pthread_mutex_lock(&s->lock);
		memcpy(s->head, bytes, head);
		s->head[head] = '\0';
		want = head + fake_header(s->head, "content-length:");
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_lock(&s->lock);
	fake_unpack(s, bytes + head, want - head);
	s->requests++;
	pthread_mutex_unlock(&s->lock);
	return true;
}

static inline void
fake_talk(struct fake *s, int fd, char *bytes)
{
	struct linger now = {.l_onoff = 1};
	struct fake_answer a = {.then = FAKE_KEEP};

	while (a.then == FAKE_KEEP && fake_read(s, fd, bytes)) {
		pthread_mutex_lock(&s->lock);
		a = s->serve(s);
		pthread_mutex_unlock(&s->lock);
		if (a.bytes != NULL &&
		    send(fd, a.bytes, strlen(a.bytes), MSG_NOSIGNAL) == -1)
			break;
		if (a.then == FAKE_HANG)
			fake_wait(s, -1);
		if (a.then == FAKE_RESET)
			setsockopt(
			    fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close(fd);
}

static inline void *
fake_run(void *arg)
{
	struct fake *s = arg;
	char *bytes = malloc(FAKE_BODY_MAX);

	while (fake_wait(s, s->listen_fd)) {
		int fd = accept(s->listen_fd, NULL, NULL);

		pthread_mutex_lock(&s->lock);
		s->connections++;
		pthread_mutex_unlock(&s->lock);
		fake_talk(s, fd, bytes);
	}
	free(bytes);
	return NULL;
}

/* On port, or on a free one if that is 0. */
static inline void
fake_start(struct fake *s, int port, struct fake_answer (*serve)(struct fake *))
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t length = sizeof(a);
	int one = 1;

	*s = (struct fake){.serve = serve, .body = malloc(FAKE_BODY_MAX)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(bind(s->listen_fd, (struct sockaddr *)&a, length), 0);
	ck_assert_int_eq(listen(s->listen_fd, 8), 0);
	getsockname(s->listen_fd, (struct sockaddr *)&a, &length);
	s->port = ntohs(a.sin_port);
	ck_assert_int_eq(pipe(s->stop_fd), 0);
	pthread_mutex_init(&s->lock, NULL);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, fake_run, s), 0);
}

static inline void
fake_end(struct fake *s)
{
	ck_assert_int_eq(write(s->stop_fd[1], "x", 1), 1);
	pthread_join(s->thread, NULL);
	pthread_mutex_destroy(&s->lock);
	close(s->listen_fd);
	close(s->stop_fd[0]);
	close(s->stop_fd[1]);
	free(s->body);
}

static inline int
fake_requests(struct fake *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

#endif
