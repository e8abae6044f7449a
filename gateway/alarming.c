/*
 * alarming.c - the alarms between the field and the log of events
 *
 * A change is told by appending its event; until that event is accepted it
 * is pending, in order, and then the board is set by it.  So nobody sees of an
 * alarm what a crash could undo.  If the log takes no event, or too many are
 * pending, the engine is told no, and the change happens at a later turn.
 *
 * An order is answered when its event is accepted, too; one at a time, for
 * people are slow.
 *
 * When the wall clock is set, times that were told are wrong: what stands on
 * the board is written anew.  Events keep what they said; they have the mark.
 */
#include "gateway/alarming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/alarm_devices.h"
#include "gateway/alarm_figures.h"
#include "gateway/base/arena.h"
#include "gateway/base/json.h"
#include "gateway/base/log.h"
#include "gateway/events.h"
#include "gateway/last_readings.h"
#include "gateway/pending.h"

#define SETTLE_MS 10 /* between looks at what waits */
#define LOOK_MS 1000 /* at the gateway itself */
#define SHOW_ANEW (INT64_MIN / 2) /* an offset that no clock has */
#define STEP_MS 1000 /* of the wall clock: less is no news */

/* An alarm whose times count from its last event as if that had been when this
 * program began. */
struct guess {
	char device[ORDER_KEY_MAX], alarm[ORDER_KEY_MAX];
	int64_t ts_ms;
};

struct alarming {
	struct alarming_parts parts;
	struct arena *memory; /* of the engine's configuration */
	struct alarms *alarms;
	struct stamp now;
	int64_t offset_ms; /* wall less monotonic, as the board has it */

	struct pending *pending;

	bool ordered; /* an order is done; its event is not accepted yet: */
	uint64_t order_seq, last_seq;

	int64_t look_ms;
	struct selflook self;
	struct arena *logs; /* ids of stores before this one */
	/* Restored while the clock was not known: their events' times, until
	 * it is. */
	struct guess *guesses;
	size_t guess_count;
	int64_t guessed_ms; /* monotonic, when that was */
	struct alarm_figures *figures;
};

static int64_t
wall_offset(const struct stamp *at)
{
	return at->wall_ms - at->mono_ms;
}

/* ---- what the engine looks at and tells ---- */

static struct derive_input
look_up(const void *context, uint16_t device, uint16_t point)
{
	const struct alarming *a = context;
	const struct live_point *now;

	if (device == a->parts.conf->device_count)
		return a->self.points[point];
	now = live_get(a->parts.live, device, point);
	return (struct derive_input){now->value, now->quality, now->mono_ms};
}

static struct text
name_fault(const void *context, uint16_t device)
{
	const struct alarming *a = context;

	return alarm_devices_fault(
	    a->parts.conf, a->parts.catalog, a->parts.live, device);
}

static void
write_members(const struct alarming *a, const struct alarms_news *n,
    char text[BOARD_MEMBERS_MAX])
{
	struct buf out;
	struct json j = {.out = &out};

	buf_fixed(&out, text, BOARD_MEMBERS_MAX);
	json_open(&j);
	alarm_record_write(&j, n->now, n->rule, n->cars, wall_offset(&a->now));
	json_end(&j);
	text[out.len - 1] = '\0';
	memmove(text, text + 1, out.len - 1);
}

static struct pending_change
describe(const struct alarming *a, const struct alarms_news *n,
    char text[BOARD_MEMBERS_MAX])
{
	struct pending_change c = {.drop = alarm_is_plain(n->now),
	    .alarm = {
		.severity = n->rule != NULL ? n->rule->severity : SEVERITY_P4,
		.hidden = alarm_is_hidden(n->now),
		.unacked = n->now->state == ALARM_UNACK,
		.over = !n->now->active,
		.since_ms = n->now->since_ms,
		.members = text}};

	snprintf(
	    c.alarm.key, sizeof(c.alarm.key), "%s/%s", n->device, n->alarm);
	text[0] = '\0';
	if (!c.drop)
		write_members(a, n, text);
	return c;
}

static bool
tell(void *context, const struct alarms_news *n)
{
	struct alarming *a = context;
	char text[BOARD_MEMBERS_MAX];
	struct pending_change c = describe(a, n, text);
	bool is_p1 = n->rule != NULL && n->rule->severity == SEVERITY_P1;

	if (!pending_fits(a->pending, strlen(text), is_p1))
		return false;
	c.alarm.seq =
	    events_alarm(a->parts.events, &a->now, n, a->parts.conf->version);
	if (c.alarm.seq == 0)
		return false;
	a->last_seq = c.alarm.seq;
	pending_put(a->pending, &c);
	return true;
}

