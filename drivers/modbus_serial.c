/*
 * modbus_serial.c - see modbus_serial.h
 *
 * What carries the bytes opens and sends (modbus_wire.h); hearing is done here,
 * with one deadline for all of an exchange.  A question goes
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
 * A unit that is cut off by its deadline in the middle of an answer, character
 * by character with long pauses, goes on talking: what is asked between two of
 * them is hit by the next, and costs a living unit a timeout and its late
 * answer's time.  So then nobody is asked until the rest was seen, or nothing
 * came for TALK_PAUSE_US (a USB adapter's lumps come each 16 ms, a server's
 * within tens of them), or TALK_TIMEOUTS are over.  Not done: to give it up
 * before its deadline because its characters are far apart.  The wire is no
 * freer then, for it talks on; and it may be a slow unit that is through in
 * time.
 *
 * A line that was just opened holds back every unit for as long: a process
 * before us, or we before the line broke, may have left a question whose answer
 * is still to come.  Nobody knows which, so no frame seen ends that wait.
 *
 * A transparent server that hangs up on a question has failed one exchange with
 * one unit, as by silence; the next ask opens it again, or tells that the line
 * is lost.  One that hangs up before it was asked anything is a lost line, or
 * nobody would ever hear of it.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/modbus_serial.h"
#include "drivers/modbus_wait.h"
#include "drivers/modbus_wire.h"

#define HEARD_MAX 512 /* two of the longest frames */
#define TALK_PAUSE_US 200000 /* between two further apart exchanges fit */
#define TALK_TIMEOUTS 2 /* one talker shall not take the line for ever */
#define SILENCE_MIN_US 20000 /* a USB adapter holds bytes back for 16 ms */

struct modbus_serial {
	struct modbus_bus *bus;
	struct modbus_wire wire;
	bool asked; /* since it was opened */
	int64_t open_after_us; /* not tried again before */
	int64_t busy_until_us; /* the last byte, seen or sent */
	int64_t talk_latest_us; /* not listened to a talker longer; 0: none */
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
	struct modbus_serial *s = calloc(1, sizeof(*s));
	const char *fault = "no memory";

	if (s != NULL &&
	    (fault = modbus_wire_init(&s->wire, &b->line)) == NULL) {
		s->bus = b;
		b->char_us = modbus_serial_wire_us(&b->line, 1);
		return s;
	}
	modbus_bus_why_line(b, fault);
	modbus_serial_free(s);
	return NULL;
}

void
modbus_serial_free(struct modbus_serial *s)
{
	if (s == NULL)
		return;
	modbus_wire_free(&s->wire);
	free(s);
}

/* The adapter was pulled out, say.  A descriptor held on would keep the device
 * from coming back under its name. */
static int
lost(struct modbus_serial *s, const char *what)
{
	modbus_bus_why_line(s->bus, what);
	modbus_wire_close(&s->wire);
	s->len = 0;
	s->talk_latest_us = 0;
	if (!s->asked)
		s->open_after_us = modbus_wait_now_us() + MODBUS_BUS_REOPEN_US;
	modbus_bus_let_all_go(s->bus); /* opening it will hold them anew */
	return -1;
}

/* What a question is worth whose line broke.  A connection that ended is told
 * of the unit; whether the line is lost the next ask will know. */
static enum driver_verdict
broke(const struct modbus_serial *s)
{
	modbus_bus_hold(s->bus, &s->question);
	return s->wire.dial != NULL ? DRIVER_TIMEOUT : DRIVER_BUS;
}

int
modbus_serial_up(struct modbus_serial *s)
{
	int64_t now_us = modbus_wait_now_us();
	const char *why;

	if (s->wire.fd != -1)
		return 0;
	if (now_us < s->open_after_us)
		return -1; /* the sentence is still the last one */
	s->open_after_us = now_us + MODBUS_BUS_REOPEN_US;
	s->asked = false;
	why = modbus_wire_open(
	    &s->wire, now_us + (int64_t)s->bus->line.timeout_ms * 1000);
	if (why != NULL)
		return lost(s, why);
	s->busy_until_us = modbus_wait_now_us();
	modbus_bus_hold_all(s->bus);
	return 0;
}

/* ---- hearing ---- */

/* One who talks past its deadline may go on: see the head of this file.  A
 * pause is half a timeout at most, so that an echo of the question is none. */
static void
let_talk(struct modbus_serial *s)
{
	int64_t pause_us = (int64_t)s->bus->line.timeout_ms * 1000 / 2;
	int64_t until_us;

	if (pause_us > TALK_PAUSE_US)
		pause_us = TALK_PAUSE_US;
	until_us = s->busy_until_us + pause_us;
	if (until_us > s->talk_latest_us)
		until_us = s->talk_latest_us;
	modbus_bus_hush(s->bus, until_us / 1000);
}

static void
is_through(struct modbus_serial *s)
{
	s->talk_latest_us = 0;
	modbus_bus_hush(s->bus, 0);
}

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
	short found = modbus_wait(s->wire.fd, POLLIN, until_us);
	int64_t now_us = modbus_wait_now_us();
	ssize_t n;

	if (found == 0)
		return 0;
	if ((found & POLLIN) == 0)
		return lost(s, "gone");
	if (s->len == HEARD_MAX) /* a frame may have begun in the rest */
		pass_over(s, HEARD_MAX - MODBUS_FRAME_RTU_MAX);
	n = read(s->wire.fd, s->heard + s->len, HEARD_MAX - s->len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 1; /* nothing, but it is not until_us either */
	if (n == 0)
		return lost(s,
		    s->asked ? "hung up"
			     : "hung up before it was asked anything");
	if (n == -1)
		return lost(s, strerror(errno));
	s->len += (size_t)n;
	if (now_us > s->busy_until_us)
		s->busy_until_us = now_us;
	if (s->talk_latest_us != 0)
		let_talk(s);
	return 1;
}

