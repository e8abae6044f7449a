/*
 * point.c - the `points` of a profile, and a device's own settings for them
 *
 * A point is first read key by key into a draft; then, when all of it is known,
 * it is judged as a whole, in the order in which one thing depends on another:
 * type on space, bits on type, names on bits, form on names, and what only
 * numbers may have on the form.  A judgement that fails ends the point: what
 * follows from a mistake is not another one.
 */
#include "gateway/conf/point.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/conf/near.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/unit.h"

#define EVERY_MIN_MS 100 /* a slow line's request takes as long */
#define EVERY_MAX_MS (24 * 3600 * 1000)
#define EVERY_DEFAULT_MS 5000
#define ENUM_NAMES_MAX 1024 /* the longest fault list we know has 120 */
#define ADDRESSES 65536

struct draft {
	struct conf_point point;
	const struct node *self, *at, *type, *bits, *names, *valid, *unit;
};

const char *const point_orders[] = {"abcd", "cdab", "badc", "dcba", NULL};

static const char *const spaces[] = {
    "coil", "discrete", "input", "holding", NULL};
static const char *const roles[] = {"counter", NULL};

/* In the order of enum raw_type; ascii:N is not a word. */
static const char *const types[] = {"u16", "i16", "u32", "i32", "u64", "i64",
    "f32", "f64", "bit", "bcd16", "bcd32", NULL};

/* What a device may set too. */
static const struct field tuning_fields[] = {
    {"every", WANT_DURATION, INTO(struct draft, point.rule.every_ms),
	.min = EVERY_MIN_MS, .max = EVERY_MAX_MS},
    {"deadband", WANT_NUMBER, INTO(struct draft, point.rule.deadband)},
    {"heartbeat", WANT_DURATION, INTO(struct draft, point.rule.heartbeat_ms),
	.min = EVERY_MIN_MS, .max = EVERY_MAX_MS},
    {"valid", WANT_NODE, INTO(struct draft, valid)},
    {"urgent", WANT_BOOL, INTO(struct draft, point.urgent)},
    {"scale", WANT_DECIMAL, INTO(struct draft, point.decode.scale)},
    {"offset", WANT_DECIMAL, INTO(struct draft, point.decode.offset)},
    {"word_order", WANT_CHOICE, INTO(struct draft, point.decode.order),
	.words = point_orders},
    {"unit", WANT_NODE, INTO(struct draft, unit)},
    {.key = NULL},
};

static const struct field point_fields[] = {
    {"at", WANT_NODE, INTO(struct draft, at), .required = "at: \"holding:0\""},
    {"type", WANT_NODE, INTO(struct draft, type)},
    {"bits", WANT_NODE, INTO(struct draft, bits)},
    {"enum", WANT_NODE, INTO(struct draft, names)},
    {"role", WANT_WORD, INTO(struct draft, point.role), .words = roles},
    {.key = NULL, .table = tuning_fields},
};

/* ---- what it is ---- */

static bool
holds_bits(uint8_t space)
{
	return space == SPACE_COIL || space == SPACE_DISCRETE;
}

static bool
is_integer(const struct decode *d)
{
	return d->type <= RAW_I64;
}

static unsigned
width_bits(const struct decode *d)
{
	return d->type == RAW_BIT ? 1 : 16 * decode_words(d);
}

/* Of the len letters before the colon; SPACE_COUNT if there is none such. */
static uint8_t
find_space(const char *text, size_t len)
{
	uint8_t space = 0;

	while (space < SPACE_COUNT &&
	    (strlen(spaces[space]) != len || strncmp(spaces[space], text, len)))
		space++;
	return space;
}

/* "holding:3027" */
static bool
read_at(
    struct walk *w, const struct node *n, int64_t base, struct conf_point *p)
{
	const char *colon, *why;
	int64_t number;

	if (!walk_is(w, n, NODE_TEXT))
		return false;
	colon = strchrnul(n->text, ':');
	p->space = find_space(n->text, (size_t)(colon - n->text));
	if (*colon == '\0' || p->space == SPACE_COUNT)
		walk_refuse(w, n,
		    "is no place; write coil, discrete, input or holding, a "
		    "colon and the number: \"holding:3027\"");
	else if ((why = scalar_integer(colon + 1, &number)) != NULL)
		walk_refuse(w, n, "has a number that %s", why);
	else if (number < base || number - base >= ADDRESSES)
		walk_refuse(w, n,
		    "is outside the 65536 addresses; with address_base %lld "
		    "write %lld to %lld",
		    (long long)base, (long long)base,
		    (long long)base + ADDRESSES - 1);
	else {
		p->address = (uint16_t)(number - base);
		return true;
	}
	return false;
}

static bool
read_ascii(struct walk *w, const struct node *n, struct decode *d)
{
	int64_t len;

	if (scalar_integer(n->text + strlen("ascii:"), &len) || len < 1 ||
	    len >= SAMPLE_TEXT_MAX) {
		walk_refuse(w, n,
		    "has no valid length; write ascii:1 to ascii:%d",
		    SAMPLE_TEXT_MAX - 1);
		return false;
	}
	d->type = RAW_ASCII;
	d->text_len = (uint8_t)len;
	return true;
}

