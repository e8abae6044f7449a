/*
 * water.c - one point of the estate's water supply
 *
 * All points lie along one main: what the estate draws passes the first and
 * thins out to the last, and the pressure lost on the way grows with the square
 * of the flow.  A tank of 60 m2 is filled by a float valve.  The pump sleeps at
 * night.
 */
#include "gateway/sim/water.h"

#include <math.h>
#include <stddef.h>

#include "gateway/sim/rng.h"

#define MAIN_MPA 0.38
#define FLOOR_MPA 0.04 /* for each floor and one, as waterworks reckon */
#define RESERVE_MPA 0.1 /* on top of it: what is lost at the peak, and more */
#define APART_MPA 0.008 /* how exactly people set a regulator */
#define SENSOR_MPA 1.6 /* that a booster's controller has, usually */
#define LOSS_MPA 0.05 /* along the main at the peak */
#define DROOP_MPA 0.015 /* of the pump's control at the peak */
#define TANK_M2 60
#define FILL_BELOW_M 1.8
#define FULL_M 2.6
#define SLEEP_BELOW 0.08 /* of the peak */
#define WAKE_ABOVE 0.12

const struct signal water_signals[WATER_SIGNAL_COUNT] = {
    [WATER_PRESSURE] = {"pressure", "MPa"},
    [WATER_FLOW] = {"flow", "m3/h"},
    [WATER_LEVEL] = {"level", "m"},
    [WATER_VOLUME] = {"volume", "m3"},
    [WATER_PUMP_STATE] = {"pump_state", ""},
    [WATER_PUMP_FAULT] = {"pump_fault", ""},
    [WATER_SETPOINT] = {"setpoint", "MPa"},
    [WATER_FEEDBACK] = {"feedback_pct", "%"},
};

void
water_start(struct water *w, uint64_t seed, const struct water_place *at)
{
	uint64_t rng = seed;

	*w = (struct water){.seed = seed, .along = at->along};
	w->setpoint_mpa = at->floors > 0
	    ? FLOOR_MPA * (at->floors + 1) + RESERVE_MPA
	    : MAIN_MPA;
	w->setpoint_mpa += rng_between(&rng, -APART_MPA, APART_MPA);
	w->level_m = rng_between(&rng, FILL_BELOW_M, FULL_M);
	w->volume_m3 = floor(rng_between(&rng, 2e4, 3e5));
	pumps_start(&w->pumps, rng_next(&rng), at->pumps);
}

static void
tank(struct water *w, const struct water_scene *sc, double dt_s)
{
	double in_m3h = w->filling ? 1.3 * sc->peak_m3h : 0;
	double out_m3h = sc->demand * sc->peak_m3h;

	w->level_m += (in_m3h - out_m3h) * dt_s / 3600 / TANK_M2;
	w->level_m = fmin(fmax(w->level_m, 0), FULL_M);
	if (w->level_m < FILL_BELOW_M)
		w->filling = true;
	else if (w->level_m >= FULL_M)
		w->filling = false;
}

void
water_step(struct water *w, const struct water_scene *sc, double dt_s)
{
	double *v = w->values, t = sc->time_s;
	double own = 1 + 0.06 * rng_drift(w->seed + 1, t, 20);
	double ripple = 0.002 * rng_drift(w->seed + 2, t, 3);
	double drawn = sc->demand * own;

	if (sc->demand < SLEEP_BELOW)
		w->pumping = false;
	else if (sc->demand > WAKE_ABOVE)
		w->pumping = true;
	tank(w, sc, dt_s);
	v[WATER_FLOW] = sc->peak_m3h * drawn * (1 - 0.85 * w->along);
	v[WATER_PRESSURE] = w->setpoint_mpa + ripple - DROOP_MPA * drawn -
	    LOSS_MPA * w->along * drawn * drawn;
	w->volume_m3 += v[WATER_FLOW] * dt_s / 3600;
	v[WATER_LEVEL] = w->level_m;
	v[WATER_VOLUME] = w->volume_m3;
	v[WATER_PUMP_STATE] = w->pumping;
	v[WATER_SETPOINT] = w->setpoint_mpa;
	v[WATER_FEEDBACK] = 100 * v[WATER_PRESSURE] / SENSOR_MPA;
	pumps_step(&w->pumps, w->pumping ? drawn : 0, t, dt_s);
}
