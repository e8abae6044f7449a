/*
 * queue.c - batches that wait for the disk, as bytes
 */
#include "gateway/store/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

_Static_assert(QUEUE_SLOT_BYTES <= RECORD_BODY_MAX, "a slot is one record");

void
queue_init(struct queue *q)
{
	size_t size =
	    RECORD_FRAME_BYTES + QUEUE_SLOT_BYTES + QUEUE_BEHIND_BYTES;

	memset(q, 0, sizeof(*q));
	for (size_t i = 0; i < QUEUE_SLOTS; i++)
		q->slots[i].memory = must_alloc(size, 1);
}

void
queue_free(struct queue *q)
{
	for (size_t i = 0; i < QUEUE_SLOTS; i++) {
		catalog_unref(q->slots[i].catalog);
		free(q->slots[i].memory);
	}
	memset(q, 0, sizeof(*q));
}

static struct slot *
newest(struct queue *q)
{
	return &q->slots[(q->head + q->count - 1) % QUEUE_SLOTS];
}

static struct slot *
begin(struct queue *q, struct catalog *c, const struct batch *b)
{
	struct slot *s;

	if (q->count == QUEUE_SLOTS)
		return NULL;
	q->count++;
	s = newest(q);
	s->catalog = catalog_ref(c);
	s->frame = (struct record_frame){
	    .type = RECORD_COMMIT, .seq = b->seq, .first = b->first};
	s->wall_ms = b->at.wall_ms;
	memset(&s->before, 0, sizeof(s->before));
	buf_fixed(
	    &s->body, (char *)s->memory + RECORD_FRAME_BYTES, QUEUE_SLOT_BYTES);
	return s;
}

static bool
add(struct slot *s, const struct batch *b)
{
	if (!record_batch_put(&s->body, &s->before, b))
		return false;
	s->frame.batches++;
	s->frame.readings += b->count;
	return true;
}

bool
queue_put(struct queue *q, struct catalog *c, const struct batch *b)
{
	struct slot *s = queue_waiting(q) ? newest(q) : NULL;

	if (s != NULL && s->catalog == c && add(s, b))
		return true;
	s = begin(q, c, b);
	if (s == NULL)
		return false;
	if (!add(s, b))
		abort(); /* an empty slot holds any batch */
	return true;
}

struct slot *
queue_take(struct queue *q, bool all)
{
	assert(!q->taken);
	if (q->count == 0 || (q->count == 1 && !all))
		return NULL;
	q->taken = true;
	return &q->slots[q->head];
}

struct catalog *
queue_done(struct queue *q)
{
	struct slot *s = &q->slots[q->head];
	struct catalog *c = s->catalog;

	assert(q->taken);
	s->catalog = NULL;
	q->head = (q->head + 1) % QUEUE_SLOTS;
	q->count--;
	q->taken = false;
	return c;
}

bool
queue_waiting(const struct queue *q)
{
	return q->count > (q->taken ? 1 : 0);
}
