/*
 * alarms.c - all alarms of a site: what is learnt, time, orders
 *
 * A watch (watch.h) is one rule of one device; site.c says how its alarm
 * changes.  Here is what makes it look: a batch, what riser knows of a device
 * or a bus, time.  What riser concludes of lifts and of what feeds them is
 * alarms_power.c's.
 *
 * Due times are kept by watch, and the least of them by device and of all: one
 * may be too early (the delay it stood for was broken off), which costs a
 * glance, never too late.  A heap would be exact and is not needed: a tick with
 * nothing due compares two numbers.
 *
 * A reading that says again what the last one said is looked at only by rules
 * with a rate or a drop: for the others nothing can come of it.  With 85 lifts
 * of 40 rules, each tenth reading a new one, that makes 1.0 us of 1.4 us a
 * reading, and half of it when nothing changes.
 */
#include "gateway/alarm/alarms.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/site.h"

#define RETRY_MS 20 /* after a refusal; the loop may come sooner */

/* ---- looking ---- */

static bool
see(struct seen *s, const struct value *v, struct quality q)
{
	double number = value_number(v);
	bool same = quality_equal(s->quality, q) &&
	    (s->number == number || (isnan(s->number) && isnan(number)));

	s->number = number;
	s->quality = q;
	return !same;
}

/* ---- time ---- */

/* Its alarm says what hides it, whose own alarm was over already when riser
 * ended: that goes on. */
static void
linger_on(struct alarms *a, const char *suppressed_by)
{
	const struct watch *hider;
	struct site_hiding *h;

	for (uint32_t i = 0; i < a->watches.count; i++) {
		hider = &a->watches.all[i];
		if (hider->hides_as == NULL ||
		    strcmp(hider->hides_as, suppressed_by) != 0)
			continue;
		h = site_hiding(a, hider);
		if (h->hider != NULL)
			return;
		h->hider = hider;
		h->until_ms = a->now_ms + ALARMS_LINGER_MS;
	}
}

/* What was known before a reload is no news, so all look at it once; at points
 * that were not read yet too, and delays over them stand still. */
static void
look_at_all(struct alarms *a)
{
	const struct watch_range *range;

	for (size_t i = 0; i < a->conf.device_count; i++) {
		range = &a->watches.of_device[a->order[i]];
		for (uint32_t k = 0; k < range->count; k++)
			site_look(a, &a->watches.all[range->first + k]);
	}
}

/* Of what was restored, what hides others comes first. */
static void
start(struct alarms *a)
{
	const struct watch *w;

	a->started = true;
	power_begin(a);
	for (uint32_t i = 0; i < a->watches.count; i++)
		if (a->watches.all[i].hides_as != NULL)
			site_refresh(a, &a->watches.all[i]);
	for (uint32_t i = 0; i < a->watches.count; i++) {
		w = &a->watches.all[i];
		if (w->alarm != NULL && w->alarm->suppressed_by[0] != '\0')
			linger_on(a, w->alarm->suppressed_by);
	}
	if (a->carried)
		look_at_all(a);
}

/* Time never goes back, though batches of two buses may come in any order. */
static void
advance(struct alarms *a, int64_t now_ms)
{
	if (now_ms > a->now_ms)
		a->now_ms = now_ms;
	if (!a->started)
		start(a);
}

static void
run_device(struct alarms *a, uint16_t device)
{
	const struct watch_range *range = &a->watches.of_device[device];
	struct site_device *d = &a->devices[device];
	struct watch *w;

	if (d->due_ms > a->now_ms) {
		a->due_ms = d->due_ms < a->due_ms ? d->due_ms : a->due_ms;
		return;
	}
	d->due_ms = INT64_MAX;
	power_tick_car(a, device);
	for (uint32_t i = 0; i < range->count; i++) {
		w = &a->watches.all[range->first + i];
		if (w->due_ms > a->now_ms) {
			site_due(a, w, w->due_ms);
			continue;
		}
		condition_tick(&w->condition, a->now_ms);
		site_settle(a, w);
	}
}

static void
run_hiding(struct alarms *a, struct site_hiding *h)
{
	if (h->hider == NULL)
		return;
	if (h->until_ms > a->now_ms) {
		a->due_ms = h->until_ms < a->due_ms ? h->until_ms : a->due_ms;
		return;
	}
	h->hider = NULL;
	site_settle_behind(a, h);
}

/* Late ticks must not flash either: what hides others comes before those, and
 * nothing is shown again before it had its chance to clear. */
