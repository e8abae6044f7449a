/*
 * reference.h - what a counter stood at before a gap
 *
 * A filler (slot.h) needs a believed count to tell a wrong answer from a fall.
 * Of a counter that goes on it has one, for it begins some readings early; of
 * one that comes back after a gap there is only what slots of minutes kept of
 * it, for REFERENCE_MS.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "gateway/store/history_file.h"
#include "gateway/store/past.h"
#include "gateway/store/slots.h"

#define REFERENCE_MS (7 * 24 * 3600 * 1000LL)

/* Begins as {0}. */
struct reference {
	struct slots slots;
	struct slots_point point;
};

void reference_free(struct reference *r);

/* Before the readings of the point in p run through f, which is of a counter.
 * 0; -1: file->why. */
int reference_set(struct reference *r, struct history_file *file,
    const struct history_name *name, struct past *p, struct filler *f);

#endif
