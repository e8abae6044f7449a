/*
 * reach.c - why an address of the network cannot be reached, in words
 */
#include "gateway/sinks/reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/clock.h"

/* The address paho would take: the first of IPv4, else the last there is. */
static const struct addrinfo *
choose(const struct addrinfo *list)
{
	while (list->ai_family != AF_INET && list->ai_next != NULL)
		list = list->ai_next;
	return list;
}

/* 0, or the errno of the connection that is being made. */
static int
await(int fd, int64_t timeout_ms)
{
	int64_t until_ms = clock_mono_ms() + timeout_ms, left_ms;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0;

	while ((left_ms = until_ms - clock_mono_ms()) > 0) {
		int n = poll(&p, 1, (int)left_ms);

		if (n == 1 &&
		    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0)
			return error;
		if (n == -1 && errno != EINTR)
			return errno;
	}
	return ETIMEDOUT;
}

int
reach(const char *host, const char *port, int64_t timeout_ms, char *why,
    size_t size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	const struct addrinfo *a;
	int fd, error = 0;
	int rc = getaddrinfo(host, port, &hints, &list);

	if (rc != 0) {
		snprintf(why, size, "%s: %s", host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return -1;
	}
	a = choose(list);
	fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, a->ai_addr, a->ai_addrlen) == -1)
		error = errno;
	if (error == EINPROGRESS)
		error = await(fd, timeout_ms);
	if (fd != -1)
		close(fd);
	freeaddrinfo(list);
	if (error == 0)
		return 0;
	snprintf(why, size, "%s", strerror(error));
	return -1;
}
