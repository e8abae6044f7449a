/*
 * rollup.h - computes the spans of slots that are due
 *
 * A span of minutes (two hours) is computed from the readings once it is over,
 * a span of quarters (a day of UTC) from the minutes once those are done.  A
 * late reading makes its span due again, and that the day's.  Device by device,
 * so it takes little memory.
 *
 * Where the readings of a span are gone already, some or all, what was computed
 * from them stays; what is new of it comes beside it.
 */
#ifndef ROLLUP_H
#define ROLLUP_H

#include "gateway/store/history_file.h"

struct rollup;

struct rollup *rollup_new(void);
void rollup_free(struct rollup *r); /* NULL is fine */

/* Computes a span that is over, or some if they are small, in a transaction: 1,
 * 0: none was due; -1: f->why. */
int rollup_step(struct rollup *r, struct history_file *f);

uint64_t rollup_damaged(const struct rollup *r); /* tracks, since it was made */

#endif
