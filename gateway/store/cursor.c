/*
 * cursor.c - what each follower has not had yet
 *
 * One table under one lock, which also holds the tail: so the four numbers of
 * a cursor are of one moment.
 *
 * Not done: joining ranges that touch as soon as they do.  Two lanes work on
 * them, and each must find its own; only when there are too many are the
 * nearest joined, and those that touch are the nearest of all.
 */
#include "gateway/store/cursor.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"

#define LABEL_BYTES (4 * RECORD_NAME_MAX) /* sink="NAME", some escaped */

struct cursor {
	struct cursor_table *table;
	struct record_cursor at;
	bool followed; /* since the start: it is in the ledger */
	bool let_go; /* nobody follows it just now */
	bool complained; /* said that its sum does not hold */
};

struct cursor_table {
	pthread_mutex_t lock;
	struct cursor_tail tail;
	uint64_t moves, saved; /* moves made, and how many are on disk */
	size_t count;
	struct cursor of[RECORD_CURSORS_MAX];
};

/* ---- the follower ---- */

static size_t
find_range(const struct record_cursor *at, uint64_t seq)
{
	size_t i = 0;

	while (i < at->range_count && seq > at->ranges[i].last)
		i++;
	assert(i < at->range_count && seq > at->ranges[i].after);
	return i;
}

static void
remove_range(struct record_cursor *at, size_t i)
{
	at->range_count--;
	memmove(&at->ranges[i], &at->ranges[i + 1],
	    (at->range_count - i) * sizeof(*at->ranges));
}

static void
move(struct cursor *c, uint64_t seq, uint64_t upto)
{
	struct cursor_table *t = c->table;
	size_t i = find_range(&c->at, seq);
	struct record_range *r = &c->at.ranges[i];

	assert(seq <= t->tail.seq && upto <= t->tail.readings);
	assert(upto >= r->upto && upto <= r->last_upto);
	assert(seq < r->last || upto == r->last_upto);
	r->after = seq;
	r->upto = upto;
	if (seq == r->last)
		remove_range(&c->at, i);
	t->moves++;
}

void
cursor_ack(struct cursor *c, uint64_t seq, uint64_t upto, uint64_t readings)
{
	pthread_mutex_lock(&c->table->lock);
	move(c, seq, upto);
	c->at.delivered += readings;
	pthread_mutex_unlock(&c->table->lock);
}

void
cursor_drop(struct cursor *c, uint64_t seq, uint64_t upto, uint64_t readings)
{
	pthread_mutex_lock(&c->table->lock);
	move(c, seq, upto);
	c->at.dropped += readings;
	pthread_mutex_unlock(&c->table->lock);
}

size_t
cursor_ranges(
    const struct cursor *c, struct record_range out[RECORD_RANGES_MAX])
{
	size_t count;

	pthread_mutex_lock(&c->table->lock);
	count = c->at.range_count;
	memcpy(out, c->at.ranges, count * sizeof(*out));
	pthread_mutex_unlock(&c->table->lock);
	return count;
}

static uint64_t
between(const struct record_cursor *at, size_t i)
{
	return at->ranges[i + 1].upto - at->ranges[i].last_upto;
}

/* Joins the two ranges with the fewest readings between them, which are pending
 * again and so no longer delivered, nor dropped. */
static void
join_nearest(struct record_cursor *at)
{
	size_t best = 0;
	uint64_t again, undone;

	for (size_t i = 1; i + 1 < at->range_count; i++)
		if (between(at, i) < between(at, best))
			best = i;
	again = between(at, best);
	at->ranges[best + 1].after = at->ranges[best].after;
	at->ranges[best + 1].upto = at->ranges[best].upto;
	remove_range(at, best);
	undone = again < at->delivered ? again : at->delivered;
	at->delivered -= undone;
	again -= undone;
	at->dropped -= again < at->dropped ? again : at->dropped;
}

/* Room is made first: the two halves are the nearest there could be. */
void
cursor_split(struct cursor *c, uint64_t seq, uint64_t upto)
{
	struct record_cursor *at = &c->at;
	struct record_range *open;

	pthread_mutex_lock(&c->table->lock);
	assert(seq <= c->table->tail.seq && upto <= c->table->tail.readings);
	if (seq > at->ranges[at->range_count - 1].after) {
		if (at->range_count == RECORD_RANGES_MAX)
			join_nearest(at);
		open = &at->ranges[at->range_count++];
		*open =
		    (struct record_range){seq, upto, RECORD_OPEN, RECORD_OPEN};
		assert(upto >= open[-1].upto);
		open[-1].last = seq;
		open[-1].last_upto = upto;
		c->table->moves++;
	}
	pthread_mutex_unlock(&c->table->lock);
}

/* ---- the table ---- */

struct cursor_table *
cursor_table_new(const struct record_cursors *kept, struct cursor_tail tail)
{
	struct cursor_table *t = must_alloc(1, sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	t->tail = tail;
	t->count = kept->count;
	for (size_t i = 0; i < RECORD_CURSORS_MAX; i++)
		t->of[i].table = t;
	for (size_t i = 0; i < kept->count; i++)
		t->of[i].at = kept->of[i];
	return t;
}

void
cursor_table_free(struct cursor_table *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct cursor *
find(struct cursor_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->of[i].at.name, name) == 0)
			return &t->of[i];
	return NULL;
}

