/*
 * turn.h - whose turn it is on a bus, pure
 *
 * Each request has a period and is due once in it; among those that are due and
 * whose device may be asked, the one whose period ends first goes (earliest
 * deadline first), of equals the one that has waited longest: so a line that
 * cannot keep its periods is shared evenly.  A device may be held back (a
 * quarantine, an open breaker, a pause it wants): its requests wait, the
 * others' go on.
 *
 * An urgent request has the moment it is due for its deadline: it goes before
 * all that fell due with it, and waits for those only whose own period is over,
 * so that they do not starve; and for the request on the wire, which takes half
 * the fastest period of the bus at most (plan.h).
 *
 * A device's identity goes before all of that: until it is known nothing else
 * that the device says is of use.
 *
 * A request is due at the whole multiples of its period on the monotonic clock:
 * hundreds of buses wake the machine up together then, and let it sleep
 * together, which takes a third less of the processor than each at its own
 * time.  A start is spread by nothing either: all are due at once, so that a
 * screen is complete as soon as the line allows.
 */
#ifndef TURN_H
#define TURN_H

#include "gateway/poll/plan.h"

struct turn_request {
	int64_t due_ms; /* monotonic */
	int64_t asked_ms; /* the last time; 0: never */
	uint32_t failures; /* in a row; a request that fails alone while its
			      device answers others is asked less often */
	bool retry; /* its first try failed, the second is due */
};

struct turn {
	const struct plan *plan;
	struct turn_request *requests;
	int64_t *ready_ms; /* by slot: not to be asked before */
	int *probe; /* by slot: the one request that may go; -1: all may */
	uint64_t missed; /* periods in which a request could not go, from its
			    first answer on: a line that was just opened has to
			    be left alone for a while */
};

struct turn *turn_new(const struct plan *plan, int64_t now_ms);
void turn_free(struct turn *t); /* the plan is not its own */

/* The request to send now, or -1. */
int turn_pick(const struct turn *t, int64_t now_ms);

/* When turn_pick can next give one; INT64_MAX with no requests. */
int64_t turn_wake(const struct turn *t);

/* It was answered at now_ms: due again at the next time on its grid; periods
 * that are over by then are counted as missed.  An identity that had failed
 * makes all requests of its device due: what they brought was of no use. */
void turn_answered(struct turn *t, int i, int64_t now_ms);

/* It was not.  The first failure makes a retry due at once and returns true:
 * nothing is to be reported yet.  The second gives up for a period or 10 s,
 * whichever is less, and for longer and longer (at most the period or 10 s,
 * whichever is more) if that goes on; an identity after 1, 2, 4, 8, then every
 * 10 s. */
bool turn_failed(struct turn *t, int i, int64_t now_ms);

/* The slot's device is dead: until turn_restart it is asked for nothing but its
 * probe, and that by then at the latest.  The probe is the request that is the
 * shortest on the wire, for a device that drips takes the line with each
 * character; not a part of it, for some answer whole blocks only. */
void turn_probe(struct turn *t, uint16_t slot, int64_t by_ms);

/* All requests of a slot are due now: its device is back. */
void turn_restart(struct turn *t, uint16_t slot, int64_t now_ms);

#endif
