/*
 * derived.c - the `derive` of kind, profile and device -> a device's points
 *
 * What an expression needs is known by parsing it: a name that is not there but
 * waits to be derived is derived first, and then the expression is parsed
 * again.  The names that wait for one another lie on a stack, not in a
 * recursion, for a file may chain a thousand of them; one that is met again on
 * it closes a circle.
 *
 * A kind may give several expressions for a point, the best first, for devices
 * that have not all it asks for: the first one counts that can be computed.
 */
#include "gateway/conf/derived.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/formula.h"
#include "gateway/conf/state.h"
#include "gateway/conf/unit.h"

#define HEARTBEAT_MIN_MS 100
#define HEARTBEAT_MAX_MS (24 * 3600 * 1000)
#define FAULT_POINTS 2 /* of a profile's table: its code, its severity */

/* ---- a point ---- */

/* A name on its way. */
struct draft {
	enum { WAITING, STACKED, SETTLED } state;
	struct formula formula;
	const struct node *self, *unit, *valid;
	struct conf_point point;
	size_t at; /* byte where it names what it waits for */
};

struct work {
	struct walk *walk;
	const struct layers *layers;
	struct conf_device *device;
	struct layer_names names;
	struct draft *drafts; /* by name */
	struct conf_point *room; /* in which the device's points grow */
};

static const struct field draft_fields[] = {
    {"value", WANT_NODE, INTO(struct draft, formula.text),
	.required = "value: \"100 * apparent_power / rating.kva\""},
    {"unit", WANT_NODE, INTO(struct draft, unit)},
    {"valid", WANT_NODE, INTO(struct draft, valid)},
    {"deadband", WANT_NUMBER, INTO(struct draft, point.rule.deadband)},
    {"heartbeat", WANT_DURATION, INTO(struct draft, point.rule.heartbeat_ms),
	.min = HEARTBEAT_MIN_MS, .max = HEARTBEAT_MAX_MS},
    {"urgent", WANT_BOOL, INTO(struct draft, point.urgent)},
    {"journal", WANT_BOOL, INTO(struct draft, point.journal)},
    {.key = NULL},
};

static void
add_point(struct work *k, const struct conf_point *p)
{
	k->room[k->device->point_count++] = *p;
}

static void
add_gone(struct work *k, const char *name, const char *needs)
{
	struct conf_device *d = k->device;

	d->gones =
	    formula_grow(k->walk, d->gones, d->gone_count, sizeof(*d->gones));
	d->gones[d->gone_count++] = (struct conf_gone){name, needs};
}

static void
read_unit(const struct formula *f, const struct node *n,
    const struct kind_point *word, struct conf_point *p)
{
	const char *standard = word && *word->unit ? word->unit : "1";
	const char *given, *to;
	int found;

	p->unit = word ? word->unit : "";
	if (n == NULL)
		return;
	if (n->kind == NODE_TEXT && (to = unit_near(n->text, standard))) {
		walk_refuse(f->walk, n,
		    "is no unit of a point; write unit: %s and reckon in it",
		    to);
		return;
	}
	if ((found = walk_word(f->walk, n, unit_names)) < 0)
		return;
	given = unit_names[found];
	if (word == NULL)
		p->unit = strcmp(given, "1") ? given : "";
	else if (strcmp(given, standard) != 0)
		node_key_error(f->walk->diag, n,
		    "is %s where every %s device has %s; write unit: \"%s\" "
		    "and reckon in it",
		    given, f->layers->kind->name, standard, standard);
}

/* Only numbers have these keys. */
static void
read_number_keys(
    struct draft *draft, const struct kind_point *word, struct derive *derive)
{
	static const char *const keys[] = {"unit", "valid", "deadband"};
	struct walk *w = draft->formula.walk;
	struct conf_point *p = &draft->point;
	double pair[2];

