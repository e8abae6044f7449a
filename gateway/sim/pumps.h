/*
 * pumps.h - the pumps of a booster set, pure
 *
 * As many run as the draw needs, all at one speed; each day another begins.
 */
#ifndef PUMPS_H
#define PUMPS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/sim/signal.h"

#define PUMPS_MAX 6

enum pump_signal {
	PUMP_STATE,
	PUMP_SPEED,
	PUMP_FREQUENCY,
	PUMP_CURRENT,
	PUMP_POWER,
	PUMP_TEMP,
	PUMP_HOURS,
	PUMP_STARTS,
	PUMP_SIGNAL_COUNT
};

extern const struct signal pump_signals[PUMP_SIGNAL_COUNT];

struct pumps {
	size_t count, running;
	struct {
		double hours, starts, temp_degc;
	} each[PUMPS_MAX];
	double power_kw; /* of all */
	double values[PUMPS_MAX * PUMP_SIGNAL_COUNT];
};

/* count: at most PUMPS_MAX; 0 is fine. */
void pumps_start(struct pumps *p, uint64_t seed, size_t count);

/* drawn: share of the ordinary peak; 0 lets them rest.  dt_s 0 computes the
 * values without letting time pass. */
void pumps_step(struct pumps *p, double drawn, double time_s, double dt_s);

#endif
