/*
 * rule.c - the `alarms` of kind, profile and device -> a device's rules
 *
 * Each layer's keys stand on those before it, so a device changes one of them
 * and keeps the rest.  An alarm whose points the device has not is not there,
 * in silence where the kind wrote it; but whoever gives such an alarm keys of
 * his own is told, for he counts on it.  What suppresses or releases it may be
 * missing: then nothing does.
 */
#include "gateway/conf/rule.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/order.h"
#include "gateway/conf/known.h"
#include "gateway/conf/near.h"
#include "gateway/conf/phrase.h"
#include "gateway/conf/rule_draft.h"
#include "gateway/conf/scalar.h"

#define HOUR_MS (60 * 60 * 1000)
#define SHELVE_DEFAULT_MS (8 * HOUR_MS)
#define DIGITS_MAX 6 /* of a number in a name */

/* gateway/NAME-BUS, and DEVICE/NAME: both fit wherever a key is kept. */
_Static_assert(
    2 * SCALAR_NAME_MAX + DIGITS_MAX + sizeof("gateway/-") <= ORDER_KEY_MAX,
    "the longest names make a key");

/* ---- asking ---- */

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
	    asks(a->suppress, point) || asks(a->release, point);
}

/* ---- conditions ---- */

/* Profile or device want something of an alarm that is not there, for the
 * device has, or has no, such thing.  Whom it feeds no profile knows. */
