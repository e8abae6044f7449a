/*
 * watch.h - which rule stands where, and who asks for a point, pure
 *
 * A watch is one rule of one device.  The gateway's rules that ask bus_up are a
 * watch for each bus that has devices.  All are made at start, those of a
 * device lie together, and so do those of a bus.
 *
 * Two kinds hide others: those of a bus, and those that tell of a supply, whose
 * `when` asks phase_lost or power_cut.
 */
#ifndef WATCH_H
#define WATCH_H

#include "gateway/alarm/alarms.h"

#define WATCH_NO_BUS UINT16_MAX

struct watch {
	struct condition condition;
	struct alarm *alarm; /* the site's; NULL while there is none */
	int64_t due_ms; /* when time alone may change something */
	uint64_t turn; /* in which it was last looked at */
	const char *name; /* of the alarm: the rule's, or NAME-BUS */
	const char *hidden_by; /* what `suppress` asks for first:
				  "lift-3-1/service_mode", or the alarm of it,
				  "lift-3-1/entrapment"; or NULL */
	const char *hides_as; /* of one that hides others, itself: of a bus
				 "gateway/bus-down-shaft-3", of a supply
				 "tx-3/power_cut"; else NULL */
	uint16_t device;
	uint16_t bus; /* of a bus's watch; else WATCH_NO_BUS */
	bool behind_bus; /* asks online or identified of a device on a bus */
	bool needs_power; /* its rule does, and something feeds its device */
	bool lingers; /* and goes on to be for a while after; not what asks
			 car_at_risk, which knows by itself whether there is
			 power */
	bool has_cars; /* its `when` asks power_cut: the list of cars is told
			  with it; one of a device */
	bool over_time; /* asks for a rate or a drop */
	bool owes; /* its condition changed, and that is to be told even if it
		      changed back meanwhile */
};

struct watch_range {
	uint32_t first, count;
};

struct watches {
	uint32_t count;
	struct watch *all;
	const struct watch_range *of_device, *of_bus;
	/* by device: where in `uses` a point's watches begin, one more at the
	 * end; virtual points behind the others */
	const uint32_t *const *starts;
	const uint32_t *const *uses;
};

/* Lives in memory; conf's arrays outlive it. */
void watches_start(
    struct watches *w, const struct alarms_conf *conf, struct arena *memory);

/* The indices of the device's watches that ask for the point. */
const uint32_t *watches_of(const struct watches *w,
    const struct alarms_device *devices, uint16_t device, uint16_t point,
    uint32_t *count);

/* By name; NULL: there is none. */
struct watch *watches_find(
    const struct watches *w, uint16_t device, const char *name);

/* Also of those that riser itself knows. */
const char *watch_point_name(const struct alarms_device *d, uint16_t point);

/* Whether `when` asks for the point. */
bool watch_waits_for(const struct alarm_rule *rule, uint16_t point);

/* The first point that `when` asks for; -1: none. */
int watch_first_point(const struct alarm_rule *rule);

#endif
