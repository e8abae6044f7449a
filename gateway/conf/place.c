/*
 * place.c - where a point lies and how its raw value is held there
 *
 * One thing depends on another: the type on the space, the width on the type,
 * the bits on the width.  A judgement that fails ends the reading, for what
 * follows from a mistake is not another one; but for a number that is no
 * address: then there is still something to be said of the rest.
 */
#include "gateway/conf/place.h"

#include <stdio.h>
#include <string.h>

#include "gateway/conf/scalar.h"

#define ADDRESSES (PLACE_LAST + 1)
#define BITS_MAX 63 /* the highest of a 64-bit number */
#define ASCII "ascii"

const char *const point_spaces[] = {
    "coil", "discrete", "input", "holding", NULL};

/* In the order of enum raw_type; the last stands for itself only in sentences.
 */
const char *const point_types[] = {"u16", "i16", "u32", "i32", "u64", "i64",
    "f32", "f64", "bit", "bcd16", "bcd32", ASCII ":N", NULL};

bool
place_is_bit(uint8_t space)
{
	return space == SPACE_COIL || space == SPACE_DISCRETE;
}

bool
place_is_integer(const struct decode *d)
{
	return d->type <= RAW_I64;
}

/* ---- where ---- */

/* Of the len letters before the colon; SPACE_COUNT if there is none such. */
static uint8_t
find_space(const char *text, size_t len)
{
	uint8_t space = 0;

	while (space < SPACE_COUNT &&
	    (strlen(point_spaces[space]) != len ||
		strncmp(point_spaces[space], text, len)))
		space++;
	return space;
}

static void
refuse_address(struct point_draft *d, const struct node *n, long shift)
{
	long long base = d->frame->address_base;

	if (shift)
		draft_refuse(d, n,
		    "moved on by %ld for %s is outside the 65536 addresses; "
		    "write a smaller number, a smaller step or fewer parts",
		    shift, d->point.name);
	else
		draft_refuse(d, n,
		    "is outside the 65536 addresses; with address_base %lld "
		    "write %lld to %lld",
		    base, base, base + PLACE_LAST);
}

bool
place_at(struct point_draft *d, const struct node *n, uint8_t *space,
    uint16_t *address)
{
	int64_t base = d->frame->address_base, number;
	long shift = draft_shift(d, n);
	const char *colon, *why;

	*space = SPACE_COUNT;
	if (!walk_is(d->walk, n, NODE_TEXT))
		return false;
	colon = strchrnul(n->text, ':');
	if (*colon == ':')
		*space = find_space(n->text, (size_t)(colon - n->text));
	if (*space == SPACE_COUNT)
		draft_refuse(d, n,
		    "is no place; write coil, discrete, input or holding, a "
		    "colon and the number: \"holding:3027\"");
	else if ((why = scalar_integer(colon + 1, &number)) != NULL)
		draft_refuse(d, n, "has a number that %s", why);
	else if (number < base || number - base >= ADDRESSES - shift)
		refuse_address(d, n,
		    number < base || number - base >= ADDRESSES ? 0 : shift);
	else {
		*address = (uint16_t)(number - base + shift);
		return true;
	}
	return false;
}

static bool
fits(struct point_draft *d)
{
	const struct conf_point *p = &d->point;

	if (p->address + p->count > ADDRESSES) {
		draft_refuse(d, d->at,
		    "reaches past the last address, 65535: it takes %u "
		    "registers; check its number and type",
		    p->count);
		return false;
	}
	if (place_is_bit(p->space) || p->count <= d->frame->max_read)
		return true;
	draft_refuse(d, d->at,
	    "takes %u registers, more than max_read %u allows in "
	    "one request; raise max_read",
	    p->count, d->frame->max_read);
	return false;
}

/* ---- what ---- */

static bool
read_ascii(struct point_draft *d)
{
	const char *colon = d->type->text + strlen(ASCII);
	int64_t len;

	if (*colon != ':' || scalar_integer(colon + 1, &len) || len < 1 ||
	    len >= SAMPLE_TEXT_MAX) {
		draft_refuse(d, d->type,
		    "has no valid length; write \"ascii:1\" to \"ascii:%d\"",
		    SAMPLE_TEXT_MAX - 1);
		return false;
	}
	d->point.decode.type = RAW_ASCII;
	d->point.decode.text_len = (uint8_t)len;
	return true;
}

