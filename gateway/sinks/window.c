/*
 * window.c - the messages that wait for their acknowledgement, pure
 */
#include "gateway/sinks/window.h"

#include <assert.h>

/* The i-th place from the front. */
static unsigned
index_of(const struct window *w, unsigned i)
{
	return (w->front + i) % WINDOW_MAX;
}

void
window_reset(struct window *w, unsigned size)
{
	if (size > WINDOW_MAX)
		size = WINDOW_MAX;
	*w = (struct window){.size = size > 0 ? size : 1};
}

bool
window_full(const struct window *w)
{
	return w->count == w->size;
}

unsigned
window_open(const struct window *w, enum window_kind kind)
{
	unsigned open = 0;

	for (unsigned i = 0; i < w->count; i++) {
		const struct window_place *p = &w->places[index_of(w, i)];

		if (!p->acked && p->kind == kind)
			open++;
	}
	return open;
}

void
window_put(struct window *w, const struct window_place *place)
{
	assert(!window_full(w));
	w->places[index_of(w, w->count)] = *place;
	w->count++;
}

bool
window_ack(struct window *w, int token, struct window_place *place)
{
	/* A token is free for the next message as soon as it is acknowledged,
	 * so an acknowledged place does not answer to it any more. */
	for (unsigned i = 0; i < w->count; i++) {
		struct window_place *p = &w->places[index_of(w, i)];

		if (!p->acked && p->token == token) {
			p->acked = true;
			*place = *p;
			return true;
		}
	}
	return false;
}

bool
window_take(struct window *w, struct window_place *place)
{
	if (w->count == 0 || !w->places[w->front].acked)
		return false;
	*place = w->places[w->front];
	w->front = index_of(w, 1);
	w->count--;
	return true;
}

int64_t
window_oldest(const struct window *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		const struct window_place *p = &w->places[index_of(w, i)];

		if (!p->acked)
			return p->sent_ms;
	}
	return -1;
}
