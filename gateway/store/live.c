/*
 * live.c - the last reading of every point
 *
 * One table, all devices' points one after another, under one mutex that is
 * held for a few stores or one copy.  The loop is the only writer: it reads its
 * own table without the lock and takes it only to change it.  What costs time,
 * building a new table after a reload, growing a view, freeing an old catalog,
 * happens outside.
 *
 * Not done: a lock a device or a sequence lock.  The largest table (some 20,000
 * points of about 100 bytes) is copied in less than a millisecond, and its
 * followers come a few times a second.
 */
#include "gateway/store/live.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"

struct table {
	struct catalog *catalog; /* NULL: empty */
	size_t device_count;
	struct live_device *devices;
	struct live_point *points;
	size_t *first; /* device_count + 1 */
};

struct live {
	pthread_mutex_t lock;
	struct table table;
	uint64_t change; /* atomic; raised under the lock */
	int notify[LIVE_NOTIFY_MAX]; /* -1: free */
};

/* ---- tables ---- */

static void
table_init(struct table *t, struct catalog *c)
{
	size_t n = c != NULL ? c->device_count : 0;

	t->catalog = c != NULL ? catalog_ref(c) : NULL;
	t->device_count = n;
	t->devices = must_alloc(n + 1, sizeof(*t->devices));
	t->first = must_alloc(n + 1, sizeof(*t->first));
	for (size_t i = 0; i < n; i++)
		t->first[i + 1] = t->first[i] + c->devices[i].point_count;
	t->points = must_alloc(t->first[n] + 1, sizeof(*t->points));
}

static void
table_free(struct table *t)
{
	catalog_unref(t->catalog);
	free(t->devices);
	free(t->points);
	free(t->first);
}

static size_t
point_count(const struct table *t, size_t device)
{
	return t->first[device + 1] - t->first[device];
}

static struct live_point *
table_point(const struct table *t, uint16_t device, uint16_t point)
{
	assert(device < t->device_count);
	assert(point < point_count(t, device));
	return &t->points[t->first[device] + point];
}

static void
carry_device(struct table *now, size_t i, const struct table *was, size_t k)
{
	const struct device_info *d = &now->catalog->devices[i];
	const struct device_info *old = &was->catalog->devices[k];

	now->devices[i] = was->devices[k];
	for (size_t j = 0; j < d->point_count; j++) {
		int at = device_find(old, d->points[j].name);

		if (at >= 0 &&
		    point_same(d, &d->points[j], old, &old->points[at]))
			now->points[now->first[i] + j] =
			    was->points[was->first[k] + (size_t)at];
	}
}

static void
carry_over(struct table *now, const struct table *was)
{
	for (size_t i = 0; was->catalog != NULL && i < now->device_count; i++) {
		int k = catalog_find(was->catalog, now->catalog->devices[i].id);

		if (k >= 0)
			carry_device(now, i, was, (size_t)k);
	}
}

/* ---- the loop's side ---- */

/* Under the lock, so that a descriptor that live_unnotify took back is never
 * written to.  A full eventfd is readable as it is. */
static void
changed(struct live *l)
{
	__atomic_fetch_add(&l->change, 1, __ATOMIC_RELEASE);
	for (size_t i = 0; i < LIVE_NOTIFY_MAX; i++)
		if (l->notify[i] != -1) {
			int rc = eventfd_write(l->notify[i], 1);

			assert(rc == 0 || errno == EAGAIN);
		}
}

struct live *
live_new(void)
{
	struct live *l = must_alloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	table_init(&l->table, NULL);
	for (size_t i = 0; i < LIVE_NOTIFY_MAX; i++)
		l->notify[i] = -1;
	return l;
}

void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	table_free(&l->table);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void
live_catalog(struct live *l, struct catalog *c)
{
	struct table now, was = l->table;

	table_init(&now, c);
	carry_over(&now, &was);
	pthread_mutex_lock(&l->lock);
	l->table = now;
	changed(l);
	pthread_mutex_unlock(&l->lock);
	table_free(&was);
}

static bool
was_attempted(struct quality q)
{
	return q.code != QUALITY_NEVER && q.code != QUALITY_STALE &&
	    q.code != QUALITY_DISABLED;
}

static void
point_set(struct live_point *p, const struct reading *r, const struct stamp *at)
{
	p->quality = r->quality;
	if (was_attempted(r->quality))
		p->tried_ms = at->mono_ms;
	if (!quality_has_value(r->quality))
		return;
	value_copy(&p->value, &r->value);
	p->wall_ms = at->wall_ms;
	p->mono_ms = at->mono_ms;
}

bool
live_set_all(struct live *l, uint16_t device, const struct reading *readings,
    size_t count, const struct stamp *at)
{
	const struct table *t = &l->table;
	struct live_device *d = &t->devices[device];
	struct live_point *points;
	uint32_t before;

	assert(device < t->device_count);
	points = t->points + t->first[device];
	before = d->quality_version;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < count; i++) {
		const struct reading *r = &readings[i];
		struct live_point *p = &points[r->point];

		assert(r->point < point_count(t, device));
		d->quality_version += !quality_equal(p->quality, r->quality);
		point_set(p, r, at);
	}
	d->version += (uint32_t)count;
	if (d->quality_version != before)
		changed(l);
	pthread_mutex_unlock(&l->lock);
	return d->quality_version != before;
}

