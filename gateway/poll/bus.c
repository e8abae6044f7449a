/*
 * bus.c - one thread that asks the devices of one bus
 *
 * The thread owns the link, the turns and the breakers; the loop sees only the
 * ring.  What is reported, and when:
 *
 *   answered            the request's words, or the exception's code
 *   refused             nothing until it is known which point is (pieces.h)
 *   function unknown    all requests of that space of the device are bad, once
 *   busy, failed once   nothing: the retry follows
 *   so again            the request is bad
 *   breaker opens       the whole device is bad and offline; probes that fail
 *                       report nothing new
 *   line lost           every device of the bus, once; questions stop until the
 *                       line is tried again (1, 2, 4, then every 5 s)
 *   line never silent   nothing at first, a device may babble; then line lost
 *
 * A device or a line that is back is asked for everything, and also again for
 * the value that brought it back, unless that was its identity: whoever takes
 * the answers has no use for a value of nobody knows whom.
 *
 * Not done: keeping a connection for each unit behind one address.  Units share
 * the link, and one that does not answer costs the others a reconnect.
 */
#include "gateway/poll/bus.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/poll/breaker.h"
#include "gateway/poll/figures.h"
#include "gateway/poll/pieces.h"
#include "gateway/poll/report.h"
#include "gateway/poll/turn.h"
#include "gateway/poll/verdict.h"

#define LISTEN_MAX_MS                                                          \
	1000 /* a stop is seen then; each wake-up costs, and there             \
		may be hundreds of buses */
#define LINE_WAIT_MIN_MS 1000
#define LINE_WAIT_MAX_MS 5000
#define HANG_MS 5000 /* over the longest a call may take */
#define NOISE_MAX 3 /* tries: then it is no device's babble, but the line's */
#define BUSY_MIN_MS 200 /* for a device that says it is busy; then twice */
#define BUSY_MAX_MS 5000

struct device_state {
	struct breaker breaker;
	int64_t gap_until_ms; /* the pause it wants after a question */
	uint32_t busy; /* times in a row it said so */
	uint32_t identity; /* a checksum of what it last said it is; 0: none */
};

struct bus {
	char id[64];
	struct driver_line line;
	const struct driver *driver;
	struct plan *plan;
	struct report report;
	atomic_bool stop, ended;
	_Atomic int64_t progress_ms;
	atomic_int owners; /* the loop's side and the thread */
	/* owned by the thread */
	struct driver_link *link;
	struct turn *turn;
	struct pieces *pieces;
	struct device_state *devices; /* by slot */
	struct breaker_budget budget;
	int64_t asked_ms; /* the question in hand */
	uint32_t noise; /* tries in a row that met others talking */
	bool line_lost;
	int64_t line_wait_ms, line_retry_ms;
	struct figures figures;
};

/* ---- what came of a question ---- */

static void
line_is_lost(struct bus *b, int64_t now_ms)
{
	if (!b->line_lost) {
		log_warn("bus %s: %s; trying again until it is back", b->id,
		    b->driver->why(b->link));
		b->line_lost = true;
		b->line_wait_ms = LINE_WAIT_MIN_MS;
		for (size_t s = 0; s < b->plan->slot_count; s++)
			report_device(&b->report, (uint16_t)s, DRIVER_BUS, 0);
	} else if (b->line_wait_ms < LINE_WAIT_MAX_MS) {
		b->line_wait_ms *= 2;
		if (b->line_wait_ms > LINE_WAIT_MAX_MS)
			b->line_wait_ms = LINE_WAIT_MAX_MS;
	}
	b->line_retry_ms = now_ms + b->line_wait_ms;
}

static bool
line_is_back(struct bus *b, int64_t now_ms)
{
	if (!b->line_lost)
		return false;
	log_info("bus %s: the line is back", b->id);
	b->line_lost = false;
	b->line_retry_ms = 0;
	for (size_t s = 0; s < b->plan->slot_count; s++)
		if (!b->devices[s].breaker.open) /* the dead keep their probe */
			turn_restart(b->turn, (uint16_t)s, now_ms);
	return true;
}

/* What it means is judged elsewhere; here it only matters that it is another
 * than before: then what was read under the old one is to be read again. */
static bool
identity_changed(struct bus *b, uint16_t slot, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	uint32_t *last = &b->devices[slot].identity, now;

	now = crc32c(verdict, &reply->exception, sizeof(reply->exception));
	now = crc32c(now, reply->words, reply->word_count * sizeof(uint16_t));
	now += now == 0;
	if (now == *last)
		return false;
	*last = now;
	return true;
}

