/*
 * dispatch_letter.c - the next letter of a channel, and what became of it
 *
 * The most urgent debt decides what letter it is; then others of its kind go
 * with it: many of little weight together, P1s only when there is no room for a
 * letter each.  What was refused goes alone, for one bad text must not hold up
 * others; and so does what is tried on a channel that is down.
 */
#include <assert.h>
#include <string.h>

#include "gateway/sinks/dispatch_parts.h"
#include "gateway/sinks/roster.h"

/* ---- the most urgent ---- */

/* The lower, the sooner. */
static unsigned
rank_of(const struct telling *t, const struct debt *d)
{
	bool news = d->why == LETTER_RAISE || d->why == LETTER_ESCALATE;

	switch (t->notice.severity) {
	case SEVERITY_P1:
		if (d->why == LETTER_REPEAT)
			return 1;
		return d->urgent ? 0 : 3;
	case SEVERITY_P2: return news ? 2 : d->why == LETTER_REPEAT ? 4 : 6;
	default: return news ? 5 : 7;
	}
}

/* What people should do something about first: what still stands, and of that
 * where people may be in a car. */
static unsigned
danger_of(const struct telling *t)
{
	bool lift =
	    t->device != NULL && strcmp(t->device->kind, "elevator") == 0;

	return (t->notice.active ? 0u : 2u) + (lift ? 0u : 1u);
}

/* Among those of one rank what was tried least often, of P1s then what is more
 * dangerous, then what is due longest. */
static bool
is_sooner(const struct pick *a, const struct pick *b, size_t channel)
{
	unsigned ranks[] = {
	    rank_of(a->telling, &a->debt), rank_of(b->telling, &b->debt)};
	unsigned tries[] = {
	    a->telling->told[channel].tries, b->telling->told[channel].tries};

	if (ranks[0] != ranks[1])
		return ranks[0] < ranks[1];
	if (tries[0] != tries[1])
		return tries[0] < tries[1];
	if (ranks[0] <= 1 && danger_of(a->telling) != danger_of(b->telling))
		return danger_of(a->telling) < danger_of(b->telling);
	return a->debt.due_ms < b->debt.due_ms;
}

/* A P1 is tried again by its own time, until its tries are used up; all else
 * waits for the channel.  A text that was refused waits for its own time too:
 * the channel is well. */
static bool
may_go(const struct dispatch *d, const struct pick *p, size_t channel)
{
	const struct told *c = &p->telling->told[channel];
	int64_t now_ms = d->view.now_ms;

	if (p->debt.due_ms > now_ms)
		return false;
	if (p->debt.urgent && c->tries < OUTLET_TRIES)
		return c->again_ms <= now_ms;
	return d->lanes[channel].outlet.again_ms <= now_ms &&
	    (c->refusals == 0 || c->again_ms <= now_ms);
}

static bool
find_best(const struct dispatch *d, size_t channel, struct pick *best)
{
	struct pick p = {.telling = NULL};

	best->telling = NULL;
	while ((p.telling = docket_next(&d->docket, p.telling)) != NULL)
		if (telling_owes(&d->view, p.telling, channel, &p.debt) &&
		    may_go(d, &p, channel) &&
		    (best->telling == NULL || is_sooner(&p, best, channel)))
			*best = p;
	return best->telling != NULL;
}

/* ---- what goes with it ---- */

/* Whether it may be in the same letter, now or in a moment. */
static bool
is_like(const struct dispatch *d, size_t channel, const struct pick *best,
    const struct pick *p)
{
	int64_t until_ms = d->view.now_ms;

	if (p->debt.urgent != best->debt.urgent ||
	    p->debt.digest != best->debt.digest ||
	    p->telling->told[channel].refusals > 0 ||
	    (p->debt.urgent && p->telling->told[channel].again_ms > until_ms))
		return false;
	if (p->debt.digest)
		return p->debt.due_ms <= until_ms;
	if (p->debt.why != LETTER_ESCALATE &&
	    !(p->debt.urgent && p->debt.why == LETTER_RAISE))
		until_ms += DISPATCH_GROUP_MS;
	return p->debt.why == best->debt.why && p->debt.due_ms <= until_ms;
}

