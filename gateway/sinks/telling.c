/*
 * telling.c - one alarm, and what each channel was told of it
 *
 * `told` and `steps` are of the present round, `heard` outlives it: who heard
 * of an alarm that came again before its end was told is told of it again, and
 * of one end.  A letter under way belongs to the round it was written in.
 */
#include "gateway/sinks/telling.h"

#include <assert.h>
#include <string.h>

#include "gateway/sinks/dispatch.h"
#include "gateway/sinks/outlet.h"
#include "gateway/sinks/roster.h"

#define DAY_MAX_MS ((int64_t)26 * 3600 * 1000) /* until the next digest */

static bool
is_p1(const struct telling *t)
{
	return t->notice.severity == SEVERITY_P1;
}

static bool
is_unacked(const struct telling *t)
{
	return t->notice.state == ALARM_UNACK;
}

bool
telling_is_untold(const struct telling *t)
{
	return is_p1(t) && !t->anybody && !t->gone && !t->notice.hidden &&
	    t->notice.ack.by[0] == '\0';
}

bool
telling_is_missed(const struct telling *t)
{
	return t->notice.severity == SEVERITY_P2 && is_unacked(t) &&
	    !t->anybody && !t->notice.hidden;
}

bool
telling_wants(const struct telling *t, size_t channel)
{
	const struct told *c = &t->told[channel];

	return c->takes ||
	    (c->detour && (telling_is_untold(t) || telling_is_missed(t)));
}

static bool
is_dropped(const struct telling *t, const struct told *c)
{
	return c->dropped && !telling_is_untold(t);
}

/* A P1 is news to the channel while it stands; once it is over only if nobody
 * was told that it was there. */
static bool
is_news(const struct telling *t, size_t channel)
{
	const struct told *c = &t->told[channel];

	return is_p1(t) && (!t->over || t->missed) && !t->gone &&
	    !t->notice.hidden && !c->told && telling_wants(t, channel) &&
	    !is_dropped(t, c);
}

static bool
is_settled_on(const struct telling *t, size_t channel)
{
	const struct told *c = &t->told[channel];

	if (is_news(t, channel) || (t->over && c->heard))
		return false;
	return t->over || c->told || !telling_wants(t, channel) ||
	    is_dropped(t, c) || t->notice.hidden || !is_unacked(t);
}

bool
telling_is_settled(const struct telling_view *v, const struct telling *t)
{
	for (size_t i = 0; i < v->conf->channel_count; i++)
		if (!is_settled_on(t, i))
			return false;
	return t->flights == 0;
}

/* ---- what is owed ---- */

static bool
reaches_straight(
    const struct notify_escalation *e, const struct telling *t, size_t channel)
{
	if (e->channel_count == 0)
		return t->told[channel].takes;
	for (size_t i = 0; i < e->channel_count; i++)
		if (e->channels[i] == channel)
			return true;
	return false;
}

bool
telling_reaches(const struct telling_view *v, const struct telling *t,
    size_t step, size_t channel)
{
	const struct notify_escalation *e = &v->conf->escalations[step];

	return (e->severities >> t->notice.severity & 1) != 0 &&
	    (reaches_straight(e, t, channel) ||
		(t->told[channel].detours >> step & 1) != 0);
}

static bool
is_mentioned(const struct notify_channel *c, uint16_t person)
{
	for (size_t i = 0; i < c->mention_count; i++)
		if (c->mention[i] == person)
			return true;
	return false;
}

/* The channel has it, and hears it again and again; and the step names nobody
 * there who was not named before. */
static bool
is_no_news(const struct telling_view *v, const struct telling *t, size_t step,
    size_t channel)
{
	const struct notify_escalation *e = &v->conf->escalations[step];
	const struct notify_channel *c = &v->conf->channels[channel];

	if (!t->told[channel].told ||
	    v->conf->repeat_ms[t->notice.severity] == 0)
		return false;
	for (size_t i = 0; i < e->person_count; i++)
		if (letter_reaches(c, &v->conf->people[e->people[i]]) &&
		    !is_mentioned(c, e->people[i]))
			return false;
	return true;
}

