/*
 * point.c - the polled points of a profile, and those of a device
 *
 * A point is first read key by key into a draft; then, when all of it is known,
 * it is judged as a whole, in the order in which one thing depends on another:
 * where it lies, what the raw value is, what it means, how a number comes of
 * it.
 *
 * A device's points are those of its profile, copied; judged anew are only
 * those of which the device says something: by a key of its own, by a rating
 * that is multiplied into the scale, by being of another kind.
 */
#include "gateway/conf/point.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/conf/absent.h"
#include "gateway/conf/draft.h"
#include "gateway/conf/formula.h"
#include "gateway/conf/near.h"
#include "gateway/conf/place.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/scaling.h"
#include "gateway/conf/state.h"

#define POINTS_MAX SAMPLE_READINGS_MAX
#define ROOM_MIN 16

const char *const point_orders[] = {"abcd", "cdab", "badc", "dcba", NULL};

/* ---- a set ---- */

static void
set_grow(struct point_set *set, size_t room)
{
	struct conf_point *points =
	    arena_array(set->memory, room, sizeof(*points));
	struct point_origin *origins =
	    arena_array(set->memory, room, sizeof(*origins));

	for (size_t i = 0; i < set->count; i++) {
		points[i] = set->points[i];
		origins[i] = set->origins[i];
	}
	set->points = points;
	set->origins = origins;
	set->room = room;
}

/* False if it is full. */
static bool
set_add(struct point_set *set, const struct conf_point *p,
    const struct point_origin *origin)
{
	if (set->count == POINTS_MAX)
		return false;
	if (set->count == set->room)
		set_grow(set, set->room ? 2 * set->room : ROOM_MIN);
	set->points[set->count] = *p;
	set->origins[set->count++] = *origin;
	return true;
}

static void
refuse_many(struct walk *w, const struct node *n)
{
	node_key_error(w->diag, n,
	    "is one point too many; a device has at most %d", POINTS_MAX);
}

struct named {
	const char *name;
	const struct node *node;
};

static int
by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order == 0)
		order = (a->node->at.line > b->node->at.line) -
		    (a->node->at.line < b->node->at.line);
	return order;
}

/* Only a name that repeats can be another's too: keys are each once. */
static void
refuse_twins(struct walk *w, const struct point_set *set)
{
	struct named *all = must_alloc(set->count, sizeof(*all));

	for (size_t i = 0; i < set->count; i++)
		all[i] =
		    (struct named){set->points[i].name, set->origins[i].node};
	if (set->count > 0)
		qsort(all, set->count, sizeof(*all), by_name);
	for (size_t i = 1; i < set->count; i++)
		if (strcmp(all[i].name, all[i - 1].name) == 0)
			node_key_error(w->diag, all[i].node,
			    "gives the point \"%s\", which line %d gives too; "
			    "write another name",
			    all[i].name, all[i - 1].node->key_at.line);
	free(all);
}

/* ---- one point ---- */

static void
judge_name(struct point_draft *d)
{
	const char *why = scalar_name(d->point.name);

	if (why == NULL)
		why = formula_reserved(d->point.name);
	if (why)
		draft_refuse_key(
		    d, d->layers[0], "\"%s\" %s", d->point.name, why);
}

/* False if its form stays unknown. */
static bool
judge(struct point_draft *d)
{
	bool placed, held;

	judge_name(d);
	if (d->at == NULL) {
		if (d->layers[0]->kind == NODE_MAP)
			node_error(d->walk->diag, d->layers[0],
			    "the key \"at\" is missing; write for example "
			    "at: \"holding:0\"");
		return false;
	}
	placed = place_read(d, &held);
	if (!held)
		return false;
	absent_read(d);
	if (!state_read(d))
		return false;
	scaling_read(d, placed);
	return true;
}

static struct point_draft
draft_of(struct walk *w, const struct point_frame *frame,
    const struct point_origin *o)
{
	const struct repeat *r = &o->repeat;
	struct point_draft d = {.walk = w,
	    .frame = frame,
	    .layers = {o->node},
	    .layer_count = 1,
	    .shift = (o->number - r->first) * r->step};

	d.point.name = repeat_name(w, o->node->key, r, o->number);
	if (frame->kind)
		d.word = kind_find(frame->kind, d.point.name);
	return d;
}

