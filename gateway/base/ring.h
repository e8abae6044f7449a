/*
 * ring.h - a bounded queue of byte messages, one writer thread, one reader
 *
 * Lock-free; never blocks.  When it is full ring_put says so and the writer
 * counts the loss: a slow reader must not slow the field.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* size_bytes is rounded up to a power of two, 4 KiB to 1 GiB. */
struct ring *ring_new(size_t size_bytes);
void ring_free(struct ring *r);

/* Writer.  One message of two parts, not both empty; 4 bytes of the size go to
 * its length.  False if it does not fit; nothing is written then. */
bool ring_put(struct ring *r, const void *head, size_t head_len,
    const void *body, size_t body_len);

/* Reader.  Copies the oldest message and forgets it; returns its length, 0 if
 * there is none.  size must hold the longest message put (asserted). */
size_t ring_take(struct ring *r, void *out, size_t size);

#endif
