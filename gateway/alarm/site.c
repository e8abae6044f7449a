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
#include <stdio.h>
#include <string.h>

/* ---- what the rules look at ---- */

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

struct derive_input
site_get(const void *looker, uint16_t point)
{
	const struct site_looker *l = looker;
	const struct site_device *d = &l->a->devices[l->w->device];

	switch (point) {
	case POINT_ONLINE: return input_of(&d->online);
	case POINT_IDENTIFIED: return input_of(&d->identified);
	case POINT_BUS_UP: return input_of(&l->a->buses[l->w->bus].up);
	default: break;
	}
	if (point >= POINT_ONLINE)
		return power_get(l->a, l->w->device, point);
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

struct site_hiding *
site_hiding(struct alarms *a, const struct watch *w)
{
	return w->bus != WATCH_NO_BUS ? &a->buses[w->bus].hiding
				      : &a->devices[w->device].hiding;
}

/* Hides others.  One that is itself not to be seen, by somebody's wish, does
 * not: else nobody were told.  Hidden by one further up it does. */
static bool
hides(const struct watch *w)
{
	return w->hides_as != NULL && w->alarm != NULL && w->alarm->condition &&
	    w->alarm->shelved_by[0] == '\0' && w->alarm->out.by[0] == '\0';
}

/* The first of those that hide the same as w that does; or NULL. */
static const struct watch *
find_hider(const struct alarms *a, const struct watch *w)
{
	const struct watch_range *range = w->bus != WATCH_NO_BUS
	    ? &a->watches.of_bus[w->bus]
	    : &a->watches.of_device[w->device];
	const struct watch *one;

	for (uint32_t i = 0; i < range->count; i++) {
		one = &a->watches.all[range->first + i];
		if (hides(one))
			return one;
	}
	return NULL;
}

/* Its condition is over; or it is not to be seen any more. */
static int64_t
linger_until(const struct alarms *a, const struct watch *hider)
{
	bool holds = hider->alarm != NULL && hider->alarm->condition;

	return holds ? a->now_ms : a->now_ms + ALARMS_LINGER_MS;
}

void
site_refresh(struct alarms *a, const struct watch *w)
{
	struct site_hiding *h = site_hiding(a, w);
	const struct watch *hider = find_hider(a, w);

	if (hider == NULL && h->hider != NULL && h->until_ms == INT64_MAX) {
		h->until_ms = linger_until(a, h->hider);
		a->due_ms = h->until_ms < a->due_ms ? h->until_ms : a->due_ms;
		site_settle_behind(a, h);
	}
	if (hider == NULL)
		return;
	h->until_ms = INT64_MAX;
	if (h->hider == hider)
		return;
	h->hider = hider;
	site_settle_behind(a, h);
}

const struct sweep_list *
site_cars(const struct alarms *a, const struct watch *w)
{
	const struct site_sweep *s = a->devices[w->device].sweep;

	return w->has_cars && s != NULL && s->sweep.list->count > 0
	    ? s->sweep.list
	    : NULL;
}

/* The list is that of the alarm, and goes with it. */
static void
keep_cars(
    struct alarms *a, const struct watch *w, const struct sweep_list *cars)
{
	struct site_sweep *s = a->devices[w->device].sweep;

	if (!w->has_cars || s == NULL)
		return;
	if (cars != NULL) {
		*s->sweep.list = *cars;
		s->anew = false;
	}
	if (w->alarm == NULL || w->alarm->state == ALARM_NORMAL)
		sweep_list_forget(&s->sweep);
	s->due_ms = a->due_ms = a->now_ms; /* its rules ask for the cars */
}

bool
site_change(struct alarms *a, struct watch *w, struct alarm *next,
    enum alarm_change change, const struct order *o,
    const struct sweep_list *cars)
{
	struct alarms_news news = {.device = a->conf.devices[w->device].id,
	    .alarm = w->name,
	    .change = change,
	    .now = next,
	    .rule = w->condition.rule,
	    .by = o != NULL ? o->by : NULL,
	    .note = o != NULL && o->note[0] != '\0' ? o->note : NULL,
	    .car = o != NULL && o->car[0] != '\0' ? o->car : NULL,
	    .cars = cars != NULL ? cars : site_cars(a, w)};

	if (next->state == ALARM_NORMAL)
		next->suppressed_by[0] = '\0';
	if (change != ALARM_NONE && !site_tell(a, &news))
		return false;
	site_keep(a, w, next);
	keep_cars(a, w, cars);
	if (w->hides_as != NULL)
		site_refresh(a, w);
	return true;
}

/* ---- what a watch's alarm should be ---- */

/* By what this one that feeds its device hides; or NULL. */
static const struct watch *
hider_at(const struct alarms *a, const struct watch *w, size_t source)
{
	const struct site_hiding *h = &a->devices[source].hiding;

	if (h->hider == NULL || !power_hides(a, source, w->device))
		return NULL;
	return h->until_ms == INT64_MAX || w->lingers ? h->hider : NULL;
}

/* Of what feeds its device the topmost that hides; or NULL. */
static const struct watch *
hider_of_power(const struct alarms *a, const struct watch *w)
{
	const struct alarms_device *devices = a->conf.devices;
	const struct watch *hider = NULL, *one;
	size_t d = w->needs_power ? devices[w->device].fed_by : ALARMS_UNFED;

	for (size_t i = 0; d != ALARMS_UNFED && i < a->conf.device_count; i++) {
		one = hider_at(a, w, d);
		hider = one != NULL ? one : hider;
		d = devices[d].fed_by;
	}
	return hider;
}

static const struct watch *
hider_of_bus(const struct alarms *a, const struct watch *w)
{
	return w->behind_bus
	    ? a->buses[a->conf.devices[w->device].bus].hiding.hider
	    : NULL;
}

/* By whom it should be hidden; "" by nobody.  A bus may be silent for want of
 * power: that is the cause. */
static const char *
hider_of(const struct alarms *a, const struct watch *w)
{
	const struct watch *hider = hider_of_power(a, w);

	if (hider == NULL)
		hider = hider_of_bus(a, w);
	if (hider != NULL)
		return hider->hides_as;
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
		if (!site_change(a, w, &next, change, NULL, NULL))
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
	return site_change(a, w, &next, change, NULL, NULL);
}

static bool
differs(const struct watch *w)
{
	return w->condition.raised != (w->alarm != NULL && w->alarm->condition);
}

/* The list of a cut that is raised now; NULL if it has none. */
static const struct sweep_list *
make_cars(
    const struct alarms *a, const struct watch *w, struct sweep_list *list)
{
	const struct site_sweep *s = a->devices[w->device].sweep;

	if (!w->has_cars || s == NULL || s->sweep.lift_count == 0)
		return NULL;
	sweep_list_make(&s->sweep, list, a->now_ms);
	return list;
}

/* The alarm's condition becomes what it was not.  Of a raise that is not told,
 * for it chatters, the list is told by itself. */
static bool
turn(struct alarms *a, struct watch *w)
{
	const struct condition *c = &w->condition;
	struct alarm next = site_alarm(w);
	bool raised = !next.condition;
	struct sweep_list list;
	const struct sweep_list *cars = raised ? make_cars(a, w, &list) : NULL;
	enum alarm_change change;

	if (raised && next.state == ALARM_NORMAL)
		alarm_suppress(&next, hider_of(a, w));
	change =
	    alarm_condition(&next, c->rule, raised, c->simulated, a->now_ms);
	if (change == ALARM_RAISE || change == ALARM_CHATTER)
		site_word(a, w, &next, cars);
	if (change == ALARM_NONE && cars != NULL) {
		a->devices[w->device].sweep->anew = true;
		cars = NULL;
	}
	return site_change(a, w, &next, change, NULL, cars);
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
	return change == ALARM_NONE ||
	    site_change(a, w, &next, change, NULL, NULL);
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

/* Whether it hides the watch's alarm. */
static bool
is_behind(
    const struct alarms *a, const struct site_hiding *h, const struct watch *w)
{
	size_t d = w->device;

	if (w->behind_bus && &a->buses[a->conf.devices[d].bus].hiding == h)
		return true;
	d = w->needs_power ? a->conf.devices[d].fed_by : ALARMS_UNFED;
	for (size_t i = 0; d != ALARMS_UNFED && i < a->conf.device_count; i++) {
		if (&a->devices[d].hiding == h)
			return true;
		d = a->conf.devices[d].fed_by;
	}
	return false;
}

void
site_settle_behind(struct alarms *a, const struct site_hiding *h)
{
	struct watch *w;

	for (uint32_t i = 0; i < a->watches.count; i++) {
		w = &a->watches.all[i];
		if (w->alarm != NULL && is_behind(a, h, w))
			site_settle(a, w);
	}
}

void
site_settle_fed(struct alarms *a, uint16_t device)
{
	const struct watch_range *range = &a->watches.of_device[device];
	struct watch *w;

	for (uint32_t i = range->first; i < range->first + range->count; i++) {
		w = &a->watches.all[i];
		if (w->needs_power && w->alarm != NULL)
			site_settle(a, w);
	}
}

/* ---- looking ---- */

void
site_look(struct alarms *a, struct watch *w)
{
	const struct site_looker looker = {a, w};

	condition_take(&w->condition,
	    &(struct condition_look){site_get, &looker}, a->now_ms);
	site_settle(a, w);
}

void
site_look_at(struct alarms *a, uint16_t device, uint16_t point, bool is_news)
{
	uint32_t count;
	const uint32_t *uses =
	    watches_of(&a->watches, a->conf.devices, device, point, &count);
	struct watch *w;

	for (uint32_t i = 0; i < count; i++) {
		w = &a->watches.all[uses[i]];
		if (w->turn == a->turn || (!is_news && !w->over_time))
			continue;
		w->turn = a->turn;
		site_look(a, w);
	}
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