/* ---- from the event to the board ---- */

/* Whose (log, seq) an accepted one is. */
static const char *
log_of(struct journal *j, const struct journal_state *s, uint64_t seq)
{
	bool given = s->memory_first != 0 && seq >= s->memory_first &&
	    seq <= s->memory_last;

	return given ? journal_volatile_id(j) : journal_id(j);
}

static void
show(
    struct alarming *a, struct pending_change *c, const struct journal_state *s)
{
	c->alarm.log = log_of(a->parts.events, s, c->alarm.seq);
	if (c->drop)
		board_drop(a->parts.board, c->alarm.key);
	else
		board_put(a->parts.board, &c->alarm);
}

static void
settle(struct alarming *a)
{
	struct pending_change *c = pending_first(a->pending);
	struct journal_state s;
	bool shown = false;

	if (c == NULL && !a->ordered)
		return;
	journal_state(a->parts.events, &s);
	for (; c != NULL && c->alarm.seq <= s.tail_seq;
	     c = pending_first(a->pending)) {
		show(a, c, &s);
		board_shown(a->parts.board, c->alarm.seq);
		pending_pass(a->pending);
		shown = true;
	}
	if (shown) {
		board_fit(a->parts.board);
		alarm_figures_set(a->figures, a->alarms);
	}
	if (a->ordered && a->order_seq <= s.tail_seq) {
		a->ordered = false;
		board_answer(a->parts.board, ORDER_DONE, "");
	}
}

/* ---- orders ---- */

static void
take_orders(struct alarming *a)
{
	char why[ORDER_WHY_MAX];
	enum order_verdict v;
	struct order o;

	while (!a->ordered && board_take(a->parts.board, &o)) {
		uint64_t before = a->last_seq;

		why[0] = '\0';
		v = alarms_order(a->alarms, &o, a->now.mono_ms, why);
		a->ordered = v == ORDER_DONE && a->last_seq != before;
		a->order_seq = a->last_seq;
		if (!a->ordered)
			board_answer(a->parts.board, v, why);
	}
}

void
alarming_uplink(struct alarming *a, bool wanted, bool up)
{
	a->self.wants_uplink = wanted;
	a->self.uplink = up;
}

void
alarming_notify(struct alarming *a, bool wanted, bool ok, unsigned failing)
{
	a->self.wants_notify = wanted;
	a->self.notify_ok = ok;
	a->self.notify_failing = failing;
}

void
alarming_history(struct alarming *a, const struct history_state *s)
{
	a->self.history = *s;
}

uint16_t
alarming_self(const struct alarming *a, enum selflook_part part,
    struct reading *out, struct stamp *at)
{
	return selflook_readings(&a->self, part, out, at);
}

/* ---- time ---- */

struct renewal {
	struct alarming *a;
	struct board_view view;
};

/* The alarm as it stands on the board, or NULL. */
static const struct board_alarm *
find_shown(const struct board_view *v, const char *key)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->alarms[i].key, key) == 0)
			return &v->alarms[i];
	return NULL;
}

static void
renew(void *context, const struct alarms_news *n)
{
	struct renewal *r = context;
	char text[BOARD_MEMBERS_MAX];
	struct pending_change c = describe(r->a, n, text);
	const struct board_alarm *shown = find_shown(&r->view, c.alarm.key);

	if (shown == NULL || pending_holds(r->a->pending, c.alarm.key))
		return;
	c.alarm.log = shown->log;
	c.alarm.seq = shown->seq;
	board_put(r->a->parts.board, &c.alarm);
}

/* The wall clock was set: what is shown tells its times by the new one. */
static void
follow_clock(struct alarming *a)
{
	struct renewal r = {.a = a};
	int64_t moved_ms = wall_offset(&a->now) - a->offset_ms;

	if (moved_ms > -STEP_MS && moved_ms < STEP_MS)
		return;
	a->offset_ms = wall_offset(&a->now);
	board_view_take(a->parts.board, &r.view);
	alarms_each(a->alarms, renew, &r);
	board_fit(a->parts.board);
	board_view_free(&r.view);
}

