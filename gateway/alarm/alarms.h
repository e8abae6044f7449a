/*
 * alarms.h - all alarms of a site: rules, suppression, orders, pure
 *
 * Fed with what the pipeline learns and with time; tells each change to one
 * function, which writes it down.  A change that cannot be written down does
 * not happen: it is tried again at the next turn, so what is told and what is
 * are always the same.  What came and went meanwhile is told as raised and
 * cleared then, once and without its value, which nobody knows any more.
 *
 * Suppression by design: the alarms of rule->suppress while that holds; what
 * asks `online` or `identified` of a device, while its bus is down; and what
 * needs power, while what feeds its device tells that it has none (its alarm
 * whose `when` asks phase_lost or power_cut), up the chain: of several the
 * topmost hides.  Not of a lift that stands apart from the cut (sweep.h).  Both
 * for LINGER_MS after, so that the devices can come back one by one; but what
 * asks car_at_risk knows by itself whether there is power, and is shown then.
 *
 * What somebody has shelved or taken out of service hides nobody, else it would
 * hide them from all.  The bus is down while the condition of its alarm says
 * so, not while chatter holds that alarm: a device that stays away must not be
 * hidden by a bus that came back; and so it is with a supply.  What is NORMAL
 * is never suppressed; raised meanwhile it is told once, as suppressed.
 *
 * A lift has a car (car.h), a meter a sweep (sweep.h).  With an alarm whose
 * `when` asks power_cut the list of cars is told, made when that is raised: the
 * cars are part of the alarm, and what is true of it is true of them.  A car
 * that restarts is told as ALARM_CARS, at most once in CARS_MS.
 *
 * A site's last device is the gateway itself ("gateway"), whose points come by
 * alarms_gateway.  Of its rules those that ask bus_up stand once for each bus,
 * as NAME-BUS: gateway/bus-down-shaft-3.
 */
#ifndef ALARMS_H
#define ALARMS_H

#include "gateway/alarm/alarm.h"

#define ALARMS_LINGER_MS 60000
#define ALARMS_CARS_MS 1000
#define ALARMS_UNFED SIZE_MAX

struct alarms;
struct sweep_list; /* sweep.h */

struct alarms_device {
	const char *id;
	struct text name;
	const char *kind; /* "elevator" has a car, "transformer" and "feeder" a
			     sweep; or NULL */
	const char *building, *stair; /* or NULL */
	size_t bus;
	size_t fed_by; /* the device that feeds it, or ALARMS_UNFED */
	uint16_t point_count;
	const struct point_info *points;
	size_t rule_count;
	const struct alarm_rule *rules;
};

/* One change, to be told. */
struct alarms_news {
	const char *device, *alarm; /* ids */
	enum alarm_change change;
	const struct alarm *now; /* as it is then */
	const struct alarm_rule *rule; /* NULL: ALARM_GONE */
	const char *by, *note; /* of an order; or NULL */
	const char *car; /* of ALARM_CHECK: which; or NULL */
	const struct sweep_list *cars; /* of a power cut; or NULL */
};

struct alarms_conf {
	size_t device_count; /* the gateway is the last */
	const struct alarms_device *devices;
	size_t bus_count;
	const char *const *buses; /* ids */
	bool resumed; /* riser ran before, and nothing but itself has begun
			 anew: who does not answer from the start fell silent
			 meanwhile */

	/* A reading as the live table has it; not of the gateway. */
	struct derive_input (*get)(
	    const void *context, uint16_t device, uint16_t point);
	/* What a device's fault is called, for people; NULLs: nobody knows.  Or
	 * NULL: of none is it known. */
	struct text (*fault)(const void *context, uint16_t device);
	/* False: it could not be written down. */
	bool (*tell)(void *context, const struct alarms_news *news);
	void *context;
};

/* conf's arrays and all they point to outlive it; conf itself is copied. */
struct alarms *alarms_new(const struct alarms_conf *conf);
void alarms_free(struct alarms *a); /* NULL is fine */

/* At a start, before anything else: what was read before it in this boot, with
 * the times of then, the oldest first; what is not told was read as before.  Of
 * lifts that is what they did before a cut of which riser itself slept through
 * the beginning; nothing else comes of it. */
void alarms_recall(struct alarms *a, const struct batch *b);

/* What stood before: of a restart, from the events (alarm_record_read); of a
 * reload, from the old one, which is left as it was and is to be freed.
 * Nothing is told now.  An alarm that is not in the configuration any more is
 * told as ALARM_GONE at the next tick.
 *
 * Over a reload the delays under way go on too, of each rule that asks the same
 * of the same points, and what is known of each device that is still on its
 * bus, and of each bus.  Points are known when they are read again: until then
 * a delay stands still.  Rates and drops begin anew. */
struct alarms_past {
	const char *device, *alarm;
	const struct alarm *was;
	const struct sweep_list *cars; /* told with it; or NULL */
};

void alarms_restore(struct alarms *a, const struct alarms_past *past);
void alarms_carry_over(struct alarms *a, const struct alarms *old);

/* The times of an alarm that was restored were a guess, for the clock was not
 * known: those up to before_ms are moved. */
void alarms_move(struct alarms *a, const char *device, const char *alarm,
    int64_t before_ms, int64_t by_ms);

/* These readings are in the live table now.  Of simulated ones the alarms are
 * marked. */
void alarms_take(struct alarms *a, const struct batch *b);

/* What is known of a device (catalog index); each call is news or not.
 * Answered: online.  A question that failed says that it may be silent; given
 * up: not online, but whose silence that is, its own or its bus's, is known
 * only when another device of the bus has answered since, or the last question
 * to each has failed.  Until then `online` is unknown, and so a bus that is cut
 * is not first told device by device. */
void alarms_online(
    struct alarms *a, uint16_t device, bool online, int64_t now_ms);
void alarms_failed(struct alarms *a, uint16_t device, int64_t now_ms);
void alarms_identified(
    struct alarms *a, uint16_t device, bool identified, int64_t now_ms);

/* A point of the gateway itself. */
void alarms_gateway(struct alarms *a, uint16_t point,
    const struct derive_input *now, int64_t now_ms);

/* Returns when it next wants to run. */
int64_t alarms_tick(struct alarms *a, int64_t now_ms);

enum order_verdict alarms_order(struct alarms *a, const struct order *o,
    int64_t now_ms, char why[ORDER_WHY_MAX]);

/* Every alarm that is not plain, in any order; change is ALARM_NONE.  `now`
 * stays until the next call that changes something. */
void alarms_each(const struct alarms *a,
    void (*see)(void *context, const struct alarms_news *news), void *context);

/* How many of all there are: by severity and state; hidden ones count as
 * `suppressed` or else `shelved` (out of service too), not by their state. */
struct alarms_count {
	uint32_t by[4][5];
	uint32_t suppressed[4], shelved[4];
};
void alarms_count(const struct alarms *a, struct alarms_count *out);

#endif