/* An identity that a gateway could not fetch is asked for as after silence. */
static void
identity_answered(struct bus *b, int i, enum driver_verdict verdict,
    const struct driver_reply *reply, int64_t now_ms)
{
	uint16_t slot = b->plan->requests[i].slot;

	if (verdict != DRIVER_OK &&
	    !verdict_refuses(verdict, reply->exception)) {
		(void)turn_failed(b->turn, i, now_ms);
		return;
	}
	if (identity_changed(b, slot, verdict, reply)) {
		pieces_forget(b->pieces, slot);
		turn_restart(b->turn, slot, now_ms);
	}
	turn_answered(b->turn, i, now_ms);
}

static void
piece_done(struct bus *b, int i, bool is_back, int64_t now_ms)
{
	b->devices[b->plan->requests[i].slot].busy = 0;
	if (pieces_done(b->pieces, (size_t)i, now_ms, true) && !is_back)
		turn_answered(b->turn, i, now_ms);
	figures_refused(&b->figures, pieces_refused_points(b->pieces));
}

static const char *const spaces[] = {[SPACE_COIL] = "coil",
    [SPACE_DISCRETE] = "discrete",
    [SPACE_INPUT] = "input",
    [SPACE_HOLDING] = "holding"};

/* Whether the piece cannot be made smaller and is to be reported. */
static bool
refused(struct bus *b, int i, const struct piece *piece, uint8_t exception,
    int64_t now_ms)
{
	uint32_t before = pieces_refused_points(b->pieces), after;

	if (pieces_refused(b->pieces, (size_t)i, now_ms))
		return false;
	after = pieces_refused_points(b->pieces);
	if (after > before)
		log_warn("bus %s: unit %u refuses %s %u (exception %u): the "
			 "others are read, it is asked again now and then",
		    b->id, piece->ask.unit, spaces[piece->ask.space],
		    piece->ask.address, exception);
	return true;
}

/* Whether the device does not know the function, and its whole space is bad. */
static bool
unserved(struct bus *b, int i, const struct driver_reply *reply, bool is_back,
    int64_t now_ms)
{
	const struct plan_request *q = &b->plan->requests[i];
	uint32_t before = pieces_refused_points(b->pieces), after;

	if (reply->exception != 1 ||
	    !pieces_unserved(b->pieces, (size_t)i, now_ms))
		return false;
	after = pieces_refused_points(b->pieces);
	if (after > before) {
		log_warn("bus %s: unit %u does not serve %s at all (exception "
			 "1): its %u points there are left alone, one is asked "
			 "for now and then",
		    b->id, q->ask.unit, spaces[q->ask.space], after - before);
		report_space(&b->report, i, DRIVER_EXCEPTION, reply);
	}
	b->devices[q->slot].busy = 0;
	if (!is_back)
		turn_answered(b->turn, i, now_ms);
	figures_refused(&b->figures, after);
	return true;
}

/* It wants time: twice as much each time.  Whether that has become worth
 * telling. */
static bool
busy(struct bus *b, int i, int64_t now_ms)
{
	struct device_state *d = &b->devices[b->plan->requests[i].slot];
	int64_t wait_ms = (int64_t)BUSY_MIN_MS << d->busy;

	if (wait_ms < BUSY_MAX_MS)
		d->busy++;
	else
		wait_ms = BUSY_MAX_MS;
	d->gap_until_ms = now_ms + wait_ms;
	if (turn_failed(b->turn, i, now_ms))
		return false;
	(void)pieces_done(b->pieces, (size_t)i, now_ms, false);
	return true;
}

/* The device said something.  Whether the piece is to be reported. */
static bool
answered(struct bus *b, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply, bool is_back)
{
	uint16_t slot = b->plan->requests[i].slot;
	int64_t now_ms = clock_mono_ms();

	if (breaker_answered(
		&b->devices[slot].breaker, (uint32_t)(now_ms - b->asked_ms))) {
		log_info("bus %s: unit %u answers again", b->id,
		    b->plan->slots[slot].unit);
		pieces_forget(b->pieces, slot);
		turn_restart(b->turn, slot, now_ms);
		is_back = true;
	}
	if (b->plan->requests[i].identity)
		identity_answered(b, i, verdict, reply, now_ms);
	else if (verdict_is_busy(verdict, reply->exception))
		return busy(b, i, now_ms);
	else if (!verdict_refuses(verdict, reply->exception))
		piece_done(b, i, is_back, now_ms);
	else if (unserved(b, i, reply, is_back, now_ms))
		return true;
	else if (refused(b, i, piece, reply->exception, now_ms))
		piece_done(b, i, is_back, now_ms);
	else
		return false;
	return true;
}

