/*
 * top_look.c - see top_look.h
 *
 * What is recent is counted from figures that are kept for a minute.  When the
 * gateway was started anew all of its counters are, too: nothing that was known
 * of the one before is used for it.
 */
#include "gateway/commands/top_look.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/commands/member.h"
#include "gateway/commands/top_names.h"

#define ROUND_US 1000000
#define NAMES_MS 60000
#define START_SLACK_MS 2500 /* as two looks at one start may differ */
#define STEP_MS 5000 /* between figures that are kept */
#define PAST_MAX 12 /* of them: a minute */
#define SINCE_MAX 20 /* questions in a round */
#define SINCE_TRIES 5 /* an event is in the journal a moment later */

struct past {
	struct top_figures *figures;
	int64_t mono_ms;
};

/* What one round brought. */
struct told {
	struct top_figures *figures;
	json_t *alarms;
	struct top_offline *offline; /* in the figures' memory */
	size_t offline_count;
	int64_t mono_ms, wall_ms;
};

struct top_look {
	char *store;
	/* of the asking thread */
	struct past past[PAST_MAX]; /* the oldest first */
	size_t past_count;
	bool missed; /* a round went wrong since the last one told */
	/* of both, under the lock; written by the asking thread alone */
	pthread_mutex_t lock;
	struct told told;
	struct top_names *names;
	enum ask_result result;
	struct err why;
};

