/*
 * formula.c - one expression of a device, parsed and judged
 *
 * Who is silent about a name that is not there: the kind, for it speaks of all
 * that a device of its kind may have.  Profile and device speak of what they
 * know.  What follows from another mistake is not told.
 */
#include "gateway/conf/formula.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/known.h"
#include "gateway/conf/near.h"

/* ---- what names mean ---- */

static const struct constant {
	const char *name;
	const char *write; /* where it is missing */
} constants[] = {
    {"rating.kva", "rating: {kva: 630}"},
    {"rating.in", "rating: {in: 909}"},
    {"rating.ct", "rating: {ct: 30}"},
    {"rating.pt", "rating: {pt: 100}"},
    {"place.floors", "place: {floors: 6}"},
};

#define CONSTANTS (sizeof(constants) / sizeof(*constants))

#define LISTED_MAX 8 /* points that a sentence names */

static double
constant_value(const struct conf_device *d, size_t which)
{
	const double values[CONSTANTS] = {
	    d->rating_kva, d->rating_in, d->rating_ct, d->rating_pt, d->floors};

	return values[which];
}

static const struct constant *
find_constant(const char *name)
{
	for (size_t i = 0; i < CONSTANTS; i++)
		if (strcmp(constants[i].name, name) == 0)
			return &constants[i];
	return NULL;
}

const char *
formula_reserved(const char *name)
{
	return known_find(name) ? "is what riser itself knows of a device, and "
				  "alarms ask it by this name; give the "
				  "point another one"
				: NULL;
}