/* Which point is the first to want a rating that is not said. */
static void
note_lacks(const struct point_draft *d, const char *lacks[RATING_COUNT])
{
	for (int i = 0; i < RATING_COUNT; i++)
		if (d->lacks & 1u << i && lacks[i] == NULL)
			lacks[i] = d->point.name;
}

/* All parts of a point that is read by itself.  A mistake is one in all of
 * them, and told once.  False: the set is full, which was told. */
static bool
read_parts(struct walk *w, const struct node *n,
    const struct point_frame *frame, const struct point_device *device,
    struct point_set *set, const char **lacks)
{
	struct point_origin o = {.node = n};
	size_t before = diag_count(w->diag);

	if (!repeat_of(w, n, frame->repeats, frame->repeat_count, &o.repeat)) {
		set->formed = false;
		return true;
	}
	for (o.number = o.repeat.first; o.number <= o.repeat.last; o.number++) {
		struct point_draft d = draft_of(w, frame, &o);

		d.device = device;
		draft_open(&d);
		if (!judge(&d))
			set->formed = false;
		o.scaled_by = d.scale_by != NULL;
		note_lacks(&d, lacks);
		if (!set_add(set, &d.point, &o)) {
			refuse_many(w, n);
			set->formed = false;
			return false;
		}
		if (diag_count(w->diag) != before)
			break;
	}
	if (o.number <= o.repeat.last && o.repeat.first != o.repeat.last)
		set->formed = false; /* the other parts are missing */
	return true;
}

void
point_read(struct walk *w, const struct node *points,
    const struct point_frame *frame, struct point_set *set)
{
	const char *lacks[RATING_COUNT] = {NULL};
	size_t before = diag_count(w->diag);
	bool repeats = false;

	*set = (struct point_set){.memory = set->memory};
	if (!walk_is(w, points, NODE_MAP))
		return;
	if (points->count == 0 || points->count > POINTS_MAX) {
		node_error(w->diag, points,
		    "has %zu points; a device has 1 to %d", points->count,
		    POINTS_MAX);
		return;
	}
	set->formed = true;
	for (const struct node *n = points->first; n; n = n->next) {
		repeats = repeats || strchr(n->key, '{');
		if (!read_parts(w, n, frame, NULL, set, lacks))
			break;
	}
	if (repeats)
		refuse_twins(w, set);
	set->sound = set->formed && diag_count(w->diag) == before;
}

/* ---- a device's ---- */

struct merge {
	struct walk *walk;
	const struct point_frame *frame;
	const struct point_set *profile;
	const struct point_device *device;
	bool other_kind;
	const char *lacks[RATING_COUNT]; /* points that want it */
	const struct node *spoilt; /* of this node a mistake was told already */
	struct point_set *set;
};

/* The device's node of a name, or NULL. */
static const struct node *
own_node(const struct merge *m, const char *name)
{
	return m->device->points ? node_get(m->device->points, name) : NULL;
}

static void
add_layer(struct point_draft *d, const struct node *n)
{
	if (n == NULL)
		return;
	d->layers[d->layer_count++] = n;
	d->cause = n;
}

/* The profile's point as the device has it. */
static struct conf_point
read_anew(struct merge *m, const struct conf_point *p,
    const struct point_origin *o, const struct node *all,
    const struct node *part)
{
	struct point_draft d = draft_of(m->walk, m->frame, o);
	const struct node *again;

	d.device = m->device;
	d.cause = m->other_kind && m->device->kind ? m->device->kind
						   : m->device->self;
	add_layer(&d, all);
	add_layer(&d, part);
	draft_open(&d);
	again = d.layer_count > 1 ? draft_key(&d, "repeat") : NULL;
	if (again && again->parent != o->node)
		node_key_error(m->walk->diag, again,
		    "is the profile's to say, which has the point already; "
		    "drop it");
	if (!judge(&d))
		m->set->formed = false;
	note_lacks(&d, m->lacks);
	d.point.sim = p->sim;
	return d.point;
}

