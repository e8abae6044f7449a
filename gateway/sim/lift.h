/*
 * lift.h - one lift that carries people who are not there, pure
 */
#ifndef LIFT_H
#define LIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/sim/signal.h"

#define LIFT_STEP_MS 100 /* a door takes 2 s, full speed 1.7 s */

enum lift_signal {
	LIFT_FLOOR,
	LIFT_FLOOR_LABEL,
	LIFT_DIRECTION,
	LIFT_MOVING,
	LIFT_DOOR,
	LIFT_DOOR_ZONE,
	LIFT_OCCUPIED,
	LIFT_LOAD_PCT,
	LIFT_SERVICE_MODE,
	LIFT_FAULT_CODE,
	LIFT_FAULT_RAW,
	LIFT_ALARM_BUTTON,
	LIFT_ENTRAPMENT,
	LIFT_CAR_CALL,
	LIFT_SAFETY_CHAIN,
	LIFT_SUPPLY,
	LIFT_SPEED,
	LIFT_TRIPS,
	LIFT_DOOR_CYCLES,
	LIFT_RUN_HOURS,
	LIFT_ENERGY_IMPORT,
	LIFT_SIGNAL_COUNT
};

extern const struct signal lift_signals[LIFT_SIGNAL_COUNT];

enum lift_phase {
	LIFT_IDLE, /* at a landing, door closed, nobody in it */
	LIFT_OPENING,
	LIFT_OPEN,
	LIFT_CLOSING,
	LIFT_TRAVEL,
};

struct lift {
	uint64_t rng;
	int floors; /* landings are 0..floors-1 */

	enum lift_phase phase;
	double left_s; /* of a door's phase */
	double position_m, speed_ms;
	int heading; /* 1 up, -1 down, 0 */
	bool speeding_up;

	bool called; /* somebody waits for the lift */
	bool fetching; /* on the way to `from` */
	int from, to; /* the ride */
	double rider_pct, load_pct; /* of the rated load */

	double power_kw;
	double trips, door_cycles, run_s, energy_kwh;
	double values[LIFT_SIGNAL_COUNT];
};

void lift_start(struct lift *l, uint64_t seed, int floors);

/* Moves it on by LIFT_STEP_MS; time_s since midnight says how busy people are.
 */
void lift_step(struct lift *l, double time_s);

#endif
