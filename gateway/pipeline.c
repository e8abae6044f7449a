/*
 * pipeline.c - the data path: an answer goes in, readings come out, once
 *
 * What was kept last is remembered by point here, what was read last in the
 * live table: the deadband compares with the former, people look at the latter.
 *
 * Whatever changes polled points, an answer, a lost device or nobody's asking,
 * is a batch of readings; take_readings brings all of them the same way.
 * Derived points have no life of their own: they follow their inputs there.
 */
#include "gateway/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/changes.h"
#include "gateway/computed.h"
#include "gateway/events.h"
#include "gateway/identity.h"
#include "gateway/poll/verdict.h"

#define STALE_PERIODS 3
#define STALE_MIN_MS 15000
#define STALE_LOOK_MS 1000

struct device {
	const struct conf_device *conf;
	struct deadband *kept; /* by point */
	struct computed *derived; /* NULL: it has no derived points */
	struct stat_series *up;
	struct identity identity;
	bool online; /* false: the poller itself waits, nothing is stale */
	bool told_offline; /* in the log of events */
	int64_t stale_ms; /* no point of it becomes stale before */
};

struct pipeline {
	struct catalog *catalog;
	struct live *live;
	struct pipeline_outlets to;
	struct changes *changes;
	struct device *devices; /* by catalog index */
	uint16_t gateway; /* riser itself, the last of them */
	struct reading *readings; /* of the batch in hand */
	struct arena *memory; /* of derived points' states, and texts */
	int64_t look_ms;
	bool refused; /* the journal refused the last batch */
	uint8_t boot[SAMPLE_BOOT_BYTES];
	struct stat_series *read, *unchanged, *overrun;
};

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
		if (kept < i)
			b->readings[kept] = *r;
		kept++;
	}
	stat_add(p->unchanged, (uint64_t)(b->count - kept));
	b->count = kept;
	if (kept == 0)
		return;
	if (!journal_append(p->to.readings, b)) {
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
	struct device *d = &p->devices[b->device];

	if (b->count == 0)
		return;
	live_set_all(p->live, b->device, b->readings, b->count, &b->at);
	computed_take(d->derived, p->live, b);
	stat_add(p->read, b->count);
	changes_take(p->changes, b);
	alarming_take(p->to.alarming, b);
	if (p->to.counters != NULL)
		counters_take(p->to.counters, b);
	keep(p, b);
}

/* Tells only what nobody knows: a device that answers from the start does what
 * was expected of it. */
static void
set_online(
    struct pipeline *p, uint16_t device, const struct stamp *at, bool online)
{
	struct device *d = &p->devices[device];

	if (d->told_offline == online)
		events_device(p->to.events, at, d->conf->id, online);
	d->told_offline = !online;

	if (!online)
		identity_forget(&d->identity, d->conf);
	if (d->online != online)
		stat_set(d->up, online ? 1 : 0);
	d->online = online;
	live_set_online(p->live, device, online);
	alarming_online(p->to.alarming, device, at, online);
}

/* What a request's answer says of all its points; good: its words are to be
 * looked at. */
static struct quality
answer_quality(const struct device *d, const struct answer *a)
{
	bool answered = a->verdict == DRIVER_OK ||
	    verdict_refuses(a->verdict, a->exception);

	if (answered && d->identity.state != IDENTITY_RIGHT)
		return (struct quality){.code = QUALITY_BAD_IDENTITY};
	if (a->verdict != DRIVER_OK)
		return verdict_quality(a->verdict, a->exception);
	return (struct quality){.code = QUALITY_GOOD};
}

/* A point that rides in a faster request is read at its own period; a good
 * value waits for it, anything else is glad of the next answer. */
static bool
is_due(const struct pipeline *p, const struct answer *a,
    const struct plan_request *q, const struct plan_part *part)
{
	const struct live_point *last;

	if (part->every_ms <= q->every_ms)
		return true;
	last = live_get(p->live, a->device, part->point);
	return !quality_has_value(last->quality) ||
	    a->mono_ms - last->tried_ms + q->every_ms / 2 >= part->every_ms;
}

/* The readings of one request's answer. */
static uint16_t
request_readings(struct pipeline *p, const struct answer *a,
    const struct plan *plan, const struct plan_request *q)
{
	struct device *d = &p->devices[a->device];
	const struct conf_point *points = d->conf->points;
	struct quality all = answer_quality(d, a);
	uint16_t count = 0;

	if (a->verdict == DRIVER_OK && d->identity.state != IDENTITY_RIGHT)
		identity_doubt(&d->identity, d->conf);
	for (uint32_t i = 0; i < a->part_count; i++) {
		const struct plan_part *part = &plan->parts[a->part_first + i];
		struct reading *r = &p->readings[count];

		if (!is_due(p, a, q, part))
			continue;
		r->point = part->point;
		r->value.type = VALUE_NONE;
		r->quality = all;
		if (all.code == QUALITY_GOOD)
			r->quality = decode_value(&points[part->point].decode,
			    a->words, (uint16_t)(part->at - a->at), &r->value);
		count++;
	}
	return count;
}

