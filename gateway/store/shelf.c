/*
 * shelf.c - which segments there are, and how far each may be read
 *
 * An array, oldest first, searched from the front: a quota of 2 GiB has some
 * 500 segments, and a reader searches once a segment.  It grows (in the
 * writer's thread, once in many segments) and never shrinks.
 */
#include "gateway/store/shelf.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "gateway/base/arena.h"
#include "gateway/measure/sample.h"
#include "gateway/store/segment.h"

#define FIRST_ROOM 64

struct shelf {
	int dir;
	pthread_mutex_t lock;
	struct shelf_segment *of;
	size_t count, room;
	uint64_t last_serial;
	int64_t bytes; /* of all */
	uint64_t damaged, dropped;
	int watchers[SHELF_WATCHERS_MAX];
	size_t watcher_count;
	bool left; /* to one of them */
	struct catalog *catalog; /* of a segment; NULL: none was read yet */
	uint64_t catalog_serial;
	uint32_t catalog_crc; /* of the bytes it was made of */
};

struct shelf *
shelf_new(int dir)
{
	struct shelf *s = must_alloc(1, sizeof(*s));

	s->dir = dir;
	s->room = FIRST_ROOM;
	s->of = must_alloc(s->room, sizeof(*s->of));
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
shelf_free(struct shelf *s)
{
	if (s == NULL)
		return;
	assert(s->watcher_count == 0); /* readers go first */
	pthread_mutex_destroy(&s->lock);
	catalog_unref(s->catalog);
	free(s->of);
	free(s);
}

int
shelf_dir(const struct shelf *s)
{
	return s->dir;
}

/* ---- the writer ---- */

uint64_t
shelf_add(struct shelf *s, const struct shelf_segment *segment)
{
	struct shelf_segment *last;
	uint64_t serial;

	pthread_mutex_lock(&s->lock);
	last = s->count > 0 ? &s->of[s->count - 1] : NULL;
	assert(last == NULL || segment->first_seq >= last->first_seq);
	if (last != NULL && segment->first_seq == last->first_seq) {
		s->bytes -= last->taken;
		s->count--;
	}
	if (s->count == s->room) {
		s->room *= 2;
		s->of = must_grow(s->of, s->room, sizeof(*s->of));
	}
	s->of[s->count] = *segment;
	serial = ++s->last_serial;
	s->of[s->count++].serial = serial;
	s->bytes += segment->taken;
	pthread_mutex_unlock(&s->lock);
	return serial;
}

void
shelf_publish(struct shelf *s, int64_t bytes, int64_t taken)
{
	struct shelf_segment *last;

	pthread_mutex_lock(&s->lock);
	assert(s->count > 0);
	last = &s->of[s->count - 1];
	s->bytes += taken - last->taken;
	last->bytes = bytes;
	last->taken = taken;
	pthread_mutex_unlock(&s->lock);
}

void
shelf_wake(struct shelf *s)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->watcher_count; i++)
		eventfd_write(s->watchers[i], 1);
	pthread_mutex_unlock(&s->lock);
}

bool
shelf_drop(struct shelf *s)
{
	struct shelf_segment oldest;

	pthread_mutex_lock(&s->lock);
	oldest = s->of[0];
	if (s->count < 2)
		oldest.serial = 0;
	pthread_mutex_unlock(&s->lock);
	/* Only the writer adds and drops: it is still the oldest. */
	if (oldest.serial == 0 ||
	    (segment_remove(s->dir, oldest.first_seq) == -1 && errno != ENOENT))
		return false;
	pthread_mutex_lock(&s->lock);
	s->bytes -= oldest.taken;
	s->count--;
	s->dropped++;
	memmove(s->of, s->of + 1, s->count * sizeof(*s->of));
	pthread_mutex_unlock(&s->lock);
	return true;
}

/* ---- the readers ---- */

bool
shelf_find(struct shelf *s, uint64_t after_seq, struct shelf_segment *out)
{
	size_t at = 0;
	bool any;

	pthread_mutex_lock(&s->lock);
	while (at + 1 < s->count && s->of[at + 1].first_seq <= after_seq + 1)
		at++;
	any = s->count > 0;
	if (any)
		*out = s->of[at];
	pthread_mutex_unlock(&s->lock);
	return any;
}

