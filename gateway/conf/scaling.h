/*
 * scaling.h - how a number comes of its raw value: unit, scale, scale_by,
 * scale_pow10, unit_from and valid; and what must be read together for it
 */
#ifndef SCALING_H
#define SCALING_H

#include "gateway/conf/draft.h"

/* The form is known; `placed`: the address too.  Fills first and span. What is
 * wrong is told. */
void scaling_read(struct point_draft *d, bool placed);

#endif