/* The readings of a device that is bad as a whole. */
static uint16_t
device_readings(struct pipeline *p, uint16_t device, struct quality q)
{
	const struct device *d = &p->devices[device];

	for (size_t i = 0; i < d->conf->polled_count; i++)
		p->readings[i] =
		    (struct reading){.point = (uint16_t)i, .quality = q};
	return (uint16_t)d->conf->polled_count;
}

/* None, unless it has just become clear that this is another model. */
static uint16_t
identity_readings(struct pipeline *p, const struct answer *a,
    const struct plan_request *q, const struct stamp *at)
{
	struct device *d = &p->devices[a->device];

	if (!identity_take(&d->identity, d->conf, q, a))
		return 0;
	alarming_identified(
	    p->to.alarming, a->device, at, d->identity.state == IDENTITY_RIGHT);
	if (d->identity.state != IDENTITY_WRONG)
		return 0;
	return device_readings(
	    p, a->device, (struct quality){.code = QUALITY_BAD_IDENTITY});
}

static uint16_t
answer_readings(struct pipeline *p, const struct answer *a,
    const struct plan *plan, const struct stamp *at)
{
	const struct plan_request *q;

	if (a->request < 0)
		return device_readings(
		    p, a->device, verdict_quality(a->verdict, a->exception));
	q = &plan->requests[a->request];
	return q->identity ? identity_readings(p, a, q, at)
			   : request_readings(p, a, plan, q);
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
	/* A request that failed says nothing yet: the bus tells when the whole
	 * device does not answer. */
	if (a->request < 0)
		set_online(p, a->device, &b.at, false);
	else if (verdict_is_answer(a->verdict, a->exception))
		set_online(p, a->device, &b.at, true);
	else
		alarming_failed(p->to.alarming, a->device, &b.at);
	b.count = answer_readings(p, a, plan, &b.at);
	take_readings(p, &b);
}

/* A device that is offline is being probed: its points stay what the failure
 * made them, for somebody does try. */
static uint16_t
stale_readings(struct pipeline *p, uint16_t device, int64_t now_ms)
{
	struct device *d = &p->devices[device];
	uint16_t count = 0;

	d->stale_ms = now_ms + STALE_MIN_MS; /* what is tried from now on */
	for (size_t i = 0; i < d->conf->polled_count; i++) {
		const struct live_point *last =
		    live_get(p->live, device, (uint16_t)i);
		int64_t limit_ms =
		    STALE_PERIODS * d->conf->points[i].rule.every_ms;

		if (limit_ms < STALE_MIN_MS)
			limit_ms = STALE_MIN_MS;
		if (last->quality.code == QUALITY_NEVER ||
		    last->quality.code == QUALITY_STALE)
			continue;
		if (now_ms - last->tried_ms < limit_ms) {
			if (last->tried_ms + limit_ms < d->stale_ms)
				d->stale_ms = last->tried_ms + limit_ms;
			continue;
		}
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
	for (uint16_t i = 0; i < p->gateway; i++) {
		struct batch b = {
		    .device = i, .at = *now, .readings = p->readings};

		if (!p->devices[i].online ||
		    now->mono_ms < p->devices[i].stale_ms)
			continue;
		b.count = stale_readings(p, i, now->mono_ms);
		take_readings(p, &b);
	}
	p->look_ms = now->mono_ms + STALE_LOOK_MS;
	return p->look_ms;
}

/* ---- riser itself ---- */

/* Leaves out what was not known before either. */
static uint16_t
leave_unknown(const struct pipeline *p, uint16_t count)
{
	uint16_t left = 0;

	for (uint16_t i = 0; i < count; i++) {
		const struct reading *r = &p->readings[i];
		const struct live_point *last =
		    live_get(p->live, p->gateway, r->point);

		if (r->quality.code != QUALITY_NEVER ||
		    last->quality.code != QUALITY_NEVER)
			p->readings[left++] = *r;
	}
	return left;
}

/* Whether one of them is to be kept, or has not been looked at for its period.
 */
static bool
is_news(const struct pipeline *p, const struct batch *b)
{
	const struct device *d = &p->devices[b->device];

	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];
		const struct deadband_rule *rule =
		    &d->conf->points[r->point].rule;
		const struct live_point *last =
		    live_get(p->live, b->device, r->point);

		if (deadband_due(rule, &d->kept[r->point], r, b->at.mono_ms))
			return true;
		if (quality_has_value(r->quality) &&
		    b->at.mono_ms - last->mono_ms >= rule->every_ms)
			return true;
	}
	return false;
}

