/*
 * listener.c - the two sockets the server listens on
 *
 * Made here and not by libmicrohttpd, which can neither make a Unix socket nor
 * say in words why an address is refused.
 *
 * A socket file left by a process that was killed refuses connections; only
 * that is taken for a stale one.  Two gateways on one store cannot both get
 * here, since the journal is locked first, so nobody comes between the look and
 * the unlink.
 */
#include "gateway/web/listener.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128 /* connections; as many browsers after a restart */
#define MODE 0660 /* its owner and the group that may look */

/* ---- Unix ---- */

static int
unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int
unix_address(struct sockaddr_un *a, const char *path, struct err *err)
{
	size_t len = strlen(path);

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	errno = ENAMETOOLONG;
	if (len >= sizeof(a->sun_path))
		return err_set(err,
		    "%s: %zu bytes are too long for a Unix socket's name, "
		    "%zu would do: choose a shorter folder for the store",
		    path, len, sizeof(a->sun_path) - 1);
	memcpy(a->sun_path, path, len + 1);
	return 0;
}

/* The errno of a connection to it, 0 if it was taken. */
static int
unix_try(const struct sockaddr_un *a)
{
	int fd = unix_socket(), rc;

	if (fd == -1)
		return errno;
	rc = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ? 0
								      : errno;
	close(fd);
	return rc;
}

/* Makes the name free. */
static int
unix_clear(const struct sockaddr_un *a, struct err *err)
{
	const char *path = a->sun_path;
	struct stat st;
	int rc;

	if (lstat(path, &st) == -1)
		return errno == ENOENT
		    ? 0
		    : err_set(err, "%s: %s", path, strerror(errno));
	errno = EEXIST;
	if (!S_ISSOCK(st.st_mode))
		return err_set(err,
		    "%s is in the way and no socket: move it elsewhere", path);
	rc = unix_try(a);
	errno = EADDRINUSE;
	if (rc == 0 || rc == EAGAIN) /* EAGAIN: its queue is full */
		return err_set(err,
		    "%s is served by another process: stop that one first",
		    path);
	if (rc != ECONNREFUSED)
		return err_set(err, "%s: %s", path, strerror(rc));
	if (unlink(path) == -1 && errno != ENOENT)
		return err_set(
		    err, "cannot remove the old %s: %s", path, strerror(errno));
	return 0;
}

int
listener_unix(const char *path, struct err *err)
{
	struct sockaddr_un a;
	int fd, error;

	if (unix_address(&a, path, err) == -1 || unix_clear(&a, err) == -1)
		return -1;
	fd = unix_socket();
	/* The file gets the socket's mode less the umask, so it is never open
	 * to more than MODE; chmod gives back what the umask took. */
	if (fd == -1 || fchmod(fd, MODE) == -1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		err_set(err, "cannot make %s: %s", path, strerror(errno));
		goto fail;
	}
	if (chmod(path, MODE) == -1 || listen(fd, BACKLOG) == -1) {
		error = errno;
		err_set(err, "cannot serve %s: %s", path, strerror(error));
		unlink(path);
		errno = error;
		goto fail;
	}
	return fd;

fail:
	error = errno;
	if (fd != -1)
		close(fd);
	errno = error;
	return -1;
}

/* ---- TCP ---- */

static int
port_parse(const char *text)
{
	char *end;
	long port;

	if (strspn(text, "0123456789") != strlen(text) || *text == '\0')
		return -1;
	port = strtol(text, &end, 10);
	return port <= 65535 ? (int)port : -1;
}

/* Returns where the port begins, NULL if it is no HOST:PORT. */
static const char *
listen_split(const char *text, char host[LISTENER_HOST_MAX])
{
	const char *colon = strrchr(text, ':'), *from = text, *to = colon;

	if (colon == NULL)
		return NULL;
	if (*text == '[') {
		from++;
		to--;
		if (to <= from || *to != ']')
			return NULL;
	} else if (memchr(from, ':', (size_t)(to - from)) != NULL) {
		return NULL;
	}
	if (to == from || to - from >= LISTENER_HOST_MAX)
		return NULL;
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';
	return port_parse(colon + 1) == -1 ? NULL : colon + 1;
}

static int
tcp_open(const struct addrinfo *a)
{
	int fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, saved_errno;

	if (fd == -1)
		return -1;
	/* Else a restart finds the port taken by its own old connections. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

int
listener_tcp(const char *listen, char host[LISTENER_HOST_MAX], struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	const char *port = listen_split(listen, host);
	int fd, rc;

	if (port == NULL)
		return err_set(err,
		    "web.listen: \"%s\" is no address to listen on: "
		    "write HOST:PORT, as 127.0.0.1:8080 or [::1]:8080",
		    listen);
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0)
		return err_set(err, "web.listen: %s: %s", listen,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	fd = tcp_open(found);
	if (fd == -1)
		err_set(err, "web.listen: cannot listen on %s: %s%s", listen,
		    strerror(errno),
		    errno == EADDRINUSE
			? ": another program has that port, choose a free one"
			: "");
	freeaddrinfo(found);
	return fd;
}

int
listener_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int rc = getsockname(fd, (struct sockaddr *)&a, &len);

	assert(rc == 0); /* it is bound */
	if (a.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&a)->sin6_port);
	return ntohs(((struct sockaddr_in *)&a)->sin_port);
}
