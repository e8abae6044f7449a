/*
 * site.c - the one way in which an alarm changes
 *
 * What is told and what is are the same because settling compares what a
 * watch's alarm says with what its condition, its hider and the time want,
 * makes a copy with one change in it, tells that and only then keeps it.  What
 * could not be told is still wanted, so the watch is due at once and the next
 * tick does the same again.  After a refusal nothing else is tried until then.
 * A condition that changed and changed back meanwhile is told both ways, once:
 * a button that was pressed for two seconds was pressed.
 *
 * Suppression is no event of its own for an alarm that is NORMAL: one raised
 * while it is suppressed is told once, with suppressed_by in it, and one that
 * becomes NORMAL is not suppressed any more.
 *
 * An alarm exists only while there is something to remember, for alarms are
 * large and rare; there is room for one of each watch, in pages that cost
 * nothing until they are used.
 */
#include "gateway/alarm/site.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/wording.h"

#define FACTS_MAX 8 /* that one alarm's text may ask for */

/* ---- what the rules look at ---- */

struct looker {
	const struct alarms *a;
	const struct watch *w;
};

static struct derive_input
input_of(const struct known *k)
{
	struct derive_input in = {.at_ms = k->since_ms};

	if (k->truth == CONDITION_UNKNOWN)
		return in;
	in.value =
	    (struct value){.type = VALUE_BOOL, .u = k->truth == CONDITION_TRUE};
	in.quality.code = QUALITY_GOOD;
	return in;
}

static bool
is_gateway(const struct alarms *a, uint16_t device)
{
	return device + 1u == a->conf.device_count;
}

static struct derive_input
get(const void *context, uint16_t point)
{
	const struct looker *l = context;
	const struct site_device *d = &l->a->devices[l->w->device];

	switch (point) {
	case POINT_ONLINE: return input_of(&d->online);
	case POINT_IDENTIFIED: return input_of(&d->identified);
	case POINT_BUS_UP: return input_of(&l->a->buses[l->w->bus].up);
	default: break;
	}
	if (is_gateway(l->a, l->w->device))
		return l->a->gateway[point];
	return l->a->conf.get(l->a->conf.context, l->w->device, point);
}

/* ---- room for alarms ---- */

static struct alarm *
room_take(struct alarms *a)
{
	if (a->returned_count > 0)
		return a->returned[--a->returned_count];
	assert(a->room_used < a->watches.count);
	return &a->room[a->room_used++];
}

/* One that is plain still remembers when it was raised, for chatter. */
static int64_t
forget_ms(const struct alarm *alarm)
{
	return alarm->raise_count == 0
	    ? INT64_MIN
	    : alarm->raises_ms[alarm->raise_count - 1] + ALARM_CHATTER_MS;
}

static bool
is_forgettable(const struct alarms *a, const struct alarm *alarm)
{
	return alarm_is_plain(alarm) && a->now_ms >= forget_ms(alarm);
}

void
site_keep(struct alarms *a, struct watch *w, const struct alarm *next)
{
	if (is_forgettable(a, next)) {
		if (w->alarm != NULL)
			a->returned[a->returned_count++] = w->alarm;
		w->alarm = NULL;
		return;
	}
	if (w->alarm == NULL)
		w->alarm = room_take(a);
	*w->alarm = *next;
}

struct alarm
site_alarm(const struct watch *w)
{
	return w->alarm == NULL ? (struct alarm){0} : *w->alarm;
}

/* ---- due times ---- */

void
site_due(struct alarms *a, struct watch *w, int64_t due_ms)
{
	struct site_device *d = &a->devices[w->device];

	w->due_ms = due_ms;
	if (due_ms < d->due_ms)
		d->due_ms = due_ms;
	if (due_ms < a->due_ms)
		a->due_ms = due_ms;
}

static int64_t
due_of(const struct watch *w)
{
	int64_t due_ms = condition_due(&w->condition), other_ms;

	if (w->alarm == NULL)
		return due_ms;
	other_ms = alarm_is_plain(w->alarm) ? forget_ms(w->alarm)
					    : alarm_due(w->alarm);
	return due_ms < other_ms ? due_ms : other_ms;
}

/* ---- a change happens ---- */

