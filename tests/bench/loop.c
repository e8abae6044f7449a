/*
 * loop.c - what the loop spends on a reading, without buses and followers
 *
 *	loop CONF SECONDS
 *
 * The simulator's estate answers each request of the configuration when it is
 * due, SECONDS long; then the nanoseconds are told which a reading took from
 * the answer to the journal's queue.  Between two seconds the processor's
 * caches are filled with other things, as other threads do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/stats.h"
#include "gateway/pipeline.h"
#include "gateway/poll/report.h"
#include "gateway/sim/estate.h"

#define TURN_MS 1000
#define SLEEP_US 200000
#define OTHERS_BYTES ((size_t)8 << 20)

static struct conf *conf;
static struct estate *estate;
static struct plan **plans;
static uint8_t *others;
static struct report *reports;
static uint16_t words[65536];
static int64_t begin_ms, begin_wall_ms;

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
fill_words(const struct plan *plan, const struct plan_request *q)
{
	const struct conf_device *d = &conf->devices[q->device];

	for (uint32_t i = 0; i < q->part_count; i++) {
		const struct plan_part *part = &plan->parts[q->part_first + i];
		const struct decode *how = &d->points[part->point].decode;
		struct value v;

		estate_value(estate, q->device, part->point, &v);
		if (v.type == VALUE_TEXT)
			decode_reverse_text(how, v.text, words, part->at);
		else
			decode_reverse(how, v.f, words, part->at);
	}
}

/* What says which model it is. */
static void
fill_identity(const struct plan_request *q)
{
	const struct conf_identity *id =
	    &conf->devices[q->device].profile->identity;

	if (id->text != NULL)
		decode_reverse_text(&id->decode, id->text, words, q->lead);
	else
		decode_reverse(&id->decode, id->min, words, q->lead);
}

static bool
is_due(const struct plan_request *q, int64_t t_ms)
{
	return q->every_ms <= TURN_MS || t_ms % q->every_ms < TURN_MS;
}

static void
answer(size_t bus, size_t i)
{
	const struct plan_request *q = &plans[bus]->requests[i];
	struct piece whole = {
	    .part_first = q->part_first, .part_count = q->part_count};
	struct driver_reply r = {.word_count = q->ask.space <= SPACE_DISCRETE
		? (uint16_t)((q->ask.count + 15) / 16)
		: q->ask.count};

	if (q->identity)
		fill_identity(q);
	else
		fill_words(plans[bus], q);
	memcpy(r.words, words, sizeof(r.words));
	report_piece(&reports[bus], (int)i, &whole, DRIVER_OK, &r);
}

static void
answer_all(int64_t t_ms)
{
	estate_advance(estate, t_ms);
	for (size_t b = 0; b < conf->bus_count; b++)
		for (size_t i = 0; i < plans[b]->request_count; i++)
			if (is_due(&plans[b]->requests[i], t_ms))
				answer(b, i);
	memset(others, (int)t_ms & 0xff, OTHERS_BYTES);
	usleep(SLEEP_US);
}

/* Nanoseconds. */
static int64_t
take_all(struct pipeline *p, int64_t t_ms)
{
	int64_t began_ns = cpu_ns();
	struct answer a;

	for (size_t b = 0; b < conf->bus_count; b++)
		while (report_take(&reports[b], &a)) {
			a.mono_ms = begin_ms + t_ms;
			a.wall_ms = begin_wall_ms + t_ms;
			pipeline_take(p, &a, plans[b]);
		}
	return cpu_ns() - began_ns;
}

static void
commit(struct journal *j)
{
	struct journal_state s;

	do {
		journal_tick(j, clock_mono_ms());
		usleep(1000);
		journal_state(j, &s);
	} while (s.disk_seq < s.tail_seq);
}

static uint64_t
readings(const char *stage)
{
	struct stat_series *s =
	    stat_get(STAT_COUNTER, "riser_reads_total", "", stage);
	uint64_t n = stat_count(s);

	stat_put(s);
	return n;
}

static void
open_buses(void)
{
	plans = must_alloc(conf->bus_count, sizeof(*plans));
	reports = must_alloc(conf->bus_count, sizeof(*reports));
	for (size_t i = 0; i < conf->bus_count; i++) {
		plans[i] = conf_plan(conf, i);
		report_open(&reports[i], conf->buses[i].id, plans[i],
		    eventfd(0, EFD_NONBLOCK), NULL);
	}
}

static struct journal *
open_journal(const char *dir, const char *name)
{
	struct journal_conf c = {.dir = dir,
	    .name = name,
	    .max_bytes = 1 << 28,
	    .commit_every_ms = 1};
	struct err err;
	struct journal *j = journal_open(&c, &err);

	if (j == NULL) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return j;
}

/* As the daemon has it. */
static struct pipeline *
open_pipeline(const char *dir, struct pipeline_outlets *to)
{
	struct catalog *catalog = conf_catalog(conf);
	struct alarming_parts parts = {.conf = conf, .catalog = catalog};
	struct stamp now = {.mono_ms = begin_ms, .wall_ms = begin_wall_ms};
	struct chronicle *chronicle;
	struct err err;

	to->readings = parts.readings = open_journal(dir, "readings");
	to->events = parts.events = open_journal(dir, "events");
	chronicle = chronicle_open(dir, to->events, &err);
	parts.board = board_new(eventfd(0, EFD_NONBLOCK));
	parts.live = live_new();
	live_catalog(parts.live, catalog);
	journal_catalog(to->readings, catalog);
	clock_boot(now.boot);
	to->alarming = alarming_new(&parts, chronicle, &now, NULL);
	to->counters = counters_new(conf, to->events, NULL);
	return pipeline_new(conf, catalog, parts.live, to, NULL);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
play(struct pipeline *p, const struct pipeline_outlets *to, int64_t seconds)
{
	double *took = must_alloc((size_t)seconds + 1, sizeof(*took));
	uint64_t before = 0, now;

	for (int64_t t = 0; t <= seconds; t++) {
		answer_all(t * TURN_MS);
		took[t] = (double)take_all(p, t * TURN_MS);
		now = readings("stage=\"read\"");
		took[t] /= (double)(now > before ? now - before : 1);
		before = now;
		commit(to->readings);
	}
	/* All is known behind the first. */
	qsort(took + 1, (size_t)seconds, sizeof(*took), by_size);
	printf("%" PRIu64 " readings, %" PRIu64 " unchanged; a reading took "
	       "%.1f ns in the best second, %.1f in the median one\n",
	    before, readings("stage=\"unchanged\""), took[1],
	    took[1 + seconds / 2]);
}

int
main(int argc, char *argv[])
{
	char dir[] = "/tmp/riser-bench-loop-XXXXXX";
	struct pipeline_outlets to = {.events = NULL};
	struct pipeline *p;

	if (argc != 3 || mkdtemp(dir) == NULL)
		return 2;
	conf = conf_read(argv[1], stderr);
	if (conf == NULL)
		return 1;
	estate = estate_new(conf, 7, 0);
	others = must_alloc(1, OTHERS_BYTES);
	begin_ms = clock_mono_ms();
	begin_wall_ms = clock_wall_ms();
	open_buses();
	p = open_pipeline(dir, &to);
	play(p, &to, atoi(argv[2]));
	return 0; /* the folder is left */
}
