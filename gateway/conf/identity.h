/*
 * identity.h - a profile's `identity`: the register that says which model it is
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "gateway/conf/point.h"

/* Fills *out; what is wrong is told. */
void identity_read(struct walk *w, const struct node *n,
    const struct point_frame *frame, struct conf_identity *out);

#endif
