/*
 * once.c - see once.h
 *
 * A question is open, or has its answer.  Each turn asks the best open one
 * whose unit may be asked now: of the unit with the fewest failures, and of
 * those the first.  With none, it listens, as the daemon does, until one may.
 */
#include "gateway/poll/once.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"

#define UNIT_COUNT 256 /* a unit is a byte */
#define UNIT_FAILURES_MAX 3 /* two questions, the first of them twice */
#define LINE_FAILURES_MAX 3
#define LINE_WAIT_MS 1000 /* until a lost line is tried again */

struct unit {
	unsigned failures; /* in a row */
	int64_t gap_until_ms; /* the pause it wants after a question */
	struct once_answer last; /* failure */
};

struct once {
	const struct driver *driver;
	struct driver_link *link;
	struct unit units[UNIT_COUNT];
	unsigned line_failures; /* in a row */
	int64_t line_until_ms; /* nobody is asked before */
	int64_t quiet_from_ms; /* the last answer of all */
};

/* One call. */
struct round {
	const struct once_question *questions;
	size_t count, open_count;
	bool *answered;
	struct once_answer *answers;
	atomic_size_t *done;
};

struct once *
once_open(const struct driver *driver, const struct driver_line *line,
    char *why, size_t why_size)
{
	struct once *o = must_alloc(1, sizeof(*o));

	o->driver = driver;
	o->quiet_from_ms = clock_mono_ms();
	o->link = driver->open(line, why, why_size);
	if (o->link != NULL)
		return o;
	once_close(o);
	return NULL;
}

void
once_close(struct once *o)
{
	if (o == NULL)
		return;
	o->driver->close(o->link);
	free(o);
}

/* ---- whom to ask ---- */

static int64_t
may_go_ms(const struct once *o, uint8_t unit)
{
	int64_t at = o->driver->ready_at(o->link, unit);

	if (o->units[unit].gap_until_ms > at)
		at = o->units[unit].gap_until_ms;
	return o->line_until_ms > at ? o->line_until_ms : at;
}

static struct unit *
unit_of(struct once *o, const struct round *r, size_t i)
{
	return &o->units[r->questions[i].ask.unit];
}

/* The index of the best question, or count with *wake_ms, when to look again.
 */
static size_t
pick(struct once *o, const struct round *r, int64_t now_ms, int64_t *wake_ms)
{
	size_t best = r->count;

	*wake_ms = INT64_MAX;
	for (size_t i = 0; i < r->count; i++) {
		int64_t at;

		if (r->answered[i])
			continue;
		at = may_go_ms(o, r->questions[i].ask.unit);
		if (at < *wake_ms)
			*wake_ms = at;
		if (at <= now_ms &&
		    (best == r->count ||
			unit_of(o, r, i)->failures <
			    unit_of(o, r, best)->failures))
			best = i;
	}
	return best;
}

/* ---- what came of it ---- */

static void
settle(struct round *r, size_t i, const struct once_answer *a)
{
	r->answers[i] = *a;
	r->answered[i] = true;
	r->open_count--;
	atomic_fetch_add(r->done, 1);
}

static void
note_failure(struct once *o, struct unit *u, enum driver_verdict verdict)
{
	u->last = (struct once_answer){.verdict = verdict};
	snprintf(
	    u->last.why, sizeof(u->last.why), "%s", o->driver->why(o->link));
}

/* The first failure of a unit is followed by a second try; when it goes on, a
 * question has only one. */
static void
failed(struct once *o, struct round *r, size_t i, enum driver_verdict verdict,
    int64_t now_ms)
{
	struct unit *u = unit_of(o, r, i);

	note_failure(o, u, verdict);
	u->failures++;
	if (verdict == DRIVER_BUS) {
		o->line_failures++;
		o->line_until_ms = now_ms + LINE_WAIT_MS;
	} else {
		o->line_failures = 0;
	}
	if (u->failures > 1)
		settle(r, i, &u->last);
}

static void
answered(struct once *o, struct round *r, size_t i, struct once_answer *a,
    int64_t now_ms)
{
	uint8_t unit = r->questions[i].ask.unit;
	struct unit *u = &o->units[unit];

	o->quiet_from_ms = now_ms;
	o->line_failures = 0;
	u->failures = 0;
	if (a->verdict == DRIVER_EXCEPTION) {
		snprintf(a->why, sizeof(a->why), "%s", o->driver->why(o->link));
		/* A gateway spoke for a device that did not answer: the driver
		 * waits for the late answer. */
		if (o->driver->ready_at(o->link, unit) != 0)
			u->failures = UNIT_FAILURES_MAX;
		u->last = *a;
	}
	settle(r, i, a);
}

static void
ask(struct once *o, struct round *r, size_t i)
{
	const struct once_question *q = &r->questions[i];
	struct once_answer a = {0};
	int64_t now_ms;

	a.verdict = driver_ask(o->driver, o->link, &q->ask, &a.reply);
	now_ms = clock_mono_ms();
	if (a.verdict == DRIVER_HELD)
		return;
	unit_of(o, r, i)->gap_until_ms = now_ms + q->min_gap_ms;
	if (a.verdict == DRIVER_OK || a.verdict == DRIVER_EXCEPTION)
		answered(o, r, i, &a, now_ms);
	else
		failed(o, r, i, a.verdict, now_ms);
}

/* Those of whom nothing is to be expected any more. */
static void
give_up_hopeless(struct once *o, struct round *r, int64_t now_ms)
{
	bool lost = o->line_failures >= LINE_FAILURES_MAX;
	bool quiet = now_ms - o->quiet_from_ms > ONCE_PATIENCE_MS;

	for (size_t i = 0; i < r->count; i++) {
		struct unit *u = unit_of(o, r, i);

		if (r->answered[i])
			continue;
		if (lost && u->failures == 0)
			note_failure(o, u, DRIVER_BUS);
		if (lost || u->failures >= UNIT_FAILURES_MAX ||
		    (quiet && u->failures > 0))
			settle(r, i, &u->last);
	}
}

static void
turn(struct once *o, struct round *r)
{
	int64_t now_ms = clock_mono_ms(), wake_ms;
	size_t i;

	give_up_hopeless(o, r, now_ms);
	if (r->open_count == 0)
		return;
	i = pick(o, r, now_ms, &wake_ms);
	if (i < r->count)
		ask(o, r, i);
	else
		o->driver->listen(o->link, wake_ms);
}

void
once_ask(struct once *o, const struct once_question *questions, size_t count,
    struct once_answer *answers, atomic_size_t *done)
{
	struct round r = {.questions = questions,
	    .count = count,
	    .open_count = count,
	    .answers = answers,
	    .done = done};

	r.answered = must_alloc(count, sizeof(*r.answered));
	while (r.open_count > 0)
		turn(o, &r);
	free(r.answered);
}
