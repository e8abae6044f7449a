/*
 * history_names.c - what the points of a catalog are called in the history
 */
#include "gateway/store/history_names.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/store/history.h"

/* Of each device of a catalog its number, and of each point its name: those of
 * a device begin at first. */
struct map {
	struct catalog *of; /* a reference; NULL: none */
	uint64_t version; /* of what was known */
	uint16_t *numbers;
	size_t *first;
	uint32_t *names;
};

struct history_names {
	pthread_mutex_t lock;
	struct catalog *known;
	int64_t *holds_ms;
	uint64_t version; /* rises */
	struct map map; /* complete, or none */
	struct catalog *wanted; /* a reference; only the history's thread */
};

struct history_names *
history_names_new(void)
{
	struct history_names *n = must_alloc(1, sizeof(*n));

	pthread_mutex_init(&n->lock, NULL);
	return n;
}

static void
clear_map(struct map *m)
{
	catalog_unref(m->of);
	free(m->numbers);
	free(m->first);
	free(m->names);
	*m = (struct map){.of = NULL};
}

void
history_names_free(struct history_names *n)
{
	if (n == NULL)
		return;
	clear_map(&n->map);
	catalog_unref(n->wanted);
	catalog_unref(n->known);
	free(n->holds_ms);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

static size_t
count_points(const struct catalog *c)
{
	size_t count = 0;

	for (uint16_t i = 0; i < c->device_count; i++)
		count += c->devices[i].point_count;
	return count;
}

/* ---- what is known ---- */

void
history_names_know(
    struct history_names *n, struct catalog *c, const int64_t *holds_ms)
{
	size_t count = count_points(c);
	int64_t *copy = must_alloc(count + 1, sizeof(copy[0]));
	struct catalog *before;

	if (count > 0)
		memcpy(copy, holds_ms, count * sizeof(copy[0]));
	pthread_mutex_lock(&n->lock);
	before = n->known;
	n->known = catalog_ref(c);
	free(n->holds_ms);
	n->holds_ms = copy;
	n->version++;
	pthread_mutex_unlock(&n->lock);
	catalog_unref(before);
}

bool
history_names_known(struct history_names *n)
{
	bool known;

	pthread_mutex_lock(&n->lock);
	known = n->known != NULL;
	pthread_mutex_unlock(&n->lock);
	return known;
}

/* The lock is held. */
static int64_t
hold_of(const struct history_names *n, const char *device, const char *point)
{
	int d = catalog_find(n->known, device), p;
	size_t at = 0;

	if (d == -1)
		return HISTORY_HOLD_MS;
	p = device_find(&n->known->devices[d], point);
	if (p == -1)
		return HISTORY_HOLD_MS;
	for (int i = 0; i < d; i++)
		at += n->known->devices[i].point_count;
	return n->holds_ms[at + (size_t)p];
}

/* ---- mapping ---- */

static bool
same_points(const struct device_info *a, const struct device_info *b)
{
	if (a->point_count != b->point_count || strcmp(a->id, b->id) != 0)
		return false;
	for (uint16_t i = 0; i < a->point_count; i++) {
		const struct point_info *p = &a->points[i], *q = &b->points[i];

		if (p->form != q->form || strcmp(p->name, q->name) != 0 ||
		    strcmp(p->unit, q->unit) != 0 ||
		    strcmp(p->role, q->role) != 0)
			return false;
	}
	return true;
}

static bool
same_catalog(const struct catalog *a, const struct catalog *b)
{
	if (a->device_count != b->device_count)
		return false;
	for (uint16_t i = 0; i < a->device_count; i++)
		if (!same_points(&a->devices[i], &b->devices[i]))
			return false;
	return true;
}

/* A reader that goes back, or on to another segment, has a copy of its own. */
static bool
take_over(struct map *m, const struct catalog *c)
{
	struct catalog *before = m->of;

	if (m->of == c)
		return true;
	if (m->of == NULL || !same_catalog(m->of, c))
		return false;
	m->of = catalog_ref((struct catalog *)(uintptr_t)c);
	catalog_unref(before);
	return true;
}

bool
history_names_have(struct history_names *n, const struct catalog *c)
{
	bool have;

	pthread_mutex_lock(&n->lock);
	have = n->map.version == n->version && take_over(&n->map, c);
	pthread_mutex_unlock(&n->lock);
	return have;
}

void
history_names_want(struct history_names *n, const struct catalog *c)
{
	catalog_unref(n->wanted);
	n->wanted = catalog_ref((struct catalog *)(uintptr_t)c);
}

void
history_names_forget(struct history_names *n)
{
	pthread_mutex_lock(&n->lock);
	clear_map(&n->map);
	pthread_mutex_unlock(&n->lock);
}

static void
begin_map(struct history_names *n, struct map *m)
{
	struct catalog *c = n->wanted;

	m->of = catalog_ref(c);
	m->numbers = must_alloc(c->device_count + 1u, sizeof(m->numbers[0]));
	m->first = must_alloc(c->device_count + 1u, sizeof(m->first[0]));
	m->names = must_alloc(count_points(c) + 1, sizeof(m->names[0]));
	pthread_mutex_lock(&n->lock);
	m->version = n->version;
	pthread_mutex_unlock(&n->lock);
}

static int
map_device(struct history_names *n, struct history_file *f, struct map *m,
    uint16_t index)
{
	const struct device_info *d = &m->of->devices[index];
	uint32_t *names = m->names + m->first[index];

	if (history_file_device(f, d->id, &m->numbers[index]) == -1)
		return -1;
	for (uint16_t i = 0; i < d->point_count; i++) {
		int64_t hold_ms;

		pthread_mutex_lock(&n->lock);
		hold_ms = hold_of(n, d->id, d->points[i].name);
		pthread_mutex_unlock(&n->lock);
		if (history_file_name(f, m->numbers[index], &d->points[i],
			hold_ms, &names[i]) == -1)
			return -1;
	}
	return 0;
}

static int
map_all(struct history_names *n, struct history_file *f, struct map *m)
{
	size_t at = 0;

	if (history_file_begin(f) == -1)
		return -1;
	for (uint16_t i = 0; i < m->of->device_count; i++) {
		m->first[i] = at;
		at += m->of->devices[i].point_count;
		if (map_device(n, f, m, i) == -1)
			return -1;
	}
	return history_file_commit(f);
}

int
history_names_map(struct history_names *n, struct history_file *f)
{
	struct map m = {.of = NULL}, before;

	if (history_names_have(n, n->wanted))
		return 0;
	begin_map(n, &m);
	if (map_all(n, f, &m) == -1) {
		clear_map(&m);
		return -1;
	}
	pthread_mutex_lock(&n->lock);
	before = n->map;
	n->map = m;
	pthread_mutex_unlock(&n->lock);
	clear_map(&before);
	return 0;
}

const uint32_t *
history_names_of(
    const struct history_names *n, uint16_t index, uint16_t *device)
{
	*device = n->map.numbers[index];
	return n->map.names + n->map.first[index];
}

bool
history_names_find(struct history_names *n, const char *device,
    const char *point, uint16_t *number, uint32_t *name)
{
	int d = -1, p = -1;

	pthread_mutex_lock(&n->lock);
	if (n->map.of != NULL)
		d = catalog_find(n->map.of, device);
	if (d != -1)
		p = device_find(&n->map.of->devices[d], point);
	if (p != -1) {
		*number = n->map.numbers[d];
		*name = n->map.names[n->map.first[d] + (size_t)p];
	}
	pthread_mutex_unlock(&n->lock);
	return p != -1;
}
