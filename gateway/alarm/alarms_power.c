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
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/site.h"
#include "gateway/alarm/wording.h"

#define NOT_LOOKED 0xff /* no truth */

/* ---- who feeds whom ---- */

static bool
is_kind(const struct alarms_device *d, const char *kind)
{
	return d->kind != NULL && strcmp(d->kind, kind) == 0;
}

static bool
is_lift(const struct alarms_device *d)
{
	return is_kind(d, "elevator");
}

static bool
is_meter(const struct alarms_device *d)
{
	return is_kind(d, "transformer") || is_kind(d, "feeder");
}

/* How many feed it, one the other. */
static size_t
depth(const struct alarms_conf *conf, size_t device)
{
	size_t n = 0, d = device;

	while (
	    conf->devices[d].fed_by != ALARMS_UNFED && n < conf->device_count) {
		d = conf->devices[d].fed_by;
		n++;
	}
	return n;
}

static bool
feeds(const struct alarms_conf *conf, size_t source, size_t device)
{
	size_t d = conf->devices[device].fed_by;

	for (size_t i = 0; d != ALARMS_UNFED && i < conf->device_count; i++) {
		if (d == source)
			return true;
		d = conf->devices[d].fed_by;
	}
	return false;
}

/* ---- start ---- */

/* The gateway first, then by depth. */
static void
start_order(struct alarms *a)
{
	const struct alarms_conf *conf = &a->conf;
	size_t count = 0;

	a->order =
	    arena_array(a->memory, conf->device_count, sizeof(*a->order));
	a->order[count++] = (uint16_t)(conf->device_count - 1);
	for (size_t n = 0; count < conf->device_count; n++)
		for (size_t i = 0; i + 1 < conf->device_count; i++)
			if (depth(conf, i) == n)
				a->order[count++] = (uint16_t)i;
}

static const char *
place_in(struct arena *memory, const struct alarms_device *d, bool en)
{
	const struct wording words = {
	    .name = d->name, .building = d->building, .stair = d->stair};
	char text[ALARM_TEXT_MAX];
	struct buf out;

	buf_fixed(&out, text, sizeof(text));
	wording_fill(&out, &words, "{place}", en);
	return arena_text(memory, text);
}

static void
start_lift(struct alarms *a, struct site_sweep *s, uint16_t lift, size_t device)
{
	const struct alarms_device *d = &a->conf.devices[device];
	struct site_device *of = &a->devices[device];

	s->sweep.lifts[lift] = (struct sweep_lift){.device = d->id,
	    .where = {place_in(a->memory, d, false),
		place_in(a->memory, d, true)},
	    .car = of->car,
	    .on_line = d->bus == a->conf.devices[s->device].bus};
	of->places[of->place_count++] = (struct site_place){s, lift};
}

static uint16_t
count_lifts(const struct alarms_conf *conf, size_t source)
{
	uint16_t count = 0;

	for (size_t i = 0; i < conf->device_count; i++)
		if (is_lift(&conf->devices[i]) && feeds(conf, source, i))
			count++;
	return count;
}

/* Whether there is something on its bus that it does not feed. */
static bool
has_strangers(const struct alarms_conf *conf, size_t source)
{
	for (size_t i = 0; i + 1 < conf->device_count; i++)
		if (i != source &&
		    conf->devices[i].bus == conf->devices[source].bus &&
		    !feeds(conf, source, i))
			return true;
	return false;
}

static struct watch *
find_watch(struct alarms *a, size_t device)
{
	const struct watch_range *range = &a->watches.of_device[device];

	for (uint32_t i = range->first; i < range->first + range->count; i++)
		if (a->watches.all[i].has_cars)
			return &a->watches.all[i];
	return NULL;
}

static void
start_sweep(struct alarms *a, struct site_sweep *s, uint16_t device)
{
	const struct alarms_device *d = &a->conf.devices[device];
	uint16_t count = count_lifts(&a->conf, device), lift = 0;

	*s = (struct site_sweep){.device = device,
	    .has_strangers = has_strangers(&a->conf, device),
	    .watch = find_watch(a, device),
	    .cars_ms = INT64_MIN,
	    .due_ms = INT64_MIN};
	memset(s->truths, NOT_LOOKED, sizeof(s->truths));
	s->sweep.lifts = arena_array(a->memory, count, sizeof(*s->sweep.lifts));
	s->lifts = arena_array(a->memory, count, sizeof(*s->lifts));
	for (size_t i = 0; i < a->conf.device_count; i++) {
		if (!is_lift(&a->conf.devices[i]) ||
		    !feeds(&a->conf, device, i))
			continue;
		s->lifts[lift] = (uint16_t)i;
		start_lift(a, s, lift++, i);
	}
	sweep_start(
	    &s->sweep, d->point_count, d->points, count, s->sweep.lifts);
	if (a->conf.resumed)
		sweep_resume(&s->sweep);
	a->devices[device].sweep = s;
}

static void
start_car(struct alarms *a, size_t device)
{
	const struct alarms_device *d = &a->conf.devices[device];
	struct site_device *of = &a->devices[device];

	of->car = arena_alloc(a->memory, sizeof(*of->car));
	car_start(of->car, d->point_count, d->points);
	of->places = arena_array(
	    a->memory, depth(&a->conf, device), sizeof(*of->places));
}

