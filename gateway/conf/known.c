/* known.c - what alarms ask beside points: what riser itself knows of a device
 */
#include "gateway/conf/known.h"

#include <string.h>

#include "gateway/conf/formula.h"

enum { OF_ANY, OF_RISER, OF_LIFT, OF_METER };

static const struct known knowns[] = {
    {"online", POINT_ONLINE, OF_ANY, "bus", "ask its points"},
    {"identified", POINT_IDENTIFIED, OF_ANY, "identity in its profile",
	"write one there: identity: {at: ..., between: [...]}"},
    {"bus_up", POINT_BUS_UP, OF_RISER, "buses of its own",
	"write the alarm below gateway: alarms: at the top of riser.yaml"},
    {"car_trapped", POINT_CAR_TRAPPED, OF_LIFT, "entrapment or fault_code",
	"write one of them in its profile"},
    {"car_suspect", POINT_CAR_SUSPECT, OF_LIFT, "door_zone or fault_code",
	"write one of them in its profile"},
    {"car_freed", POINT_CAR_FREED, OF_LIFT, "moving, door and door_zone",
	"write them in its profile"},
    {"car_unpowered", POINT_CAR_UNPOWERED, OF_LIFT, "supply or fault_code",
	"write one of them in its profile"},
    {"car_at_risk", POINT_CAR_AT_RISK, OF_LIFT, "supply or fault_code",
	"write one of them in its profile"},
    {"phase_lost", POINT_PHASE_LOST, OF_METER, "voltages",
	"write them in its profile: voltage_l1n"},
    {"power_cut", POINT_POWER_CUT, OF_METER, KNOWN_FED_LIFT,
	"write fed_by on the lifts that it feeds"},
    {"cars_back", POINT_CARS_BACK, OF_METER, KNOWN_FED_LIFT,
	"write fed_by on the lifts that it feeds"},
    {"cars_late", POINT_CARS_LATE, OF_METER, KNOWN_FED_LIFT,
	"write fed_by on the lifts that it feeds"},
};

#define KNOWNS (sizeof(knowns) / sizeof(*knowns))

_Static_assert(SAMPLE_READINGS_MAX <= POINT_ONLINE,
    "no index of a point is that of something riser knows");
_Static_assert(POINT_VIRTUAL_END - POINT_ONLINE == KNOWNS,
    "each thing that riser knows has a name");

const struct known *
known_find(const char *name)
{
	for (size_t i = 0; i < KNOWNS; i++)
		if (strcmp(knowns[i].name, name) == 0)
			return &knowns[i];
	return NULL;
}

const struct known *
known_at(size_t i)
{
	return i < KNOWNS ? &knowns[i] : NULL;
}

/* ---- which device has it ---- */

bool
known_is_of(const struct known *k, const struct layers *l)
{
	switch (k->of) {
	case OF_RISER: return kind_is(l->kind, "gateway");
	case OF_LIFT: return kind_is(l->kind, "elevator");
	case OF_METER: return kind_is(l->kind, "transformer");
	default: return true;
	}
}

const char *
known_what_not(const struct known *k)
{
	return k->of == OF_LIFT ? "no lift" : "no transformer or feeder";
}

static bool
has_any(const struct conf_device *d, const char *const *names)
{
	for (; *names; names++)
		if (formula_point(d, *names) >= 0)
			return true;
	return false;
}

static bool
has_all(const struct conf_device *d, const char *const *names)
{
	for (; *names; names++)
		if (formula_point(d, *names) < 0)
			return false;
	return true;
}

/* As far as car.h can ever decide it. */
static bool
has_points(const struct known *k, const struct conf_device *d)
{
	static const char *const help[] = {"entrapment", "fault_code", NULL};
	static const char *const zone[] = {"door_zone", "fault_code", NULL};
	static const char *const way_out[] = {
	    "moving", "door", "door_zone", NULL};
	static const char *const power[] = {"supply", "fault_code", NULL};
	static const char *const voltages[] = {"voltage_l1n", "voltage_l2n",
	    "voltage_l3n", "voltage_l12", "voltage_l23", "voltage_l31", NULL};

	switch (k->point) {
	case POINT_CAR_TRAPPED: return has_any(d, help);
	case POINT_CAR_SUSPECT: return has_any(d, zone);
	case POINT_CAR_FREED: return has_all(d, way_out);
	case POINT_CAR_UNPOWERED:
	case POINT_CAR_AT_RISK: return has_any(d, power);
	case POINT_PHASE_LOST: return has_any(d, voltages);
	default: return d->feeds_lift;
	}
}

bool
known_has(
    const struct known *k, const struct layers *l, const struct conf_device *d)
{
	switch (k->point) {
	case POINT_ONLINE: return !l->riser;
	case POINT_IDENTIFIED: return d->profile && d->profile->identity.wanted;
	case POINT_BUS_UP: return l->riser;
	default: return known_is_of(k, l) && has_points(k, d);
	}
}
