/*
 * sweep.h - a power cut, and the lifts that stand in it, pure
 *
 * One for each meter; a list of cars has one that feeds a lift (fed_by; through
 * a feeder too).  What is believed of the supply, the first row that holds:
 *
 *	the meter says	   the lifts say, and else	the supply is
 *
 *	a phase is dead	   whatever			lost
 *	all are alive	   whatever			there
 *	nothing, in no	   all have power		there
 *	  cut
 *	nothing, in a	   each has power since the	there, until the meter
 *	  suspicion	     sign, or was checked; and	  has answered again;
 *			     one at least has		  hides nobody
 *	nothing, in a	   the same, when the meter has	the same
 *	  cut it saw	     been silent for METER_MS
 *	nothing		   a person says that a		the same
 *			     suspicion is false
 *	fell silent	   one fell silent or lost its	suspected
 *			     power within TOGETHER_MS
 *	nothing		   else				as it was: lost,
 *							  suspected; or unknown
 *
 * A phase is dead below SWEEP_PHASE_V, or where the meter has no phase voltages
 * by its line voltages below SWEEP_LINE_V; all are alive when each is known to
 * be, or when a meter without voltages answers.  The nominal voltage is 220 V.
 * Of a meter behind voltage transformers, whose nominal nobody said, only what
 * would be dead at 220 V too is.
 *
 * A lift has power when its `supply` says so, or it has none and answers.
 * Whoever was silent before anything was known of it did not fall silent.  The
 * sign of a cut is its first trace: the first of both that went, or the first
 * dead phase.
 *
 * Where all of the meter's bus is silent, with something on it that the meter
 * does not feed, it is the line; and for SWEEP_LINE_MS after, while they come
 * back one by one.  That explains the meter's silence and that of the lifts on
 * it: then it takes another lift whose power is lost, or two that are silent.
 *
 * Of a cut, what it lists and hides:
 *
 *	a lift that says, SWEEP_TELL_MS after the	stands apart: is not
 *	sign or later, that it has power		  listed, not hidden
 *	one that did, and was in need all the same	is listed, hidden
 *	within SWEEP_TOGETHER_MS of the sign
 *	one that did, and is in need later		stands apart: its own
 *							  alarms tell of it
 *	one that was in need by itself, more than	is listed, not hidden
 *	SWEEP_TOGETHER_MS before the sign
 *	any other; it may only have a battery		is listed, hidden
 *	all that is no lift				is hidden
 *
 * A list is of those that did not stand apart when it was told, and who comes
 * into the cut later joins it.  Each has the most dangerous state it had since
 * SWEEP_APART_MS before the supply was last known to be there
 * (car_state_since), SWEEP_LOOK_BACK_MS before the sign at most; the most
 * urgent first.  Then each car is ticked off
 * by a person, or comes back by itself: it has answered since the supply came
 * back, or stands apart, and has been fit (car.h) for SWEEP_FIT_MS, or for
 * SWEEP_RUN_MS and has moved in that time; for a controller that starts says
 * that all is well until it knows better.
 *
 * If the supply goes again meanwhile, those that were back or said anything
 * good since it returned stand in the list anew, and who was looked after is to
 * be looked after again.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "gateway/alarm/alarm.h"
#include "gateway/alarm/car.h"

#define SWEEP_PHASE_V 110
#define SWEEP_LINE_V 190
#define SWEEP_TOGETHER_MS 10000
#define SWEEP_LOOK_BACK_MS 60000
#define SWEEP_APART_MS                                                         \
	3000 /* the meter is read by other questions than a car,               \
		and a supply falls before it is dead */
#define SWEEP_LINE_MS 60000
#define SWEEP_TELL_MS 3000 /* a controller notices so late what it lost */
#define SWEEP_METER_MS (5 * 60 * 1000)
#define SWEEP_FIT_MS 60000
#define SWEEP_RUN_MS 10000
#define SWEEP_LATE_MS (2 * 60 * 1000) /* after that a car has not restarted */
#define SWEEP_CARS_MAX 32 /* behind one device; conf/ refuses more */
#define SWEEP_ID_MAX 64 /* bytes of a device's id with its NUL */

/* Times of silence. */
#define SWEEP_NEVER INT64_MAX /* it is not silent */
#define SWEEP_BEFORE INT64_MIN /* since before anything was known of it */

enum sweep_supply {
	SWEEP_UNKNOWN,
	SWEEP_THERE,
	SWEEP_SUSPECTED,
	SWEEP_LOST,
};

/* ---- what is told ---- */

/* A car of the list. */
struct sweep_car {
	char device[SWEEP_ID_MAX];
	struct text where; /* "7栋2单元", for people; the configuration's */
	struct car_state was;
	int64_t age_ms; /* how long ago it was so, when the cut was told;
			   INT64_MAX: nothing was ever known */
	bool back; /* it has restarted, or has power of its own */
	int64_t sign_ms; /* of the cut in which it stands; INT64_MIN: of one
			    before a restart */
	struct alarm_deed checked; /* by whom; "" nobody yet */
};

/* What is told of a cut; all zero: none was told. */
struct sweep_list {
	bool suspected; /* when it was told */
	uint8_t phases; /* lost ones, bit 0 is L1, when it was told */
	uint8_t count;
	struct sweep_car cars[SWEEP_CARS_MAX];
};

/* ---- what is known ---- */

/* A voltage of the meter as it was read last. */
struct sweep_volt {
	int16_t point; /* of its device; -1: it has not */
	uint8_t dead; /* enum condition_truth */
	bool simulated;
	int64_t at_ms; /* when it was last good */
};

