/*
 * site.h - the inside of alarms.h, for its files alone: what a site holds, and
 * the one way in which an alarm changes
 */
#ifndef SITE_H
#define SITE_H

#include "gateway/alarm/alarms.h"
#include "gateway/alarm/sweep.h"
#include "gateway/alarm/watch.h"

/* What riser itself knows. */
struct known {
	uint8_t truth; /* enum condition_truth */
	int64_t since_ms;
};

/* A point as it was last seen, as far as expressions see it. */
struct seen {
	double number;
	struct quality quality;
};

/* Who asks for a point.  Of most points nobody does: they are passed over, and
 * their bytes lie together so that this costs nothing. */
enum site_asks {
	ASKS_RULE = 1,
	ASKS_OVER_TIME = 2, /* a rule with a rate or a drop */
	ASKS_POWER = 4, /* the device's car or sweep */
};

/* What became of the last question to a device. */
enum site_word { WORD_NONE, WORD_ANSWER, WORD_SILENCE };

/* Behind a bus, or fed by a device, alarms are hidden. */
struct site_hiding {
	const struct watch *hider; /* by this one's; or NULL */
	int64_t until_ms; /* INT64_MAX: while its condition holds */
};

#define SITE_SWEEP_TRUTHS (POINT_VIRTUAL_END - POINT_PHASE_LOST)
#define SITE_NOT_LOOKED 0xff /* no truth */

/* A lift of a sweep. */
struct site_lift {
	uint16_t device;
	bool is_own_bus; /* all on its bus is fed by the sweep's meter */
};

/* A meter's sweep in its site. */
struct site_sweep {
	struct sweep sweep;
	uint16_t device;
	struct site_lift *lifts;
	bool has_strangers; /* on its bus is what it does not feed */
	struct watch *watch; /* that tells of the cars; or NULL */
	uint8_t truths[SITE_SWEEP_TRUTHS]; /* enum condition_truth: at which the
					      rules looked last */
	bool anew; /* the list is to be made anew */
	int64_t cars_ms; /* before that ALARM_CARS is not told again */
	int64_t due_ms;
};

/* Where a lift stands: as which number of which sweep. */
struct site_place {
	struct site_sweep *sweep;
	uint16_t lift;
};

struct site_device {
	uint8_t word; /* enum site_word */
	bool undecided; /* offline, and it may be the bus that is */
	struct known online, identified;
	int64_t silent_ms; /* when a question failed first since it answered
			      last; SWEEP_NEVER, SWEEP_BEFORE */
	uint32_t failed; /* questions that failed in a row, as they are told */
	int64_t heard_ms; /* when it answered last; INT64_MIN: never */
	int64_t due_ms; /* the least of its watches' and its car's, or less */
	const uint8_t *asks; /* by point: enum site_asks */
	struct seen *seen; /* by point */
	struct site_hiding hiding; /* of what it feeds */
	struct car *car; /* of a lift; else NULL */
	struct site_sweep *sweep; /* of a meter; else NULL */
	uint16_t place_count;
	struct site_place *places; /* of a lift, in what feeds it */
};

struct site_bus {
	uint32_t devices, answering, silent, undecided; /* devices of it */
	int64_t heard_ms; /* when somebody answered last; INT64_MIN: nobody */
	struct known up;
	struct site_hiding hiding;
};

/* Stood before and is not in the configuration any more. */
struct gone {
	char *device, *alarm;
	struct alarm was; /* for a reload that brings it back */
	struct sweep_list *cars; /* or NULL */
};

struct alarms {
	struct alarms_conf conf;
	struct arena *memory;
	struct watches watches;
	struct site_device *devices;
	struct site_bus *buses;
	struct derive_input *gateway; /* its points */
	uint16_t *order; /* devices, each behind what hides its alarms: the
			    gateway first, what feeds before what it feeds */
	uint32_t sweep_count;
	struct site_sweep *sweeps;

	struct alarm *room; /* of each watch one */
	size_t room_used;
	struct alarm **returned;
	size_t returned_count;

	struct gone *gone;
	size_t gone_count;

	int64_t now_ms; /* the latest that was told */
	int64_t recalled_ms; /* up to then; INT64_MIN: nothing was */
	int64_t due_ms;
	uint64_t turn;
	bool started; /* what hides others does so as before */
	bool carried; /* over a reload: things are known at the start */
	bool refused; /* since the last tick */
};

/* Brings the watch's alarm to what its condition, its hider and the time want,
 * change by change, as far as they can be told. */
