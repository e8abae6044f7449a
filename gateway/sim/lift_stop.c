/*
 * lift_stop.c - what stops a lift: faults, cuts, a mechanic
 *
 * All of it ends the same way: the controller starts, creeps to the nearest
 * landing and opens there, and whoever was inside leaves.  What is staged holds
 * the car until something else is staged, over a cut too.
 *
 * A car that halts in the door zone does not keep anybody: its door can be
 * pushed open by hand.
 */
#include <math.h>

#include "gateway/sim/day.h"
#include "gateway/sim/lift_parts.h"
#include "gateway/sim/rng.h"

#define BETWEEN_M 1.0 /* from the nearest landing, where a staged one halts */
#define HOMING_MS 0.2
#define MECHANIC_MS 0.25
#define RESET_MIN_S 2 /* of a controller that had its supply */
#define RESET_MAX_S 15
#define STUMBLE_MIN_S 3
#define STUMBLE_MAX_S 40
#define WALK_S 5 /* through a door that stands open */
#define PUSH_MIN_S 10
#define PUSH_MAX_S 60
#define VISIT_DAYS 15 /* the law: at most so many between two visits */
#define VISIT_FROM_S (9 * 3600.0)
#define VISIT_TO_S (16 * 3600.0)
#define HOUR_S 3600.0

static void
halt(struct lift *l, enum stage by, enum lift_fault fault)
{
	l->phase = LIFT_HALTED;
	l->speed_ms = 0;
	l->heading = 0;
	l->held_by = by;
	l->fault = fault;
}

static bool
is_trap(enum stage s)
{
	return s == STAGE_TRAPPED || s == STAGE_TRAPPED_TOLD;
}

/* Whether what halted it goes on. */
static bool
is_held(const struct lift *l)
{
	return l->held_by != STAGE_NOTHING &&
	    (l->held_by == l->stage ||
		(is_trap(l->held_by) && is_trap(l->stage)));
}

static void
restart(struct lift *l, double seconds)
{
	l->phase = LIFT_STARTING;
	l->left_s = seconds;
}

static void
reset(struct lift *l)
{
	l->held_by = STAGE_NOTHING;
	l->fault = LIFT_FAULT_NONE;
	l->mode = LIFT_NORMAL;
	l->chain_open = false;
	restart(l, rng_between(&l->rng, RESET_MIN_S, RESET_MAX_S));
}

/* ---- faults ---- */

void
lift_stumble(struct lift *l)
{
	bool staged = (is_trap(l->stage) && l->people_pct > 0) ||
	    (l->stage == STAGE_STUCK_EMPTY && l->people_pct <= 0);

	if (lift_off_m(l) < BETWEEN_M || !(staged || l->stumbles))
		return;
	halt(l, staged ? l->stage : STAGE_NOTHING, LIFT_FAULT_STOP_OUT_ZONE);
	l->left_s = rng_between(&l->rng, STUMBLE_MIN_S, STUMBLE_MAX_S);
	l->stumbles = false;
}

void
lift_lock_out(struct lift *l)
{
	halt(l, STAGE_LOCKED_OUT, LIFT_FAULT_SAFETY_CHAIN);
	l->mode = LIFT_STOPPED;
	l->chain_open = true;
}

void
lift_halted(struct lift *l)
{
	if (is_held(l))
		l->told |= l->stage == STAGE_TRAPPED_TOLD;
	else if (l->held_by != STAGE_NOTHING || l->left_s <= 0)
		reset(l);
}

/* ---- cuts ---- */

/* A door whose motor has no supply is pushed open by whoever stands in it. */
static void
die(struct lift *l)
{
	if (l->door != LIFT_DOOR_CLOSED)
		l->door = LIFT_DOOR_OPEN;
	l->phase = LIFT_DEAD;
	l->speed_ms = 0;
	l->heading = 0;
	l->cut_off = true;
	l->car_call = l->overload = l->blocked = l->stumbles = false;
	l->left_s = l->door == LIFT_DOOR_OPEN
	    ? WALK_S
	    : rng_between(&l->rng, PUSH_MIN_S, PUSH_MAX_S);
}

