/*
 * absent.h - not_available: the raw values that mean there is none
 */
#ifndef ABSENT_H
#define ABSENT_H

#include "gateway/conf/draft.h"

/* Fills decode.absent from the draft's not_available; type and bits are known.
 * What is wrong is told. */
void absent_read(struct point_draft *d);

#endif
