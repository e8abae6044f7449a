/*
 * dispatch.c - which letter goes to which channel, and when
 *
 * What each channel is owed of each alarm is worked out anew each time
 * (telling.h); here it is only looked through: for the most urgent
 * (dispatch_letter.c), for when something is due, for what is to be held. 4,096
 * alarms on eight channels take a millisecond or two, and there are as many
 * only when little else is to be done.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/dispatch_parts.h"
#include "gateway/sinks/roster.h"

#define MINUTE_MS (60 * 1000)
#define IDLE_MS MINUTE_MS /* the clock's hours are looked at so often */
#define CLOCK_STEP_MS 1000 /* by less nobody sees that it was set */

/* The gateway's own alarm about people who are not told: its own fate is no
 * reason to raise it. */
#define OWN_DEVICE "gateway"
#define OWN_ALARM "notify"

struct dispatch *
dispatch_new(const struct notify_conf *conf)
{
	struct dispatch *d = must_alloc(1, sizeof(*d));

	assert(conf->channel_count > 0);
	assert(conf->escalation_count <= NOTIFY_STEPS_MAX);
	d->conf = conf;
	d->view.conf = conf;
	d->view.digest_ms = INT64_MIN;
	d->untold_ms = INT64_MAX;
	d->quiet_minute = INT64_MIN;
	docket_open(&d->docket, conf);
	d->lanes = must_alloc(conf->channel_count, sizeof(*d->lanes));
	for (size_t i = 0; i < conf->channel_count; i++) {
		outlet_open(&d->lanes[i].outlet, &conf->channels[i]);
		d->lanes[i].paper = letter_paper_new(conf, &conf->channels[i]);
	}
	return d;
}

void
dispatch_free(struct dispatch *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->conf->channel_count; i++) {
		outlet_close(&d->lanes[i].outlet);
		letter_paper_free(d->lanes[i].paper);
	}
	free(d->lanes);
	docket_close(&d->docket);
	free(d);
}

bool
dispatch_is_over(const struct notice *n)
{
	return n->state == ALARM_NORMAL || n->state == ALARM_RTNUN;
}

/* Alarms' times are by the wall clock as it was when they were told. */
static void
follow_clock(struct dispatch *d, const struct dispatch_time *now)
{
	int64_t offset_ms = now->unix_ms - now->mono_ms;
	int64_t moved_ms = offset_ms - d->offset_ms;
	struct telling *t = NULL;

	if (d->looked && moved_ms < CLOCK_STEP_MS && moved_ms > -CLOCK_STEP_MS)
		return;
	while (d->looked && (t = docket_next(&d->docket, t)) != NULL) {
		notice_shift(&t->notice, moved_ms);
		if (t->over_ms != 0)
			t->over_ms += moved_ms;
	}
	d->looked = true;
	d->offset_ms = offset_ms;
}

void
dispatch_look(struct dispatch *d, const struct dispatch_time *now)
{
	struct telling_view *v = &d->view;

	follow_clock(d, now);
	d->unsynced = now->unsynced;
	v->now_ms = now->mono_ms;
	v->unix_ms = now->unix_ms;
	v->flood = flood_is_on(&d->flood, now->mono_ms);
	if (now->unix_ms / MINUTE_MS == d->quiet_minute)
		return;
	d->quiet_minute = now->unix_ms / MINUTE_MS;
	for (uint8_t s = 0; s < 4; s++)
		v->quiet[s] = roster_is_quiet(d->conf, s, now->unix_ms);
}

/* ---- changes ---- */

/* It was told before. */
static bool
is_old(const struct telling *t, const struct notice *n)
{
	return t->known && n->seq <= t->notice.seq &&
	    strcmp(n->log, t->notice.log) == 0;
}

static bool
begins_round(const struct telling *t, const struct notice *n)
{
	if (n->state != ALARM_UNACK)
		return false;
	return !t->known || t->over || n->change == ALARM_RAISE ||
	    n->change == ALARM_CHATTER || (t->notice.hidden && !n->hidden);
}

/* When what it is about was no longer there. */
static int64_t
ceased_ms(const struct notice *was, const struct notice *n)
{
	if (n->active)
		return 0;
	return was->active ? n->ts_ms : was->ceased_ms;
}

void
dispatch_note(struct dispatch *d, struct telling *t, const struct notice *n)
{
	struct notice was = t->notice;
	bool blank = t->known && n->count == 0;

	t->notice = *n;
	t->notice.cars = was.cars;
	t->notice.ceased_ms = ceased_ms(&was, n);
	if (!blank && n->cars != NULL)
		*was.cars = *n->cars;
	t->notice.severity = was.severity;
	if (blank) {
		t->notice.since_ms = was.since_ms;
		t->notice.count = was.count;
		t->notice.test = was.test;
		t->notice.ack = was.ack;
		memcpy(t->notice.work, was.work, sizeof(was.work));
		memcpy(t->notice.text_zh, was.text_zh, sizeof(was.text_zh));
		memcpy(t->notice.text_en, was.text_en, sizeof(was.text_en));
	}
	telling_grade(&d->view, t,
	    blank || n->change == ALARM_GONE ? was.severity : n->severity);
	t->known = true;
}

