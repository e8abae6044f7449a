/*
 * lift.c - one lift that carries people who are not there
 *
 * A call comes by chance, at a rate that follows the day: in the morning mostly
 * from a flat to the ground floor, in the evening mostly back.  The car goes to
 * the caller, opens, closes, rides, opens, closes and waits there for the next.
 * One ride at a time: a caller in between waits until the car is free.  Landing
 * calls on the way were not modelled: what a monitor sees would be the same.
 */
#include "gateway/sim/lift.h"

#include <math.h>
#include <stddef.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define STEP_S (LIFT_STEP_MS / 1000.0)
#define FLOOR_M 2.9 /* storey of a dwelling house */
#define SPEED_MS 1.0 /* of retrofitted lifts of six storeys */
#define CREEP_MS 0.05 /* levelling */
#define ACCEL_MS2 0.6
#define ZONE_M 0.15 /* the door zone is this far above and below a landing */
#define DOOR_S 2.2
#define OPEN_S 4.0
#define RATED_KG 630.0
#define BALANCE 0.45 /* share of the rated load the counterweight balances */
#define MOVING_KG 2600.0 /* car, counterweight, ropes */
#define EFFICIENCY 0.75
#define STANDBY_KW 0.15 /* controller, light, fan */

const struct signal lift_signals[LIFT_SIGNAL_COUNT] = {
    [LIFT_FLOOR] = {"floor", ""},
    [LIFT_FLOOR_LABEL] = {"floor_label", ""},
    [LIFT_DIRECTION] = {"direction", ""},
    [LIFT_MOVING] = {"moving", ""},
    [LIFT_DOOR] = {"door", ""},
    [LIFT_DOOR_ZONE] = {"door_zone", ""},
    [LIFT_OCCUPIED] = {"occupied", ""},
    [LIFT_LOAD_PCT] = {"load_pct", "%"},
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

static int
nearest_landing(const struct lift *l)
{
	return (int)lround(l->position_m / FLOOR_M);
}

static void
door(struct lift *l, enum lift_phase phase, double seconds)
{
	l->phase = phase;
	l->left_s = seconds;
}

static void
go(struct lift *l, int landing)
{
	int here = nearest_landing(l);

	if (landing == here) {
		door(l, LIFT_OPENING, DOOR_S);
		return;
	}
	l->phase = LIFT_TRAVEL;
	l->heading = landing > here ? 1 : -1;
	l->trips++;
}

/* Calls an hour in the busiest hour. */
static double
busiest(const struct lift *l)
{
	return 12 + 3.0 * l->floors;
}

static void
draw_ride(struct lift *l, double time_s)
{
	bool morning = fmod(time_s, DAY_S) < DAY_S / 2;
	double what = rng_unit(&l->rng);
	int flat = 1 + (int)rng_between(&l->rng, 0, l->floors - 1);

	l->from = morning ? flat : 0;
	l->to = morning ? 0 : flat;
	if (what > 0.7) { /* some go the other way at any hour */
		l->from = morning ? 0 : flat;
		l->to = morning ? flat : 0;
	}
	l->rider_pct = floor(rng_between(&l->rng, 1, 4)) * 11; /* 70 kg each */
	l->called = false;
	l->fetching = true;
	go(l, l->from);
}

static void
travel(struct lift *l)
{
	int landing = l->fetching ? l->from : l->to;
	double goal_m = landing * FLOOR_M;
	double left_m = fabs(goal_m - l->position_m);
	double change = ACCEL_MS2 * STEP_S;

	l->speeding_up =
	    left_m > l->speed_ms * l->speed_ms / (2 * ACCEL_MS2) + 0.05;
	if (l->speeding_up)
		l->speed_ms = fmin(l->speed_ms + change, SPEED_MS);
	else
		l->speed_ms = fmax(l->speed_ms - change, CREEP_MS);
	l->run_s += STEP_S;
	if (left_m <= l->speed_ms * STEP_S) {
		l->position_m = goal_m;
		l->speed_ms = 0;
		l->heading = 0;
		door(l, LIFT_OPENING, DOOR_S);
		return;
	}
	l->position_m += l->heading * l->speed_ms * STEP_S;
}

/* The door has been open long enough: people are in, or out. */
static void
exchange(struct lift *l)
{
	l->load_pct = l->fetching ? l->rider_pct : 0;
	door(l, LIFT_CLOSING, DOOR_S);
}

static void
closed(struct lift *l)
{
	l->door_cycles++;
	if (l->fetching) {
		l->fetching = false;
		go(l, l->to);
	} else {
		l->phase = LIFT_IDLE;
	}
}

static double
power_kw(const struct lift *l)
{
	double kw = STANDBY_KW, lift_kg, traction_kw;

	if (l->phase == LIFT_OPENING || l->phase == LIFT_CLOSING)
		return kw + 0.25;
	if (l->phase != LIFT_TRAVEL)
		return kw;
	lift_kg = (l->load_pct / 100 - BALANCE) * RATED_KG * l->heading;
	traction_kw = lift_kg * 9.81 * l->speed_ms / 1000;
	if (l->speeding_up && l->speed_ms < SPEED_MS)
		traction_kw += MOVING_KG * ACCEL_MS2 * l->speed_ms / 1000;
	return kw + 0.4 + fmax(traction_kw, 0) / EFFICIENCY;
}

static void
publish(struct lift *l)
{
	double *v = l->values;
	int landing = nearest_landing(l);
	enum lift_phase p = l->phase;

	v[LIFT_FLOOR] = v[LIFT_FLOOR_LABEL] = landing + 1;
	v[LIFT_DIRECTION] = l->heading > 0 ? 1 : l->heading < 0 ? 2 : 0;
	v[LIFT_MOVING] = p == LIFT_TRAVEL;
	v[LIFT_DOOR] = p >= LIFT_OPENING && p <= LIFT_CLOSING ? (double)p : 0;
	v[LIFT_DOOR_ZONE] = fabs(l->position_m - landing * FLOOR_M) < ZONE_M;
	v[LIFT_OCCUPIED] = l->load_pct > 0;
	v[LIFT_LOAD_PCT] = l->load_pct;
	v[LIFT_SERVICE_MODE] = 1; /* normal */
	v[LIFT_CAR_CALL] = l->load_pct > 0 && p == LIFT_TRAVEL;
	v[LIFT_SAFETY_CHAIN] = 1; /* closed */
	v[LIFT_SUPPLY] = 1; /* ok */
	v[LIFT_SPEED] = l->speed_ms;
	v[LIFT_TRIPS] = l->trips;
	v[LIFT_DOOR_CYCLES] = l->door_cycles;
	v[LIFT_RUN_HOURS] = l->run_s / 3600;
	v[LIFT_ENERGY_IMPORT] = l->energy_kwh;
}

void
lift_start(struct lift *l, uint64_t seed, int floors)
{
	*l = (struct lift){.rng = seed, .floors = floors < 2 ? 2 : floors};
	if (rng_unit(&l->rng) < 0.5) /* else on the ground floor */
		l->position_m =
		    FLOOR_M * floor(rng_between(&l->rng, 0, l->floors));
	l->trips = floor(rng_between(&l->rng, 4e4, 4e5));
	l->door_cycles = floor(l->trips * 1.3);
	l->run_s = l->trips * 12;
	l->energy_kwh = l->trips * 0.03;
	l->power_kw = power_kw(l);
	publish(l);
}

void
lift_step(struct lift *l, double time_s)
{
	double calls_a_second = busiest(l) * day_lift(time_s) / 3600;

	if (rng_unit(&l->rng) < calls_a_second * STEP_S)
		l->called = true;
	l->left_s -= STEP_S;
	if (l->phase == LIFT_IDLE && l->called)
		draw_ride(l, time_s);
	else if (l->phase == LIFT_TRAVEL)
		travel(l);
	else if (l->phase == LIFT_OPENING && l->left_s <= 0)
		door(l, LIFT_OPEN, OPEN_S);
	else if (l->phase == LIFT_OPEN && l->left_s <= 0)
		exchange(l);
	else if (l->phase == LIFT_CLOSING && l->left_s <= 0)
		closed(l);
	l->power_kw = power_kw(l);
	l->energy_kwh += l->power_kw * STEP_S / 3600;
	publish(l);
}
