/*
 * wire.c - the wire of a bus as a picture, for a terminal
 *
 * Plays the turns (turn.h) in simulated time: each exchange takes what the wire
 * and PLAN_TURNAROUND_US say.  A cell shows who has it for most of the time it
 * is busy.
 */
#include "gateway/commands/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/poll/turn.h"

#define CELLS 64 /* a line */
#define LINES_MAX 8
#define WIDTH 100 /* of what stands around them */
#define BUSY_ENOUGH 0.5 /* of a cell, to show whose it is */

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct cell {
	double busy_us, most_us;
	uint16_t slot; /* of the exchange with the most */
};

struct wire {
	int64_t line_us;
	int lines;
	struct cell cells[LINES_MAX * CELLS];
};

/* An exchange of a slot, from..to. */
static void
mark(struct wire *w, uint16_t slot, double from_us, double to_us)
{
	double width_us = (double)w->line_us / CELLS;

	for (size_t i = (size_t)(from_us / width_us);
	     i < (size_t)(w->lines * CELLS) && (double)i * width_us < to_us;
	     i++) {
		double begin = (double)i * width_us, end = begin + width_us;
		double took = (to_us < end ? to_us : end) -
		    (from_us > begin ? from_us : begin);

		w->cells[i].busy_us += took;
		if (took <= w->cells[i].most_us)
			continue;
		w->cells[i].most_us = took;
		w->cells[i].slot = slot;
	}
}

static void
play(struct wire *w, const struct conf_bus *b, const struct plan *p)
{
	struct turn *t = turn_new(p, 0);
	int64_t now_us = 0, end_us = w->line_us * w->lines;

	while (now_us < end_us) {
		int i = turn_pick(t, now_us / 1000);

		if (i < 0) {
			now_us = turn_wake(t) * 1000;
			continue;
		}
		int64_t took_us =
		    b->driver->cost_us(&b->line, &p->requests[i].ask) +
		    PLAN_TURNAROUND_US;

		mark(w, p->requests[i].slot, (double)now_us,
		    (double)(now_us + took_us));
		now_us += took_us;
		turn_answered(t, i, now_us / 1000);
	}
	turn_free(t);
}

/* The fastest and the slowest period of the points; false if there are none. */
static bool
periods(const struct plan *p, uint32_t *fastest_ms, uint32_t *slowest_ms)
{
	*fastest_ms = UINT32_MAX;
	*slowest_ms = 0;
	for (size_t i = 0; i < p->request_count; i++) {
		uint32_t ms = p->requests[i].every_ms;

		if (p->requests[i].identity)
			continue;
		*fastest_ms = ms < *fastest_ms ? ms : *fastest_ms;
		*slowest_ms = ms > *slowest_ms ? ms : *slowest_ms;
	}
	return *slowest_ms > 0;
}

static void
print_line(const struct wire *w, int line)
{
	const struct cell *cells = &w->cells[line * CELLS];
	double width_us = (double)w->line_us / CELLS;
	char text[CELLS + 1] = "";

	for (int i = 0; i < CELLS; i++) {
		text[i] = letters[cells[i].slot % (sizeof(letters) - 1)];
		if (cells[i].busy_us < BUSY_ENOUGH * width_us)
			text[i] = cells[i].busy_us > 0 ? ':' : '.';
	}
	printf("  %7.3f s |%s|\n", (double)(line * w->line_us) / 1e6, text);
}

/* Whose the letters are, on as many lines as they take. */
static void
print_legend(const struct conf *c, const struct plan *p, const struct wire *w)
{
	int line_ms = (int)(w->line_us / 1000);
	int at = printf("the first %d ms, a line is %d ms, a letter a device:",
	    w->lines * line_ms, line_ms);

	for (size_t i = 0; i < p->slot_count && i < sizeof(letters) - 1; i++) {
		const char *id = c->devices[p->slots[i].device].id;

		if (at + (int)strlen(id) + 4 > WIDTH)
			at = printf("\n ") - 1;
		at += printf(" %c %s%s", letters[i], id,
		    i + 1 < p->slot_count ? "," : "");
	}
	printf("\n");
}

void
wire_print(const struct conf *c, size_t bus, const struct plan *p)
{
	struct wire *w = must_alloc(1, sizeof(*w));
	uint32_t fastest_ms, slowest_ms;

	if (!periods(p, &fastest_ms, &slowest_ms)) {
		free(w);
		return;
	}
	w->line_us = (int64_t)fastest_ms * 1000;
	w->lines = slowest_ms / fastest_ms < LINES_MAX
	    ? (int)(slowest_ms / fastest_ms)
	    : LINES_MAX;
	play(w, &c->buses[bus], p);
	print_legend(c, p, w);
	for (int i = 0; i < w->lines; i++)
		print_line(w, i);
	free(w);
}
