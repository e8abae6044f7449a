/*
 * port.c - one place where masters ask
 *
 * A pty is a port with one client that never leaves.  Each client has
 * room for input and for a few replies that wait for their time; while that is
 * full nothing more is read from it, so that it waits in its own kernel buffer
 * and not in our memory.  All of it is taken at the start.
 *
 * poll, not epoll: what we want to hear changes with each request, and there
 * are some dozens of descriptors.
 */
#include "gateway/sim/port.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/sim/pty.h"

#define REPLIES_MAX 8 /* a client: late answers of some units at once */
#define INPUT_MAX (2 * FRAME_TCP_MAX)
#define TCP_DELAY_US 1000
#define TURNAROUND_US 5000 /* of a serial device */
#define SILENCE_US 20000 /* ends noise: longer than a busy master's pauses */
#define FORGET_US 100000 /* a master that was killed is forgotten by then */
#define ACCEPT_AGAIN_US 100000 /* after running out of descriptors */

struct reply {
	int64_t due_us;
	size_t len;
	uint8_t bytes[FRAME_TCP_MAX];
};

struct client {
	int fd;
	int slot; /* in the fds of the last wish; -1: not there */
	size_t request_bytes; /* of the request taken last */
	int64_t heard_us; /* when bytes came last */
	size_t input_len;
	uint8_t input[INPUT_MAX];
	size_t reply_count;
	struct reply replies[REPLIES_MAX];
};

struct port {
	const struct driver_line *line; /* NULL: Modbus/TCP */
	bool is_pty;
	int listener; /* -1: none */
	int listener_slot;
	int64_t accept_at_us;
	int64_t line_free_us; /* a serial line carries one frame at a time */
	struct pty pty;
	int64_t forget_us; /* when the line's settings are looked at */
	char where[PATH_MAX + 80];
	size_t client_count, client_max;
	struct client *memory;
	struct client *clients[PORT_CLIENTS_MAX]; /* the first ones are live */
};

static struct port *
port_new(size_t client_max)
{
	struct port *p = must_alloc(1, sizeof(*p));

	p->listener = p->pty.fd = p->pty.line = -1;
	p->client_max = client_max;
	p->memory = must_alloc(client_max, sizeof(*p->memory));
	for (size_t i = 0; i < client_max; i++)
		p->clients[i] = &p->memory[i];
	return p;
}

static void
client_add(struct port *p, int fd)
{
	struct client *c = p->clients[p->client_count++];

	c->fd = fd;
	c->slot = -1;
	c->input_len = c->reply_count = 0;
}

static void
client_drop(struct port *p, size_t i)
{
	struct client *c = p->clients[i];

	close(c->fd);
	p->clients[i] = p->clients[--p->client_count];
	p->clients[p->client_count] = c;
}

struct port *
port_serial(const struct driver_line *line, struct err *err)
{
	struct port *p = port_new(1);

	p->line = line;
	p->is_pty = true;
	if (pty_open(&p->pty, line->path, err) == -1) {
		port_close(p);
		return NULL;
	}
	client_add(p, p->pty.fd);
	snprintf(
	    p->where, sizeof(p->where), "%s -> %s", p->pty.link, p->pty.node);
	return p;
}