	p->unit = "";
	if (p->decode.form == FORM_NUMBER) {
		if (p->journal)
			node_key_error(w->diag,
			    node_get(draft->self, "journal"), KIND_JOURNAL_WHY);
		read_unit(&draft->formula, draft->unit, word, p);
		if (draft->valid && walk_numbers(w, draft->valid, pair)) {
			derive->has_valid = true;
			derive->valid_min = pair[0];
			derive->valid_max = pair[1];
		}
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct node *n = node_get(draft->self, keys[i]);

		if (n)
			node_key_error(w->diag, n,
			    "only numbers have a %s, and this point is true or "
			    "false; drop it",
			    keys[i]);
	}
}

static bool
agrees(const struct formula *f, const struct kind_point *word, uint8_t form)
{
	if (word == NULL || word->form == form)
		return true;
	formula_refuse(f, 0,
	    "%s is %s in every %s device, and here it is %s; give the point "
	    "another name",
	    f->name, state_form_text(word->form), f->layers->kind->name,
	    state_form_text(form));
	return false;
}

static int64_t
fastest(const struct conf_device *d, const struct expr *e)
{
	int64_t every_ms = INT64_MAX;
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	for (size_t i = 0; i < count; i++) {
		const struct conf_point *p = &d->points[inputs[i].point];

		if (p->rule.every_ms < every_ms)
			every_ms = p->rule.every_ms;
	}
	return every_ms;
}

/* Whether a float can hold what the point's registers say. */
static bool
is_narrow(const struct decode *d)
{
	if (d->has_bits)
		return d->bit_high - d->bit_low < 24;
	return d->type == RAW_F32 || d->type == RAW_BIT || decode_words(d) == 1;
}

/* What was measured has a float's digits at most; what was counted, all. */
static bool
is_exact(const struct conf_device *d, const struct expr *e)
{
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	for (size_t i = 0; i < count; i++) {
		const struct conf_point *p = &d->points[inputs[i].point];

		if (strcmp(p->role, "counter") == 0 ||
		    (p->derive ? p->derive->exact : !is_narrow(&p->decode)))
			return true;
	}
	return false;
}

static void
settle_good(struct work *k, struct draft *draft, const struct expr *e)
{
	const struct kind_point *word =
	    kind_find(k->layers->kind, draft->formula.name);
	struct derive derive = {.expr = e, .form = expr_form(e)};
	struct conf_point *p = &draft->point;

	p->decode.form = derive.form;
	derive.exact = is_exact(k->device, e);
	if (!agrees(&draft->formula, word, derive.form)) {
		add_gone(k, p->name, NULL);
		return;
	}
	read_number_keys(draft, word, &derive);
	p->derive = arena_once(k->walk->memory, &derive, sizeof(derive));
	p->role = word ? word->role : "";
	if (word)
		p->title = kind_title(k->walk->memory, word, p->name);
	p->rule.every_ms = fastest(k->device, e);
	add_point(k, p);
}

/* ---- what a fault is ---- */

enum { SEVERITY_NONE, SEVERITY_FIRST }; /* P1; of fault_severity */

static int64_t
code_of(const struct conf_fault *f)
{
	return f->number;
}

static int64_t
severity_of(const struct conf_fault *f)
{
	return f->number == DERIVE_FAULT_NONE ? SEVERITY_NONE
					      : SEVERITY_FIRST + f->severity;
}

static const struct derive *
derive_fault(const struct work *k, const struct conf_profile *p, int raw,
    int64_t (*number_of)(const struct conf_fault *))
{
	struct arena *memory = k->walk->memory;
	struct derive derive = {.form = FORM_ENUM,
	    .fault_point = (uint16_t)raw,
	    .fault_count = (uint16_t)p->fault_count};
	struct derive_fault *faults =
	    must_alloc(p->fault_count, sizeof(*faults));

	for (size_t i = 0; i < p->fault_count; i++)
		faults[i] = (struct derive_fault){
		    p->faults[i].raw, number_of(&p->faults[i])};
	derive.faults =
	    arena_once(memory, faults, p->fault_count * sizeof(*faults));
	free(faults);
	return arena_once(memory, &derive, sizeof(derive));
}

