/*
 * retained.c - which retained messages a broker still lacks, pure
 *
 * Devices are looked at in a circle that goes on where the last look ended, so
 * that under a narrow window none starves.  A circle that found nothing is not
 * repeated before something changed: a look is linear, and there is one for
 * each acknowledgement.
 */
#include "gateway/sinks/retained.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define CLEAR_MAX 256 /* devices; more wait for the next connection */

struct item {
	bool has_meta, has_state; /* on this connection */
	bool online;
	uint32_t version, quality_version; /* of the state that was sent */
	int64_t state_ms; /* when */
};

struct clearing {
	bool state_done;
	char id[RETAINED_ID_MAX];
};

struct retained {
	int64_t state_every_ms;
	struct catalog *catalog; /* NULL: nothing was looked at yet */
	struct item *items; /* a device each */
	uint16_t next; /* whose turn it is */
	bool idle; /* nothing was due */
	size_t clear_count;
	struct clearing clear[CLEAR_MAX];
};

struct retained *
retained_new(int64_t state_every_ms)
{
	struct retained *r = must_alloc(1, sizeof(*r));

	r->state_every_ms = state_every_ms;
	return r;
}

void
retained_free(struct retained *r)
{
	if (r == NULL)
		return;
	catalog_unref(r->catalog);
	free(r->items);
	free(r);
}

void
retained_forget(struct retained *r)
{
	if (r->catalog != NULL)
		memset(r->items, 0,
		    r->catalog->device_count * sizeof(r->items[0]));
	r->clear_count = 0;
	r->idle = false;
}

void
retained_seen(struct retained *r, const char *id)
{
	if (r->catalog == NULL || catalog_find(r->catalog, id) >= 0)
		return;
	for (size_t i = 0; i < r->clear_count; i++)
		if (strcmp(r->clear[i].id, id) == 0)
			return;
	if (r->clear_count == CLEAR_MAX || strlen(id) >= RETAINED_ID_MAX)
		return;
	r->clear[r->clear_count] = (struct clearing){0};
	strcpy(r->clear[r->clear_count++].id, id);
	r->idle = false;
}

/* Those that are to be cleared and exist again must not be. */
static void
keep_existing(struct retained *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->clear_count; i++)
		if (catalog_find(r->catalog, r->clear[i].id) < 0)
			r->clear[kept++] = r->clear[i];
	r->clear_count = kept;
}

void
retained_look(struct retained *r, const struct live_view *v)
{
	struct catalog *before = r->catalog;

	r->idle = false;
	if (v->catalog == before)
		return;
	r->catalog = catalog_ref(v->catalog);
	r->next = 0;
	free(r->items);
	r->items = must_alloc(v->catalog->device_count, sizeof(r->items[0]));
	keep_existing(r);
	for (uint16_t i = 0; before != NULL && i < before->device_count; i++)
		retained_seen(r, before->devices[i].id);
	catalog_unref(before);
}

static bool
take_clearing(struct retained *r, struct retained_job *job)
{
	struct clearing *c;

	if (r->clear_count == 0)
		return false;
	c = &r->clear[r->clear_count - 1];
	*job = (struct retained_job){.kind = RETAINED_CLEAR_STATE};
	strcpy(job->id, c->id);
	if (c->state_done) {
		job->kind = RETAINED_CLEAR_META;
		r->clear_count--;
	}
	c->state_done = true;
	return true;
}

static bool
state_due(const struct retained *r, const struct item *item,
    const struct live_device *d, int64_t now_ms)
{
	return !item->has_state || item->online != d->online ||
	    item->quality_version != d->quality_version ||
	    (item->version != d->version &&
		now_ms - item->state_ms >= r->state_every_ms);
}

void
retained_state(struct retained *r, const struct live_view *v, uint16_t i)
{
	r->items[i].online = v->devices[i].online;
	r->items[i].version = v->devices[i].version;
	r->items[i].quality_version = v->devices[i].quality_version;
}

/* What is due of one device. */
static bool
take_device(struct retained *r, const struct live_view *v, uint16_t i,
    int64_t now_ms, struct retained_job *job)
{
	const struct live_device *d = &v->devices[i];
	struct item *item = &r->items[i];

	*job = (struct retained_job){.device = i};
	if (!item->has_meta) {
		item->has_meta = true;
		job->kind = RETAINED_META;
		return true;
	}
	if (!state_due(r, item, d, now_ms))
		return false;
	item->has_state = true;
	item->state_ms = now_ms;
	retained_state(r, v, i);
	job->kind = RETAINED_STATE;
	return true;
}

bool
retained_take(struct retained *r, const struct live_view *v, int64_t now_ms,
    struct retained_job *job)
{
	uint16_t count;

	if (r->idle || r->catalog == NULL)
		return false;
	assert(v->catalog == r->catalog);
	if (take_clearing(r, job))
		return true;
	count = r->catalog->device_count;
	for (uint16_t k = 0; k < count; k++) {
		bool due = take_device(r, v, r->next, now_ms, job);

		/* A state follows its meta, but not another state. */
		if (!due || job->kind == RETAINED_STATE)
			r->next = (uint16_t)((r->next + 1) % count);
		if (due)
			return true;
	}
	r->idle = true;
	return false;
}
