/*
 * water.h - one point of the estate's water supply, pure
 */
#ifndef WATER_H
#define WATER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/sim/pumps.h"
#include "gateway/sim/signal.h"

enum water_signal {
	WATER_PRESSURE,
	WATER_FLOW,
	WATER_LEVEL,
	WATER_VOLUME,
	WATER_PUMP_STATE,
	WATER_PUMP_FAULT,
	WATER_SETPOINT,
	WATER_FEEDBACK,
	WATER_SIGNAL_COUNT
};

extern const struct signal water_signals[WATER_SIGNAL_COUNT];

struct water {
	uint64_t seed;
	double along; /* 0 at the pump house, 1 at the main's far end */
	double setpoint_mpa;
	double level_m;
	bool filling, pumping;
	double volume_m3;
	struct pumps pumps;
	double values[WATER_SIGNAL_COUNT];
};

struct water_scene {
	double time_s; /* since midnight */
	double demand; /* of the estate now, 0..1 of an ordinary peak */
	double peak_m3h; /* what all households draw at that peak */
};

struct water_place {
	double along; /* 0 at the pump house, 1 at the main's far end */
	int floors; /* of the house it serves; 0: the main */
	size_t pumps; /* that it has itself */
};

void water_start(struct water *w, uint64_t seed, const struct water_place *at);

/* dt_s 0 computes the values without letting time pass. */
void water_step(struct water *w, const struct water_scene *sc, double dt_s);

#endif
