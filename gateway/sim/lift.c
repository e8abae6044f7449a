/*
 * lift.c - one lift that carries people who are not there
 *
 * This file moves the car and says what a board on it would read.  What people
 * do with it is in lift_people.c, what stops it in lift_stop.c.  Each step is
 * that of the phase it is in; without supply there is but one.
 *
 * The board is not the controller: with a supply of its own it goes on while
 * the lift has none, sees the car and the contacts, and keeps the last floor
 * and mode.  What only the controller knows, calls and the bit `entrapment`, is
 * then not there.
 */
#include "gateway/sim/lift.h"

#include <math.h>
#include <stddef.h>

#include "gateway/sim/lift_parts.h"
#include "gateway/sim/rng.h"

#define SPEED_MS 1.0 /* of retrofitted lifts of six storeys */
#define CREEP_MS 0.05 /* levelling */
#define ACCEL_MS2 0.6
#define ZONE_M 0.15 /* the door zone is this far above and below a landing */
#define RATED_KG 630.0
#define BALANCE 0.45 /* share of the rated load the counterweight balances */
#define MOVING_KG 2600.0 /* car, counterweight, ropes */
#define EFFICIENCY 0.75
#define STANDBY_KW 0.05 /* controller */
#define LIGHT_KW 0.1 /* and fan; */
#define LIGHT_S 300 /* they go off when nobody has come for so long */
#define SEEN_S 10 /* a person sensor holds */
#define RAW_COUNT (LIFT_FAULT_NO_RESTART + 1)

const struct signal lift_signals[LIFT_SIGNAL_COUNT] = {
    [LIFT_FLOOR] = {"floor", ""},
    [LIFT_FLOOR_LABEL] = {"floor_label", ""},
    [LIFT_DIRECTION] = {"direction", ""},
    [LIFT_MOVING] = {"moving", ""},
    [LIFT_DOOR] = {"door", ""},
    [LIFT_DOOR_ZONE] = {"door_zone", ""},
    [LIFT_DOOR_BLOCKED] = {"door_blocked", ""},
    [LIFT_OCCUPIED] = {"occupied", ""},
    [LIFT_LOAD_PCT] = {"load_pct", "%"},
    [LIFT_OVERLOAD] = {"overload", ""},
    [LIFT_SERVICE_MODE] = {"service_mode", ""},
    [LIFT_FAULT_CODE] = {"fault_code", ""},
    [LIFT_FAULT_RAW] = {"fault_raw", ""},
    [LIFT_ALARM_BUTTON] = {"alarm_button", ""},
    [LIFT_ENTRAPMENT] = {"entrapment", ""},
    [LIFT_CAR_CALL] = {"car_call", ""},
    [LIFT_SAFETY_CHAIN] = {"safety_chain", ""},
    [LIFT_SUPPLY] = {"supply", ""},
    [LIFT_SPEED] = {"speed", "m/s"},
    [LIFT_TRIPS] = {"trips", ""},
    [LIFT_DOOR_CYCLES] = {"door_cycles", ""},
    [LIFT_RUN_HOURS] = {"run_hours", "h"},
    [LIFT_ENERGY_IMPORT] = {"energy_import", "kWh"},
};

/* As one maker counts them. */
static const uint8_t raw_faults[RAW_COUNT] = {
    [LIFT_FAULT_SAFETY_CHAIN] = 41,
    [LIFT_FAULT_DOOR_CLOSE] = 49,
    [LIFT_FAULT_STOP_OUT_ZONE] = 53,
    [LIFT_FAULT_NO_RESTART] = 36,
};

/* ---- the car ---- */

int
lift_landing(const struct lift *l)
{
	return (int)lround(l->position_m / LIFT_FLOOR_M);
}

double
lift_off_m(const struct lift *l)
{
	return fabs(l->position_m - lift_landing(l) * LIFT_FLOOR_M);
}

bool
lift_in_zone(const struct lift *l)
{
	return lift_off_m(l) < ZONE_M;
}

void
lift_set_door(struct lift *l, enum lift_phase phase, double seconds)
{
	l->phase = phase;
	l->left_s = seconds;
	l->door = (enum lift_door)phase;
}

void
lift_go(struct lift *l, int landing)
{
	int here = lift_landing(l);

	if (landing == here) {
		lift_set_door(l, LIFT_OPENING, LIFT_DOOR_S);
		return;
	}
	l->phase = LIFT_TRAVEL;
	l->heading = landing > here ? 1 : -1;
	l->trips++;
}

static void
arrive(struct lift *l, double goal_m)
{
	l->position_m = goal_m;
	l->speed_ms = 0;
	l->heading = 0;
}

static void
travel(struct lift *l)
{
	int landing = l->fetching ? l->from : l->to;
	double goal_m = landing * LIFT_FLOOR_M;
	double left_m = fabs(goal_m - l->position_m);
	double change = ACCEL_MS2 * LIFT_STEP_S;

	l->speeding_up =
	    left_m > l->speed_ms * l->speed_ms / (2 * ACCEL_MS2) + 0.05;
	if (l->speeding_up)
		l->speed_ms = fmin(l->speed_ms + change, SPEED_MS);
	else
		l->speed_ms = fmax(l->speed_ms - change, CREEP_MS);
	l->run_s += LIFT_STEP_S;
	if (left_m <= l->speed_ms * LIFT_STEP_S) {
		arrive(l, goal_m);
		lift_set_door(l, LIFT_OPENING, LIFT_DOOR_S);
		return;
	}
	l->position_m += l->heading * l->speed_ms * LIFT_STEP_S;
	lift_stumble(l);
}