static bool
read_type(struct walk *w, const struct node *n, struct conf_point *p)
{
	int found;

	p->decode.type = holds_bits(p->space) ? RAW_BIT : RAW_U16;
	if (n == NULL)
		return true;
	if (n->kind == NODE_TEXT && strncmp(n->text, "ascii:", 6) == 0) {
		if (!read_ascii(w, n, &p->decode))
			return false;
	} else {
		if ((found = walk_word(w, n, types)) < 0)
			return false;
		p->decode.type = (uint8_t)found;
	}
	if (holds_bits(p->space) == (p->decode.type == RAW_BIT))
		return true;
	if (holds_bits(p->space))
		walk_refuse(w, n,
		    "does not fit into a %s, which is one bit; "
		    "leave type out",
		    spaces[p->space]);
	else
		walk_refuse(w, n,
		    "lies in a coil or discrete input; for one "
		    "bit of a register write bits: [3, 3]");
	return false;
}

static bool
read_bits(struct walk *w, const struct node *n, struct decode *d)
{
	int64_t pair[2];

	if (n == NULL)
		return true;
	if (!is_integer(d)) {
		node_key_error(w->diag, n,
		    "only integers have bits; drop it, "
		    "or write a type such as u16");
		return false;
	}
	if (!walk_integers(w, n, 0, width_bits(d) - 1, pair))
		return false;
	d->has_bits = true;
	d->bit_low = (uint8_t)pair[0];
	d->bit_high = (uint8_t)pair[1];
	return true;
}

static bool
fits(struct walk *w, const struct node *n, const struct conf_point *p)
{
	unsigned count = decode_words(&p->decode);

	if (p->address + count > ADDRESSES) {
		walk_refuse(w, n,
		    "reaches past the last address, 65535: it takes %u "
		    "registers; check its number and type",
		    count);
		return false;
	}
	return true;
}

static bool
readable(struct walk *w, const struct node *n, const struct conf_point *p,
    uint16_t max_read)
{
	if (holds_bits(p->space) || p->count <= max_read)
		return true;
	walk_refuse(w, n,
	    "takes %u registers, more than max_read %u allows in "
	    "one request; raise max_read",
	    p->count, max_read);
	return false;
}

/* ---- enumerations ---- */

/* The numbers that the raw value can be. */
static void
raw_range(const struct decode *d, int64_t *min, int64_t *max)
{
	bool is_signed = !d->has_bits &&
	    (d->type == RAW_I16 || d->type == RAW_I32 || d->type == RAW_I64);
	unsigned bits = d->has_bits ? (unsigned)(d->bit_high - d->bit_low + 1)
				    : width_bits(d);

	*max = (int64_t)((UINT64_C(1) << (bits >= 63 ? 63 : bits)) - 1);
	if (is_signed && bits < 64)
		*max >>= 1;
	*min = is_signed ? -*max - 1 : 0;
}

static bool
read_enum_number(struct walk *w, const struct node *n, const struct decode *d,
    int64_t *number)
{
	const char *why;
	int64_t min, max;

	if (n->key_quoted || (why = scalar_integer(n->key, number)) != NULL) {
		node_key_error(w->diag, n,
		    "the key of an enumeration is its "
		    "number; write for example 0: closed");
		return false;
	}
	raw_range(d, &min, &max);
	if (*number >= min && *number <= max)
		return true;
	node_key_error(w->diag, n, "cannot occur: the point holds %lld to %lld",
	    (long long)min, (long long)max);
	return false;
}

static void
refuse_known_number(struct walk *w, const struct node *n,
    const struct enum_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == names[count].number)
			node_key_error(w->diag, n,
			    "is the number of \"%s\" too; give each number once",
			    names[i].name ? names[i].name : "");
}

static bool
read_names(struct walk *w, const struct node *map, struct decode *d)
{
	static const struct field name_field[] = {
	    {"name", WANT_TEXT, INTO(struct enum_name, name)}, {.key = NULL}};
	struct enum_name *names;

	if (map == NULL)
		return true;
	if (!is_integer(d) && d->type != RAW_BIT) {
		node_key_error(
		    w->diag, map, "only integers and bits have names; drop it");
		return false;
	}
	if (!walk_is(w, map, NODE_MAP))
		return false;
	if (map->count == 0 || map->count > ENUM_NAMES_MAX) {
		node_error(w->diag, map, "has %zu names; write 1 to %d",
		    map->count, ENUM_NAMES_MAX);
		return false;
	}
	names = arena_array(w->memory, map->count, sizeof(*names));
	for (const struct node *n = map->first; n; n = n->next) {
		struct enum_name *name = &names[d->name_count];

		if (!read_enum_number(w, n, d, &name->number))
			continue;
		walk_field(w, n, name_field, name);
		refuse_known_number(w, n, names, d->name_count);
		d->name_count++;
	}
	d->names = names;
	return true;
}

