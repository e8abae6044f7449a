/*
 * dispatch.h - which letter goes to which channel, and when, pure
 *
 * Fed with the changes of alarms, with time, and with what became of letters;
 * says which letter a channel gets next.  A channel gets what its severities
 * and kinds let through, and what is escalated to it.
 *
 * When
 *	a P1 goes at once, alone, before everything else, and never into a
 *digest; other raises wait DISPATCH_GROUP_MS for their like and go together; P4
 *waits for the day's digest; in quiet hours P3 and P4 (as configured) wait for
 *their end, and only what still stands then is told, as a digest; in a flood
 *(more than DISPATCH_FLOOD raises in DISPATCH_FLOOD_MS) P3 and P4 go as a
 *digest each DISPATCH_DIGEST_MS until it has been calm so long; while it is not
 *acknowledged an alarm is told again: repeat_ms; escalations as configured,
 *counted from the raise; that it is over is told where its raise was delivered.
 * What is hidden (shelved, suppressed, out of service) is not told; one that
 * comes out of hiding is a raise then.  Simulated ones are told marked TEST.
 *
 * How often: in any 60 s at most a_minute requests a channel, a_minute_p1 of
 * them kept for P1.  P1s that wait for room go together in one letter, each
 * with its whole text.
 *
 * What fails is tried again after 2, 5 and 15 s; a P1 that failed twice goes to
 * the next channel that takes P1 beside, and to all others when it is given up.
 * A channel that is over its limit, or refuses, is given nothing for as long as
 * it says (a refusal: DISPATCH_REFUSED_MS), P1 goes round it at once.
 *
 * All times are monotonic milliseconds; the wall clock comes as an argument,
 * for texts, quiet hours and shifts (roster.h).
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "gateway/sinks/letter.h"
#include "gateway/sinks/notice.h"
#include "gateway/sinks/robot.h"

#define DISPATCH_GROUP_MS 10000
#define DISPATCH_FLOOD 10
#define DISPATCH_FLOOD_MS (10 * 60 * 1000)
#define DISPATCH_DIGEST_MS (5 * 60 * 1000)
#define DISPATCH_REFUSED_MS (60 * 1000)
#define DISPATCH_UNTOLD_MS 30000 /* a P1 that nobody was told of by then */

#define DISPATCH_ALARMS_MAX                                                    \
	4096 /* that stand at once; more are told by a digest's                \
		count only */

struct dispatch;

/* Now, by both clocks. */
struct dispatch_time {
	int64_t mono_ms, unix_ms;
};

/* conf outlives it. */
struct dispatch *dispatch_new(const struct notify_conf *conf);
void dispatch_free(struct dispatch *d); /* NULL is fine */

/* ---- what stood when this process began, before anything else ----
 *
 * First what earlier attempts did (of the events that notify.h describes,
 * oldest first), then each alarm of the board, then dispatch_begin: what stands
 * and was not delivered is due now, late; what was delivered is not told again
 * but goes on being repeated and escalated; what was delivered as raised and
 * stands no more is told to be over. */
struct dispatch_past {
	const char *channel, *key; /* key: device/alarm */
	uint8_t why; /* enum letter_why */
	uint8_t step; /* of ESCALATE: which */
	int64_t since_ms; /* of the alarm's occurrence, Unix */
	int64_t ts_ms; /* when, Unix */
	bool sent;
};
void dispatch_past(struct dispatch *d, const struct dispatch_past *p);
void dispatch_standing(struct dispatch *d, const struct notice *n,
    const struct dispatch_time *now);
void dispatch_begin(struct dispatch *d, const struct dispatch_time *now);

/* ---- then ---- */

/* An alarm changed.  An event that came before is known by (log, seq). */
void dispatch_take(struct dispatch *d, const struct notice *n,
    const struct dispatch_time *now);

/* Time passed.  Returns when it next wants to run (monotonic). */
int64_t dispatch_tick(struct dispatch *d, const struct dispatch_time *now);

/* The letter that this channel is to get now; the channel has none under way.
 * It stays valid until dispatch_ended. */
bool dispatch_next(struct dispatch *d, size_t channel,
    const struct dispatch_time *now, struct letter *l);

/* What became of it.  For each alarm in the letter tell is called: an attempt
 * is an event. */
struct dispatch_attempt {
	size_t channel;
	const struct notice *notice;
	uint8_t why, step;
	unsigned number; /* of tries */
	bool given_up; /* it failed and is not tried again here */
	bool late;
};
void dispatch_ended(struct dispatch *d, size_t channel,
    const struct robot_answer *a, const struct dispatch_time *now,
    void (*tell)(void *context, const struct dispatch_attempt *attempt),
    void *context);

/* Since when a P1 waits that nobody was told of, and no channel is left or
 * DISPATCH_UNTOLD_MS have passed; INT64_MAX: none. */
int64_t dispatch_untold_ms(const struct dispatch *d);

/* How many alarms this channel is still to be told of, for a figure. */
size_t dispatch_waiting(const struct dispatch *d, size_t channel);

#endif
