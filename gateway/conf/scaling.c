/*
 * scaling.c - how a number comes of its raw value
 *
 * What people wrote as decimals stays exact: a device's ratings are multiplied
 * into the scale, and each unit that a register may name gets a scale and an
 * offset of its own in which the conversion already is.
 *
 * A value and the registers that say its decimals and unit belong together: a
 * person at the keypad may change them at any time, and a value read before and
 * a unit read after would be wrong by a thousand.  So one request must be able
 * to bring them all.
 */
#include "gateway/conf/scaling.h"

#include <math.h>
#include <string.h>

#include "gateway/conf/place.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/state.h"
#include "gateway/conf/unit.h"

#define RATINGS_MAX 4 /* of one point */
#define UNITS_MAX 64 /* the longest list we know has 23 */
#define CODE_MAX 65535
#define NEAR 1e-15 /* relative, of a scale or an offset */

const char *const point_ratings[] = {
    "rating.kva", "rating.in", "rating.ct", "rating.pt", NULL};

/* ---- unit and range ---- */

/* kV: a unit that devices count in.  The scale that turns it into a unit of
 * points is put into the one that stands there. */
static void
refuse_source(struct point_draft *d, const char *to)
{
	const struct decode *raw = &d->point.decode;
	char scale_text[SCALAR_DECIMAL_TEXT], offset_text[SCALAR_DECIMAL_TEXT];
	struct decimal scale, offset, moved;

	d->point.unit = to;
	if (d->unit_from || !unit_convert(d->unit->text, to, &scale, &offset) ||
	    !decimal_multiply_near(raw->offset, scale, &moved) ||
	    !decimal_add_near(moved, offset, &offset) ||
	    !decimal_multiply_near(raw->scale, scale, &scale) ||
	    scale.mantissa == 0)
		walk_refuse(d->walk, d->unit,
		    "is no unit of a point; write unit: %s", to);
	else
		walk_refuse(d->walk, d->unit,
		    "is no unit of a point; write unit: %s and scale: %s%s%s",
		    to, scalar_decimal_text(scale, scale_text),
		    offset.mantissa ? ", offset: " : "",
		    offset.mantissa ? scalar_decimal_text(offset, offset_text)
				    : "");
}

static void
read_unit(struct point_draft *d)
{
	const char *given, *to, *word = d->word ? d->word->unit : NULL;
	int found;

	if (word)
		d->point.unit = word;
	if (d->unit == NULL)
		return;
	if (d->unit->kind == NODE_TEXT &&
	    (to = unit_near(d->unit->text, word ? word : ""))) {
		refuse_source(d, to);
		return;
	}
	if ((found = walk_word(d->walk, d->unit, unit_names)) < 0)
		return;
	given = strcmp(unit_names[found], "1") ? unit_names[found] : "";
	d->point.unit = given;
	if (word == NULL || strcmp(given, word) == 0)
		return;
	if (*word)
		draft_refuse_key(d, d->unit,
		    "is %s where every %s device has %s; write unit: %s and a "
		    "scale, or unit_from",
		    given, d->frame->kind->name, word, word);
	else
		draft_refuse_key(d, d->unit,
		    "is %s where every %s device has no unit; drop it, or give "
		    "the point another name",
		    given, d->frame->kind->name);
}

static void
read_valid(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	double pair[2];

	if (d->valid == NULL || !walk_numbers(d->walk, d->valid, pair))
		return;
	raw->has_valid = true;
	raw->valid_min = pair[0];
	raw->valid_max = pair[1];
}

/* ---- scale_by ---- */

/* Multiplies one rating into the scale; a missing one is told later, once for
 * all points. */
static void
take_rating(struct point_draft *d, const struct node *n, int rating)
{
	struct decimal *scale = &d->point.decode.scale;
	const struct point_device *device = d->device;

	if (device == NULL)
		return;
	if (device->rating[rating].mantissa == 0)
		d->lacks |= 1u << rating;
	else if (!decimal_multiply(*scale, device->rating[rating], scale))
		node_error(d->walk->diag,
		    device->rated ? device->rated : device->self,
		    "%s makes the scale of %s longer than 18 digits, so that "
		    "it is not exact; round one of them",
		    n->text, d->point.name);
}

