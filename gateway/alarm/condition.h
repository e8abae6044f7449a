/*
 * condition.h - when an alarm's condition holds: expressions and delays, pure
 *
 * A rule looks at its points each time one of them was read or changed its
 * quality.  `when` must hold for on_ms to raise it; raised, `when` must not
 * hold, and `clear` must where there is one, for off_ms to clear it.  What is
 * not known neither raises nor clears: while an input is not good the delays
 * stand still, and what they had is forgotten when that has lasted longer than
 * the delay itself, at least a minute.
 *
 * After the start a rule with `suppress` raises nothing until that was known
 * once, for CONDITION_WAIT_MS after its first look at most: a lift in
 * inspection must not flash.  What is over by then was never raised.  P1 does
 * not wait.
 *
 * Between two readings a value holds, so a delay may end without one:
 * condition_due says when.  Times are monotonic milliseconds and never go back.
 */
#ifndef ALARM_CONDITION_H
#define ALARM_CONDITION_H

#include "gateway/measure/derive.h"

#define CONDITION_WAIT_MS 10000

enum alarm_severity { SEVERITY_P1, SEVERITY_P2, SEVERITY_P3, SEVERITY_P4 };

extern const char *const alarm_severity_names[]; /* "P1".."P4"; NULL ends */

/* What a device has beside its points: in an expression a truth value that
 * riser itself knows or concludes, under the name behind it. */
enum {
	POINT_ONLINE = 0xfff0, /* online: it answers; unknown until that is
				  known */
	POINT_IDENTIFIED, /* identified; false: it is another model */
	POINT_BUS_UP, /* bus_up, of the gateway, once a bus: somebody on it
			 answers */
	/* of a lift: car.h */
	POINT_CAR_TRAPPED, /* car_trapped */
	POINT_CAR_SUSPECT, /* car_suspect */
	POINT_CAR_FREED, /* car_freed */
	POINT_CAR_UNPOWERED, /* car_unpowered */
	POINT_CAR_AT_RISK, /* car_at_risk */
	/* of a meter: sweep.h */
	POINT_PHASE_LOST, /* phase_lost: a phase is known to be below half its
			     nominal voltage */
	POINT_POWER_CUT, /* power_cut, of one that feeds a lift: the supply is
			    lost or suspected to be */
	POINT_CARS_BACK, /* cars_back, of one that feeds a lift: the supply is
			    there, and each car of the list has restarted or
			    was checked */
	POINT_CARS_LATE, /* cars_late, ditto: the supply has been there for
			    SWEEP_LATE_MS and some car has neither */
	POINT_VIRTUAL_END
};

/* A rule as it holds for one device.  Points are indices into the device's.
 * Belongs to the configuration. */
struct alarm_rule {
	const char *name;
	const struct expr *when;
	const struct expr *clear; /* NULL: it is enough that `when` does not */
	const struct expr *suppress; /* by design, while it holds; or NULL */
	const struct expr *release; /* of one that latches: once it is over and
				       acknowledged it ends by itself when this
				       holds; or NULL */
	int64_t on_ms, off_ms;
	int64_t shelve_max_ms; /* 0: cannot be shelved */
	uint8_t severity; /* enum alarm_severity */
	bool latch;
	bool needs_power; /* hidden while what feeds its device has no supply */
	struct text text; /* with {place}, {name}, {v}, {dur} and {point}s */
};

enum condition_truth { CONDITION_UNKNOWN, CONDITION_FALSE, CONDITION_TRUE };

/* One condition with its delay. */
struct condition_timer {
	uint8_t truth; /* enum condition_truth, as last seen */
	int64_t held_ms; /* it has held so long, up to since_ms */
	int64_t since_ms; /* when truth became what it is */
};

/* What a rule remembers between readings. */
struct condition {
	const struct alarm_rule *rule;
	struct derive_state when, clear, suppress,
	    release; /* what the rule's
			expressions saw */
	struct condition_timer on, off;
	bool raised;
	bool simulated; /* simulated values made `when` hold last */
	bool suppressed; /* `suppress` held when last known */
	bool released; /* `release` is known to hold */
	int64_t raise_from_ms; /* it raises nothing before; INT64_MAX: it waits
				  and did not look yet */
};

/* How it gets at a reading of its device, virtual ones too (derive.h). */
struct condition_look {
	struct derive_input (*get)(const void *context, uint16_t point);
	const void *context;
};

/* Spans live in memory. */
void condition_start(
    struct condition *c, const struct alarm_rule *rule, struct arena *memory);

bool condition_uses(const struct alarm_rule *rule, uint16_t point);

/* An input was read or changed its quality at now_ms.  True if `raised`
 * changed: once at most, the next change is due then (condition_due). */
bool condition_take(
    struct condition *c, const struct condition_look *look, int64_t now_ms);

/* Time passed.  True if `raised` changed. */
bool condition_tick(struct condition *c, int64_t now_ms);

/* When condition_tick may change something; INT64_MAX: not by time alone. */
int64_t condition_due(const struct condition *c);

/* How long `when` has held. */
int64_t condition_held_ms(const struct condition *c, int64_t now_ms);

/* It was raised before (a restart, a reload), or was not: as if it had been so
 * all the time.  Nothing was taken yet. */
void condition_restore(struct condition *c, bool raised);

/* Beside that its delays go on (a reload): the rule of `was` asks the same,
 * perhaps with other delays.  What rates and drops have seen is not known any
 * more.  same_suppress: that is asked the same too.  Nothing was taken yet. */
void condition_go_on(
    struct condition *c, const struct condition *was, bool same_suppress);

#endif