/* From the profile's table, unless it is a point of its own. */
static void
add_fault_point(struct work *k, const struct conf_profile *p, const char *name,
    int64_t (*number_of)(const struct conf_fault *))
{
	struct conf_device *d = k->device;
	const struct kind_point *word = kind_find(k->layers->kind, name);
	int raw = formula_point(d, "fault_raw");
	struct conf_point point = {.name = name};

	if (p->fault_count == 0 || raw < 0 || word == NULL ||
	    formula_point(d, name) >= 0)
		return;
	point.derive = derive_fault(k, p, raw, number_of);
	point.title = kind_title(k->walk->memory, word, name);
	point.unit = point.role = "";
	point.decode.form = FORM_ENUM;
	point.decode.names = word->names;
	point.decode.name_count = word->name_count;
	point.name_texts = word->name_texts;
	point.rule.every_ms = d->points[raw].rule.every_ms;
	point.urgent = d->points[raw].urgent;
	point.journal = word->journal;
	add_point(k, &point);
}

/* ---- in their order ---- */

/* False if there is nothing to derive: told, or a point that is read stands in
 * its place. */
static bool
open_draft(struct work *k, size_t which)
{
	struct draft *draft = &k->drafts[which];
	const struct layer_name *name = &k->names.names[which];
	struct formula *f = &draft->formula;
	const struct kind_point *word = kind_find(k->layers->kind, name->name);
	const char *why;

	*f = (struct formula){
	    .walk = k->walk,
	    .layers = k->layers,
	    .device = k->device,
	    .name = name->name,
	    .layer = layer_top(name),
	    .use = "computed",
	    .others = &k->names,
	};
	f->part = &name->parts[f->layer];
	draft->self = f->part->node;
	draft->point.name = name->name;
	draft->point.journal = word && word->journal;
	if ((why = formula_reserved(name->name)) != NULL) {
		node_key_error(
		    k->walk->diag, draft->self, "\"%s\" %s", name->name, why);
		add_gone(k, name->name, NULL);
		return false;
	}
	if (formula_point(k->device, name->name) >= 0) {
		/* A device may read what its profile derives. */
		if (f->layer == LAYER_DEVICE ||
		    (f->layer == LAYER_PROFILE && *k->device->id == '\0'))
			node_key_error(k->walk->diag, draft->self,
			    "is a point that is read; drop one of the two, or "
			    "give it another name");
		return false;
	}
	if (draft->self->kind == NODE_MAP)
		walk_map(k->walk, draft->self, draft_fields, draft);
	else
		f->text = draft->self;
	if (f->text && f->text->kind == NODE_LIST && f->text->first &&
	    f->layer <= LAYER_KIND)
		f->text = f->text->first;
	if (f->text && walk_is(k->walk, f->text, NODE_TEXT))
		return true;
	add_gone(k, name->name, NULL);
	return false;
}

