/*
 * dispatch_past.c - what was before this process
 *
 * Until dispatch_begin all times are Unix: only then is it known what they are
 * by the monotonic clock.  An attempt says which round it was about by that
 * round's since_ms; which one is the present, the alarm's own notice says.
 */
#include <assert.h>
#include <string.h>

#include "gateway/sinks/dispatch_parts.h"
#include "gateway/sinks/roster.h"

#define MADE_UP_SEVERITY SEVERITY_P3 /* of one of which nothing is known */

/* ---- attempts ---- */

static bool
find_channel(const struct dispatch *d, const char *id, size_t *channel)
{
	for (size_t i = 0; i < d->conf->channel_count; i++)
		if (strcmp(d->conf->channels[i].id, id) == 0) {
			*channel = i;
			return true;
		}
	return false;
}

/* Until more is known, it is over.  NULL: it is no key, or there is no room for
 * so many. */
static struct telling *
find_named(struct dispatch *d, const char *key)
{
	char device[ORDER_KEY_MAX];
	const char *alarm = strchr(key, '/');
	struct telling *t;

	if (alarm == NULL || strlen(key) >= ORDER_KEY_MAX)
		return NULL;
	memcpy(device, key, (size_t)(alarm - key));
	device[alarm++ - key] = '\0';
	t = docket_find(&d->docket, device, alarm);
	if (t == NULL)
		t = docket_claim(
		    &d->docket, &d->view, device, alarm, MADE_UP_SEVERITY);
	return t;
}

/* One letter is one request. */
static void
count_request(struct lane *l, int64_t ts_ms)
{
	if (ts_ms <= l->past_ms)
		return;
	l->past_ms = ts_ms;
	bucket_begin(&l->outlet.bucket, ts_ms);
	bucket_end(&l->outlet.bucket, ts_ms);
}

void
dispatch_past(struct dispatch *d, const struct dispatch_past *p)
{
	struct told_past *past;
	struct telling *t;
	size_t channel;

	assert(!d->begun);
	if (!find_channel(d, p->channel, &channel))
		return;
	count_request(&d->lanes[channel], p->ts_ms);
	if (!p->sent || (t = find_named(d, p->key)) == NULL)
		return;
	t->told[channel].heard = p->why != LETTER_CLEAR;
	past = &t->told[channel].past;
	if (!past->told || past->since_ms != p->since_ms)
		*past =
		    (struct told_past){.told = true, .since_ms = p->since_ms};
	past->last_ms = p->ts_ms;
	if (p->why == LETTER_ESCALATE && p->step < NOTIFY_STEPS_MAX)
		past->steps |= (uint32_t)(((uint64_t)2 << p->step) - 1);
}

/* ---- what stands ---- */

/* By the monotonic clock; the wall clock may have been set back since. */
static int64_t
mono_of(const struct telling_view *v, int64_t unix_ms)
{
	return unix_ms < v->unix_ms ? v->now_ms - (v->unix_ms - unix_ms)
				    : v->now_ms;
}

/* What was told in this round. */
static void
restore_told(struct dispatch *d, struct telling *t)
{
	for (size_t i = 0; i < d->conf->channel_count; i++) {
		struct told *c = &t->told[i];

		if (!c->past.told || c->past.since_ms != t->notice.since_ms)
			continue;
		c->told = t->anybody = true;
		c->steps = c->past.steps;
		c->last_ms = mono_of(&d->view, c->past.last_ms);
		if (t->notice.severity <= SEVERITY_P2)
			dispatch_call(d,
			    &(struct call){t, i, c->steps, c->past.last_ms},
			    &t->called);
	}
}

/* It was raised, or was over, in hours that were quiet: what is held then goes
 * in a digest. */
static void
hold(const struct dispatch *d, struct telling *t, int64_t unix_ms)
{
	if (!roster_is_quiet(d->conf, t->notice.severity, unix_ms))
		return;
	t->held = true;
	t->due_ms = TELLING_NEVER;
}

static void
set_begin(struct dispatch *d, struct telling *t, const struct notice *n)
{
	int64_t began_ms = n->ts_ms != 0 ? n->ts_ms : n->since_ms;

	telling_begin(&d->view, t, mono_of(&d->view, began_ms));
	hold(d, t, began_ms);
	if (!n->hidden)
		flood_raise(&d->flood, t->began_ms);
}

static void
set_end(struct dispatch *d, struct telling *t, const struct notice *n)
{
	int64_t over_ms = n->ts_ms != 0 ? n->ts_ms : d->view.unix_ms;

	telling_begin(&d->view, t, mono_of(&d->view, n->since_ms));
	t->over_ms = n->ts_ms;
	t->gone = n->change == ALARM_GONE;
	telling_end(&d->view, t, mono_of(&d->view, over_ms));
	hold(d, t, over_ms);
}

/* What need not be known: it is over or hidden and nobody was told, or somebody
 * has it. */
static bool
is_needless(const struct notice *n)
{
	if (n->severity == SEVERITY_P1 && n->state != ALARM_NORMAL)
		return n->hidden;
	return n->state != ALARM_UNACK || n->hidden;
}

void
dispatch_standing(
    struct dispatch *d, const struct notice *n, const struct dispatch_time *now)
{
	struct telling *t = docket_find(&d->docket, n->device, n->alarm);

	assert(!d->begun);
	dispatch_look(d, now);
	if (t == NULL && is_needless(n))
		return;
	if (t == NULL)
		t = docket_claim(
		    &d->docket, &d->view, n->device, n->alarm, n->severity);
	if (t == NULL)
		return;
	dispatch_note(d, t, n);
	if (dispatch_is_over(n))
		set_end(d, t, n);
	else
		set_begin(d, t, n);
	restore_told(d, t);
}

/* It stands no more, and its last event is not known. */
static void
suppose_end(struct dispatch *d, struct telling *t)
{
	telling_begin(&d->view, t, d->view.now_ms);
	telling_end(&d->view, t, d->view.now_ms);
}

void
dispatch_begin(struct dispatch *d, const struct dispatch_time *now)
{
	struct telling *t = NULL;

	assert(!d->begun);
	dispatch_look(d, now);
	while ((t = docket_next(&d->docket, t)) != NULL)
		if (!t->known)
			suppose_end(d, t);
	for (size_t i = 0; i < d->conf->channel_count; i++)
		bucket_move(&d->lanes[i].outlet.bucket,
		    now->mono_ms - now->unix_ms, now->mono_ms);
	memset(d->docket.displaced, 0, sizeof(d->docket.displaced));
	d->begin_ms = now->mono_ms;
	d->begun = true;
}