bool
lift_creep(struct lift *l, double goal_m, double speed_ms)
{
	double left_m = goal_m - l->position_m;

	if (fabs(left_m) <= speed_ms * LIFT_STEP_S) {
		arrive(l, goal_m);
		return true;
	}
	l->heading = left_m > 0 ? 1 : -1;
	l->speed_ms = speed_ms;
	l->position_m += l->heading * speed_ms * LIFT_STEP_S;
	l->run_s += LIFT_STEP_S;
	return false;
}

/* ---- what it takes, and what is read of it ---- */

static double
load_pct(const struct lift *l)
{
	return l->people_pct + l->thing_pct;
}

static double
power_kw(const struct lift *l)
{
	double kw = STANDBY_KW + (l->idle_s < LIGHT_S ? LIGHT_KW : 0);
	double lift_kg, traction_kw;

	if (l->phase == LIFT_DEAD)
		return 0;
	if (l->phase == LIFT_OPENING || l->phase == LIFT_CLOSING)
		return kw + 0.25;
	if (l->speed_ms <= 0)
		return kw;
	lift_kg = (load_pct(l) / 100 - BALANCE) * RATED_KG * l->heading;
	traction_kw = lift_kg * 9.81 * l->speed_ms / 1000;
	if (l->speeding_up && l->speed_ms < SPEED_MS)
		traction_kw += MOVING_KG * ACCEL_MS2 * l->speed_ms / 1000;
	return kw + 0.4 + fmax(traction_kw, 0) / EFFICIENCY;
}

static void
publish_car(const struct lift *l, double *v)
{
	v[LIFT_FLOOR] = v[LIFT_FLOOR_LABEL] = lift_landing(l) + 1;
	v[LIFT_DIRECTION] = l->heading > 0 ? 1 : l->heading < 0 ? 2 : 0;
	v[LIFT_MOVING] = l->heading != 0;
	v[LIFT_SPEED] = l->speed_ms;
	v[LIFT_DOOR] = l->door;
	v[LIFT_DOOR_ZONE] = lift_in_zone(l);
	v[LIFT_DOOR_BLOCKED] = l->blocked;
	v[LIFT_OCCUPIED] = l->seen_s > 0;
	v[LIFT_LOAD_PCT] = load_pct(l);
	v[LIFT_OVERLOAD] = l->overload;
	v[LIFT_CAR_CALL] = l->car_call;
}

static void
publish_state(const struct lift *l, double *v)
{
	bool dead = l->phase == LIFT_DEAD;
	bool starts =
	    l->phase == LIFT_STARTING && l->cut_off && l->mode == LIFT_NORMAL;

	v[LIFT_SERVICE_MODE] = starts ? LIFT_STOPPED : l->mode;
	v[LIFT_FAULT_CODE] = dead ? LIFT_FAULT_POWER : l->fault;
	v[LIFT_FAULT_RAW] = dead ? 0 : raw_faults[l->fault];
	v[LIFT_ENTRAPMENT] = !dead && l->told;
	v[LIFT_SAFETY_CHAIN] = !l->chain_open;
	v[LIFT_SUPPLY] = !dead;
	v[LIFT_TRIPS] = l->trips;
	v[LIFT_DOOR_CYCLES] = l->door_cycles;
	v[LIFT_RUN_HOURS] = l->run_s / 3600;
	v[LIFT_ENERGY_IMPORT] = l->energy_kwh;
}

static void
publish(struct lift *l)
{
	publish_car(l, l->values);
	publish_state(l, l->values);
}

/* ---- its life ---- */

void
lift_start(struct lift *l, uint64_t seed, int floors)
{
	*l = (struct lift){.rng = seed,
	    .seed = seed,
	    .floors = floors < 2 ? 2 : floors,
	    .mode = LIFT_NORMAL};
	if (rng_unit(&l->rng) < 0.5) /* else on the ground floor */
		l->position_m =
		    LIFT_FLOOR_M * floor(rng_between(&l->rng, 0, l->floors));
	l->trips = floor(rng_between(&l->rng, 4e4, 4e5));
	l->door_cycles = floor(l->trips * 1.3);
	l->run_s = l->trips * 12;
	l->energy_kwh = l->trips * 0.03;
	l->power_kw = power_kw(l);
	publish(l);
}

static void
step(struct lift *l, double time_s)
{
	switch (l->phase) {
	case LIFT_IDLE: lift_idle(l, time_s); break;
	case LIFT_OPENING:
		if (l->left_s <= 0)
			lift_set_door(l, LIFT_OPEN, LIFT_OPEN_S);
		break;
	case LIFT_OPEN: lift_open(l); break;
	case LIFT_CLOSING: lift_closing(l); break;
	case LIFT_TRAVEL: travel(l); break;
	case LIFT_HALTED: lift_halted(l); break;
	case LIFT_DEAD:
	case LIFT_STARTING: lift_starting(l); break;
	case LIFT_HOMING: lift_homing(l); break;
	case LIFT_SERVICE: lift_service(l, time_s); break;
	}
}

void
lift_step(struct lift *l, const struct lift_scene *sc)
{
	l->stage = sc->stage;
	l->left_s -= LIFT_STEP_S;
	lift_pass(l, sc->time_s);
	if (sc->supply)
		step(l, sc->time_s);
	else
		lift_unpowered(l);
	l->seen_s = l->people_pct > 0 ? SEEN_S : l->seen_s - LIFT_STEP_S;
	l->idle_s = l->seen_s > 0 ? 0 : l->idle_s + LIFT_STEP_S;
	l->power_kw = power_kw(l);
	l->energy_kwh += l->power_kw * LIFT_STEP_S / 3600;
	publish(l);
}
