/*
 * modbus_net.c - see modbus_net.h
 *
 * One question at a time on one connection.  Transaction ids rise over the life
 * of the link and across its connections.  A connection on which anything went
 * wrong is closed: that is the one way to be sure that no late answer comes on
 * the next one.  Only a well-formed refusal leaves it open.
 *
 * An exchange is one send and one recv, which waits by itself: there may be
 * hundreds of such devices, and a look before each whether the peer is there,
 * or has said something, would double what is asked of the kernel.  Who asks on
 * a connection that the peer has closed hears of it at once.
 *
 * A peer that hangs up on a question has failed one exchange with one unit, as
 * by silence: some gateways do so for each slave that does not answer them.
 * Whether the peer is gone is for the next question to find out: it cannot
 * connect then, and only that is told of the line.
 *
 * The MBAP header is made and checked here and not by libmodbus, whose raw call
 * always sends the transaction id 0, and whose other calls show neither the
 * unit nor the length of what came back.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/modbus_dial.h"
#include "drivers/modbus_net.h"
#include "drivers/modbus_wait.h"

#define HEAD_MBAP 6
#define REQUEST_BYTES (HEAD_MBAP + MODBUS_FRAME_ASKED)
#define GATEWAY_GAVE_UP 0x0b /* its serial slave did not answer in time */

struct modbus_net {
	struct modbus_bus *bus;
	struct modbus_dial *dial;
	int fd; /* -1: closed */
	int64_t wait_ms; /* its recv waits so long; 0: for ever */
	int64_t open_after_us; /* not tried again before */
	uint16_t id; /* of the last transaction */
	bool broken; /* its connection ended before the answer */
	size_t len; /* of this connection's bytes, from a frame's first on */
	uint8_t heard[MODBUS_FRAME_TCP_MAX];
};