static void
refuse_absent(struct rule_draft *d, const char *has, const char *thing)
{
	struct said last = rule_draft_last(d);
	const struct known *k = known_find(thing);
	bool of_device = strcmp(k ? k->thing : thing, KNOWN_FED_LIFT) == 0;

	if (last.layer < (of_device ? LAYER_DEVICE : LAYER_PROFILE) ||
	    !d->enabled)
		return;
	rule_draft_look_at(d, last);
	formula_refuse(&d->formula, 0,
	    "this alarm is not there, for the device %s %s; drop it", has,
	    thing);
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
read_condition(struct rule_draft *d, struct said s, const char **needs)
{
	struct formula *f = &d->formula;
	struct expr_fault fault;
	const struct expr *e;

	*needs = NULL;
	rule_draft_look_at(d, s);
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
take_condition(struct rule_draft *d, struct said s)
{
	const char *needs;
	const struct expr *e = read_condition(d, s, &needs);

	if (needs && !is_rating(needs))
		refuse_absent(d, "has no", needs);
	return e;
}

/* What an alarm does not need to be one; NULL if there is no such thing on this
 * device. */
static const struct expr *
take_aside(struct rule_draft *d, struct said s, const char *use)
{
	const char *needs;
	const struct expr *e;

	if (s.node == NULL)
		return NULL;
	d->formula.use = use;
	e = read_condition(d, s, &needs);
	d->formula.use = "watched";
	return e;
}

/* A stronger layer may say that it does not latch: then nothing is to be
 * released. */
static const struct expr *
take_release(struct rule_draft *d)
{
	bool overruled = d->latch.layer > d->release.layer;

	if (d->alarm.latch || d->release.node == NULL)
		return take_aside(d, d->release, "released");
	if (!overruled)
		node_key_error(d->formula.walk->diag, d->release.node,
		    "is for an alarm that latches; write latch: true, or drop "
		    "it");
	return NULL;
}

static bool
take_conditions(struct rule_draft *d)
{
	struct alarm_rule *a = &d->alarm;

	a->when = take_condition(d, d->when);
	if (d->clear.node)
		a->clear = take_condition(d, d->clear);
	if (a->when == NULL || (d->clear.node && a->clear == NULL))
		return false;
	a->suppress = take_aside(d, d->suppress, "suppressed");
	a->release = take_release(d);
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

/* What the device has of what it must be without: a point, or what riser knows
 * of it.  NULL: nothing. */
static const char *
find_without(struct rule_draft *d, const struct node *n, enum layer layer)
{
	const struct formula *f = &d->formula;
	const struct known *known;
	const char *name;

	if (!walk_is(f->walk, n, NODE_TEXT))
		return NULL;
	name = layer_fill(f->walk, &d->name->parts[layer], n->text);
	if (formula_point(f->device, name) >= 0)
		return name;
	known = known_find(name);
	if (known && known_is_of(known, f->layers))
		return known_has(known, f->layers, f->device) ? name : NULL;
	if (kind_find(f->layers->kind, name) == NULL)
		walk_refuse(f->walk, n, "is no word of this vocabulary%s",
		    hint_word(f, name));
	return NULL;
}

static bool
is_displaced(struct rule_draft *d)
{
	enum layer layer = d->name->parts[LAYER_KIND].node &&
		node_get(d->name->parts[LAYER_KIND].node, "without")
	    ? LAYER_KIND
	    : LAYER_BASE;
	const char *has = NULL;

	if (d->without == NULL ||
	    !walk_is(d->formula.walk, d->without, NODE_LIST))
		return false;
	for (const struct node *n = d->without->first; n; n = n->next)
		if (has == NULL)
			has = find_without(d, n, layer);
	if (has)
		refuse_absent(d, "has", has);
	return has != NULL;
}

/* ---- power ---- */

/* Who is silent without power says so by asking whether it answers. */
static void
take_power(struct rule_draft *d)
{
	const struct conf_device *dev = d->formula.device;
	struct alarm_rule *a = &d->alarm;

	if (d->power.node == NULL)
		a->needs_power = asks(a->when, POINT_ONLINE);
	if (a->needs_power && dev->fed_by == NULL &&
	    d->power.layer == LAYER_DEVICE) {
		rule_draft_look_at(d, d->power);
		formula_refuse(&d->formula, 0,
		    d->formula.layers->riser
			? "nothing is known of riser's own power; drop it"
			: "nothing is known of this device's power; write "
			  "fed_by: tx-3 on it, or drop it");
	}
	a->needs_power = a->needs_power && dev->feeder;
}

/* ---- shelving ---- */

/* Whichever of severity and shelve_max was said last is the one too many. */
static void
judge_shelve(struct rule_draft *d)
{
	bool later = d->severity.layer > d->shelve.layer;

	if (d->alarm.severity != SEVERITY_P1 ||
	    d->alarm.shelve_max_ms <= RULE_SHELVE_P1_MAX_MS)
		return;
	rule_draft_look_at(d, later ? d->severity : d->shelve);
	formula_refuse(&d->formula, 0,
	    "a P1 is shelved for 30m at most; write %s30m or less, or 0s for "
	    "never",
	    later ? "shelve_max too, " : "");
}

static void
take_shelve(struct rule_draft *d)
{
	if (d->shelve.node)
		judge_shelve(d);
	if (d->alarm.shelve_max_ms == RULE_SHELVE_UNSAID)
		d->alarm.shelve_max_ms = d->alarm.severity == SEVERITY_P1
		    ? RULE_SHELVE_P1_MAX_MS
		    : SHELVE_DEFAULT_MS;
}

/* ---- texts ---- */

/* As renderers get it; NULL: told, or there is none. */
static const char *
take_text(struct rule_draft *d, const struct node *n)
{
	if (n == NULL || n->kind != NODE_TEXT)
		return NULL;
	rule_draft_look_at(d, (struct said){n, d->text.layer});
	return phrase_read(&d->formula, &d->alarm);
}

static void
take_texts(struct rule_draft *d)
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
read_one(struct rule_draft *d)
{
	if (!rule_draft_read(d) || !d->enabled || is_displaced(d) ||
	    !take_conditions(d))
		return false;
	take_power(d);
	take_shelve(d);
	take_texts(d);
	return true;
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
	struct alarm_rule *rules;

	layer_collect(w, l, LAYER_ALARMS, d, &names);
	rules = must_alloc(names.count, sizeof(*rules));
	for (size_t i = 0; i < names.count; i++) {
		struct rule_draft one = {
		    .names = &names,
		    .name = &names.names[i],
		    .alarm.name = names.names[i].name,
		    .formula = {.walk = w,
			.layers = l,
			.device = d,
			.name = names.names[i].name,
			.use = "watched",
			.watches = true},
		};

		if (read_one(&one))
			rules[d->alarm_count++] = one.alarm;
	}
	qsort(rules, d->alarm_count, sizeof(*rules), by_name);
	d->alarms =
	    arena_once(w->memory, rules, d->alarm_count * sizeof(*rules));
	free(rules);
	layer_free(&names);
}
