/* layer.c - what kind, profile and device say under one key, name by name */
#include "gateway/conf/layer.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/scalar.h"

#define NUMBER_VAR "n" /* of a kind's names */

struct collection {
	struct walk *walk;
	const struct layers *layers;
	struct layer_names *names;
	size_t number_count;
	long *numbers; /* that {n} stands for; each once, rising */
	bool full; /* and told */
};

/* ---- the numbers of a vocabulary ---- */

static int
by_number(const void *left, const void *right)
{
	const long *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void
find_numbers(struct collection *c, const struct conf_device *d)
{
	size_t kept = 0;

	c->numbers = must_alloc(d->point_count + 1, sizeof(*c->numbers));
	for (size_t i = 0; i < d->point_count; i++)
		if (kind_number(c->layers->kind, d->points[i].name,
			&c->numbers[c->number_count]))
			c->number_count++;
	qsort(c->numbers, c->number_count, sizeof(*c->numbers), by_number);
	for (size_t i = 0; i < c->number_count; i++)
		if (kept == 0 || c->numbers[kept - 1] != c->numbers[i])
			c->numbers[kept++] = c->numbers[i];
	c->number_count = kept;
}

/* ---- names ---- */

/* The row of this name, a new one if need be; NULL if there is no room. */
static struct layer_name *
take_row(struct collection *c, const struct node *n, const char *name)
{
	struct layer_names *all = c->names;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->names[i].name, name) == 0)
			return &all->names[i];
	if (all->count == LAYER_NAMES_MAX) {
		if (!c->full)
			node_key_error(c->walk->diag, n,
			    "is one name too many; a device has at most %d",
			    LAYER_NAMES_MAX);
		c->full = true;
		return NULL;
	}
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		all->names =
		    must_grow(all->names, all->room, sizeof(*all->names));
	}
	all->names[all->count] = (struct layer_name){.name = name};
	return &all->names[all->count++];
}

static void
add(struct collection *c, enum layer layer, const struct node *n,
    const struct repeat *r, long number)
{
	const char *name = repeat_name(c->walk, n->key, r, number);
	struct layer_name *row = take_row(c, n, name);

	if (row)
		row->parts[layer] = (struct layer_part){n, r->var, number};
}

static void
add_kind_name(struct collection *c, enum layer layer, const struct node *n)
{
	struct repeat r = {.var = strstr(n->key, "{n}") ? NUMBER_VAR : NULL};

	if (r.var == NULL)
		add(c, layer, n, &r, 0);
	for (size_t i = 0; r.var && i < c->number_count; i++)
		add(c, layer, n, &r, c->numbers[i]);
}

static void
add_name(struct collection *c, enum layer layer, const struct node *n)
{
	const struct layers *l = c->layers;
	struct repeat r;

	if (!repeat_of(c->walk, n, l->repeats, l->repeat_count, &r))
		return;
	for (long i = r.first; i <= r.last && !c->full; i++)
		add(c, layer, n, &r, i);
}

/* Whether it is a name once its {var} is a number. */
static bool
is_name(struct walk *w, const struct node *n)
{
	struct repeat r = {.var = strchr(n->key, '{') ? "" : NULL};
	const char *why;

	if (!repeat_braces(w, n))
		return false;
	why = scalar_name(repeat_name(w, n->key, &r, 1));
	if (why)
		node_key_error(w->diag, n, "\"%s\" %s", n->key, why);
	return why == NULL;
}

static void
add_layer(struct collection *c, enum layer layer, const struct node *map)
{
	if (map == NULL || !walk_is(c->walk, map, NODE_MAP))
		return;
	for (const struct node *n = map->first; n && !c->full; n = n->next) {
		if (!is_name(c->walk, n))
			continue;
		if (layer <= LAYER_KIND)
			add_kind_name(c, layer, n);
		else
			add_name(c, layer, n);
	}
}

static const struct node *
kind_map(const struct kind *k, enum layer_key key)
{
	if (k == NULL)
		return NULL;
	return key == LAYER_DERIVE ? k->derive : k->alarms;
}

void
layer_collect(struct walk *w, const struct layers *l, enum layer_key key,
    const struct conf_device *d, struct layer_names *out)
{
	struct collection c = {.walk = w, .layers = l, .names = out};

	*out = (struct layer_names){0};
	find_numbers(&c, d);
	add_layer(
	    &c, LAYER_BASE, kind_map(l->kind ? l->kind->base : NULL, key));
	add_layer(&c, LAYER_KIND, kind_map(l->kind, key));
	add_layer(&c, LAYER_PROFILE, l->profile);
	add_layer(&c, LAYER_DEVICE, l->device);
	free(c.numbers);
}

void
layer_free(struct layer_names *n)
{
	free(n->names);
	*n = (struct layer_names){0};
}

/* ---- asking ---- */

enum layer
layer_top(const struct layer_name *n)
{
	enum layer top = LAYER_DEVICE;

	while (top > LAYER_BASE && n->parts[top].node == NULL)
		top--;
	return top;
}

const char *
layer_fill(struct walk *w, const struct layer_part *part, const char *text)
{
	char mark[SCALAR_NAME_MAX + 3];
	const char *next, *filled;
	struct buf b = {0};

	if (part->var == NULL || text == NULL)
		return text;
	snprintf(mark, sizeof(mark), "{%s}", part->var);
	for (; (next = strstr(text, mark)) != NULL;
	     text = next + strlen(mark)) {
		buf_add(&b, text, (size_t)(next - text));
		buf_printf(&b, "%ld", part->number);
	}
	buf_puts(&b, text);
	filled = arena_text_once(w->memory, b.data);
	buf_free(&b);
	return filled;
}