/* The profile's point i, with what the device says of it. */
static void
take_point(struct merge *m, size_t i)
{
	const struct conf_point *p = &m->profile->points[i];
	const struct point_origin *o = &m->profile->origins[i];
	const struct node *part = own_node(m, p->name);
	const struct node *all =
	    o->repeat.var ? own_node(m, o->node->key) : NULL;
	size_t before = diag_count(m->walk->diag);
	struct conf_point anew;

	if (part == NULL && (all == NULL || all == m->spoilt) &&
	    !o->scaled_by && !m->other_kind) {
		set_add(m->set, p, o);
		return;
	}
	anew = read_anew(m, p, o, all == m->spoilt ? NULL : all, part);
	set_add(m->set, &anew, o);
	if (all && diag_count(m->walk->diag) != before)
		m->spoilt = all;
}

/* A name that the profile has, for all parts or for one. */
static bool
is_known(const struct point_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->points[i].name, name) == 0 ||
		    strcmp(set->origins[i].node->key, name) == 0)
			return true;
	return false;
}

static void
refuse_unknown(struct merge *m, const struct node *n)
{
	const struct point_set *set = m->profile;
	struct near near = {.text = n->key};

	for (size_t i = 0; i < set->count; i++)
		near_try(&near, set->points[i].name);
	if (m->device->derive && node_get(m->device->derive, n->key))
		node_key_error(m->walk->diag, n,
		    "is derived, not read; what is said of it stands under "
		    "derive");
	else if (near.best)
		node_key_error(m->walk->diag, n,
		    "the profile has no such point%s",
		    walk_hint(m->walk, near.best));
	else
		node_key_error(m->walk->diag, n,
		    "the profile has no such point; its file shows which it "
		    "has, and a new one says where it lies: at: \"holding:0\"");
}

/* A point that only this device has. */
static bool
add_point(struct merge *m, const struct node *n)
{
	if (n->kind == NODE_MAP && node_get(n, "at") == NULL) {
		refuse_unknown(m, n);
		return true;
	}
	return read_parts(m->walk, n, m->frame, m->device, m->set, m->lacks);
}

static void
add_points(struct merge *m)
{
	const struct node *own = m->device->points;
	bool repeats = false;

	if (own == NULL || !walk_is(m->walk, own, NODE_MAP))
		return;
	for (const struct node *n = own->first; n; n = n->next) {
		if (is_known(m->profile, n->key))
			continue;
		repeats = repeats || strchr(n->key, '{');
		if (!add_point(m, n))
			break;
	}
	if (repeats)
		refuse_twins(m->walk, m->set);
}

/* Once for all points of the device. */
static void
refuse_lacks(struct merge *m)
{
	static const char *const remedies[RATING_COUNT] = {
	    [RATING_KVA] = "write rating: {kva: 630}",
	    [RATING_IN] = "write rating: {in: 909}",
	    [RATING_CT] = "write rating: {ct: 30}, or {ct: 1} for a meter "
			  "without a current transformer",
	    [RATING_PT] = "write rating: {pt: 100}, or {pt: 1} for a meter "
			  "without a voltage transformer",
	};
	const struct point_device *d = m->device;

	for (int i = 0; i < RATING_COUNT; i++)
		if (m->lacks[i])
			node_error(m->walk->diag, d->rated ? d->rated : d->self,
			    "%s is multiplied by %s: %s", m->lacks[i],
			    point_ratings[i], remedies[i]);
}

void
point_merge(struct walk *w, const struct point_set *profile,
    const struct point_frame *frame, const struct kind *profile_kind,
    const struct point_device *device, struct point_set *set)
{
	struct merge m = {.walk = w,
	    .frame = frame,
	    .profile = profile,
	    .device = device,
	    .other_kind = frame->kind != profile_kind,
	    .set = set};

	*set = (struct point_set){
	    .memory = set->memory, .formed = profile->formed};
	set_grow(set, profile->count);
	for (size_t i = 0; i < profile->count; i++)
		take_point(&m, i);
	add_points(&m);
	refuse_lacks(&m);
}
