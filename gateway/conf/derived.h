/*
 * derived.h - the `derive` of kind, profile and device -> a device's points
 */
#ifndef DERIVED_H
#define DERIVED_H

#include "gateway/conf/layer.h"

/* Appends to d->points, whose polled ones are there, the derived ones, each
 * after those it needs: to d->lacks what cannot be computed without a rating;
 * and to d->gones what is not there for whatever reason.  fault_code and
 * fault_severity come from p's faults.  Returns d->points, which lie in memory
 * then, to be finished. */
struct conf_point *derived_read(struct walk *w, const struct layers *l,
    const struct conf_profile *p, struct conf_device *d, struct arena *memory);

#endif
