/*
 * last_readings.h - what was read just before a start, for who goes on from it
 */
#ifndef LAST_READINGS_H
#define LAST_READINGS_H

#include "gateway/measure/sample.h"

struct journal;

#define LAST_READINGS_MS (10 * 60 * 1000)
#define LAST_READINGS_MAX 262144 /* batches */

/* Calls see with each batch of this boot that the journal has, of the last
 * LAST_READINGS_MS before now and among its last LAST_READINGS_MAX, in its
 * order.  Devices and points are those of names, by what they are called; what
 * it has not is left out, and so is a point that has another form or unit now,
 * or another name for a number.  That its address or scale is another is not
 * seen: a journal does not know them.  A batch is see's only until it returns.
 * What cannot be read is said in the log.  Blocks on the disk. */
void last_readings(struct journal *j, const struct catalog *names,
    const struct stamp *now, void (*see)(void *context, const struct batch *b),
    void *context);

#endif
