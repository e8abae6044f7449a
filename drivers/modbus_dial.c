/*
 * modbus_dial.c - see modbus_dial.h
 *
 * getaddrinfo(3) may block for as long as resolv.conf likes, 20 s and more.  So
 * literal addresses, which are the rule in a building, never come near a
 * resolver, and names are looked up by getaddrinfo_a(3), which has a thread of
 * its own and is looked at now and then.  A lookup that is not done by the
 * deadline goes on, and the next dial waits for the same one.  Nothing is
 * cached: an address may have passed to another device since.
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
#define LOOK_UP_US 20000 /* until a lookup is looked at again */

struct modbus_dial {
	char host[254];
	char port[6];
	struct addrinfo hints;
	struct gaicb lookup; /* the resolver's while looking_up */
	bool looking_up;
	int64_t deadline_us;
	struct addrinfo *list, *next; /* its addresses; NULL: not found yet */
	int left; /* of them, to be tried */
	int64_t until_us; /* the one in hand is given up */
	int fd; /* its socket; -1: none */
	int error; /* why the last one failed */
	uint32_t number; /* of sockets made */
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
	d->fd = -1;
	d->lookup.ar_name = d->host;
	d->lookup.ar_service = d->port;
	d->lookup.ar_request = &d->hints;
	return d;
}

static void
forget_addresses(struct modbus_dial *d)
{
	if (d->list != NULL)
		freeaddrinfo(d->list);
	d->list = d->next = NULL;
}

void
modbus_dial_free(struct modbus_dial *d)
{
	if (d == NULL)
		return;
	forget_addresses(d);
	if (d->fd != -1)
		close(d->fd);
	/* A resolver that hangs still writes here.  Better to leave it these
	 * few hundred bytes, once for a bus taken away, than to wait for it. */
	if (d->looking_up && gai_cancel(&d->lookup) == EAI_NOTCANCELED)
		return;
	if (d->looking_up && gai_error(&d->lookup) == 0)
		freeaddrinfo(d->lookup.ar_result);
	free(d);
}

/* Returns getaddrinfo's code: EAI_INPROGRESS, the lookup goes on. */
static int
look_up(struct modbus_dial *d)
{
	struct gaicb *list[] = {&d->lookup};
	int rc;

	if (!d->looking_up) {
		d->lookup.ar_result = NULL;
		if ((rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL)) != 0)
			return rc;
		d->looking_up = true;
	}
	rc = gai_error(&d->lookup);
	d->looking_up = rc == EAI_INPROGRESS;
	return rc;
}

/* Returns 0 with d->list, MODBUS_DIAL_WAITS, or -1 with *why. */
static int
find(struct modbus_dial *d, const char **why)
{
	struct addrinfo hints = d->hints;
	int rc;

	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	if (!d->looking_up &&
	    getaddrinfo(d->host, d->port, &hints, &d->list) == 0)
		return 0;
	d->list = NULL;
	rc = look_up(d);
	if (rc == EAI_INPROGRESS && modbus_wait_now_us() < d->deadline_us)
		return MODBUS_DIAL_WAITS;
	if (rc == 0)
		d->list = d->lookup.ar_result;
	else if (rc == EAI_INPROGRESS)
		*why = "the name is still being looked up";
	else
		*why = gai_strerror(rc);
	return rc == 0 ? 0 : -1;
}

static void
count_addresses(struct modbus_dial *d)
{
	d->next = d->list;
	d->left = 0;
	for (struct addrinfo *ai = d->list; ai != NULL; ai = ai->ai_next)
		if (d->left < ADDRESSES_MAX)
			d->left++;
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

/* Begins with the next address, which has its share of what is left of the
 * time.  Returns 0, or -1 with d->error. */
static int
connect_next(struct modbus_dial *d)
{
	const struct addrinfo *ai = d->next;
	int64_t now_us = modbus_wait_now_us();

	d->until_us = now_us + (d->deadline_us - now_us) / d->left;
	d->next = ai->ai_next;
	d->left--;
	d->fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
	if (d->fd == -1) {
		d->error = errno;
		return -1;
	}
	d->number++;
	set_options(d->fd);
	if (connect(d->fd, ai->ai_addr, ai->ai_addrlen) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return 0;
	d->error = errno;
	close(d->fd);
	d->fd = -1;
	return -1;
}

/* 1: connected, 0: not yet, -1: it failed, with d->error. */
static int
look(struct modbus_dial *d)
{
	socklen_t size = sizeof(d->error);

	d->error = ETIMEDOUT;
	if (modbus_wait(d->fd, POLLOUT, 0) == 0) {
		if (modbus_wait_now_us() < d->until_us)
			return 0;
	} else if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &d->error, &size) ==
	    -1) {
		d->error = errno;
	}
	if (d->error == 0)
		return 1;
	close(d->fd);
	d->fd = -1;
	return -1;
}

void
modbus_dial_begin(struct modbus_dial *d, int64_t deadline_us)
{
	d->deadline_us = deadline_us;
}

int
modbus_dial_go_on(struct modbus_dial *d, const char **why)
{
	int found = 0, fd;

	if (d->list == NULL) {
		if ((found = find(d, why)) != 0)
			return found;
		count_addresses(d);
	}
	while (d->fd != -1 || d->left > 0) {
		if (d->fd == -1 && connect_next(d) == -1)
			continue;
		if ((found = look(d)) == 0)
			return MODBUS_DIAL_WAITS;
		if (found == 1)
			break;
	}
	forget_addresses(d);
	fd = d->fd;
	d->fd = -1;
	if (fd == -1)
		*why = strerror(d->error);
	return fd;
}

void
modbus_dial_awaits(const struct modbus_dial *d, struct driver_wait *w)
{
	int64_t look_us = modbus_wait_now_us() + LOOK_UP_US;

	*w = (struct driver_wait){.fd = d->fd,
	    .events = POLLOUT,
	    .connection = d->number,
	    .until_us = d->until_us};
	if (d->fd == -1)
		w->until_us =
		    look_us < d->deadline_us ? look_us : d->deadline_us;
}

uint32_t
modbus_dial_number(const struct modbus_dial *d)
{
	return d->number;
}

int
modbus_dial(struct modbus_dial *d, int64_t deadline_us, const char **why)
{
	int fd;

	modbus_dial_begin(d, deadline_us);
	while ((fd = modbus_dial_go_on(d, why)) == MODBUS_DIAL_WAITS) {
		struct driver_wait w;

		modbus_dial_awaits(d, &w);
		modbus_wait(w.fd, w.events, w.until_us);
	}
	return fd;
}