/* What riser sees of itself. */
static void
take_gateway(struct pipeline *p, enum selflook_part part)
{
	struct batch b = {.device = p->gateway, .readings = p->readings};

	b.count = alarming_self(p->to.alarming, part, b.readings, &b.at);
	b.count = leave_unknown(p, b.count);
	if (!is_news(p, &b))
		return;
	live_set_all(p->live, b.device, b.readings, b.count, &b.at);
	stat_add(p->read, b.count);
	keep(p, &b);
}

void
pipeline_self(struct pipeline *p)
{
	for (unsigned part = 0; part < SELFLOOK_PARTS; part++)
		take_gateway(p, part);
}

/* ---- life ---- */

static void
carry_point(struct pipeline *p, const struct pipeline *old, uint16_t device,
    uint16_t was, uint16_t point)
{
	const struct device_info *now = &p->catalog->devices[device];
	const struct device_info *then = &old->catalog->devices[was];
	int k = device_find(then, now->points[point].name);

	if (k >= 0 &&
	    point_same(then, &then->points[k], now, &now->points[point]))
		deadband_go_on(&p->devices[device].kept[point],
		    &old->devices[was].kept[k]);
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
		p->devices[i].told_offline = old->devices[was].told_offline;
		p->devices[i].identity.told = old->devices[was].identity.told;
		for (uint16_t j = 0; j < now->point_count; j++)
			carry_point(p, old, i, (uint16_t)was, j);
	}
}

static void
device_open(
    struct device *d, const struct conf_device *conf, struct arena *memory)
{
	char label[128] = "";

	d->conf = conf;
	identity_forget(&d->identity, conf);
	d->derived = computed_new(conf, memory);
	d->kept = must_alloc(conf->point_count, sizeof(*d->kept));
	for (size_t i = 0; i < conf->point_count; i++)
		if (conf->points[i].decode.form == FORM_TEXT)
			d->kept[i].text = arena_alloc(memory, SAMPLE_TEXT_MAX);
	stat_label(label, sizeof(label), "device", conf->id);
	d->up = stat_get(STAT_GAUGE, "riser_device_up",
	    "Whether the device answers (1) or not (0).", label);
}

/* It looks at itself as long as it runs, and whoever reads its figures knows
 * that it is up. */
static void
gateway_open(struct pipeline *p, const struct conf_device *conf)
{
	struct device *d = &p->devices[p->gateway];

	d->conf = conf;
	d->kept = must_alloc(conf->point_count, sizeof(*d->kept));
	live_set_online(p->live, p->gateway, true);
}

static struct stat_series *
reads_series(const char *labels)
{
	return stat_get(STAT_COUNTER, "riser_reads_total",
	    "Readings by what became of them.", labels);
}

struct pipeline *
pipeline_new(const struct conf *conf, struct catalog *catalog,
    struct live *live, const struct pipeline_outlets *to, struct pipeline *old)
{
	struct pipeline *p = must_alloc(1, sizeof(*p));
	size_t most = conf->gateway.point_count + 1;

	p->catalog = catalog_ref(catalog);
	p->live = live;
	p->to = *to;
	p->memory = arena_new();
	p->gateway = (uint16_t)conf->device_count;
	p->devices = must_alloc(conf->device_count + 1, sizeof(*p->devices));
	for (size_t i = 0; i < conf->device_count; i++) {
		device_open(&p->devices[i], &conf->devices[i], p->memory);
		if (conf->devices[i].point_count > most)
			most = conf->devices[i].point_count;
	}
	gateway_open(p, &conf->gateway);
	p->readings = must_alloc(most, sizeof(*p->readings));
	clock_boot(p->boot);
	p->read = reads_series("stage=\"read\"");
	p->unchanged = reads_series("stage=\"unchanged\"");
	p->overrun = reads_series("stage=\"overrun\"");
	p->changes = changes_new(
	    conf, catalog, to->events, old != NULL ? old->changes : NULL);
	if (old != NULL)
		carry_over(p, old);
	pipeline_free(old);
	return p;
}

void
pipeline_restore(struct pipeline *p, const char *dir)
{
	changes_restore(p->changes, dir);
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
	changes_free(p->changes);
	catalog_unref(p->catalog);
	arena_free(p->memory);
	free(p->devices);
	free(p->readings);
	free(p);
}
