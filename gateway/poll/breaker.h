/*
 * breaker.h - when a device that does not answer is asked again, pure
 *
 * Three failures in a row open it.  While it is open the device gets one
 * question as a probe after 1, 2, 4, 8, then every 10 s, as far as the bus's
 * budget allows; only the first probe of each may go whatever was spent.  Where
 * all are dead they take nobody's time, and there is no budget.  One answer
 * closes it.
 *
 * All dead devices of a bus together get 2 % of its time, and a second in
 * advance, so that one that is back soon is seen soon.  But the next probe
 * comes within BREAKER_PROBE_MS of the last one: what that leaves unpaid may
 * take 0.8 % of the time beside.  So in the long run they cost less than 3 %,
 * and on a line of a timeout up to a second each is probed within 15 s times
 * their number.
 *
 * A probe waits for its answer twice as long as the device took of late, and
 * not less than BREAKER_ANSWER_MS: a dead device among living ones would
 * otherwise cost a whole timeout each time, and so be probed seldom; nor more
 * than BREAKER_ANSWER_MAX_MS.  One that takes longer than that for its answers
 * is waited for by a quarter longer than it takes, and probed as seldom as that
 * costs: for it both promises cannot be kept, and the time of the others goes
 * first.  Each sixteenth probe, or a rarer one where that is dear, waits the
 * whole timeout, for a device that has become slow.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 3
#define BREAKER_WAIT_MIN_MS 1000
#define BREAKER_WAIT_MAX_MS 10000
#define BREAKER_ANSWER_MS 250 /* most devices take 5 to 50, old ones more */
#define BREAKER_ANSWER_MAX_MS 360 /* 2.5 % of BREAKER_PROBE_MS */
#define BREAKER_WHOLE_EVERY 16 /* at least */

struct breaker {
	uint32_t failures; /* in a row */
	bool open;
	uint32_t probes; /* failed since it opened */
	int64_t probe_ms; /* monotonic; no question before it while open */
	uint32_t slowest_ms; /* an answer of the device took of late */
	uint32_t phase; /* so that not all the dead wait long in turn */
};

/* An answer came, an exception included, after took_ms.  True if this closed
 * it. */
bool breaker_answered(struct breaker *b, uint32_t took_ms);

/* No answer.  True if this opened it. */
bool breaker_failed(struct breaker *b, int64_t now_ms);

/* How long a probe is to wait for its answer; 0: the line's timeout. */
uint32_t breaker_timeout_ms(const struct breaker *b, uint32_t line_ms);

/* ---- what all the dead of a bus may cost ---- */

#define BREAKER_SHARE 0.02 /* of the bus's time */
#define BREAKER_ADVANCE_MS 1000
#define BREAKER_PROBE_MS 14500 /* for a probe itself may have to wait */
#define BREAKER_UNPAID_SHARE 0.008
#define BREAKER_UNPAID_MS 8000 /* beyond that it is paid at once */

struct breaker_budget {
	double left_ms; /* as it was at_ms; below 0: nothing may be spent */
	double unpaid_ms; /* as it was then */
	int64_t at_ms, ready_ms; /* monotonic */
};

void breaker_budget_open(struct breaker_budget *b, int64_t now_ms);

/* A probe took so long.  What is owed is never more than that: of the first
 * probes of many, which may go whatever was spent, only the last is paid for,
 * else a bus that was cut would not be asked for minutes when it is back. */
void breaker_budget_spend(
    struct breaker_budget *b, int64_t now_ms, double took_ms);

/* From when on the next probe may go. */
int64_t breaker_budget_ready_ms(const struct breaker_budget *b);

#endif
