/*
 * rng.c - chance that comes out the same each time
 */
#include "gateway/sim/rng.h"

#include <math.h>

uint64_t
rng_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double
rng_unit(uint64_t *state)
{
	return (double)(rng_next(state) >> 11) * 0x1p-53;
}

double
rng_between(uint64_t *state, double low, double high)
{
	return low + (high - low) * rng_unit(state);
}

uint64_t
rng_named(uint64_t seed, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u ^ seed; /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
	return rng_next(&hash);
}

/* What the curve goes through at lattice point k. */
static double
drift_knot(uint64_t seed, double k)
{
	uint64_t state = seed ^ (uint64_t)(int64_t)k * 0xd6e8feb86659fd93u;

	return rng_between(&state, -1, 1);
}

double
rng_drift(uint64_t seed, double time_s, double period_s)
{
	double k = floor(time_s / period_s);
	double f = time_s / period_s - k;
	double a = drift_knot(seed, k), b = drift_knot(seed, k + 1);

	return a + (b - a) * f * f * (3 - 2 * f);
}
