/*
 * car_view.c - what a lift's points say at one moment
 *
 * Truth has three values, after Kleene: "both" is false if one side is,
 * whatever the other may be, and unknown where that would decide.
 */
#include "gateway/alarm/car_view.h"

#include <math.h>

/* Standard numbers of config/kinds/elevator.yaml. */
enum {
	DOOR_CLOSED,
	DOOR_OPENING,
	DOOR_OPEN,
	DOOR_CLOSING,
	DOOR_LOCKED,
	DOOR_UNKNOWN = 9
};
enum { OCCUPIED_NO, OCCUPIED_YES };
enum { MODE_STOPPED, MODE_INSPECTION = 2, MODE_UNKNOWN = 7 };
enum { SUPPLY_LOST };
enum { SEVERITY_OF_P3 = 3, SEVERITY_OF_P4 };
enum { FAULT_STOP_OUT_ZONE = 4, FAULT_POWER = 41, FAULT_ENTRAP = 101 };

/* ---- three-valued truth ---- */

static enum condition_truth
truth(bool yes)
{
	return yes ? CONDITION_TRUE : CONDITION_FALSE;
}

static enum condition_truth
opposite(enum condition_truth a)
{
	if (a == CONDITION_UNKNOWN)
		return CONDITION_UNKNOWN;
	return truth(a == CONDITION_FALSE);
}

static enum condition_truth
both(enum condition_truth a, enum condition_truth b)
{
	if (a == CONDITION_FALSE || b == CONDITION_FALSE)
		return CONDITION_FALSE;
	return a == CONDITION_TRUE ? b : a;
}

static enum condition_truth
either(enum condition_truth a, enum condition_truth b)
{
	return opposite(both(opposite(a), opposite(b)));
}

/* ---- its points ---- */

static double
known_number(const struct car *c, const struct car_seen *s, bool held)
{
	bool is_good = s->lost_ms == INT64_MAX;
	bool is_held = held && s->lost_ms != INT64_MIN && !is_good &&
	    c->alive_ms - s->lost_ms <= CAR_HOLD_MS;

	return is_good || is_held ? s->number : NAN;
}

struct car_view
car_view(const struct car *c, bool held)
{
	struct car_view v = {.car = c};

	for (int i = 0; i < CAR_POINTS; i++)
		v.of[i] = known_number(c, &c->now[i], held);
	return v;
}

static bool
has(const struct car_view *v, enum car_point p)
{
	return v->car->points[p] >= 0;
}

static bool
knows(const struct car_view *v, enum car_point p)
{
	return !isnan(v->of[p]);
}

/* Whether the point has this number; absent: of a car that has it not. */
static enum condition_truth
is(const struct car_view *v, enum car_point p, int number,
    enum condition_truth absent)
{
	if (!has(v, p))
		return absent;
	return knows(v, p) ? truth(v->of[p] == number) : CONDITION_UNKNOWN;
}

/* It is not 0; a car that has it not has it not set. */
static enum condition_truth
is_set(const struct car_view *v, enum car_point p)
{
	return opposite(is(v, p, 0, CONDITION_TRUE));
}

bool
car_view_moves(const struct car_view *v)
{
	return v->of[CAR_MOVING] == 1;
}

bool
car_view_in_zone(const struct car_view *v)
{
	return v->of[CAR_DOOR_ZONE] == 1;
}

bool
car_view_tells_mode(const struct car_view *v)
{
	return knows(v, CAR_MODE) && v->of[CAR_MODE] != MODE_UNKNOWN;
}

/* ---- its door ---- */

static enum condition_truth
door_open(const struct car_view *v)
{
	switch (knows(v, CAR_DOOR) ? (int)v->of[CAR_DOOR] : DOOR_UNKNOWN) {
	case DOOR_OPENING:
	case DOOR_OPEN: return CONDITION_TRUE;
	case DOOR_CLOSED:
	case DOOR_CLOSING:
	case DOOR_LOCKED: return CONDITION_FALSE;
	default: return CONDITION_UNKNOWN; /* a fault too */
	}
}

bool
car_view_door_tells(double number)
{
	return number != DOOR_CLOSED && number != DOOR_UNKNOWN;
}

bool
car_view_door_shut(const struct car_view *v)
{
	return v->of[CAR_DOOR] == DOOR_CLOSED || v->of[CAR_DOOR] == DOOR_LOCKED;
}

bool
car_view_door_opened(const struct car_view *v)
{
	return door_open(v) == CONDITION_TRUE ||
	    (!v->car->door_tells && v->of[CAR_DOOR] == DOOR_UNKNOWN);
}

/* It says neither open nor opening: a fault or "unknown" may be a door that is
 * shut. */
static enum condition_truth
may_be_shut(const struct car_view *v)
{
	return opposite(either(is(v, CAR_DOOR, DOOR_OPEN, CONDITION_FALSE),
	    is(v, CAR_DOOR, DOOR_OPENING, CONDITION_FALSE)));
}

/* ---- who is in it ---- */

static enum condition_truth
is_loaded(const struct car_view *v)
{
	if (!has(v, CAR_LOAD))
		return CONDITION_FALSE;
	return knows(v, CAR_LOAD) ? truth(v->of[CAR_LOAD] > CAR_LOAD_PCT)
				  : CONDITION_UNKNOWN;
}

