/*
 * rule.c - the `alarms` of kind, profile and device -> a device's rules
 *
 * Each layer's keys stand on those before it, so a device changes one of them
 * and keeps the rest.  An alarm whose points the device has not is not there,
 * in silence where the kind wrote it; but whoever gives such an alarm keys of
 * his own is told, for he counts on it.
 */
#include "gateway/conf/rule.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/formula.h"
#include "gateway/conf/near.h"

#define DELAY_MAX_MS (7 * 24 * 3600 * 1000)
#define ABSENT_TEXT "?" /* in a text, of a point that the device has not */

const char *const rule_severities[] = {"P1", "P2", "P3", "P4", NULL};

/* What renderers fill in, beside the device's points. */
static const char *const text_words[] = {"place", "name", "v", "dur", NULL};

struct draft {
	struct formula formula; /* of whichever text is judged */
	const struct layer_names *names;
	const struct layer_name *name;
	struct conf_alarm alarm;
	bool enabled;
	const struct node *when, *clear, *severity, *text, *without;
	enum layer when_layer, clear_layer, text_layer;
};

static const struct field alarm_fields[] = {
    {"when", WANT_NODE, INTO(struct draft, when)},
    {"clear", WANT_NODE, INTO(struct draft, clear)},
    {"on", WANT_DURATION, INTO(struct draft, alarm.on_ms), .max = DELAY_MAX_MS},
    {"off", WANT_DURATION, INTO(struct draft, alarm.off_ms),
	.max = DELAY_MAX_MS},
    {"severity", WANT_CHOICE, INTO(struct draft, alarm.severity),
	.words = rule_severities},
    {"latch", WANT_BOOL, INTO(struct draft, alarm.latch)},
    {"enabled", WANT_BOOL, INTO(struct draft, enabled)},
    {"text", WANT_PEOPLE, INTO(struct draft, alarm.text)},
    {.key = NULL},
};

/* What only a kind says: this alarm is for devices without these points, which
 * have a better one. */
static const struct field kind_fields[] = {
    {"without", WANT_NODE, INTO(struct draft, without)},
    {.key = NULL, .table = alarm_fields},
};

/* ---- the layers on one another ---- */

static void
note(const struct node *map, const char *key, enum layer layer,
    const struct node **node, enum layer *said)
{
	const struct node *n = node_get(map, key);

	if (n) {
		*node = n;
		*said = layer;
	}
}

static void
merge(struct draft *d)
{
	struct walk *w = d->formula.walk;

	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++) {
		const struct node *n = d->name->parts[i].node;

		if (n == NULL)
			continue;
		walk_map(w, n, i <= LAYER_KIND ? kind_fields : alarm_fields, d);
		note(n, "when", i, &d->when, &d->when_layer);
		note(n, "clear", i, &d->clear, &d->clear_layer);
		note(n, "text", i, &d->text, &d->text_layer);
		if (node_get(n, "severity"))
			d->severity = node_get(n, "severity");
	}
}

static void
refuse_missing(
    struct draft *d, const struct node *n, const char *key, const char *example)
{
	node_error(d->formula.walk->diag, n,
	    "the key \"%s\" is missing; write for example %s", key, example);
}

static bool
is_begun(const struct layer_name *n)
{
	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++)
		if (n->parts[i].node && node_get(n->parts[i].node, "when"))
			return true;
	return false;
}

/* Keys for an alarm that nobody has begun. */
static void
refuse_unbegun(struct draft *d, const struct node *n)
{
	struct walk *w = d->formula.walk;
	struct near near = {.text = d->name->name};

	for (size_t i = 0; i < d->names->count; i++)
		if (is_begun(&d->names->names[i]))
			near_try(&near, d->names->names[i].name);
	if (near.best)
		node_key_error(w->diag, n, "there is no such alarm%s",
		    walk_hint(w, near.best));
	else if (!d->enabled)
		node_key_error(
		    w->diag, n, "there is no such alarm to take away; drop it");
	else
		refuse_missing(d, n, "when", "when: \"load >= 80\"");
}

