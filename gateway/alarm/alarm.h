/*
 * alarm.h - one alarm: ISA-18.2 states, and what people do about it, pure
 *
 *	        raise       ack       clear
 *	NORMAL ------> UNACK ---> ACKED -----> NORMAL
 *	                 |          `- latch -> LATCHED --reset--> NORMAL
 *	                 |clear        ack
 *	                 +-----> RTNUN ---> NORMAL
 *	                 `- latch: stays UNACK, not active; ack --> LATCHED
 *
 * RTNUN and LATCHED that are raised again are UNACK again.  Beside the state:
 * shelved until a time, suppressed by design, out of service: each hides the
 * alarm without stopping it.  What was hidden all through its life needs
 * nobody's acknowledgement and no reset: when it clears it is NORMAL.
 *
 * Chatter: the third raise within CHATTER_MS folds into one alarm that stays
 * active, whatever its condition does, until it has not been raised for
 * CALM_MS; raises are counted meanwhile and told no more.  Except a P1 that
 * somebody has acknowledged: he must hear that it came again.  A reset forgets
 * the raises before it.
 *
 * The work chain stands beside the states: responded, arrived, then rescued or
 * a false alarm; each once an occurrence, in any order, by whom and when.  Who
 * says rescued or false alarm has looked, so it is acknowledged by him if it
 * was not; and one that latches ends with that, as by a reset: at once if its
 * condition is over, else when it is.
 *
 * One that latches and has a release ends by itself too: acknowledged, its
 * condition over, and its release holds.
 *
 * What an occurrence left (since, ack, work, value, texts) stays readable when
 * it is NORMAL again, until the next change.
 *
 * A function changes the alarm and says what the change is called; who calls
 * keeps a copy to go back to if the change cannot be told.  All times are
 * monotonic milliseconds of this boot (they may be negative: before it).
 */
#ifndef ALARM_H
#define ALARM_H

#include "gateway/alarm/condition.h"
#include "gateway/alarm/order.h"

#define ALARM_CHATTER_MS (10 * 60 * 1000)
#define ALARM_CHATTER_RAISES 3
#define ALARM_CALM_MS (30 * 60 * 1000)
#define ALARM_TEXT_MAX                                                         \
	320 /* bytes of a text with its NUL: two of them, all names            \
	       and a note are an event */

enum alarm_state {
	ALARM_NORMAL,
	ALARM_UNACK,
	ALARM_ACKED,
	ALARM_RTNUN,
	ALARM_LATCHED
};

extern const char *const alarm_state_names[]; /* "NORMAL", ..; NULL ends */

/* What an event tells.  The names are in events for ever. */
enum alarm_change {
	ALARM_NONE, /* nothing changed */
	ALARM_RAISE,
	ALARM_CLEAR,
	ALARM_ACK,
	ALARM_SHELVE,
	ALARM_UNSHELVE, /* by somebody, or (by is "") its time is over */
	ALARM_SUPPRESS,
	ALARM_UNSUPPRESS,
	ALARM_OUT, /* of service */
	ALARM_IN,
	ALARM_NOTE,
	ALARM_RESPOND,
	ALARM_ARRIVE,
	ALARM_RESCUE,
	ALARM_FALSE,
	ALARM_RESET,
	ALARM_CHATTER,
	ALARM_CALM,
	ALARM_RELEASE, /* it latches, and ended by itself */
	ALARM_CHECK, /* a car of a power cut was looked after */
	ALARM_CARS, /* cars of a power cut came back */
	ALARM_GONE, /* the configuration has no such alarm any more */
	ALARM_CHANGES
};

/* "raise", "clear", ..; of ALARM_NONE "none". */
extern const char *const alarm_change_names[];

/* Who did something, and when; by is "" if nobody did. */
struct alarm_deed {
	char by[ORDER_BY_MAX];
	int64_t at_ms;
};

enum alarm_work {
	WORK_RESPONDED,
	WORK_ARRIVED,
	WORK_RESCUED,
	WORK_FALSE,
	WORK_COUNT
};

extern const char *const alarm_work_names[]; /* "responded", .. */

struct alarm {
	uint8_t state; /* enum alarm_state */
	bool active; /* its condition holds, or chatter holds it */
	bool condition; /* its condition holds */
	bool shown; /* it was not hidden at some time of this occurrence */
	bool test; /* raised by simulated values */
	int64_t since_ms; /* of this occurrence's first raise */
	struct alarm_deed ack; /* of this occurrence */
	struct alarm_deed work[WORK_COUNT];

	char shelved_by[ORDER_BY_MAX]; /* "" not */
	int64_t shelved_until_ms;
	struct alarm_deed out; /* of service, by whom; "" in service */
	char suppressed_by[ORDER_KEY_MAX]; /* "" not */

	bool chatters;
	uint32_t count; /* raises of this occurrence */
	uint8_t raise_count; /* how many of raises_ms there are */
	int64_t raises_ms[ALARM_CHATTER_RAISES]; /* the last ones, oldest first
						  */

	/* as it was at the last raise */
	struct value value; /* VALUE_NONE: nothing to be said */
	char unit[16];
	char value_name[64]; /* of an enumeration's value; or "" */
	char text_zh[ALARM_TEXT_MAX], text_en[ALARM_TEXT_MAX];
};

/* Whether it is as if it had never been: NORMAL and nothing beside it.  All
 * zero is such an alarm. */
bool alarm_is_plain(const struct alarm *a);
bool alarm_is_hidden(const struct alarm *a);

/* The condition is raised or is not; NONE if that is no news.  value and texts
 * are the caller's, to be set when RAISE or CHATTER is returned. */
enum alarm_change alarm_condition(struct alarm *a, const struct alarm_rule *r,
    bool raised, bool test, int64_t now_ms);

/* What it tells of ended and came again, too soon for its condition to notice:
 * as if that had been raised anew.  NONE if that is no news. */
enum alarm_change alarm_again(
    struct alarm *a, const struct alarm_rule *r, int64_t now_ms);

/* by: what suppresses it, "gateway/bus-down-shaft-3"; NULL or "" nothing.
 * NONE if that is no news. */
enum alarm_change alarm_suppress(struct alarm *a, const char *by);

/* Somebody wants something.  NONE with a sentence in why if it cannot be, or if
 * there is nothing to do it to; the same deed of the same person a second time,
 * of which what he did still tells, is NONE with an empty sentence: done
 * already. */
enum alarm_change alarm_order(struct alarm *a, const struct alarm_rule *r,
    const struct order *o, int64_t now_ms, char why[ORDER_WHY_MAX]);

/* Its release holds: RELEASE if that ends it, else NONE. */
enum alarm_change alarm_release(struct alarm *a, const struct alarm_rule *r);

/* Time passed: a shelf ends, chatter calms down (and with it what it held).
 * One change at most; alarm_due then says that there is another. */
enum alarm_change alarm_tick(
    struct alarm *a, const struct alarm_rule *r, int64_t now_ms);
int64_t alarm_due(const struct alarm *a); /* INT64_MAX: never */

#endif
