/*
 * pending.c - changes of alarms whose events are not accepted yet, in order
 *
 * The texts lie one behind the other in a ring of bytes.  Each in one piece,
 * for the board takes it as it lies: one that would pass the end of the memory
 * begins anew at its front, and what is left at the end is lost until the ring
 * has come round.  A text has at least its NUL, so behind texts that wait the
 * next place is their beginning only when the ring is full.
 */
#include "gateway/pending.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

struct place {
	struct pending_change change; /* its members are at: */
	size_t at, size; /* of the ring; with the NUL */
};

struct pending {
	size_t first, count; /* of the places, which are a ring too */
	struct place places[PENDING_MAX];
	char texts[PENDING_BYTES];
};

struct pending *
pending_new(void)
{
	return must_alloc(1, sizeof(struct pending));
}

void
pending_free(struct pending *p)
{
	free(p);
}

static const struct place *
place_at(const struct pending *p, size_t i)
{
	return &p->places[(p->first + i) % PENDING_MAX];
}

/* Where `size` bytes of the ring are free in one piece, behind the texts;
 * PENDING_BYTES: nowhere. */
static size_t
find_room(const struct pending *p, size_t size)
{
	const struct place *last;
	size_t from, to;

	if (p->count == 0)
		return size <= PENDING_BYTES ? 0 : PENDING_BYTES;
	last = place_at(p, p->count - 1);
	from = place_at(p, 0)->at;
	to = last->at + last->size;
	if (to <= from)
		return size <= from - to ? to : PENDING_BYTES;
	if (size <= PENDING_BYTES - to)
		return to;
	return size <= from ? 0 : PENDING_BYTES;
}

static size_t
texts_size(const struct pending *p)
{
	size_t size = 0;

	for (size_t i = 0; i < p->count; i++)
		size += place_at(p, i)->size;
	return size;
}

bool
pending_fits(const struct pending *p, size_t length, bool urgent)
{
	size_t count = urgent ? 0 : PENDING_URGENT;
	size_t bytes = urgent ? 0 : PENDING_URGENT_BYTES;

	return p->count + count < PENDING_MAX &&
	    texts_size(p) + length + 1 + bytes <= PENDING_BYTES &&
	    find_room(p, length + 1) < PENDING_BYTES;
}

void
pending_put(struct pending *p, const struct pending_change *c)
{
	size_t size = strlen(c->alarm.members) + 1;
	size_t at = find_room(p, size);
	struct place *place = &p->places[(p->first + p->count) % PENDING_MAX];

	assert(p->count < PENDING_MAX && at < PENDING_BYTES);
	*place = (struct place){.change = *c, .at = at, .size = size};
	place->change.alarm.members =
	    memcpy(&p->texts[at], c->alarm.members, size);
	p->count++;
}

struct pending_change *
pending_first(struct pending *p)
{
	return p->count == 0 ? NULL : &p->places[p->first].change;
}

void
pending_pass(struct pending *p)
{
	assert(p->count > 0);
	p->first = (p->first + 1) % PENDING_MAX;
	p->count--;
}

bool
pending_holds(const struct pending *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(place_at(p, i)->change.alarm.key, key) == 0)
			return true;
	return false;
}
