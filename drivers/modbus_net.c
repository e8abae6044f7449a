/*
 * modbus_net.c - see modbus_net.h
 *
 * One question at a time on one connection.  Transaction ids rise over the life
 * of the link and across its connections.  A connection on which anything went
 * wrong is closed: that is the one way to be sure that no late answer comes on
 * the next one.  Only a well-formed refusal leaves it open.
 *
 * An exchange is one send and one recv: there may be hundreds of such devices,
 * and a look before each whether the peer is there, or has said something,
 * would double what is asked of the kernel.  Who asks on a connection that the
 * peer has closed hears of it at once.
 *
 * What comes while nothing is asked is no answer.  Older answers pass; anything
 * else, or more than a few of them, costs the connection, and so does what has
 * begun to come when the next question is due: its rest would follow that one.
 * More than a few instead of an answer cost it, too, and at once: who takes all
 * that a flood brings until the deadline does nothing else.
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
#define UNASKED_MAX ((size_t)4 * MODBUS_FRAME_TCP_MAX) /* beside an answer */

enum phase {
	IDLE,
	CONNECTING, /* the question is sent then */
	ASKED
};

struct modbus_net {
	struct modbus_bus *bus;
	struct modbus_dial *dial;
	enum phase phase;
	int fd; /* -1: closed */
	int64_t open_after_us; /* not tried again before */
	struct modbus_question question; /* in hand, unless IDLE */
	int64_t latest_us, deadline_us; /* of all of it; of its answer */
	uint16_t id; /* of the last transaction */
	bool used; /* its connection had been, when it was asked */
	bool broken; /* its connection ended before the answer */
	size_t heard_bytes; /* since it was asked, or answered */
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

/* ---- hearing ---- */

/* Takes what is there, without waiting.  Returns how much, or -1: the
 * connection is gone, see errno; 0 is that the peer closed it. */
static ssize_t
take(struct modbus_net *n)
{
	ssize_t got;

	assert(n->len < sizeof(n->heard)); /* no frame is longer */
	got = recv(n->fd, n->heard + n->len, sizeof(n->heard) - n->len, 0);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got == 0)
		errno = 0;
	if (got <= 0)
		return -1;
	n->len += (size_t)got;
	return got;
}

/* What follows a frame is the next one, or the begin of it. */
static void
pass(struct modbus_net *n, const struct modbus_frame *f)
{
	n->len -= f->end;
	memmove(n->heard, n->heard + f->end, n->len);
}

/* What is there passes over older answers.  q is NULL when nothing is asked. */
static struct modbus_frame
first_frame(struct modbus_net *n, const struct modbus_question *q)
{
	struct modbus_frame f;

	while ((f = modbus_frame_tcp(q, n->id, n->heard, n->len)).kind ==
	    MODBUS_FRAME_OTHER)
		pass(n, &f);
	return f;
}

static void
judge_unasked(struct modbus_net *n)
{
	if (first_frame(n, NULL).kind != MODBUS_FRAME_NONE ||
	    n->heard_bytes > UNASKED_MAX)
		start_afresh(n);
}

/* Many devices close a connection that was idle for a while. */
static void
take_unasked(struct modbus_net *n)
{
	ssize_t got = take(n);

	if (got == -1) {
		start_afresh(n);
		return;
	}
	n->heard_bytes += (size_t)got;
	judge_unasked(n);
}

void
modbus_net_listen(struct modbus_net *n, int64_t until_us)
{
	assert(n->phase == IDLE);
	do {
		if (modbus_wait(n->fd, POLLIN | POLLRDHUP, until_us) != 0)
			take_unasked(n);
	} while (modbus_wait_now_us() < until_us);
}

/* ---- asking ---- */

/* The connection broke on the question; see errno, as of take(). */
static enum driver_verdict
broke(struct modbus_net *n)
{
	modbus_bus_why_line(n->bus,
	    errno == 0 ? "the peer closed the connection" : strerror(errno));
	n->broken = true;
	return DRIVER_TIMEOUT;
}

/* An answer may take its own timeout and no more, and with connecting no more
 * than the line's. */
