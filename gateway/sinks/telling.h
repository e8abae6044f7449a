/*
 * telling.h - one alarm, and what each channel was told of it, pure
 *
 * What a channel is owed follows from what the alarm is and what the channel
 * was told: there is no queue that could disagree with either.  The rules are
 * dispatch.h's.
 */
#ifndef TELLING_H
#define TELLING_H

#include "gateway/sinks/letter.h"
#include "gateway/sinks/notice.h"
#include "gateway/sinks/robot.h"

#define TELLING_NEVER INT64_MAX
#define TELLING_REFUSALS 4 /* of the same text: it is given up */

/* A letter under way: what it says of this alarm. */
struct telling_flight {
	bool on;
	uint8_t why, step; /* RAISE .. CLEAR */
	bool late, calm;
	bool calls; /* people are mentioned for it */
	uint32_t round;
	char log[NOTICE_LOG_MAX];
	uint64_t seq;
	int64_t since_ms;
};

/* The last round that it was told of by an earlier process; times are Unix. */
struct told_past {
	bool told;
	uint32_t steps;
	int64_t since_ms, last_ms;
};

/* What one channel was told. */
struct told {
	bool takes; /* its severities and kinds let the alarm through */
	bool detour; /* gets it beside, while nobody was told */
	uint32_t detours; /* the same of steps of escalation, bit by step */
	bool heard; /* that it is there, and not yet that it is over */
	bool told; /* in this round: that it is there, or was */
	bool calm; /* last that nothing is left to be done but to say so */
	bool dropped; /* that it is there was given up, at last_ms */
	uint32_t steps; /* of escalation in this round, bit by step */
	int64_t last_ms; /* when it was told last in this round */
	/* of what was tried last and did not succeed */
	uint8_t tried_why, tried_step;
	unsigned tries, refusals; /* refusals of its text */
	unsigned taken; /* outlet's, as the first of them came */
	int64_t again_ms; /* of a P1, or a refused text: not before */
	struct told_past past;
	struct telling_flight flight;
};

struct telling {
	bool used;
	bool known; /* its notice was read; else only its name is known */
	struct notice notice;
	const struct notify_device *device; /* or NULL */
	uint32_t round; /* rises by one with each */
	int64_t began_ms; /* when the round did */
	bool over, gone; /* gone: the configuration has it no more */
	int64_t over_ms; /* Unix; 0: not known */
	/* When it is to be told that it is there, or (over) that it is over,
	 * which began at from_ms; NEVER while nobody knows. */
	int64_t from_ms, due_ms;
	int64_t day_ms; /* Unix; of P4: the day's digest */
	bool held; /* it was held, and goes in a digest */
	bool let_go; /* it is held no more */
	bool anybody; /* some channel was told of this round */
	bool overdue; /* and for long none was */
	bool missed; /* it was over before any was */
	uint32_t steps; /* of escalation that some channel was told of */
	unsigned flights;
	size_t people_count; /* called in this round */
	uint16_t people[LETTER_MENTIONS_MAX];
	struct told *told; /* of each channel */
};

/* What debts depend on beside the alarm itself. */
struct telling_view {
	const struct notify_conf *conf;
	int64_t now_ms, unix_ms;
	bool quiet[4]; /* by severity */
	bool flood;
	int64_t digest_ms; /* in a flood: not before */
};

struct debt {
	uint8_t why, step; /* RAISE .. CLEAR */
	bool urgent; /* it may use what is kept for P1 */
	bool digest;
	int64_t due_ms; /* may be in the future */
};

/* What the channel is to be told next; false: nothing, or nobody knows when. */
bool telling_owes(const struct telling_view *v, const struct telling *t,
    size_t channel, struct debt *d);

/* Who is to know that it is there, or over, knows that; and no letter with it
 * is under way. */
bool telling_is_settled(const struct telling_view *v, const struct telling *t);

/* A P1 that nobody was told of, nor acknowledged. */
bool telling_is_untold(const struct telling *t);

/* The same of a P2, while it stands. */
bool telling_is_missed(const struct telling *t);

/* The step of escalation that is due, of a P1, and that nobody was told of;
 * false: there is none. */
bool telling_misses_step(
    const struct telling_view *v, const struct telling *t, size_t *step);

/* Whether it would be told on that channel at all. */
bool telling_wants(const struct telling *t, size_t channel);

/* Whether a step of escalation reaches a channel with the alarm, be it by a
 * detour. */
bool telling_reaches(const struct telling_view *v, const struct telling *t,
    size_t step, size_t channel);

/* ---- changes ---- */

/* It is of that severity now: so other channels may take it, at another time.
 */
void telling_grade(
    const struct telling_view *v, struct telling *t, uint8_t severity);

/* A round began, or the alarm is over, at at_ms by the view's clock. */
void telling_begin(
    const struct telling_view *v, struct telling *t, int64_t at_ms);
void telling_end(
    const struct telling_view *v, struct telling *t, int64_t at_ms);

/* P3 and P4 are held or let go.  True: a flood's digest is due by it, and is to
 * take all that wait for one. */
bool telling_wait(const struct telling_view *v, struct telling *t);
void telling_digest(const struct telling_view *v, struct telling *t);

/* A letter that pays the debt is under way on the channel. */
void telling_fly(struct telling *t, size_t channel, const struct debt *d);

/* What became of it. */
void telling_landed(
    const struct telling_view *v, struct telling *t, size_t channel);
/* taken: outlet's.  True: it is given up here, for now (the retries are used
 * up) or for good (its text is refused, and others are taken). */
bool telling_failed(const struct telling_view *v, struct telling *t,
    size_t channel, const struct robot_answer *a, unsigned taken);

#endif