void
power_start(struct alarms *a)
{
	const struct alarms_conf *conf = &a->conf;
	uint32_t meters = 0;

	start_order(a);
	for (size_t i = 0; i < conf->device_count; i++) {
		if (is_lift(&conf->devices[i]))
			start_car(a, i);
		meters += is_meter(&conf->devices[i]);
	}
	a->sweeps = arena_array(a->memory, meters, sizeof(*a->sweeps));
	for (size_t i = 0; i < conf->device_count; i++)
		if (is_meter(&conf->devices[i]))
			start_sweep(
			    a, &a->sweeps[a->sweep_count++], (uint16_t)i);
}

/* ---- what a sweep is given ---- */

static bool
is_line_dead(const struct alarms *a, const struct site_sweep *s)
{
	const struct site_bus *b = &a->buses[a->conf.devices[s->device].bus];

	return s->has_strangers && b->silent == b->devices;
}

static void
give(struct alarms *a, struct site_sweep *s)
{
	const struct site_device *d = &a->devices[s->device];

	sweep_line(&s->sweep, is_line_dead(a, s), a->now_ms);
	sweep_meter(&s->sweep, d->online.truth, d->silent_ms);
	for (uint16_t i = 0; i < s->sweep.lift_count; i++) {
		d = &a->devices[s->lifts[i]];
		sweep_lift(
		    &s->sweep, i, d->online.truth, d->silent_ms, a->now_ms);
	}
}

void
power_begin(struct alarms *a)
{
	for (uint32_t i = 0; i < a->sweep_count; i++) {
		give(a, &a->sweeps[i]);
		sweep_conclude(&a->sweeps[i].sweep, a->now_ms);
	}
}

/* ---- its cars are told ---- */

/* Whether there is news of them: *next is what is to be told. */
static bool
follow(struct alarms *a, struct site_sweep *s, struct sweep_list *next)
{
	if (s->anew) {
		sweep_list_make(&s->sweep, next, a->now_ms);
		return true;
	}
	*next = s->sweep.list;
	return sweep_list_follow(&s->sweep, next, a->now_ms);
}

/* When it is to be tried again; INT64_MAX: when there is news. */
static int64_t
tell_cars(struct alarms *a, struct site_sweep *s)
{
	struct watch *w = s->watch;
	struct sweep_list next;
	struct alarm alarm;

	if (w == NULL || w->alarm == NULL || w->alarm->state == ALARM_NORMAL) {
		s->anew = false;
		s->sweep.list.count = 0;
	}
	if (!s->anew && s->sweep.list.count == 0)
		return INT64_MAX;
	if (!follow(a, s, &next))
		return INT64_MAX;
	if (a->now_ms < s->cars_ms)
		return s->cars_ms;
	alarm = *w->alarm;
	if (!site_change(a, w, &alarm, ALARM_CARS, NULL, &next))
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

static void
settle(struct alarms *a, struct site_sweep *s)
{
	int64_t due_ms, told_ms;

	give(a, s);
	do {
		sweep_conclude(&s->sweep, a->now_ms);
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

/* Whether a cut of something that feeds it is told, whose cars may come back.
 */
static bool
is_swept(const struct site_device *d)
{
	for (uint16_t i = 0; i < d->place_count; i++)
		if (d->places[i].sweep->sweep.list.count > 0)
			return true;
	return false;
}

static bool
take(struct alarms *a, struct site_device *d, uint16_t point,
    const struct derive_input *in)
{
	if (d->car != NULL && car_uses(d->car, point))
		return car_take(d->car, point, in, a->now_ms);
	if (d->sweep == NULL || !sweep_uses(&d->sweep->sweep, point))
		return false;
	sweep_take(&d->sweep->sweep, point, in, a->now_ms);
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
		struct derive_input in = {r->value, r->quality, a->now_ms};

		news |= take(a, d, r->point, &in);
	}
	if (d->car != NULL)
		wish(a, b->device);
	if (d->sweep != NULL && news)
		sweep_conclude(&d->sweep->sweep, a->now_ms);
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

/* What the alarm says of its device itself. */
static void
restore_known(struct alarms *a, const struct watch *w)
{
	const struct alarm_rule *rule = w->condition.rule;
	struct site_device *d = &a->devices[w->device];

	if (watch_waits_for(rule, POINT_ONLINE))
		d->silent_ms = SWEEP_BEFORE;
	if (!watch_waits_for(rule, POINT_CAR_UNPOWERED) &&
	    !watch_waits_for(rule, POINT_CAR_AT_RISK))
		return;
	for (uint16_t i = 0; i < d->place_count; i++)
		d->places[i]
		    .sweep->sweep.lifts[d->places[i].lift]
		    .unpowered_ms = SWEEP_BEFORE;
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
		restore_known(a, w);
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
	if (car->checked.by[0] != '\0')
		return ALARM_NONE;
	snprintf(car->checked.by, sizeof(car->checked.by), "%s", o->by);
	car->checked.at_ms = a->now_ms;
	return ALARM_CHECK;
}
