/*
 * row.h - a batch as bytes, as it waits in memory, pure
 *
 * Little-endian; v, z and text as bytes.h says.
 *
 *	row      u8 flags (1 synced, 2 boot, 4 event), z mono ms and z wall ms
 *	         less those of the row before, [boot id (16 bytes)], then
 *	         readings or an event
 *	readings v device, v count, of each: v point, u8 kind << 4 | plain,
 *	         [u8 quality, u8 detail], value
 *	event    v length, bytes, NUL
 *
 * On disk are columns (columns.h): rows do not outlive the program, and may
 * change with it.
 */
#ifndef ROW_H
#define ROW_H

#include "gateway/base/buf.h"
#include "gateway/measure/sample.h"
#include "gateway/store/bytes.h"

#define ROW_BYTES_MIN 5 /* of the smallest row */

/* A row is written against the one before it: `before` is all zeroes for the
 * first, and moves along. */

/* False, and nothing written, if the fixed buf is full. */
bool row_put(struct buf *out, struct stamp *before, const struct batch *b);

/* False if the bytes are no row, or not one of this catalog; events need none
 * (NULL).  b->readings must have room for SAMPLE_READINGS_MAX; b->event is NULL
 * or points into the row.  seq, first, urgent and in_memory are left alone. */
bool row_get(struct bytes *in, struct stamp *before, const struct catalog *c,
    struct batch *b);

#endif
