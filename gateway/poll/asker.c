/*
 * asker.c - what a bus asks next, and what is made of what came
 *
 * What is reported, and when:
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
#include "gateway/poll/asker.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/poll/breaker.h"
#include "gateway/poll/figures.h"
#include "gateway/poll/pieces.h"
#include "gateway/poll/turn.h"
#include "gateway/poll/verdict.h"

#define IDLE_MS 1000 /* whole ones, and all buses wake up together */
#define LINE_WAIT_MIN_MS 1000
#define LINE_WAIT_MAX_MS 5000
#define NOISE_MAX 3 /* tries: then it is no device's babble, but the line's */
#define PATHLESS_MS 1000 /* the gateway is overloaded, or set up wrongly */
#define BUSY_MIN_MS 200 /* for a device that says it is busy; then twice */
#define BUSY_MAX_MS 5000

struct device_state {
	struct breaker breaker;
	int64_t gap_until_ms; /* the pause it wants after a question */
	uint32_t busy; /* times in a row it said so */
	uint32_t identity; /* a checksum of what it last said it is; 0: none */
};

struct asker {
	char id[64];
	struct driver_line line;
	const struct driver *driver;
	struct plan *plan;
	struct report report;
	struct driver_link *link;
	struct turn *turn;
	struct pieces *pieces;
	struct device_state *devices; /* by slot */
	struct breaker_budget budget;
	struct figures figures;
	bool asked; /* there is a question in hand: */
	int request;
	struct piece piece;
	int64_t asked_us;
	uint32_t noise; /* tries in a row that met others talking */
	bool line_lost;
	int64_t line_wait_ms, line_retry_ms;
};

/* ---- what came of a question ---- */

static void
line_is_lost(struct asker *a, int64_t now_ms)
{
	if (!a->line_lost) {
		log_warn("bus %s: %s; trying again until it is back", a->id,
		    a->driver->why(a->link));
		a->line_lost = true;
		a->line_wait_ms = LINE_WAIT_MIN_MS;
		for (size_t s = 0; s < a->plan->slot_count; s++)
			report_device(&a->report, (uint16_t)s, DRIVER_BUS, 0);
	} else if (a->line_wait_ms < LINE_WAIT_MAX_MS) {
		a->line_wait_ms *= 2;
		if (a->line_wait_ms > LINE_WAIT_MAX_MS)
			a->line_wait_ms = LINE_WAIT_MAX_MS;
	}
	a->line_retry_ms = now_ms + a->line_wait_ms;
}

static bool
line_is_back(struct asker *a, int64_t now_ms)
{
	if (!a->line_lost)
		return false;
	log_info("bus %s: the line is back", a->id);
	a->line_lost = false;
	a->line_retry_ms = 0;
	for (size_t s = 0; s < a->plan->slot_count; s++)
		if (!a->devices[s].breaker.open) /* the dead keep their probe */
			turn_restart(a->turn, (uint16_t)s, now_ms);
	return true;
}

/* What it means is judged elsewhere; here it only matters that it is another
 * than before: then what was read under the old one is to be read again. */
