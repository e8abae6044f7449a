/* shape.c - a point that its profile says how to play */
#include "gateway/sim/shape.h"

#include <assert.h>
#include <math.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define LIT_SAG 0.02 /* lamps follow the mains a little */
#define LIT_SPREAD 0.2 /* no two circuits have as many lamps */
#define UNREST 0.05 /* of a daily value from minute to minute */
#define APART 0.05 /* of two daily points that would be the same */
#define UNREST_S 120
#define DRIFT_S 300
#define HEAD_START 0.1 /* of min: what a counter may have counted before */

/* 0..1, by the device's own curve: the same for all its points. */
static double
unrest(const struct shape_scene *sc)
{
	return (1 + rng_drift(sc->device, sc->time_s, UNREST_S)) / 2;
}

/* The curve of day.h, stretched from its least to its most. */
static double
daily(const struct shape_scene *sc)
{
	uint64_t rng = sc->point;
	double curve =
	    (day_power(sc->time_s) - DAY_POWER_MIN) / (1 - DAY_POWER_MIN);

	return curve * (1 - UNREST * unrest(sc)) * (1 - APART * rng_unit(&rng));
}

static double
night(const struct shape_scene *sc)
{
	uint64_t rng = sc->device;
	double lit = 1 - LIT_SPREAD * rng_unit(&rng) - LIT_SAG * unrest(sc);

	if (!day_is_dark(sc->time_s))
		return 0;
	return sc->state ? 1 : lit;
}

static double
counter(const struct conf_sim *s, const struct shape_scene *sc)
{
	uint64_t rng = sc->point;
	double before = HEAD_START * fabs(s->min) * rng_unit(&rng);

	return s->min + before + s->max * sc->elapsed_s / 3600;
}

double
shape_value(const struct conf_sim *s, const struct shape_scene *sc)
{
	double span = s->max - s->min;

	switch (s->shape) {
	case SIM_CONSTANT: return s->min;
	case SIM_DAILY: return s->min + span * daily(sc);
	case SIM_NIGHT: return s->min + span * night(sc);
	case SIM_DRIFT:
		return s->min +
		    span / 2 * (1 + rng_drift(sc->point, sc->time_s, DRIFT_S));
	default: assert(s->shape == SIM_COUNTER); return counter(s, sc);
	}
}
