/*
 * rule.c - the `alarms` of kind, profile and device -> a device's rules
 *
 * Each layer's keys stand on those before it, so a device changes one of them
 * and keeps the rest.  An alarm whose points the device has not is not there,
 * in silence where the kind wrote it; but whoever gives such an alarm keys of
 * his own is told, for he counts on it.  What suppresses it may be missing:
 * then nothing does.
 */
#include "gateway/conf/rule.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/order.h"
#include "gateway/conf/formula.h"
#include "gateway/conf/near.h"
#include "gateway/conf/phrase.h"
#include "gateway/conf/scalar.h"

#define MINUTE_MS (60 * 1000)
#define DELAY_MAX_MS (7 * 24 * 60 * MINUTE_MS)
#define SHELVE_MAX_MS (7 * 24 * 60 * MINUTE_MS)
#define SHELVE_P1_MAX_MS (30 * MINUTE_MS)
#define SHELVE_DEFAULT_MS (8 * 60 * MINUTE_MS)
#define SHELVE_UNSAID (-1)
#define DIGITS_MAX 6 /* of a number in a name */

/* gateway/NAME-BUS, and DEVICE/NAME: both fit wherever a key is kept. */
_Static_assert(
    2 * SCALAR_NAME_MAX + DIGITS_MAX + sizeof("gateway/-") <= ORDER_KEY_MAX,
    "the longest names make a key");

/* The strongest layer that gives a key. */
struct said {
	const struct node *node; /* NULL: none does */
	enum layer layer;
};

struct draft {
	struct formula formula; /* of whichever text is judged */
	const struct layer_names *names;
	const struct layer_name *name;
	struct alarm_rule alarm;
	bool enabled;
	struct said when, clear, suppress, severity, shelve, text;
	const struct node *without;
};

