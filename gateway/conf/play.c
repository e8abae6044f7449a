/*
 * play.c - a profile's `sim`: how the simulator plays its points
 *
 *	active_power: {shape: daily, min: 60, max: 520}
 *	energy_import: {shape: counter, min: 100000, per_hour: 250}
 *	frequency: 50
 *
 * A name is one of `points` as it is written there, for all its parts; or that
 * of one part, which then counts for that.
 */
#include "gateway/conf/play.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/near.h"
#include "gateway/conf/place.h"
#include "gateway/conf/scalar.h"

#define LISTED_MAX 12 /* names that a sentence has room for */

struct draft {
	uint8_t shape;
	struct decimal value, min, max, per_hour;
};

/* In the order of enum sim_shape, less its first. */
static const char *const shapes[] = {
    "constant", "daily", "night", "drift", "counter", NULL};

static const struct field fields[] = {
    {"shape", WANT_CHOICE, INTO(struct draft, shape), .words = shapes,
	.required = "shape: daily"},
    {"value", WANT_DECIMAL, INTO(struct draft, value)},
    {"min", WANT_DECIMAL, INTO(struct draft, min)},
    {"max", WANT_DECIMAL, INTO(struct draft, max)},
    {"per_hour", WANT_DECIMAL, INTO(struct draft, per_hour)},
    {.key = NULL},
};

/* The numbers that a shape has. */
static const struct {
	const char *keys[2];
	const char *example;
} numbers[] = {
    [SIM_CONSTANT] = {{"value"}, "{shape: constant, value: 5}"},
    [SIM_DAILY] = {{"min", "max"}, "{shape: daily, min: 60, max: 520}"},
    [SIM_NIGHT] = {{"min", "max"}, "{shape: night, min: 0, max: 40}"},
    [SIM_DRIFT] = {{"min", "max"}, "{shape: drift, min: 20, max: 30}"},
    [SIM_COUNTER] = {{"min", "per_hour"},
	"{shape: counter, min: 100, per_hour: 12}"},
};

static bool
is_wanted(uint8_t shape, const char *key)
{
	for (size_t i = 0; i < 2 && numbers[shape].keys[i]; i++)
		if (strcmp(numbers[shape].keys[i], key) == 0)
			return true;
	return strcmp(key, "shape") == 0;
}

/* Exactly its numbers are there. */
static bool
complete(struct walk *w, const struct node *map, uint8_t shape)
{
	size_t before = diag_count(w->diag);

	for (const struct node *n = map->first; n; n = n->next)
		if (!is_wanted(shape, n->key))
			node_key_error(w->diag, n,
			    "does not belong to this shape; write %s",
			    numbers[shape].example);
	for (size_t i = 0; i < 2 && numbers[shape].keys[i]; i++)
		if (node_get(map, numbers[shape].keys[i]) == NULL)
			node_error(w->diag, map,
			    "the key \"%s\" is missing; write for example %s",
			    numbers[shape].keys[i], numbers[shape].example);
	return diag_count(w->diag) == before;
}

static void
judge_order(struct walk *w, const struct node *map, const struct conf_sim *sim)
{
	if (sim->shape == SIM_COUNTER && sim->max < 0)
		walk_refuse(w, node_get(map, "per_hour"),
		    "is negative; a counter only goes up: write 0 or more");
	else if (sim->shape > SIM_CONSTANT && sim->shape < SIM_COUNTER &&
	    sim->max < sim->min)
		walk_refuse(w, node_get(map, "max"),
		    "is less than min; write %s or more",
		    node_get(map, "min")->text);
}

static bool
read_map(struct walk *w, const struct node *map, struct conf_sim *sim)
{
	size_t before = diag_count(w->diag);
	struct draft d = {0};

	walk_map(w, map, fields, &d);
	if (diag_count(w->diag) != before)
		return false;
	sim->shape = (uint8_t)(d.shape + SIM_CONSTANT);
	if (!complete(w, map, sim->shape))
		return false;
	sim->min = decimal_number(sim->shape == SIM_CONSTANT ? d.value : d.min);
	sim->max =
	    decimal_number(sim->shape == SIM_COUNTER ? d.per_hour : d.max);
	judge_order(w, map, sim);
	return diag_count(w->diag) == before;
}

/* 50, or a map. */
static bool
read_shape(struct walk *w, const struct node *n, struct conf_sim *sim)
{
	static const struct field value = {
	    .want = WANT_DECIMAL, INTO(struct draft, value)};
	size_t before = diag_count(w->diag);
	struct draft d = {0};

	if (n->kind == NODE_MAP)
		return read_map(w, n, sim);
	walk_field(w, n, &value, &d);
	sim->shape = SIM_CONSTANT;
	sim->min = decimal_number(d.value);
	return diag_count(w->diag) == before;
}