int
formula_point(const struct conf_device *d, const char *name)
{
	for (size_t i = 0; i < d->point_count; i++)
		if (strcmp(d->points[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* Whose names an expression may ask. */
struct scope {
	const struct formula *formula;
	const struct conf_device *device;
};

static void
find(const void *context, const char *name, struct expr_name *out)
{
	const struct scope *s = context;
	const struct conf_device *d = s->device;
	const struct constant *c = find_constant(name);
	const struct known *known = known_find(name);
	int point = formula_point(d, name);

	*out = (struct expr_name){.meaning = EXPR_UNKNOWN};
	if (c) {
		out->value = constant_value(d, (size_t)(c - constants));
		out->meaning = out->value == 0 ? EXPR_ABSENT : EXPR_CONSTANT;
	} else if (known) {
		if (!s->formula->watches ||
		    !known_has(known, s->formula->layers, d))
			return;
		out->meaning = EXPR_POINT;
		out->point = known->point;
		out->form = FORM_BOOL;
	} else if (point >= 0) {
		const struct decode *decode = &d->points[point].decode;

		out->meaning = EXPR_POINT;
		out->point = (uint16_t)point;
		out->form = decode->form;
		out->name_count = decode->name_count;
		out->names = decode->names;
	}
}

/* ---- one expression ---- */

void
formula_refuse(const struct formula *f, size_t byte, const char *fmt, ...)
{
	const char *id = f->layer == LAYER_DEVICE ? "" : f->device->id;
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	node_error_at(f->walk->diag, f->text, byte, "%s%s%s%s",
	    *id ? "on " : "", id, *id ? ": " : "", why);
}

/* "; the points are a, b, c", or "" if there is none. */
static const char *
list_points(const struct formula *f)
{
	const struct conf_device *d = f->device;
	struct buf b = {0};
	const char *list;

	if (d->point_count == 0)
		return "";
	for (size_t i = 0; i < d->point_count && i < LISTED_MAX; i++)
		buf_printf(&b, "%s%s", i ? ", " : "; the points are ",
		    d->points[i].name);
	buf_puts(&b, d->point_count > LISTED_MAX ? ", ..." : "");
	list = arena_text(f->walk->memory, b.data);
	buf_free(&b);
	return list;
}

const char *
formula_hint(
    const struct formula *f, const char *name, const char *const *words)
{
	const struct conf_device *d = f->device;
	struct near near = {.text = name};

	for (size_t i = 0; words && words[i]; i++)
		near_try(&near, words[i]);
	for (size_t i = 0; i < d->point_count; i++)
		near_try(&near, d->points[i].name);
	for (size_t i = 0; f->others && i < f->others->count; i++)
		near_try(&near, f->others->names[i].name);
	for (size_t i = 0; i < CONSTANTS; i++)
		near_try(&near, constants[i].name);
	for (size_t i = 0; f->watches && known_at(i); i++)
		if (known_is_of(known_at(i), f->layers))
			near_try(&near, known_at(i)->name);
	return near.best ? walk_hint(f->walk, near.best) : list_points(f);
}

/* A word beside an enumeration, which is none of its names. */
static void
refuse_word(const struct formula *f, const struct expr_fault *fault)
{
	struct near near = {.text = fault->name};

	for (size_t i = 0; i < fault->word_count; i++)
		near_try(&near, fault->words[i].name);
	formula_refuse(
	    f, fault->at, "%s%s", fault->why, walk_hint(f->walk, near.best));
}

static const struct expr *
parse_with(const struct formula *f, const struct conf_device *d,
    struct expr_fault *fault)
{
	struct scope whose = {f, d};
	struct expr_scope scope = {
	    .find = find,
	    .context = &whose,
	    .var = f->part->var,
	    .number = f->part->number,
	};

	return expr_parse(f->text->text, &scope, f->walk->memory, fault);
}

/* A rating that is not there must not hide what is wrong behind it. */
const struct expr *
formula_try(const struct formula *f, struct expr_fault *fault)
{
	const struct expr *e = parse_with(f, f->device, fault);
	struct conf_device full = *f->device;
	struct expr_fault other;

	if (e || fault->meaning != EXPR_ABSENT)
		return e;
	full.floors = 1;
	full.rating_kva = full.rating_in = 1;
	full.rating_ct = full.rating_pt = 1;
	if (parse_with(f, &full, &other) == NULL)
		*fault = other;
	return NULL;
}

const struct conf_gone *
formula_gone(const struct conf_device *d, const char *name)
{
	for (size_t i = 0; i < d->gone_count; i++)
		if (strcmp(d->gones[i].name, name) == 0)
			return &d->gones[i];
	return NULL;
}

void *
formula_grow(struct walk *w, void *old, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1) || count == 1)
		return old;
	larger = arena_array(w->memory, count ? 2 * count : 2, size);
	if (count)
		memcpy(larger, old, count * size);
	return larger;
}

/* The storeys of a building are no rating: only what stands at its entry has
 * them, and for all else the alarm is to be taken away. */
static bool
is_of_place(const struct constant *c)
{
	return strncmp(c->name, "place.", strlen("place.")) == 0;
}

static void
add_lack(const struct formula *f, const struct constant *c)
{
	struct conf_device *d = f->device;
	struct buf b = {0};

	buf_printf(&b, "%s is not %s without %s", f->name, f->use, c->name);
	if (f->watches && is_of_place(c))
		buf_printf(&b,
		    "; give %s, or take the alarm away with enabled: false",
		    c->write);
	for (size_t i = 0; i < d->lack_count; i++) {
		if (strcmp(d->lacks[i], b.data) == 0) {
			buf_free(&b); /* of `when` and `clear` */
			return;
		}
	}
	d->lacks =
	    formula_grow(f->walk, d->lacks, d->lack_count, sizeof(*d->lacks));
	d->lacks[d->lack_count++] = arena_text_once(f->walk->memory, b.data);
	buf_free(&b);
}

/* A rating that the device does not say; gone: it is missing to a point that
 * this one needs. */
static const char *
lack(const struct formula *f, const struct expr_fault *fault,
    const struct constant *c, bool gone)
{
	if (f->layer == LAYER_DEVICE) {
		formula_refuse(f, fault->at, "%s is not there%s%s; write %s",
		    fault->name, gone ? " without " : "", gone ? c->name : "",
		    c->write);
		return NULL;
	}
	if (f->layer == LAYER_PROFILE || !gone)
		add_lack(f, c);
	return c->name;
}

/* Whether the lack is no mistake of who speaks: the kind speaks of all its
 * devices, and whom a device feeds no profile knows. */
static bool
may_lack(const struct formula *f, const struct known *k)
{
	if (!f->watches || !known_is_of(k, f->layers))
		return false;
	return f->layer <= LAYER_KIND ||
	    (f->layer == LAYER_PROFILE &&
		strcmp(k->thing, KNOWN_FED_LIFT) == 0);
}

/* What riser does not know of this device, or not for this formula. */
static const char *
unknowable(const struct formula *f, const struct expr_fault *fault,
    const struct known *k)
{
	if (may_lack(f, k))
		return k->thing;
	if (!f->watches)
		formula_refuse(f, fault->at,
		    "%s is no point: only alarms can ask it; derive from "
		    "points",
		    k->name);
	else if (k->point != POINT_BUS_UP && !known_is_of(k, f->layers))
		formula_refuse(f, fault->at,
		    "%s is not there, for this device is %s; ask its points",
		    k->name, known_what_not(k));
	else
		formula_refuse(f, fault->at,
		    "%s is not there, for this device has no %s; %s", k->name,
		    k->thing, k->write);
	return NULL;
}

static const char *
unknown(const struct formula *f, const struct expr_fault *fault)
{
	const struct known *known = known_find(fault->name);
	const struct conf_gone *gone = formula_gone(f->device, fault->name);
	const char *needs = gone ? gone->needs : fault->name;
	const struct constant *c = needs ? find_constant(needs) : NULL;

	if (needs == NULL)
		return NULL;
	if (known && fault->word_count == 0)
		return unknowable(f, fault, known);
	if (c)
		return lack(f, fault, c, true);
	if (f->layer <= LAYER_KIND &&
	    (gone || kind_find(f->layers->kind, fault->name)))
		return arena_text_once(f->walk->memory, needs);
	if (gone)
		formula_refuse(f, fault->at,
		    "%s is not there, for this device has no %s", fault->name,
		    needs);
	else if (fault->word_count > 0)
		refuse_word(f, fault);
	else
		formula_refuse(f, fault->at, "there is no point %s%s",
		    fault->name, formula_hint(f, fault->name, NULL));
	return NULL;
}

const char *
formula_judge(const struct formula *f, const struct expr_fault *fault)
{
	if (fault->meaning == EXPR_UNKNOWN)
		return unknown(f, fault);
	if (fault->meaning == EXPR_ABSENT)
		return lack(f, fault, find_constant(fault->name), false);
	formula_refuse(f, fault->at, "%s", fault->why);
	return NULL;
}

bool
formula_asks(const struct formula *f, const struct expr *e)
{
	size_t count;

	expr_inputs(e, &count);
	if (count == 0)
		formula_refuse(f, 0,
		    "asks for no point, so nothing would ever change it; "
		    "write one with a point");
	return count > 0;
}