static bool
is_whole(struct draft *d)
{
	const struct node *n = d->name->parts[layer_top(d->name)].node;
	bool whole = false;

	if (n->kind != NODE_MAP)
		return false; /* told */
	if (d->when == NULL)
		refuse_unbegun(d, n);
	else if (!d->severity)
		refuse_missing(d, n, "severity", "severity: P3");
	else if (d->text == NULL)
		refuse_missing(d, n, "text",
		    "text: {zh: \"{place} ...\", en: \"{place} ...\"}");
	else
		whole = true;
	return whole;
}

/* ---- conditions ---- */

static void
look_at(struct draft *d, const struct node *text, enum layer layer)
{
	d->formula.text = text;
	d->formula.layer = layer;
	d->formula.part = &d->name->parts[layer];
}

/* Profile or device want something of an alarm that is not there. */
static void
refuse_absent(struct draft *d, const char *needs)
{
	enum layer top = layer_top(d->name);
	const struct node *n = d->name->parts[top].node;

	if (top <= LAYER_KIND || !d->enabled)
		return;
	look_at(d, n, top);
	formula_refuse(&d->formula, 0,
	    "this alarm is not there, for the device has no %s; drop it",
	    needs);
}

static bool
is_rating(const char *name)
{
	return strchr(name, '.') != NULL;
}

/* NULL if the alarm is not there: told, or not to be told. */
static const struct expr *
take_condition(struct draft *d, const struct node *n, enum layer layer)
{
	struct expr_fault fault;
	const struct expr *e;
	const char *needs;

	look_at(d, n, layer);
	if (!walk_is(d->formula.walk, n, NODE_TEXT))
		return NULL;
	if ((e = formula_try(&d->formula, &fault)) == NULL) {
		needs = formula_judge(&d->formula, &fault);
		if (needs && !is_rating(needs))
			refuse_absent(d, needs);
		return NULL;
	}
	if (!formula_asks(&d->formula, e))
		return NULL;
	if (expr_form(e) == FORM_BOOL)
		return e;
	formula_refuse(&d->formula, 0,
	    "is a number, not a condition; compare it, such as load >= 80");
	return NULL;
}

static bool
take_conditions(struct draft *d)
{
	struct conf_alarm *a = &d->alarm;

	a->when = take_condition(d, d->when, d->when_layer);
	if (d->clear)
		a->clear = take_condition(d, d->clear, d->clear_layer);
	return a->when && (d->clear == NULL || a->clear);
}

static const char *
hint_word(const struct formula *f, const char *name)
{
	struct near near = {.text = name};

	for (const struct kind *k = f->layers->kind; k; k = k->base)
		for (size_t i = 0; i < k->point_count; i++)
			near_try(&near, k->points[i].name);
	return near.best ? walk_hint(f->walk, near.best)
			 : "; write one of the kind's points";
}

/* Whether the device has one of the points it must be without. */
static const char *
find_without(struct draft *d, const struct node *n, enum layer layer)
{
	const struct formula *f = &d->formula;
	const char *name;

	if (!walk_is(f->walk, n, NODE_TEXT))
		return NULL;
	name = layer_fill(f->walk, &d->name->parts[layer], n->text);
	if (formula_point(f->device, name) >= 0)
		return name;
	if (kind_find(f->layers->kind, name) == NULL)
		walk_refuse(f->walk, n, "is no word of this vocabulary%s",
		    hint_word(f, name));
	return NULL;
}

static bool
is_displaced(struct draft *d)
{
	enum layer layer = d->name->parts[LAYER_KIND].node &&
		node_get(d->name->parts[LAYER_KIND].node, "without")
	    ? LAYER_KIND
	    : LAYER_BASE;
	enum layer top = layer_top(d->name);
	const char *has = NULL;

	if (d->without == NULL ||
	    !walk_is(d->formula.walk, d->without, NODE_LIST))
		return false;
	for (const struct node *n = d->without->first; n; n = n->next)
		if (has == NULL)
			has = find_without(d, n, layer);
	if (has && top > LAYER_KIND && d->enabled) {
		look_at(d, d->name->parts[top].node, top);
		formula_refuse(&d->formula, 0,
		    "this alarm is not there, for the device has %s; drop it",
		    has);
	}
	return has != NULL;
}