static void
run(struct alarms *a)
{
	a->due_ms = INT64_MAX;
	a->refused = false;
	alarms_tell_gone(a);
	power_tick(a);
	for (size_t i = 0; i < a->conf.device_count; i++)
		run_device(a, a->order[i]);
	for (size_t i = 0; i < a->conf.bus_count; i++)
		run_hiding(a, &a->buses[i].hiding);
	for (size_t i = 0; i < a->conf.device_count; i++)
		run_hiding(a, &a->devices[i].hiding);
}

int64_t
alarms_tick(struct alarms *a, int64_t now_ms)
{
	advance(a, now_ms);
	if (a->refused || a->now_ms >= a->due_ms)
		run(a);
	return a->refused ? a->now_ms + RETRY_MS : a->due_ms;
}

/* ---- what is learnt ---- */

void
alarms_take(struct alarms *a, const struct batch *b)
{
	const struct site_device *d = &a->devices[b->device];
	const struct reading *r;
	bool concluded, is_news;
	uint8_t asks;

	assert(b->device + 1u < a->conf.device_count);
	advance(a, b->at.mono_ms);
	a->turn++;
	concluded = power_take(a, b);
	for (uint16_t i = 0; i < b->count; i++) {
		r = &b->readings[i];
		asks = d->asks[r->point];
		if ((asks & ASKS_RULE) == 0)
			continue;
		is_news = see(&d->seen[r->point], &r->value, r->quality);
		if (is_news || (asks & ASKS_OVER_TIME) != 0)
			site_look_at(a, b->device, r->point, is_news);
	}
	if (concluded)
		power_look(a, b->device);
}

void
alarms_gateway(struct alarms *a, uint16_t point, const struct derive_input *now,
    int64_t now_ms)
{
	uint16_t gateway = (uint16_t)(a->conf.device_count - 1);

	assert(point < a->conf.devices[gateway].point_count);
	advance(a, now_ms);
	a->gateway[point] = *now;
	a->turn++;
	site_look_at(a, gateway, point,
	    see(&a->devices[gateway].seen[point], &now->value, now->quality));
}

/* False if that is no news. */
static bool
learn(struct known *k, enum condition_truth truth, int64_t now_ms)
{
	if (k->truth == truth)
		return false;
	*k = (struct known){(uint8_t)truth, now_ms};
	return true;
}

static void
learn_online(struct alarms *a, uint16_t device, enum condition_truth truth)
{
	if (!learn(&a->devices[device].online, truth, a->now_ms))
		return;
	a->turn++;
	site_look_at(a, device, POINT_ONLINE, true);
	power_online(a, device);
}

static void
set_undecided(struct alarms *a, uint16_t device, bool undecided)
{
	struct site_device *d = &a->devices[device];
	struct site_bus *b = &a->buses[a->conf.devices[device].bus];

	b->undecided -= d->undecided;
	d->undecided = undecided;
	b->undecided += undecided;
}

/* It is known now whose silence it was: the devices', or the bus's too. */
static void
decide(struct alarms *a, uint16_t bus)
{
	for (uint16_t i = 0; a->buses[bus].undecided > 0; i++) {
		if (a->conf.devices[i].bus != bus || !a->devices[i].undecided)
			continue;
		set_undecided(a, i, false);
		learn_online(a, i, CONDITION_FALSE);
	}
}

static void
learn_of_bus(struct alarms *a, uint16_t bus)
{
	const struct watch_range *range = &a->watches.of_bus[bus];
	struct site_bus *b = &a->buses[bus];

	if (b->answering == 0 && b->silent < b->devices)
		return;
	if (!learn(&b->up, b->answering > 0 ? CONDITION_TRUE : CONDITION_FALSE,
		a->now_ms))
		return;
	for (uint32_t i = 0; i < range->count; i++)
		site_look(a, &a->watches.all[range->first + i]);
}

/* When it fell silent is when its first question failed, not when it was given
 * up. */
static void
note_silence(struct site_device *d, struct site_bus *b, enum site_word word,
    int64_t now_ms)
{
	if (word == WORD_ANSWER) {
		d->heard_ms = b->heard_ms = now_ms;
		d->silent_ms = SWEEP_NEVER;
		d->failed = 0;
		return;
	}
	d->failed++;
	if (d->silent_ms == SWEEP_NEVER)
		d->silent_ms = now_ms;
}

static void
hear(struct alarms *a, uint16_t device, enum site_word word, int64_t now_ms)
{
	struct site_device *d = &a->devices[device];
	uint16_t bus = (uint16_t)a->conf.devices[device].bus;
	struct site_bus *b = &a->buses[bus];
	uint32_t silent = b->silent;

	assert(device + 1u < a->conf.device_count);
	advance(a, now_ms);
	b->answering -= d->word == WORD_ANSWER;
	b->silent -= d->word == WORD_SILENCE;
	d->word = (uint8_t)word;
	b->answering += d->word == WORD_ANSWER;
	b->silent += d->word == WORD_SILENCE;
	note_silence(d, b, word, a->now_ms);
	if (b->silent != silent)
		power_line(a, bus);
	learn_of_bus(a, bus);
	if (word == WORD_ANSWER || b->up.truth == CONDITION_FALSE)
		decide(a, bus);
}

