/*
 * survey.c - points of an estate read once
 *
 * All memory is there before the first question, so the threads of the buses
 * share nothing but the progress.  A bus belongs to its devices and a device to
 * one bus: each thread fills in its own.
 */
#include "gateway/commands/survey.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/commands/survey_bus.h"
#include "gateway/conf/near.h"

#define LOOK_US 20000 /* between two looks at the progress */

struct worker {
	struct survey *survey;
	size_t bus;
	bool see_more, started;
	struct survey_progress *progress;
	atomic_size_t *running;
	pthread_t thread;
};

/* ---- what is wanted ---- */

static struct survey_point *
new_points(struct arena *a, const struct conf_device *d)
{
	struct survey_point *points =
	    arena_array(a, d->point_count, sizeof(*points));

	for (size_t i = 0; i < d->point_count; i++) {
		size_t most = d->points[i].count > SURVEY_SEEN
		    ? d->points[i].count
		    : SURVEY_SEEN;

		points[i].reading.point = (uint16_t)i;
		points[i].words = arena_array(a, most, sizeof(uint16_t));
		points[i].seen = arena_array(a, most, sizeof(uint16_t));
	}
	return points;
}

struct survey *
survey_new(const struct conf *conf)
{
	struct arena *a = arena_new();
	struct survey *s = arena_alloc(a, sizeof(*s));

	s->conf = conf;
	s->memory = a;
	s->names = conf_catalog(conf);
	s->devices = arena_array(a, conf->device_count, sizeof(*s->devices));
	for (size_t i = 0; i < conf->device_count; i++)
		s->devices[i].points = new_points(a, &conf->devices[i]);
	return s;
}

void
survey_free(struct survey *s)
{
	catalog_unref(s->names);
	arena_free(s->memory); /* s lies in it */
}

/* "device/point", in memory of the caller's. */
static const char *
full_name(struct buf *b, const struct conf_device *d, size_t point)
{
	buf_clear(b);
	buf_printf(b, "%s/%s", d->id, d->points[point].name);
	return b->data;
}

static bool
matches(const char *glob, const struct conf_device *d, size_t point,
    struct buf *name)
{
	return fnmatch(glob, d->id, 0) == 0 ||
	    fnmatch(glob, full_name(name, d, point), 0) == 0;
}

bool
survey_want(struct survey *s, const char *glob)
{
	struct buf name = {0};
	bool any = false;

	for (size_t i = 0; i < s->conf->device_count; i++) {
		const struct conf_device *d = &s->conf->devices[i];

		for (size_t k = 0; k < d->point_count; k++) {
			struct survey_point *p = &s->devices[i].points[k];

			if (!matches(glob, d, k, &name))
				continue;
			p->wanted = p->read = true;
			s->devices[i].wanted = any = true;
		}
	}
	buf_free(&name);
	return any;
}

/* What a derived point is computed from stands before it. */
static void
need_inputs(const struct conf_device *d, struct survey_point *points)
{
	for (size_t i = d->point_count; i-- > d->polled_count;)
		for (size_t k = 0; k < i && points[i].read; k++)
			if (derive_uses(d->points[i].derive, (uint16_t)k))
				points[k].read = true;
}

/* near keeps a pointer to its best, so the names live as long as the survey. */
const char *
survey_near(const struct survey *s, const char *glob)
{
	struct near near = {.text = glob};
	struct buf name = {0};

	for (size_t i = 0; i < s->conf->device_count; i++) {
		const struct conf_device *d = &s->conf->devices[i];

		near_try(&near, d->id);
		for (size_t k = 0; k < d->point_count; k++)
			near_try(&near,
			    arena_text(s->memory, full_name(&name, d, k)));
	}
	buf_free(&name);
	return near.best;
}

/* ---- what is computed ---- */

struct view {
	const struct survey_point *points;
	int64_t now_ms;
};

static struct derive_input
look(const void *context, uint16_t point)
{
	const struct view *v = context;
	const struct reading *r = &v->points[point].reading;

	return (struct derive_input){r->value, r->quality, v->now_ms};
}

static void
compute(struct survey *s, size_t device, int64_t now_ms)
{
	const struct conf_device *d = &s->conf->devices[device];
	struct survey_point *points = s->devices[device].points;
	struct view v = {points, now_ms};

	for (size_t i = d->polled_count; i < d->point_count; i++) {
		const struct derive *derive = d->points[i].derive;
		struct derive_state state;

		if (!points[i].read)
			continue;
		derive_start(derive, &state, s->memory);
		derive_take(
		    derive, &state, look, &v, now_ms, &points[i].reading);
	}
}

/* ---- asking ---- */

static void *
work(void *context)
{
	struct worker *w = context;

	survey_bus_ask(w->survey, w->bus, w->see_more, w->progress);
	atomic_fetch_sub(w->running, 1);
	return NULL;
}

static bool
bus_wanted(const struct survey *s, size_t bus)
{
	for (size_t i = 0; i < s->conf->device_count; i++)
		if (s->conf->devices[i].bus == bus && s->devices[i].wanted)
			return true;
	return false;
}

static void
ask_buses(struct worker *workers, size_t count,
    void (*progress)(size_t done, size_t count))
{
	struct survey_progress so_far = {0};
	atomic_size_t running = count;

	for (size_t i = 0; i < count; i++) {
		workers[i].progress = &so_far;
		workers[i].running = &running;
		workers[i].started = pthread_create(&workers[i].thread, NULL,
					 work, &workers[i]) == 0;
		if (!workers[i].started)
			work(&workers[i]);
	}
	while (atomic_load(&running) > 0) {
		if (progress != NULL)
			progress(atomic_load(&so_far.done),
			    atomic_load(&so_far.count));
		clock_sleep_until_us(clock_mono_us() + LOOK_US);
	}
	for (size_t i = 0; i < count; i++)
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
}

void
survey_ask(struct survey *s, bool see_more,
    void (*progress)(size_t done, size_t count))
{
	struct worker *workers =
	    must_alloc(s->conf->bus_count, sizeof(*workers));
	size_t count = 0;

	for (size_t i = 0; i < s->conf->device_count; i++)
		need_inputs(&s->conf->devices[i], s->devices[i].points);
	for (size_t i = 0; i < s->conf->bus_count; i++)
		if (bus_wanted(s, i))
			workers[count++] = (struct worker){
			    .survey = s, .bus = i, .see_more = see_more};
	ask_buses(workers, count, progress);
	free(workers);
	for (size_t i = 0; i < s->conf->device_count; i++)
		compute(s, i, clock_mono_ms());
}

/* ---- what came ---- */

/* A computed one fails with those it is computed from. */
static bool
device_failed(const struct conf_device *d, const struct survey_point *points)
{
	for (size_t i = 0; i < d->polled_count; i++) {
		struct quality q = points[i].reading.quality;

		if (points[i].read && !quality_has_value(q) &&
		    q.code != QUALITY_BAD_NOT_AVAILABLE)
			return true;
	}
	return false;
}

bool
survey_failed(const struct survey *s)
{
	for (size_t i = 0; i < s->conf->device_count; i++)
		if (device_failed(&s->conf->devices[i], s->devices[i].points))
			return true;
	return false;
}