static void
apply(struct dispatch *d, struct telling *t, const struct notice *n)
{
	const struct telling_view *v = &d->view;
	bool begins = begins_round(t, n), was_over = t->over;

	dispatch_note(d, t, n);
	t->over = dispatch_is_over(n);
	if (begins) {
		telling_begin(v, t, v->now_ms);
		if (!n->hidden)
			flood_raise(&d->flood, v->now_ms);
	} else if (t->over && !was_over) {
		t->gone = n->change == ALARM_GONE;
		t->over_ms = n->ts_ms != 0 ? n->ts_ms : v->unix_ms;
		telling_end(v, t, v->now_ms);
	}
}

/* Alarms that there is no place for are counted where they would have gone. */
static void
count_only(struct dispatch *d, uint8_t severity, size_t count)
{
	for (size_t i = 0; count > 0 && i < d->conf->channel_count; i++)
		if ((d->conf->channels[i].severities >> severity & 1) != 0)
			d->lanes[i].uncounted += count;
}

static struct telling *
claim(struct dispatch *d, const struct notice *n)
{
	struct telling *t = docket_claim(
	    &d->docket, &d->view, n->device, n->alarm, n->severity);

	for (uint8_t s = 0; s < 4; s++) {
		count_only(d, s, d->docket.displaced[s]);
		d->docket.displaced[s] = 0;
	}
	return t;
}

void
dispatch_take(
    struct dispatch *d, const struct notice *n, const struct dispatch_time *now)
{
	struct telling *t = docket_find(&d->docket, n->device, n->alarm);

	assert(d->begun);
	dispatch_look(d, now);
	if (t != NULL && is_old(t, n))
		return;
	if (t == NULL && (n->state != ALARM_UNACK || n->hidden))
		return;
	if (t == NULL && (t = claim(d, n)) == NULL) {
		flood_raise(&d->flood, now->mono_ms);
		count_only(d, n->severity, 1);
		return;
	}
	apply(d, t, n);
}

/* ---- what nobody was told of ---- */

/* What a way is looked for: that it is there, or a step of escalation. */
struct quest {
	struct telling *t;
	bool of_step;
	size_t step;
};

/* Whether the channel is asked already. */
static bool
is_asked(const struct dispatch *d, const struct quest *q, size_t channel)
{
	return q->of_step ? telling_reaches(&d->view, q->t, q->step, channel)
			  : telling_wants(q->t, channel);
}

static bool
is_hopeful(const struct dispatch *d, const struct telling *t, size_t channel,
    bool soon)
{
	const struct told *c = &t->told[channel];
	const struct outlet *o = &d->lanes[channel].outlet;

	if (c->tries >= OUTLET_DOUBTS || c->refusals > 0)
		return false;
	return soon && !c->flight.on ? outlet_is_prompt(o, d->view.now_ms)
				     : outlet_is_hopeful(o, d->view.now_ms);
}

static bool
has_hope(const struct dispatch *d, const struct quest *q, bool soon)
{
	for (size_t i = 0; i < d->conf->channel_count; i++)
		if (is_asked(d, q, i) && is_hopeful(d, q->t, i, soon))
			return true;
	return false;
}

static void
detour(const struct quest *q, size_t channel)
{
	struct told *c = &q->t->told[channel];

	if (q->of_step)
		c->detours |= (uint32_t)1 << q->step;
	else
		c->detour = true;
}

/* To the next channel behind its first that takes this severity and can be
 * asked. */
static bool
go_on_to_next(struct dispatch *d, const struct quest *q, uint8_t severity)
{
	size_t count = d->conf->channel_count, first = 0;

	while (first < count && !q->t->told[first].takes)
		first++;
	for (size_t k = 1; k <= count; k++) {
		size_t i = (first + k) % count;

		if (is_asked(d, q, i) ||
		    (d->conf->channels[i].severities >> severity & 1) == 0 ||
		    !is_hopeful(d, q->t, i, true))
			continue;
		detour(q, i);
		return true;
	}
	return false;
}

static void
find_way_of_p1(struct dispatch *d, struct telling *t)
{
	struct quest q = {.t = t};

	if (has_hope(d, &q, true) || go_on_to_next(d, &q, SEVERITY_P1) ||
	    has_hope(d, &q, false))
		return;
	for (size_t i = 0; i < d->conf->channel_count; i++)
		detour(&q, i);
}

