/*
 * computed.h - the points of a device that are computed from its others
 *
 * They have no life of their own: whenever an input is in a batch they follow
 * it into that batch, with its time, from what the live table then says of all
 * their inputs.
 */
#ifndef COMPUTED_H
#define COMPUTED_H

#include "gateway/conf/conf.h"
#include "gateway/store/live.h"

/* Of the device's derived points, in their order; belongs to memory. */
struct derive_state *computed_new(
    const struct conf_device *d, struct arena *memory);

/* Appends to the batch, whose readings are in the live table already, those
 * that follow from it, and puts them there too.  b->readings has room for all
 * points of the device.  One that waits for an input nobody has read yet is
 * nothing to tell of. */
void computed_take(struct derive_state *states, const struct conf_device *d,
    struct live *live, struct batch *b);

#endif
