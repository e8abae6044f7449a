/* draft.c - a point while it is read: its keys, and where mistakes stand */
#include "gateway/conf/draft.h"

#include <string.h>

#define EVERY_MIN_MS 100 /* a slow line's request takes as long */
#define EVERY_MAX_MS (24 * 3600 * 1000)
#define EVERY_DEFAULT_MS 5000

static const char *const roles[] = {"counter", NULL};

static const struct field fields[] = {
    {"at", WANT_NODE, INTO(struct point_draft, at)},
    {"type", WANT_NODE, INTO(struct point_draft, type)},
    {"bits", WANT_NODE, INTO(struct point_draft, bits)},
    {"enum", WANT_NODE, INTO(struct point_draft, names)},
    {"role", WANT_WORD, INTO(struct point_draft, point.role), .words = roles},
    {"unit", WANT_NODE, INTO(struct point_draft, unit)},
    {"scale", WANT_DECIMAL, INTO(struct point_draft, point.decode.scale)},
    {"offset", WANT_DECIMAL, INTO(struct point_draft, point.decode.offset)},
    {"valid", WANT_NODE, INTO(struct point_draft, valid)},
    {"every", WANT_DURATION, INTO(struct point_draft, point.rule.every_ms),
	.min = EVERY_MIN_MS, .max = EVERY_MAX_MS},
    {"deadband", WANT_NUMBER, INTO(struct point_draft, point.rule.deadband)},
    {"heartbeat", WANT_DURATION,
	INTO(struct point_draft, point.rule.heartbeat_ms), .min = EVERY_MIN_MS,
	.max = EVERY_MAX_MS},
    {"urgent", WANT_BOOL, INTO(struct point_draft, point.urgent)},
    {"journal", WANT_BOOL, INTO(struct point_draft, point.journal)},
    {"word_order", WANT_CHOICE, INTO(struct point_draft, point.decode.order),
	.words = point_orders},
    {"not_available", WANT_NODE, INTO(struct point_draft, absent)},
    {"scale_by", WANT_NODE, INTO(struct point_draft, scale_by)},
    {"scale_pow10", WANT_NODE, INTO(struct point_draft, pow10)},
    {"unit_from", WANT_NODE, INTO(struct point_draft, unit_from)},
    {"invert", WANT_BOOL, INTO(struct point_draft, invert)},
    {"repeat", WANT_NODE, INTO(struct point_draft, repeat)},
    {.key = NULL},
};

void
draft_open(struct point_draft *d)
{
	d->point.unit = d->point.role = "";
	d->point.rule.every_ms = EVERY_DEFAULT_MS;
	d->point.decode.order = d->frame->order;
	d->point.decode.scale.mantissa = 1;
	d->point.journal = d->word && d->word->journal;
	for (size_t i = 0; i < d->layer_count; i++)
		walk_map(d->walk, d->layers[i], fields, d);
}

const struct node *
draft_key(const struct point_draft *d, const char *key)
{
	const struct node *n = NULL;

	for (size_t i = d->layer_count; i-- > 0 && n == NULL;)
		n = node_get(d->layers[i], key);
	return n;
}

static bool
is_layer(const struct point_draft *d, const struct node *n)
{
	for (size_t i = 0; i < d->layer_count; i++)
		if (d->layers[i] == n)
			return true;
	return false;
}

/* The layer n stands in, and which of its keys; n may be the layer itself. */
static const struct node *
layer_of(
    const struct point_draft *d, const struct node *n, const struct node **key)
{
	*key = NULL;
	for (; !is_layer(d, n); n = n->parent)
		*key = n;
	return n;
}

long
draft_shift(const struct point_draft *d, const struct node *n)
{
	const struct node *key;

	n = layer_of(d, n, &key);
	return n->key && strchr(n->key, '{') ? d->shift : 0;
}

/* ---- mistakes ---- */

bool
draft_spoilt(const struct point_draft *d, const struct node *n)
{
	const struct node *key;

	return d->cause && layer_of(d, n, &key) == d->layers[0];
}

/* Where the device spoke: `the profile's at, "holding:9", SENTENCE` */
static void
tell_spoilt(
    struct point_draft *d, const struct node *n, bool value, const char *why)
{
	const struct node *key;
	const char *point = layer_of(d, n, &key)->key;
	bool shown = value && n->kind == NODE_TEXT;

	node_key_error(d->walk->diag, d->cause,
	    "the profile's %s%s%s%s%.80s%s %s", point, key ? "." : "",
	    key ? key->key : "", shown ? ", \"" : "", shown ? n->text : "",
	    shown	? "\","
		: value ? ""
			: ":",
	    why);
}

void
draft_refuse(struct point_draft *d, const struct node *n, const char *fmt, ...)
{
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (draft_spoilt(d, n))
		tell_spoilt(d, n, true, why);
	else
		walk_refuse(d->walk, n, "%s", why);
}

void
draft_refuse_key(
    struct point_draft *d, const struct node *n, const char *fmt, ...)
{
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (draft_spoilt(d, n))
		tell_spoilt(d, n, false, why);
	else
		node_key_error(d->walk->diag, n, "%s", why);
}