static void
read_scale_by(struct point_draft *d)
{
	const struct node *list = d->scale_by;
	unsigned seen = 0;
	int rating;

	if (list == NULL || !walk_is(d->walk, list, NODE_LIST))
		return;
	if (list->count == 0 || list->count > RATINGS_MAX) {
		draft_refuse(d, list,
		    "has %zu ratings; write 1 to %d, such as [rating.ct]",
		    list->count, RATINGS_MAX);
		return;
	}
	for (const struct node *n = list->first; n; n = n->next) {
		if ((rating = walk_word(d->walk, n, point_ratings)) < 0)
			continue;
		if (seen & 1u << rating)
			draft_refuse(d, n, "is there twice; write it once");
		else
			take_rating(d, n, rating);
		seen |= 1u << rating;
	}
}

static void
read_scale(struct point_draft *d)
{
	const struct node *scale = draft_key(d, "scale");

	if (scale && d->point.decode.scale.mantissa == 0)
		draft_refuse(d, scale,
		    "makes every value nothing; write another, or drop it");
	read_scale_by(d);
}

/* ---- registers that are read with the value ---- */

static bool
overlaps(const struct conf_point *p, uint16_t address)
{
	return address >= p->address && address < p->address + p->count;
}

static void
refuse_space(struct point_draft *d, const struct node *n)
{
	const struct conf_point *p = &d->point;
	long long next = p->address + p->count;

	if (next > PLACE_LAST)
		next = p->address - 1;
	draft_refuse(d, n,
	    "lies in another space than the value, and one request must bring "
	    "both; write for example \"%s:%lld\"",
	    point_spaces[p->space], d->frame->address_base + next);
}

/* Grows what is read by the register that n names; its place behind the value's
 * into *delta. */
static bool
read_beside(struct point_draft *d, const struct node *n, int16_t *delta)
{
	struct conf_point *p = &d->point;
	unsigned first = p->first, end = first + p->span;
	uint16_t address;
	uint8_t space;

	if (!place_at(d, n, &space, &address))
		return false;
	if (space != p->space) {
		refuse_space(d, n);
		return false;
	}
	if (overlaps(p, address)) {
		draft_refuse(d, n,
		    "is a register of the value itself; write the one that "
		    "says its unit or decimals");
		return false;
	}
	first = address < first ? address : first;
	end = address + 1u > end ? address + 1u : end;
	if (end - first > d->frame->max_read) {
		draft_refuse(d, n,
		    "lies too far from the value: both must come in one "
		    "request, and it would take %u registers where max_read "
		    "allows %u; read it as a point of its own",
		    end - first, d->frame->max_read);
		return false;
	}
	p->first = (uint16_t)first;
	p->span = (uint16_t)(end - first);
	*delta = (int16_t)(address - p->address);
	return true;
}

static bool
is_wanted(const struct point_draft *d, unsigned address)
{
	const struct conf_point *p = &d->point;
	const struct decode *raw = &p->decode;

	return overlaps(p, (uint16_t)address) ||
	    (raw->has_pow10 && (int)address == p->address + raw->pow10_at) ||
	    (d->unit_from && (int)address == p->address + raw->unit_at);
}

/* A hole is only in the way of what nobody wants. */
static const struct plan_range *
hole_inside(const struct point_draft *d)
{
	const struct conf_point *p = &d->point;

	for (size_t i = 0; i < d->frame->hole_count; i++) {
		const struct plan_range *hole = &d->frame->holes[i];

		for (unsigned a = p->first; a < p->first + (unsigned)p->span;
		     a++)
			if (a >= hole->first && a <= hole->last &&
			    !is_wanted(d, a))
				return hole;
	}
	return NULL;
}

static void
judge_holes(struct point_draft *d)
{
	const struct plan_range *hole = hole_inside(d);
	const struct node *n = d->pow10 ? d->pow10 : d->unit_from;
	long long base = d->frame->address_base;

	if (hole)
		draft_refuse_key(d, n,
		    "the hole [%lld, %lld] lies between it and the value, and "
		    "one request must bring both; read it as a point of its "
		    "own",
		    base + hole->first, base + hole->last);
}

/* ---- unit_from ---- */

/* Good for all 15 digits that anybody will see: 5/9 is no decimal, but its
 * nearest is as good as it; 18 places of a tiny scale are not. */
static bool
is_near(struct decimal got, double wanted)
{
	return fabs(decimal_number(got) - wanted) <= NEAR * fabs(wanted);
}

static bool
multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	double wanted = decimal_number(a) * decimal_number(b);

	return decimal_multiply(a, b, out) ||
	    (decimal_multiply_near(a, b, out) && is_near(*out, wanted));
}

static bool
add(struct decimal a, struct decimal b, struct decimal *out)
{
	double wanted = decimal_number(a) + decimal_number(b);

	return decimal_add(a, b, out) ||
	    (decimal_add_near(a, b, out) && is_near(*out, wanted));
}