/* The one that waits to be derived under this name; or -1. */
static int
find_draft(const struct work *k, const char *name)
{
	for (size_t i = 0; i < k->names.count; i++)
		if (k->drafts[i].state != SETTLED &&
		    strcmp(k->names.names[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* "load needs spare, which needs load: a circle; write spare without load",
 * told in the strongest layer of those that take part: the others were there
 * before. */
static void
refuse_circle(struct work *k, const size_t *ring, size_t count)
{
	const struct draft *strongest = &k->drafts[ring[0]];
	const char *needs = "itself";
	struct buf b = {0};

	buf_puts(&b, strongest->formula.name);
	for (size_t i = 1; i <= count; i++)
		buf_printf(&b, "%s%s", i == 1 ? " needs " : ", which needs ",
		    k->drafts[ring[i % count]].formula.name);
	for (size_t i = 0; i < count; i++) {
		struct draft *draft = &k->drafts[ring[i]];

		if (draft->formula.layer >= strongest->formula.layer) {
			strongest = draft;
			if (count > 1)
				needs = k->drafts[ring[(i + 1) % count]]
					    .formula.name;
		}
		draft->state = SETTLED;
		add_gone(k, draft->formula.name, NULL);
	}
	formula_refuse(&strongest->formula, strongest->at,
	    "%s: a circle; write %s without %s", b.data,
	    strongest->formula.name, needs);
	buf_free(&b);
}

/* Where on the stack of count it lies. */
static size_t
find_stacked(const size_t *stack, size_t which)
{
	size_t i = 0;

	while (stack[i] != which)
		i++;
	return i;
}

/* Whether a kind has another expression for it, which is judged next. */
static bool
take_next(struct draft *draft)
{
	struct formula *f = &draft->formula;
	const struct node *next =
	    f->text->parent->kind == NODE_LIST ? f->text->next : NULL;

	if (next == NULL || !walk_is(f->walk, next, NODE_TEXT))
		return false;
	f->text = next;
	return true;
}

/* False: it has another expression, and is to be looked at once more. */
static bool
settle(struct work *k, struct draft *draft, const struct expr *e,
    const struct expr_fault *fault)
{
	const char *needs = e ? NULL : formula_judge(&draft->formula, fault);

	if (needs && take_next(draft))
		return false;
	draft->state = SETTLED;
	if (e && formula_asks(&draft->formula, e))
		settle_good(k, draft, e);
	else
		add_gone(k, draft->formula.name, needs);
	return true;
}

/* The first of the stack, and all it needs; stack has room for every name. */
static void
derive_all(struct work *k, size_t *stack)
{
	size_t depth = 1;

	while (depth > 0) {
		struct draft *draft = &k->drafts[stack[depth - 1]];
		struct expr_fault fault = {.meaning = EXPR_CONSTANT};
		const struct expr *e = formula_try(&draft->formula, &fault);
		int next = e || fault.meaning != EXPR_UNKNOWN
		    ? -1
		    : find_draft(k, fault.name);

		draft->state = STACKED;
		draft->at = fault.at;
		if (next < 0) {
			if (settle(k, draft, e, &fault))
				depth--;
		} else if (k->drafts[next].state == STACKED) {
			size_t first = find_stacked(stack, (size_t)next);

			refuse_circle(k, stack + first, depth - first);
			depth = first;
		} else {
			stack[depth++] = (size_t)next;
		}
	}
}

static bool
has_room(struct work *k, const struct layers *l)
{
	size_t most = k->device->point_count + k->names.count + FAULT_POINTS;
	const struct node *n = l->device ? l->device : l->profile;

	if (most <= SAMPLE_READINGS_MAX)
		return true;
	for (size_t i = 0; n == NULL && i < k->names.count; i++)
		n = k->names.names[i].parts[layer_top(&k->names.names[i])].node;
	node_key_error(k->walk->diag, n,
	    "makes up to %zu points; a device has at most %d", most,
	    SAMPLE_READINGS_MAX);
	return false;
}

/* For every name, though few devices have all their kind could derive. */
static void
take_room(struct work *k, struct arena *memory)
{
	struct conf_device *d = k->device;

	k->room = arena_array(memory,
	    d->point_count + k->names.count + FAULT_POINTS, sizeof(*k->room));
	memcpy(k->room, d->points, d->point_count * sizeof(*k->room));
	d->points = k->room;
	d->polled_count = d->point_count;
}

struct conf_point *
derived_read(struct walk *w, const struct layers *l,
    const struct conf_profile *p, struct conf_device *d, struct arena *memory)
{
	struct work k = {.walk = w, .layers = l, .device = d};
	size_t *stack;

	layer_collect(w, l, LAYER_DERIVE, d, &k.names);
	take_room(&k, memory);
	if (has_room(&k, l)) {
		add_fault_point(&k, p, "fault_code", code_of);
		add_fault_point(&k, p, "fault_severity", severity_of);
		k.drafts = must_alloc(k.names.count + 1, sizeof(*k.drafts));
		stack = must_alloc(k.names.count + 1, sizeof(*stack));
		for (size_t i = 0; i < k.names.count; i++)
			if (!open_draft(&k, i))
				k.drafts[i].state = SETTLED;
		for (size_t i = 0; i < k.names.count; i++)
			if (k.drafts[i].state == WAITING) {
				stack[0] = i;
				derive_all(&k, stack);
			}
		free(stack);
		free(k.drafts);
	}
	layer_free(&k.names);
	return k.room;
}
