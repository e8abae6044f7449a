/*
 * arena.c - memory that lives and dies together
 *
 * A list of blocks; the newest is handed out from front to back.  What is
 * larger than a block gets one of its own, and what was left of the block
 * before is lost: a configuration is small beside that.
 */
#include "gateway/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/log.h"

#define BLOCK_BYTES ((size_t)64 * 1024)
#define EXIT_OUT_OF_MEMORY 3 /* "it failed at run time" */

struct block {
	struct block *older;
	size_t used, size;
	alignas(max_align_t) uint8_t memory[];
};

struct arena {
	struct block *newest;
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
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct block *b = must_alloc(1, sizeof(*b) + room);

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
		free(b);
	}
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

char *
arena_chars(struct arena *a, size_t size)
{
	return take(a, size, 1);
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
	return memcpy(arena_chars(a, size), text, size);
}

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