/* The point's scale and offset, then the conversion's. */
static bool
fold(const struct decode *raw, struct decode_unit *u)
{
	struct decimal moved;

	return multiply(raw->offset, u->scale, &moved) &&
	    add(moved, u->offset, &u->offset) &&
	    multiply(raw->scale, u->scale, &u->scale);
}

static void
read_code(
    struct point_draft *d, const struct node *n, struct decode_unit *units)
{
	struct decode *raw = &d->point.decode;
	struct decode_unit *u = &units[raw->unit_count];
	const char *why;
	int found;

	if (n->key_quoted || (why = scalar_integer(n->key, &u->raw)) != NULL ||
	    u->raw < 0 || u->raw > CODE_MAX) {
		draft_refuse_key(d, n,
		    "the key is the register's number, 0 to 65535; write for "
		    "example 0: MPa");
		return;
	}
	for (size_t i = 0; i < raw->unit_count; i++)
		if (units[i].raw == u->raw)
			draft_refuse_key(d, n,
			    "is the same number as one before; give each once");
	if ((found = walk_word(d->walk, n, unit_sources)) < 0)
		return;
	if (!unit_convert(
		unit_sources[found], d->point.unit, &u->scale, &u->offset))
		draft_refuse(d, n,
		    "cannot become %s, the unit of the point; write units of "
		    "the same quantity",
		    d->point.unit);
	else if (!fold(raw, u))
		draft_refuse(d, n,
		    "and the point's scale and offset have more than 18 digits "
		    "together, so that it would not be exact; round them");
	else
		raw->unit_count++;
}

static void
read_codes(struct point_draft *d, const struct node *map)
{
	struct decode_unit *units;

	if (!walk_is(d->walk, map, NODE_MAP))
		return;
	if (map->count == 0 || map->count > UNITS_MAX) {
		draft_refuse(d, map, "has %zu units; write 1 to %d", map->count,
		    UNITS_MAX);
		return;
	}
	units = arena_array(d->walk->memory, map->count, sizeof(*units));
	d->point.decode.units = units;
	for (const struct node *n = map->first; n; n = n->next)
		read_code(d, n, units);
}

static void
read_unit_from(struct point_draft *d, bool placed)
{
	struct from {
		const struct node *at, *map;
	} from = {0};
	struct decode *raw = &d->point.decode;
	static const struct field fields[] = {
	    {"at", WANT_NODE, INTO(struct from, at),
		.required = "at: \"holding:2\""},
	    {"map", WANT_NODE, INTO(struct from, map),
		.required = "map: {0: MPa, 1: kPa}"},
	    {.key = NULL},
	};

	if (d->unit_from == NULL)
		return;
	walk_map(d->walk, d->unit_from, fields, &from);
	if (*d->point.unit == '\0')
		draft_refuse_key(d, d->unit_from,
		    "converts to the point's unit, and it has none; add for "
		    "example unit: MPa");
	else if (from.map)
		read_codes(d, from.map);
	if (from.at && placed && read_beside(d, from.at, &raw->unit_at) &&
	    raw->has_pow10 && raw->unit_at == raw->pow10_at)
		draft_refuse(d, from.at,
		    "is the register of scale_pow10 too; write the one that "
		    "says the unit");
}

/* ---- all of it ---- */

static void
refuse_number_keys(struct point_draft *d)
{
	static const char *const keys[] = {"scale", "offset", "valid",
	    "deadband", "unit", "role", "scale_by", "scale_pow10", "unit_from",
	    NULL};

	for (size_t i = 0; keys[i]; i++) {
		const struct node *n = draft_key(d, keys[i]);

		if (n)
			draft_refuse_key(d, n,
			    "only numbers have %s %s, "
			    "and this point is %s; drop it",
			    *keys[i] == 'o' ? "an" : "a", keys[i],
			    state_form_text(d->point.decode.form));
	}
}

void
scaling_read(struct point_draft *d, bool placed)
{
	struct conf_point *p = &d->point;

	p->first = p->address;
	p->span = p->count;
	if (p->decode.form != FORM_NUMBER) {
		refuse_number_keys(d);
		return;
	}
	if (d->word && draft_key(d, "role") == NULL)
		p->role = d->word->role;
	read_unit(d);
	read_valid(d);
	read_scale(d);
	if (d->pow10 && placed)
		p->decode.has_pow10 =
		    read_beside(d, d->pow10, &p->decode.pow10_at);
	read_unit_from(d, placed);
	judge_holes(d);
}
