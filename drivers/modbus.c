/*
 * modbus.c - Modbus RTU, TCP and RTU over TCP, reading only
 *
 *	modbus.c         the driver: whom to ask, and how
 *	modbus_frame.c   questions and answers as bytes; the only maker of
 *	                 requests, with function codes 1 to 4
 *	modbus_serial.c  an exchange on a serial line (RTU), near or far
 *	modbus_wire.c    its bytes: a port's, or a transparent server's
 *	modbus_port.c    a serial port, opened as configured
 *	modbus_net.c     an exchange on a connection (TCP)
 *	modbus_dial.c    a connection by a deadline
 *	modbus_bus.c     who may not be asked yet
 *	modbus_wait.c    waiting until a moment
 *
 * libmodbus opens and drives serial ports.  Its reads are not used: over RTU
 * they give a late answer to the next question, over TCP they do not recover
 * from one, and their timeout is one byte's, not the exchange's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/modbus_net.h"
#include "drivers/modbus_serial.h"
#include "drivers/modbus_wait.h"

#define SERIAL_UNIT_MAX 247

struct driver_link {
	struct modbus_bus bus;
	struct modbus_serial *serial; /* one of the two, NULL the other */
	struct modbus_net *net;
	uint8_t unit; /* asked last */
};

static const char *const schemes[] = {"rtu", "tcp", "rtu+tcp", NULL};

static bool
is_serial(const struct driver_line *line)
{
	return strcmp(line->scheme, "rtu") == 0 ||
	    strcmp(line->scheme, "rtu+tcp") == 0;
}

static bool
is_net(const struct driver_line *line)
{
	return strcmp(line->scheme, "tcp") == 0 ||
	    strcmp(line->scheme, "rtu+tcp") == 0;
}

static void
modbus_link_close(struct driver_link *l)
{
	if (l == NULL)
		return;
	modbus_serial_free(l->serial);
	modbus_net_free(l->net);
	modbus_bus_end(&l->bus);
	free(l);
}

static struct driver_link *
modbus_link_open(const struct driver_line *line, char *why, size_t why_size)
{
	struct driver_link *l = calloc(1, sizeof(*l));

	if (l == NULL || !modbus_bus_init(&l->bus, line)) {
		snprintf(why, why_size, "no memory");
		free(l);
		return NULL;
	}
	if (line->timeout_ms == 0)
		modbus_bus_why(&l->bus, "the timeout must be at least 1 ms");
	else if (is_serial(line))
		l->serial = modbus_serial_new(&l->bus);
	else if (is_net(line))
		l->net = modbus_net_new(&l->bus);
	else
		modbus_bus_why(
		    &l->bus, "%s is not rtu, tcp or rtu+tcp", line->scheme);
	if (l->serial != NULL || l->net != NULL)
		return l;
	snprintf(why, why_size, "%s", l->bus.why);
	modbus_link_close(l);
	return NULL;
}

/* Modbus Application Protocol V1.1b3, 7. */
static const char *
exception_name(uint8_t code)
{
	static const char *const names[] = {
	    [1] = "illegal function",
	    [2] = "illegal data address",
	    [3] = "illegal data value",
	    [4] = "device failure",
	    [5] = "acknowledge",
	    [6] = "device busy",
	    [8] = "memory parity error",
	    [10] = "gateway path unavailable",
	    [11] = "gateway target did not respond",
	};

	if (code >= sizeof(names) / sizeof(names[0]) || names[code] == NULL)
		return "of the device's own";
	return names[code];
}

/* What must be so before the unit can be asked. */
static enum driver_verdict
prepare(struct driver_link *l, uint8_t unit)
{
	int64_t ready_ms;

	if (l->serial != NULL && (unit == 0 || unit > SERIAL_UNIT_MAX)) {
		modbus_bus_why(&l->bus,
		    "unit %u: those of a serial line are 1 to 247", unit);
		return DRIVER_BAD;
	}
	if (l->serial != NULL && modbus_serial_up(l->serial) == -1)
		return DRIVER_BUS;
	if ((ready_ms = modbus_bus_ready_at(&l->bus, unit)) == 0)
		return DRIVER_OK;
	modbus_bus_why(&l->bus,
	    "unit %u is left alone for %lld ms: a late answer may come", unit,
	    (long long)(ready_ms - modbus_wait_now_us() / 1000));
	return DRIVER_HELD;
}