/* Some channel of the step need not be told of it, and its repeats arrive. */
static bool
is_step_known(
    const struct telling_view *v, const struct telling *t, size_t step)
{
	for (size_t i = 0; i < v->conf->channel_count; i++)
		if (reaches_straight(&v->conf->escalations[step], t, i) &&
		    is_no_news(v, t, step, i) && t->told[i].tries == 0)
			return true;
	return false;
}

bool
telling_misses_step(
    const struct telling_view *v, const struct telling *t, size_t *step)
{
	const struct notify_conf *conf = v->conf;

	if (!is_p1(t) || !is_unacked(t) || t->notice.hidden ||
	    notice_is_calm(&t->notice))
		return false;
	for (size_t i = conf->escalation_count; i-- > 0;) {
		const struct notify_escalation *e = &conf->escalations[i];

		*step = i;
		if ((e->severities & 1) != 0 &&
		    t->began_ms + e->after_ms <= v->now_ms)
			return (t->steps >> i & 1) == 0 &&
			    !is_step_known(v, t, i);
	}
	return false;
}

/* By a detour only while nobody was told of the step. */
static bool
owes_step(const struct telling_view *v, const struct telling *t, size_t step,
    size_t channel)
{
	return telling_reaches(v, t, step, channel) &&
	    ((t->steps >> step & 1) == 0 ||
		reaches_straight(&v->conf->escalations[step], t, channel));
}

static void
consider(struct debt *d, uint8_t why, size_t step, int64_t due_ms)
{
	if (due_ms < d->due_ms)
		*d = (struct debt){
		    .why = why, .step = (uint8_t)step, .due_ms = due_ms};
}

/* The last step that is due, unless it was told; else the next one. */
static void
consider_steps(const struct telling_view *v, const struct telling *t,
    size_t channel, struct debt *d)
{
	const struct notify_conf *conf = v->conf;
	struct debt due = {.due_ms = TELLING_NEVER};

	for (size_t i = 0; i < conf->escalation_count; i++) {
		const struct notify_escalation *e = &conf->escalations[i];
		int64_t at_ms = t->began_ms + e->after_ms;

		if (!owes_step(v, t, i, channel) ||
		    is_no_news(v, t, i, channel))
			continue;
		if (at_ms > v->now_ms) {
			consider(d, LETTER_ESCALATE, i, at_ms);
			break;
		}
		due = (struct debt){.why = LETTER_ESCALATE,
		    .step = (uint8_t)i,
		    .due_ms = at_ms};
	}
	if (due.due_ms != TELLING_NEVER &&
	    (t->told[channel].steps >> due.step & 1) == 0)
		*d = due;
}

/* What was given up is tried again when it would be told again. */
static int64_t
raise_due_ms(const struct telling *t, const struct told *c, int64_t repeat_ms)
{
	if (!is_dropped(t, c))
		return t->due_ms;
	return repeat_ms > 0 ? c->last_ms + repeat_ms : TELLING_NEVER;
}

/* Of a cut that is calm people are told once as soon as of others, and then
 * like of a P2. */
static int64_t
repeat_ms_of(
    const struct telling_view *v, const struct telling *t, size_t channel)
{
	const int64_t *repeat_ms = v->conf->repeat_ms;
	int64_t own_ms = repeat_ms[t->notice.severity];

	if (!notice_is_calm(&t->notice) || !t->told[channel].calm ||
	    repeat_ms[SEVERITY_P2] < own_ms)
		return own_ms;
	return repeat_ms[SEVERITY_P2];
}

/* It is there. */
static bool
owes_standing(const struct telling_view *v, const struct telling *t,
    size_t channel, struct debt *d)
{
	const struct told *c = &t->told[channel];
	int64_t repeat_ms = repeat_ms_of(v, t, channel);
	bool muted = v->flood && t->notice.severity >= SEVERITY_P3;

	if (t->notice.hidden)
		return false;
	if (is_news(t, channel) ||
	    (telling_wants(t, channel) && !c->told && is_unacked(t)))
		consider(d, LETTER_RAISE, 0, raise_due_ms(t, c, repeat_ms));
	if (is_unacked(t) && c->told && repeat_ms > 0 && !muted)
		consider(d, LETTER_REPEAT, 0, c->last_ms + repeat_ms);
	if (is_unacked(t) && !muted && !notice_is_calm(&t->notice))
		consider_steps(v, t, channel, d);
	d->urgent = is_p1(t);
	return true;
}

