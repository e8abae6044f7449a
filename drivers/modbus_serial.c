/*
 * modbus_serial.c - see modbus_serial.h
 *
 * libmodbus opens the port and sends; hearing is done here, with one deadline
 * for all of an exchange.  A question goes
 *
 *	wait until nothing was on the wire for t3.5, hearing what comes
 *	send
 *	hear until the answer is there, or the deadline
 *
 * RTU has no transaction id: an answer that comes after its deadline looks like
 * the answer to the next question.  Flushing does not help, for it may come a
 * moment after the flush.  So a unit that failed to answer is not asked again
 * until its late answer was seen or cannot come any more (modbus_bus.h), and
 * no byte is thrown away unseen, for it may be of that answer.
 *
 * A port that was just opened holds back every unit for as long: a process
 * before us, or we before the line broke, may have left a question whose answer
 * is still to come.  Nobody knows which, so no frame seen ends that wait.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/modbus_port.h"
#include "drivers/modbus_serial.h"
#include "drivers/modbus_wait.h"

#define HEARD_MAX 512 /* two of the longest frames */
#define SILENCE_MIN_US 20000 /* a USB adapter holds bytes back for 16 ms */

struct modbus_serial {
	struct modbus_bus *bus;
	modbus_t *port; /* NULL: closed */
	int fd;
	int64_t open_after_us; /* not tried again before */
	int64_t busy_until_us; /* the last byte, seen or sent */
	struct modbus_question question; /* the last one; unit 0: none yet */
	size_t len; /* heard, and not yet passed over */
	uint8_t heard[HEARD_MAX];
};

/* ---- the wire's time ---- */

static int64_t
bits_us(const struct driver_line *line, int64_t bits)
{
	return (bits * 1000000 + line->baud - 1) / line->baud;
}

static int64_t
char_bits(const struct driver_line *line)
{
	return 1 + 8 + (line->parity != 'N') + line->stop_bits;
}

int64_t
modbus_serial_wire_us(const struct driver_line *line, size_t bytes)
{
	return bits_us(line, (int64_t)bytes * char_bits(line));
}

/* Modbus over Serial Line V1.02, 2.5.1.1: fixed above 19200 baud. */
int64_t
modbus_serial_gap_us(const struct driver_line *line)
{
	if (line->baud > 19200)
		return 1750;
	return bits_us(line, (char_bits(line) * 7 + 1) / 2);
}

/* ---- opening and closing ---- */

struct modbus_serial *
modbus_serial_new(struct modbus_bus *b)
{
	const char *fault = modbus_port_fault(&b->line);
	struct modbus_serial *s = NULL;

	if (fault == NULL && (s = calloc(1, sizeof(*s))) == NULL)
		fault = "no memory";
	if (fault != NULL) {
		modbus_bus_why(b, "%s: %s", b->line.path, fault);
		return NULL;
	}
	s->bus = b;
	s->fd = -1;
	return s;
}

static void
close_port(struct modbus_serial *s)
{
	modbus_port_close(s->port);
	s->port = NULL;
	s->fd = -1;
	s->len = 0;
}

void
modbus_serial_free(struct modbus_serial *s)
{
	if (s == NULL)
		return;
	close_port(s);
	free(s);
}

/* The adapter was pulled out, say.  A descriptor held on would keep the device
 * from coming back under its name. */
static int
lost(struct modbus_serial *s, const char *what)
{
	modbus_bus_why(s->bus, "%s: %s", s->bus->line.path, what);
	close_port(s);
	return -1;
}

int
modbus_serial_up(struct modbus_serial *s)
{
	int64_t now_us = modbus_wait_now_us();
	const char *why;

	if (s->port != NULL)
		return 0;
	if (now_us < s->open_after_us)
		return -1; /* the sentence is still the last one */
	s->open_after_us = now_us + MODBUS_BUS_REOPEN_US;
	s->port = modbus_port_open(&s->bus->line, &why);
	if (s->port == NULL)
		return lost(s, why);
	s->fd = modbus_get_socket(s->port);
	s->busy_until_us = modbus_wait_now_us();
	modbus_bus_hold_all(s->bus);
	return 0;
}

