/*
 * arena.c - memory that lives and dies together
 *
 * A list of blocks; the newest is handed out from front to back.  What is
 * larger than a block gets one of its own, and what was left of the block
 * before is lost.  Blocks are mapped, so that what is left of them costs
 * nothing and a block that is freed is the kernel's again.
 *
 * Hundreds of devices of one model have the same names, points and rules.  What
 * is shared is found by its checksum in an open table, at most half full, which
 * is there only while the arena is filled.
 */
#include "gateway/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"

#define BLOCK_BYTES ((size_t)64 * 1024) /* with its head */
#define SHARED_MIN 64 /* places of the table */
#define EXIT_OUT_OF_MEMORY 3 /* "it failed at run time" */

struct block {
	struct block *older;
	size_t used, size;
	alignas(max_align_t) uint8_t memory[];
};

struct shared {
	const char *at; /* NULL: a free place */
	size_t size;
	uint32_t sum;
};

struct arena {
	struct block *newest;
	size_t shared_count, shared_room; /* a power of two */
	struct shared *shared;
};

/* Without the exit handlers: other threads are still at work. */
static _Noreturn void
out_of_memory(size_t count, size_t size)
{
	log_error("out of memory: %zu x %zu bytes wanted", count, size);
	_exit(EXIT_OUT_OF_MEMORY);
}

static size_t
product(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory(count, size);
	return bytes;
}

static void
add_block(struct arena *a, size_t size)
{
	size_t least = BLOCK_BYTES - sizeof(struct block);
	size_t room = size > least ? size : least;
	struct block *b = must_map(sizeof(*b) + room);

	b->older = a->newest;
	b->size = room;
	a->newest = b;
}

struct arena *
arena_new(void)
{
	return must_alloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->newest != NULL) {
		struct block *b = a->newest;

		a->newest = b->older;
		must_unmap(b, sizeof(*b) + b->size);
	}
	free(a->shared);
	free(a);
}

static void *
take(struct arena *a, size_t size, size_t align)
{
	size_t at = a->newest != NULL ? a->newest->used : 0;

	if (size > SIZE_MAX / 2)
		out_of_memory(1, size);
	at = (at + align - 1) / align * align;
	if (a->newest == NULL || at + size > a->newest->size) {
		add_block(a, size);
		at = 0;
	}
	a->newest->used = at + size;
	return a->newest->memory + at;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return take(a, size, alignof(max_align_t));
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	return arena_alloc(a, product(count, size));
}

char *
arena_text(struct arena *a, const char *text)
{
	size_t size;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(take(a, size, 1), text, size);
}

/* ---- what is shared ---- */

/* Bytes, perhaps with a NUL behind them. */
struct wanted {
	const char *bytes;
	size_t len, nul, align;
	uint32_t sum;
};

static bool
is_wanted(const struct shared *s, const struct wanted *w)
{
	return s->sum == w->sum && s->size == w->len + w->nul &&
	    (uintptr_t)s->at % w->align == 0 &&
	    memcmp(s->at, w->bytes, w->len) == 0 &&
	    (w->nul == 0 || s->at[w->len] == '\0');
}

/* Where it is, or the free place where it belongs. */
static struct shared *
find_shared(const struct arena *a, const struct wanted *w)
{
	size_t last = a->shared_room - 1, i = w->sum & last;

	while (a->shared[i].at != NULL && !is_wanted(&a->shared[i], w))
		i = (i + 1) & last;
	return &a->shared[i];
}

static void
grow_shared(struct arena *a)
{
	struct shared *old = a->shared;
	size_t room = a->shared_room, last;

	a->shared_room = room > 0 ? 2 * room : SHARED_MIN;
	a->shared = must_alloc(a->shared_room, sizeof(*a->shared));
	last = a->shared_room - 1;
	for (size_t i = 0; i < room; i++) {
		size_t to = old[i].sum & last;

		while (a->shared[to].at != NULL)
			to = (to + 1) & last;
		if (old[i].at != NULL)
			a->shared[to] = old[i];
	}
	free(old);
}

static const void *
share(struct arena *a, struct wanted w)
{
	struct shared *s;
	char *copy;

	if (2 * a->shared_count >= a->shared_room)
		grow_shared(a);
	w.sum = crc32c(0, w.bytes, w.len);
	s = find_shared(a, &w);
	if (s->at == NULL) {
		copy = take(a, w.len + w.nul, w.align);
		memcpy(copy, w.bytes, w.len);
		*s = (struct shared){copy, w.len + w.nul, w.sum};
		a->shared_count++;
	}
	return s->at;
}

const void *
arena_once(struct arena *a, const void *bytes, size_t size)
{
	return share(a,
	    (struct wanted){.bytes = size > 0 ? bytes : "",
		.len = size,
		.align = alignof(max_align_t)});
}

const char *
arena_part_once(struct arena *a, const char *part, size_t len)
{
	return share(a,
	    (struct wanted){.bytes = part, .len = len, .nul = 1, .align = 1});
}

const char *
arena_text_once(struct arena *a, const char *text)
{
	return text != NULL ? arena_part_once(a, text, strlen(text)) : NULL;
}

void
arena_settle(struct arena *a)
{
	free(a->shared);
	a->shared = NULL;
	a->shared_count = a->shared_room = 0;
}

/* ---- heap and pages ---- */

void *
must_alloc(size_t count, size_t size)
{
	void *memory = calloc(1, product(count, size));

	if (memory == NULL)
		out_of_memory(count, size);
	return memory;
}

void *
must_grow(void *old, size_t count, size_t size)
{
	void *memory;

	assert(count > 0 && size > 0); /* realloc to nothing would free */
	memory = realloc(old, product(count, size));
	if (memory == NULL)
		out_of_memory(count, size);
	return memory;
}

char *
must_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(must_alloc(size, 1), text, size);
}

void *
must_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		out_of_memory(1, size);
	return memory;
}

void
must_unmap(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}

void
must_wipe(void *memory, size_t size)
{
	int rc = madvise(memory, size, MADV_DONTNEED);

	assert(rc == 0); /* only what was never mapped fails */
}