/* In a letter the worst come first, of P1s the most dangerous, of these the
 * oldest. */
static bool
stands_before(const struct pick *a, const struct pick *b)
{
	uint8_t severity = a->telling->notice.severity;

	if (severity != b->telling->notice.severity)
		return severity < b->telling->notice.severity;
	if (severity == SEVERITY_P1 &&
	    danger_of(a->telling) != danger_of(b->telling))
		return danger_of(a->telling) < danger_of(b->telling);
	return a->telling->from_ms < b->telling->from_ms;
}

static void
insert(struct dispatch *d, const struct pick *p)
{
	size_t i = d->pick_count;

	d->match_count++;
	if (i == LISTED_MAX && !stands_before(p, &d->picks[--i]))
		return;
	for (; i > 0 && stands_before(p, &d->picks[i - 1]); i--)
		d->picks[i] = d->picks[i - 1];
	d->picks[i] = *p;
	if (d->pick_count < LISTED_MAX)
		d->pick_count++;
}

/* Calls see for each alarm that is like the best one, itself among them. */
static void
each_like(struct dispatch *d, size_t channel, const struct pick *best,
    void (*see)(struct dispatch *d, size_t channel, const struct pick *p))
{
	struct pick p = {.telling = NULL};

	while ((p.telling = docket_next(&d->docket, p.telling)) != NULL)
		if (p.telling == best->telling)
			see(d, channel, best);
		else if (telling_owes(&d->view, p.telling, channel, &p.debt) &&
		    is_like(d, channel, best, &p))
			see(d, channel, &p);
}

static void
list(struct dispatch *d, size_t channel, const struct pick *p)
{
	(void)channel;
	insert(d, p);
}

/* Whether others may go with it.  A P1 goes alone unless there are more than
 * may follow one another at once. */
static bool
has_company(const struct dispatch *d, size_t channel, const struct pick *best)
{
	const struct outlet *o = &d->lanes[channel].outlet;

	if (best->telling->told[channel].refusals > 0 || outlet_is_down(o))
		return false;
	return !best->debt.urgent ||
	    d->match_count > bucket_room(&o->bucket, d->view.now_ms);
}

static void
gather(struct dispatch *d, size_t channel, const struct pick *best)
{
	d->pick_count = d->match_count = 0;
	each_like(d, channel, best, list);
	if (has_company(d, channel, best))
		return;
	d->picks[0] = *best;
	d->pick_count = d->match_count = 1;
}

/* ---- who is called ---- */

static void
add_person(uint16_t *called, size_t *count, uint16_t person)
{
	for (size_t i = 0; i < *count; i++)
		if (called[i] == person)
			return;
	if (*count < LETTER_MENTIONS_MAX)
		called[(*count)++] = person;
}

static void
add_people(const struct dispatch *d, size_t channel, const uint16_t *people,
    size_t people_count, uint16_t *called, size_t *count)
{
	for (size_t i = 0; i < people_count; i++)
		if (letter_reaches(&d->conf->channels[channel],
			&d->conf->people[people[i]]))
			add_person(called, count, people[i]);
}

void
dispatch_call(const struct dispatch *d, const struct telling *t, size_t channel,
    uint32_t steps, int64_t unix_ms, uint16_t *called, size_t *count)
{
	const struct notify_conf *conf = d->conf;
	const struct notify_channel *c = &conf->channels[channel];
	uint16_t on_duty[LETTER_MENTIONS_MAX];
	size_t on_duty_count =
	    roster_on_duty(conf, unix_ms, on_duty, LETTER_MENTIONS_MAX);

	/* The newest step's people are the ones that are wanted now. */
	for (size_t i = conf->escalation_count; i-- > 0;)
		if ((steps >> i & 1) != 0 &&
		    telling_reaches(&d->view, t, i, channel))
			add_people(d, channel, conf->escalations[i].people,
			    conf->escalations[i].person_count, called, count);
	if (t->notice.severity > SEVERITY_P2)
		return;
	add_people(d, channel, c->mention, c->mention_count, called, count);
	add_people(d, channel, on_duty, on_duty_count, called, count);
}

