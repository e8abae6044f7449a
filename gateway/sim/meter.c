/*
 * meter.c - one transformer or feeder as its meter sees it
 *
 * The flats' load follows the day, the estate's own drift and the meter's own;
 * what it feeds comes on top.  Everything else follows from that load by the
 * textbook, so that a check of the meter by its own figures holds:
 * P^2 + Q^2 = S^2, S = sum of U x I, U12^2 = U1^2 + U2^2 + U1 U2 (phases 120
 * degrees apart), energy is the integral of P, the windings warm with S^2.
 */
#include "gateway/sim/meter.h"

#include <math.h>
#include <stddef.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define ORDINARY_KVA 400
#define LINE_KV 0.4
#define SECONDARY_A 5 /* that current transformers are made for */
#define CT_STEP 20
#define NO_LOAD_V 233 /* phase to neutral: about 229 V at half load */
#define SAG_V 8.5 /* at full load */
#define TRIPLEN 0.06 /* third harmonics of a phase, share; they add in N */
#define AMBIENT_DEGC 24
#define RISE_K 68 /* of the windings above the room at full load */
#define WARM_S 2700 /* time constant of a dry transformer's windings */
#define FAN_ON_DEGC 80
#define FAN_OFF_DEGC 70

const struct signal meter_signals[METER_SIGNAL_COUNT] = {
    [METER_U_L1N] = {"voltage_l1n", "V"},
    [METER_U_L2N] = {"voltage_l2n", "V"},
    [METER_U_L3N] = {"voltage_l3n", "V"},
    [METER_U_L12] = {"voltage_l12", "V"},
    [METER_U_L23] = {"voltage_l23", "V"},
    [METER_U_L31] = {"voltage_l31", "V"},
    [METER_I_L1] = {"current_l1", "A"},
    [METER_I_L2] = {"current_l2", "A"},
    [METER_I_L3] = {"current_l3", "A"},
    [METER_I_N] = {"current_n", "A"},
    [METER_P] = {"active_power", "kW"},
    [METER_P_L1] = {"active_power_l1", "kW"},
    [METER_P_L2] = {"active_power_l2", "kW"},
    [METER_P_L3] = {"active_power_l3", "kW"},
    [METER_Q] = {"reactive_power", "kvar"},
    [METER_S] = {"apparent_power", "kVA"},
    [METER_PF] = {"power_factor", ""},
    [METER_FREQUENCY] = {"frequency", "Hz"},
    [METER_ENERGY_IMPORT] = {"energy_import", "kWh"},
    [METER_ENERGY_EXPORT] = {"energy_export", "kWh"},
    [METER_ENERGY_SHARP] = {"energy_import_sharp", "kWh"},
    [METER_ENERGY_PEAK] = {"energy_import_peak", "kWh"},
    [METER_ENERGY_FLAT] = {"energy_import_flat", "kWh"},
    [METER_ENERGY_VALLEY] = {"energy_import_valley", "kWh"},
    [METER_THD_L1] = {"thd_u_l1", "%"},
    [METER_THD_L2] = {"thd_u_l2", "%"},
    [METER_THD_L3] = {"thd_u_l3", "%"},
    [METER_TEMP_A] = {"winding_temp_a", "degC"},
    [METER_TEMP_B] = {"winding_temp_b", "degC"},
    [METER_TEMP_C] = {"winding_temp_c", "degC"},
    [METER_FAN] = {"fan", ""},
    [METER_TRIP] = {"trip", ""},
    [METER_CT_RATIO] = {"ct_ratio", ""},
    [METER_PT_RATIO] = {"pt_ratio", ""},
};

/* Which tariff holds at a full hour, as in most provinces of the north. */
static const uint8_t tariff[24] = {
    3, 3, 3, 3, 3, 3, 3, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 0, 0, 1, 1, 1, 3};
static const double tariff_share[METER_TARIFFS] = {0.1, 0.35, 0.3, 0.25};

static double
rated_kva(const struct meter_rating *r)
{
	double in = r->in;

	if (r->kva > 0)
		return r->kva;
	if (!(in > 0) && r->ct > 1)
		in = r->ct * SECONDARY_A;
	return in > 0 ? sqrt(3) * LINE_KV * in : ORDINARY_KVA;
}

/* One that people would have bought: 100/5 A, 200/5 A, ... */
static double
usual_ct(double kva)
{
	double in = kva / sqrt(3) / LINE_KV;

	return CT_STEP * ceil(in / SECONDARY_A / CT_STEP);
}

static void
start_energy(struct meter *m, double kwh)
{
	m->energy_kwh = kwh;
	for (int i = 0; i < METER_TARIFFS; i++)
		m->tariff_kwh[i] = kwh * tariff_share[i];
}

void
meter_start(struct meter *m, uint64_t seed, const struct meter_rating *rating)
{
	uint64_t rng = seed;
	double tilt, lean;

	*m = (struct meter){.seed = seed, .kva = rated_kva(rating)};
	m->values[METER_CT_RATIO] =
	    rating->ct > 0 ? rating->ct : usual_ct(m->kva);
	m->values[METER_PT_RATIO] = rating->pt > 0 ? rating->pt : 1;
	m->peak = rng_between(&rng, 0.5, 0.72);
	tilt = rng_between(&rng, -0.014, 0.014);
	lean = rng_between(&rng, -0.01, 0.01);
	m->share[0] = 1.0 / 3 + tilt;
	m->share[1] = 1.0 / 3 - tilt / 2 + lean;
	m->share[2] = 1.0 / 3 - tilt / 2 - lean;
	start_energy(m, m->kva * rng_between(&rng, 500, 4000));
	for (int i = 0; i < 3; i++)
		m->temp_degc[i] = AMBIENT_DEGC + RISE_K * 0.16;
}