/* The clock is known, and so is how long the power was off. */
static void
settle_guesses(struct alarming *a)
{
	if (a->guess_count == 0 || !a->now.synced)
		return;
	for (size_t i = 0; i < a->guess_count; i++) {
		const struct guess *g = &a->guesses[i];

		alarms_move(a->alarms, g->device, g->alarm, a->guessed_ms,
		    g->ts_ms - a->guessed_ms - wall_offset(&a->now));
	}
	a->guess_count = 0;
	a->offset_ms = SHOW_ANEW;
}

/* Answers of many buses come in any order: time does not go back for it. */
static void
set_now(struct alarming *a, const struct stamp *at)
{
	if (at->mono_ms >= a->now.mono_ms)
		a->now = *at;
}

int64_t
alarming_tick(struct alarming *a, const struct stamp *now)
{
	const struct alarming_parts *p = &a->parts;
	int64_t next_ms;

	set_now(a, now);
	settle_guesses(a);
	follow_clock(a);
	if (a->now.mono_ms >= a->look_ms) {
		selflook_look(&a->self, a->alarms, p->readings, p->events,
		    p->conf->store.journal_max_bytes, &a->now);
		a->look_ms = a->now.mono_ms + LOOK_MS;
	}
	take_orders(a);
	next_ms = alarms_tick(a->alarms, a->now.mono_ms);
	settle(a);
	if (next_ms > a->look_ms)
		next_ms = a->look_ms;
	if ((pending_first(a->pending) != NULL || a->ordered) &&
	    next_ms > a->now.mono_ms + SETTLE_MS)
		next_ms = a->now.mono_ms + SETTLE_MS;
	return next_ms;
}

/* ---- what the pipeline learns ---- */

void
alarming_take(struct alarming *a, const struct batch *b)
{
	set_now(a, &b->at);
	alarms_take(a->alarms, b);
}

void
alarming_online(
    struct alarming *a, uint16_t device, const struct stamp *at, bool online)
{
	set_now(a, at);
	alarms_online(a->alarms, device, online, a->now.mono_ms);
}

void
alarming_failed(struct alarming *a, uint16_t device, const struct stamp *at)
{
	set_now(a, at);
	alarms_failed(a->alarms, device, a->now.mono_ms);
}

void
alarming_identified(struct alarming *a, uint16_t device, const struct stamp *at,
    bool identified)
{
	set_now(a, at);
	alarms_identified(a->alarms, device, identified, a->now.mono_ms);
}

/* ---- what stood before ---- */

/* A clock that is behind what it was says nothing of how long the power was
 * off: until it is set that counts as a moment. */
static bool
is_guess(const struct alarming *a, const struct chronicle_alarm *was)
{
	return memcmp(was->at.boot, a->now.boot, sizeof(a->now.boot)) != 0 &&
	    !a->now.synced && a->now.wall_ms < was->ts_ms;
}

static void
note_guess(struct alarming *a, const struct chronicle_alarm *was)
{
	struct guess *g;

	a->guesses =
	    must_grow(a->guesses, a->guess_count + 1, sizeof(*a->guesses));
	g = &a->guesses[a->guess_count++];
	snprintf(g->device, sizeof(g->device), "%s", was->device);
	snprintf(g->alarm, sizeof(g->alarm), "%s", was->alarm);
	g->ts_ms = was->ts_ms;
	a->guessed_ms = a->now.mono_ms;
}

/* In which wall time less the monotonic of this boot its times were told. */
static int64_t
offset_then(const struct alarming *a, const struct chronicle_alarm *was)
{
	if (memcmp(was->at.boot, a->now.boot, sizeof(a->now.boot)) == 0)
		return wall_offset(&was->at);
	if (is_guess(a, was))
		return was->at.wall_ms - a->now.mono_ms;
	return wall_offset(&a->now) - (was->ts_ms - was->at.wall_ms);
}

static const char *
keep_log(struct alarming *a, const char *log)
{
	const char *own = journal_id(a->parts.events);

	return strcmp(log, own) == 0 ? own : arena_text(a->logs, log);
}

/* What the events say of the alarms that stood, until all are on the board. */
struct restored {
	char key[ORDER_KEY_MAX];
	const char *log;
	uint64_t seq;
};

struct restoring {
	struct alarming *a;
	struct restored *of;
	size_t count;
};

