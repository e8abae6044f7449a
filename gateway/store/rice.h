/*
 * rice.h - columns of small whole numbers in few bits, pure
 *
 * Differences of measured values: their low bits nobody can foresee, and zstd
 * would spend more on them than they have.  Of each number the low k bits stand
 * as they are, and what is above in unary; k is the one that makes the column
 * shortest (R. F. Rice, JPL 79-22, 1979).
 *
 *	head  u8: 0xff: all are 0, nothing follows; else k, + 0x40: zeros are
 *	      told apart
 *	bits  low first, filled up to a byte: with 0x40 of each number one bit,
 *	      whether it is not 0, then of those, less 1; else of each: as many
 *	      ones as it is >> k, a zero, its low k bits; RICE_FAR ones and no
 *	      zero: all 64 bits follow
 */
#ifndef RICE_H
#define RICE_H

#include "gateway/store/bytes.h"

#define RICE_FAR 24
#define RICE_MAX 256 /* of a column */

/* The head and the bits may be of different streams. */
void rice_put(
    struct buf *head, struct buf *bits, const uint64_t *x, uint32_t count);

/* What is not there makes bits bad, and is 0. */
void rice_get(
    struct bytes *head, struct bytes *bits, uint64_t *x, uint32_t count);

#endif