bool
telling_owes(const struct telling_view *v, const struct telling *t,
    size_t channel, struct debt *d)
{
	const struct told *c = &t->told[channel];

	*d = (struct debt){.due_ms = TELLING_NEVER};
	if (c->flight.on || v->quiet[t->notice.severity])
		return false;
	if (!t->over) {
		if (!owes_standing(v, t, channel, d))
			return false;
	} else if (c->heard || is_news(t, channel)) {
		consider(d, LETTER_CLEAR, 0, t->due_ms);
		d->urgent = !c->heard;
	}
	d->digest =
	    t->held && (d->why == LETTER_RAISE || d->why == LETTER_CLEAR);
	return d->due_ms != TELLING_NEVER;
}

/* ---- rounds ---- */

static bool
lets_through(const struct notify_channel *c, const struct telling *t)
{
	if ((c->severities >> t->notice.severity & 1) == 0)
		return false;
	for (size_t i = 0; t->device != NULL && i < c->kind_count; i++)
		if (strcmp(c->kinds[i], t->device->kind) == 0)
			return true;
	return c->kind_count == 0;
}

static void
forget_tries(struct told *c)
{
	c->tries = c->refusals = 0;
	c->again_ms = INT64_MIN;
}

/* Something is to be told that began at at_ms. */
static void
set_due(const struct telling_view *v, struct telling *t, int64_t at_ms)
{
	t->held = t->let_go = false;
	t->from_ms = at_ms;
	t->due_ms = is_p1(t) ? at_ms : at_ms + DISPATCH_GROUP_MS;
	if (t->notice.severity == SEVERITY_P4) {
		t->due_ms = TELLING_NEVER;
		t->day_ms = roster_next(
		    v->conf->digest_min, at_ms - v->now_ms + v->unix_ms);
	}
	for (size_t i = 0; i < v->conf->channel_count; i++) {
		t->told[i].dropped = false;
		forget_tries(&t->told[i]);
	}
}

void
telling_grade(const struct telling_view *v, struct telling *t, uint8_t severity)
{
	bool other = t->notice.severity != severity;

	t->notice.severity = severity;
	for (size_t i = 0; i < v->conf->channel_count; i++)
		t->told[i].takes = lets_through(&v->conf->channels[i], t);
	if (other)
		set_due(v, t, t->from_ms);
}

void
telling_begin(const struct telling_view *v, struct telling *t, int64_t at_ms)
{
	t->round++;
	t->began_ms = at_ms;
	t->over = t->gone = t->anybody = t->missed = t->overdue = false;
	t->steps = 0;
	t->people_count = 0;
	for (size_t i = 0; i < v->conf->channel_count; i++) {
		struct told *c = &t->told[i];

		c->told = c->detour = false;
		c->steps = c->detours = 0;
	}
	set_due(v, t, at_ms);
}

void
telling_end(const struct telling_view *v, struct telling *t, int64_t at_ms)
{
	t->over = true;
	t->missed = !t->anybody;
	set_due(v, t, at_ms);
}

/* ---- waiting ---- */

/* A day's digest that is impossibly far was reckoned by a clock that was set
 * since. */
static void
follow_clock(const struct telling_view *v, struct telling *t)
{
	if (t->day_ms > v->unix_ms + DAY_MAX_MS)
		t->day_ms = roster_next(v->conf->digest_min, v->unix_ms);
}

static int64_t
day_due_ms(const struct telling_view *v, struct telling *t)
{
	t->held = true;
	return v->unix_ms >= t->day_ms ? v->now_ms : TELLING_NEVER;
}

static int64_t
flood_due_ms(const struct telling_view *v, struct telling *t)
{
	int64_t grouped_ms = t->from_ms + DISPATCH_GROUP_MS;

	t->held = true;
	return v->digest_ms > grouped_ms ? v->digest_ms : grouped_ms;
}

