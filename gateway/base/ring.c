/*
 * ring.c - a bounded queue of byte messages, one writer thread, one reader
 *
 *	... | length (4 bytes) | head | body | length | ...
 *
 * `written` and `taken` count bytes since the beginning and only ever grow, so
 * their difference is what waits, and full and empty do not look alike.  Each
 * is stored by one side with release and loaded by the other with acquire: who
 * sees the count sees the bytes.  A message may wrap around the end of the
 * memory; lengths too, for nothing is aligned.
 *
 * The counts share a cache line: a bus gives hundreds of messages a second, not
 * millions.
 */
#include "gateway/base/ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define SIZE_MIN ((size_t)4 * 1024) /* bytes */
#define SIZE_LIMIT ((size_t)1 << 30) /* bytes; lengths are 32 bits */

struct ring {
	_Atomic uint64_t written, taken;
	size_t size; /* a power of two */
	uint8_t memory[];
};

struct ring *
ring_new(size_t size_bytes)
{
	size_t size = SIZE_MIN;
	struct ring *r;

	assert(size_bytes <= SIZE_LIMIT);
	while (size < size_bytes)
		size *= 2;
	r = must_alloc(1, sizeof(*r) + size);
	r->size = size;
	return r;
}

void
ring_free(struct ring *r)
{
	free(r);
}

/* Both return the position behind the bytes. */
static uint64_t
copy_in(struct ring *r, uint64_t at, const void *bytes, size_t len)
{
	size_t start = (size_t)at & (r->size - 1);
	size_t first = len < r->size - start ? len : r->size - start;

	if (len > 0) { /* memcpy may not be given NULL */
		memcpy(r->memory + start, bytes, first);
		memcpy(r->memory, (const uint8_t *)bytes + first, len - first);
	}
	return at + len;
}

static uint64_t
copy_out(const struct ring *r, uint64_t at, void *bytes, size_t len)
{
	size_t start = (size_t)at & (r->size - 1);
	size_t first = len < r->size - start ? len : r->size - start;

	memcpy(bytes, r->memory + start, first);
	memcpy((uint8_t *)bytes + first, r->memory, len - first);
	return at + len;
}

bool
ring_put(struct ring *r, const void *head, size_t head_len, const void *body,
    size_t body_len)
{
	uint64_t at = atomic_load_explicit(&r->written, memory_order_relaxed);
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
	size_t room = r->size - (size_t)(at - taken);
	uint32_t len;

	assert(head_len <= SIZE_LIMIT && body_len <= SIZE_LIMIT);
	len = (uint32_t)(head_len + body_len);
	assert(len > 0); /* ring_take could not tell it from none */
	if (sizeof(len) + len > room)
		return false;
	at = copy_in(r, at, &len, sizeof(len));
	at = copy_in(r, at, head, head_len);
	at = copy_in(r, at, body, body_len);
	atomic_store_explicit(&r->written, at, memory_order_release);
	return true;
}

size_t
ring_take(struct ring *r, void *out, size_t size)
{
	uint64_t at = atomic_load_explicit(&r->taken, memory_order_relaxed);
	uint32_t len;

	if (atomic_load_explicit(&r->written, memory_order_acquire) == at)
		return 0;
	at = copy_out(r, at, &len, sizeof(len));
	assert(len <= size);
	at = copy_out(r, at, out, len);
	atomic_store_explicit(&r->taken, at, memory_order_release);
	return len;
}
