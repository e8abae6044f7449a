/*
 * columns_form.c - what both sides of columns.h agree on
 */
#include "gateway/store/columns_form.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The bits of a number must not depend on who reads it. */
_Static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles");

struct recent *
columns_recent(struct told *p, uint16_t point)
{
	/* The factor spreads neighbours; it is part of the format. */
	uint32_t key = ((uint32_t)p->device << 16 | point) + 1;
	struct recent *r =
	    &p->recent[key * UINT32_C(2654435769) >> (32 - RECENT_BITS)];

	if (r->key != key)
		*r = (struct recent){.key = key, .bits = p->bits};
	return r;
}

/* So many digits that it is shorter than the float or the double. */
#define FLOAT_DIGITS_MAX 0x1p17
#define DOUBLE_DIGITS_MAX 0x1p45

double
columns_decimal_value(struct decimal d, bool narrow)
{
	static const double tens[PLACES_MAX + 1] = {
	    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
	double x = (double)d.digits / tens[d.places];

	return narrow ? (double)(float)x : x;
}

bool
columns_same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

bool
columns_decimal_of(struct decimal *d, double x, bool narrow)
{
	double max = narrow ? FLOAT_DIGITS_MAX : DOUBLE_DIGITS_MAX, digits = x;

	for (d->places = 0; d->places <= PLACES_MAX; d->places++) {
		if (!(fabs(digits) < max)) /* or not a number */
			return false;
		d->digits = llrint(digits);
		if (columns_same_bits(columns_decimal_value(*d, narrow), x))
			return true;
		digits *= 10; /* near enough: the value was the judge */
	}
	return false;
}