/* ---- texts ---- */

/* Whether a renderer knows the word; one that this device cannot have is
 * *absent. */
static bool
knows(const struct draft *d, const char *word, bool *absent)
{
	const struct formula *f = &d->formula;

	*absent = false;
	for (size_t i = 0; text_words[i]; i++)
		if (strcmp(text_words[i], word) == 0)
			return true;
	if (formula_point(f->device, word) >= 0)
		return true;
	*absent = formula_gone(f->device, word) ||
	    (f->layer <= LAYER_KIND && kind_find(f->layers->kind, word));
	return *absent;
}

/* The word in the braces that open at a byte of the text, judged and put into
 * b.  Returns how many bytes it took; 0: told. */
static size_t
put_word(const struct draft *d, struct buf *b, const char *text, size_t at)
{
	const struct formula *f = &d->formula;
	const char *open = text + at;
	size_t len = strcspn(open + 1, "{}");
	size_t column = f->part->var ? 0 : at; /* numbers filled in move it */
	char *word = arena_text(f->walk->memory, open + 1);
	bool absent;

	if (*open == '}' || open[1 + len] != '}') {
		formula_refuse(f, column,
		    "has a brace without the other; write {place}, {name}, "
		    "{v}, {dur} or a point in both");
		return 0;
	}
	word[len] = '\0';
	if (!knows(d, word, &absent)) {
		formula_refuse(f, column,
		    "{%s} is no word of a text; write {place}, {name}, {v}, "
		    "{dur} or a point of the device%s",
		    word, formula_hint(f, word, text_words));
		return 0;
	}
	if (absent)
		buf_puts(b, ABSENT_TEXT);
	else
		buf_printf(b, "{%s}", word);
	return len + 2;
}

/* The text as renderers get it; NULL: told, or there is none. */
static const char *
take_text(struct draft *d, const struct node *n)
{
	struct walk *w = d->formula.walk;
	struct buf b = {0};
	const char *text, *filled = NULL;
	size_t at = 0, len;

	if (n == NULL || n->kind != NODE_TEXT)
		return NULL;
	look_at(d, n, d->text_layer);
	text = layer_fill(w, d->formula.part, n->text);
	buf_puts(&b, "");
	while (text[at]) {
		len = strcspn(text + at, "{}");
		buf_add(&b, text + at, len);
		at += len;
		if (text[at] && (len = put_word(d, &b, text, at)) == 0)
			break;
		at += text[at] ? len : 0;
	}
	if (text[at] == '\0')
		filled = arena_text(w->memory, b.data);
	buf_free(&b);
	return filled;
}

static void
take_texts(struct draft *d)
{
	struct text *t = &d->alarm.text;

	if (d->text->kind == NODE_MAP) {
		t->zh = take_text(d, node_get(d->text, "zh"));
		t->en = take_text(d, node_get(d->text, "en"));
	} else {
		t->zh = t->en = take_text(d, d->text);
	}
}

/* ---- all of them ---- */

/* False if there is no such alarm: told, taken away, or in need of what the
 * device has not. */
static bool
read_one(struct draft *d)
{
	merge(d);
	if (!is_whole(d) || !d->enabled || is_displaced(d) ||
	    !take_conditions(d))
		return false;
	take_texts(d);
	return true;
}

static int
by_name(const void *left, const void *right)
{
	const struct conf_alarm *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void
rule_read(struct walk *w, const struct layers *l, struct conf_device *d)
{
	struct layer_names names;

	layer_collect(w, l, LAYER_ALARMS, d, &names);
	d->alarms = arena_array(w->memory, names.count, sizeof(*d->alarms));
	for (size_t i = 0; i < names.count; i++) {
		struct draft one = {
		    .names = &names,
		    .name = &names.names[i],
		    .alarm.name = names.names[i].name,
		    .enabled = true,
		    .formula = {.walk = w,
			.layers = l,
			.device = d,
			.name = names.names[i].name,
			.use = "watched"},
		};

		if (read_one(&one))
			d->alarms[d->alarm_count++] = one.alarm;
	}
	qsort(d->alarms, d->alarm_count, sizeof(*d->alarms), by_name);
	layer_free(&names);
}