struct modbus_net *
modbus_net_new(struct modbus_bus *b)
{
	struct modbus_net *n;

	if (b->line.host[0] == '\0' || b->line.port == 0) {
		modbus_bus_why(b, "a tcp bus needs a host and a port");
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		goto fail;
	n->bus = b;
	n->fd = -1;
	if ((n->dial = modbus_dial_new(b->line.host, b->line.port)) == NULL)
		goto fail;
	return n;

fail:
	modbus_bus_why(b, "%s: no memory", b->line.host);
	modbus_net_free(n);
	return NULL;
}

static void
hang_up(struct modbus_net *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

void
modbus_net_free(struct modbus_net *n)
{
	if (n == NULL)
		return;
	hang_up(n);
	modbus_dial_free(n->dial);
	free(n);
}

/* The peer is there, it is we who do not trust the connection any more: so
 * there is no need to wait before the next one. */
static void
start_afresh(struct modbus_net *n)
{
	hang_up(n);
	n->open_after_us = 0;
}

/* Many devices close a connection that was idle for a while. */
void
modbus_net_listen(struct modbus_net *n, int64_t until_us)
{
	if (n->fd != -1 && modbus_wait(n->fd, POLLRDHUP, until_us) != 0)
		start_afresh(n);
	if (n->fd == -1)
		modbus_wait(-1, 0, until_us);
}

static enum driver_verdict
connect_by(struct modbus_net *n, int64_t deadline_us)
{
	int64_t now_us = modbus_wait_now_us();
	int64_t timeout_us = (int64_t)n->bus->timeout_ms * 1000;
	const char *why;

	if (now_us < n->open_after_us)
		return DRIVER_BUS; /* the sentence is still the last one */
	n->open_after_us = now_us + MODBUS_BUS_REOPEN_US;
	n->len = 0;
	n->fd = modbus_dial(n->dial, deadline_us, &why);
	if (n->fd == -1) {
		modbus_bus_why_line(n->bus, why);
		return DRIVER_BUS;
	}
	fcntl(n->fd, F_SETFL, 0); /* it waits */
	n->wait_ms = 0;
	if (deadline_us - modbus_wait_now_us() >= timeout_us / 2)
		return DRIVER_OK;
	/* An answer could hardly come in time, and would cost the connection:
	 * let the next call have its whole timeout. */
	modbus_bus_why(
	    n->bus, "%s: connected, but only just in time", n->bus->line.host);
	return DRIVER_HELD;
}

static int
send_question(struct modbus_net *n, const struct modbus_question *q)
{
	uint8_t bytes[REQUEST_BYTES] = {0};
	ssize_t sent;

	n->id++;
	n->broken = false;
	bytes[0] = (uint8_t)(n->id >> 8);
	bytes[1] = (uint8_t)n->id;
	bytes[5] = MODBUS_FRAME_ASKED;
	memcpy(bytes + HEAD_MBAP, q->bytes, MODBUS_FRAME_ASKED);
	sent = send(n->fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent >= 0 && sent < REQUEST_BYTES)
		errno = ENOBUFS; /* twelve bytes did not fit: it is stuck */
	return sent == REQUEST_BYTES ? 0 : -1;
}

/* Has recv wait until then, to the next millisecond; most often it would
 * anyway.  Returns its flags: however late it is, it looks once, for what has
 * waited in the kernel came in time. */
static int
wait_until(struct modbus_net *n, int64_t until_us)
{
	int64_t ms = (until_us - modbus_wait_now_us() + 999) / 1000;
	struct timeval wait = {
	    .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	int rc;

	if (ms <= 0)
		return MSG_DONTWAIT;
	if (ms == n->wait_ms)
		return 0;
	rc = setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	assert(rc == 0); /* or it might wait for ever */
	n->wait_ms = ms;
	return 0;
}

/* Takes what is there, waiting for the first byte of it.  1: took some or may
 * yet, 0: it is until_us, -1: the connection is gone, see errno; 0 is that the
 * peer closed it. */
static int
hear(struct modbus_net *n, int64_t until_us)
{
	int flags = wait_until(n, until_us);
	ssize_t got;

	assert(n->len < sizeof(n->heard)); /* no frame is longer */
	got = recv(n->fd, n->heard + n->len, sizeof(n->heard) - n->len, flags);
	if (got == -1 && errno == EINTR)
		return 1;
	if (got == -1 && errno == EAGAIN)
		return modbus_wait_now_us() < until_us;
	if (got == 0)
		errno = 0;
	if (got <= 0)
		return -1;
	n->len += (size_t)got;
	return 1;
}

/* What follows a frame is the next one, or the begin of it. */
static void
pass(struct modbus_net *n, const struct modbus_frame *f)
{
	n->len -= f->end;
	memmove(n->heard, n->heard + f->end, n->len);
}

static enum driver_verdict
give(struct modbus_net *n, const struct modbus_question *q,
    const struct modbus_frame *f, struct driver_reply *r)
{
	modbus_frame_unpack(q, f, r);
	pass(n, f);
	return f->kind == MODBUS_FRAME_ANSWER ? DRIVER_OK : DRIVER_EXCEPTION;
}

/* The connection broke on the question; see errno, as of hear(). */
static enum driver_verdict
broke(struct modbus_net *n)
{
	modbus_bus_why_line(n->bus,
	    errno == 0 ? "the peer closed the connection" : strerror(errno));
	n->broken = true;
	return DRIVER_TIMEOUT;
}

static enum driver_verdict
await_answer(struct modbus_net *n, const struct modbus_question *q,
    int64_t deadline_us, struct driver_reply *r)
{
	int heard = 1;

	while (heard == 1) {
		struct modbus_frame f =
		    modbus_frame_tcp(q, n->id, n->heard, n->len);

		if (f.kind == MODBUS_FRAME_ANSWER ||
		    f.kind == MODBUS_FRAME_REFUSAL)
			return give(n, q, &f, r);
		if (f.kind == MODBUS_FRAME_BAD) {
			modbus_bus_why(
			    n->bus, "unit %u: %s", q->request.unit, f.fault);
			return DRIVER_BAD;
		}
		if (f.kind == MODBUS_FRAME_NONE) {
			heard = hear(n, deadline_us);
			continue;
		}
		pass(n, &f); /* an older answer */
		heard = modbus_wait_now_us() < deadline_us;
	}
	if (heard == -1)
		return broke(n);
	modbus_bus_why(n->bus, "unit %u: no answer within %u ms",
	    q->request.unit, n->bus->timeout_ms);
	return DRIVER_TIMEOUT;
}

/* Connecting may take the line's timeout, the answer no more than its own, and
 * both together the line's. */
static enum driver_verdict
exchange(struct modbus_net *n, const struct modbus_question *q,
    int64_t latest_us, struct driver_reply *r)
{
	enum driver_verdict verdict = DRIVER_OK;
	int64_t deadline_us;

	if (n->fd == -1)
		verdict = connect_by(n, latest_us);
	if (verdict != DRIVER_OK)
		return verdict;
	deadline_us = modbus_wait_now_us() + (int64_t)n->bus->timeout_ms * 1000;
	if (deadline_us > latest_us)
		deadline_us = latest_us;
	verdict = send_question(n, q) == -1
	    ? broke(n)
	    : await_answer(n, q, deadline_us, r);
	if (verdict == DRIVER_TIMEOUT || verdict == DRIVER_BAD)
		start_afresh(n);
	return verdict;
}

/* A device that closes a connection when it has answered, or after a while, may
 * do so just as we ask the next question: on one that was used before and
 * breaks without a byte of an answer it is asked again, on a new one, once.
 * What came behind an older answer is none of this one's. */
enum driver_verdict
modbus_net_ask(struct modbus_net *n, const struct modbus_question *q,
    struct driver_reply *r)
{
	int64_t latest_us =
	    modbus_wait_now_us() + (int64_t)n->bus->line.timeout_ms * 1000;
	bool used = n->fd != -1;
	size_t behind = n->len;
	enum driver_verdict verdict = exchange(n, q, latest_us, r);

	if (used && verdict == DRIVER_TIMEOUT && n->broken && n->len <= behind)
		verdict = exchange(n, q, latest_us, r);
	/* The gateway asked, and the slave's late answer may meet the gateway's
	 * next question to it, as on a serial line. */
	if (verdict == DRIVER_EXCEPTION && r->exception == GATEWAY_GAVE_UP)
		modbus_bus_hold(n->bus, q);
	return verdict;
}