static bool
identity_changed(struct asker *a, uint16_t slot, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	uint32_t *last = &a->devices[slot].identity, now;

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
identity_answered(struct asker *a, int i, enum driver_verdict verdict,
    const struct driver_reply *reply, int64_t now_ms)
{
	uint16_t slot = a->plan->requests[i].slot;

	if (verdict != DRIVER_OK &&
	    !verdict_refuses(verdict, reply->exception)) {
		(void)turn_failed(a->turn, i, now_ms);
		return;
	}
	if (identity_changed(a, slot, verdict, reply)) {
		pieces_forget(a->pieces, slot);
		turn_restart(a->turn, slot, now_ms);
	}
	turn_answered(a->turn, i, now_ms);
}

static void
piece_done(struct asker *a, int i, bool is_back, int64_t now_ms)
{
	a->devices[a->plan->requests[i].slot].busy = 0;
	if (pieces_done(a->pieces, (size_t)i, now_ms, true) && !is_back)
		turn_answered(a->turn, i, now_ms);
	figures_refused(&a->figures, pieces_refused_points(a->pieces));
}

static const char *const spaces[] = {[SPACE_COIL] = "coil",
    [SPACE_DISCRETE] = "discrete",
    [SPACE_INPUT] = "input",
    [SPACE_HOLDING] = "holding"};

/* Whether the piece cannot be made smaller and is to be reported. */
static bool
refused(struct asker *a, int i, const struct piece *piece, uint8_t exception,
    int64_t now_ms)
{
	uint32_t before = pieces_refused_points(a->pieces), after;

	if (pieces_refused(a->pieces, (size_t)i, now_ms))
		return false;
	after = pieces_refused_points(a->pieces);
	if (after > before)
		log_warn("bus %s: unit %u refuses %s %u (exception %u): the "
			 "others are read, it is asked again now and then",
		    a->id, piece->ask.unit, spaces[piece->ask.space],
		    piece->ask.address, exception);
	return true;
}

/* Whether the device does not know the function, and its whole space is bad. */
static bool
unserved(struct asker *a, int i, const struct driver_reply *reply, bool is_back,
    int64_t now_ms)
{
	const struct plan_request *q = &a->plan->requests[i];
	uint32_t before = pieces_refused_points(a->pieces), after;

	if (reply->exception != 1 ||
	    !pieces_unserved(a->pieces, (size_t)i, now_ms))
		return false;
	after = pieces_refused_points(a->pieces);
	if (after > before) {
		log_warn("bus %s: unit %u does not serve %s at all (exception "
			 "1): its %u points there are left alone, one is asked "
			 "for now and then",
		    a->id, q->ask.unit, spaces[q->ask.space], after - before);
		report_space(&a->report, i, DRIVER_EXCEPTION, reply);
	}
	a->devices[q->slot].busy = 0;
	if (!is_back)
		turn_answered(a->turn, i, now_ms);
	figures_refused(&a->figures, after);
	return true;
}

/* It wants time: twice as much each time.  Whether that has become worth
 * telling. */
static bool
busy(struct asker *a, int i, int64_t now_ms)
{
	struct device_state *d = &a->devices[a->plan->requests[i].slot];
	int64_t wait_ms = (int64_t)BUSY_MIN_MS << d->busy;

	if (wait_ms < BUSY_MAX_MS)
		d->busy++;
	else
		wait_ms = BUSY_MAX_MS;
	d->gap_until_ms = now_ms + wait_ms;
	if (turn_failed(a->turn, i, now_ms))
		return false;
	(void)pieces_done(a->pieces, (size_t)i, now_ms, false);
	return true;
}

/* The device said something.  Whether the piece is to be reported. */
static bool
answered(struct asker *a, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply, bool is_back)
{
	uint16_t slot = a->plan->requests[i].slot;
	int64_t now_ms = clock_mono_ms();

	if (breaker_answered(&a->devices[slot].breaker,
		(uint32_t)(now_ms - a->asked_us / 1000))) {
		log_info("bus %s: unit %u answers again", a->id,
		    a->plan->slots[slot].unit);
		pieces_forget(a->pieces, slot);
		turn_restart(a->turn, slot, now_ms);
		is_back = true;
	}
	if (a->plan->requests[i].identity)
		identity_answered(a, i, verdict, reply, now_ms);
	else if (verdict_is_busy(verdict, reply->exception))
		return busy(a, i, now_ms);
	else if (!verdict_refuses(verdict, reply->exception))
		piece_done(a, i, is_back, now_ms);
	else if (unserved(a, i, reply, is_back, now_ms))
		return true;
	else if (refused(a, i, piece, reply->exception, now_ms))
		piece_done(a, i, is_back, now_ms);
	else
		return false;
	return true;
}

/* Nothing of use came.  Whether the piece is to be reported as bad. */
static bool
failed(struct asker *a, int i, enum driver_verdict verdict, uint8_t exception)
{
	uint16_t slot = a->plan->requests[i].slot;
	struct breaker *breaker = &a->devices[slot].breaker;
	int64_t now_ms = clock_mono_ms();
	bool was_open = breaker->open;
	bool opened = breaker_failed(breaker, now_ms);
	bool retry = turn_failed(a->turn, i, now_ms);

	if (verdict_is_pathless(verdict, exception))
		a->devices[slot].gap_until_ms = now_ms + PATHLESS_MS;
	if (was_open)
		breaker_budget_spend(
		    &a->budget, now_ms, (double)(now_ms - a->asked_us / 1000));
	if (!retry)
		pieces_done(a->pieces, (size_t)i, now_ms, false);
	/* The dead are probed one at a time: one whose points are read each
	 * hour would hold up the others, too. */
	if (breaker->open)
		turn_probe(a->turn, slot, breaker->probe_ms);
	if (opened) {
		pieces_forget(a->pieces, slot); /* none is left alone then */
		log_warn("bus %s: unit %u does not answer (%s)", a->id,
		    a->plan->slots[slot].unit, a->driver->why(a->link));
		figures_dead(&a->figures, a->plan, slot);
		report_device(&a->report, slot, verdict, exception);
	} else if (retry && !was_open && !a->plan->requests[i].identity) {
		report_missed(&a->report, i, verdict);
	}
	return !was_open && !opened && !retry;
}

static void
judge(struct asker *a, int i, const struct piece *piece,
    enum driver_verdict verdict, const struct driver_reply *reply)
{
	bool is_back = line_is_back(a, clock_mono_ms()), tell;

	if (verdict_is_answer(verdict, reply->exception))
		tell = answered(a, i, piece, verdict, reply, is_back);
	else
		tell = failed(a, i, verdict, reply->exception);
	if (tell)
		report_piece(&a->report, i, piece, verdict, reply);
}

/* What the question in hand brought. */
static void
take(struct asker *a, enum driver_verdict verdict,
    const struct driver_reply *reply)
{
	int i = a->request;
	uint16_t slot = a->plan->requests[i].slot;
	int64_t end_us = clock_mono_us();

	a->asked = verdict == DRIVER_ASKED;
	if (a->asked || verdict == DRIVER_HELD)
		return;
	a->devices[slot].gap_until_ms =
	    end_us / 1000 + a->plan->slots[slot].min_gap_ms;
	figures_result(&a->figures, verdict);
	a->noise = verdict == DRIVER_NOISE ? a->noise + 1 : 0;
	if (verdict == DRIVER_BUS || a->noise >= NOISE_MAX)
		line_is_lost(a, end_us / 1000);
	if (verdict == DRIVER_BUS || verdict == DRIVER_NOISE)
		return;
	judge(a, i, &a->piece, verdict, reply);
	figures_missed(&a->figures, a->turn->missed);
	if (!a->devices[slot].breaker.open)
		figures_took(&a->figures, a->plan, i, end_us - a->asked_us,
		    pieces_at_start(a->pieces, (size_t)i));
}

/* ---- whom to ask ---- */

/* A first probe is not held up by what others have spent: a device that was
 * only disturbed is back with it. */
static bool
is_fresh(const struct breaker *b)
{
	return b->open && b->probes == 0;
}

/* Of the dead the one whose turn is longest ago; slot_count if all live. */
static size_t
next_probe(const struct asker *a)
{
	size_t next = a->plan->slot_count;

	for (size_t s = 0; s < a->plan->slot_count; s++) {
		const struct breaker *x = &a->devices[s].breaker;

		if (x->open && !is_fresh(x) &&
		    (next == a->plan->slot_count ||
			x->probe_ms < a->devices[next].breaker.probe_ms))
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
all_dead(const struct asker *a)
{
	for (size_t s = 0; s < a->plan->slot_count; s++)
		if (!a->devices[s].breaker.open)
			return false;
	return true;
}

/* When each device may be asked: after its pause, its quarantine, its breaker's
 * wait and the line's; the dead one at a time. */
static void
update_ready(struct asker *a)
{
	int64_t budget_ms =
	    all_dead(a) ? 0 : breaker_budget_ready_ms(&a->budget);
	size_t probe = next_probe(a);

	for (size_t s = 0; s < a->plan->slot_count; s++) {
		const struct device_state *d = &a->devices[s];
		int64_t ready_ms =
		    a->driver->ready_at(a->link, a->plan->slots[s].unit);

		ready_ms = later(ready_ms, d->gap_until_ms);
		ready_ms = later(ready_ms, a->line_retry_ms);
		if (s == probe)
			ready_ms = later(
			    ready_ms, later(d->breaker.probe_ms, budget_ms));
		else if (is_fresh(&d->breaker))
			ready_ms = later(ready_ms, d->breaker.probe_ms);
		else if (d->breaker.open)
			ready_ms = INT64_MAX;
		a->turn->ready_ms[s] = ready_ms;
	}
}

static void
ask(struct asker *a, int i)
{
	uint16_t slot = a->plan->requests[i].slot;
	struct driver_reply reply = {0};
	enum driver_verdict verdict;

	a->asked_us = clock_mono_us();
	a->request = i;
	if (!pieces_get(a->pieces, (size_t)i, a->asked_us / 1000, &a->piece)) {
		turn_answered(a->turn, i, a->asked_us / 1000);
		return; /* all of it is refused */
	}
	a->piece.ask.timeout_ms =
	    breaker_timeout_ms(&a->devices[slot].breaker, a->line.timeout_ms);
	verdict = a->driver->ask(a->link, &a->piece.ask, &reply);
	take(a, verdict, &reply);
}

/* Asks what is due.  Returns when to come again. */
static int64_t
ask_due(struct asker *a)
{
	int64_t now_ms = clock_mono_ms(), wake_ms;
	int i;

	update_ready(a);
	i = turn_pick(a->turn, now_ms);
	if (i >= 0) {
		ask(a, i);
		return now_ms;
	}
	wake_ms = turn_wake(a->turn);
	now_ms += IDLE_MS - now_ms % IDLE_MS;
	return wake_ms < now_ms ? wake_ms : now_ms;
}

void
asker_turn(struct asker *a)
{
	int64_t until_ms = ask_due(a);

	if (until_ms > clock_mono_ms())
		a->driver->listen(a->link, until_ms);
}

bool
asker_step(struct asker *a, bool heard, bool may_ask, struct driver_wait *wait)
{
	struct driver_reply reply = {0};
	int64_t until_us;

	if (a->asked)
		take(a, a->driver->hear(a->link, &reply), &reply);
	else if (heard)
		a->driver->listen(a->link, 0);
	if (!a->asked && !may_ask)
		return false;
	until_us = a->asked ? INT64_MAX : ask_due(a) * 1000;
	a->driver->awaits(a->link, wait);
	if (!a->asked && until_us < wait->until_us)
		wait->until_us = until_us;
	return true;
}

/* ---- its life ---- */

struct asker *
asker_new(const struct bus_conf *conf, char *why, size_t why_size)
{
	struct asker *a = must_alloc(1, sizeof(*a));

	snprintf(a->id, sizeof(a->id), "%s", conf->id);
	a->line = conf->line;
	a->driver = conf->driver;
	a->plan = conf->plan;
	a->devices = must_alloc(a->plan->slot_count, sizeof(*a->devices));
	a->turn = turn_new(a->plan, clock_mono_ms());
	breaker_budget_open(&a->budget, clock_mono_ms());
	a->pieces = pieces_new(a->plan);
	report_open(&a->report, a->plan, &a->figures);
	figures_open(&a->figures, a->id, a->plan, a->driver, &a->line);
	a->link = a->driver->open(&a->line, why, why_size);
	if (a->link != NULL)
		return a;
	asker_free(a);
	return NULL;
}

void
asker_hang_up(struct asker *a)
{
	a->driver->close(a->link);
	a->link = NULL;
}

void
asker_free(struct asker *a)
{
	asker_hang_up(a);
	figures_close(&a->figures);
	pieces_free(a->pieces);
	turn_free(a->turn);
	plan_free(a->plan);
	report_close(&a->report);
	free(a->devices);
	free(a);
}

const struct plan *
asker_plan(const struct asker *a)
{
	return a->plan;
}

struct report *
asker_report(struct asker *a)
{
	return &a->report;
}