void
alarms_failed(struct alarms *a, uint16_t device, int64_t now_ms)
{
	hear(a, device, WORD_SILENCE, now_ms);
	a->turn++;
	power_online(a, device);
}

void
alarms_online(struct alarms *a, uint16_t device, bool online, int64_t now_ms)
{
	struct site_device *d = &a->devices[device];

	assert(device + 1u < a->conf.device_count);
	if (online || d->online.truth != CONDITION_FALSE)
		set_undecided(a, device, !online);
	hear(a, device, online ? WORD_ANSWER : WORD_SILENCE, now_ms);
	if (online || d->undecided)
		learn_online(
		    a, device, online ? CONDITION_TRUE : CONDITION_UNKNOWN);
	if (online)
		power_heard(a, device);
	else
		power_online(a, device);
}

void
alarms_identified(
    struct alarms *a, uint16_t device, bool identified, int64_t now_ms)
{
	assert(device + 1u < a->conf.device_count);
	advance(a, now_ms);
	if (!learn(&a->devices[device].identified,
		identified ? CONDITION_TRUE : CONDITION_FALSE, a->now_ms))
		return;
	a->turn++;
	site_look_at(a, device, POINT_IDENTIFIED, true);
}

/* ---- a clock that is known now ---- */

static void
move(int64_t *time_ms, int64_t before_ms, int64_t by_ms)
{
	if (*time_ms <= before_ms)
		*time_ms += by_ms;
}

static void
move_cars(
    struct alarms *a, const struct watch *w, int64_t before_ms, int64_t by_ms)
{
	struct sweep_list *list;

	if (site_cars(a, w) == NULL)
		return;
	list = a->devices[w->device].sweep->sweep.list;
	for (uint8_t i = 0; i < list->count; i++)
		move(&list->cars[i].checked.at_ms, before_ms, by_ms);
}

void
alarms_move(struct alarms *a, const char *device, const char *alarm,
    int64_t before_ms, int64_t by_ms)
{
	struct watch *w = site_find(a, device, alarm);
	struct alarm *m = w != NULL ? w->alarm : NULL;

	if (m == NULL)
		return;
	move_cars(a, w, before_ms, by_ms);
	move(&m->since_ms, before_ms, by_ms);
	move(&m->ack.at_ms, before_ms, by_ms);
	move(&m->out.at_ms, before_ms, by_ms);
	for (int i = 0; i < WORK_COUNT; i++)
		move(&m->work[i].at_ms, before_ms, by_ms);
	/* A shelf went on through what was not counted. */
	if (m->shelved_by[0] != '\0')
		m->shelved_until_ms += by_ms;
	a->due_ms = a->devices[w->device].due_ms = a->now_ms;
	w->due_ms = a->now_ms;
}

/* ---- orders ---- */

static struct watch *
find_key(const struct alarms *a, const char *key)
{
	char device[ORDER_KEY_MAX];
	const char *slash = strchr(key, '/');

	if (slash == NULL)
		return NULL;
	snprintf(device, sizeof(device), "%.*s", (int)(slash - key), key);
	return site_find(a, device, slash + 1);
}

/* What it makes of the alarm, or of the list of its cars. */
static enum alarm_change
obey(struct alarms *a, const struct watch *w, const struct order *o,
    struct alarm *next, struct sweep_list *cars, char why[ORDER_WHY_MAX])
{
	why[0] = '\0';
	return o->verb == ORDER_CHECK && w->has_cars
	    ? power_check(a, w, o, cars, why)
	    : alarm_order(next, w->condition.rule, o, a->now_ms, why);
}

enum order_verdict
alarms_order(struct alarms *a, const struct order *o, int64_t now_ms,
    char why[ORDER_WHY_MAX])
{
	struct watch *w = find_key(a, o->alarm);
	struct alarm next;
	struct sweep_list cars;
	enum alarm_change change;

	why[0] = '\0';
	if (w == NULL) {
		snprintf(why, ORDER_WHY_MAX, "there is no alarm %s", o->alarm);
		return ORDER_UNKNOWN;
	}
	advance(a, now_ms);
	next = site_alarm(w);
	change = obey(a, w, o, &next, &cars, why);
	if (change == ALARM_NONE)
		return why[0] == '\0' ? ORDER_DONE : ORDER_REFUSED;
	if (!site_change(
		a, w, &next, change, o, change == ALARM_CHECK ? &cars : NULL)) {
		snprintf(why, ORDER_WHY_MAX,
		    "the log of events takes nothing just now: try again");
		return ORDER_BUSY;
	}
	if (change == ALARM_FALSE)
		power_deny(a, w);
	site_settle(a, w);
	return ORDER_DONE;
}