struct top_look *
top_look_new(const char *store)
{
	struct top_look *l = must_alloc(1, sizeof(*l));

	l->store = must_text(store);
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

static void
forget_past(struct top_look *l)
{
	for (size_t i = 0; i < l->past_count; i++)
		top_figures_free(l->past[i].figures);
	l->past_count = 0;
}

static void
told_free(struct told *t)
{
	top_figures_free(t->figures);
	json_decref(t->alarms);
}

void
top_look_free(struct top_look *l)
{
	forget_past(l);
	told_free(&l->told);
	top_names_free(l->names);
	pthread_mutex_destroy(&l->lock);
	free(l->store);
	free(l);
}

/* ---- what is recent ---- */

static void
keep(struct top_look *l, const char *text, int64_t now_ms)
{
	if (l->past_count > 0 &&
	    now_ms - l->past[l->past_count - 1].mono_ms < STEP_MS)
		return;
	if (l->past_count == PAST_MAX) {
		top_figures_free(l->past[0].figures);
		memmove(&l->past[0], &l->past[1],
		    (PAST_MAX - 1) * sizeof(l->past[0]));
		l->past_count--;
	}
	l->past[l->past_count++] =
	    (struct past){top_figures_read(text), now_ms};
}

/* Counted before these figures are kept themselves. */
static void
count_recent(struct top_look *l, struct top_figures *f, int64_t now_ms)
{
	const struct past *p = &l->past[0];

	if (l->past_count > 0)
		top_figures_since(
		    f, p->figures, (double)(now_ms - p->mono_ms) / 1e3);
}

/* ---- devices ---- */

/* Names that are old, or lack a device; but not at each round. */
static bool
wants_names(const struct top_look *l, const struct told *t)
{
	const struct top_figures *f = t->figures;
	int64_t age_ms;

	if (l->names == NULL)
		return true;
	age_ms = t->mono_ms - l->names->asked_mono_ms;
	if (age_ms > NAMES_MS || age_ms < STEP_MS)
		return age_ms > NAMES_MS;
	for (size_t i = 0; i < f->device_count; i++)
		if (top_names_find(l->names, f->devices[i].id) == NULL)
			return true;
	return false;
}

static struct top_bus *
bus_of(struct top_figures *f, const char *id)
{
	for (size_t i = 0; i < f->bus_count; i++)
		if (strcmp(f->buses[i].id, id) == 0)
			return &f->buses[i];
	return NULL;
}

/* What was found out about it in the round before, if it was offline then, too;
 * of what happened between rounds that went wrong nobody knows. */
static void
carry_since(const struct top_look *l, struct top_offline *o)
{
	const struct told *was = &l->told;

	for (size_t i = 0; !l->missed && i < was->offline_count; i++)
		if (strcmp(was->offline[i].id, o->id) == 0) {
			o->since_ms = was->offline[i].since_ms;
			o->unsure = was->offline[i].unsure;
			o->tries = was->offline[i].tries;
		}
}

static void
add_device(struct top_look *l, const struct top_names *names, struct told *t,
    const struct top_device *d)
{
	const struct top_name *name = top_names_find(names, d->id);
	struct arena *memory = t->figures->memory;
	struct top_bus *bus =
	    name == NULL ? NULL : bus_of(t->figures, name->bus);
	struct top_offline *o;

	if (bus != NULL) {
		bus->devices++;
		bus->offline += !d->up;
	}
	if (d->up)
		return;
	o = &t->offline[t->offline_count++];
	*o = (struct top_offline){
	    .id = d->id,
	    .name = arena_text(memory, name == NULL ? "" : name->name),
	    .bus = arena_text(memory, name == NULL ? "" : name->bus),
	};
	carry_since(l, o);
}

static void
find_since(struct top_look *l, struct told *t, int questions)
{
	for (size_t i = 0; i < t->offline_count && questions > 0; i++) {
		struct top_offline *o = &t->offline[i];

		if (o->since_ms != 0 || o->tries == SINCE_TRIES)
			continue;
		o->tries++;
		questions--;
		top_names_since(l->store, o->id, &o->since_ms, &o->unsure);
	}
}

static void
add_devices(struct top_look *l, const struct top_names *names, struct told *t,
    int questions)
{
	const struct top_figures *f = t->figures;

	t->offline =
	    arena_array(f->memory, f->device_count, sizeof(*t->offline));
	for (size_t i = 0; i < f->device_count; i++)
		add_device(l, names, t, &f->devices[i]);
	find_since(l, t, questions);
}

/* ---- a round ---- */

/* CPU time never falls; and the uptime, in whole seconds, says it of a gateway
 * that was gone for a while. */
static bool
is_another_start(const struct top_look *l, const struct told *t,
    const struct top_names *names)
{
	if (l->told.figures == NULL)
		return false;
	if (t->figures->cpu_s < l->told.figures->cpu_s)
		return true;
	return names != NULL &&
	    llabs(names->started_mono_ms - l->names->started_mono_ms) >
	    START_SLACK_MS;
}

static enum ask_result
ask_names(struct top_look *l, struct told *t, struct top_names **names,
    struct err *err)
{
	*names = NULL;
	if (!l->missed && !wants_names(l, t) && !is_another_start(l, t, NULL))
		return ASK_ANSWERED;
	return top_names_ask(l->store, names, err);
}

/* metrics stays for who keeps it. */
static enum ask_result
ask_round(struct top_look *l, struct told *t, struct top_names **names,
    struct buf *metrics, struct err *err)
{
	enum ask_result result = ask(l->store, "/metrics", metrics, err);

	if (result == ASK_ANSWERED)
		result = ask_json(l->store, "/api/v1/alarms", &t->alarms, err);
	if (result != ASK_ANSWERED)
		return result;
	buf_puts(metrics, "");
	t->figures = top_figures_read(metrics->data);
	t->mono_ms = clock_mono_ms();
	t->wall_ms = clock_wall_ms();
	return ask_names(l, t, names, err);
}

/* What it told is known from now on. */
static void
publish(struct top_look *l, struct told *t, struct top_names *names)
{
	struct told was;
	struct top_names *were = NULL;

	pthread_mutex_lock(&l->lock);
	was = l->told;
	l->told = *t;
	l->result = ASK_ANSWERED;
	if (names != NULL) {
		were = l->names;
		l->names = names;
	}
	pthread_mutex_unlock(&l->lock);
	l->missed = false;
	told_free(&was);
	top_names_free(were);
}

static void
fail(struct top_look *l, enum ask_result result, const struct err *err)
{
	pthread_mutex_lock(&l->lock);
	l->result = result;
	l->why = *err;
	pthread_mutex_unlock(&l->lock);
	l->missed = true;
}

static enum ask_result
do_round(struct top_look *l, int questions, struct err *err)
{
	struct told t = {0};
	struct top_names *names = NULL;
	struct buf metrics = {0};
	enum ask_result result = ask_round(l, &t, &names, &metrics, err);

	if (result != ASK_ANSWERED) {
		fail(l, result, err);
		told_free(&t);
	} else {
		if (is_another_start(l, &t, names)) {
			forget_past(l);
			l->missed = true;
		}
		add_devices(l, names != NULL ? names : l->names, &t, questions);
		count_recent(l, t.figures, t.mono_ms);
		keep(l, metrics.data, t.mono_ms);
		publish(l, &t, names);
	}
	buf_free(&metrics);
	return result;
}

enum ask_result
top_look_once(struct top_look *l, struct err *err)
{
	return do_round(l, INT_MAX, err);
}

/* ---- the asking thread ---- */

static void *
go_on_asking(void *arg)
{
	struct top_look *l = arg;

	for (;;) {
		struct err err = {""};

		clock_sleep_until_us(clock_mono_us() + ROUND_US);
		do_round(l, SINCE_MAX, &err);
	}
	return NULL;
}

int
top_look_start(struct top_look *l, struct err *err)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	sigset_t all, before;
	pthread_t thread;
	int rc;

	/* Signals are the drawing thread's, but for those of a crash: one that
	 * is blocked where it happens ends the process without a handler. */
	sigfillset(&all);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&thread, NULL, go_on_asking, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, "no thread: %s", strerror(rc));
	pthread_detach(thread);
	return 0;
}

void
top_look_hold(struct top_look *l, struct top_picture *p)
{
	const struct told *t = &l->told;
	int64_t mono_ms;

	pthread_mutex_lock(&l->lock);
	mono_ms = clock_mono_ms();
	*p = (struct top_picture){
	    .figures = t->figures,
	    .alarms = t->alarms,
	    .offline = t->offline,
	    .offline_count = t->offline_count,
	    .site = l->names->site,
	    .site_name = l->names->site_name,
	    .version = l->names->version,
	    .up_ms = t->mono_ms - l->names->started_mono_ms,
	    .now_ms = clock_wall_ms(),
	    .told_ms = t->wall_ms,
	    .silent_ms = mono_ms - t->mono_ms,
	    .heartbeat_ms =
		mono_ms - t->mono_ms + member_number(t->alarms, "loop_age_ms"),
	    .why = l->result == ASK_ANSWERED ? NULL : l->why.text,
	    .gone = l->result == ASK_NOBODY,
	};
}

void
top_look_let(struct top_look *l)
{
	pthread_mutex_unlock(&l->lock);
}