/* ---- hearing ---- */

static void
pass_over(struct modbus_serial *s, size_t count)
{
	s->len -= count;
	memmove(s->heard, s->heard + count, s->len);
}

/* Waits for bytes and takes what is there.  1: some came, 0: it is until_us,
 * -1: the line is gone. */
static int
hear(struct modbus_serial *s, int64_t until_us)
{
	short found = modbus_wait(s->fd, POLLIN, until_us);
	int64_t now_us = modbus_wait_now_us();
	ssize_t n;

	if (found == 0)
		return 0;
	if ((found & POLLIN) == 0)
		return lost(s, "the port is gone");
	if (s->len == HEARD_MAX) /* a frame may have begun in the rest */
		pass_over(s, HEARD_MAX - MODBUS_FRAME_RTU_MAX);
	n = read(s->fd, s->heard + s->len, HEARD_MAX - s->len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 1; /* nothing, but it is not until_us either */
	if (n <= 0)
		return lost(s, n == 0 ? "the port hung up" : strerror(errno));
	s->len += (size_t)n;
	if (now_us > s->busy_until_us)
		s->busy_until_us = now_us;
	return 1;
}

static struct modbus_frame
first_frame(const struct modbus_serial *s)
{
	return modbus_frame_rtu(&s->question, s->heard, s->len);
}

/* A frame that nobody waits for.  Returns whether it made its unit ready. */
static bool
note_frame(struct modbus_serial *s, const struct modbus_frame *f)
{
	bool ready = modbus_bus_seen(s->bus, f);

	pass_over(s, f->end);
	return ready;
}

/* All frames heard while nobody is asked. */
static bool
note_frames(struct modbus_serial *s)
{
	struct modbus_frame f;
	bool any_ready = false;

	while ((f = first_frame(s)).end != 0)
		any_ready |= note_frame(s, &f);
	return any_ready;
}

void
modbus_serial_listen(struct modbus_serial *s, int64_t until_us)
{
	while (s->port != NULL && !note_frames(s))
		if (hear(s, until_us) == 0 || modbus_wait_now_us() >= until_us)
			return;
	if (s->port == NULL)
		modbus_wait(-1, 0, until_us);
}

/* ---- asking ---- */

static enum driver_verdict
await_silence(struct modbus_serial *s, int64_t by_us)
{
	int64_t gap_us = modbus_serial_gap_us(&s->bus->line);
	int heard;

	do {
		note_frames(s);
		heard = hear(s, s->busy_until_us + gap_us);
	} while (heard == 1 && modbus_wait_now_us() < by_us);
	if (heard == -1)
		return DRIVER_BUS;
	if (heard == 0)
		return DRIVER_OK;
	modbus_bus_why(s->bus, "%s: line is not silent", s->bus->line.path);
	return DRIVER_BAD;
}

static int
send_question(struct modbus_serial *s, const struct modbus_question *q)
{
	int sent = modbus_set_slave(s->port, q->bytes[0]);

	assert(sent == 0); /* the unit is one of a serial line's */
	do /* a signal before the first byte; later it only cuts short */
		sent = modbus_send_raw_request(
		    s->port, q->bytes, MODBUS_FRAME_ASKED);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno != EAGAIN && errno != EMBBADDATA)
		return lost(s, modbus_strerror(errno));
	if (sent != (int)sizeof(q->bytes))
		return lost(s, "the port takes no bytes any more");
	s->question = *q;
	s->len = 0; /* what came before the question is not its answer */
	s->busy_until_us = modbus_wait_now_us() +
	    modbus_serial_wire_us(&s->bus->line, sizeof(q->bytes));
	return 0;
}

