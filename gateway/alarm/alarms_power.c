/*
 * alarms_power.c - lifts, and the supplies that feed them, in their site
 *
 * A lift's car and a meter's sweep conclude by themselves (car.h, sweep.h).
 * Here they are given what they ask for, their rules look when a conclusion
 * changed, and what becomes of a cut's cars is told.
 *
 * Whenever something concerns a sweep it is given all that is known of its
 * meter and its lifts, and concludes: that is some hundred comparisons, and
 * there is no order of events to be got wrong.
 *
 * The list of a cut is told with its alarm and kept when that is told
 * (site_change), so what is told and what is are the same.
 */
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/site.h"

#define SILENT_QUESTIONS 3 /* to give a device up: BREAKER_FAILURES */

/* ---- what a sweep is given ---- */

static bool
is_line_dead(const struct alarms *a, const struct site_sweep *s)
{
	const struct site_bus *b = &a->buses[a->conf.devices[s->device].bus];

	return s->has_strangers && b->silent == b->devices;
}

/* None of its lifts on the bus has answered since the first of them did not,
 * and as many questions failed as give up one device: where one after the other
 * is waited for, that is known long before each by itself is given up. */
static bool
are_silent(const struct alarms *a, const struct site_sweep *s, size_t bus)
{
	int64_t heard_ms = INT64_MIN, silent_ms = INT64_MAX;
	const struct site_device *d;
	uint64_t failed = 0;

	for (uint16_t i = 0; i < s->sweep.lift_count; i++) {
		if (a->conf.devices[s->lifts[i].device].bus != bus)
			continue;
		d = &a->devices[s->lifts[i].device];
		heard_ms = d->heard_ms > heard_ms ? d->heard_ms : heard_ms;
		if (d->failed > 0 && d->silent_ms < silent_ms)
			silent_ms = d->silent_ms;
		failed += d->failed;
	}
	return failed >= SILENT_QUESTIONS && heard_ms < silent_ms;
}

/* The line is not the question where all on it have one feed, or somebody else
 * has answered since. */
static enum condition_truth
online_of(const struct alarms *a, const struct site_sweep *s, uint16_t lift)
{
	const struct site_lift *l = &s->lifts[lift];
	const struct site_device *d = &a->devices[l->device];
	size_t bus = a->conf.devices[l->device].bus;

	if (d->failed > 0 &&
	    (l->is_own_bus || a->buses[bus].heard_ms > d->silent_ms) &&
	    are_silent(a, s, bus))
		return CONDITION_FALSE;
	return (enum condition_truth)d->online.truth;
}

static void
give(struct alarms *a, struct site_sweep *s)
{
	const struct site_device *d = &a->devices[s->device];

	sweep_line(&s->sweep, is_line_dead(a, s), a->now_ms);
	sweep_meter(&s->sweep, d->online.truth, d->silent_ms);
	for (uint16_t i = 0; i < s->sweep.lift_count; i++) {
		d = &a->devices[s->lifts[i].device];
		sweep_lift(
		    &s->sweep, i, online_of(a, s, i), d->silent_ms, a->now_ms);
	}
}

void
power_begin(struct alarms *a)
{
	power_wake(a);
	for (uint32_t i = 0; i < a->sweep_count; i++) {
		give(a, &a->sweeps[i]);
		sweep_conclude(&a->sweeps[i].sweep, a->now_ms);
	}
}

/* ---- its cars are told ---- */

/* Whether there is news of them: *next is what is to be told. */
static enum sweep_news
follow(struct alarms *a, struct site_sweep *s, struct sweep_list *next)
{
	if (s->anew) {
		sweep_list_make(&s->sweep, next, a->now_ms);
		return SWEEP_NEWS;
	}
	*next = *s->sweep.list;
	return sweep_list_follow(&s->sweep, next, a->now_ms);
}

/* Who has acknowledged a cut is to hear that it came again. */
static bool
tell_list(struct alarms *a, struct watch *w, const struct sweep_list *next,
    enum sweep_news news)
{
	const struct condition *c = &w->condition;
	struct alarm alarm = *w->alarm;
	enum alarm_change change = ALARM_NONE;

