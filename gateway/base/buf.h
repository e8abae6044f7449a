/*
 * buf.h - text or bytes being put together
 *
 * Two kinds: growing (heap; dies with a message when memory is out, as all
 * start-up code does) and fixed (a caller's memory; what does not fit is not
 * written, nor is what follows, and `full` stays set: check it once at the
 * end).  The text is always NUL-terminated behind len.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
	bool fixed, full;
};

/* A growing one is `struct buf b = {0}`; data is NULL until the first add. */
void buf_fixed(struct buf *b, char *memory, size_t size);
void buf_free(struct buf *b); /* of a fixed one: forgets the memory */
void buf_clear(struct buf *b); /* len 0, full false, memory kept */

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for so many bytes more and the NUL, for a caller who writes them, with
 * the NUL, and then raises len; NULL if there is none. */
char *buf_room(struct buf *b, size_t more);

/* Here for its speed: most of what is packed goes out byte by byte. */
static inline void
buf_char(struct buf *b, char c)
{
	if (b->full || b->cap - b->len < 2) {
		buf_add(b, &c, 1);
		return;
	}
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

#endif
