/*
 * modbus_dial.c - see modbus_dial.h
 *
 * getaddrinfo(3) may block for as long as resolv.conf likes, 20 s and more.  So
 * literal addresses, which are the rule in a building, never come near a
 * resolver, and names are looked up by getaddrinfo_a(3), which has a thread of
 * its own.  A lookup that is not done by the deadline goes on, and the next
 * dial waits for the same one.  Nothing is cached: an address may have passed
 * to another device since.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/modbus_dial.h"
#include "drivers/modbus_wait.h"

#define ADDRESSES_MAX 4 /* tried of one name: each has a share of the time */
#define PEER_GONE_MS 10000 /* what was sent is unacknowledged for so long */

struct modbus_dial {
	char host[254];
	char port[6];
	struct addrinfo hints;
	struct gaicb lookup; /* the resolver's while looking_up */
	bool looking_up;
};

struct modbus_dial *
modbus_dial_new(const char *host, uint16_t port)
{
	struct modbus_dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	snprintf(d->host, sizeof(d->host), "%s", host);
	snprintf(d->port, sizeof(d->port), "%u", port);
	d->hints.ai_socktype = SOCK_STREAM;
	d->lookup.ar_name = d->host;
	d->lookup.ar_service = d->port;
	d->lookup.ar_request = &d->hints;
	return d;
}

void
modbus_dial_free(struct modbus_dial *d)
{
	if (d == NULL)
		return;
	/* A resolver that hangs still writes here.  Better to leave it these
	 * few hundred bytes, once for a bus taken away, than to wait for it. */
	if (d->looking_up && gai_cancel(&d->lookup) == EAI_NOTCANCELED)
		return;
	if (d->looking_up && gai_error(&d->lookup) == 0)
		freeaddrinfo(d->lookup.ar_result);
	free(d);
}

static struct addrinfo *
look_up(struct modbus_dial *d, int64_t deadline_us, const char **why)
{
	struct gaicb *list[] = {&d->lookup};
	int64_t left_us;
	int rc = 0;

	if (!d->looking_up) {
		d->lookup.ar_result = NULL;
		rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
		d->looking_up = rc == 0;
	}
	while (d->looking_up && (rc = gai_error(list[0])) == EAI_INPROGRESS &&
	    (left_us = deadline_us - modbus_wait_now_us()) > 0) {
		struct timespec left = {.tv_sec = left_us / 1000000,
		    .tv_nsec = left_us % 1000000 * 1000};

		gai_suspend((const struct gaicb *const *)list, 1, &left);
	}
	if (rc == EAI_INPROGRESS) {
		*why = "the name is still being looked up";
		return NULL;
	}
	d->looking_up = false;
	if (rc != 0) {
		*why = gai_strerror(rc);
		return NULL;
	}
	return d->lookup.ar_result;
}

static struct addrinfo *
find(struct modbus_dial *d, int64_t deadline_us, const char **why)
{
	struct addrinfo hints = d->hints, *list;

	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	if (getaddrinfo(d->host, d->port, &hints, &list) == 0)
		return list;
	return look_up(d, deadline_us, why);
}

/* A peer that vanished must be noticed even while nothing is asked. */
static void
set_options(int fd)
{
	static const struct {
		int level, option, value;
	} options[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, 30},
	    {IPPROTO_TCP, TCP_KEEPINTVL, 10},
	    {IPPROTO_TCP, TCP_KEEPCNT, 3},
	    {IPPROTO_TCP, TCP_USER_TIMEOUT, PEER_GONE_MS},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].option,
		    &options[i].value, sizeof(options[i].value));
}

/* Returns 0, or -1 with errno. */
static int
await_connection(int fd, int64_t until_us)
{
	int error = ETIMEDOUT;
	socklen_t size = sizeof(error);

	if (errno != EINPROGRESS && errno != EINTR)
		return -1;
	if (modbus_wait(fd, POLLOUT, until_us) != 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

static int
connect_to(const struct addrinfo *ai, int64_t until_us)
{
	int fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
	int error;

	if (fd == -1)
		return -1;
	set_options(fd);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 ||
	    await_connection(fd, until_us) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
modbus_dial(struct modbus_dial *d, int64_t deadline_us, const char **why)
{
	struct addrinfo *list = find(d, deadline_us, why), *ai;
	int fd = -1, left = 0;

	if (list == NULL)
		return -1;
	for (ai = list; ai != NULL && left < ADDRESSES_MAX; ai = ai->ai_next)
		left++;
	for (ai = list; left > 0 && fd == -1; ai = ai->ai_next, left--) {
		int64_t now_us = modbus_wait_now_us();

		fd = connect_to(ai, now_us + (deadline_us - now_us) / left);
	}
	if (fd == -1)
		*why = strerror(errno);
	freeaddrinfo(list);
	return fd;
}