void
dispatch_remember(struct telling *t, const uint16_t *called, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_person(t->people, &t->people_count, called[i]);
}

/* Only what somebody is to do something about at once; an escalation is to its
 * people, whatever it is of. */
static bool
calls_people(const struct pick *p)
{
	return !p->debt.digest && p->debt.why != LETTER_CLEAR &&
	    (p->telling->notice.severity <= SEVERITY_P2 ||
		p->debt.why == LETTER_ESCALATE) &&
	    p->telling->notice.state == ALARM_UNACK;
}

static uint32_t
steps_of(const struct pick *p, size_t channel)
{
	uint32_t steps = p->telling->told[channel].steps;

	if (p->debt.why == LETTER_ESCALATE)
		steps |= (uint32_t)(((uint64_t)2 << p->debt.step) - 1);
	return steps;
}

static void
call(struct dispatch *d, size_t channel, struct letter *l, size_t count)
{
	struct lane *lane = &d->lanes[channel];

	lane->called_count = 0;
	for (size_t i = 0; i < count; i++)
		if (calls_people(&d->picks[i]))
			dispatch_call(d, d->picks[i].telling, channel,
			    steps_of(&d->picks[i], channel), d->view.unix_ms,
			    lane->called, &lane->called_count);
	l->mention_count = lane->called_count;
	for (size_t i = 0; i < lane->called_count; i++)
		l->mentions[i] = &d->conf->people[lane->called[i]];
}

/* ---- the letter ---- */

/* How late it is; 0: it is not. */
static int64_t
lateness_ms(const struct dispatch *d, const struct debt *debt)
{
	int64_t late_ms = d->view.now_ms - debt->due_ms;

	if (debt->why == LETTER_REPEAT || late_ms <= 0)
		return 0;
	return debt->due_ms < d->begin_ms || late_ms > DISPATCH_LATE_MS
	    ? late_ms
	    : 0;
}

static void
list_people(const struct dispatch *d, size_t channel, const struct pick *p,
    struct letter_item *item)
{
	const struct telling *t = p->telling;
	uint16_t called[LETTER_MENTIONS_MAX];
	size_t count = t->people_count;

	memcpy(called, t->people, sizeof(called));
	if (calls_people(p))
		dispatch_call(d, t, channel, steps_of(p, channel),
		    d->view.unix_ms, called, &count);
	item->people_count = count;
	for (size_t i = 0; i < count; i++)
		item->people[i] = &d->conf->people[called[i]];
}

static void
list_channels(const struct dispatch *d, size_t channel, const struct telling *t,
    struct letter_item *item)
{
	for (size_t i = 0; i < d->conf->channel_count; i++)
		if ((t->told[i].told || i == channel) &&
		    item->channel_count < LETTER_TOLD_MAX)
			item->channels[item->channel_count++] =
			    &d->conf->channels[i];
}

/* Of the alarms that nobody was told of in time, the one to begin with. */
static void
set_subject(const struct dispatch *d, struct letter_item *item)
{
	const struct telling *worst = NULL;
	struct telling *t = NULL;

	while ((t = docket_next(&d->docket, t)) != NULL)
		if (t->overdue && !t->over && t->notice.state == ALARM_UNACK &&
		    (worst == NULL || danger_of(t) < danger_of(worst)))
			worst = t;
	if (worst == NULL)
		return;
	item->about = &worst->notice;
	item->about_device = worst->device;
}

static void
make_item(struct dispatch *d, size_t channel, const struct pick *p,
    struct letter_item *item)
{
	const struct telling *t = p->telling;

	*item = (struct letter_item){.notice = &t->notice,
	    .device = t->device,
	    .why = p->debt.why,
	    .over = t->over,
	    .first = t->over && !t->told[channel].heard,
	    .gone = t->gone,
	    .over_ms = t->over_ms,
	    .late_ms = lateness_ms(d, &p->debt)};
	if (dispatch_is_own(t))
		set_subject(d, item);
	list_people(d, channel, p, item);
	list_channels(d, channel, t, item);
}

