/*
 * decimal.h - fractions as people write them, pure
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_PLACES_MAX 18 /* 10^18 is the last power of ten of 64 bits */

/* mantissa x 10^-places, as written.  places 0..18. */
struct decimal {
	int64_t mantissa;
	uint8_t places;
};

extern const int64_t decimal_ten_to[DECIMAL_PLACES_MAX + 1];

double decimal_number(struct decimal x); /* the nearest */

/* n / 10^places, the nearest double.  places: any. */
double decimal_quotient(__int128 n, unsigned places);

/* Exact; trailing zeros are taken off first.  False if the result does not fit,
 * and *out is then as it was. */
bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out);

/* The same, but digits that do not fit are rounded away: for a factor that is
 * itself the nearest (5/9).  False only if the result is too large. */
bool decimal_multiply_near(
    struct decimal a, struct decimal b, struct decimal *out);
bool decimal_add_near(struct decimal a, struct decimal b, struct decimal *out);

/* a / b: exact where that has at most 18 digits and places, else the nearest
 * that has.  b is not 0.  False if the result is too large. */
bool decimal_divide(struct decimal a, struct decimal b, struct decimal *out);

#endif