void
lift_unpowered(struct lift *l)
{
	if (l->phase != LIFT_DEAD)
		die(l);
	if (l->left_s > 0 || l->people_pct <= 0 || !lift_in_zone(l))
		return;
	l->door = LIFT_DOOR_OPEN;
	lift_leave(l);
}

static void
start_up(struct lift *l)
{
	bool cut_off = l->cut_off;

	l->cut_off = false;
	if (is_held(l))
		halt(l, l->held_by, l->fault);
	else if (cut_off && l->stage == STAGE_NO_RESTART)
		halt(l, STAGE_NO_RESTART, LIFT_FAULT_NO_RESTART);
	else if (l->mode == LIFT_INSPECTION)
		lift_begin_service(l);
	else
		l->phase = LIFT_HOMING;
}

void
lift_starting(struct lift *l)
{
	if (l->phase == LIFT_DEAD)
		restart(l,
		    rng_between(
			&l->rng, LIFT_RESTART_MIN_S, LIFT_RESTART_MAX_S));
	else if (l->left_s <= 0)
		start_up(l);
}

void
lift_homing(struct lift *l)
{
	l->fetching = l->chain_open = false;
	l->mode = LIFT_NORMAL;
	l->held_by = STAGE_NOTHING;
	l->fault = LIFT_FAULT_NONE;
	if (l->door == LIFT_DOOR_OPEN)
		lift_set_door(l, LIFT_OPEN, LIFT_OPEN_S);
	else if (lift_creep(l, lift_landing(l) * LIFT_FLOOR_M, HOMING_MS))
		lift_set_door(l, LIFT_OPENING, LIFT_DOOR_S);
}

/* ---- a mechanic ---- */

/* Each lift has its day and its hour. */
bool
lift_is_serviced(const struct lift *l, double time_s)
{
	uint64_t rng = l->seed, day = rng_next(&rng) % VISIT_DAYS;
	double from_s = rng_between(&rng, VISIT_FROM_S, VISIT_TO_S);
	double to_s = from_s + rng_between(&rng, 0.4, 1) * HOUR_S;
	double hour_s = fmod(time_s, DAY_S);

	if (l->stage != STAGE_NOTHING)
		return l->stage == STAGE_INSPECTION;
	return fmod(floor(time_s / DAY_S) + (double)day, VISIT_DAYS) == 0 &&
	    hour_s >= from_s && hour_s < to_s;
}

void
lift_begin_service(struct lift *l)
{
	l->phase = LIFT_SERVICE;
	l->mode = LIFT_INSPECTION;
	l->fault = LIFT_FAULT_NONE;
	l->goal_m = l->position_m;
	l->left_s = 0;
}

/* Somewhere in the shaft, or at a landing where the door opens. */
static void
move_on(struct lift *l)
{
	double top_m = (l->floors - 1) * LIFT_FLOOR_M;

	l->goal_m = rng_between(&l->rng, 0, top_m);
	if (rng_unit(&l->rng) < 0.2)
		l->goal_m = lift_landing(l) * LIFT_FLOOR_M;
	l->door = LIFT_DOOR_CLOSED;
	l->chain_open = false;
}

static void
work(struct lift *l)
{
	bool landed = lift_in_zone(l), helped = rng_unit(&l->rng) < 0.2;

	l->door = landed ? LIFT_DOOR_OPEN : LIFT_DOOR_CLOSED;
	l->chain_open = landed || rng_unit(&l->rng) < 0.5;
	l->people_pct = helped ? LIFT_PERSON_PCT : 0;
	l->left_s = rng_between(&l->rng, 10, 180);
}

void
lift_service(struct lift *l, double time_s)
{
	if (!lift_is_serviced(l, time_s)) {
		l->people_pct = l->speed_ms = 0;
		l->heading = 0;
		reset(l);
	} else if (l->goal_m != l->position_m) {
		if (lift_creep(l, l->goal_m, MECHANIC_MS))
			work(l);
	} else if (l->left_s <= 0) {
		move_on(l);
	}
}