static double
line_voltage(double a, double b)
{
	return sqrt(a * a + b * b + a * b);
}

/* Phase i's part of the load now; the three make 1. */
static double
share(const struct meter *m, double time_s, int i)
{
	double wander = 0.004 * rng_drift(m->seed + 1, time_s, 240);
	double wander2 = 0.004 * rng_drift(m->seed + 2, time_s, 310);
	double d[3] = {wander, wander2 - wander, -wander2};

	return m->share[i] + d[i];
}

/* The part of the flats' load whose phase has a voltage. */
static double
live(const struct meter *m, const struct meter_scene *sc)
{
	double sum = 0;

	if (sc->phases == METER_PHASES)
		return 1;
	for (int k = 0; k < 3; k++)
		if (sc->phases & 1u << k)
			sum += share(m, sc->time_s, k);
	return sum;
}

static void
load(struct meter *m, const struct meter_scene *sc)
{
	double *v = m->values, t = sc->time_s;
	double flats_kw = m->kva * m->peak * day_power(t) * live(m, sc) *
	    (1 + 0.05 * rng_drift(sc->grid + 1, t, 900) +
		0.03 * rng_drift(m->seed + 3, t, 60) +
		0.01 * rng_drift(m->seed + 4, t, 4));
	double p = sc->phases != 0 ? flats_kw + sc->fed_kw : 0;
	double pf = 0.955 + 0.02 * (day_power(t) - 0.7) +
	    0.008 * rng_drift(m->seed + 5, t, 180);

	v[METER_P] = p;
	v[METER_PF] = sc->phases != 0 ? pf : (double)NAN;
	v[METER_S] = p / pf;
	v[METER_Q] = sqrt(v[METER_S] * v[METER_S] - p * p);
}

static void
phases(struct meter *m, const struct meter_scene *sc)
{
	double *v = m->values, t = sc->time_s;
	double grid_v = 1.6 * rng_drift(sc->grid + 2, t, 600) +
	    0.4 * rng_drift(sc->grid + 3, t, 5);
	double *u = v + METER_U_L1N, *i = v + METER_I_L1;
	double all = live(m, sc);

	for (int k = 0; k < 3; k++) {
		bool on = sc->phases & 1u << k;
		double part = on ? share(m, t, k) / all : 0;
		double loaded = 3 * part * v[METER_S] / m->kva;

		u[k] = on ? NO_LOAD_V + grid_v - SAG_V * loaded : 0;
		i[k] = on ? part * v[METER_S] * 1000 / u[k] : 0;
		v[METER_P_L1 + k] = part * v[METER_P];
		v[METER_THD_L1 + k] = !on ? 0
					  : 1.4 + 1.1 * loaded +
			0.2 * rng_drift(m->seed + 6 + (uint64_t)k, t, 120);
	}
	for (int k = 0; k < 3; k++)
		v[METER_U_L12 + k] = line_voltage(u[k], u[(k + 1) % 3]);
}

/* Unbalanced fundamentals add as vectors, third harmonics as numbers. */
static double
neutral_a(const double i[3])
{
	double first = i[0] * i[0] + i[1] * i[1] + i[2] * i[2] - i[0] * i[1] -
	    i[1] * i[2] - i[2] * i[0];
	double third = TRIPLEN * (i[0] + i[1] + i[2]);

	return sqrt(fmax(first, 0) + third * third);
}

static void
warm(struct meter *m, double dt_s)
{
	double *v = m->values;

	for (int k = 0; k < 3; k++) {
		double loaded =
		    v[METER_I_L1 + k] * NO_LOAD_V * 3 / 1000 / m->kva;
		double goal = AMBIENT_DEGC + RISE_K * loaded * loaded;
		double part = 1 - exp(-dt_s / WARM_S);

		m->temp_degc[k] += (goal - m->temp_degc[k]) * part;
		v[METER_TEMP_A + k] = m->temp_degc[k];
		if (m->temp_degc[k] > FAN_ON_DEGC)
			m->fan = true;
	}
	if (fmax(fmax(m->temp_degc[0], m->temp_degc[1]), m->temp_degc[2]) <
	    FAN_OFF_DEGC)
		m->fan = false;
	v[METER_FAN] = m->fan && v[METER_U_L1N] > 0;
}

static void
count(struct meter *m, double time_s, double kwh)
{
	m->energy_kwh += kwh;
	m->tariff_kwh[tariff[(int)(time_s / 3600) % 24]] += kwh;
	m->values[METER_ENERGY_IMPORT] = m->energy_kwh;
	for (int i = 0; i < METER_TARIFFS; i++)
		m->values[METER_ENERGY_SHARP + i] = m->tariff_kwh[i];
}

void
meter_step(struct meter *m, const struct meter_scene *sc, double dt_s)
{
	load(m, sc);
	phases(m, sc);
	m->values[METER_I_N] = neutral_a(m->values + METER_I_L1);
	m->values[METER_FREQUENCY] = sc->phases != 0
	    ? 50 + 0.02 * rng_drift(sc->grid + 4, sc->time_s, 12)
	    : (double)NAN;
	count(m, sc->time_s, m->values[METER_P] * dt_s / 3600);
	warm(m, dt_s);
}