/* ---- what a point can hold ---- */

static bool
has_state(const struct decode *d, int64_t number)
{
	for (size_t i = 0; i < d->state_count; i++)
		if (d->states[i].number == number)
			return true;
	return d->state_count == 0;
}

/* The standard numbers that its raw ones stand for: "0 closed, 2 open". */
static bool
holds_state(const struct conf_point *p, double value, struct buf *can)
{
	const struct decode *d = &p->decode;
	size_t listed = 0;

	for (size_t i = 0; i < d->name_count; i++) {
		const struct enum_name *name = &d->names[i];

		if (!has_state(d, name->number))
			continue;
		if ((double)name->number == value)
			return true;
		if (listed++ < LISTED_MAX)
			buf_printf(can, "%s%lld %s", listed > 1 ? ", " : "",
			    (long long)name->number, name->name);
	}
	buf_puts(can, listed > LISTED_MAX ? ", ..." : "");
	return false;
}

static bool
holds_number(const struct conf_point *p, double value, struct buf *can)
{
	double min, max;

	if (!place_reach(&p->decode, &min, &max) ||
	    (value >= min && value <= max))
		return true;
	buf_printf(can, "%.15g to %.15g", min, max);
	return false;
}

/* False: what it can hold is in *can. */
static bool
holds(const struct conf_point *p, double value, struct buf *can)
{
	if (p->decode.form == FORM_ENUM)
		return holds_state(p, value, can);
	if (p->decode.form == FORM_NUMBER)
		return holds_number(p, value, can);
	buf_puts(can, "0 or 1");
	return value == 0 || value == 1;
}

/* One number of the shape; it was read as one. */
static bool
judge_value(struct walk *w, const struct node *n, const struct conf_point *p)
{
	struct decimal value = {0};
	struct buf can = {0};
	bool good;

	if (n == NULL || scalar_decimal(n->text, &value))
		return true;
	good = holds(p, decimal_number(value), &can);
	if (!good)
		walk_refuse(w, n,
		    "can never be: %s holds %s; write one of these", p->name,
		    can.data);
	buf_free(&can);
	return good;
}

static bool
judge_values(struct walk *w, const struct node *n, const struct conf_point *p)
{
	if (n->kind != NODE_MAP)
		return judge_value(w, n, p);
	return judge_value(w, node_get(n, "value"), p) &&
	    judge_value(w, node_get(n, "min"), p) &&
	    (node_get(n, "per_hour") || judge_value(w, node_get(n, "max"), p));
}

/* ---- which points ---- */

static bool
is_named(const struct point_set *set, size_t i, const char *name)
{
	return strcmp(set->points[i].name, name) == 0 ||
	    strcmp(set->origins[i].node->key, name) == 0;
}

/* How many points have the name, with the last of them in *found. */
static size_t
count_named(
    const struct point_set *set, const char *name, struct conf_point **found)
{
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (!is_named(set, i, name))
			continue;
		*found = &set->points[i];
		count++;
	}
	return count;
}

static void
refuse_unknown(
    struct walk *w, const struct node *n, const struct point_set *set)
{
	struct near near = {.text = n->key};

	for (size_t i = 0; i < set->count; i++) {
		near_try(&near, set->origins[i].node->key);
		near_try(&near, set->points[i].name);
	}
	node_key_error(w->diag, n, "is none of the points that are read%s",
	    near.best ? walk_hint(w, near.best)
		      : "; write a name as it stands in points");
}

static void
read_one(struct walk *w, const struct node *n, const struct point_set *set)
{
	bool part = strchr(n->key, '{') == NULL;
	struct conf_point *p = NULL;
	struct conf_sim sim = {0};

	if (count_named(set, n->key, &p) == 0) {
		refuse_unknown(w, n, set);
		return;
	}
	if (p->decode.form == FORM_TEXT) {
		node_key_error(
		    w->diag, n, "is a text, which is not played; drop it");
		return;
	}
	if (!read_shape(w, n, &sim))
		return;
	for (size_t i = 0; i < set->count; i++) {
		if (!is_named(set, i, n->key))
			continue;
		/* A rating multiplies it by nobody knows what. */
		if (set->sound && !set->origins[i].scaled_by &&
		    !judge_values(w, n, &set->points[i]))
			return;
		if (part || set->points[i].sim.shape == SIM_NONE)
			set->points[i].sim = sim;
	}
}

void
play_read(struct walk *w, const struct node *sim, const struct point_set *set)
{
	if (!walk_is(w, sim, NODE_MAP))
		return;
	for (const struct node *n = sim->first; n; n = n->next)
		read_one(w, n, set);
}
