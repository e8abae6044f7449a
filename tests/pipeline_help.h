/*
 * pipeline_help.h - a pipeline with a journal of its own, in simulated time
 */
#ifndef PIPELINE_HELP_H
#define PIPELINE_HELP_H

#include <check.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/events.h"
#include "gateway/pipeline.h"

#define WALL_MS 1763690000000 /* when now_ms is 0 */

static char dir[] = "/tmp/riser-test-pipeline-XXXXXX";
static struct conf *conf;
static struct catalog *catalog;
static struct live *live;
static struct journal *journal;
static struct pipeline_outlets logs;
static struct journal_reader *reader;
static struct pipeline *pipeline;
static struct plan *plan;
static int64_t now_ms;

/* What the log of events would say: "lift off 12,lift on 15,", with the time
 * since open_pipeline. */
static char told[256];
static int64_t opened_ms;

void
events_device(
    struct journal *log, const struct stamp *at, const char *id, bool online)
{
	size_t len = strlen(told);

	ck_assert_ptr_eq(log, logs.events);
	snprintf(told + len, sizeof(told) - len, "%s %s %lld,", id,
	    online ? "on" : "off",
	    (long long)(at->wall_ms - WALL_MS - opened_ms));
}

/* Nobody counts here. */
void
events_counter(struct journal *log, const struct stamp *at, const char *device,
    const char *why, const double *was, const struct events_count *counts,
    size_t count)
{
	(void)log, (void)at, (void)device, (void)why, (void)was, (void)counts;
	ck_assert_uint_eq(count, 0);
}

/* And of points that are journalled: "lift mode 15,". */
uint64_t
events_change(
    struct journal *log, const struct stamp *at, const struct events_change *c)
{
	size_t len = strlen(told);

	ck_assert_ptr_eq(log, logs.events);
	snprintf(told + len, sizeof(told) - len, "%s %s %lld,", c->device,
	    c->point->name, (long long)(at->wall_ms - WALL_MS - opened_ms));
	return 1;
}

/* What the alarms would see. */
static unsigned alarmed;

void
alarming_take(struct alarming *a, const struct batch *b)
{
	ck_assert_ptr_null(a);
	alarmed += b->count;
}

void
alarming_online(
    struct alarming *a, uint16_t device, const struct stamp *at, bool online)
{
	(void)device, (void)at, (void)online;
	ck_assert_ptr_null(a);
}

void
alarming_failed(struct alarming *a, uint16_t device, const struct stamp *at)
{
	(void)device, (void)at;
	ck_assert_ptr_null(a);
}

void
alarming_identified(struct alarming *a, uint16_t device, const struct stamp *at,
    bool identified)
{
	(void)device, (void)at, (void)identified;
	ck_assert_ptr_null(a);
}

/* What riser saw of itself: how full its disk is, and whether people were
 * notified. */
static struct conf_point own_points[] = {
    {.name = "disk_used",
	.unit = "%",
	.role = "",
	.rule = {.deadband = 0.5, .heartbeat_ms = 60000, .every_ms = 10000}},
    {.name = "notify_ok",
	.unit = "",
	.role = "",
	.rule = {.heartbeat_ms = 60000, .every_ms = 10000}},
};
static double disk_used = -1; /* nobody has looked */
static int64_t looked_ms;
static uint8_t notify_quality = QUALITY_NEVER;

uint16_t
alarming_self(const struct alarming *a, enum selflook_part part,
    struct reading *out, struct stamp *at)
{
	ck_assert_ptr_null(a);
	if (part != SELFLOOK_BOX || disk_used < 0)
		return 0;
	*at = (struct stamp){.mono_ms = looked_ms,
	    .wall_ms = WALL_MS + looked_ms,
	    .synced = true};
	out[0] = (struct reading){.point = 0,
	    .quality.code = QUALITY_GOOD,
	    .value = {.type = VALUE_F32, .f = disk_used}};
	out[1] = (struct reading){.point = 1,
	    .quality.code = notify_quality,
	    .value = {.type = VALUE_BOOL, .u = 1}};
	return 2;
}

