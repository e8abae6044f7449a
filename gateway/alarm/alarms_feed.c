/* alarms_feed.c - lifts, and what feeds them, as the configuration has them */
#include <string.h>

#include "gateway/alarm/site.h"
#include "gateway/alarm/wording.h"

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

/* Whether there is something on the bus that it does not feed. */
static bool
has_strangers(const struct alarms_conf *conf, size_t source, size_t bus)
{
	for (size_t i = 0; i + 1 < conf->device_count; i++)
		if (i != source && conf->devices[i].bus == bus &&
		    !feeds(conf, source, i))
			return true;
	return false;
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
	s->lifts[lift] = (struct site_lift){
	    (uint16_t)device, !has_strangers(&a->conf, s->device, d->bus)};
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
start_sweep(struct alarms *a, struct site_sweep *s, uint16_t device,
    struct sweep_list *list)
{
	const struct alarms_device *d = &a->conf.devices[device];
	uint16_t count = count_lifts(&a->conf, device), lift = 0;

	*s = (struct site_sweep){.device = device,
	    .has_strangers = has_strangers(&a->conf, device, d->bus),
	    .watch = find_watch(a, device),
	    .cars_ms = INT64_MIN,
	    .due_ms = INT64_MIN};
	memset(s->truths, SITE_NOT_LOOKED, sizeof(s->truths));
	s->sweep.lifts = arena_array(a->memory, count, sizeof(*s->sweep.lifts));
	s->lifts = arena_array(a->memory, count, sizeof(*s->lifts));
	for (size_t i = 0; i < a->conf.device_count; i++) {
		if (!is_lift(&a->conf.devices[i]) ||
		    !feeds(&a->conf, device, i))
			continue;
		start_lift(a, s, lift++, i);
	}
	sweep_start(
	    &s->sweep, d->point_count, d->points, count, s->sweep.lifts, list);
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
	struct sweep_list *lists;
	uint32_t meters = 0;

	start_order(a);
	for (size_t i = 0; i < conf->device_count; i++) {
		if (is_lift(&conf->devices[i]))
			start_car(a, i);
		meters += is_meter(&conf->devices[i]);
	}
	a->sweeps = arena_array(a->memory, meters, sizeof(*a->sweeps));
	lists = arena_array(a->memory, meters, sizeof(*lists));
	for (size_t i = 0; i < conf->device_count; i++) {
		if (!is_meter(&conf->devices[i]))
			continue;
		start_sweep(a, &a->sweeps[a->sweep_count], (uint16_t)i,
		    &lists[a->sweep_count]);
		a->sweep_count++;
	}
}