static void
find_way_of_p2(struct dispatch *d, struct telling *t)
{
	struct quest q = {.t = t};

	if (t->due_ms <= d->view.now_ms && !has_hope(d, &q, false) &&
	    !go_on_to_next(d, &q, SEVERITY_P2))
		go_on_to_next(d, &q, SEVERITY_P1);
}

static void
find_way_of_step(struct dispatch *d, struct telling *t)
{
	struct quest q = {.t = t, .of_step = true};

	if (telling_misses_step(&d->view, t, &q.step) && !has_hope(d, &q, true))
		go_on_to_next(d, &q, SEVERITY_P1);
}

bool
dispatch_is_own(const struct telling *t)
{
	return strcmp(t->notice.device, OWN_DEVICE) == 0 &&
	    strcmp(t->notice.alarm, OWN_ALARM) == 0;
}

static void
see_untold(struct dispatch *d, struct telling *t)
{
	const struct quest q = {.t = t};
	bool waits = d->view.now_ms < t->began_ms + DISPATCH_UNTOLD_MS;

	if (t->over || dispatch_is_own(t) || (waits && has_hope(d, &q, false)))
		return;
	t->overdue = true;
	if (t->began_ms < d->untold_ms)
		d->untold_ms = t->began_ms;
}

static void
find_way(struct dispatch *d, struct telling *t)
{
	if (telling_is_untold(t)) {
		find_way_of_p1(d, t);
		see_untold(d, t);
	} else if (telling_is_missed(t)) {
		find_way_of_p2(d, t);
	} else {
		find_way_of_step(d, t);
	}
}

/* ---- time ---- */

static void
sooner(const struct dispatch *d, int64_t *next_ms, int64_t at_ms)
{
	if (at_ms > d->view.now_ms && at_ms < *next_ms)
		*next_ms = at_ms;
}

/* What is held, and let go; a digest of a flood takes all that wait. */
static void
wait(struct dispatch *d)
{
	struct telling *t = NULL;
	bool digest = false;

	while ((t = docket_next(&d->docket, t)) != NULL)
		digest = telling_wait(&d->view, t) || digest;
	if (!digest)
		return;
	while ((t = docket_next(&d->docket, t)) != NULL)
		telling_digest(&d->view, t);
	d->view.digest_ms = d->view.now_ms + DISPATCH_DIGEST_MS;
}

static void
see_debts(struct dispatch *d, const struct telling *t, int64_t *next_ms)
{
	struct debt debt;

	for (size_t i = 0; i < d->conf->channel_count; i++) {
		if (!telling_owes(&d->view, t, i, &debt))
			continue;
		if (debt.due_ms <= d->view.now_ms)
			d->lanes[i].waiting++;
		sooner(d, next_ms, debt.due_ms);
		if (debt.urgent || t->told[i].refusals > 0)
			sooner(d, next_ms, t->told[i].again_ms);
	}
}

static void
see_lane(struct dispatch *d, const struct lane *l, int64_t *next_ms)
{
	if (l->waiting == 0 || l->outlet.bucket.busy)
		return;
	sooner(d, next_ms, outlet_when(&l->outlet, false, d->view.now_ms));
	sooner(d, next_ms, outlet_when(&l->outlet, true, d->view.now_ms));
}

int64_t
dispatch_tick(struct dispatch *d, const struct dispatch_time *now)
{
	int64_t next_ms = now->mono_ms + IDLE_MS;
	struct telling *t = NULL;

	assert(d->begun);
	dispatch_look(d, now);
	wait(d);
	d->untold_ms = INT64_MAX;
	for (size_t i = 0; i < d->conf->channel_count; i++)
		d->lanes[i].waiting = 0;
	while ((t = docket_next(&d->docket, t)) != NULL) {
		if (t->over && telling_is_settled(&d->view, t)) {
			docket_free(&d->docket, t);
			continue;
		}
		find_way(d, t);
		if (telling_is_untold(t))
			sooner(d, &next_ms, t->began_ms + DISPATCH_UNTOLD_MS);
		see_debts(d, t, &next_ms);
	}
	for (size_t i = 0; i < d->conf->channel_count; i++)
		see_lane(d, &d->lanes[i], &next_ms);
	return next_ms;
}

/* ---- how it does ---- */

int64_t
dispatch_untold_ms(const struct dispatch *d)
{
	return d->untold_ms;
}

size_t
dispatch_waiting(const struct dispatch *d, size_t channel)
{
	return d->lanes[channel].waiting;
}

bool
dispatch_is_failing(const struct dispatch *d, size_t channel)
{
	return d->lanes[channel].outlet.failing;
}
