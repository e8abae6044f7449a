/*
 * counters.c - what lifts and meters have counted, over replacements and resets
 *
 * Of each counter the highest register since its last fall is kept, which is
 * what a fall is measured from.  A first lower reading only waits; the next
 * good one decides: lower still or little more, and it was a fall; back at the
 * height, and it was a wrong answer.
 *
 * A controller that starts again after a power cut may say nothing but zeros
 * for a while.  So a fall is taken back when the register is at its old height
 * again by one leap, which no lift and no meter counts.
 *
 * Numbers are doubles here: exact up to 2^53, which a lift does not run and
 * a meter does not measure.
 */
#include "gateway/counters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/events.h"
#include "gateway/past_events.h"

#define BACK_SPAN                                                              \
	0.01 /* of a fall: so near its old height a register is back */
#define LOOK_MS 10000 /* at the date */

struct counter {
	const struct conf_device *device;
	const char *point;
	bool known;
	double high; /* of this register */
	double carried; /* by the falls before it */
	bool doubted; /* a lower reading waits to be confirmed: */
	double low;
	double before, fallen; /* the last fall: from where, by how much; 0:
				  there is none that could be taken back */
};

struct counters {
	const struct conf *conf;
	struct journal *events;
	struct arena *memory;
	size_t count;
	struct counter *all; /* those of a device lie together */
	const size_t *first; /* by device; one more at the end */
	const int32_t **of; /* by device and point: index into all, or -1; NULL:
			       it has none */
	int64_t look_ms;
	int day; /* local, as a number that changes each midnight; -1: not
		    known yet */
};

/* ---- one counter ---- */

static bool
is_fall(double from, double to)
{
	return to < from - fabs(from) * COUNTERS_JITTER;
}

/* What a reading means.  The names are in events for ever. */
enum count { COUNT_ON, COUNT_FALL, COUNT_BACK };

static const char *const count_names[] = {"", "fall", "back"};

static bool
is_back(const struct counter *c, double now)
{
	return c->fallen > 0 && !is_fall(c->before, now) &&
	    now - c->before <= c->fallen * BACK_SPAN &&
	    now - c->high > c->fallen / 2;
}

static void
take_back(struct counter *c, double now)
{
	c->carried -= c->fallen;
	c->fallen = 0;
	c->high = now;
	c->doubted = false;
}

static void
fall(struct counter *c, double now)
{
	c->before = c->high;
	c->fallen = c->high - fmin(c->low, now);
	c->carried += c->fallen;
	c->high = now;
	c->doubted = false;
}

/* *was is the register before that. */
static enum count
count_on(struct counter *c, double now, double *was)
{
	*was = c->high;
	if (is_back(c, now)) {
		take_back(c, now);
		return COUNT_BACK;
	}
	if (!c->known || !is_fall(c->high, now)) {
		c->high = c->known ? fmax(c->high, now) : now;
		c->known = true;
		c->doubted = false;
		return COUNT_ON;
	}
	if (!c->doubted) {
		c->doubted = true;
		c->low = now;
		return COUNT_ON;
	}
	fall(c, now);
	return COUNT_FALL;
}

/* ---- events ---- */

static struct events_count
told(const struct counter *c)
{
	return (struct events_count){c->point, c->high, c->carried};
}

static void
tell_leap(const struct counters *cs, const struct counter *c, enum count what,
    double was, const struct stamp *at)
{
	const struct events_count one = told(c);

	log_info("%s/%s went from %.12g to %.12g: %s", c->device->id, c->point,
	    was, c->high,
	    what == COUNT_FALL
		? "replaced or reset; its count goes on"
		: "it was not replaced after all; its count goes on");
	events_counter(
	    cs->events, at, c->device->id, count_names[what], &was, &one, 1);
}

/* All that a device has counted, in as many events as it takes. */
static void
tell_device(const struct counters *cs, size_t device, const char *why,
    const struct stamp *at)
{
	struct events_count some[EVENTS_COUNTS_MAX];
	size_t n = 0;

	for (size_t i = cs->first[device]; i < cs->first[device + 1]; i++) {
		if (!cs->all[i].known)
			continue;
		some[n++] = told(&cs->all[i]);
		if (n < EVENTS_COUNTS_MAX)
			continue;
		events_counter(cs->events, at, cs->conf->devices[device].id,
		    why, NULL, some, n);
		n = 0;
	}
	if (n > 0)
		events_counter(cs->events, at, cs->conf->devices[device].id,
		    why, NULL, some, n);
}

static void
tell_all(const struct counters *cs, const char *why, const struct stamp *at)
{
	for (size_t i = 0; i < cs->conf->device_count; i++)
		tell_device(cs, i, why, at);
}

/* ---- what is learnt ---- */

