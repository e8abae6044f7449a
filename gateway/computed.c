/*
 * computed.c - the points of a device that are computed from its others
 *
 * Who uses a point is listed at the start, so a batch marks what follows from
 * it and asks nobody.
 */
#include "gateway/computed.h"

struct computed {
	const struct conf_device *device;
	size_t count; /* of derived points; all else is by their order */
	struct derive_state *states;
	bool *due; /* an input is in the batch */
	const uint32_t *first; /* by point: where its users begin; one more at
				  the end */
	const uint16_t *users;
};

struct look {
	const struct live *live;
	uint16_t device;
};

/* ---- who uses a point ---- */

static const struct derive *
derive_at(const struct computed *c, size_t i)
{
	return c->device->points[c->device->polled_count + i].derive;
}

/* Counts when users is NULL. */
static uint32_t
list_users(const struct computed *c, size_t point, uint16_t *users)
{
	uint32_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (!derive_uses(derive_at(c, i), (uint16_t)point))
			continue;
		if (users != NULL)
			users[count] = (uint16_t)i;
		count++;
	}
	return count;
}

static void
index_users(struct computed *c, struct arena *memory)
{
	size_t points = c->device->point_count;
	uint32_t *first = arena_array(memory, points + 1, sizeof(*first));
	uint16_t *users;

	for (size_t i = 0; i < points; i++)
		first[i + 1] = first[i] + list_users(c, i, NULL);
	users = arena_array(memory, first[points], sizeof(*users));
	for (size_t i = 0; i < points; i++)
		list_users(c, i, &users[first[i]]);
	c->first = first;
	c->users = users;
}

struct computed *
computed_new(const struct conf_device *d, struct arena *memory)
{
	size_t count = d->point_count - d->polled_count;
	struct computed *c;

	if (count == 0)
		return NULL;
	c = arena_alloc(memory, sizeof(*c));
	c->device = d;
	c->count = count;
	c->states = arena_array(memory, count, sizeof(*c->states));
	c->due = arena_array(memory, count, sizeof(*c->due));
	for (size_t i = 0; i < count; i++)
		derive_start(derive_at(c, i), &c->states[i], memory);
	index_users(c, memory);
	return c;
}

/* ---- a batch ---- */

static struct derive_input
look_up(const void *context, uint16_t point)
{
	const struct look *look = context;
	const struct live_point *now =
	    live_get(look->live, look->device, point);
	struct derive_input in = {
	    .quality = now->quality, .at_ms = now->mono_ms};

	value_copy(&in.value, &now->value);
	return in;
}

static void
mark_users(struct computed *c, uint16_t point)
{
	for (uint32_t i = c->first[point]; i < c->first[point + 1u]; i++)
		c->due[c->users[i]] = true;
}

/* conf/ has put each behind those it needs: one round is enough. */
void
computed_take(struct computed *c, struct live *live, struct batch *b)
{
	struct look look = {live, b->device};

	for (uint16_t i = 0; c != NULL && i < b->count; i++)
		mark_users(c, b->readings[i].point);
	for (size_t i = 0; c != NULL && i < c->count; i++) {
		struct reading *r = &b->readings[b->count];

		if (!c->due[i])
			continue;
		c->due[i] = false;
		r->point = (uint16_t)(c->device->polled_count + i);
		derive_take(derive_at(c, i), &c->states[i], look_up, &look,
		    b->at.mono_ms, r);
		if (r->quality.code == QUALITY_NEVER)
			continue;
		live_set(live, b->device, r, &b->at);
		mark_users(c, r->point);
		b->count++;
	}
}