static struct modbus_frame
first_frame(const struct modbus_serial *s)
{
	return modbus_frame_rtu(&s->question, s->heard, s->len);
}

/* A frame that nobody waits for.  Returns whether it made anybody ready. */
static bool
note_frame(struct modbus_serial *s, const struct modbus_frame *f)
{
	bool through =
	    s->talk_latest_us != 0 && f->unit == s->question.request.unit;

	if (through)
		is_through(s);
	through |= modbus_bus_seen(s->bus, f);
	pass_over(s, f->end);
	return through;
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

/* Until a unit becomes ready, as far as is known: what is heard may put that
 * off. */
static int64_t
listen_until_us(const struct modbus_serial *s, int64_t until_us)
{
	int64_t ready_ms = modbus_bus_next_ready_at(s->bus);

	return ready_ms < until_us / 1000 ? ready_ms * 1000 : until_us;
}

void
modbus_serial_listen(struct modbus_serial *s, int64_t until_us)
{
	while (s->wire.fd != -1 && !note_frames(s)) {
		int64_t next_us = listen_until_us(s, until_us);

		if (hear(s, next_us) == 0 || modbus_wait_now_us() >= next_us)
			return;
	}
	if (s->wire.fd == -1)
		modbus_wait(-1, 0, listen_until_us(s, until_us));
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
	if (heard == 0)
		return DRIVER_OK;
	if (heard == -1) /* the next ask makes another connection */
		return s->wire.dial != NULL ? DRIVER_HELD : DRIVER_BUS;
	modbus_bus_why_line(s->bus,
	    "line is not silent: a second master, a device that babbles, or "
	    "noise (look at termination and bias)");
	return DRIVER_NOISE;
}

static int
send_question(struct modbus_serial *s, const struct modbus_question *q)
{
	const char *why;

	is_through(s);
	s->question = *q;
	s->asked = true;
	if ((why = modbus_wire_send(&s->wire, q)) != NULL)
		return lost(s, why);
	s->len = 0; /* what came before the question is not its answer */
	s->busy_until_us = modbus_wait_now_us() +
	    modbus_serial_wire_us(&s->bus->line, sizeof(q->bytes));
	s->bus->asked_us = s->busy_until_us;
	return 0;
}

/* What the deadline leaves behind: its answer may still come. */
static enum driver_verdict
unanswered(struct modbus_serial *s, enum modbus_frame_kind best,
    struct driver_reply *r)
{
	unsigned unit = s->question.request.unit;

	r->heard = s->len > 0;
	if (s->len > 0)
		modbus_bus_hit(s->bus);
	modbus_bus_hold(s->bus, &s->question);
	if (s->len > 0) {
		s->talk_latest_us = modbus_wait_now_us() +
		    (int64_t)s->bus->line.timeout_ms * 1000 * TALK_TIMEOUTS;
		let_talk(s);
	}
	if (!modbus_wire_delivered(&s->wire)) {
		lost(s, "the question is still under way");
		return DRIVER_TIMEOUT;
	}
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
			return unanswered(
			    s, other ? MODBUS_FRAME_OTHER : kind, r);
		if (kind == MODBUS_FRAME_DAMAGED &&
		    s->busy_until_us + silence_us < deadline_us)
			until_us = s->busy_until_us + silence_us;
		last = modbus_wait_now_us() >= deadline_us;
		if ((heard = hear(s, until_us)) == -1)
			return broke(s);
		if (heard == 0 && until_us < deadline_us) {
			modbus_bus_hit(s->bus);
			modbus_bus_why(s->bus, "unit %u: wrong CRC",
			    s->question.request.unit);
			return DRIVER_CRC; /* it came: nothing is due */
		}
		last |= heard == 0;
	}
}

/* Whether the question would meet the late answer of another. */
static bool
would_be_hit(const struct modbus_serial *s, const struct modbus_question *q)
{
	const struct driver_line *line = &s->bus->line;
	int64_t now_us = modbus_wait_now_us();
	int64_t takes_us = 2 * modbus_serial_gap_us(line) +
	    modbus_serial_wire_us(line,
		sizeof(q->bytes) + MODBUS_FRAME_RTU_AROUND + q->byte_count);

	if (!modbus_bus_expects(s->bus, now_us, now_us + takes_us))
		return false;
	modbus_bus_why_line(s->bus, "a late answer is about to come");
	return true;
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

	assert(s->wire.fd != -1);
	if (would_be_hit(s, q))
		return DRIVER_HELD;
	verdict = await_silence(
	    s, start_us + modbus_serial_gap_us(line) + timeout_us / 2);
	if (verdict != DRIVER_OK)
		return verdict;
	if (send_question(s, q) == -1)
		return broke(s);
	latest_us = start_us + modbus_serial_gap_us(line) + timeout_us +
	    modbus_serial_wire_us(line,
		sizeof(q->bytes) + MODBUS_FRAME_RTU_AROUND + q->byte_count);
	deadline_us = s->busy_until_us + timeout_us;
	return await_answer(
	    s, deadline_us < latest_us ? deadline_us : latest_us, r);
}