/* With c; close_pipeline afterwards. */
static void
open_pipeline(struct conf *c)
{
	struct journal_conf jc = {
	    .dir = dir, .max_bytes = 1 << 24, .commit_every_ms = 1};
	struct err err;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	now_ms = opened_ms = clock_mono_ms();
	conf = c;
	strcpy(conf->buses[0].line.scheme, "tcp");
	conf->buses[0].driver = driver_for("tcp");
	conf->gateway = (struct conf_device){.id = "gateway",
	    .kind = "gateway",
	    .point_count = 2,
	    .points = own_points};
	disk_used = -1;
	notify_quality = QUALITY_NEVER;
	journal = journal_open(&jc, &err);
	ck_assert_msg(journal != NULL, "%s", err.text);
	logs.readings = journal;
	told[0] = '\0';
	catalog = conf_catalog(conf);
	live = live_new();
	live_catalog(live, catalog);
	journal_catalog(journal, catalog);
	pipeline = pipeline_new(conf, catalog, live, &logs, NULL);
	plan = conf_plan(conf, 0);
	reader = reader_open(journal, 0);
}

/* The configuration was read again. */
static void
reload(void)
{
	pipeline = pipeline_new(conf, catalog, live, &logs, pipeline);
}

static int
remove_one(const char *path, const struct stat *s, int flag, struct FTW *ftw)
{
	(void)s;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
close_pipeline(void)
{
	reader_close(reader);
	plan_free(plan);
	pipeline_free(pipeline);
	journal_close(journal, 1000);
	live_free(live);
	catalog_unref(catalog);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uint8_t exception = 2; /* of DRIVER_EXCEPTION */

/* What a request brought; words may be NULL. */
static void
take(int32_t request, enum driver_verdict verdict, const uint16_t *words,
    uint16_t word_count)
{
	struct answer a = {.mono_ms = now_ms,
	    .wall_ms = WALL_MS + now_ms,
	    .synced = true,
	    .verdict = (uint8_t)verdict,
	    .exception = exception,
	    .request = request,
	    .word_count = word_count};

	if (request >= 0) {
		a.part_first = plan->requests[request].part_first;
		a.part_count = plan->requests[request].part_count;
	}
	if (words != NULL)
		memcpy(a.words, words, word_count * sizeof(*words));
	pipeline_take(pipeline, &a, plan);
}

static void
failure(enum driver_verdict verdict, int32_t request)
{
	take(request, verdict, NULL, 0);
}

static void
tick(void)
{
	struct stamp now = {
	    .mono_ms = now_ms, .wall_ms = WALL_MS + now_ms, .synced = true};

	clock_boot(now.boot);
	pipeline_tick(pipeline, &now);
}

/* The next batch that was committed, as text: "power=400 door=open" with
 * qualities where not good; "" when there is none. */
static const char *
committed(void)
{
	static char text[256];
	struct pollfd p = {.fd = reader_fd(reader), .events = POLLIN};
	const struct catalog *c;
	struct batch b;
	int len = 0, got = 0;

	for (int i = 0; i < 30 && (got = reader_next(reader, &b, &c)) == 0;
	     i++) {
		uint64_t count;

		journal_tick(journal, clock_mono_ms());
		if (poll(&p, 1, 10) == 1)
			ck_assert_int_eq(
			    read(p.fd, &count, sizeof(count)), sizeof(count));
	}
	ck_assert_int_ge(got, 0);
	text[0] = '\0';
	for (uint16_t i = 0; got == 1 && i < b.count; i++) {
		const struct reading *r = &b.readings[i];
		const struct point_info *info =
		    &c->devices[b.device].points[r->point];
		char quality[QUALITY_TEXT_MAX];

		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "%s%s=", i == 0 ? "" : " ", info->name);
		if (r->quality.code != QUALITY_GOOD)
			len += snprintf(text + len, sizeof(text) - (size_t)len,
			    "%s", quality_text(r->quality, quality));
		else
			len += snprintf(text + len, sizeof(text) - (size_t)len,
			    "%.0f", value_number(&r->value));
	}
	return text;
}

#endif