bool
live_set(struct live *l, uint16_t device, const struct reading *r,
    const struct stamp *at)
{
	return live_set_all(l, device, r, 1, at);
}

void
live_set_online(struct live *l, uint16_t device, bool online)
{
	assert(device < l->table.device_count);
	if (l->table.devices[device].online == online)
		return;
	pthread_mutex_lock(&l->lock);
	l->table.devices[device].online = online;
	changed(l);
	pthread_mutex_unlock(&l->lock);
}

const struct live_point *
live_get(const struct live *l, uint16_t device, uint16_t point)
{
	return table_point(&l->table, device, point);
}

/* ---- everybody's side ---- */

static void
view_grow(struct live_view *v, size_t devices, size_t points)
{
	if (v->device_room < devices || v->first == NULL) {
		v->devices =
		    must_grow(v->devices, devices + 1, sizeof(*v->devices));
		v->first = must_grow(v->first, devices + 1, sizeof(*v->first));
		v->device_room = devices;
	}
	if (v->point_room < points || v->points == NULL) {
		v->points =
		    must_grow(v->points, points + 1, sizeof(*v->points));
		v->point_room = points;
	}
}

/* Of the device that has the most. */
static size_t
most_points(const struct table *t)
{
	size_t most = 0;

	for (size_t i = 0; i < t->device_count; i++)
		if (point_count(t, i) > most)
			most = point_count(t, i);
	return most;
}

/* Takes the lock once the view has room for all points, or for one device's;
 * while it grows the lock is free, and the table may change again. */
static void
lock_with_room(struct live *l, struct live_view *v, bool all)
{
	const struct table *t = &l->table;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		size_t devices = t->device_count;
		size_t points = all ? t->first[devices] : most_points(t);

		if (v->first != NULL && v->device_room >= devices &&
		    v->point_room >= points)
			return;
		pthread_mutex_unlock(&l->lock);
		view_grow(v, devices, points);
		pthread_mutex_lock(&l->lock);
	}
}

static void
copy_devices(struct live_view *v, const struct table *t)
{
	v->catalog = t->catalog != NULL ? catalog_ref(t->catalog) : NULL;
	memcpy(v->devices, t->devices, t->device_count * sizeof(*v->devices));
}

static void
stamp(struct live_view *v)
{
	struct clock_now now;

	clock_now(&now);
	v->wall_ms = now.wall_ms;
	v->synced = now.synced;
}

void
live_view_take(struct live *l, struct live_view *v)
{
	struct catalog *before = v->catalog;
	const struct table *t = &l->table;
	size_t n;

	lock_with_room(l, v, true);
	n = t->device_count;
	copy_devices(v, t);
	memcpy(v->first, t->first, (n + 1) * sizeof(*v->first));
	memcpy(v->points, t->points, t->first[n] * sizeof(*v->points));
	pthread_mutex_unlock(&l->lock);
	stamp(v);
	catalog_unref(before);
}

void
live_view_look(struct live *l, struct live_view *v)
{
	struct catalog *before = v->catalog;

	lock_with_room(l, v, false);
	copy_devices(v, &l->table);
	memset(v->first, 0, (l->table.device_count + 1) * sizeof(*v->first));
	pthread_mutex_unlock(&l->lock);
	stamp(v);
	catalog_unref(before);
}

bool
live_view_look_into(struct live *l, struct live_view *v, uint16_t device)
{
	const struct table *t = &l->table;
	bool same;

	pthread_mutex_lock(&l->lock);
	same = v->catalog != NULL && v->catalog == t->catalog;
	if (same) {
		assert(device < t->device_count);
		v->devices[device] = t->devices[device];
		memcpy(v->points, t->points + t->first[device],
		    point_count(t, device) * sizeof(*v->points));
	}
	pthread_mutex_unlock(&l->lock);
	if (same)
		stamp(v);
	else
		live_view_look(l, v);
	return same;
}

void
live_view_free(struct live_view *v)
{
	catalog_unref(v->catalog);
	free(v->devices);
	free(v->points);
	free(v->first);
	*v = (struct live_view){0};
}

uint64_t
live_change(const struct live *l)
{
	return __atomic_load_n(&l->change, __ATOMIC_ACQUIRE);
}

static void
notify_replace(struct live *l, int was, int now)
{
	bool done = false;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; !done && i < LIVE_NOTIFY_MAX; i++)
		if (l->notify[i] == was) {
			l->notify[i] = now;
			done = true;
		}
	pthread_mutex_unlock(&l->lock);
	assert(done);
}

void
live_notify(struct live *l, int eventfd)
{
	assert(eventfd >= 0);
	notify_replace(l, -1, eventfd);
}

void
live_unnotify(struct live *l, int eventfd)
{
	assert(eventfd >= 0);
	notify_replace(l, eventfd, -1);
}
