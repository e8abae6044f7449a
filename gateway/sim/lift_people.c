/*
 * lift_people.c - what people do with a lift
 *
 * A call comes by chance, at a rate that follows the day: in the morning mostly
 * from a flat to the ground floor, in the evening mostly back.  The car goes to
 * the caller, opens, closes, rides, opens, closes and waits there for the next.
 * One ride at a time: a caller in between waits until the car is free.  Landing
 * calls on the way were not modelled: what a monitor sees would be the same.
 *
 * They also do what makes a lift look stuck that is not: they hold the door,
 * play with it, overload the car, leave a bicycle in it, and rubbish in the
 * sill, with which the door never closes until somebody has picked it up.
 */
#include <math.h>

#include "gateway/sim/day.h"
#include "gateway/sim/lift_parts.h"
#include "gateway/sim/rng.h"

/* How often, of rides: about 340 a day in a house of six storeys. */
#define BLOCKED 0.06
#define GAMES 0.003
#define OVERLOADED 0.002
#define THING_LEFT 0.001
#define RUBBISH 1e-4 /* once a month */
#define STUMBLES 1e-4

#define CALL_AGAIN_S 3 /* of who rides all the time */
#define BLOCK_WAY_S 0.6 /* of a closing door, where it finds people */
#define GIVE_UP 2 /* failures, after which people walk */
#define DOOR_FAULT 3 /* failures, which the controller calls a fault */

static bool
one_in(struct lift *l, double share)
{
	return rng_unit(&l->rng) < share;
}

/* ---- calls ---- */

/* Calls an hour in the busiest hour. */
static double
busiest(const struct lift *l)
{
	return 12 + 3.0 * l->floors;
}

void
lift_pass(struct lift *l, double time_s)
{
	double calls_a_second = busiest(l) * day_lift(time_s) / 3600;

	if (one_in(l, calls_a_second * LIFT_STEP_S))
		l->called = true;
	l->rubbish_s -= LIFT_STEP_S;
	l->thing_s -= LIFT_STEP_S;
	if (l->stage != STAGE_NOTHING)
		lift_tidy(l);
}

static int
another(struct lift *l, int landing)
{
	int other = (int)rng_between(&l->rng, 0, l->floors - 1);

	return other >= landing ? other + 1 : other;
}

static void
ride(struct lift *l, int from, int to)
{
	l->from = from;
	l->to = to;
	l->rider_pct = floor(rng_between(&l->rng, 1, 4)) * LIFT_PERSON_PCT;
	l->called = false;
	l->fetching = true;
	l->stumbles = one_in(l, STUMBLES);
	lift_go(l, from);
}

static void
everyday_ride(struct lift *l, double time_s)
{
	bool morning = fmod(time_s, DAY_S) < DAY_S / 2;
	int flat = 1 + (int)rng_between(&l->rng, 0, l->floors - 1);

	if (one_in(l, 0.3)) /* some go the other way at any hour */
		morning = !morning;
	ride(l, morning ? flat : 0, morning ? 0 : flat);
}

static void
idle(struct lift *l, double time_s)
{
	int here = lift_landing(l);

	switch (l->stage) {
	case STAGE_LOCKED_OUT: lift_lock_out(l); break;
	case STAGE_STUCK_EMPTY: /* is sent for, and does not arrive */
		ride(l, another(l, here), here);
		break;
	case STAGE_TRAPPED:
	case STAGE_TRAPPED_TOLD: ride(l, here, another(l, here)); break;
	case STAGE_BUSY:
		if (l->left_s < -CALL_AGAIN_S)
			ride(l, here, another(l, here));
		break;
	case STAGE_QUIET: break;
	default:
		if (l->called)
			everyday_ride(l, time_s);
	}
}

void
lift_idle(struct lift *l, double time_s)
{
	if (lift_is_serviced(l, time_s))
		lift_begin_service(l);
	else
		idle(l, time_s);
}

/* ---- in and out ---- */

static void
leave_thing(struct lift *l)
{
	if (l->thing_s <= 0)
		l->thing_pct = 0;
	if (l->stage == STAGE_NOTHING && one_in(l, THING_LEFT)) {
		l->thing_pct = floor(rng_between(&l->rng, 3, 20));
		l->thing_s = rng_between(&l->rng, 300, 3600);
	}
}

void
lift_leave(struct lift *l)
{
	l->people_pct = 0;
	l->car_call = l->overload = l->fetching = false;
}

static void
board(struct lift *l)
{
	l->people_pct = l->rider_pct;
	l->car_call = true;
	if (l->stage != STAGE_NOTHING)
		return;
	if (one_in(l, GAMES))
		l->games = (int)rng_between(&l->rng, 3, 12);
	if (one_in(l, RUBBISH))
		l->rubbish_s = rng_between(&l->rng, 120, 1200);
	if (one_in(l, OVERLOADED)) {
		l->people_pct = 10 * LIFT_PERSON_PCT;
		l->overload = true;
	}
}

static void
close_door(struct lift *l)
{
	bool meets = l->rubbish_s > 0 || l->games > 0 ||
	    (l->stage == STAGE_NOTHING && one_in(l, BLOCKED));

	l->block_s = meets ? rng_between(&l->rng, 0.1, LIFT_DOOR_S) : -1;
	lift_set_door(l, LIFT_CLOSING, LIFT_DOOR_S);
}

void
lift_open(struct lift *l)
{
	l->told = false;
	if (l->left_s > 0)
		return;
	if (l->overload) { /* one gets out */
		l->people_pct -= 2 * LIFT_PERSON_PCT;
		l->overload = false;
	} else if (l->fetching && l->people_pct <= 0) {
		board(l);
	} else if (!l->fetching) {
		lift_leave(l);
		leave_thing(l);
	}
	if (l->overload)
		l->left_s = rng_between(&l->rng, 5, 30);
	else
		close_door(l);
}

/* ---- the door ---- */

static void
reopen(struct lift *l)
{
	l->blocked = true;
	l->games -= l->games > 0;
	l->failures++;
	if (l->rubbish_s > 0 && l->failures >= GIVE_UP)
		lift_leave(l);
	if (l->rubbish_s > 0 && l->failures >= DOOR_FAULT)
		l->fault = LIFT_FAULT_DOOR_CLOSE;
	lift_set_door(l, LIFT_OPENING, LIFT_DOOR_S - l->left_s);
}

void
lift_closing(struct lift *l)
{
	if (l->left_s <= l->block_s) {
		reopen(l);
		return;
	}
	if (l->left_s > 0)
		return;
	l->door = LIFT_DOOR_CLOSED;
	l->door_cycles++;
	l->failures = 0;
	l->blocked = false;
	l->fault = LIFT_FAULT_NONE;
	if (l->fetching) {
		l->fetching = false;
		lift_go(l, l->to);
	} else {
		l->phase = LIFT_IDLE;
	}
}

void
lift_tidy(struct lift *l)
{
	l->games = 0;
	l->rubbish_s = 0;
	l->stumbles = false;
}
