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

struct computed;

/* Of the device's derived points; NULL: it has none.  Belongs to memory; d
 * outlives it. */
struct computed *computed_new(
    const struct conf_device *d, struct arena *memory);

/* Appends to the batch, whose readings are in the live table already, those
 * that follow from it, and puts them there too.  b->readings has room for all
 * points of the device.  One that waits for an input nobody has read yet is
 * nothing to tell of.  c may be NULL. */
void computed_take(struct computed *c, struct live *live, struct batch *b);

#endif