/* Its place, or count if it is gone.  Serials rise. */
static size_t
place_of(const struct shelf *s, uint64_t serial)
{
	for (size_t i = s->count; i > 0; i--)
		if (s->of[i - 1].serial == serial)
			return i - 1;
	return s->count;
}

bool
shelf_look(struct shelf *s, uint64_t serial, struct shelf_segment *now,
    struct shelf_segment *next)
{
	size_t at;
	bool there;

	pthread_mutex_lock(&s->lock);
	at = place_of(s, serial);
	there = at < s->count;
	if (there)
		*now = s->of[at];
	next->serial = 0;
	if (at + 1 < s->count)
		*next = s->of[at + 1];
	pthread_mutex_unlock(&s->lock);
	return there;
}

void
shelf_damaged(struct shelf *s, uint64_t serial, int64_t place, uint64_t records)
{
	size_t at;

	pthread_mutex_lock(&s->lock);
	at = place_of(s, serial);
	if (at < s->count && place > s->of[at].judged) {
		s->of[at].judged = place;
		s->damaged += records;
	}
	pthread_mutex_unlock(&s->lock);
}

struct catalog *
shelf_catalog(struct shelf *s, uint64_t serial, uint32_t crc)
{
	struct catalog *c = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->catalog != NULL && s->catalog_serial == serial &&
	    s->catalog_crc == crc)
		c = catalog_ref(s->catalog);
	pthread_mutex_unlock(&s->lock);
	return c;
}

void
shelf_keep_catalog(
    struct shelf *s, uint64_t serial, uint32_t crc, struct catalog *c)
{
	struct catalog *before;

	pthread_mutex_lock(&s->lock);
	before = s->catalog;
	s->catalog = catalog_ref(c);
	s->catalog_serial = serial;
	s->catalog_crc = crc;
	pthread_mutex_unlock(&s->lock);
	catalog_unref(before);
}

void
shelf_name(struct shelf *s, uint32_t crc, struct catalog *c)
{
	/* Only the writer adds: the last serial is the newest's. */
	shelf_keep_catalog(s, s->last_serial, crc, c);
}

bool
shelf_watch(struct shelf *s, int eventfd)
{
	bool room;

	pthread_mutex_lock(&s->lock);
	room = s->watcher_count < SHELF_WATCHERS_MAX;
	if (room)
		s->watchers[s->watcher_count++] = eventfd;
	pthread_mutex_unlock(&s->lock);
	return room;
}

void
shelf_unwatch(struct shelf *s, int eventfd)
{
	size_t at = 0;

	pthread_mutex_lock(&s->lock);
	while (at < s->watcher_count && s->watchers[at] != eventfd)
		at++;
	assert(at < s->watcher_count);
	s->watchers[at] = s->watchers[--s->watcher_count];
	pthread_mutex_unlock(&s->lock);
}

void
shelf_leave(struct shelf *s)
{
	pthread_mutex_lock(&s->lock);
	s->left = true;
	pthread_mutex_unlock(&s->lock);
}

bool
shelf_is_left(struct shelf *s)
{
	bool left;

	pthread_mutex_lock(&s->lock);
	left = s->left;
	pthread_mutex_unlock(&s->lock);
	return left;
}

void
shelf_measure(struct shelf *s, struct shelf_figures *out)
{
	pthread_mutex_lock(&s->lock);
	out->bytes = s->bytes;
	out->oldest_ms = s->count > 0 ? s->of[0].wall_ms : 0;
	out->damaged = s->damaged;
	out->dropped = s->dropped;
	pthread_mutex_unlock(&s->lock);
}

int64_t
shelf_behind(struct shelf *s, uint64_t after_seq)
{
	int64_t bytes = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = s->count; i-- > 0;) {
		bytes += s->of[i].taken;
		if (s->of[i].first_seq <= after_seq + 1)
			break;
	}
	pthread_mutex_unlock(&s->lock);
	return bytes;
}
