/*
 * self.h - riser itself as a device: what it tells of itself, and its alarms
 */
#ifndef SELF_H
#define SELF_H

#include "gateway/conf/conf.h"
#include "gateway/conf/kind.h"

/* Fills c->gateway; alarms is what riser.yaml says over its kind's, or NULL.
 * c->buses must be complete. */
void self_read(struct walk *w, struct kinds *kinds, const struct node *alarms,
    struct conf *c);

#endif
