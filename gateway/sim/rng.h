/*
 * rng.h - chance that comes out the same each time, pure
 *
 * splitmix64 (Steele, Lea, Flood 2014): one word of state, every seed is good.
 */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>

uint64_t rng_next(uint64_t *state);
double rng_unit(uint64_t *state); /* 0 <= x < 1 */
double rng_between(uint64_t *state, double low, double high);

/* A seed of its own for each name, so that a device added to an estate does not
 * change its neighbours. */
uint64_t rng_named(uint64_t seed, const char *name);

/* A smooth random curve, -1..1, that turns about once a period.  A function of
 * its arguments: it can be asked for any moment, in any order. */
double rng_drift(uint64_t seed, double time_s, double period_s);

#endif