/* ---- looking at all of them ---- */

void
alarms_each(const struct alarms *a,
    void (*see_one)(void *context, const struct alarms_news *news),
    void *context)
{
	const struct watch *w;

	for (uint32_t i = 0; i < a->watches.count; i++) {
		w = &a->watches.all[i];
		if (w->alarm == NULL || alarm_is_plain(w->alarm))
			continue;
		see_one(context,
		    &(struct alarms_news){
			.device = a->conf.devices[w->device].id,
			.alarm = w->name,
			.change = ALARM_NONE,
			.now = w->alarm,
			.rule = w->condition.rule,
			.cars = site_cars(a, w)});
	}
}

void
alarms_count(const struct alarms *a, struct alarms_count *out)
{
	const struct watch *w;
	uint8_t severity;

	*out = (struct alarms_count){0};
	for (uint32_t i = 0; i < a->watches.count; i++) {
		w = &a->watches.all[i];
		severity = w->condition.rule->severity;
		if (w->alarm == NULL)
			out->by[severity][ALARM_NORMAL]++;
		else if (w->alarm->suppressed_by[0] != '\0')
			out->suppressed[severity]++;
		else if (alarm_is_hidden(w->alarm))
			out->shelved[severity]++;
		else
			out->by[severity][w->alarm->state]++;
	}
}

/* ---- life ---- */

static void
start_devices(struct alarms *a)
{
	const struct alarms_device *d;

	for (size_t i = 0; i < a->conf.device_count; i++) {
		d = &a->conf.devices[i];
		a->devices[i].due_ms = INT64_MAX;
		a->devices[i].heard_ms = INT64_MIN;
		a->devices[i].silent_ms =
		    a->conf.resumed ? SWEEP_NEVER : SWEEP_BEFORE;
		if (i + 1 == a->conf.device_count)
			continue;
		assert(d->bus < a->conf.bus_count);
		a->buses[d->bus].devices++;
	}
}

static uint8_t
asks_for(const struct alarms *a, uint16_t device, uint16_t point)
{
	uint32_t count;
	const uint32_t *uses =
	    watches_of(&a->watches, a->conf.devices, device, point, &count);
	unsigned asks = count > 0 ? ASKS_RULE : 0;

	for (uint32_t i = 0; i < count; i++)
		if (a->watches.all[uses[i]].over_time)
			asks |= ASKS_OVER_TIME;
	if (power_uses(a, device, point))
		asks |= ASKS_POWER;
	return (uint8_t)asks;
}

/* Who asks for which point is known once rules, cars and sweeps are there. */
static void
start_seen(struct alarms *a)
{
	for (uint16_t i = 0; i < a->conf.device_count; i++) {
		uint16_t count = a->conf.devices[i].point_count;
		uint8_t *asks = arena_array(a->memory, count, sizeof(*asks));

		for (uint16_t p = 0; p < count; p++)
			asks[p] = asks_for(a, i, p);
		a->devices[i].asks = asks;
		a->devices[i].seen =
		    arena_array(a->memory, count, sizeof(*a->devices[i].seen));
	}
}

struct alarms *
alarms_new(const struct alarms_conf *conf)
{
	struct alarms *a = must_alloc(1, sizeof(*a));
	size_t devices = conf->device_count, watches;

	assert(devices > 0 && devices < UINT16_MAX &&
	    conf->bus_count < WATCH_NO_BUS);
	a->conf = *conf;
	a->memory = arena_new();
	a->devices = arena_array(a->memory, devices, sizeof(*a->devices));
	a->buses = arena_array(a->memory, conf->bus_count, sizeof(*a->buses));
	a->gateway = arena_array(a->memory,
	    conf->devices[devices - 1].point_count, sizeof(*a->gateway));
	watches_start(&a->watches, &a->conf, a->memory);
	for (size_t i = 0; i < conf->bus_count; i++)
		a->buses[i].heard_ms = INT64_MIN;
	start_devices(a);
	power_start(a);
	start_seen(a);
	watches = a->watches.count;
	a->returned = arena_array(a->memory, watches, sizeof(*a->returned));
	a->room = must_map(watches * sizeof(*a->room) + 1);
	a->now_ms = a->due_ms = a->recalled_ms = INT64_MIN;
	return a;
}

void
alarms_free(struct alarms *a)
{
	if (a == NULL)
		return;
	alarms_forget_gone(a);
	must_unmap(a->room, a->watches.count * sizeof(*a->room) + 1);
	arena_free(a->memory);
	free(a);
}
