/*
 * solar.c - a street lamp that lives on the sun
 *
 * What the panel gives and the battery can take is stored, less what the lamp
 * draws; the battery's voltage follows its charge and the current through it.
 */
#include "gateway/sim/solar.h"

#include <math.h>
#include <stdbool.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define PANEL_KW 0.06
#define BATTERY_KWH 0.48
#define CHARGE_LOSS 0.05
#define LAMP_KW 0.03
#define DIMMED_KW 0.015
#define DIM_FROM_S (22 * 3600.0)
#define CLOUD_S 1800
#define START_FULL 0.8
#define START_STEP_S 60

const struct signal solar_signals[SOLAR_SIGNAL_COUNT] = {
    [SOLAR_PANEL_U] = {"panel_voltage", "V"},
    [SOLAR_PANEL_I] = {"panel_current", "A"},
    [SOLAR_PANEL_P] = {"panel_power", "kW"},
    [SOLAR_PANEL_STATE] = {"panel_state", ""}, /* 0 ok, 1 none */
    [SOLAR_BATTERY_U] = {"battery_voltage", "V"},
    [SOLAR_BATTERY_I] = {"battery_current", "A"},
    [SOLAR_BATTERY_PCT] = {"battery_pct", "%"},
    [SOLAR_BATTERY_TEMP] = {"battery_temp", "degC"},
    [SOLAR_CHARGE_I] = {"charge_current", "A"},
    [SOLAR_CHARGING] = {"charging", ""},
    [SOLAR_LAMP_U] = {"lamp_voltage", "V"},
    [SOLAR_LAMP_I] = {"lamp_current", "A"},
    [SOLAR_LAMP_P] = {"lamp_power", "kW"},
    [SOLAR_NIGHT] = {"night", ""},
    [SOLAR_CONTROLLER_TEMP] = {"controller_temp", "degC"},
    [SOLAR_GENERATED] = {"energy_generated", "kWh"},
    [SOLAR_GENERATED_TODAY] = {"energy_generated_today", "kWh"},
    [SOLAR_USED] = {"energy_used", "kWh"},
};

/* kW: as much as the sky gives and the battery still takes. */
static double
panel(const struct solar *s, uint64_t sky, double time_s)
{
	double clear = 0.65 + 0.35 * rng_drift(sky, time_s, CLOUD_S);
	double room = (1 - s->stored_kwh / BATTERY_KWH) / 0.05;

	return PANEL_KW * s->health * day_sun(time_s) * clear *
	    fmin(fmax(room, 0), 1);
}

static double
lamp(double time_s)
{
	double hour_s = fmod(time_s, DAY_S);

	if (!day_is_dark(time_s))
		return 0;
	return hour_s > DIM_FROM_S || hour_s < DAY_S / 2 ? DIMMED_KW : LAMP_KW;
}

static void
pass(struct solar *s, double in_kw, double out_kw, double time_s, double dt_s)
{
	double dt_h = dt_s / 3600;

	s->stored_kwh += (in_kw * (1 - CHARGE_LOSS) - out_kw) * dt_h;
	s->stored_kwh = fmin(fmax(s->stored_kwh, 0), BATTERY_KWH);
	s->generated_kwh += in_kw * dt_h;
	s->used_kwh += out_kw * dt_h;
	if (fmod(time_s, DAY_S) < dt_s)
		s->today_kwh = 0;
	s->today_kwh += in_kw * dt_h;
}

static void
publish(struct solar *s, double in_kw, double out_kw, double time_s)
{
	double *v = s->values;
	double full = s->stored_kwh / BATTERY_KWH;
	double sun = day_sun(time_s);
	double volts =
	    11.9 + full + 0.5 * in_kw / PANEL_KW - 0.2 * out_kw / LAMP_KW;

	v[SOLAR_PANEL_U] = sun > 0 ? 16.4 + 1.6 * sun : 0;
	v[SOLAR_PANEL_P] = in_kw;
	v[SOLAR_PANEL_I] = sun > 0 ? in_kw * 1000 / v[SOLAR_PANEL_U] : 0;
	v[SOLAR_PANEL_STATE] = sun > 0 ? 0 : 1;
	v[SOLAR_CHARGE_I] = in_kw * (1 - CHARGE_LOSS) * 1000 / volts;
	v[SOLAR_CHARGING] = in_kw > 0;
	v[SOLAR_LAMP_U] = volts;
	v[SOLAR_LAMP_P] = out_kw;
	v[SOLAR_LAMP_I] = out_kw * 1000 / volts;
	v[SOLAR_BATTERY_U] = volts;
	v[SOLAR_BATTERY_I] = v[SOLAR_CHARGE_I] - v[SOLAR_LAMP_I];
	v[SOLAR_BATTERY_PCT] = 100 * full;
	v[SOLAR_BATTERY_TEMP] = 11 + 5 * sun;
	v[SOLAR_CONTROLLER_TEMP] = 13 + 5 * sun + 150 * (in_kw + out_kw);
	v[SOLAR_NIGHT] = day_is_dark(time_s);
	v[SOLAR_GENERATED] = s->generated_kwh;
	v[SOLAR_GENERATED_TODAY] = s->today_kwh;
	v[SOLAR_USED] = s->used_kwh;
}

void
solar_start(struct solar *s, uint64_t seed, uint64_t sky, double time_s)
{
	uint64_t rng = seed;

	*s = (struct solar){.health = rng_between(&rng, 0.85, 1),
	    .stored_kwh = START_FULL * BATTERY_KWH,
	    .generated_kwh = rng_between(&rng, 120, 140)};
	s->used_kwh = s->generated_kwh * 0.92;
	for (double t = time_s; t < time_s + DAY_S; t += START_STEP_S)
		solar_step(s, sky, t, START_STEP_S);
}

void
solar_step(struct solar *s, uint64_t sky, double time_s, double dt_s)
{
	double in_kw = panel(s, sky, time_s), out_kw = lamp(time_s);

	if (s->stored_kwh <= 0)
		out_kw = 0;
	pass(s, in_kw, out_kw, time_s, dt_s);
	publish(s, in_kw, out_kw, time_s);
}
