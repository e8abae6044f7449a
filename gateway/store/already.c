/*
 * already.c - which minutes of a device's points the history has already
 *
 * A bit a minute, of each point of a device: from its slots of minutes, from
 * its readings of which there may be none yet, and, where minutes are gone,
 * from its quarters.
 */
#include "gateway/store/already.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/store/past.h"
#include "gateway/store/slots.h"

#define NAMES_MAX 256 /* definitions of one point */

struct minutes {
	bool had[HISTORY_MINUTES_A_SPAN];
};

/* A name of a point. */
struct name {
	uint32_t id;
	uint16_t point;
};

/* Of a device. */
struct known {
	struct minutes *points; /* NULL: nothing was asked yet */
	int64_t span; /* that they are of */
	size_t name_count;
	struct name *names;
};

struct already {
	size_t device_count;
	struct known *devices;
	bool opened;
	int64_t own_end_ms; /* INT64_MAX: the gateway wrote nothing yet */
	struct past *past;
	struct slots slots;
	struct slots_point point;
};

struct already *
already_new(size_t device_count)
{
	struct already *a = must_alloc(1, sizeof(*a));

	a->device_count = device_count;
	a->devices = must_alloc(device_count + 1, sizeof(a->devices[0]));
	a->past = past_new();
	return a;
}

void
already_free(struct already *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->device_count; i++) {
		free(a->devices[i].points);
		free(a->devices[i].names);
	}
	free(a->devices);
	past_free(a->past);
	slots_free(&a->slots);
	free(a);
}

/* ---- a device's names ---- */

static int
read_names(
    struct history_file *f, const struct already_device *d, struct known *k)
{
	struct history_name names[NAMES_MAX];

	for (uint16_t p = 0; p < d->info->point_count; p++) {
		int count = history_file_names(
		    f, d->number, d->info->points[p].name, names, NAMES_MAX);

		if (count == -1)
			return -1;
		k->names = must_grow(k->names,
		    k->name_count + (size_t)count + 1, sizeof(k->names[0]));
		for (int i = 0; i < count; i++)
			k->names[k->name_count++] =
			    (struct name){names[i].id, p};
	}
	k->points = must_alloc(d->info->point_count + 1u, sizeof(k->points[0]));
	return 0;
}

static struct minutes *
minutes_of(const struct known *k, uint32_t name)
{
	for (size_t i = 0; i < k->name_count; i++)
		if (k->names[i].id == name)
			return &k->points[k->names[i].point];
	return NULL;
}

/* ---- a span ---- */

/* [from, to), of which there is something. */
static void
mark(struct minutes *m, int64_t span, int64_t from_ms, int64_t to_ms)
{
	int64_t start_ms = span * HISTORY_MINUTES_SPAN_MS;

	for (int64_t i = 0; i < HISTORY_MINUTES_A_SPAN; i++) {
		int64_t minute_ms = start_ms + i * HISTORY_MINUTE_MS;

		if (minute_ms < to_ms &&
		    minute_ms + HISTORY_MINUTE_MS > from_ms)
			m->had[i] = true;
	}
}

static int
mark_slots(struct already *a, struct history_file *f, uint16_t device,
    const struct known *k, enum history_tier tier)
{
	int64_t step_ms = history_step_ms(tier);
	int64_t at = history_span_of(tier, k->span * HISTORY_MINUTES_SPAN_MS);
	const void *block;
	size_t length;
	int rc = history_file_slots(f, tier, at, device, &block, &length);

	if (rc != 1 || !slots_open(&a->slots, step_ms, block, length))
		return rc == -1 ? -1 : 0;
	while (slots_next(&a->slots, 0, &a->point) == 1) {
		struct minutes *m = minutes_of(k, a->point.name);

		for (uint32_t i = 0; m != NULL && i < a->point.count; i++) {
			int64_t from_ms = at * history_span_ms(tier) +
			    a->point.of[i].index * step_ms;

			if (a->point.of[i].slot.count > 0)
				mark(m, k->span, from_ms, from_ms + step_ms);
		}
	}
	return 0;
}

struct marking {
	struct minutes *m;
	int64_t span;
};

static void
mark_reading(void *context, int64_t at_ms, const struct slot_value *v)
{
	const struct marking *c = context;

	if (v != NULL)
		mark(c->m, c->span, at_ms, at_ms + 1);
}

static void
mark_readings(struct already *a, const struct known *k)
{
	int64_t start_ms = k->span * HISTORY_MINUTES_SPAN_MS;

	for (size_t i = 0; i < k->name_count; i++) {
		struct marking c = {&k->points[k->names[i].point], k->span};

		past_clear(a->past);
		past_take(a->past, k->names[i].id);
		past_each(a->past, start_ms, start_ms + HISTORY_MINUTES_SPAN_MS,
		    mark_reading, &c);
	}
}

static int
look_up(struct already *a, struct history_file *f,
    const struct already_device *d, int64_t span)
{
	struct known *k = &a->devices[d->index];
	int64_t start_ms = span * HISTORY_MINUTES_SPAN_MS;
	int there = history_file_reaches(f, HISTORY_QUARTERS, start_ms);

	if (there == -1 || (k->points == NULL && read_names(f, d, k) == -1) ||
	    past_load(a->past, f, d->number, start_ms,
		start_ms + HISTORY_MINUTES_SPAN_MS) == -1)
		return -1;
	memset(k->points, 0, d->info->point_count * sizeof(k->points[0]));
	k->span = span;
	mark_readings(a, k);
	if (mark_slots(a, f, d->number, k, HISTORY_MINUTES) == -1)
		return -1;
	return there == 1 ? 0
			  : mark_slots(a, f, d->number, k, HISTORY_QUARTERS);
}

int
already_has(struct already *a, struct history_file *f,
    const struct already_device *d, uint16_t point, int64_t at_ms)
{
	struct known *k = &a->devices[d->index];
	int64_t span = history_span_of(HISTORY_MINUTES, at_ms);
	int64_t minute;

	if (!a->opened && history_file_own_end(f, &a->own_end_ms) == -1)
		return -1;
	a->opened = true;
	if (at_ms > a->own_end_ms)
		return 1;
	if ((k->points == NULL || k->span != span) &&
	    look_up(a, f, d, span) == -1)
		return -1;
	minute = (at_ms - span * HISTORY_MINUTES_SPAN_MS) / HISTORY_MINUTE_MS;
	return k->points[point].had[minute];
}
