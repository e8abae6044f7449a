/*
 * numbers.c - numbers of one kind as bytes
 *
 * What a device reports has few digits: 231.2 is a float with 23 bits of noise,
 * and a decimal whose difference to the one before is one byte.
 */
#include "gateway/store/numbers.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gateway/store/columns_form.h"

#define FLOAT_NOISE 16 /* bits */
#define DOUBLE_NOISE 32
#define CODE_SHIFT 4 /* of the type; the places are below */

struct numbers
numbers_begin(uint8_t type)
{
	assert(type >= VALUE_F32 && type <= VALUE_ENUM);
	return (struct numbers){.type = type};
}

void
numbers_fit_float(struct numbers *n, const struct slot_value *x)
{
	struct decimal d;

	assert(x->type == n->type);
	if (n->places == NUMBERS_FLOAT)
		return;
	if (!columns_decimal_of(&d, x->f, n->type == VALUE_F32))
		n->places = NUMBERS_FLOAT;
	else if (d.places > n->places)
		n->places = (uint8_t)d.places;
}

uint8_t
numbers_code(const struct numbers *n)
{
	return (uint8_t)(n->type << CODE_SHIFT | n->places);
}

bool
numbers_decode(struct numbers *n, uint8_t code)
{
	n->type = code >> CODE_SHIFT;
	n->places = code & ((1 << CODE_SHIFT) - 1);
	return n->type >= VALUE_F32 && n->type <= VALUE_ENUM &&
	    n->places <= (numbers_is_float(n->type) ? NUMBERS_FLOAT : 0);
}

bool
numbers_whole(const struct numbers *n)
{
	return n->places != NUMBERS_FLOAT;
}

double
numbers_unit(const struct numbers *n)
{
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};

	assert(numbers_whole(n));
	return tens[n->places];
}

/* ---- decimals ---- */

/* The nearest; also of what is no such decimal, as something foreign may
 * expect. */
static uint64_t
digits(const struct numbers *n, double x)
{
	double d = x * numbers_unit(n);

	return fabs(d) < 0x1p62 ? (uint64_t)llrint(d) : 0;
}

static double
from_digits(const struct numbers *n, uint64_t count)
{
	struct decimal d = {.digits = (int64_t)count, .places = n->places};

	return columns_decimal_value(d, n->type == VALUE_F32);
}

/* ---- floats ---- */

static uint64_t
bits(const struct numbers *n, double x)
{
	float narrow = (float)x;
	uint64_t wide;
	uint32_t few;

	memcpy(&wide, &x, sizeof(wide));
	memcpy(&few, &narrow, sizeof(few));
	return n->type == VALUE_F32 ? few : wide;
}

static double
from_bits(const struct numbers *n, uint64_t b)
{
	uint32_t few = (uint32_t)b;
	float narrow;
	double wide;

	memcpy(&wide, &b, sizeof(wide));
	memcpy(&narrow, &few, sizeof(narrow));
	return n->type == VALUE_F32 ? (double)narrow : wide;
}

static void
put_bits(const struct numbers *n, struct buf *out, struct buf *noise,
    uint64_t x, uint64_t expected)
{
	uint64_t folded = n->type == VALUE_F32
	    ? bytes_fold((uint64_t)(int64_t)(int32_t)(uint32_t)(x - expected))
	    : bytes_fold(x - expected);

	if (x == expected) {
		bytes_put_v(out, 0);
	} else if (n->type == VALUE_F32) {
		bytes_put_v(out, (folded >> FLOAT_NOISE) + 1);
		bytes_put_u16(noise, (uint16_t)folded);
	} else {
		bytes_put_v(out, (folded >> DOUBLE_NOISE) + 1);
		bytes_put_u32(noise, (uint32_t)folded);
	}
}

static uint64_t
get_float(const struct numbers *n, struct bytes *in, struct bytes *noise,
    uint64_t expected)
{
	uint64_t high = bytes_get_v(in);

	if (high == 0)
		return expected;
	if (n->type == VALUE_F32)
		return expected +
		    bytes_unfold(
			(high - 1) << FLOAT_NOISE | bytes_get_u16(noise));
	return expected +
	    bytes_unfold((high - 1) << DOUBLE_NOISE | bytes_get_u32(noise));
}

/* ---- either ---- */

void
numbers_put_float(const struct numbers *n, struct buf *out, struct buf *noise,
    const struct slot_value *x, const struct slot_value *expected)
{
	assert(x->type == n->type && expected->type == n->type);
	if (numbers_whole(n))
		bytes_put_z(out, digits(n, x->f) - digits(n, expected->f));
	else
		put_bits(n, out, noise, bits(n, x->f), bits(n, expected->f));
}

struct slot_value
numbers_get(const struct numbers *n, struct bytes *in, struct bytes *noise,
    const struct slot_value *expected)
{
	struct slot_value x = {.type = n->type};

	if (!numbers_is_float(n->type))
		x.u = expected->u + bytes_get_z(in);
	else if (numbers_whole(n))
		x.f = from_digits(n, digits(n, expected->f) + bytes_get_z(in));
	else
		x.f =
		    from_bits(n, get_float(n, in, noise, bits(n, expected->f)));
	return x;
}

/* ---- in order ---- */

/* Bits of what is negative fall as it rises; -0 is below 0. */
static uint64_t
sign_of(const struct numbers *n)
{
	return (uint64_t)1 << (n->type == VALUE_F32 ? 31 : 63);
}

uint64_t
numbers_order(const struct numbers *n, const struct slot_value *x)
{
	uint64_t sign, b;

	assert(x->type == n->type);
	if (!numbers_is_float(n->type))
		return x->u;
	if (numbers_whole(n))
		return digits(n, x->f);
	sign = sign_of(n);
	b = bits(n, x->f);
	return (b & sign) != 0 ? ~(b - sign) : b;
}

struct slot_value
numbers_ordered(const struct numbers *n, uint64_t order)
{
	struct slot_value x = {.type = n->type};
	uint64_t below = sign_of(n) - 1;

	if (!numbers_is_float(n->type))
		x.u = order;
	else if (numbers_whole(n))
		x.f = from_digits(n, order);
	else if ((int64_t)order < 0)
		x.f = from_bits(n, (~order & below) + below + 1);
	else
		x.f = from_bits(n, order & below);
	return x;
}
