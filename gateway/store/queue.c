/*
 * queue.c - batches that wait for the disk, as rows
 *
 * A ring of pointers to the slots, so that one behind the oldest can be given
 * up while the oldest is being written.
 *
 * A reader gets a copy of a slot's rows, all that it may see of it at once: the
 * lock is held for one memcpy of at most half a MiB and never for a decoding.
 */
#include "gateway/store/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gateway/base/arena.h"
#include "gateway/store/columns.h"

#define KEPT_BYTES ((size_t)64 * 1024) /* more than a commit has as a rule */

_Static_assert(QUEUE_SLOT_BYTES <= COLUMNS_ROWS_MAX, "a slot is one record");

void
queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
	for (size_t i = 0; i < QUEUE_SLOTS; i++) {
		q->slots[i].memory = must_map(QUEUE_SLOT_BYTES);
		q->order[i] = &q->slots[i];
	}
}

void
queue_free(struct queue *q)
{
	for (size_t i = 0; i < QUEUE_SLOTS; i++) {
		catalog_unref(q->slots[i].catalog);
		must_unmap(q->slots[i].memory, QUEUE_SLOT_BYTES);
	}
	memset(q, 0, sizeof(*q));
}

static struct slot **
place(struct queue *q, size_t i)
{
	return &q->order[(q->head + i) % QUEUE_SLOTS];
}

/* The i-th oldest. */
static struct slot *
slot_at(const struct queue *q, size_t i)
{
	return q->order[(q->head + i) % QUEUE_SLOTS];
}

static struct slot *
begin(struct queue *q, struct catalog *c, const struct batch *b)
{
	struct slot *s;

	if (q->count == QUEUE_SLOTS)
		return NULL;
	s = slot_at(q, q->count++);
	s->catalog = c != NULL ? catalog_ref(c) : NULL;
	s->frame = (struct record_frame){
	    .type = RECORD_COMMIT, .seq = b->seq, .first = b->first};
	s->wall_ms = b->at.wall_ms;
	memset(&s->before, 0, sizeof(s->before));
	buf_fixed(&s->rows, (char *)s->memory, QUEUE_SLOT_BYTES);
	return s;
}

static bool
add(struct slot *s, const struct batch *b)
{
	if (!row_put(&s->rows, &s->before, b))
		return false;
	s->frame.batches++;
	s->frame.readings += b->count;
	return true;
}

bool
queue_put(struct queue *q, struct catalog *c, const struct batch *b)
{
	struct slot *s = queue_waiting(q) ? slot_at(q, q->count - 1) : NULL;

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
	return slot_at(q, 0);
}

/* The oldest slot is free again, and the next that is taken: its memory is
 * there, and that of others is not needed.  What a stall has filled is given
 * back. */
static struct catalog *
pop(struct queue *q)
{
	struct slot *s = slot_at(q, 0);
	struct catalog *c = s->catalog;

	s->catalog = NULL;
	if (s->rows.len > KEPT_BYTES)
		madvise(s->memory, QUEUE_SLOT_BYTES, MADV_DONTNEED);
	*place(q, 0) = slot_at(q, q->count);
	*place(q, q->count) = s;
	q->head = (q->head + 1) % QUEUE_SLOTS;
	q->count--;
	return c;
}

struct catalog *
queue_done(struct queue *q)
{
	assert(q->taken);
	q->taken = false;
	return pop(q);
}

struct catalog *
queue_evict(struct queue *q, uint64_t *readings)
{
	struct slot *oldest = slot_at(q, 0);

	assert(queue_waiting(q));
	if (q->taken) {
		*place(q, 0) = slot_at(q, 1);
		*place(q, 1) = oldest;
	}
	*readings = slot_at(q, 0)->frame.readings;
	return pop(q);
}

bool
queue_waiting(const struct queue *q)
{
	return q->count > (q->taken ? 1 : 0);
}

bool
queue_tail(const struct queue *q, uint64_t *seq, uint64_t *readings)
{
	const struct record_frame *f;

	if (q->count == 0)
		return false;
	f = &slot_at(q, q->count - 1)->frame;
	*seq = f->seq + f->batches - 1;
	*readings = f->first + f->readings;
	return true;
}

/* ---- copies ---- */

void
rows_init(struct rows *r)
{
	memset(r, 0, sizeof(*r));
	r->memory = must_map(QUEUE_SLOT_BYTES);
}

void
rows_free(struct rows *r)
{
	catalog_unref(r->catalog);
	must_unmap(r->memory, QUEUE_SLOT_BYTES);
	memset(r, 0, sizeof(*r));
}

/* The first slot with a batch behind after_seq. */
static const struct slot *
find(const struct queue *q, uint64_t after_seq)
{
	for (size_t i = 0; i < q->count; i++) {
		const struct slot *s = slot_at(q, i);

		if (s->frame.seq + s->frame.batches > after_seq + 1)
			return s;
	}
	return NULL;
}

/* The copy is to begin where the slot does. */
static void
rewind_rows(struct rows *r, const struct slot *s, struct catalog **old)
{
	*old = r->catalog;
	r->catalog = s->catalog != NULL ? catalog_ref(s->catalog) : NULL;
	memset(&r->before, 0, sizeof(r->before));
	r->slot_seq = r->seq = s->frame.seq;
	r->first = s->frame.first;
	r->begin = 0;
}

bool
queue_copy(const struct queue *q, uint64_t after_seq, uint64_t last_seq,
    struct rows *r, struct catalog **old)
{
	const struct slot *s = find(q, after_seq);
	uint64_t end;
	size_t len;

	*old = NULL;
	if (s == NULL || s->frame.seq > last_seq)
		return false;
	end = s->frame.seq + s->frame.batches;
	if (end > last_seq + 1)
		end = last_seq + 1;
	if (end <= after_seq + 1)
		return false;
	if (r->slot_seq == s->frame.seq && r->seq == after_seq + 1)
		r->begin = (size_t)(r->bytes.at - r->memory) + r->begin;
	else
		rewind_rows(r, s, old);
	len = s->rows.len - r->begin;
	memcpy(r->memory, s->rows.data + r->begin, len);
	r->bytes = (struct bytes){.at = r->memory, .end = r->memory + len};
	r->batches = (uint32_t)(end - r->seq);
	return true;
}

bool
rows_next(struct rows *r, struct batch *b)
{
	if (r->batches == 0)
		return false;
	if (!row_get(&r->bytes, &r->before, r->catalog, b))
		abort(); /* nobody but us wrote it */
	r->batches--;
	b->seq = r->seq++;
	b->first = r->first;
	b->urgent = false;
	r->first += b->count;
	return true;
}
