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

struct known {
	bool any;
	int64_t span;
	struct minutes *points;
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
	for (size_t i = 0; i < a->device_count; i++)
		free(a->devices[i].points);
	free(a->devices);
	past_free(a->past);
	slots_free(&a->slots);
	free(a);
}

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

/* ---- slots ---- */

static int
mark_slots(struct already *a, struct history_file *f, uint16_t device,
    enum history_tier tier, int64_t span, const struct history_name *name,
    struct minutes *m)
{
	int64_t step_ms = history_step_ms(tier);
	int64_t at = history_span_of(tier, span * HISTORY_MINUTES_SPAN_MS);
	const void *block;
	size_t length;
	int rc = history_file_slots(f, tier, at, device, &block, &length);

	if (rc != 1)
		return rc;
	if (!slots_open(&a->slots, step_ms, block, length) ||
	    slots_next(&a->slots, name->id, &a->point) != 1)
		return 0;
	for (uint32_t i = 0; i < a->point.count; i++) {
		int64_t from_ms =
		    at * history_span_ms(tier) + a->point.of[i].index * step_ms;

		if (a->point.of[i].slot.count > 0)
			mark(m, span, from_ms, from_ms + step_ms);
	}
	return 0;
}

/* ---- readings ---- */

struct marking {
	struct minutes *m;
	int64_t span;
};

static void
mark_reading(void *context, int64_t at_ms)
{
	const struct marking *c = context;

	mark(c->m, c->span, at_ms, at_ms + 1);
}

/* ---- a span ---- */

static int
look_up_point(struct already *a, struct history_file *f,
    const struct already_device *d, uint16_t point, bool quarters)
{
	struct known *k = &a->devices[d->index];
	struct marking c = {&k->points[point], k->span};
	int64_t start_ms = k->span * HISTORY_MINUTES_SPAN_MS;
	struct history_name names[NAMES_MAX];
	int count = history_file_names(
	    f, d->number, d->info->points[point].name, names, NAMES_MAX);

	past_clear(a->past);
	for (int i = 0; i < count; i++) {
		past_take(a->past, names[i].id);
		if (mark_slots(a, f, d->number, HISTORY_MINUTES, k->span,
			&names[i], c.m) == -1 ||
		    (quarters &&
			mark_slots(a, f, d->number, HISTORY_QUARTERS, k->span,
			    &names[i], c.m) == -1))
			return -1;
	}
	past_times(a->past, start_ms, start_ms + HISTORY_MINUTES_SPAN_MS,
	    mark_reading, &c);
	return count == -1 ? -1 : 0;
}

static int
look_up(struct already *a, struct history_file *f,
    const struct already_device *d, int64_t span)
{
	struct known *k = &a->devices[d->index];
	int64_t start_ms = span * HISTORY_MINUTES_SPAN_MS;
	size_t size = d->info->point_count * sizeof(k->points[0]);
	int there = history_file_reaches(f, HISTORY_QUARTERS, start_ms);

	if (there == -1 ||
	    past_load(a->past, f, d->number, start_ms,
		start_ms + HISTORY_MINUTES_SPAN_MS) == -1)
		return -1;
	if (k->points == NULL)
		k->points =
		    must_alloc(d->info->point_count + 1u, sizeof(k->points[0]));
	memset(k->points, 0, size);
	k->any = true;
	k->span = span;
	for (uint16_t i = 0; i < d->info->point_count; i++)
		if (look_up_point(a, f, d, i, there == 0) == -1)
			return -1;
	return 0;
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
	if ((!k->any || k->span != span) && look_up(a, f, d, span) == -1)
		return -1;
	minute = (at_ms - span * HISTORY_MINUTES_SPAN_MS) / HISTORY_MINUTE_MS;
	return k->points[point].had[minute];
}