/* A place for a new one: a free one, or that of the unused one furthest
 * behind. */
static struct cursor *
make_room(struct cursor_table *t)
{
	struct cursor *worst = NULL;

	if (t->count < RECORD_CURSORS_MAX)
		return &t->of[t->count++];
	for (size_t i = 0; i < t->count; i++) {
		struct cursor *c = &t->of[i];

		if (!c->followed &&
		    (worst == NULL ||
			c->at.ranges[0].after < worst->at.ranges[0].after))
			worst = c;
	}
	assert(worst != NULL); /* more sinks than a journal is made for */
	return worst;
}

struct cursor *
cursor_table_follow(struct cursor_table *t, const char *name)
{
	struct cursor *c;

	assert(strlen(name) > 0 && strlen(name) < RECORD_NAME_MAX);
	pthread_mutex_lock(&t->lock);
	c = find(t, name);
	if (c == NULL) {
		c = make_room(t);
		c->at = (struct record_cursor){.base = t->tail.readings,
		    .range_count = 1,
		    .ranges = {{t->tail.seq, t->tail.readings, RECORD_OPEN,
			RECORD_OPEN}}};
		strcpy(c->at.name, name);
		t->moves++;
	}
	c->followed = true;
	c->let_go = false;
	pthread_mutex_unlock(&t->lock);
	return c;
}

void
cursor_unfollow(struct cursor *c)
{
	pthread_mutex_lock(&c->table->lock);
	c->let_go = true;
	pthread_mutex_unlock(&c->table->lock);
}

void
cursor_table_accept(struct cursor_table *t, struct cursor_tail tail)
{
	pthread_mutex_lock(&t->lock);
	assert(tail.seq >= t->tail.seq && tail.readings >= t->tail.readings);
	t->tail = tail;
	pthread_mutex_unlock(&t->lock);
}

bool
cursor_table_moved(struct cursor_table *t)
{
	bool moved;

	pthread_mutex_lock(&t->lock);
	moved = t->moves != t->saved;
	pthread_mutex_unlock(&t->lock);
	return moved;
}

uint64_t
cursor_table_copy(struct cursor_table *t, struct record_cursors *out)
{
	uint64_t moves;

	pthread_mutex_lock(&t->lock);
	out->count = t->count;
	for (size_t i = 0; i < t->count; i++)
		out->of[i] = t->of[i].at;
	moves = t->moves;
	pthread_mutex_unlock(&t->lock);
	return moves;
}

void
cursor_table_saved(struct cursor_table *t, uint64_t moves)
{
	pthread_mutex_lock(&t->lock);
	t->saved = moves;
	pthread_mutex_unlock(&t->lock);
}

uint64_t
cursor_table_behind(struct cursor_table *t)
{
	uint64_t seq;

	pthread_mutex_lock(&t->lock);
	seq = t->tail.seq;
	for (size_t i = 0; i < t->count; i++)
		if (t->of[i].followed && !t->of[i].let_go &&
		    t->of[i].at.ranges[0].after < seq)
			seq = t->of[i].at.ranges[0].after;
	pthread_mutex_unlock(&t->lock);
	return seq;
}

/* ---- the ledger ---- */

static uint64_t
pending(const struct record_cursor *at, uint64_t tail)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < at->range_count; i++)
		sum += at->ranges[i].last_upto - at->ranges[i].upto;
	return sum + tail - at->ranges[at->range_count - 1].upto;
}

uint64_t
cursor_table_pending(struct cursor_table *t, const char *name)
{
	uint64_t waiting = 0;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->of[i].at.name, name) == 0)
			waiting = pending(&t->of[i].at, t->tail.readings);
	pthread_mutex_unlock(&t->lock);
	return waiting;
}

static void
print_cursor(struct cursor_table *t, struct cursor *c, const char *metric,
    struct buf *out)
{
	uint64_t accepted = t->tail.readings - c->at.base;
	uint64_t waiting = pending(&c->at, t->tail.readings);
	uint64_t sum = c->at.delivered + waiting + c->at.dropped;
	const struct {
		const char *stage;
		uint64_t count;
	} stages[] = {
	    {"accepted", accepted},
	    {"delivered", c->at.delivered},
	    {"pending", waiting},
	    {"dropped", c->at.dropped},
	};
	char label[LABEL_BYTES] = "";

	stat_label(label, sizeof(label), "sink", c->at.name);
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		buf_printf(out, "%s{%s,stage=\"%s\"} %" PRIu64 "\n", metric,
		    label, stages[i].stage, stages[i].count);
	if (accepted != sum && !c->complained) {
		log_error("the ledger of %s does not hold: %" PRIu64
			  " accepted, %" PRIu64 " accounted for",
		    c->at.name, accepted, sum);
		c->complained = true;
	}
}

void
cursor_table_print(struct cursor_table *t, const char *metric, struct buf *out)
{
	/* Untyped: pending falls, so it is not a counter like its sisters. */
	buf_printf(out,
	    "# HELP %s By what became of them: "
	    "accepted = delivered + pending + dropped.\n"
	    "# TYPE %s untyped\n",
	    metric, metric);
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->count; i++)
		if (t->of[i].followed)
			print_cursor(t, &t->of[i], metric, out);
	pthread_mutex_unlock(&t->lock);
}