void
counters_take(struct counters *cs, const struct batch *b)
{
	const int32_t *of = cs->of[b->device];
	enum count what;
	struct counter *c;
	double was;

	for (uint16_t i = 0; i < b->count && of != NULL; i++) {
		const struct reading *r = &b->readings[i];

		if (of[r->point] < 0 || r->quality.code != QUALITY_GOOD)
			continue;
		c = &cs->all[of[r->point]];
		what = count_on(c, value_number(&r->value), &was);
		if (what != COUNT_ON)
			tell_leap(cs, c, what, was, &b->at);
	}
}

static int
day_of(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_year * 366 + tm.tm_yday;
}

int64_t
counters_tick(struct counters *cs, const struct stamp *now)
{
	int day;

	if (now->mono_ms < cs->look_ms)
		return cs->look_ms;
	cs->look_ms = now->mono_ms + LOOK_MS;
	day = day_of(now->wall_ms);
	if (cs->day != -1 && cs->day != day)
		tell_all(cs, "day", now);
	cs->day = day;
	return cs->look_ms;
}

void
counters_stop(struct counters *cs, const struct stamp *now)
{
	tell_all(cs, "stop", now);
}

/* ---- what was known before ---- */

static struct counter *
find(const struct counters *cs, const char *device, const char *point)
{
	for (size_t i = 0; i < cs->conf->device_count; i++) {
		if (strcmp(cs->conf->devices[i].id, device) != 0)
			continue;
		for (size_t k = cs->first[i]; k < cs->first[i + 1]; k++)
			if (strcmp(cs->all[k].point, point) == 0)
				return &cs->all[k];
	}
	return NULL;
}

struct restoring {
	struct counters *counters;
	size_t missing; /* nobody has told of them yet */
};

/* The newest event comes first. */
static bool
restore_event(void *context, const json_t *event)
{
	struct restoring *r = context;
	const char *device =
	    json_string_value(json_object_get(event, "device"));
	const json_t *values = json_object_get(event, "values"), *value;
	const json_t *carried = json_object_get(event, "carried");
	const char *point;

	if (device == NULL || !json_is_object(values))
		return true;
	json_object_foreach((json_t *)values, point, value)
	{
		struct counter *c = find(r->counters, device, point);

		if (c == NULL || c->known || !json_is_number(value))
			continue;
		c->known = true;
		c->high = json_number_value(value);
		c->carried = json_number_value(json_object_get(carried, point));
		r->missing--;
	}
	return r->missing > 0;
}

void
counters_restore(struct counters *cs, const char *dir)
{
	struct restoring r = {cs, cs->count};

	if (r.missing > 0)
		past_events(dir, "counter", restore_event, &r);
}

/* ---- life ---- */

static bool
is_counter(const struct conf_point *p)
{
	return strcmp(p->role, "counter") == 0;
}

static size_t
add_device(struct counters *cs, size_t device, size_t count)
{
	const struct conf_device *d = &cs->conf->devices[device];
	size_t size = d->point_count * sizeof(int32_t);
	int32_t *of = NULL;

	for (size_t i = 0; i < d->point_count; i++) {
		if (!is_counter(&d->points[i]))
			continue;
		if (of == NULL)
			of = memset(arena_alloc(cs->memory, size), 0xff, size);
		of[i] = (int32_t)count;
		cs->all[count++] =
		    (struct counter){.device = d, .point = d->points[i].name};
	}
	cs->of[device] = of;
	return count;
}

static size_t
count_all(const struct conf *conf)
{
	size_t count = 0;

	for (size_t i = 0; i < conf->device_count; i++)
		for (size_t k = 0; k < conf->devices[i].point_count; k++)
			count += is_counter(&conf->devices[i].points[k]);
	return count;
}

static void
carry_over(struct counters *cs, const struct counters *old)
{
	cs->day = old->day;
	for (size_t i = 0; i < old->count; i++) {
		const struct counter *was = &old->all[i];
		struct counter *c = find(cs, was->device->id, was->point);

		if (c == NULL)
			continue;
		c->known = was->known;
		c->high = was->high;
		c->carried = was->carried;
		c->before = was->before;
		c->fallen = was->fallen;
	}
}

struct counters *
counters_new(
    const struct conf *conf, struct journal *events, struct counters *old)
{
	struct counters *cs = must_alloc(1, sizeof(*cs));
	size_t *first;

	cs->conf = conf;
	cs->events = events;
	cs->memory = arena_new();
	cs->count = count_all(conf);
	cs->day = -1;
	cs->look_ms = INT64_MIN;
	cs->all = arena_array(cs->memory, cs->count, sizeof(*cs->all));
	cs->of = arena_array(cs->memory, conf->device_count, sizeof(*cs->of));
	first = arena_array(cs->memory, conf->device_count + 1, sizeof(*first));
	for (size_t i = 0; i < conf->device_count; i++)
		first[i + 1] = add_device(cs, i, first[i]);
	cs->first = first;
	if (old != NULL)
		carry_over(cs, old);
	counters_free(old);
	return cs;
}

void
counters_free(struct counters *cs)
{
	if (cs == NULL)
		return;
	arena_free(cs->memory);
	free(cs);
}
