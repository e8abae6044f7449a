/*
 * probe.h - a profile's `identity`: the register that says which model it is
 */
#ifndef PROBE_H
#define PROBE_H

#include "gateway/conf/point.h"

/* Fills *out; what is wrong is told. */
void probe_read(struct walk *w, const struct node *n,
    const struct point_frame *frame, struct conf_identity *out);

#endif
