/*
 * lift.h - one lift that carries people who are not there, pure
 *
 * An ordinary lift: people hold its door, children play with it, somebody
 * leaves a bicycle in it, rubbish lies in the sill; once in fifteen days
 * a mechanic comes, once in a month it halts between floors for some seconds.
 * And whatever is staged (stage.h), or its supply goes.
 */
#ifndef LIFT_H
#define LIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/sim/signal.h"
#include "gateway/sim/stage.h"

#define LIFT_STEP_MS 100 /* a door takes 2 s, full speed 1.7 s */
#define LIFT_RESTART_MIN_S 10 /* after its supply is back */
#define LIFT_RESTART_MAX_S 40

enum lift_signal {
	LIFT_FLOOR,
	LIFT_FLOOR_LABEL,
	LIFT_DIRECTION,
	LIFT_MOVING,
	LIFT_DOOR,
	LIFT_DOOR_ZONE,
	LIFT_DOOR_BLOCKED,
	LIFT_OCCUPIED,
	LIFT_LOAD_PCT,
	LIFT_OVERLOAD,
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
	LIFT_HALTED, /* by a fault, wherever it is */
	LIFT_DEAD, /* without supply */
	LIFT_STARTING, /* its controller, after either */
	LIFT_HOMING, /* slowly to the nearest landing, to open there */
	LIFT_SERVICE, /* a mechanic rides on its roof */
};

/* The vocabulary's numbers. */
enum lift_door {
	LIFT_DOOR_CLOSED,
	LIFT_DOOR_OPENING,
	LIFT_DOOR_OPEN,
	LIFT_DOOR_CLOSING,
};
enum lift_mode { LIFT_STOPPED, LIFT_NORMAL, LIFT_INSPECTION };
enum lift_fault {
	LIFT_FAULT_NONE = 0,
	LIFT_FAULT_SAFETY_CHAIN = 1,
	LIFT_FAULT_DOOR_CLOSE = 2,
	LIFT_FAULT_STOP_OUT_ZONE = 4,
	LIFT_FAULT_NO_RESTART = 8,
	LIFT_FAULT_POWER = 41,
};

struct lift {
	uint64_t rng, seed;
	int floors; /* landings are 0..floors-1 */

	enum lift_phase phase;
	double left_s; /* of a phase that ends by time */
	double position_m, speed_ms;
	int heading; /* 1 up, -1 down, 0 */
	bool speeding_up;
	enum lift_door door;

	enum lift_mode mode;
	enum lift_fault fault; /* beside that of a lost supply */
	enum stage stage; /* what is staged now */
	enum stage held_by; /* what halted it, to go on while it is staged */
	bool cut_off; /* its supply went, and it has not started since */
	bool told; /* its controller says that somebody is trapped */
	bool chain_open;

	bool called; /* somebody waits for the lift */
	bool fetching; /* on the way to `from` */
	bool car_call; /* somebody in it has pressed a button */
	bool stumbles; /* will halt on this ride, for a while */
	bool overload;
	bool blocked; /* something was in the door, which opens again */
	int from, to; /* the ride */
	double rider_pct, people_pct, thing_pct; /* of the rated load: who calls
						    it; in the car */
	double seen_s; /* the person sensor still sees somebody */
	double idle_s; /* nobody has used it for so long */
	double block_s; /* the closing door meets something when so much of its
			   way is left; -1: it does not */
	double rubbish_s; /* lies in the sill for so long yet */
	double thing_s; /* stays in the car for so long yet */
	int games, failures; /* of closing: to come; in a row */
	double goal_m; /* of the mechanic */

	double power_kw;
	double trips, door_cycles, run_s, energy_kwh;
	double values[LIFT_SIGNAL_COUNT];
};

struct lift_scene {
	double time_s; /* since midnight: how busy people are */
	bool supply;
	enum stage stage;
};

void lift_start(struct lift *l, uint64_t seed, int floors);

/* Moves it on by LIFT_STEP_MS. */
void lift_step(struct lift *l, const struct lift_scene *sc);

/* Whether it stands in a landing's door zone. */
bool lift_in_zone(const struct lift *l);

#endif
