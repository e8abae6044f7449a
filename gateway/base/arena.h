/*
 * arena.h - memory that lives and dies together (one configuration, say)
 *
 * Dies with a message when memory is out: allocation is for start and reload.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_text(struct arena *a, const char *text); /* a copy; NULL: NULL */

/* Copies that others share: of the same bytes there is one, aligned for all
 * that is kept in it.  The padding of a structure counts. */
const void *arena_once(struct arena *a, const void *bytes, size_t size);
const char *arena_text_once(struct arena *a, const char *text); /* NULL: NULL */
/* len bytes as a text. */
const char *arena_part_once(struct arena *a, const char *part, size_t len);
/* All is there: gives back what finds the same again. */
void arena_settle(struct arena *a);

/* Heap that cannot fail, for things with a life of their own. */
void *must_alloc(size_t count, size_t size);
void *must_grow(void *old, size_t count, size_t size);
char *must_text(const char *text);

/* Zeroed pages for what is taken at start and seldom filled: each costs memory
 * only once it was written to, whatever was freed before (malloc promises no
 * such thing). */
void *must_map(size_t size);
void must_unmap(void *memory, size_t size); /* NULL is fine */
void must_wipe(void *memory, size_t size); /* zeroed again, costs nothing */

#endif
