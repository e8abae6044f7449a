/* computed.c - the points of a device that are computed from its others */
#include "gateway/computed.h"

struct look {
	const struct live *live;
	uint16_t device;
};

struct derive_state *
computed_new(const struct conf_device *d, struct arena *memory)
{
	size_t count = d->point_count - d->polled_count;
	struct derive_state *states =
	    arena_array(memory, count, sizeof(*states));

	for (size_t i = 0; i < count; i++)
		derive_start(
		    d->points[d->polled_count + i].derive, &states[i], memory);
	return states;
}

static struct derive_input
look_up(const void *context, uint16_t point)
{
	const struct look *look = context;
	const struct live_point *now =
	    live_get(look->live, look->device, point);

	return (struct derive_input){now->value, now->quality, now->mono_ms};
}

static bool
uses_any(const struct derive *d, const struct batch *b)
{
	for (uint16_t i = 0; i < b->count; i++)
		if (derive_uses(d, b->readings[i].point))
			return true;
	return false;
}

/* conf/ has put each behind those it needs: one round is enough. */
void
computed_take(struct derive_state *states, const struct conf_device *d,
    struct live *live, struct batch *b)
{
	struct look look = {live, b->device};

	for (size_t i = d->polled_count; i < d->point_count; i++) {
		struct reading *r = &b->readings[b->count];

		if (!uses_any(d->points[i].derive, b))
			continue;
		*r = (struct reading){.point = (uint16_t)i};
		derive_take(d->points[i].derive, &states[i - d->polled_count],
		    look_up, &look, b->at.mono_ms, r);
		if (r->quality.code == QUALITY_NEVER)
			continue;
		live_set(live, b->device, r, &b->at);
		b->count++;
	}
}