/* Nothing of use came.  Whether the piece is to be reported as bad. */
static bool
failed(struct bus *b, int i, enum driver_verdict verdict, uint8_t exception)
{
	uint16_t slot = b->plan->requests[i].slot;
	struct breaker *breaker = &b->devices[slot].breaker;
	int64_t now_ms = clock_mono_ms();
	bool was_open = breaker->open;
	bool opened = breaker_failed(breaker, now_ms);
	bool retry = turn_failed(b->turn, i, now_ms);

	if (was_open)
		breaker_budget_spend(
		    &b->budget, now_ms, (double)(now_ms - b->asked_ms));
	if (!retry)
		pieces_done(b->pieces, (size_t)i, now_ms, false);
	/* The dead are probed one at a time: one whose points are read each
	 * hour would hold up the others, too. */
	if (breaker->open)
		turn_probe(b->turn, slot, breaker->probe_ms);
	if (opened) {
		pieces_forget(b->pieces, slot); /* none is left alone then */
		log_warn("bus %s: unit %u does not answer (%s)", b->id,
		    b->plan->slots[slot].unit, b->driver->why(b->link));
		report_device(&b->report, slot, verdict, exception);
	} else if (retry && !was_open && !b->plan->requests[i].identity) {
		report_missed(&b->report, i, verdict);
	}
	return !was_open && !opened && !retry;
}

static void
judge(struct bus *b, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply)
{
	bool is_back = line_is_back(b, clock_mono_ms()), tell;

	if (verdict_is_answer(verdict, reply->exception))
		tell = answered(b, i, piece, verdict, reply, is_back);
	else
		tell = failed(b, i, verdict, reply->exception);
	if (tell)
		report_piece(&b->report, i, piece, verdict, reply);
}

static void
exchange(struct bus *b, int i)
{
	const struct plan_request *q = &b->plan->requests[i];
	struct driver_reply reply = {0};
	int64_t start_us = clock_mono_us(), end_us;
	enum driver_verdict verdict;
	struct piece piece;

	if (!pieces_get(b->pieces, (size_t)i, start_us / 1000, &piece)) {
		turn_answered(b->turn, i, start_us / 1000);
		return; /* all of it is refused */
	}
	piece.ask.timeout_ms = breaker_timeout_ms(
	    &b->devices[q->slot].breaker, b->line.timeout_ms);
	b->asked_ms = start_us / 1000;
	verdict = driver_ask(b->driver, b->link, &piece.ask, &reply);
	end_us = clock_mono_us();
	if (verdict == DRIVER_HELD)
		return;
	b->devices[q->slot].gap_until_ms =
	    end_us / 1000 + b->plan->slots[q->slot].min_gap_ms;
	figures_result(&b->figures, verdict);
	b->noise = verdict == DRIVER_NOISE ? b->noise + 1 : 0;
	if (verdict == DRIVER_BUS || b->noise >= NOISE_MAX)
		line_is_lost(b, end_us / 1000);
	if (verdict == DRIVER_BUS || verdict == DRIVER_NOISE)
		return;
	judge(b, i, &piece, verdict, &reply);
	figures_missed(&b->figures, b->turn->missed);
	figures_took(&b->figures, b->plan, i, end_us - start_us,
	    pieces_at_start(b->pieces, (size_t)i));
}

/* ---- the thread ---- */

/* A first probe is not held up by what others have spent: a device that was
 * only disturbed is back with it. */
static bool
is_fresh(const struct breaker *b)
{
	return b->open && b->probes == 0;
}

