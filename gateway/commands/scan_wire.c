/*
 * scan_wire.c - see scan_wire.h
 *
 * Not once.h, which asks each question twice and gives up a line on which
 * nobody answers: here silence is the rule, and an answer the exception.
 */
#include "gateway/commands/scan_wire.h"

#include <stdio.h>

#include "gateway/base/clock.h"

#define NOISE_TRIES 3
#define NOISE_WAIT_MS 200
#define LOOK_MS 100 /* so soon a Ctrl-C is seen */
#define HOLD_MIN_MS 2000 /* README: how a bus is treated */
#define HOLD_TIMEOUTS 6

int64_t
scan_wire_open_ms(const struct driver_line *line)
{
	int64_t hold_ms = (int64_t)line->timeout_ms * HOLD_TIMEOUTS;

	if (line->baud == 0)
		return 0;
	return hold_ms > HOLD_MIN_MS ? hold_ms : HOLD_MIN_MS;
}

bool
scan_wire_open(struct scan_wire *w, const struct driver_line *line)
{
	w->line = line;
	w->driver = driver_for(line->scheme);
	w->held_ms = scan_wire_open_ms(line);
	w->link = w->driver->open(line, w->why, sizeof(w->why));
	return w->link != NULL;
}

void
scan_wire_close(struct scan_wire *w)
{
	if (w->link == NULL)
		return;
	w->driver->close(w->link);
	w->link = NULL;
}

void
scan_wire_listen(struct scan_wire *w, int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms, now_ms;

	while (!*w->stop && (now_ms = clock_mono_ms()) < until_ms)
		w->driver->listen(w->link,
		    until_ms < now_ms + LOOK_MS ? until_ms : now_ms + LOOK_MS);
}

static void
await_turn(struct scan_wire *w, uint8_t unit)
{
	while (!*w->stop && w->driver->ready_at(w->link, unit) != 0)
		w->driver->listen(w->link, clock_mono_ms() + LOOK_MS);
}

enum driver_verdict
scan_wire_ask(
    struct scan_wire *w, const struct driver_request *q, struct driver_reply *r)
{
	enum driver_verdict verdict = DRIVER_HELD;
	int tries = NOISE_TRIES;

	while (!*w->stop) {
		await_turn(w, q->unit);
		if (*w->stop)
			break;
		w->asked_ms = clock_mono_ms();
		verdict = driver_ask(w->driver, w->link, q, r);
		if (verdict == DRIVER_NOISE && --tries > 0)
			scan_wire_listen(w, NOISE_WAIT_MS);
		else if (verdict != DRIVER_HELD)
			break;
	}
	if (verdict != DRIVER_OK && verdict != DRIVER_HELD)
		snprintf(w->why, sizeof(w->why), "%s", w->driver->why(w->link));
	return *w->stop && verdict == DRIVER_NOISE ? DRIVER_HELD : verdict;
}

/* The driver lets a silent unit go when its late answer was seen, or when its
 * time is over, which began after asked_ms. */
bool
scan_wire_late(const struct scan_wire *w, uint8_t unit, int64_t asked_ms)
{
	bool ready = w->driver->ready_at(w->link, unit) == 0;

	return ready && clock_mono_ms() < asked_ms + w->held_ms;
}