static void
restore(void *context, const struct chronicle_alarm *was)
{
	struct restoring *r = context;
	struct alarm alarm = {0};
	struct sweep_list cars = {0};
	struct restored *one;

	if (!alarm_record_read(
		&alarm, &cars, was->members, offset_then(r->a, was))) {
		log_warn("events.db: the alarm %s/%s cannot be read, it begins "
			 "anew",
		    was->device, was->alarm);
		return;
	}
	alarms_restore(r->a->alarms,
	    &(struct alarms_past){was->device, was->alarm, &alarm, &cars});
	if (is_guess(r->a, was))
		note_guess(r->a, was);
	r->of = must_grow(r->of, r->count + 1, sizeof(*r->of));
	one = &r->of[r->count++];
	snprintf(one->key, sizeof(one->key), "%s/%s", was->device, was->alarm);
	one->log = keep_log(r->a, was->log);
	one->seq = was->seq;
}

static void
show_restored(void *context, const struct alarms_news *n)
{
	struct restoring *r = context;
	char text[BOARD_MEMBERS_MAX];
	struct pending_change c = describe(r->a, n, text);

	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->of[i].key, c.alarm.key) == 0) {
			c.alarm.log = r->of[i].log;
			c.alarm.seq = r->of[i].seq;
			board_put(r->a->parts.board, &c.alarm);
		}
}

static void
restore_all(struct alarming *a, struct chronicle *chronicle)
{
	struct restoring r = {.a = a};
	struct journal_state s;

	chronicle_alarms(chronicle, restore, &r);
	alarms_each(a->alarms, show_restored, &r);
	journal_state(a->parts.events, &s);
	board_shown(a->parts.board, s.tail_seq);
	board_fit(a->parts.board);
	free(r.of);
}

/* ---- start, reload and end ---- */

/* What riser told of itself is as old as itself. */
static void
recall(void *context, const struct batch *b)
{
	struct alarming *a = context;

	if (b->device < a->parts.conf->device_count)
		alarms_recall(a->alarms, b);
}

/* In this boot: then nothing but riser itself has begun anew. */
static bool
ran_before(const struct alarming *a)
{
	struct journal_state s;

	journal_state(a->parts.readings, &s);
	return s.resumed;
}

static struct alarms *
engine_new(struct alarming *a, bool resumed)
{
	struct alarms_conf conf = {.resumed = resumed,
	    .get = look_up,
	    .fault = name_fault,
	    .tell = tell,
	    .context = a};

	alarm_devices_fill(&conf, a->parts.conf, a->parts.catalog, a->memory);
	return alarms_new(&conf);
}

/* What is under way goes over to the new one. */
static void
carry_over(struct alarming *a, struct alarming *old)
{
	a->now = old->now;
	a->offset_ms = SHOW_ANEW; /* a rule may have another severity now */
	a->pending = old->pending;
	a->ordered = old->ordered;
	a->order_seq = old->order_seq;
	a->last_seq = old->last_seq;
	a->logs = old->logs;
	a->guesses = old->guesses;
	a->guess_count = old->guess_count;
	a->guessed_ms = old->guessed_ms;
	selflook_go_on(&a->self, &old->self);
	old->guesses = NULL;
	old->pending = NULL;
	old->logs = NULL;
	alarms_carry_over(a->alarms, old->alarms);
}

struct alarming *
alarming_new(const struct alarming_parts *parts, struct chronicle *chronicle,
    const struct stamp *now, struct alarming *old)
{
	struct alarming *a = must_alloc(1, sizeof(*a));

	a->parts = *parts;
	a->memory = arena_new();
	a->now = *now;
	a->offset_ms = wall_offset(now);
	a->alarms = engine_new(a, old == NULL && ran_before(a));
	a->figures = alarm_figures_new();
	if (old != NULL) {
		carry_over(a, old);
		alarming_free(old);
	} else {
		a->pending = pending_new();
		a->logs = arena_new();
		if (ran_before(a))
			last_readings(
			    parts->readings, parts->catalog, now, recall, a);
		restore_all(a, chronicle);
	}
	alarm_figures_set(a->figures, a->alarms);
	return a;
}

void
alarming_free(struct alarming *a)
{
	if (a == NULL)
		return;
	alarms_free(a->alarms);
	alarm_figures_free(a->figures);
	pending_free(a->pending);
	arena_free(a->memory);
	arena_free(a->logs);
	free(a->guesses);
	free(a);
}