/* What the deadline leaves behind: its answer may still come. */
static enum driver_verdict
unanswered(struct modbus_serial *s, enum modbus_frame_kind best)
{
	unsigned unit = s->question.request.unit;

	modbus_bus_hold(s->bus, &s->question);
	if (best == MODBUS_FRAME_DAMAGED) {
		modbus_bus_why(s->bus, "unit %u: wrong CRC", unit);
		return DRIVER_CRC;
	}
	if (best == MODBUS_FRAME_OTHER) {
		modbus_bus_why(s->bus, "unit %u answered something else", unit);
		return DRIVER_BAD;
	}
	modbus_bus_why(s->bus, "unit %u: no answer within %u ms, %s", unit,
	    s->bus->timeout_ms,
	    s->len == 0 ? "not a byte" : "only other bytes");
	return DRIVER_TIMEOUT;
}

/* Takes the frames that are there.  Returns what stays after them: the answer
 * (a refusal is one) with the reply filled in, a damaged one, or nothing. */
static enum modbus_frame_kind
take_frames(struct modbus_serial *s, struct driver_reply *r, bool *other)
{
	struct modbus_frame f;

	while ((f = first_frame(s)).kind == MODBUS_FRAME_OTHER) {
		*other |= f.unit == s->question.request.unit;
		note_frame(s, &f);
	}
	if (f.end != 0) {
		modbus_frame_unpack(&s->question, &f, r);
		pass_over(s, f.end);
	}
	return f.kind;
}

static enum driver_verdict
await_answer(
    struct modbus_serial *s, int64_t deadline_us, struct driver_reply *r)
{
	int64_t silence_us = modbus_serial_gap_us(&s->bus->line);
	bool other = false, last = false;

	if (silence_us < SILENCE_MIN_US)
		silence_us = SILENCE_MIN_US;
	for (;;) {
		enum modbus_frame_kind kind = take_frames(s, r, &other);
		int64_t until_us = deadline_us;
		int heard;

		if (kind == MODBUS_FRAME_ANSWER)
			return DRIVER_OK;
		if (kind == MODBUS_FRAME_REFUSAL)
			return DRIVER_EXCEPTION;
		if (last)
			return unanswered(s, other ? MODBUS_FRAME_OTHER : kind);
		if (kind == MODBUS_FRAME_DAMAGED &&
		    s->busy_until_us + silence_us < deadline_us)
			until_us = s->busy_until_us + silence_us;
		last = modbus_wait_now_us() >= deadline_us;
		if ((heard = hear(s, until_us)) == -1)
			return DRIVER_BUS;
		if (heard == 0 && until_us < deadline_us) {
			modbus_bus_why(s->bus, "unit %u: wrong CRC",
			    s->question.request.unit);
			return DRIVER_CRC; /* it came: nothing is due */
		}
		last |= heard == 0;
	}
}

/* A timeout's half may go by waiting for silence and no more, so that the
 * answer has the other half at least and the whole never takes longer than the
 * timeout and what is on the wire. */
enum driver_verdict
modbus_serial_ask(struct modbus_serial *s, const struct modbus_question *q,
    struct driver_reply *r)
{
	const struct driver_line *line = &s->bus->line;
	int64_t timeout_us = (int64_t)s->bus->timeout_ms * 1000;
	int64_t start_us = modbus_wait_now_us(), latest_us, deadline_us;
	enum driver_verdict verdict;

	assert(s->port != NULL);
	verdict = await_silence(
	    s, start_us + modbus_serial_gap_us(line) + timeout_us / 2);
	if (verdict != DRIVER_OK)
		return verdict;
	if (send_question(s, q) == -1)
		return DRIVER_BUS;
	latest_us = start_us + modbus_serial_gap_us(line) + timeout_us +
	    modbus_serial_wire_us(line, sizeof(q->bytes) + 5 + q->byte_count);
	deadline_us = s->busy_until_us + timeout_us;
	return await_answer(
	    s, deadline_us < latest_us ? deadline_us : latest_us, r);
}
