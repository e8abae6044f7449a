/*
 * decimal.c - fractions as people write them, pure
 *
 * All is done in whole numbers of 128 bits, which hold any product and any sum
 * of two fractions; a result is rounded at most once, half away from zero.
 *
 * A double is made of one by the processor's own division where both sides are
 * exact doubles, and by strtod where they are not: both round correctly.  Not
 * in long double: it has 64 bits of mantissa on amd64, 113 on arm64, and would
 * round twice on both.
 */
#include "gateway/measure/decimal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 18 /* of a quotient that has no end */
#define DOUBLE_EXACT ((__int128)1 << 53) /* up to here doubles are integers */

const int64_t decimal_ten_to[DECIMAL_PLACES_MAX + 1] = {1, 10, 100, 1000, 10000,
    100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
    1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000};

/* ---- to a double ---- */

double
decimal_quotient(__int128 n, unsigned places)
{
	unsigned __int128 rest = (unsigned __int128)(n < 0 ? -n : n);
	char text[64], *p = text + 48; /* a sign and 39 digits end here */

	if (rest <= (unsigned __int128)DOUBLE_EXACT &&
	    places <= DECIMAL_PLACES_MAX)
		return (double)(int64_t)n / (double)decimal_ten_to[places];
	snprintf(p, 16, "e-%u", places); /* no point: no locale */
	if (rest == 0)
		*--p = '0';
	for (; rest > 0; rest /= 10)
		*--p = (char)('0' + (int)(rest % 10));
	if (n < 0)
		*--p = '-';
	return strtod(p, NULL);
}

double
decimal_number(struct decimal x)
{
	return decimal_quotient(x.mantissa, x.places);
}

/* ---- to another ---- */

static bool
fits(__int128 n)
{
	return n >= INT64_MIN && n <= INT64_MAX;
}

/* n / d, half away from zero. */
static __int128
rounded(__int128 n, __int128 d)
{
	return (n + (n < 0 ? -d : d) / 2) / d;
}

/* n / 10^places as a fraction that ends at its last digit that is not 0.  False
 * if it does not fit; *out is then as it was. */
static bool
exactly(__int128 n, int places, struct decimal *out)
{
	for (; n % 10 == 0 && places > 0; places--)
		n /= 10;
	if (!fits(n) || places > DECIMAL_PLACES_MAX)
		return false;
	*out = (struct decimal){(int64_t)n, (uint8_t)places};
	return true;
}

/* The same, without the digits that do not fit.  One digit more than needed may
 * go where a carry could make it one longer. */
static bool
nearly(__int128 n, int places, struct decimal *out)
{
	__int128 kept = n, d = 1;

	if (exactly(n, places, out))
		return true;
	while (places > 0 &&
	    (places > DECIMAL_PLACES_MAX || !fits(kept + 1) ||
		!fits(kept - 1))) {
		kept /= 10;
		d *= 10;
		places--;
	}
	return exactly(rounded(n, d), places, out);
}

static __int128
product(struct decimal a, struct decimal b, int *places)
{
	*places = a.places + b.places;
	return (__int128)a.mantissa * b.mantissa;
}

static __int128
sum(struct decimal a, struct decimal b, int *places)
{
	*places = a.places > b.places ? a.places : b.places;
	return (__int128)a.mantissa * decimal_ten_to[*places - a.places] +
	    (__int128)b.mantissa * decimal_ten_to[*places - b.places];
}

bool
decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	int places;
	__int128 n = product(a, b, &places);

	return exactly(n, places, out);
}

bool
decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	int places;
	__int128 n = sum(a, b, &places);

	return exactly(n, places, out);
}

bool
decimal_multiply_near(struct decimal a, struct decimal b, struct decimal *out)
{
	int places;
	__int128 n = product(a, b, &places);

	return nearly(n, places, out);
}

bool
decimal_add_near(struct decimal a, struct decimal b, struct decimal *out)
{
	int places;
	__int128 n = sum(a, b, &places);

	return nearly(n, places, out);
}

/* Long division. */
bool
decimal_divide(struct decimal a, struct decimal b, struct decimal *out)
{
	__int128 n = a.mantissa, d = b.mantissa, q, rest;
	int places = a.places - b.places;
	bool negative = (n < 0) != (d < 0);

	assert(d != 0);
	n = n < 0 ? -n : n;
	d = d < 0 ? -d : d;
	if (places < 0) {
		n *= decimal_ten_to[-places];
		places = 0;
	}
	q = n / d;
	rest = n % d;
	while (rest != 0 && places < DECIMAL_PLACES_MAX &&
	    q < decimal_ten_to[DIGITS_MAX - 1]) {
		q = q * 10 + rest * 10 / d;
		rest = rest * 10 % d;
		places++;
	}
	if (2 * rest >= d)
		q++;
	return exactly(negative ? -q : q, places, out);
}
