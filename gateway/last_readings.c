/*
 * last_readings.c - what was read just before a start
 *
 * A journal is read forwards and knows no times, so where to begin is found by
 * looking at one batch far and farther back.  Times rise in it but for what
 * came by two buses at once, which is of no account at the begin.
 */
#include "gateway/last_readings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/journal.h"

#define FIRST_LOOK 4096 /* batches back */

static bool
is_late(const struct batch *b, const struct stamp *now)
{
	return memcmp(b->at.boot, now->boot, sizeof(now->boot)) == 0 &&
	    b->at.mono_ms >= now->mono_ms - LAST_READINGS_MS &&
	    b->at.mono_ms <= now->mono_ms;
}

/* The seq behind which they begin. */
static uint64_t
find_begin(struct journal_reader *r, uint64_t tail, const struct stamp *now)
{
	uint64_t back = FIRST_LOOK;
	const struct catalog *then;
	struct batch b;

	while (back < tail && back < LAST_READINGS_MAX) {
		reader_seek(r, tail - back);
		if (reader_next(r, &b, &then) != 1 || !is_late(&b, now))
			break;
		back *= 2;
	}
	return back < tail ? tail - back : 0;
}

/* ---- names ---- */

/* -1: it is not there now.  Most often things are where they were. */
static int
find_device_now(
    const struct catalog *names, const struct catalog *then, uint16_t device)
{
	const char *id = then->devices[device].id;

	if (device < names->device_count &&
	    strcmp(names->devices[device].id, id) == 0)
		return device;
	return catalog_find(names, id);
}

/* A number of then has the name it had. */
static bool
names_are_same(const struct point_info *now, const struct point_info *then)
{
	const char *name;

	for (uint16_t i = 0; i < then->name_count; i++) {
		name = point_enum_name(now, then->names[i].number);
		if (name == NULL || strcmp(name, then->names[i].name) != 0)
			return false;
	}
	return true;
}

/* As far as a journal knows what a value means. */
static bool
is_same(const struct point_info *now, const struct point_info *then)
{
	return now->form == then->form && strcmp(now->unit, then->unit) == 0 &&
	    names_are_same(now, then);
}

static int
find_point_now(
    const struct device_info *d, const struct device_info *then, uint16_t point)
{
	const struct point_info *p = &then->points[point];
	int now = point;

	if (point >= d->point_count ||
	    strcmp(d->points[point].name, p->name) != 0)
		now = device_find(d, p->name);
	return now != -1 && is_same(&d->points[now], p) ? now : -1;
}

/* Where the things of then are now; -1: nowhere.  Looked up once a catalog, for
 * there may be millions of readings. */
struct map {
	const struct catalog *now;
	struct catalog *then; /* NULL: nothing yet */
	struct arena *memory;
	int *devices, **points; /* by device of then, and its point */
};

static void
map_forget(struct map *m)
{
	if (m->then == NULL)
		return;
	arena_free(m->memory);
	catalog_unref(m->then);
	m->then = NULL;
}

static void
map_device(struct map *m, uint16_t device)
{
	const struct device_info *then = &m->then->devices[device];
	int now = find_device_now(m->now, m->then, device);

	m->devices[device] = now;
	if (now == -1)
		return;
	m->points[device] =
	    arena_array(m->memory, then->point_count, sizeof(int));
	for (uint16_t p = 0; p < then->point_count; p++)
		m->points[device][p] =
		    find_point_now(&m->now->devices[now], then, p);
}

static void
map_names(struct map *m, const struct catalog *then)
{
	if (m->then == then)
		return;
	map_forget(m);
	m->then = catalog_ref((struct catalog *)(uintptr_t)then);
	m->memory = arena_new();
	m->devices =
	    arena_array(m->memory, then->device_count, sizeof(m->devices[0]));
	m->points =
	    arena_array(m->memory, then->device_count, sizeof(m->points[0]));
	for (uint16_t i = 0; i < then->device_count; i++)
		map_device(m, i);
}

/* Into readings; false if nothing of it is there now. */
static bool
name_now(struct batch *b, struct map *m, const struct catalog *then,
    struct reading *readings)
{
	uint16_t count = 0;
	int point;

	map_names(m, then);
	if (m->devices[b->device] == -1)
		return false;
	for (uint16_t i = 0; i < b->count; i++) {
		point = m->points[b->device][b->readings[i].point];
		if (point == -1)
			continue;
		readings[count] = b->readings[i];
		readings[count++].point = (uint16_t)point;
	}
	b->device = (uint16_t)m->devices[b->device];
	b->readings = readings;
	b->count = count;
	return count > 0;
}

void
last_readings(struct journal *j, const struct catalog *names,
    const struct stamp *now, void (*see)(void *context, const struct batch *b),
    void *context)
{
	struct journal_reader *r = reader_open(j, 0);
	struct map map = {.now = names};
	const struct catalog *then;
	struct journal_state state;
	struct reading *readings;
	struct batch b;
	int got = -1;

	journal_state(j, &state);
	readings = must_alloc(SAMPLE_READINGS_MAX, sizeof(*readings));
	if (r != NULL)
		reader_seek(r, find_begin(r, state.tail_seq, now));
	while (r != NULL && (got = reader_next(r, &b, &then)) == 1)
		if (is_late(&b, now) && name_now(&b, &map, then, readings))
			see(context, &b);
	if (got == -1)
		log_warn("what was read before the start cannot be read: %s",
		    strerror(errno));
	map_forget(&map);
	reader_close(r);
	free(readings);
}
