/*
 * standing.c - which alarm topics a broker still lacks, pure
 *
 * A table of the alarms of the last view, sorted by key, knows the event each
 * one was last told with; the next view makes a new table out of it.  What is
 * in the old one only is to be cleared, told or not: an earlier connection may
 * have told it.
 *
 * What was told is known by the board's count of changes: an alarm may be put
 * there anew under its old event, when the clock was set.
 */
#include "gateway/sinks/standing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

/* An alarm that stands.  The key comes first, for bsearch. */
struct topic {
	char key[ORDER_KEY_MAX];
	uint64_t change; /* the board's, as last looked at */
	size_t at; /* in the view */
	bool due;
};

/* Topics by key; memory is kept. */
struct table {
	size_t count, room;
	struct topic *topics;
};

struct standing {
	bool looked;
	struct table now, before;
	size_t *order; /* place in the view -> topic */
	size_t order_room;
	size_t next; /* place in the view: nothing before it is due */

	size_t clear_count, clear_room;
	char (*clear)[ORDER_KEY_MAX];
};

struct standing *
standing_new(void)
{
	return must_alloc(1, sizeof(struct standing));
}

void
standing_free(struct standing *s)
{
	if (s == NULL)
		return;
	free(s->now.topics);
	free(s->before.topics);
	free(s->order);
	free(s->clear);
	free(s);
}

void
standing_forget(struct standing *s)
{
	for (size_t i = 0; i < s->now.count; i++)
		s->now.topics[i].due = true;
	s->next = 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct topic *
find(const struct table *t, const char *key)
{
	if (t->count == 0)
		return NULL;
	return bsearch(key, t->topics, t->count, sizeof(*t->topics), compare);
}

/* ---- what is to be cleared ---- */

static bool
is_clearing(const struct standing *s, const char *key)
{
	for (size_t i = 0; i < s->clear_count; i++)
		if (strcmp(s->clear[i], key) == 0)
			return true;
	return false;
}

static void
clear(struct standing *s, const char *key)
{
	if (s->clear_count == s->clear_room) {
		s->clear_room = 2 * s->clear_room + 16;
		s->clear =
		    must_grow(s->clear, s->clear_room, sizeof(s->clear[0]));
	}
	strcpy(s->clear[s->clear_count++], key);
}

void
standing_seen(struct standing *s, const char *key)
{
	if (!s->looked || strlen(key) >= ORDER_KEY_MAX ||
	    s->clear_count >= STANDING_STRANGERS_MAX ||
	    find(&s->now, key) != NULL || is_clearing(s, key))
		return;
	clear(s, key);
}

/* What stands again must not be cleared. */
static void
keep_standing(struct standing *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->clear_count; i++)
		if (find(&s->now, s->clear[i]) == NULL)
			memmove(
			    s->clear[kept++], s->clear[i], sizeof(s->clear[0]));
	s->clear_count = kept;
}

/* ---- what stands ---- */

static void
make_room(struct standing *s, size_t count)
{
	struct table *t = &s->now;

	if (t->room < count) {
		t->topics = must_grow(t->topics, count, sizeof(*t->topics));
		t->room = count;
	}
	if (s->order_room < count) {
		s->order = must_grow(s->order, count, sizeof(*s->order));
		s->order_room = count;
	}
}

static void
look_at(struct standing *s, const struct board_alarm *a, size_t at)
{
	struct topic *now = &s->now.topics[at];
	const struct topic *was = find(&s->before, a->key);

	*now = (struct topic){.change = a->change, .at = at};
	strcpy(now->key, a->key);
	now->due = was == NULL || was->due || was->change != now->change;
}

void
standing_look(struct standing *s, const struct board_view *v)
{
	struct table before = s->before;

	s->before = s->now;
	s->now = before;
	make_room(s, v->count);
	for (size_t i = 0; i < v->count; i++)
		look_at(s, &v->alarms[i], i);
	s->now.count = v->count;
	if (v->count > 0)
		qsort(s->now.topics, v->count, sizeof(*s->now.topics), compare);
	for (size_t i = 0; i < v->count; i++)
		s->order[s->now.topics[i].at] = i;
	keep_standing(s);
	for (size_t i = 0; i < s->before.count; i++)
		if (find(&s->now, s->before.topics[i].key) == NULL)
			clear(s, s->before.topics[i].key);
	s->next = 0;
	s->looked = true;
}

bool
standing_take(struct standing *s, struct standing_job *job)
{
	struct topic *t;

	for (; s->next < s->now.count; s->next++) {
		t = &s->now.topics[s->order[s->next]];
		if (!t->due)
			continue;
		t->due = false;
		*job = (struct standing_job){.at = t->at};
		strcpy(job->key, t->key);
		return true;
	}
	if (s->clear_count == 0)
		return false;
	*job = (struct standing_job){.clear = true};
	strcpy(job->key, s->clear[--s->clear_count]);
	return true;
}