void site_settle(struct alarms *a, struct watch *w);

/* All that it hides, when that begins or ends. */
void site_settle_behind(struct alarms *a, const struct site_hiding *h);

/* What of a device needs power: who hides it may have changed. */
void site_settle_fed(struct alarms *a, uint16_t device);

/* The watch hides others and its alarm may have changed: it begins to, or to
 * linger. */
void site_refresh(struct alarms *a, const struct watch *w);

/* Where the watch hides others from. */
struct site_hiding *site_hiding(struct alarms *a, const struct watch *w);

/* next becomes the watch's alarm, and cars its list (NULL: that stays), unless
 * the change cannot be told: false.  o: the order it came of, or NULL. */
bool site_change(struct alarms *a, struct watch *w, struct alarm *next,
    enum alarm_change change, const struct order *o,
    const struct sweep_list *cars);
bool site_tell(struct alarms *a, const struct alarms_news *news);

/* Its alarm; a plain one if it has none. */
struct alarm site_alarm(const struct watch *w);

/* The list that is told with its alarm; NULL: none. */
const struct sweep_list *site_cars(
    const struct alarms *a, const struct watch *w);

/* Without telling. */
void site_keep(struct alarms *a, struct watch *w, const struct alarm *next);

/* The watch is to be settled at that time. */
void site_due(struct alarms *a, struct watch *w, int64_t due_ms);

/* Its rule looks at its points. */
void site_look(struct alarms *a, struct watch *w);

/* What it finds there. */
struct site_looker {
	const struct alarms *a;
	const struct watch *w;
};
struct derive_input site_get(const void *looker, uint16_t point);

/* site_words.c: the value and texts of an alarm that is raised.  cars: the list
 * it is to have; NULL: it has none of its own. */
void site_word(const struct alarms *a, const struct watch *w,
    struct alarm *next, const struct sweep_list *cars);

/* Those that ask for the point and did not look in this turn; is_news: or it
 * was read again as it was, which only rates and drops want to know. */
void site_look_at(
    struct alarms *a, uint16_t device, uint16_t point, bool is_news);

struct watch *site_find(
    const struct alarms *a, const char *device, const char *alarm);

/* alarms_feed.c: lifts have cars, and what feeds them sweeps. */
void power_start(struct alarms *a);

/* alarms_power.c: lifts, and the supplies that feed them. */

/* All that was carried over is there: rules may look. */
void power_begin(struct alarms *a);

/* Whether the device's car or sweep asks for the point. */
bool power_uses(const struct alarms *a, size_t device, uint16_t point);

/* These readings, before rules look at them; true: power_look is due after
 * that. */
bool power_take(struct alarms *a, const struct batch *b);
void power_look(struct alarms *a, uint16_t device);

/* Rules look at what comes of it: a device answers, or it became known whether
 * it does; of a bus all are silent, or no longer. */
void power_heard(struct alarms *a, uint16_t device);
void power_online(struct alarms *a, uint16_t device);
void power_line(struct alarms *a, uint16_t bus);

/* Time passed for a device's car, or for all supplies; due times go down to the
 * next. */
void power_tick_car(struct alarms *a, uint16_t device);
void power_tick(struct alarms *a);

/* What is concluded, as expressions ask for it. */
struct derive_input power_get(
    const struct alarms *a, uint16_t device, uint16_t point);

/* What a watch's alarm of before a restart says; a device of before a reload.
 */
void power_restore(struct alarms *a, const struct watch *w,
    const struct alarm *was, const struct sweep_list *cars);
void power_go_on(
    struct alarms *a, uint16_t device, const struct alarms *old, uint16_t was);

/* What feeds a device, directly or not, hides what that needs power for, while
 * it hides anything. */
bool power_hides(const struct alarms *a, size_t source, size_t device);

/* Somebody says that the watch's alarm is false. */
void power_deny(struct alarms *a, const struct watch *w);

/* A car was looked after: the list after it in *cars.  NONE with a sentence, or
 * "" if that is no news. */
enum alarm_change power_check(const struct alarms *a, const struct watch *w,
    const struct order *o, struct sweep_list *cars, char why[ORDER_WHY_MAX]);

/* alarms_recall.c: what was recalled is past, and things begin anew. */
void power_wake(struct alarms *a);

/* alarms_past.c: what stood before and has no place now. */
void alarms_tell_gone(struct alarms *a);
void alarms_forget_gone(struct alarms *a);

#endif