static uint8_t
form_of(const struct decode *d)
{
	if (d->type == RAW_ASCII)
		return FORM_TEXT;
	if (d->name_count > 0)
		return FORM_ENUM;
	if (d->type == RAW_BIT || (d->has_bits && d->bit_low == d->bit_high))
		return FORM_BOOL;
	return FORM_NUMBER;
}

/* ---- what numbers have ---- */

static void
read_unit(struct walk *w, const struct node *n, const char **unit)
{
	int found = n ? walk_word(w, n, unit_names) : -1;

	if (found >= 0)
		*unit = strcmp(unit_names[found], "1") ? unit_names[found] : "";
}

static void
read_valid(struct walk *w, const struct node *n, struct decode *d)
{
	double pair[2];

	if (n == NULL || !walk_numbers(w, n, pair))
		return;
	d->has_valid = true;
	d->valid_min = pair[0];
	d->valid_max = pair[1];
}

static void
refuse_number_keys(struct walk *w, const struct draft *d)
{
	static const char *const keys[] = {
	    "scale", "offset", "valid", "deadband", "unit", "role"};
	static const char *const forms[] = {
	    [FORM_BOOL] = "true or false",
	    [FORM_ENUM] = "an enumeration",
	    [FORM_TEXT] = "a text",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct node *n = node_get(d->self, keys[i]);

		if (n)
			node_key_error(w->diag, n,
			    "only numbers have a %s, "
			    "and this point is %s; drop it",
			    keys[i], forms[d->point.decode.form]);
	}
}

/* The part of the judgement that a device's own settings need too. */
static void
judge_tuning(struct walk *w, struct draft *d)
{
	const struct node *scale = node_get(d->self, "scale");

	if (d->point.decode.form != FORM_NUMBER) {
		refuse_number_keys(w, d);
		return;
	}
	read_unit(w, d->unit, &d->point.unit);
	read_valid(w, d->valid, &d->point.decode);
	if (scale && d->point.decode.scale.mantissa == 0)
		walk_refuse(w, scale,
		    "makes every value nothing; write another, or drop it");
}

static void
judge(struct walk *w, struct draft *d, const struct point_frame *frame)
{
	struct conf_point *p = &d->point;

	if (d->at == NULL || !read_at(w, d->at, frame->address_base, p) ||
	    !read_type(w, d->type, p) || !fits(w, d->at, p))
		return;
	p->count = (uint16_t)decode_words(&p->decode);
	if (!readable(w, d->at, p, frame->max_read) ||
	    !read_bits(w, d->bits, &p->decode) ||
	    !read_names(w, d->names, &p->decode))
		return;
	p->decode.form = form_of(&p->decode);
	judge_tuning(w, d);
}

/* ---- all of them ---- */

static bool
countable(struct walk *w, const struct node *points)
{
	if (!walk_is(w, points, NODE_MAP))
		return false;
	if (points->count >= 1 && points->count <= SAMPLE_READINGS_MAX)
		return true;
	node_error(w->diag, points, "has %zu points; a device has 1 to %d",
	    points->count, SAMPLE_READINGS_MAX);
	return false;
}

void
point_read(struct walk *w, const struct node *points,
    const struct point_frame *frame, struct conf_profile *p)
{
	const char *why;

	if (!countable(w, points))
		return;
	p->points = arena_array(w->memory, points->count, sizeof(*p->points));
	for (const struct node *n = points->first; n; n = n->next) {
		struct draft d = {.self = n};

		d.point.name = arena_text(w->memory, n->key);
		d.point.unit = d.point.role = "";
		d.point.rule.every_ms = EVERY_DEFAULT_MS;
		d.point.decode.order = frame->order;
		d.point.decode.scale.mantissa = 1;
		if ((why = scalar_name(n->key)) != NULL)
			node_key_error(w->diag, n, "\"%s\" %s", n->key, why);
		walk_map(w, n, point_fields, &d);
		judge(w, &d, frame);
		p->points[p->point_count++] = d.point;
	}
}

static struct conf_point *
find_point(struct walk *w, const struct node *n, struct conf_point *points,
    size_t count)
{
	struct near near = {.text = n->key};

	for (size_t i = 0; i < count; i++)
		if (strcmp(points[i].name, n->key) == 0)
			return &points[i];
	for (size_t i = 0; i < count; i++)
		near_try(&near, points[i].name);
	node_key_error(w->diag, n, "the profile has no such point%s",
	    near.best ? walk_hint(w, near.best)
		      : "; its file shows which it has");
	return NULL;
}

void
point_tune(struct walk *w, const struct node *overrides,
    struct conf_point *points, size_t count)
{
	struct conf_point *p;

	if (!walk_is(w, overrides, NODE_MAP))
		return;
	for (const struct node *n = overrides->first; n; n = n->next) {
		struct draft d = {.self = n};

		if ((p = find_point(w, n, points, count)) == NULL)
			continue;
		d.point = *p;
		walk_map(w, n, tuning_fields, &d);
		judge_tuning(w, &d);
		*p = d.point;
	}
}
