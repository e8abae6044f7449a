/*
 * dispatch.h - which letter goes to which channel, and when, pure
 *
 * Fed with the changes of alarms, with time, and with what became of letters;
 * says which letter a channel gets next.  A channel gets what its severities
 * and kinds let through, and what is escalated to it.
 *
 * A *round* of an alarm begins with each raise that is told as one (changes
 * raise and chatter) and when it comes out of hiding unacknowledged; it ends
 * when the alarm is over: NORMAL or RTNUN.  In a round a channel is told once
 * that it is there, once of each step of escalation, and once that it is over.
 *
 * When
 *   - a P1 goes at once, alone, before everything else, and never in a digest;
 *   - other raises wait DISPATCH_GROUP_MS for their like and go together;
 *   - P4 waits for the day's digest;
 *   - P3 and P4 (as configured) wait in quiet hours for their end, and what
 *     still stands then is told as a digest;
 *   - in a flood (flood.h: more than ten raises in ten minutes) P3 goes as a
 *     digest, at most one in DISPATCH_DIGEST_MS;
 *   - while it is UNACK an alarm is told again each repeat_ms where it was
 *     told, and escalated, counted from the round's begin.  A letter of
 *     escalation is as good as the raise and the steps before it;
 *   - that it is over is told where it was told that it was there.
 *
 * What changes while it waits: acknowledged or over, it is told no more but
 * P1, which says then who has it or that it is over (as CLEAR); hidden
 * (shelved, suppressed, out of service), it is not told, P1 neither.  That it
 * is over is told all the same.  Simulated ones are told marked TEST.
 *
 * How often: in any minute at most a_minute requests a channel, a_minute_p1 of
 * them kept for what is news of a P1, and for its repeats (bucket.h).  P1s that
 * wait for room go together in one letter, each with its whole text.
 *
 * What fails is tried again after 2, 5 and 15 s and then each minute, with one
 * alarm, until the channel takes something: nothing is lost by that, but is
 * told late.  A P1 is tried at once on a channel that waits so.  What was
 * refused four times is given up, for it may be the letter's fault.  A channel
 * that is over its limit, or refuses, is given nothing for as long as it says
 * (outlet.h).
 *
 * A P1 that nobody was told of goes beyond its channels when each of them has
 * failed twice, or is silent: to the next one that takes P1, of whatever kinds;
 * then to all.  It is never given up.
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
#define DISPATCH_DIGEST_MS (5 * 60 * 1000)
#define DISPATCH_LATE_MS (60 * 1000) /* later than this is late */
#define DISPATCH_UNTOLD_MS 30000 /* a P1 that nobody was told of by then */

/* That are told of at once.  When there are more, those of less severity give
 * way, and are told by a letter's count only. */
#define DISPATCH_ALARMS_MAX 4096

struct dispatch;

/* Now, by both clocks. */
struct dispatch_time {
	int64_t mono_ms, unix_ms;
};

/* conf outlives it.  Takes all memory there will ever be. */
struct dispatch *dispatch_new(const struct notify_conf *conf);
void dispatch_free(struct dispatch *d); /* NULL is fine */

/* ---- what was before this process, before anything else ----
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
	int64_t since_ms; /* the notice's of dispatch_standing exactly if it
			     was in the round that the alarm is in now; else
			     any other */
	int64_t ts_ms; /* when, Unix; one letter has one */
	bool sent;
};
void dispatch_past(struct dispatch *d, const struct dispatch_past *p);

/* n->ts_ms: when its round began, or when it was over; 0: not known.  n may
 * also be the last event of an alarm that stands no more and was told: without
 * it nobody knows its text. */
void dispatch_standing(struct dispatch *d, const struct notice *n,
    const struct dispatch_time *now);
void dispatch_begin(struct dispatch *d, const struct dispatch_time *now);

/* ---- then ---- */

/* An alarm changed.  An event that came before is known by (log, seq). */
void dispatch_take(struct dispatch *d, const struct notice *n,
    const struct dispatch_time *now);

/* Time passed.  Returns when it next wants to run (monotonic), at most a minute
 * later; dispatch_next may have something for any channel after it. */
int64_t dispatch_tick(struct dispatch *d, const struct dispatch_time *now);

/* The letter that this channel is to get now; the channel has none under way.
 * It stays valid until dispatch_ended. */
bool dispatch_next(struct dispatch *d, size_t channel,
    const struct dispatch_time *now, struct letter *l);

/* What became of it.  For each alarm in the letter tell is called: an attempt
 * is an event. */
struct dispatch_attempt {
	size_t channel;
	const char *device, *alarm;
	/* the alarm's event that the letter told of, and since when it stood */
	const char *log;
	uint64_t seq;
	int64_t since_ms;
	uint8_t why; /* RAISE .. CLEAR, in a digest too */
	uint8_t step; /* of ESCALATE */
	unsigned number; /* of tries, from 1 */
	bool given_up; /* the retries are used up: it goes when the channel
			  takes something again, or (refused) never */
	bool late;
};
void dispatch_ended(struct dispatch *d, size_t channel,
    const struct robot_answer *a, const struct dispatch_time *now,
    void (*tell)(void *context, const struct dispatch_attempt *attempt),
    void *context);

/* ---- how it does; of the last tick ---- */

/* Since when a P1 is not acknowledged that nobody was told of, and no channel
 * is left or DISPATCH_UNTOLD_MS have passed; INT64_MAX: none.  The gateway's
 * own alarm about that does not count. */
int64_t dispatch_untold_ms(const struct dispatch *d);

/* Alarms that the channel is to be told of now. */
size_t dispatch_waiting(const struct dispatch *d, size_t channel);

/* Whether what it was asked last failed. */
bool dispatch_is_failing(const struct dispatch *d, size_t channel);

#endif