static void
fly(struct dispatch *d, size_t channel, const struct pick *p)
{
	struct telling_flight *f = &p->telling->told[channel].flight;

	telling_fly(p->telling, channel, &p->debt);
	f->late = lateness_ms(d, &p->debt) > 0;
	f->calls = calls_people(p);
}

/* P1s are written whole: those there is no room for wait for the next. */
static void
write(struct dispatch *d, size_t channel, const struct pick *best,
    struct letter *l)
{
	struct lane *lane = &d->lanes[channel];
	struct letter_matter m = {
	    .why = best->debt.digest ? LETTER_DIGEST : best->debt.why,
	    .flood = best->debt.digest && d->view.flood,
	    .whole = best->debt.urgent,
	    .count = d->pick_count,
	    .items = d->items,
	    .now_ms = d->view.unix_ms,
	    .unsynced = d->unsynced};
	size_t written;

	lane->counting = m.whole || m.why == LETTER_CLEAR ? 0 : lane->uncounted;
	if (!m.whole)
		m.more = d->match_count - d->pick_count + lane->counting;
	for (size_t i = 0; i < d->pick_count; i++)
		make_item(d, channel, &d->picks[i], &d->items[i]);
	written = letter_compose(l, lane->paper, &m);
	call(d, channel, l, written);
	if (!m.whole && d->match_count > 1)
		each_like(d, channel, best, fly);
	else
		for (size_t i = 0; i < written; i++)
			fly(d, channel, &d->picks[i]);
}

bool
dispatch_next(struct dispatch *d, size_t channel,
    const struct dispatch_time *now, struct letter *l)
{
	struct outlet *o = &d->lanes[channel].outlet;
	struct pick best;

	assert(d->begun && channel < d->conf->channel_count);
	dispatch_look(d, now);
	if (!find_best(d, channel, &best) ||
	    outlet_when(o, best.debt.urgent, now->mono_ms) > now->mono_ms)
		return false;
	gather(d, channel, &best);
	write(d, channel, &best, l);
	outlet_begin(o, best.debt.urgent, now->mono_ms);
	return true;
}

/* ---- what became of it ---- */

static void
end(struct dispatch *d, struct telling *t, size_t channel,
    const struct robot_answer *a, struct dispatch_attempt *attempt)
{
	const struct lane *lane = &d->lanes[channel];
	struct told *c = &t->told[channel];
	const struct telling_flight *f = &c->flight;

	*attempt = (struct dispatch_attempt){.channel = channel,
	    .device = t->notice.device,
	    .alarm = t->notice.alarm,
	    .log = f->log,
	    .seq = f->seq,
	    .since_ms = f->since_ms,
	    .why = f->why,
	    .step = f->step,
	    .late = f->late};
	attempt->number = 1;
	if (f->why == c->tried_why && f->step == c->tried_step)
		attempt->number += c->tries;
	if (a->verdict != ROBOT_SENT) {
		attempt->given_up =
		    telling_failed(&d->view, t, channel, a, lane->outlet.taken);
		return;
	}
	if (f->calls && f->round == t->round)
		dispatch_remember(t, lane->called, lane->called_count);
	telling_landed(&d->view, t, channel);
}

void
dispatch_ended(struct dispatch *d, size_t channel, const struct robot_answer *a,
    const struct dispatch_time *now,
    void (*tell)(void *context, const struct dispatch_attempt *attempt),
    void *context)
{
	struct lane *lane = &d->lanes[channel];
	struct dispatch_attempt attempt;
	struct telling *t = NULL;

	dispatch_look(d, now);
	outlet_end(&lane->outlet, a, now->mono_ms);
	while ((t = docket_next(&d->docket, t)) != NULL) {
		if (!t->told[channel].flight.on)
			continue;
		end(d, t, channel, a, &attempt);
		tell(context, &attempt);
	}
	if (a->verdict == ROBOT_SENT)
		lane->uncounted -= lane->counting;
}