	if (news == SWEEP_AGAIN)
		change = alarm_again(&alarm, c->rule, a->now_ms);
	if (change == ALARM_NONE)
		change = ALARM_CARS;
	else
		site_word(a, w, &alarm, next);
	return site_change(a, w, &alarm, change, NULL, next);
}

/* When it is to be tried again; INT64_MAX: when there is news. */
static int64_t
tell_cars(struct alarms *a, struct site_sweep *s)
{
	struct watch *w = s->watch;
	struct sweep_list next;
	enum sweep_news news;

	if (w == NULL || w->alarm == NULL || w->alarm->state == ALARM_NORMAL) {
		s->anew = false;
		sweep_list_forget(&s->sweep);
		return INT64_MAX;
	}
	news = follow(a, s, &next);
	if (news == SWEEP_SAME)
		return INT64_MAX;
	if (a->now_ms < s->cars_ms)
		return s->cars_ms;
	if (!tell_list(a, w, &next, news))
		return a->now_ms;
	s->cars_ms = a->now_ms + ALARMS_CARS_MS;
	return INT64_MAX;
}

/* ---- its rules look ---- */

static uint8_t
truth_at(const struct alarms *a, const struct site_sweep *s, uint16_t point)
{
	struct derive_input in = sweep_look(&s->sweep, point, a->now_ms);

	if (!quality_has_value(in.quality))
		return CONDITION_UNKNOWN;
	return in.value.u != 0 ? CONDITION_TRUE : CONDITION_FALSE;
}

/* True if any did. */
static bool
look(struct alarms *a, struct site_sweep *s)
{
	bool any = false;

	for (uint16_t i = 0; i < SITE_SWEEP_TRUTHS; i++) {
		uint16_t point = (uint16_t)(POINT_PHASE_LOST + i);
		uint8_t truth = truth_at(a, s, point);

		if (truth == s->truths[i])
			continue;
		s->truths[i] = truth;
		a->turn++;
		site_look_at(a, s->device, point, true);
		any = true;
	}
	return any;
}

/* What a lift has to tell by itself changes with it. */
static void
conclude(struct alarms *a, struct site_sweep *s)
{
	bool hides[SWEEP_CARS_MAX];

	for (uint16_t i = 0; i < s->sweep.lift_count; i++)
		hides[i] = sweep_hides(&s->sweep, i);
	give(a, s);
	sweep_conclude(&s->sweep, a->now_ms);
	for (uint16_t i = 0; i < s->sweep.lift_count; i++)
		if (sweep_hides(&s->sweep, i) != hides[i])
			site_settle_fed(a, s->lifts[i].device);
}

static void
settle(struct alarms *a, struct site_sweep *s)
{
	int64_t due_ms, told_ms;

	do {
		conclude(a, s);
		told_ms = tell_cars(a, s);
	} while (look(a, s));
	due_ms = sweep_due(&s->sweep, a->now_ms);
	s->due_ms = due_ms < told_ms ? due_ms : told_ms;
	a->due_ms = s->due_ms < a->due_ms ? s->due_ms : a->due_ms;
}

/* All that a device concerns. */
static void
settle_of(struct alarms *a, uint16_t device)
{
	const struct site_device *d = &a->devices[device];

	if (d->sweep != NULL)
		settle(a, d->sweep);
	for (uint16_t i = 0; i < d->place_count; i++)
		settle(a, d->places[i].sweep);
}

/* ---- what is learnt ---- */

static void
wish(struct alarms *a, uint16_t device)
{
	struct site_device *d = &a->devices[device];
	int64_t due_ms = car_due(d->car);

	d->due_ms = due_ms < d->due_ms ? due_ms : d->due_ms;
	a->due_ms = due_ms < a->due_ms ? due_ms : a->due_ms;
}

/* Whether something that feeds it is cut, or a cut is told whose cars may come
 * back: then all that it says counts. */
