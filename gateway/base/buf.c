/*
 * buf.c - text or bytes being put together
 */
#include "gateway/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define FIRST_CAP 256 /* bytes; most texts need no second step */

/* Makes room where there is none for more bytes and the NUL; false if that
 * cannot be. */
static bool
enlarge(struct buf *b, size_t more)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST_CAP;

	if (b->fixed) {
		b->full = true;
		return false;
	}
	assert(more < SIZE_MAX / 4 && cap < SIZE_MAX / 4);
	while (cap - b->len <= more)
		cap *= 2;
	b->data = must_grow(b->data, cap, 1);
	b->cap = cap;
	return true;
}

/* Short, for it is asked for each piece of a message. */
static inline bool
reserve(struct buf *b, size_t more)
{
	if (b->full)
		return false;
	return more < b->cap - b->len || enlarge(b, more);
}

void
buf_fixed(struct buf *b, char *memory, size_t size)
{
	assert(size > 0);
	*b = (struct buf){.data = memory, .cap = size, .fixed = true};
	b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	if (!b->fixed)
		free(b->data);
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *
buf_room(struct buf *b, size_t more)
{
	return reserve(b, more) ? b->data + b->len : NULL;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len > 0) /* memcpy may not be given NULL, not even for nothing */
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->full ? 0 : b->cap - b->len;
	char *end = room > 0 ? b->data + b->len : NULL;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(end, room, fmt, ap); /* most often there is room */
	assert(len >= 0); /* only a wrong format can fail */
	if ((size_t)len < room) {
		b->len += (size_t)len;
	} else if (reserve(b, (size_t)len)) {
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	} else if (end != NULL) {
		*end = '\0';
	}
	va_end(again);
	va_end(ap);
}