/* Of the dead the one whose turn is longest ago; slot_count if all live. */
static size_t
next_probe(const struct bus *b)
{
	size_t next = b->plan->slot_count;

	for (size_t s = 0; s < b->plan->slot_count; s++) {
		const struct breaker *x = &b->devices[s].breaker;

		if (x->open && !is_fresh(x) &&
		    (next == b->plan->slot_count ||
			x->probe_ms < b->devices[next].breaker.probe_ms))
			next = s;
	}
	return next;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
all_dead(const struct bus *b)
{
	for (size_t s = 0; s < b->plan->slot_count; s++)
		if (!b->devices[s].breaker.open)
			return false;
	return true;
}

/* When each device may be asked: after its pause, its quarantine, its breaker's
 * wait and the line's; the dead one at a time. */
static void
update_ready(struct bus *b)
{
	int64_t budget_ms =
	    all_dead(b) ? 0 : breaker_budget_ready_ms(&b->budget);
	size_t probe = next_probe(b);

	for (size_t s = 0; s < b->plan->slot_count; s++) {
		const struct device_state *d = &b->devices[s];
		int64_t ready_ms =
		    b->driver->ready_at(b->link, b->plan->slots[s].unit);

		ready_ms = later(ready_ms, d->gap_until_ms);
		ready_ms = later(ready_ms, b->line_retry_ms);
		if (s == probe)
			ready_ms = later(
			    ready_ms, later(d->breaker.probe_ms, budget_ms));
		else if (is_fresh(&d->breaker))
			ready_ms = later(ready_ms, d->breaker.probe_ms);
		else if (d->breaker.open)
			ready_ms = INT64_MAX;
		b->turn->ready_ms[s] = ready_ms;
	}
}

static void
bus_turn(struct bus *b)
{
	int64_t now_ms = clock_mono_ms(), until_ms = now_ms + LISTEN_MAX_MS;
	int i;

	atomic_store(&b->progress_ms, now_ms);
	update_ready(b);
	i = turn_pick(b->turn, now_ms);
	if (i >= 0) {
		exchange(b, i);
		return;
	}
	if (turn_wake(b->turn) < until_ms)
		until_ms = turn_wake(b->turn);
	b->driver->listen(b->link, until_ms);
}

static void
release(struct bus *b)
{
	if (atomic_fetch_sub(&b->owners, 1) > 1)
		return;
	figures_close(&b->figures);
	b->driver->close(b->link);
	pieces_free(b->pieces);
	turn_free(b->turn);
	plan_free(b->plan);
	report_close(&b->report);
	free(b->devices);
	free(b);
}

static void *
bus_thread(void *arg)
{
	struct bus *b = arg;

	pthread_setname_np(pthread_self(), "bus");
	while (!atomic_load(&b->stop))
		bus_turn(b);
	b->driver->close(b->link);
	b->link = NULL;
	atomic_store(&b->ended, true);
	release(b);
	return NULL;
}

static int
thread_start(struct bus *b)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	/* Signals are the loop's: it reads them from a descriptor. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	rc = pthread_create(&thread, &attr, bus_thread, b);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

struct bus *
bus_start(const struct bus_conf *conf, char *why, size_t why_size)
{
	struct bus *b = must_alloc(1, sizeof(*b));

	snprintf(b->id, sizeof(b->id), "%s", conf->id);
	b->line = conf->line;
	b->driver = conf->driver;
	b->plan = conf->plan;
	atomic_store(&b->owners, 1);
	atomic_store(&b->progress_ms, clock_mono_ms());
	b->devices = must_alloc(b->plan->slot_count, sizeof(*b->devices));
	b->turn = turn_new(b->plan, clock_mono_ms());
	breaker_budget_open(&b->budget, clock_mono_ms());
	b->pieces = pieces_new(b->plan);
	report_open(&b->report, b->id, b->plan, conf->notify_fd, &b->figures);
	figures_open(&b->figures, b->id, b->plan, b->driver, &b->line);
	b->link = b->driver->open(&b->line, why, why_size);
	if (b->link == NULL)
		goto fail;
	atomic_store(&b->owners, 2);
	if (thread_start(b) != 0) {
		snprintf(why, why_size, "cannot start a thread");
		atomic_store(&b->owners, 1);
		goto fail;
	}
	return b;

fail:
	release(b);
	return NULL;
}

void
bus_stop(struct bus *b)
{
	atomic_store(&b->stop, true);
}

bool
bus_ended(const struct bus *b)
{
	return atomic_load(&b->ended);
}

void
bus_free(struct bus *b)
{
	if (b != NULL)
		release(b);
}

const struct plan *
bus_plan(const struct bus *b)
{
	return b->plan;
}

bool
bus_take(struct bus *b, struct answer *a)
{
	return report_take(&b->report, a);
}

bool
bus_alive(const struct bus *b, int64_t now_ms)
{
	int64_t longest_ms = (int64_t)b->line.timeout_ms + HANG_MS;

	return atomic_load(&b->ended) ||
	    now_ms - atomic_load(&b->progress_ms) < longest_ms;
}
