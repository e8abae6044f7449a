/*
 * meter.h - one transformer or feeder as its meter sees it, pure
 *
 * Without voltage it lives on by a UPS: volts, amperes and kilowatts are 0,
 * frequency and power factor are not there (NaN), the counters stand still.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/sim/signal.h"

enum meter_signal {
	METER_U_L1N,
	METER_U_L2N,
	METER_U_L3N,
	METER_U_L12,
	METER_U_L23,
	METER_U_L31,
	METER_I_L1,
	METER_I_L2,
	METER_I_L3,
	METER_I_N,
	METER_P,
	METER_P_L1,
	METER_P_L2,
	METER_P_L3,
	METER_Q,
	METER_S,
	METER_PF,
	METER_FREQUENCY,
	METER_ENERGY_IMPORT,
	METER_ENERGY_EXPORT,
	METER_ENERGY_SHARP, /* by the hour's tariff */
	METER_ENERGY_PEAK,
	METER_ENERGY_FLAT,
	METER_ENERGY_VALLEY,
	METER_THD_L1,
	METER_THD_L2,
	METER_THD_L3,
	METER_TEMP_A,
	METER_TEMP_B,
	METER_TEMP_C,
	METER_FAN,
	METER_TRIP,
	METER_CT_RATIO,
	METER_PT_RATIO,
	METER_SIGNAL_COUNT
};

extern const struct signal meter_signals[METER_SIGNAL_COUNT];

#define METER_TARIFFS 4
#define METER_PHASES 7u /* all three */

struct meter {
	uint64_t seed;
	double kva; /* rated */
	double peak; /* apparent power of an ordinary evening, share of kva */
	double share[3]; /* of each phase, together 1 */
	double energy_kwh;
	double tariff_kwh[METER_TARIFFS]; /* together energy_kwh */
	double temp_degc[3];
	bool fan;
	double values[METER_SIGNAL_COUNT];
};

/* What it has in common with the rest of the estate at one moment. */
struct meter_scene {
	uint64_t grid; /* seed of the medium voltage and of the frequency */
	double time_s; /* since midnight */
	double fed_kw; /* lifts and feeders behind it */
	unsigned phases; /* that have a voltage: bit 0 is L1 */
};

/* What is known of it; 0: not said. */
struct meter_rating {
	double kva, in; /* kva follows from in or ct, or is an ordinary one */
	double ct, pt; /* a usual one, 1 */
};

void meter_start(
    struct meter *m, uint64_t seed, const struct meter_rating *rating);

/* dt_s 0 computes the values without letting time pass. */
void meter_step(struct meter *m, const struct meter_scene *sc, double dt_s);

#endif
