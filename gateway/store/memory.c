/*
 * memory.c - what is not on disk yet, and who may see it
 */
#include "gateway/store/memory.h"

#include <assert.h>

void
memory_init(struct memory *m, uint64_t next_seq, uint64_t next_first)
{
	*m = (struct memory){.next_seq = next_seq, .next_first = next_first};
	queue_init(&m->queue);
	m->disk_seq = next_seq - 1;
	m->tail = (struct cursor_tail){m->disk_seq, next_first};
}

void
memory_free(struct memory *m)
{
	queue_free(&m->queue);
}

/* All that waits. */
static void
show(struct memory *m)
{
	struct cursor_tail tail;

	if (!queue_tail(&m->queue, &tail.seq, &tail.readings))
		return;
	m->seen += tail.readings - m->tail.readings;
	m->tail = tail;
	m->to = tail.seq;
}

bool
memory_put(
    struct memory *m, struct catalog *c, struct batch *b, struct catalog **gone)
{
	uint64_t lost;
	bool kept;

	b->seq = m->next_seq;
	b->first = m->next_first;
	kept = queue_put(&m->queue, c, b);
	if (!kept && m->open) {
		*gone = queue_evict(&m->queue, &lost);
		m->lost += lost;
		kept = queue_put(&m->queue, c, b);
	}
	if (!kept)
		return false;
	m->next_seq++;
	m->next_first += b->count;
	if (m->open)
		show(m);
	return true;
}

void
memory_open(struct memory *m)
{
	if (m->open)
		return;
	m->open = true;
	m->from = m->tail.seq + 1;
	m->to = m->tail.seq;
	m->lost_before = m->lost;
	show(m);
}

void
memory_shut(struct memory *m)
{
	m->open = false;
}

struct catalog *
memory_landed(struct memory *m)
{
	const struct slot *s = m->queue.order[m->queue.head];

	assert(m->queue.taken);
	m->disk_seq = s->frame.seq + s->frame.batches - 1;
	if (m->tail.seq < m->disk_seq)
		m->tail = (struct cursor_tail){
		    m->disk_seq, s->frame.first + s->frame.readings};
	return queue_done(&m->queue);
}

bool
memory_copy(const struct memory *m, uint64_t after_seq, struct rows *r,
    struct catalog **old)
{
	return queue_copy(&m->queue, after_seq, m->tail.seq, r, old);
}
