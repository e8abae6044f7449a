/*
 * pipeline.c - the data path: an answer goes in, readings come out, once
 *
 * What was kept last is remembered by point here, what was read last in the
 * live table: the deadband compares with the former, people look at the latter.
 */
#include "gateway/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"

#define STALE_PERIODS 3
#define STALE_MIN_MS 15000
#define STALE_LOOK_MS 1000

struct device {
	const struct conf_device *conf;
	struct deadband *kept; /* by point */
	struct stat_series *up;
	bool online; /* false: the poller itself waits, nothing is stale */
};

struct pipeline {
	struct catalog *catalog;
	struct live *live;
	struct journal *journal;
	struct device *devices; /* by catalog index */
	struct reading *readings; /* of the batch in hand */
	int64_t look_ms;
	bool refused; /* the journal refused the last batch */
	uint8_t boot[SAMPLE_BOOT_BYTES];
	struct stat_series *read, *unchanged, *overrun;
};

/* What a verdict without an answer means for a point.  A malformed answer is,
 * for people, a damaged one. */
static struct quality
quality_of(const struct answer *a)
{
	static const uint8_t codes[DRIVER_VERDICT_COUNT] = {
	    [DRIVER_TIMEOUT] = QUALITY_BAD_TIMEOUT,
	    [DRIVER_CRC] = QUALITY_BAD_CRC,
	    [DRIVER_EXCEPTION] = QUALITY_BAD_EXCEPTION,
	    [DRIVER_BAD] = QUALITY_BAD_CRC,
	    [DRIVER_BUS] = QUALITY_BAD_BUS,
	};
	struct quality q = {.code = codes[a->verdict]};

	assert(q.code != QUALITY_NEVER); /* an answer, or none was asked for */
	if (q.code == QUALITY_BAD_EXCEPTION)
		q.detail = a->exception;
	return q;
}

/* Appends what is worth keeping of the batch to the journal. */
static void
keep(struct pipeline *p, struct batch *b)
{
	struct device *d = &p->devices[b->device];
	uint16_t kept = 0;

	for (uint16_t i = 0; i < b->count; i++) {
		struct reading *r = &b->readings[i];
		const struct conf_point *point = &d->conf->points[r->point];

		if (!deadband_due(
			&point->rule, &d->kept[r->point], r, b->at.mono_ms))
			continue;
		b->urgent |= point->urgent;
		b->readings[kept++] = *r;
	}
	stat_add(p->unchanged, (uint64_t)(b->count - kept));
	b->count = kept;
	if (kept == 0)
		return;
	if (!journal_append(p->journal, b)) {
		if (!p->refused)
			log_error("the journal is full in memory: readings are"
				  " lost until the disk takes them again");
		p->refused = true;
		stat_add(p->overrun, kept);
		return;
	}
	p->refused = false;
	for (uint16_t i = 0; i < kept; i++)
		deadband_keep(&d->kept[b->readings[i].point], &b->readings[i],
		    b->at.mono_ms);
}

static void
take_readings(struct pipeline *p, struct batch *b)
{
	for (uint16_t i = 0; i < b->count; i++)
		live_set(p->live, b->device, &b->readings[i], &b->at);
	stat_add(p->read, b->count);
	keep(p, b);
}

static void
set_online(struct pipeline *p, uint16_t device, bool online)
{
	struct device *d = &p->devices[device];

	d->online = online;
	stat_set(d->up, online ? 1 : 0);
	live_set_online(p->live, device, online);
}

/* The readings of one request's answer. */
static uint16_t
request_readings(
    struct pipeline *p, const struct answer *a, const struct plan *plan)
{
	const struct plan_request *q = &plan->requests[a->request];
	const struct device *d = &p->devices[a->device];

	for (uint32_t i = 0; i < q->part_count; i++) {
		const struct plan_part *part = &plan->parts[q->part_first + i];
		struct reading *r = &p->readings[i];

		r->point = part->point;
		r->value.type = VALUE_NONE;
		r->quality = a->verdict == DRIVER_OK
		    ? decode_value(&d->conf->points[part->point].decode,
			  a->words, part->at, &r->value)
		    : quality_of(a);
	}
	return (uint16_t)q->part_count;
}

/* The readings of a device that is gone as a whole. */
static uint16_t
device_readings(struct pipeline *p, const struct answer *a)
{
	const struct device *d = &p->devices[a->device];

	for (size_t i = 0; i < d->conf->point_count; i++)
		p->readings[i] = (struct reading){
		    .point = (uint16_t)i, .quality = quality_of(a)};
	return (uint16_t)d->conf->point_count;
}

void
pipeline_take(
    struct pipeline *p, const struct answer *a, const struct plan *plan)
{
	struct batch b = {.device = a->device, .readings = p->readings};

