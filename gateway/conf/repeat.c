/* repeat.c - parts that a device has several of: pump{pump}_hours */
#include "gateway/conf/repeat.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/near.h"

#define STEP_MAX 65535
#define EXAMPLE "repeat: {pump: [1, 6], step: 10}"

/* ---- what a repeat says ---- */

static bool
is_var(const char *text, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	if (len == 0 || strchr(letters, *text) == NULL)
		return false;
	for (size_t i = 1; i < len; i++)
		if (strchr(others, text[i]) == NULL)
			return false;
	return true;
}

static bool
read_range(struct walk *w, const struct node *n, struct repeat *r)
{
	int64_t pair[2];

	if (!is_var(n->key, strlen(n->key))) {
		node_key_error(w->diag, n,
		    "is no variable; write small letters, digits and _, "
		    "beginning with a letter: " EXAMPLE);
		return false;
	}
	if (!walk_integers(w, n, 0, REPEAT_LAST_MAX, pair))
		return false;
	if (pair[1] - pair[0] >= REPEAT_PARTS_MAX) {
		node_error(w->diag, n,
		    "gives %lld parts; a device has at most %d",
		    (long long)(pair[1] - pair[0] + 1), REPEAT_PARTS_MAX);
		return false;
	}
	r->var = arena_text_once(w->memory, n->key);
	r->first = pair[0];
	r->last = pair[1];
	return true;
}

static bool
read_one(struct walk *w, const struct node *map, struct repeat *r)
{
	const struct node *step, *range;
	int64_t value;

	if (!walk_is(w, map, NODE_MAP))
		return false;
	step = node_get(map, "step");
	if (step == NULL || map->count != 2) {
		node_error(w->diag, map,
		    "must have one variable and step; write for "
		    "example " EXAMPLE);
		return false;
	}
	range = map->first == step ? map->last : map->first;
	if (!read_range(w, range, r) ||
	    !walk_integer(w, step, 1, STEP_MAX, &value))
		return false;
	r->step = (long)value;
	return true;
}

static const struct repeat *
find_var(const struct repeat *list, size_t count, const char *var)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].var && strcmp(list[i].var, var) == 0)
			return &list[i];
	return NULL;
}

static bool
has_wrong(const struct repeat *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].var == NULL)
			return true;
	return false;
}

/* A wrong one stays in the list, without a variable. */
static void
read_next(
    struct walk *w, const struct node *n, struct repeat *list, size_t *count)
{
	struct repeat *r = &list[*count];

	if (!read_one(w, n, r))
		*r = (struct repeat){0};
	else if (find_var(list, *count, r->var)) {
		node_error(w->diag, n,
		    "repeats %s a second time; write each variable once",
		    r->var);
		return;
	}
	(*count)++;
}

struct repeat *
repeat_read(struct walk *w, const struct node *n, size_t *count)
{
	struct repeat *list =
	    arena_array(w->memory, n->count + 1, sizeof(*list));

	*count = 0;
	if (n->kind != NODE_LIST)
		read_next(w, n, list, count);
	else
		for (n = n->first; n; n = n->next)
			read_next(w, n, list, count);
	return list;
}

/* ---- names that repeat ---- */

bool
repeat_braces(struct walk *w, const struct node *n)
{
	const char *open = n->key + strcspn(n->key, "{}");
	size_t len = *open ? strcspn(open + 1, "{}") : 0;
	const char *why = NULL;

	if (*open == '\0')
		return true;
	if (*open == '}' || open[1 + len] != '}')
		why = "has a brace without the other";
	else if (!is_var(open + 1, len))
		why = "has no variable between its braces";
	else if (strpbrk(open + len + 2, "{}"))
		why = "has more braces than those of one variable";
	if (why)
		node_key_error(w->diag, n,
		    "\"%s\" %s; write for example pump{pump}_hours", n->key,
		    why);
	return why == NULL;
}

/* The variable between the braces of a name that is right, or NULL. */
static const char *
var_of(struct walk *w, const char *name)
{
	const char *open = strchr(name, '{');

	if (open == NULL)
		return NULL;
	return arena_part_once(w->memory, open + 1, strcspn(open + 1, "}"));
}

static void
refuse_unknown(struct walk *w, const struct node *n, const char *var,
    const struct repeat *list, size_t count)
{
	struct near near = {.text = var};

	for (size_t i = 0; i < count; i++)
		near_try(&near, list[i].var);
	if (near.best)
		node_key_error(w->diag, n, "nothing repeats {%s}%s", var,
		    walk_hint(w, near.best));
	else
		node_key_error(w->diag, n,
		    "nothing repeats {%s}; write repeat: {%s: [1, 6], "
		    "step: 10}, here or at the profile's top",
		    var, var);
}

bool
repeat_of(struct walk *w, const struct node *n, const struct repeat *list,
    size_t count, struct repeat *out)
{
	const struct node *own = node_get(n, "repeat");
	const struct repeat *found;
	const char *var;

	*out = (struct repeat){0};
	if (!repeat_braces(w, n))
		return false;
	var = var_of(w, n->key);
	if (own && !read_one(w, own, out))
		return false;
	if (own && (var == NULL || strcmp(var, out->var) != 0)) {
		node_key_error(w->diag, own,
		    "the point's name has no {%s} in it; write it where the "
		    "number belongs, or drop repeat",
		    out->var);
		return false;
	}
	if (var == NULL || own)
		return true;
	if ((found = find_var(list, count, var)) == NULL) {
		if (!has_wrong(list, count))
			refuse_unknown(w, n, var, list, count);
		return false;
	}
	*out = *found;
	return true;
}

const char *
repeat_name(
    struct walk *w, const char *name, const struct repeat *r, long number)
{
	const char *open = strchr(name, '{');
	struct buf b = {0};
	const char *text;

	if (r->var == NULL)
		return arena_text_once(w->memory, name);
	buf_add(&b, name, (size_t)(open - name));
	buf_printf(&b, "%ld%s", number, strchr(open, '}') + 1);
	text = arena_text_once(w->memory, b.data);
	buf_free(&b);
	return text;
}