bool
site_tell(struct alarms *a, const struct alarms_news *news)
{
	if (!a->refused)
		a->refused = !a->conf.tell(a->conf.context, news);
	return !a->refused;
}

void
site_refresh_bus(struct alarms *a, uint16_t bus)
{
	const struct watch_range *range = &a->watches.of_bus[bus];
	struct site_bus *b = &a->buses[bus];
	const struct watch *hider = NULL, *w;

	for (uint32_t i = 0; i < range->count && hider == NULL; i++) {
		w = &a->watches.all[range->first + i];
		if (w->alarm != NULL && w->alarm->condition)
			hider = w;
	}
	if (hider == NULL && b->hider != NULL && b->until_ms == INT64_MAX) {
		b->until_ms = a->now_ms + ALARMS_LINGER_MS;
		a->due_ms = b->until_ms < a->due_ms ? b->until_ms : a->due_ms;
	}
	if (hider == NULL)
		return;
	b->until_ms = INT64_MAX;
	if (b->hider == hider)
		return;
	b->hider = hider;
	site_settle_behind(a, bus);
}

bool
site_change(struct alarms *a, struct watch *w, struct alarm *next,
    enum alarm_change change, const struct order *o)
{
	struct alarms_news news = {.device = a->conf.devices[w->device].id,
	    .alarm = w->name,
	    .change = change,
	    .now = next,
	    .rule = w->condition.rule,
	    .by = o != NULL ? o->by : NULL,
	    .note = o != NULL && o->note[0] != '\0' ? o->note : NULL};

	if (next->state == ALARM_NORMAL)
		next->suppressed_by[0] = '\0';
	if (change != ALARM_NONE && !site_tell(a, &news))
		return false;
	site_keep(a, w, next);
	if (w->bus != WATCH_NO_BUS)
		site_refresh_bus(a, w->bus);
	return true;
}

/* ---- its words ---- */

static void
fill(char text[ALARM_TEXT_MAX], const struct wording *words,
    const struct text *t, bool en)
{
	struct buf out;

	buf_fixed(&out, text, ALARM_TEXT_MAX);
	wording_fill(&out, words, wording_in(*t, en), en);
}

static void
set_value(struct alarm *next, const struct point_info *p,
    const struct derive_input *in)
{
	const char *name = NULL;

	next->value = in->value;
	snprintf(next->unit, sizeof(next->unit), "%s", p->unit);
	if (in->value.type == VALUE_ENUM)
		name = point_enum_name(p, in->value.i);
	snprintf(next->value_name, sizeof(next->value_name), "%s",
	    name != NULL ? name : "");
}

/* When its turn comes to be told, what raised it is over. */
static struct derive_input
get_none(const void *context, uint16_t point)
{
	(void)context;
	(void)point;
	return (struct derive_input){0};
}

static size_t
bus_facts(const struct alarms *a, uint16_t bus,
    struct wording_fact facts[FACTS_MAX], char number[16])
{
	snprintf(number, 16, "%" PRIu32, a->buses[bus].devices);
	facts[0] = (struct wording_fact){"bus", {.en = a->conf.buses[bus]}};
	facts[1] = (struct wording_fact){"devices", {.en = number}};
	return 2;
}

/* Of a virtual point there is no value to be said: the text says it all. */
static void
set_words(const struct alarms *a, const struct watch *w, struct alarm *next)
{
	const struct alarms_device *d = &a->conf.devices[w->device];
	const struct alarm_rule *rule = w->condition.rule;
	const struct looker looker = {a, w};
	int first = watch_first_point(rule);
	struct wording words = {.name = d->name,
	    .building = d->building,
	    .stair = d->stair,
	    .point_count = d->point_count,
	    .points = d->points,
	    .look = {w->condition.raised ? get : get_none, &looker},
	    .first = first < d->point_count ? first : -1,
	    .held_ms = condition_held_ms(&w->condition, a->now_ms)};
	struct wording_fact facts[FACTS_MAX];
	char number[16];
	struct derive_input in;

	words.facts = facts;
	if (w->bus != WATCH_NO_BUS)
		words.fact_count = bus_facts(a, w->bus, facts, number);
	next->value = (struct value){.type = VALUE_NONE};
	next->unit[0] = next->value_name[0] = '\0';
	if (words.first >= 0) {
		in = words.look.get(&looker, (uint16_t)first);
		set_value(next, &d->points[first], &in);
	}
	fill(next->text_zh, &words, &rule->text, false);
	fill(next->text_en, &words, &rule->text, true);
}