static bool
read_type(struct point_draft *d)
{
	struct conf_point *p = &d->point;
	const struct node *n = d->type;
	int found;

	p->decode.type = place_is_bit(p->space) ? RAW_BIT : RAW_U16;
	if (n == NULL)
		return true;
	if (n->kind == NODE_TEXT &&
	    strncmp(n->text, ASCII, strlen(ASCII)) == 0) {
		if (!read_ascii(d))
			return false;
	} else {
		if ((found = walk_word(d->walk, n, point_types)) < 0)
			return false;
		p->decode.type = (uint8_t)found;
	}
	if (place_is_bit(p->space) == (p->decode.type == RAW_BIT))
		return true;
	if (place_is_bit(p->space))
		draft_refuse(d, n,
		    "does not fit into a %s, which is one bit; "
		    "leave type out",
		    point_spaces[p->space]);
	else
		draft_refuse(d, n,
		    "lies in a coil or discrete input; for one "
		    "bit of a register write bits: [3, 3]");
	return false;
}

static bool
read_bits(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	const struct node *n = d->bits;
	int64_t pair[2];

	if (n == NULL)
		return true;
	if (!place_is_integer(raw)) {
		draft_refuse_key(d, n,
		    raw->type == RAW_BIT
			? "a coil or discrete input is one bit already; drop it"
			: "only integers have bits; drop it, or write a type "
			  "such as u16");
		return false;
	}
	if (!walk_integers(d->walk, n, 0, BITS_MAX, pair))
		return false;
	if (pair[1] >= (int64_t)place_bits(raw)) {
		draft_refuse(d, n->last, "is out of range; write 0 to %u",
		    place_bits(raw) - 1);
		return false;
	}
	raw->has_bits = true;
	raw->bit_low = (uint8_t)pair[0];
	raw->bit_high = (uint8_t)pair[1];
	return true;
}

bool
place_read(struct point_draft *d, bool *held)
{
	struct conf_point *p = &d->point;
	bool placed = place_at(d, d->at, &p->space, &p->address);

	*held = false;
	if (p->space == SPACE_COUNT || !read_type(d))
		return false;
	p->count = (uint16_t)decode_words(&p->decode);
	placed = placed && fits(d);
	*held = read_bits(d);
	return placed && *held;
}

/* ---- what it can be ---- */

unsigned
place_bits(const struct decode *d)
{
	return d->has_bits ? d->bit_high - d->bit_low + 1u : place_width(d);
}

unsigned
place_width(const struct decode *d)
{
	return d->type == RAW_BIT ? 1 : 16 * decode_words(d);
}

void
place_range(const struct decode *d, int64_t *min, int64_t *max)
{
	unsigned bits = place_bits(d);
	bool is_signed = !d->has_bits &&
	    (d->type == RAW_I16 || d->type == RAW_I32 || d->type == RAW_I64);

	*min = 0;
	if (d->type == RAW_BCD16 || d->type == RAW_BCD32) {
		*max = d->type == RAW_BCD16 ? 9999 : 99999999;
		return;
	}
	*max = (int64_t)((UINT64_C(1) << (bits >= 63 ? 63 : bits)) - 1);
	if (is_signed && bits < 64)
		*max >>= 1;
	if (is_signed)
		*min = -*max - 1;
}

/* Exact as long as it has 18 digits. */
static double
scaled(const struct decode *d, int64_t raw)
{
	struct decimal value = {raw, 0};

	if (decimal_multiply(value, d->scale, &value) &&
	    decimal_add(value, d->offset, &value))
		return decimal_number(value);
	return (double)raw * decimal_number(d->scale) +
	    decimal_number(d->offset);
}

bool
place_reach(const struct decode *d, double *min, double *max)
{
	int64_t low, high;

	place_range(d, &low, &high);
	if (d->type == RAW_F32 || d->type == RAW_F64 || d->has_pow10 ||
	    d->unit_count > 0 || (low == 0 && place_bits(d) == 64))
		return false;
	*min = scaled(d, d->scale.mantissa < 0 ? high : low);
	*max = scaled(d, d->scale.mantissa < 0 ? low : high);
	return true;
}

const char *
place_range_text(const struct decode *d, char text[PLACE_RANGE_TEXT])
{
	const char *type = point_types[d->type];
	int64_t min, max;
	unsigned long long most;

	place_range(d, &min, &max);
	most = (unsigned long long)max;
	if (min == 0 && place_bits(d) == 64)
		most = UINT64_MAX;
	if (d->has_bits)
		snprintf(text, PLACE_RANGE_TEXT,
		    "bits [%u, %u] hold %lld to %llu", d->bit_low, d->bit_high,
		    (long long)min, most);
	else
		snprintf(text, PLACE_RANGE_TEXT, "%s %s holds %lld to %llu",
		    *type == 'i' ? "an" : "a", type, (long long)min, most);
	return text;
}
