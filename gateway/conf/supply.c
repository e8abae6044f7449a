/*
 * supply.c - which device feeds which: `fed_by`
 *
 * Each device is fed by one at most, so a walk from a device up to who feeds it
 * meets all that its power depends on, and ends, once the circles are told and
 * cut.  Of what is wrong nothing follows: a wrong fed_by is none.
 */
#include "gateway/conf/supply.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/sweep.h"
#include "gateway/base/buf.h"
#include "gateway/conf/near.h"

struct supply {
	struct walk *walk;
	struct conf *conf;
	const struct node **nodes; /* each device's fed_by; or NULL */
	uint16_t *lifts; /* that each device feeds */
};

static size_t
index_of(const struct supply *s, const struct conf_device *d)
{
	return (size_t)(d - s->conf->devices);
}

/* ---- names ---- */

/* With a hint, among all devices. */
static void
refuse_name(struct supply *s, const struct node *n, const char *id)
{
	struct near near = {.text = id};

	for (size_t i = 0; i < s->conf->device_count; i++)
		near_try(&near, s->conf->devices[i].id);
	walk_refuse(s->walk, n, "is no device%s",
	    near.best ? walk_hint(s->walk, near.best)
		      : "; write the id of the transformer that feeds it");
}

static struct conf_device *
find_device(const struct supply *s, const char *id)
{
	for (size_t i = 0; i < s->conf->device_count; i++)
		if (strcmp(s->conf->devices[i].id, id) == 0)
			return &s->conf->devices[i];
	return NULL;
}

/* Its kind is NULL if it could not be read: told. */
static bool
can_feed(const struct conf_device *d)
{
	return d->kind == NULL || strcmp(d->kind, "transformer") == 0 ||
	    strcmp(d->kind, "feeder") == 0;
}

static void
find_feeder(struct supply *s, size_t which)
{
	struct conf_device *d = &s->conf->devices[which];
	const struct node *n = s->nodes[which];
	struct conf_device *feeder = find_device(s, d->fed_by);

	if (strcmp(d->fed_by, d->id) == 0)
		walk_refuse(s->walk, n,
		    "is this device itself; write the transformer that feeds "
		    "it");
	else if (feeder == NULL)
		refuse_name(s, n, d->fed_by);
	else if (!can_feed(feeder))
		walk_refuse(s->walk, n,
		    "is of kind %s, which feeds nobody; write the transformer "
		    "or feeder that feeds it",
		    feeder->kind);
	else
		d->feeder = feeder;
}

/* ---- circles ---- */

/* Whether who goes up from d meets d again; a circle that d is not in ends the
 * walk too. */
static bool
is_circle(const struct supply *s, const struct conf_device *d)
{
	const struct conf_device *up = d->feeder;
	size_t steps = 0;

	while (up && up != d && steps++ < s->conf->device_count)
		up = up->feeder;
	return up == d;
}

/* The last of it is told, and is fed by nobody from then on. */
static void
cut_circle(struct supply *s, struct conf_device *d)
{
	const struct conf_device *up = d->feeder;
	struct buf b = {0};

	buf_printf(&b, "%s is fed by %s", d->id, up->id);
	for (; up != d; up = up->feeder)
		buf_printf(&b, ", which is fed by %s", up->feeder->id);
	walk_refuse(s->walk, s->nodes[index_of(s, d)],
	    "closes a circle: %s; drop the one that is not so", b.data);
	buf_free(&b);
	d->feeder = NULL;
}

/* ---- lifts ---- */

static bool
is_lift(const struct conf_device *d)
{
	return d->kind && strcmp(d->kind, "elevator") == 0;
}

/* Counted at each that feeds it; the one too many is told once. */
static void
count_lift(struct supply *s, const struct conf_device *lift)
{
	for (const struct conf_device *d = lift->feeder; d; d = d->feeder) {
		size_t i = index_of(s, d);

		s->conf->devices[i].feeds_lift = true;
		if (++s->lifts[i] != SWEEP_CARS_MAX + 1)
			continue;
		walk_refuse(s->walk, s->nodes[index_of(s, lift)],
		    "makes it %d lifts behind %s, and the list of a power cut "
		    "has room for %d; put some of them behind a feeder that "
		    "has no fed_by itself",
		    SWEEP_CARS_MAX + 1, d->id, SWEEP_CARS_MAX);
		return;
	}
}

void
supply_read(struct walk *w, const struct node *list, struct conf *c)
{
	struct supply s = {
	    .walk = w,
	    .conf = c,
	    .nodes = must_alloc(c->device_count + 1, sizeof(*s.nodes)),
	    .lifts = must_alloc(c->device_count + 1, sizeof(*s.lifts)),
	};

	for (const struct node *n = list->first; n; n = n->next)
		s.nodes[n->index] = node_get(n, "fed_by");
	for (size_t i = 0; i < c->device_count; i++)
		if (c->devices[i].fed_by)
			find_feeder(&s, i);
	for (size_t i = c->device_count; i-- > 0;)
		if (is_circle(&s, &c->devices[i]))
			cut_circle(&s, &c->devices[i]);
	for (size_t i = 0; i < c->device_count; i++)
		if (is_lift(&c->devices[i]))
			count_lift(&s, &c->devices[i]);
	free(s.nodes);
	free(s.lifts);
}
