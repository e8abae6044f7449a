/*
 * sweep.h - a power cut, and the lifts that stand in it, pure
 *
 * One for each device that feeds a lift (fed_by; through a feeder too).  The
 * supply is
 *
 *	lost       some phase is below half its nominal voltage (known values)
 *	suspected  not known, for the meter is silent, and a lift that it feeds
 *	           fell silent too, or lost its power, within SWEEP_TOGETHER_MS
 *	           of it, whichever was first
 *	there      all phases are known to be above it
 *	unknown    else
 *
 * A meter and a lift on one and the same bus, all of which is silent, with
 * others on it that this device does not feed: then it is the line, and nothing
 * is suspected.  What is lost or suspected stays so until it is known to be
 * there: silence ends nothing.
 *
 * At the moment a cut is told the list is made: each lift with the most
 * dangerous state it had since the supply was last known to be there
 * (car_state_since), the most urgent first.  Then each car is ticked off by
 * a person, or comes back by itself: after the supply came back it answers, has
 * its own power, is in no stop and no fault, and is neither trapped nor
 * suspect.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "gateway/alarm/alarm.h"
#include "gateway/alarm/car.h"

#define SWEEP_TOGETHER_MS 10000
#define SWEEP_LATE_MS (2 * 60 * 1000) /* after that a car has not restarted */
#define SWEEP_CARS_MAX 32 /* behind one device; conf/ refuses more */

enum sweep_supply {
	SWEEP_UNKNOWN,
	SWEEP_THERE,
	SWEEP_SUSPECTED,
	SWEEP_LOST,
};

/* A car of the list. */
struct sweep_car {
	const char *device; /* its id; the configuration's */
	struct text where; /* "7栋2单元", for people */
	struct car_state was;
	int64_t age_ms; /* of that state, when the cut was told; INT64_MAX:
			   nothing was ever known */
	bool back; /* it has restarted */
	struct alarm_deed checked; /* by whom; "" nobody yet */
};

/* What is told of a cut; all zero: none was told. */
struct sweep_list {
	bool suspected; /* when it was told */
	uint8_t phases; /* lost ones, bit 0 is L1, when it was told */
	uint8_t count;
	struct sweep_car cars[SWEEP_CARS_MAX];
};

#endif
