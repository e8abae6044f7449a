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
 *     escalation is as good as the raise and the steps before it, and is not
 *     sent where repeats go and it would name nobody new;
 *   - a power cut that is calm (notice_is_calm) is not escalated; each channel
 *     is told that once, and then as often as of a P2;
 *   - that it is over is told where it was told that it was there.
 *
 * What changes while it waits: acknowledged or over, it is told no more but
 * P1, which says then who has it; or, if no channel was told while it stood,
 * how bad it was and that it is over (as CLEAR); hidden
 * (shelved, suppressed, out of service), it is not told, P1 neither.  That it
 * is over is told all the same.  Simulated ones are told marked TEST.
 *
 * How often: in any minute at most a_minute requests a channel, a_minute_p1 of
 * them kept for what is news of a P1, and for its repeats (bucket.h).  P1s that
 * wait for room go together in one letter, each with its whole text, first what
 * still stands and among that lifts; the next letter of P1s is only seconds
 * away as long as that can be.
 *
 * What fails is tried again after 2, 5 and 15 s and then each minute, with one
 * alarm, until the channel takes something: nothing is lost by that, but is
 * told late.  A channel that refuses whatever it is sent is asked each minute,
 * until somebody has set that right.  A P1 is tried at once on a channel that
 * waits so.  One that is over its limit is given nothing for as long as it says
 * (outlet.h).
 *
 * A text that was refused four times, while others were taken, is given up: the
 * alarm is told when it would be told again, and later steps as they come.  Not
 * so a P1's while it stands, or while nobody was told.
 *
 * A P1 that nobody was told of goes beyond its channels when each of them has
 * failed twice, refuses, or is silent: to the next one that takes P1, of
 * whatever kinds; then to all.  It goes to the next also when none of them has
 * room soon.  A P2 goes so to the next that takes P2, or else P1; and a P1's
 * step of escalation that nobody was told of to the next that takes P1.
 *
 * Not here: alarms of one cause are one alarm before they come here (a bus that
 * is cut, a power cut) and are not searched for a cause again; what nobody has
 * acknowledged for an hour is repeated and escalated, not put into the
 * morning's digest too; holidays are days as others.
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

/* Now, by both clocks.  Where the wall clock was set since the last time, what
 * is known of alarms moves with it. */
struct dispatch_time {
	int64_t mono_ms, unix_ms;
	bool unsynced; /* nobody has set the wall clock: letters say so */
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
	long code; /* robot_answer's */
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

/* Events were lost: what the board shows is so now, and what it shows no more
 * is over. */
void dispatch_compare(struct dispatch *d, const struct board_view *view,
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
			  takes something again, or (a text that is
			  refused) never */
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