bool
telling_wait(const struct telling_view *v, struct telling *t)
{
	uint8_t severity = t->notice.severity;

	if (severity < SEVERITY_P3)
		return false;
	follow_clock(v, t);
	if (v->quiet[severity]) {
		t->held = true;
		t->let_go = false;
		t->due_ms = TELLING_NEVER;
		return false;
	}
	if (t->let_go)
		return false;
	if (severity == SEVERITY_P4)
		t->due_ms = day_due_ms(v, t);
	else if (v->flood)
		t->due_ms = flood_due_ms(v, t);
	else
		t->due_ms =
		    t->held ? v->now_ms : t->from_ms + DISPATCH_GROUP_MS;
	t->let_go = t->due_ms <= v->now_ms;
	return t->let_go && v->flood && severity == SEVERITY_P3 &&
	    !telling_is_settled(v, t);
}

void
telling_digest(const struct telling_view *v, struct telling *t)
{
	if (t->notice.severity != SEVERITY_P3 || !t->held || t->let_go ||
	    v->quiet[SEVERITY_P3])
		return;
	t->let_go = true;
	t->due_ms = v->now_ms;
}

/* ---- letters ---- */

void
telling_fly(struct telling *t, size_t channel, const struct debt *d)
{
	struct telling_flight *f = &t->told[channel].flight;

	assert(!f->on);
	*f = (struct telling_flight){.on = true,
	    .why = d->why,
	    .step = d->step,
	    .round = t->round,
	    .calm = notice_is_calm(&t->notice),
	    .seq = t->notice.seq,
	    .since_ms = t->notice.since_ms};
	memcpy(f->log, t->notice.log, sizeof(f->log));
	t->flights++;
}

static void
land(struct telling *t, struct told *c)
{
	assert(c->flight.on && t->flights > 0);
	c->flight.on = false;
	t->flights--;
}

void
telling_landed(const struct telling_view *v, struct telling *t, size_t channel)
{
	struct told *c = &t->told[channel];
	const struct telling_flight *f = &c->flight;

	land(t, c);
	c->heard = f->why != LETTER_CLEAR;
	if (f->round != t->round)
		return;
	c->told = true;
	c->calm = f->calm;
	c->dropped = false;
	t->anybody = true;
	t->missed = t->missed && f->why == LETTER_CLEAR;
	c->last_ms = v->now_ms;
	if (f->why == LETTER_ESCALATE)
		c->steps |= (uint32_t)(((uint64_t)2 << f->step) - 1);
	t->steps |= c->steps;
	forget_tries(c);
}

/* A text that was refused so often, while others were taken, is to blame; but a
 * P1 is told as long as it stands, or until somebody was told. */
static bool
may_give_up(const struct telling *t, const struct told *c, unsigned taken)
{
	return c->refusals >= TELLING_REFUSALS && c->taken != taken &&
	    !(is_p1(t) && !t->over) && !telling_is_untold(t);
}

/* For good is only what was to be said so: not later steps, nor the next time
 * that it is told again. */
static void
give_up(const struct telling_view *v, struct told *c)
{
	switch (c->flight.why) {
	case LETTER_CLEAR: c->heard = false; break;
	case LETTER_ESCALATE:
		c->steps |= (uint32_t)(((uint64_t)2 << c->flight.step) - 1);
		break;
	default: c->last_ms = v->now_ms;
	}
	c->dropped = !c->told && c->flight.why != LETTER_ESCALATE;
	forget_tries(c);
}

static void
count_try(const struct telling_view *v, struct told *c,
    const struct robot_answer *a, unsigned taken)
{
	if (c->flight.why != c->tried_why || c->flight.step != c->tried_step)
		forget_tries(c);
	c->tried_why = c->flight.why;
	c->tried_step = c->flight.step;
	c->again_ms = v->now_ms + outlet_wait_ms(++c->tries);
	if (a->verdict != ROBOT_REFUSED || !a->text)
		return;
	if (c->refusals++ == 0)
		c->taken = taken;
}

bool
telling_failed(const struct telling_view *v, struct telling *t, size_t channel,
    const struct robot_answer *a, unsigned taken)
{
	struct told *c = &t->told[channel];

	land(t, c);
	if (c->flight.round != t->round || a->verdict == ROBOT_BUSY)
		return false;
	count_try(v, c, a, taken);
	if (!may_give_up(t, c, taken))
		return c->tries == OUTLET_TRIES;
	give_up(v, c);
	return true;
}
