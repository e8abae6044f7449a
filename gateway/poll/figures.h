/*
 * figures.h - what /metrics says of one bus
 *
 * Belongs to the thread that asks, but for open and close.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include "gateway/poll/plan.h"

struct figures {
	struct stat_series *results[DRIVER_VERDICT_COUNT];
	struct stat_series *cycle, *limit, *load, *missed, *overrun, *refused;
	int64_t *took_us; /* by request: its last pass over all its pieces */
	int64_t *pass_us; /* and the present one so far */
	double load_now;
	int64_t cycle_us;
	uint64_t missed_told;
};

void figures_open(struct figures *f, const char *bus, const struct plan *plan,
    const struct driver *driver, const struct driver_line *line);
void figures_close(struct figures *f); /* all zeroes is fine */

/* A question was asked; of request i, and this long; over: its pass is. */
void figures_result(struct figures *f, enum driver_verdict verdict);
void figures_took(struct figures *f, const struct plan *plan, int i,
    int64_t took_us, bool over);

/* The device is dead: what its probes take is in neither cycle nor load, for it
 * is not asked at its periods.  Its next figures_took counts again. */
void figures_dead(struct figures *f, const struct plan *plan, uint16_t slot);

void figures_missed(struct figures *f, uint64_t periods); /* since the start */
void figures_overrun(struct figures *f, uint64_t readings); /* more */
void figures_refused(struct figures *f, uint32_t points); /* now */

#endif