	memcpy(b.at.boot, p->boot, sizeof(p->boot));
	b.at.mono_ms = a->mono_ms;
	b.at.wall_ms = a->wall_ms;
	b.at.synced = a->synced;
	set_online(p, a->device, a->online);
	b.count = a->request < 0 ? device_readings(p, a)
				 : request_readings(p, a, plan);
	take_readings(p, &b);
}

/* A device that is offline is being probed: its points stay what the failure
 * made them, for somebody does try. */
static uint16_t
stale_readings(struct pipeline *p, uint16_t device, int64_t now_ms)
{
	const struct device *d = &p->devices[device];
	uint16_t count = 0;

	for (size_t i = 0; i < d->conf->point_count; i++) {
		const struct live_point *last =
		    live_get(p->live, device, (uint16_t)i);
		int64_t limit_ms =
		    STALE_PERIODS * d->conf->points[i].rule.every_ms;

		if (limit_ms < STALE_MIN_MS)
			limit_ms = STALE_MIN_MS;
		if (last->quality.code == QUALITY_NEVER ||
		    last->quality.code == QUALITY_STALE ||
		    now_ms - last->tried_ms < limit_ms)
			continue;
		p->readings[count++] = (struct reading){
		    .point = (uint16_t)i, .quality = {.code = QUALITY_STALE}};
	}
	return count;
}

int64_t
pipeline_tick(struct pipeline *p, const struct stamp *now)
{
	if (now->mono_ms < p->look_ms)
		return p->look_ms;
	for (uint16_t i = 0; i < p->catalog->device_count; i++) {
		struct batch b = {
		    .device = i, .at = *now, .readings = p->readings};

		memcpy(b.at.boot, p->boot, sizeof(p->boot));
		if (!p->devices[i].online)
			continue;
		b.count = stale_readings(p, i, now->mono_ms);
		if (b.count > 0)
			take_readings(p, &b);
	}
	p->look_ms = now->mono_ms + STALE_LOOK_MS;
	return p->look_ms;
}

/* What was kept of a point is only comparable while it is the same quantity. */
static void
carry_point(struct pipeline *p, const struct pipeline *old, uint16_t device,
    uint16_t was, uint16_t point)
{
	const struct point_info *now =
	    &p->catalog->devices[device].points[point];
	const struct device_info *then = &old->catalog->devices[was];
	int k = device_find(then, now->name);

	if (k >= 0 && then->points[k].form == now->form &&
	    strcmp(then->points[k].unit, now->unit) == 0)
		p->devices[device].kept[point] = old->devices[was].kept[k];
}

static void
carry_over(struct pipeline *p, const struct pipeline *old)
{
	for (uint16_t i = 0; i < p->catalog->device_count; i++) {
		const struct device_info *now = &p->catalog->devices[i];
		int was = catalog_find(old->catalog, now->id);

		if (was < 0)
			continue;
		p->devices[i].online = old->devices[was].online;
		for (uint16_t j = 0; j < now->point_count; j++)
			carry_point(p, old, i, (uint16_t)was, j);
	}
}

static void
device_open(struct device *d, const struct conf_device *conf)
{
	char label[128] = "";

	d->conf = conf;
	d->kept = must_alloc(conf->point_count, sizeof(*d->kept));
	stat_label(label, sizeof(label), "device", conf->id);
	d->up = stat_get(STAT_GAUGE, "riser_device_up",
	    "Whether the device answers (1) or not (0).", label);
}

static struct stat_series *
reads_series(const char *labels)
{
	return stat_get(STAT_COUNTER, "riser_reads_total",
	    "Readings by what became of them.", labels);
}

struct pipeline *
pipeline_new(const struct conf *conf, struct catalog *catalog,
    struct live *live, struct journal *journal, struct pipeline *old)
{
	struct pipeline *p = must_alloc(1, sizeof(*p));
	size_t most = 1;

	p->catalog = catalog_ref(catalog);
	p->live = live;
	p->journal = journal;
	p->devices = must_alloc(conf->device_count, sizeof(*p->devices));
	for (size_t i = 0; i < conf->device_count; i++) {
		device_open(&p->devices[i], &conf->devices[i]);
		if (conf->devices[i].point_count > most)
			most = conf->devices[i].point_count;
	}
	p->readings = must_alloc(most, sizeof(*p->readings));
	clock_boot(p->boot);
	p->read = reads_series("stage=\"read\"");
	p->unchanged = reads_series("stage=\"unchanged\"");
	p->overrun = reads_series("stage=\"overrun\"");
	if (old != NULL)
		carry_over(p, old);
	pipeline_free(old);
	return p;
}

void
pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	for (uint16_t i = 0; i < p->catalog->device_count; i++) {
		stat_put(p->devices[i].up);
		free(p->devices[i].kept);
	}
	stat_put(p->read);
	stat_put(p->unchanged);
	stat_put(p->overrun);
	catalog_unref(p->catalog);
	free(p->devices);
	free(p->readings);
	free(p);
}
