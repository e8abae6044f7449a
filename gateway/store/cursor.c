/*
 * cursor.c - how far each follower has come
 *
 * One table under one lock, which also holds the tail: so the four numbers of
 * a cursor are of one moment.
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
	bool followed;
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

static void
move(struct cursor *c, uint64_t seq, uint64_t upto)
{
	struct cursor_table *t = c->table;

	assert(seq >= c->at.seq && seq <= t->tail.seq);
	assert(upto >= c->at.upto && upto <= t->tail.readings);
	c->at.seq = seq;
	c->at.upto = upto;
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

uint64_t
cursor_seq(const struct cursor *c)
{
	uint64_t seq;

	pthread_mutex_lock(&c->table->lock);
	seq = c->at.seq;
	pthread_mutex_unlock(&c->table->lock);
	return seq;
}

uint64_t
cursor_upto(const struct cursor *c)
{
	uint64_t upto;

	pthread_mutex_lock(&c->table->lock);
	upto = c->at.upto;
	pthread_mutex_unlock(&c->table->lock);
	return upto;
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
		    (worst == NULL || c->at.seq < worst->at.seq))
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
		c->at = (struct record_cursor){.seq = t->tail.seq,
		    .upto = t->tail.readings,
		    .base = t->tail.readings};
		strcpy(c->at.name, name);
		t->moves++;
	}
	c->followed = true;
	pthread_mutex_unlock(&t->lock);
	return c;
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

/* ---- the ledger ---- */

static void
print_cursor(struct cursor_table *t, struct cursor *c, struct buf *out)
{
	uint64_t accepted = t->tail.readings - c->at.base;
	uint64_t pending = t->tail.readings - c->at.upto;
	uint64_t sum = c->at.delivered + pending + c->at.dropped;
	const struct {
		const char *stage;
		uint64_t count;
	} stages[] = {
	    {"accepted", accepted},
	    {"delivered", c->at.delivered},
	    {"pending", pending},
	    {"dropped", c->at.dropped},
	};
	char label[LABEL_BYTES] = "";

	stat_label(label, sizeof(label), "sink", c->at.name);
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		buf_printf(out,
		    "riser_readings_total{%s,stage=\"%s\"} %" PRIu64 "\n",
		    label, stages[i].stage, stages[i].count);
	if (accepted != sum && !c->complained) {
		log_error("the ledger of %s does not hold: %" PRIu64
			  " accepted, %" PRIu64 " accounted for",
		    c->at.name, accepted, sum);
		c->complained = true;
	}
}

void
cursor_table_print(struct cursor_table *t, struct buf *out)
{
	/* Untyped: pending falls, so it is not a counter like its sisters. */
	buf_puts(out,
	    "# HELP riser_readings_total Readings by what became of them: "
	    "accepted = delivered + pending + dropped.\n"
	    "# TYPE riser_readings_total untyped\n");
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->count; i++)
		if (t->of[i].followed)
			print_cursor(t, &t->of[i], out);
	pthread_mutex_unlock(&t->lock);
}
