/*
 * car.h - a lift's car: is somebody trapped in it, is there power, pure
 *
 * Concludes from a lift's normalized points what no single one of them says:
 *
 *	car_trapped	its controller says so: the bit `entrapment`, or the
 *			code ENTRAP
 *	car_suspect	inferred: not in inspection, not moving, its door
 *			neither open nor opening, and either outside the door
 *			zone, or stopped in it by a fault (of P3 and P4 none
 *			is that); and somebody may be in it
 *	car_freed	since it was last trapped or suspect it moved with its
 *			door shut, its door opened in the door zone after that,
 *			and CAR_FREED_MS have passed without either
 *	car_unpowered	its main supply is lost: `supply` or the code POWER
 *			says so
 *	car_at_risk	unpowered, and not known to be empty at a landing:
 *			somebody may be in it, or it was moving when the power
 *			went, or it stands outside the door zone
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
 * service_mode, or where that is "unknown", a car counts as not in inspection;
 * without door_zone as outside one only while its fault says STOP_OUT_ZONE.
 * Only that it was freed nothing but its own points can say: moving, door and
 * door_zone.  The rule is the one that public platforms after GB/T 24476 use,
 * with what they leave out: doubt.
 *
 * A door's single contact says closed or "unknown".  So long as a door has said
 * nothing else, "unknown" behind "closed" is that it opened.
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

/* Suspect for less is a stop of which one point was read before another: it
 * breaks nothing off for car_freed. */
#define CAR_NEED_MS 5000

/* So long before its supply is seen to be lost a car may have come to rest. */
#define CAR_STOPS_MS 3000

/* So long what was good stays part of the car's state while other points go
 * on; of a car that is silent the last state stays for ever. */
#define CAR_HOLD_MS 10000

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
	CAR_SEVERITY, /* of its fault */
	CAR_ENTRAPMENT,
	CAR_SUPPLY,
	CAR_FLOOR,
	CAR_POINTS
};

enum car_occupied { CAR_UNKNOWN, CAR_EMPTY, CAR_PERSON };

extern const char *const car_occupied_names[]; /* "unknown", "no", "yes" */

/* What was known of it at one moment; CONDITION_UNKNOWN, CAR_UNKNOWN and NAN
 * are not known. */
struct car_state {
	int64_t since_ms; /* monotonic, when this was so first */
	int64_t at_ms; /* when it was last known to be so; INT64_MIN: nothing
			  was ever known */
	uint8_t moving, zone, door_open; /* enum condition_truth */
	uint8_t occupied; /* enum car_occupied */
	uint8_t trapped; /* enum condition_truth */
	double floor;
};

/* A point as it was read last. */
struct car_seen {
	double number; /* the last that was good; NAN: none was */
	int64_t lost_ms; /* not good since then; INT64_MAX: it is good */
	bool simulated;
};

struct car {
	int16_t points[CAR_POINTS]; /* of its device; -1: it has not */
	struct car_seen now[CAR_POINTS];
	bool door_tells; /* it said more than closed and unknown */

	/* what it concludes; enum condition_truth */
	uint8_t trapped, suspect, freed, unpowered, at_risk;
	uint8_t fit; /* it has its own power, is in no stop and no fault, and is
			neither trapped nor suspect; what it does not tell is
			left out */
	uint8_t occupied; /* enum car_occupied */
	bool mode_told; /* it says whether it is in inspection */
	bool simulated; /* something of this comes of simulated values */

	struct car_state history[CAR_HISTORY]; /* a ring */
	uint32_t history_count; /* of all ever */
	int64_t
	    alive_ms; /* when it last said anything good; INT64_MIN: never */
	/* of car_freed */
	bool in_need, moved, opened;
	int64_t suspect_ms; /* suspect since then; INT64_MAX: it is not */
	int64_t free_from_ms; /* INT64_MAX: not yet */
	/* of car_at_risk */
	int64_t powered_ms; /* when its supply was last known to be there */
	bool was_moving; /* when it went */
};

/* The car of a device with these points. */
void car_start(
    struct car *c, uint16_t point_count, const struct point_info *points);

/* Whether it is one of its points. */
bool car_uses(const struct car *c, uint16_t point);

/* A point of it was read or changed its quality; those of one batch with one
 * now_ms, and what it concludes counts when all of them were taken.  True if
 * anything of that changed.  Times never go back. */
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

/* If its supply is known to be there: so it was at that time. */
void car_had_power(struct car *c, int64_t at_ms);

/* Over a reload or a start: goes on with what the same lift's car knew.  Of its
 * points that is what is read again; until then it is as if it were silent. */
void car_go_on(struct car *c, const struct car *was);

/* The most dangerous state (car_rank) it was in from from_ms on, the state that
 * it had at from_ms among them; of several the last in which it moved, or the
 * last one. */
struct car_state car_state_since(const struct car *c, int64_t from_ms);

/* How urgent it is to look after a car that has lost its power in this state;
 * 0 is the most urgent: trapped; occupied and not known to stand at a landing;
 * occupied at a landing; unknown and moving or between floors; nothing known;
 * unknown at a landing; empty. */
unsigned car_rank(const struct car_state *s);

/* It is known to stand at a landing: in the door zone, or with its door open
 * where that is not known. */
bool car_is_landed(const struct car_state *s);

#endif