static const struct field alarm_fields[] = {
    {"when", WANT_NODE, INTO(struct draft, when.node)},
    {"clear", WANT_NODE, INTO(struct draft, clear.node)},
    {"suppress", WANT_NODE, INTO(struct draft, suppress.node)},
    {"on", WANT_DURATION, INTO(struct draft, alarm.on_ms), .max = DELAY_MAX_MS},
    {"off", WANT_DURATION, INTO(struct draft, alarm.off_ms),
	.max = DELAY_MAX_MS},
    {"severity", WANT_CHOICE, INTO(struct draft, alarm.severity),
	.words = alarm_severity_names},
    {"latch", WANT_BOOL, INTO(struct draft, alarm.latch)},
    {"shelve_max", WANT_DURATION, INTO(struct draft, alarm.shelve_max_ms),
	.max = SHELVE_MAX_MS},
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
note(struct said *s, const struct node *map, const char *key, enum layer layer)
{
	const struct node *n = node_get(map, key);

	if (n)
		*s = (struct said){n, layer};
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
		note(&d->when, n, "when", i);
		note(&d->clear, n, "clear", i);
		note(&d->suppress, n, "suppress", i);
		note(&d->severity, n, "severity", i);
		note(&d->shelve, n, "shelve_max", i);
		note(&d->text, n, "text", i);
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

/* Whether some `when` of it asks bus_up, as far as a glance tells. */
static bool
is_of_buses(const struct layer_name *n)
{
	const struct node *when;

	for (enum layer i = LAYER_BASE; i < LAYER_COUNT; i++) {
		when = n->parts[i].node ? node_get(n->parts[i].node, "when")
					: NULL;
		if (when && when->kind == NODE_TEXT &&
		    strstr(when->text, "bus_up"))
			return true;
	}
	return false;
}

/* bus-down of bus-down-shaft-3, under which it is told; or NULL. */
static const char *
find_bus_alarm(const struct draft *d)
{
	const char *full = d->name->name;

	for (size_t i = 0; i < d->names->count; i++) {
		const struct layer_name *n = &d->names->names[i];
		size_t len = strlen(n->name);

		if (strncmp(full, n->name, len) == 0 && full[len] == '-' &&
		    is_of_buses(n))
			return n->name;
	}
	return NULL;
}

/* Keys for an alarm that nobody has begun. */
static void
refuse_unbegun(struct draft *d, const struct node *n)
{
	struct walk *w = d->formula.walk;
	struct near near = {.text = d->name->name};
	const char *bus_alarm = find_bus_alarm(d);

	for (size_t i = 0; i < d->names->count; i++)
		if (is_begun(&d->names->names[i]))
			near_try(&near, d->names->names[i].name);
	if (bus_alarm)
		node_key_error(w->diag, n,
		    "there is no such alarm; write %s: there is one for each "
		    "bus",
		    bus_alarm);
	else if (near.best)
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
	if (d->when.node == NULL)
		refuse_unbegun(d, n);
	else if (d->severity.node == NULL)
		refuse_missing(d, n, "severity", "severity: P3");
	else if (d->text.node == NULL)
		refuse_missing(d, n, "text",
		    "text: {zh: \"{name} ...\", en: \"{name} ...\"}");
	else
		whole = true;
	return whole;
}

/* ---- conditions ---- */

static void
look_at(struct draft *d, struct said s)
{
	d->formula.text = s.node;
	d->formula.layer = s.layer;
	d->formula.part = &d->name->parts[s.layer];
}

static struct said
last_word(const struct draft *d)
{
	enum layer top = layer_top(d->name);

	return (struct said){d->name->parts[top].node, top};
}

/* Profile or device want something of an alarm that is not there. */
static void
refuse_absent(struct draft *d, const char *needs)
{
	struct said last = last_word(d);

	if (last.layer <= LAYER_KIND || !d->enabled)
		return;
	look_at(d, last);
	formula_refuse(&d->formula, 0,
	    "this alarm is not there, for the device has no %s; drop it",
	    needs);
}

static bool
is_rating(const char *name)
{
	return strchr(name, '.') != NULL;
}

/* What riser knows itself has no past to be asked for. */
static bool
asks_rightly(const struct formula *f, const struct expr *e)
{
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	for (size_t i = 0; i < count; i++)
		if (inputs[i].point >= POINT_ONLINE &&
		    inputs[i].kind != EXPR_VALUE) {
			formula_refuse(f, 0,
			    "wants a rate or drop of what is only true or "
			    "false; write it without");
			return false;
		}
	return formula_asks(f, e);
}

/* NULL: told, or with *needs what the device has not, which is not told yet. */
static const struct expr *
read_condition(struct draft *d, struct said s, const char **needs)
{
	struct formula *f = &d->formula;
	struct expr_fault fault;
	const struct expr *e;

	*needs = NULL;
	look_at(d, s);
	if (!walk_is(f->walk, s.node, NODE_TEXT))
		return NULL;
	if ((e = formula_try(f, &fault)) == NULL) {
		*needs = formula_judge(f, &fault);
		return NULL;
	}
	if (!asks_rightly(f, e))
		return NULL;
	if (expr_form(e) == FORM_BOOL)
		return e;
	formula_refuse(f, 0,
	    "is a number, not a condition; compare it, such as load >= 80");
	return NULL;
}

/* NULL if the alarm is not there: told, or not to be told. */
static const struct expr *
take_condition(struct draft *d, struct said s)
{
	const char *needs;
	const struct expr *e = read_condition(d, s, &needs);

	if (needs && !is_rating(needs))
		refuse_absent(d, needs);
	return e;
}

/* NULL if nothing suppresses it on this device. */
static const struct expr *
take_suppress(struct draft *d)
{
	const char *needs;
	const struct expr *e;

	if (d->suppress.node == NULL)
		return NULL;
	d->formula.use = "suppressed";
	e = read_condition(d, d->suppress, &needs);
	d->formula.use = "watched";
	return e;
}

static bool
take_conditions(struct draft *d)
{
	struct alarm_rule *a = &d->alarm;

	a->when = take_condition(d, d->when);
	if (d->clear.node)
		a->clear = take_condition(d, d->clear);
	if (a->when == NULL || (d->clear.node && a->clear == NULL))
		return false;
	a->suppress = take_suppress(d);
	return true;
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
	struct said last = last_word(d);
	const char *has = NULL;

	if (d->without == NULL ||
	    !walk_is(d->formula.walk, d->without, NODE_LIST))
		return false;
	for (const struct node *n = d->without->first; n; n = n->next)
		if (has == NULL)
			has = find_without(d, n, layer);
	if (has && last.layer > LAYER_KIND && d->enabled) {
		look_at(d, last);
		formula_refuse(&d->formula, 0,
		    "this alarm is not there, for the device has %s; drop it",
		    has);
	}
	return has != NULL;
}

/* ---- shelving ---- */

/* Whichever of severity and shelve_max was said last is the one too many. */
static void
judge_shelve(struct draft *d)
{
	bool later = d->severity.layer > d->shelve.layer;

	if (d->alarm.severity != SEVERITY_P1 ||
	    d->alarm.shelve_max_ms <= SHELVE_P1_MAX_MS)
		return;
	look_at(d, later ? d->severity : d->shelve);
	formula_refuse(&d->formula, 0,
	    "a P1 is shelved for 30m at most; write %s30m or less, or 0s for "
	    "never",
	    later ? "shelve_max too, " : "");
}

static void
take_shelve(struct draft *d)
{
	if (d->shelve.node)
		judge_shelve(d);
	if (d->alarm.shelve_max_ms == SHELVE_UNSAID)
		d->alarm.shelve_max_ms = d->alarm.severity == SEVERITY_P1
		    ? SHELVE_P1_MAX_MS
		    : SHELVE_DEFAULT_MS;
}

/* ---- texts ---- */

/* As renderers get it; NULL: told, or there is none. */
static const char *
take_text(struct draft *d, const struct node *n)
{
	if (n == NULL || n->kind != NODE_TEXT)
		return NULL;
	look_at(d, (struct said){n, d->text.layer});
	return phrase_read(&d->formula, rule_asks(&d->alarm, POINT_BUS_UP));
}

static void
take_texts(struct draft *d)
{
	struct text *t = &d->alarm.text;

	const struct node *n = d->text.node;

	if (n->kind == NODE_MAP) {
		t->zh = take_text(d, node_get(n, "zh"));
		t->en = take_text(d, node_get(n, "en"));
	} else {
		t->zh = t->en = take_text(d, n);
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
	take_shelve(d);
	take_texts(d);
	return true;
}

static bool
asks(const struct expr *e, uint16_t point)
{
	size_t count = 0;
	const struct expr_input *inputs = e ? expr_inputs(e, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (inputs[i].point == point)
			return true;
	return false;
}

bool
rule_asks(const struct alarm_rule *a, uint16_t point)
{
	return asks(a->when, point) || asks(a->clear, point) ||
	    asks(a->suppress, point);
}

static int
by_name(const void *left, const void *right)
{
	const struct alarm_rule *a = left, *b = right;

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
		    .alarm.shelve_max_ms = SHELVE_UNSAID,
		    .enabled = true,
		    .formula = {.walk = w,
			.layers = l,
			.device = d,
			.name = names.names[i].name,
			.use = "watched",
			.watches = true},
		};

		if (read_one(&one))
			d->alarms[d->alarm_count++] = one.alarm;
	}
	qsort(d->alarms, d->alarm_count, sizeof(*d->alarms), by_name);
	layer_free(&names);
}
