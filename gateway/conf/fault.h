/*
 * fault.h - a profile's `faults`: the maker's fault numbers and what they mean
 */
#ifndef FAULT_H
#define FAULT_H

#include "gateway/conf/kind.h"

/* Fills p->faults; p's points are there.  k: NULL if its file has mistakes. */
void fault_read(struct walk *w, const struct node *faults, const struct kind *k,
    struct conf_profile *p);

#endif