/* Something says that somebody is. */
static enum condition_truth
person(const struct car_view *v)
{
	return either(either(is_loaded(v), is_set(v, CAR_CALL)),
	    is(v, CAR_OCCUPIED, OCCUPIED_YES, CONDITION_FALSE));
}

enum car_occupied
car_view_occupied(const struct car_view *v)
{
	if (person(v) == CONDITION_TRUE)
		return CAR_PERSON;
	return v->of[CAR_OCCUPIED] == OCCUPIED_NO ? CAR_EMPTY : CAR_UNKNOWN;
}

/* ---- is somebody trapped ---- */

enum condition_truth
car_view_trapped(const struct car_view *v)
{
	if (!has(v, CAR_ENTRAPMENT) && !has(v, CAR_FAULT))
		return CONDITION_UNKNOWN;
	return either(is_set(v, CAR_ENTRAPMENT),
	    is(v, CAR_FAULT, FAULT_ENTRAP, CONDITION_FALSE));
}

/* Outside the door zone, which a sensor that is good knows best. */
static enum condition_truth
outside(const struct car_view *v)
{
	enum condition_truth zone = is(v, CAR_DOOR_ZONE, 0, CONDITION_UNKNOWN);
	enum condition_truth fault =
	    is(v, CAR_FAULT, FAULT_STOP_OUT_ZONE, CONDITION_UNKNOWN);

	if (zone != CONDITION_UNKNOWN)
		return zone;
	return !has(v, CAR_DOOR_ZONE) || fault == CONDITION_TRUE
	    ? fault
	    : CONDITION_UNKNOWN;
}

/* By a fault that stops a car: those that its maker's table has as P3 or P4 do
 * not. */
static enum condition_truth
is_stopped(const struct car_view *v)
{
	enum condition_truth minor =
	    either(is(v, CAR_SEVERITY, SEVERITY_OF_P3, CONDITION_FALSE),
		is(v, CAR_SEVERITY, SEVERITY_OF_P4, CONDITION_FALSE));

	return both(is_set(v, CAR_FAULT), opposite(minor));
}

enum condition_truth
car_view_suspect(const struct car_view *v)
{
	enum condition_truth stands, between, stopped;

	stands = both(opposite(is_set(v, CAR_MOVING)),
	    opposite(is(v, CAR_MODE, MODE_INSPECTION, CONDITION_FALSE)));
	between = both(outside(v), truth(car_view_occupied(v) != CAR_EMPTY));
	stopped = both(is_stopped(v), person(v));
	return both(both(stands, may_be_shut(v)), either(between, stopped));
}

enum condition_truth
car_view_safe(const struct car_view *v)
{
	enum condition_truth free = CONDITION_TRUE, sure = CONDITION_TRUE;

	if (has(v, CAR_ENTRAPMENT) || has(v, CAR_FAULT))
		free = opposite(car_view_trapped(v));
	if (has(v, CAR_DOOR_ZONE) || has(v, CAR_FAULT))
		sure = opposite(car_view_suspect(v));
	return both(free, sure);
}

/* ---- its power ---- */

/* A code can only add to what `supply` says: a lift whose fault cannot be read
 * has its power again all the same. */
enum condition_truth
car_view_unpowered(const struct car_view *v)
{
	enum condition_truth fault =
	    is(v, CAR_FAULT, FAULT_POWER, CONDITION_UNKNOWN);

	if (fault == CONDITION_TRUE || !has(v, CAR_SUPPLY))
		return fault;
	return is(v, CAR_SUPPLY, SUPPLY_LOST, CONDITION_UNKNOWN);
}

/* Without a door zone only a fault says that it stands outside one. */
enum condition_truth
car_view_at_risk(const struct car_view *v)
{
	enum condition_truth away = outside(v);
	bool at_landing = has(v, CAR_DOOR_ZONE) ? away == CONDITION_FALSE
						: away != CONDITION_TRUE;
	bool empty = car_view_occupied(v) == CAR_EMPTY;

	return both(car_view_unpowered(v),
	    truth(!empty || !at_landing || v->car->was_moving));
}

enum condition_truth
car_view_fit(const struct car_view *v)
{
	enum condition_truth runs = opposite(either(
	    is_stopped(v), is(v, CAR_MODE, MODE_STOPPED, CONDITION_FALSE)));
	enum condition_truth fed =
	    opposite(is(v, CAR_SUPPLY, SUPPLY_LOST, CONDITION_FALSE));

	return both(both(runs, fed), car_view_safe(v));
}

/* ---- to be remembered ---- */

struct car_state
car_view_state(const struct car_view *v, int64_t now_ms)
{
	return (struct car_state){.since_ms = now_ms,
	    .at_ms = now_ms,
	    .moving = (uint8_t)is(v, CAR_MOVING, 1, CONDITION_UNKNOWN),
	    .zone = (uint8_t)is(v, CAR_DOOR_ZONE, 1, CONDITION_UNKNOWN),
	    .door_open = (uint8_t)door_open(v),
	    .occupied = (uint8_t)car_view_occupied(v),
	    .trapped = (uint8_t)car_view_trapped(v),
	    .floor = v->of[CAR_FLOOR]};
}