static bool
is_swept(const struct site_device *d)
{
	for (uint16_t i = 0; i < d->place_count; i++)
		if (d->places[i].sweep->sweep.list->count > 0 ||
		    sweep_is_cut(&d->places[i].sweep->sweep))
			return true;
	return false;
}

bool
power_uses(const struct alarms *a, size_t device, uint16_t point)
{
	const struct site_device *d = &a->devices[device];

	return (d->car != NULL && car_uses(d->car, point)) ||
	    (d->sweep != NULL && sweep_uses(&d->sweep->sweep, point));
}

static bool
take(struct alarms *a, struct site_device *d, const struct reading *r)
{
	struct derive_input in = {r->value, r->quality, a->now_ms};

	if (d->car != NULL && car_uses(d->car, r->point))
		return car_take(d->car, r->point, &in, a->now_ms);
	sweep_take(&d->sweep->sweep, r->point, &in, a->now_ms);
	return true;
}

bool
power_take(struct alarms *a, const struct batch *b)
{
	struct site_device *d = &a->devices[b->device];
	bool news = false;

	if (d->car == NULL && d->sweep == NULL)
		return false;
	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];

		if ((d->asks[r->point] & ASKS_POWER) != 0)
			news |= take(a, d, r);
	}
	if (d->car != NULL)
		wish(a, b->device);
	if (d->sweep != NULL && news)
		conclude(a, d->sweep);
	return news || is_swept(d);
}

static void
look_at_car(struct alarms *a, uint16_t device)
{
	if (a->devices[device].car == NULL)
		return;
	for (uint16_t p = POINT_CAR_TRAPPED; p <= POINT_CAR_AT_RISK; p++)
		site_look_at(a, device, p, true);
}

void
power_look(struct alarms *a, uint16_t device)
{
	look_at_car(a, device);
	settle_of(a, device);
}

void
power_heard(struct alarms *a, uint16_t device)
{
	struct site_sweep *s = a->devices[device].sweep;

	if (s == NULL)
		return;
	sweep_heard(&s->sweep, a->now_ms);
	settle(a, s);
}

void
power_online(struct alarms *a, uint16_t device)
{
	settle_of(a, device);
}

void
power_line(struct alarms *a, uint16_t bus)
{
	struct site_sweep *s;

	for (uint32_t i = 0; i < a->sweep_count; i++) {
		s = &a->sweeps[i];
		if (a->conf.devices[s->device].bus == bus &&
		    is_line_dead(a, s) != s->sweep.line_dead)
			settle(a, s);
	}
}

/* ---- what is hidden ---- */

bool
power_hides(const struct alarms *a, size_t source, size_t device)
{
	const struct site_device *d = &a->devices[device];
	const struct site_place *p;

	for (uint16_t i = 0; i < d->place_count; i++) {
		p = &d->places[i];
		if (p->sweep->device == source)
			return sweep_hides(&p->sweep->sweep, p->lift);
	}
	return true;
}

void
power_deny(struct alarms *a, const struct watch *w)
{
	struct site_sweep *s = a->devices[w->device].sweep;

	if (!w->has_cars || s == NULL)
		return;
	sweep_deny(&s->sweep, a->now_ms);
	a->turn++;
	settle(a, s);
}

/* ---- time ---- */

void
power_tick_car(struct alarms *a, uint16_t device)
{
	struct site_device *d = &a->devices[device];

	if (d->car == NULL)
		return;
	if (car_due(d->car) <= a->now_ms && car_tick(d->car, a->now_ms)) {
		a->turn++;
		power_look(a, device);
	}
	wish(a, device);
}

void
power_tick(struct alarms *a)
{
	for (uint32_t i = 0; i < a->sweep_count; i++) {
		struct site_sweep *s = &a->sweeps[i];

		if (s->due_ms <= a->now_ms)
			settle(a, s);
		else if (s->due_ms < a->due_ms)
			a->due_ms = s->due_ms;
	}
}

/* ---- what expressions ask ---- */