static bool
modbus_hears(const struct driver_line *line)
{
	return !is_serial(line);
}

/* The sentence of a verdict that has none yet. */
static enum driver_verdict
told(struct driver_link *l, enum driver_verdict verdict,
    const struct driver_reply *r)
{
	if (verdict == DRIVER_EXCEPTION)
		modbus_bus_why(&l->bus, "unit %u: exception %u, %s", l->unit,
		    r->exception, exception_name(r->exception));
	return verdict;
}

static enum driver_verdict
modbus_ask(struct driver_link *l, const struct driver_request *request,
    struct driver_reply *r)
{
	struct modbus_question q;
	enum driver_verdict verdict;

	r->exception = 0;
	r->word_count = 0;
	l->bus.timeout_ms = request->timeout_ms > 0 ? request->timeout_ms
						    : l->bus.line.timeout_ms;
	modbus_frame_question(&q, request);
	verdict = prepare(l, request->unit);
	if (verdict != DRIVER_OK)
		return verdict;
	l->unit = request->unit;
	if (l->net != NULL)
		return modbus_net_ask(l->net, &q);
	return told(l, modbus_serial_ask(l->serial, &q, r), r);
}

static enum driver_verdict
modbus_hear(struct driver_link *l, struct driver_reply *r)
{
	r->exception = 0;
	r->word_count = 0;
	return told(l, modbus_net_hear(l->net, r), r);
}

static void
modbus_awaits(const struct driver_link *l, struct driver_wait *w)
{
	modbus_net_awaits(l->net, w);
}

static int64_t
modbus_ready_at(const struct driver_link *l, uint8_t unit)
{
	return modbus_bus_ready_at(&l->bus, unit);
}

static void
modbus_listen(struct driver_link *l, int64_t until_ms)
{
	int64_t ready_ms = modbus_bus_next_ready_at(&l->bus);

	if (l->serial != NULL)
		modbus_serial_listen(l->serial, until_ms * 1000);
	else
		modbus_net_listen(
		    l->net, (ready_ms < until_ms ? ready_ms : until_ms) * 1000);
}

static const char *
modbus_why(const struct driver_link *l)
{
	return l->bus.why;
}

/* RTU: function, address and count, or function, byte count and data, between
 * the unit and a CRC.  TCP: no CRC, but the MBAP header. */
static struct driver_frames
modbus_frames(
    const struct driver_line *line, const struct driver_request *request)
{
	unsigned around = is_serial(line) ? 1 + 2 : 6 + 1;
	struct modbus_question q;

	modbus_frame_question(&q, request);
	return (struct driver_frames){
	    .function = q.bytes[1],
	    .question_bytes = (uint16_t)(around + 5),
	    .answer_bytes = (uint16_t)(around + 2 + q.byte_count),
	};
}

/* Serial: the question, the answer, and a silence before each.  TCP: what the
 * bytes and their headers (Ethernet 38, IP 20, TCP 20) take at 100 Mbit/s, and
 * 200 us for a switch and two network stacks.  Both, one after the other, where
 * the line is behind a server. */
static int64_t
modbus_cost_us(
    const struct driver_line *line, const struct driver_request *request)
{
	struct driver_frames f = modbus_frames(line, request);
	unsigned bytes = f.question_bytes + f.answer_bytes;
	int64_t cost_us = 0;

	if (is_serial(line))
		cost_us += modbus_serial_wire_us(line, bytes) +
		    2 * modbus_serial_gap_us(line);
	if (is_net(line))
		cost_us += 200 + (bytes + 2 * (38 + 20 + 20)) * 8 / 100;
	return cost_us;
}

const struct driver driver_modbus = {
    .name = "modbus",
    .schemes = schemes,
    .open = modbus_link_open,
    .close = modbus_link_close,
    .hears = modbus_hears,
    .ask = modbus_ask,
    .hear = modbus_hear,
    .awaits = modbus_awaits,
    .ready_at = modbus_ready_at,
    .listen = modbus_listen,
    .why = modbus_why,
    .frames = modbus_frames,
    .cost_us = modbus_cost_us,
};
