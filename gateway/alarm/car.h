/*
 * car.h - a lift's car: is somebody trapped in it, is there power, pure
 *
 * Concludes from a lift's normalized points what no single one of them says:
 *
 *	car_trapped     its controller says so: the bit `entrapment`, or the
 *code ENTRAP car_suspect     inferred: not in inspection, not moving, its door
 *neither open nor opening, and either outside the door zone or stopped there by
 *a fault; and somebody may be in it car_freed       since it was last trapped
 *or suspect it moved, its door opened in the door zone after that, and
 *CAR_FREED_MS have passed without either car_unpowered   its main supply is
 *lost: `supply`, or the code POWER of a lift without `supply` car_at_risk
 *unpowered, and not known to be empty at a landing: somebody may be in it, or
 *it was moving when the power went, or it stands outside the door zone
 *
 * Whether somebody is in it: a person seen, a load above CAR_LOAD_PCT or a car
 * call each say yes.  Where none says yes and `occupied` is "no", nobody is.
 * All else is unknown.  Unknown is enough outside the door zone, and for a car
 * without power; at a landing only a yes is, for each small fault would else
 * call for help.
 *
 * Three-valued: of what is not good nothing is concluded, but what is good may
 * be enough (a load does not wait for a person sensor that failed).  A point
 * that the profile has not at all is left out of the question: without
 * service_mode a car counts as not in inspection, without door_zone as outside
 * one only while its fault says STOP_OUT_ZONE.  The rule is the one that public
 * platforms after GB/T 24476 use, with what they leave out: doubt.
 *
 * It also remembers the last CAR_HISTORY states with their times, so that
 * a power cut that is noticed seconds later can say what the car did before it.
 */
#ifndef CAR_H
#define CAR_H

#include "gateway/alarm/condition.h"

#define CAR_FREED_MS 60000
#define CAR_LOAD_PCT 10
#define CAR_HISTORY 32 /* changes; of a car in busy use about two minutes */

/* What a car says, by name; see config/kinds/elevator.yaml. */
enum car_point {
	CAR_MOVING,
	CAR_DOOR,
	CAR_DOOR_ZONE,
	CAR_OCCUPIED,
	CAR_LOAD,
	CAR_CALL,
	CAR_MODE,
	CAR_FAULT,
	CAR_ENTRAPMENT,
	CAR_SUPPLY,
	CAR_FLOOR,
	CAR_POINTS
};

enum car_occupied { CAR_UNKNOWN, CAR_EMPTY, CAR_PERSON };

/* What was known of it at one moment; CONDITION_UNKNOWN, -1 and NAN are not
 * known. */
struct car_state {
	int64_t at_ms; /* monotonic, when this was so first; INT64_MIN: nothing
			  was ever known */
	uint8_t moving, zone, door_open; /* enum condition_truth */
	uint8_t occupied; /* enum car_occupied */
	uint8_t trapped; /* enum condition_truth */
	double floor;
};

struct car {
	int16_t points[CAR_POINTS]; /* of its device; -1: it has not */
	struct derive_input now[CAR_POINTS];
	uint8_t trapped, suspect, freed, unpowered,
	    at_risk; /* enum
			condition_truth */
	struct car_state history[CAR_HISTORY]; /* a ring */
	uint32_t history_count; /* of all ever */
	int64_t alive_ms; /* when it last said anything good */
	/* of car_freed */
	bool in_need, moved, opened;
	int64_t free_from_ms;
	/* of car_at_risk: as it was when the supply went */
	bool was_moving;
};

/* The car of a device with these points. */
void car_start(
    struct car *c, uint16_t point_count, const struct point_info *points);

/* Whether it is one of its points. */
bool car_uses(const struct car *c, uint16_t point);

/* A point of it was read or changed its quality.  True if anything that it
 * concludes changed. */
bool car_take(struct car *c, uint16_t point, const struct derive_input *in,
    int64_t now_ms);

/* Time passed: only car_freed changes by time alone.  As car_take. */
bool car_tick(struct car *c, int64_t now_ms);
int64_t car_due(const struct car *c); /* INT64_MAX: not by time */

/* Its conclusions, as expressions ask for them: a boolean, or unknown. */
struct derive_input car_look(const struct car *c, uint16_t virtual_point);

/* Over a restart: people were trapped in it, or may be, and have not been seen
 * leaving since. */
void car_restore_need(struct car *c);

/* The most dangerous state (car_rank) it was in from from_ms on, the state that
 * it had at from_ms among them. */
struct car_state car_state_since(const struct car *c, int64_t from_ms);

/* How urgent it is to look after a car that has lost its power in this state;
 * 0 is the most urgent: trapped; occupied and moving or between floors;
 * occupied at a landing; unknown and moving or between floors; nothing known;
 * unknown at a landing; empty. */
unsigned car_rank(const struct car_state *s);

#endif