struct derive_input
power_get(const struct alarms *a, uint16_t device, uint16_t point)
{
	const struct site_device *d = &a->devices[device];

	if (point < POINT_PHASE_LOST)
		return d->car != NULL ? car_look(d->car, point)
				      : (struct derive_input){0};
	return d->sweep != NULL ? sweep_look(&d->sweep->sweep, point, a->now_ms)
				: (struct derive_input){0};
}

/* ---- a restart and a reload ---- */

/* It lost its power by itself: that was told and not hidden. */
static bool
was_apart(const struct alarm *was)
{
	return was->suppressed_by[0] == '\0' && was->shown;
}

/* What the alarm says of its device itself. */
static void
restore_known(struct alarms *a, const struct watch *w, const struct alarm *was)
{
	const struct alarm_rule *rule = w->condition.rule;
	struct site_device *d = &a->devices[w->device];
	struct sweep_lift *l;

	if (watch_waits_for(rule, POINT_ONLINE))
		d->silent_ms = SWEEP_BEFORE;
	if (!watch_waits_for(rule, POINT_CAR_UNPOWERED) &&
	    !watch_waits_for(rule, POINT_CAR_AT_RISK))
		return;
	for (uint16_t i = 0; i < d->place_count; i++) {
		l = &d->places[i].sweep->sweep.lifts[d->places[i].lift];
		l->unpowered_ms = SWEEP_BEFORE;
		l->apart |= was_apart(was);
	}
}

static bool
is_of_need(const struct alarm_rule *rule)
{
	return watch_waits_for(rule, POINT_CAR_TRAPPED) ||
	    watch_waits_for(rule, POINT_CAR_SUSPECT);
}

void
power_restore(struct alarms *a, const struct watch *w, const struct alarm *was,
    const struct sweep_list *cars)
{
	static const struct sweep_list none;
	struct site_device *d = &a->devices[w->device];

	if (was->state == ALARM_NORMAL)
		return;
	if (d->car != NULL && is_of_need(w->condition.rule))
		car_restore_need(d->car);
	if (was->condition)
		restore_known(a, w, was);
	if (w->has_cars && d->sweep != NULL)
		sweep_restore(&d->sweep->sweep, cars != NULL ? cars : &none,
		    was->condition);
}

void
power_go_on(
    struct alarms *a, uint16_t device, const struct alarms *old, uint16_t was)
{
	struct site_device *d = &a->devices[device];
	const struct site_device *of = &old->devices[was];

	if (d->car != NULL && of->car != NULL)
		car_go_on(d->car, of->car);
	if (d->sweep == NULL || of->sweep == NULL)
		return;
	sweep_go_on(&d->sweep->sweep, &of->sweep->sweep);
	d->sweep->anew = of->sweep->anew;
	d->sweep->cars_ms = of->sweep->cars_ms;
}

/* ---- orders ---- */

static enum alarm_change
refuse(char why[ORDER_WHY_MAX], const char *begin, const char *sentence)
{
	snprintf(why, ORDER_WHY_MAX, "%s%s", begin, sentence);
	return ALARM_NONE;
}

enum alarm_change
power_check(const struct alarms *a, const struct watch *w,
    const struct order *o, struct sweep_list *cars, char why[ORDER_WHY_MAX])
{
	const struct sweep_list *list = site_cars(a, w);
	struct sweep_car *car;

	if (w->alarm == NULL || w->alarm->state == ALARM_NORMAL)
		return refuse(
		    why, "it is NORMAL: ", "there are no cars to look after");
	if (list == NULL)
		return refuse(why, "", "there are no cars to look after");
	*cars = *list;
	car = sweep_list_find(cars, o->car);
	if (car == NULL)
		return refuse(why, o->car, " is not among its cars");
	if (strcmp(car->checked.by, o->by) == 0)
		return ALARM_NONE;
	if (car->checked.by[0] != '\0')
		return refuse(why, car->checked.by,
		    " has it already; what is to be said goes into a note");
	snprintf(car->checked.by, sizeof(car->checked.by), "%s", o->by);
	car->checked.at_ms = a->now_ms;
	return ALARM_CHECK;
}