/* ---- what a watch's alarm should be ---- */

/* By whom it should be hidden; "" by nobody. */
static const char *
hider_of(const struct alarms *a, const struct watch *w)
{
	const struct site_bus *b =
	    w->behind_bus ? &a->buses[a->conf.devices[w->device].bus] : NULL;

	if (b != NULL && b->hider != NULL)
		return b->hider->hides_as;
	return w->condition.suppressed && w->hidden_by != NULL ? w->hidden_by
							       : "";
}

static bool
settle_time(struct alarms *a, struct watch *w)
{
	struct alarm next;
	enum alarm_change change;

	while (w->alarm != NULL && alarm_due(w->alarm) <= a->now_ms) {
		next = *w->alarm;
		change = alarm_tick(&next, w->condition.rule, a->now_ms);
		if (!site_change(a, w, &next, change, NULL))
			return false;
	}
	if (w->alarm != NULL && is_forgettable(a, w->alarm))
		site_keep(a, w, w->alarm);
	return true;
}

static bool
settle_hiding(struct alarms *a, struct watch *w)
{
	const char *by = hider_of(a, w);
	struct alarm next;
	enum alarm_change change;

	if (w->alarm == NULL || w->alarm->state == ALARM_NORMAL ||
	    strcmp(w->alarm->suppressed_by, by) == 0)
		return true;
	next = *w->alarm;
	change = alarm_suppress(&next, by);
	return site_change(a, w, &next, change, NULL);
}

static bool
differs(const struct watch *w)
{
	return w->condition.raised != (w->alarm != NULL && w->alarm->condition);
}

/* The alarm's condition becomes what it was not. */
static bool
turn(struct alarms *a, struct watch *w)
{
	const struct condition *c = &w->condition;
	struct alarm next = site_alarm(w);
	bool raised = !next.condition;
	enum alarm_change change;

	if (raised && next.state == ALARM_NORMAL)
		alarm_suppress(&next, hider_of(a, w));
	change =
	    alarm_condition(&next, c->rule, raised, c->simulated, a->now_ms);
	if (change == ALARM_RAISE || change == ALARM_CHATTER)
		set_words(a, w, &next);
	return site_change(a, w, &next, change, NULL);
}

static bool
settle_condition(struct alarms *a, struct watch *w)
{
	while (w->owes) {
		if (!turn(a, w))
			return false;
		w->owes = differs(w);
	}
	return true;
}

static bool
settle_release(struct alarms *a, struct watch *w)
{
	struct alarm next;
	enum alarm_change change;

	if (w->alarm == NULL || !w->condition.released)
		return true;
	next = *w->alarm;
	change = alarm_release(&next, w->condition.rule);
	return change == ALARM_NONE || site_change(a, w, &next, change, NULL);
}

void
site_settle(struct alarms *a, struct watch *w)
{
	bool settled;

	w->owes |= differs(w);
	settled = settle_time(a, w) && settle_hiding(a, w) &&
	    settle_condition(a, w) && settle_release(a, w);
	site_due(a, w, settled ? due_of(w) : a->now_ms);
}

void
site_settle_behind(struct alarms *a, uint16_t bus)
{
	struct watch *w;

	for (uint32_t i = 0; i < a->watches.count; i++) {
		w = &a->watches.all[i];
		if (w->behind_bus && w->alarm != NULL &&
		    a->conf.devices[w->device].bus == bus)
			site_settle(a, w);
	}
}

/* ---- looking ---- */

void
site_look(struct alarms *a, struct watch *w)
{
	const struct looker looker = {a, w};

	condition_take(
	    &w->condition, &(struct condition_look){get, &looker}, a->now_ms);
	site_settle(a, w);
}

/* ---- finding ---- */

struct watch *
site_find(const struct alarms *a, const char *device, const char *alarm)
{
	for (size_t i = 0; i < a->conf.device_count; i++)
		if (strcmp(a->conf.devices[i].id, device) == 0)
			return watches_find(&a->watches, (uint16_t)i, alarm);
	return NULL;
}