/* A lift that it feeds.  The first three are the caller's to set. */
struct sweep_lift {
	const char *device;
	struct text where;
	const struct car *car;
	bool on_line; /* on the meter's bus */
	uint8_t online; /* enum condition_truth */
	int64_t silent_ms; /* while it is not online: since when */
	int64_t unpowered_ms; /* since when, as silent_ms */
	bool apart; /* from the cut: it has power, or lost it by itself */
	bool alone; /* in need by itself before the cut, and since */
	int64_t fit_ms; /* since when, after its power came back; INT64_MAX: it
			   is not */
	bool moved; /* since then */
};

struct sweep {
	struct sweep_volt volts[6]; /* L1 L2 L3, L12 L23 L31 */
	uint8_t online; /* enum condition_truth */
	int64_t silent_ms;
	int64_t heard_ms; /* when it last answered; INT64_MIN: never */
	bool line_dead; /* all of its bus is silent, and on that is something
			   which it does not feed */
	int64_t line_ms; /* up to then silence is the line's */

	uint8_t supply; /* enum sweep_supply */
	bool sure; /* that was concluded, and not restored */
	uint8_t phases; /* lost ones, as they were last known */
	int64_t there_ms; /* when the meter last knew it to be there */
	bool denied; /* no cut, whatever silence says: until the meter answers
		      */
	int64_t sign_ms; /* of the cut; INT64_MIN: nobody knows */
	int64_t from_ms; /* of the cut: states before are of no account */
	int64_t again_ms; /* when it came back before this cut; INT64_MAX: it
			     did not */
	int64_t return_ms; /* when it came back; INT64_MAX: it did not */
	bool return_seen; /* and not only found to be there */

	uint16_t lift_count;
	struct sweep_lift *lifts;
	struct sweep_list *list; /* as it was told last; not written to before
				    a cut is told, for it is large */
};

/* The sweep of a meter with these points.  lifts, and list, which is zeroed,
 * outlive it. */
void sweep_start(struct sweep *s, uint16_t point_count,
    const struct point_info *points, uint16_t lift_count,
    struct sweep_lift *lifts, struct sweep_list *list);

/* Whether the point is one of its voltages, and that one was read or changed
 * its quality. */
bool sweep_uses(const struct sweep *s, uint16_t point);
void sweep_take(struct sweep *s, uint16_t point, const struct derive_input *in,
    int64_t now_ms);

/* The meter has answered; and whether it answers in general, if not since
 * when. */
void sweep_heard(struct sweep *s, int64_t now_ms);
void sweep_meter(
    struct sweep *s, enum condition_truth online, int64_t silent_ms);

/* The same of the lift of this number; its car has what it said. */
void sweep_lift(struct sweep *s, uint16_t lift, enum condition_truth online,
    int64_t silent_ms, int64_t now_ms);

/* Whether it is the line. */
void sweep_line(struct sweep *s, bool dead, int64_t now_ms);

/* Something of that was new, or time passed: concludes.  sweep_due: when time
 * alone may change something. */
void sweep_conclude(struct sweep *s, int64_t now_ms);
int64_t sweep_due(const struct sweep *s, int64_t now_ms);

/* POINT_PHASE_LOST to POINT_CARS_LATE as expressions ask for them. */
struct derive_input sweep_look(
    const struct sweep *s, uint16_t virtual_point, int64_t now_ms);

bool sweep_is_cut(const struct sweep *s);

/* A person says that there is no cut.  Ends a suspicion; what the meter saw it
 * does not. */
void sweep_deny(struct sweep *s, int64_t now_ms);

/* What this lift needs power for is hidden by a cut, while that holds and after
 * it. */
bool sweep_hides(const struct sweep *s, uint16_t lift);

/* Its lift of this id, or NULL. */
const struct sweep_lift *sweep_find(const struct sweep *s, const char *device);

/* When the car counts as restarted, as things are; INT64_MAX: not yet. */
int64_t sweep_back_ms(const struct sweep *s, const struct sweep_car *c);

/* ---- the list ---- */

/* As it is to be told of a cut now. */
void sweep_list_make(
    const struct sweep *s, struct sweep_list *list, int64_t now_ms);

/* The list as told with what has become of its cars since.  AGAIN: the supply
 * came back and went again. */
enum sweep_news { SWEEP_SAME, SWEEP_NEWS, SWEEP_AGAIN };
enum sweep_news sweep_list_follow(
    const struct sweep *s, struct sweep_list *list, int64_t now_ms);

/* Whether the car, or some car, has neither come back nor been checked. */
bool sweep_car_is_open(const struct sweep_car *c);
bool sweep_list_is_open(const struct sweep_list *list);

/* Of a cut that is over. */
void sweep_list_forget(struct sweep *s);

/* The car of this id, or NULL. */
struct sweep_car *sweep_list_find(struct sweep_list *list, const char *device);

/* ---- over a restart and a reload ---- */

/* A list of before becomes its own, without the cars that it feeds no more. */
void sweep_list_adopt(struct sweep *s, const struct sweep_list *list);

/* Before a start: what its voltages said last held until then; and they are to
 * be read again. */
void sweep_recall(struct sweep *s, int64_t until_ms);
void sweep_forget_volts(struct sweep *s);

/* As alarms.h has it: a lift without power at the start lost it meanwhile. */
void sweep_resume(struct sweep *s);

/* A list was told before a restart; cut: and the alarm's condition held.  Cars
 * that are not among its lifts any more are left out. */
void sweep_restore(struct sweep *s, const struct sweep_list *list, bool cut);

/* Goes on with what was known of the same meter before a reload; of its
 * voltages that is what is read again. */
void sweep_go_on(struct sweep *s, const struct sweep *was);

#endif