struct address {
	socklen_t len;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

static bool
parse_loopback(const char *host, struct address *a)
{
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	*a = (struct address){.len = sizeof(a->v4)};
	a->v4.sin_family = AF_INET;
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	*a = (struct address){.len = sizeof(a->v6)};
	a->v6.sin6_family = AF_INET6;
	return inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

bool
port_is_loopback(const char *host)
{
	struct address a;

	return parse_loopback(host, &a);
}

static int
listen_at(const struct address *a)
{
	int fd = socket(
	    a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, &a->any, a->len) == 0 && listen(fd, PORT_CLIENTS_MAX) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Port 0 means any: say which one it became. */
static void
name_listener(struct port *p, const char *host)
{
	struct address a = {.len = sizeof(a.v6)};
	uint16_t number;

	getsockname(p->listener, &a.any, &a.len);
	number =
	    ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	snprintf(p->where, sizeof(p->where),
	    a.any.sa_family == AF_INET ? "%s:%u" : "[%s]:%u", host, number);
}

struct port *
port_listen(const char *host, uint16_t number, const struct driver_line *line,
    struct err *err)
{
	struct port *p = port_new(PORT_CLIENTS_MAX);
	struct address a;

	p->line = line;
	if (!parse_loopback(host, &a)) {
		err_set(err,
		    "%s is not a loopback address: a simulator listens at "
		    "127.0.0.1 or ::1 only",
		    host);
		goto fail;
	}
	if (a.any.sa_family == AF_INET)
		a.v4.sin_port = htons(number);
	else
		a.v6.sin6_port = htons(number);
	p->listener = listen_at(&a);
	if (p->listener == -1) {
		err_set(err, "listen at %s port %u: %s", host, number,
		    strerror(errno));
		goto fail;
	}
	name_listener(p, host);
	return p;

fail:
	port_close(p);
	return NULL;
}

void
port_close(struct port *p)
{
	if (p == NULL)
		return;
	if (p->is_pty)
		pty_close(&p->pty);
	else
		while (p->client_count > 0)
			client_drop(p, 0);
	if (p->listener != -1)
		close(p->listener);
	free(p->memory);
	free(p);
}

const char *
port_where(const struct port *p)
{
	return p->where;
}

static bool
has_room(const struct client *c)
{
	return c->reply_count < REPLIES_MAX && c->input_len < INPUT_MAX;
}

static void
sooner(int64_t *until_us, int64_t us)
{
	if (us < *until_us)
		*until_us = us;
}

size_t
port_wish(struct port *p, struct pollfd *fds, size_t count, int64_t now_us,
    int64_t *until_us)
{
	size_t n = count;

	p->listener_slot = -1;
	if (p->listener != -1 && now_us >= p->accept_at_us) {
		p->listener_slot = (int)n;
		fds[n++] = (struct pollfd){p->listener, POLLIN, 0};
	} else if (p->listener != -1) {
		sooner(until_us, p->accept_at_us);
	}
	for (size_t i = 0; i < p->client_count; i++) {
		struct client *c = p->clients[i];

		c->slot = has_room(c) ? (int)n : -1;
		if (c->slot != -1)
			fds[n++] = (struct pollfd){c->fd, POLLIN, 0};
		for (size_t k = 0; k < c->reply_count; k++)
			sooner(until_us, c->replies[k].due_us);
		if (p->line != NULL && c->slot != -1 && c->input_len > 0)
			sooner(until_us, c->heard_us + SILENCE_US);
	}
	return n;
}

static void
accept_clients(struct port *p, int64_t now_us)
{
	for (;;) {
		int fd = accept4(
		    p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd == -1) {
			if (errno == EMFILE || errno == ENFILE)
				p->accept_at_us = now_us + ACCEPT_AGAIN_US;
			return;
		}
		if (p->client_count == p->client_max) {
			close(fd);
			continue;
		}
		setsockopt(
		    fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		client_add(p, fd);
	}
}

/* Returns whether the client is still there. */
static bool
hear(struct port *p, struct client *c, int64_t now_us)
{
	ssize_t n =
	    read(c->fd, c->input + c->input_len, INPUT_MAX - c->input_len);

	if (n > 0) {
		c->input_len += (size_t)n;
		c->heard_us = now_us;
		return true;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	return p->is_pty;
}

/* Sends what is due.  Who does not read a reply, of 260 bytes, is gone; on a
 * pty what is not taken is lost, as on a wire. */
static bool
send_due(struct port *p, struct client *c, int64_t now_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->reply_count; i++) {
		struct reply *r = &c->replies[i];

		if (r->due_us > now_us) {
			if (kept != i)
				c->replies[kept] = *r;
			kept++;
			continue;
		}
		if (p->is_pty) {
			(void)!write(c->fd, r->bytes, r->len);
		} else if (send(c->fd, r->bytes, r->len, MSG_NOSIGNAL) !=
		    (ssize_t)r->len) {
			return false;
		}
	}
	c->reply_count = kept;
	return true;
}

void
port_turn(struct port *p, const struct pollfd *fds, int64_t now_us)
{
	if (p->listener_slot != -1 && fds[p->listener_slot].revents != 0)
		accept_clients(p, now_us);
	if (p->is_pty && p->line->parity != 'N' && now_us >= p->forget_us) {
		pty_forget(&p->pty);
		p->forget_us = now_us + FORGET_US;
	}
	for (size_t i = p->client_count; i-- > 0;) {
		struct client *c = p->clients[i];
		bool there = true;

		if (c->slot != -1 && fds[c->slot].revents != 0)
			there = hear(p, c, now_us);
		if (!there || !send_due(p, c, now_us))
			client_drop(p, i);
	}
}

static void
forget_input(struct client *c, size_t bytes)
{
	c->input_len -= bytes;
	memmove(c->input, c->input + bytes, c->input_len);
}

static int
take_serial(struct client *c, struct frame *f, int64_t now_us)
{
	int n = frame_rtu_take(c->input, c->input_len, f);
	bool over =
	    now_us - c->heard_us >= SILENCE_US || c->input_len == INPUT_MAX;

	if (n > 0 || !over)
		return n;
	n = frame_rtu_rescue(c->input, c->input_len, f);
	if (n == 0)
		forget_input(c, c->input_len);
	return n;
}

bool
port_take(struct port *p, struct frame *f, struct client **from, int64_t now_us)
{
	for (size_t i = p->client_count; i-- > 0;) {
		struct client *c = p->clients[i];
		int n;

		if (c->input_len == 0 || c->reply_count == REPLIES_MAX)
			continue;
		n = p->line != NULL ? take_serial(c, f, now_us)
				    : frame_tcp_take(c->input, c->input_len, f);
		if (n == -1) {
			client_drop(p, i);
		} else if (n > 0) {
			c->request_bytes = (size_t)n;
			forget_input(c, (size_t)n);
			*from = c;
			return true;
		}
	}
	return false;
}

static int64_t
serial_due(
    struct port *p, size_t request_bytes, size_t reply_bytes, int64_t now_us)
{
	int64_t start = p->line_free_us > now_us ? p->line_free_us : now_us;

	p->line_free_us = start + frame_wire_us(p->line, request_bytes) +
	    frame_gap_us(p->line) + TURNAROUND_US +
	    frame_wire_us(p->line, reply_bytes);
	return p->line_free_us;
}

void
port_give(struct port *p, struct client *to, const struct frame *reply,
    int64_t extra_us, int64_t now_us)
{
	struct reply *r = &to->replies[to->reply_count];

	assert(to->reply_count < REPLIES_MAX);
	to->reply_count++;
	if (p->line != NULL) {
		r->len = frame_rtu_write(reply, r->bytes);
		r->due_us =
		    serial_due(p, to->request_bytes, r->len, now_us) + extra_us;
	} else {
		r->len = frame_tcp_write(reply, r->bytes);
		r->due_us = now_us + TCP_DELAY_US + extra_us;
	}
}