static enum driver_verdict
send_question(struct modbus_net *n)
{
	uint8_t bytes[REQUEST_BYTES] = {0};
	ssize_t sent;

	n->deadline_us =
	    modbus_wait_now_us() + (int64_t)n->bus->timeout_ms * 1000;
	if (n->deadline_us > n->latest_us)
		n->deadline_us = n->latest_us;
	n->id++;
	n->broken = false;
	n->heard_bytes = 0;
	n->phase = ASKED;
	bytes[0] = (uint8_t)(n->id >> 8);
	bytes[1] = (uint8_t)n->id;
	bytes[5] = MODBUS_FRAME_ASKED;
	memcpy(bytes + HEAD_MBAP, n->question.bytes, MODBUS_FRAME_ASKED);
	sent = send(n->fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
	if (sent >= 0 && sent < REQUEST_BYTES)
		errno = ENOBUFS; /* twelve bytes did not fit: it is stuck */
	return sent == REQUEST_BYTES ? DRIVER_ASKED : broke(n);
}

/* Connecting may take the line's timeout. */
static enum driver_verdict
connect_on(struct modbus_net *n)
{
	int64_t timeout_us = (int64_t)n->bus->timeout_ms * 1000;
	const char *why;
	int fd = modbus_dial_go_on(n->dial, &why);

	if (fd == MODBUS_DIAL_WAITS)
		return DRIVER_ASKED;
	n->fd = fd;
	n->len = n->heard_bytes = 0;
	if (fd == -1) {
		modbus_bus_why_line(n->bus, why);
		return DRIVER_BUS;
	}
	if (n->latest_us - modbus_wait_now_us() >= timeout_us / 2)
		return send_question(n);
	/* An answer could hardly come in time, and would cost the connection:
	 * let the next call have its whole timeout. */
	modbus_bus_why(
	    n->bus, "%s: connected, but only just in time", n->bus->line.host);
	return DRIVER_HELD;
}

static enum driver_verdict
exchange(struct modbus_net *n)
{
	int64_t now_us = modbus_wait_now_us();

	if (n->fd != -1)
		return send_question(n);
	if (now_us < n->open_after_us)
		return DRIVER_BUS; /* the sentence is still the last one */
	n->open_after_us = now_us + MODBUS_BUS_REOPEN_US;
	n->phase = CONNECTING;
	modbus_dial_begin(n->dial, n->latest_us);
	return connect_on(n);
}

static enum driver_verdict
give(struct modbus_net *n, const struct modbus_frame *f, struct driver_reply *r)
{
	modbus_frame_unpack(&n->question, f, r);
	pass(n, f);
	n->heard_bytes = n->len;
	if (f->kind == MODBUS_FRAME_ANSWER)
		return DRIVER_OK;
	/* The gateway asked, and the slave's late answer may meet the gateway's
	 * next question to it, as on a serial line. */
	if (r->exception == GATEWAY_GAVE_UP)
		modbus_bus_hold(n->bus, &n->question);
	return DRIVER_EXCEPTION;
}

/* Looks until nothing is there, however late it is: what has waited in the
 * kernel came in time.  And once each time it is called, however much is there:
 * others wait, too. */
static enum driver_verdict
hear_answer(struct modbus_net *n, struct driver_reply *r)
{
	unsigned unit = n->question.request.unit;
	struct modbus_frame f;
	ssize_t got = take(n);

	if (got == -1)
		return broke(n);
	n->heard_bytes += (size_t)got;
	f = first_frame(n, &n->question);
	if (f.kind == MODBUS_FRAME_ANSWER || f.kind == MODBUS_FRAME_REFUSAL)
		return give(n, &f, r);
	if (f.kind == MODBUS_FRAME_BAD) {
		modbus_bus_why(n->bus, "unit %u: %s", unit, f.fault);
		return DRIVER_BAD;
	}
	if (n->heard_bytes > UNASKED_MAX) {
		modbus_bus_why(n->bus,
		    "unit %u: answers to older questions, without end", unit);
		return DRIVER_BAD;
	}
	if (got > 0 || modbus_wait_now_us() < n->deadline_us)
		return DRIVER_ASKED;
	modbus_bus_why(n->bus, "unit %u: no answer within %u ms", unit,
	    n->bus->timeout_ms);
	return DRIVER_TIMEOUT;
}

/* A device that closes a connection when it has answered, or after a while, may
 * do so just as we ask the next question: on one that was used before and
 * breaks without a byte of an answer it is asked again, on a new one, once.
 * What came behind an older answer is none of this one's. */
static enum driver_verdict
settle(struct modbus_net *n, enum driver_verdict verdict)
{
	while (verdict != DRIVER_ASKED) {
		n->phase = IDLE;
		if (verdict == DRIVER_TIMEOUT || verdict == DRIVER_BAD)
			start_afresh(n);
		if (!n->used || !n->broken || n->len > 0)
			break;
		n->used = false;
		verdict = exchange(n);
	}
	return verdict;
}

enum driver_verdict
modbus_net_ask(struct modbus_net *n, const struct modbus_question *q)
{
	assert(n->phase == IDLE);
	n->question = *q;
	n->latest_us =
	    modbus_wait_now_us() + (int64_t)n->bus->line.timeout_ms * 1000;
	if (n->fd != -1)
		judge_unasked(n);
	if (n->fd != -1 && n->len > 0)
		start_afresh(n);
	n->used = n->fd != -1;
	n->broken = false;
	return settle(n, exchange(n));
}

enum driver_verdict
modbus_net_hear(struct modbus_net *n, struct driver_reply *r)
{
	assert(n->phase != IDLE);
	return settle(
	    n, n->phase == CONNECTING ? connect_on(n) : hear_answer(n, r));
}

void
modbus_net_awaits(const struct modbus_net *n, struct driver_wait *w)
{
	if (n->phase == CONNECTING) {
		modbus_dial_awaits(n->dial, w);
		return;
	}
	*w = (struct driver_wait){.fd = n->fd,
	    .events = POLLIN | POLLRDHUP,
	    .connection = modbus_dial_number(n->dial),
	    .until_us = n->phase == ASKED ? n->deadline_us : INT64_MAX};
}
