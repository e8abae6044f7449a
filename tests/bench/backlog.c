/*
 * backlog.c - a store in which a sink has everything still to get
 *
 *	backlog STORE BATCHES
 *
 * As a gateway with twenty meters leaves it after a day without a broker: three
 * readings a batch, values that wander, a commit a second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/calendar.h"
#include "gateway/store/journal.h"

#define DEVICES 20
#define POINTS 12
#define A_BATCH 3 /* points that changed */
#define A_COMMIT 100 /* batches */

static struct point_info points[POINTS];
static struct device_info devices[DEVICES];
static char names[POINTS][16], ids[DEVICES][16];
static double values[DEVICES][POINTS];
static struct catalog catalog = {
    .device_count = DEVICES, .devices = devices, .refs = 1};

static void
name_all(void)
{
	for (size_t i = 0; i < POINTS; i++) {
		snprintf(names[i], sizeof(names[i]), "point_%zu", i);
		points[i] = (struct point_info){
		    .name = names[i], .unit = "kW", .role = ""};
	}
	for (size_t i = 0; i < DEVICES; i++) {
		snprintf(ids[i], sizeof(ids[i]), "tx-%zu", i);
		devices[i] = (struct device_info){.id = ids[i],
		    .kind = "transformer",
		    .point_count = POINTS,
		    .points = points};
	}
}

static void
append(struct journal *j, unsigned i, int64_t mono_ms, int64_t wall_ms)
{
	struct reading readings[A_BATCH];
	struct batch b = {.device = (uint16_t)(i % DEVICES),
	    .count = A_BATCH,
	    .readings = readings};

	b.at.mono_ms = mono_ms;
	b.at.wall_ms = wall_ms;
	b.at.synced = true;
	for (unsigned k = 0; k < A_BATCH; k++) {
		unsigned point = (i / DEVICES + k) % POINTS;
		double *value = &values[b.device][point];

		*value += (double)(random() % 21 - 10) / 10;
		readings[k] = (struct reading){.point = (uint16_t)point,
		    .quality = {.code = QUALITY_GOOD},
		    .value = {.type = VALUE_F32, .f = (double)(float)*value}};
	}
	if (!journal_append(j, &b))
		abort();
}

static void
commit(struct journal *j, uint64_t seq)
{
	struct journal_state s;
	int64_t now_ms = clock_mono_ms();

	journal_tick(j, now_ms);
	journal_tick(j, now_ms + 1000);
	do {
		usleep(20);
		journal_state(j, &s);
	} while (s.tail_seq < seq);
}

int
main(int argc, char *argv[])
{
	struct journal_conf conf = {.dir = argc == 3 ? argv[1] : NULL,
	    .max_bytes = (int64_t)1 << 30,
	    .commit_every_ms = 1000};
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	int64_t now_ms = clock_wall_ms();
	struct journal_state s;
	struct journal *j;
	struct err err;

	if (argc != 3)
		return 2;
	j = journal_open(&conf, &err);
	if (j == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	name_all();
	journal_follow(j, "mqtt"); /* from here on it waits for the sink */
	journal_catalog(j, &catalog);
	for (unsigned i = 0; i < count; i++) {
		int64_t ago_ms =
		    CALENDAR_DAY_MS - (int64_t)i * CALENDAR_DAY_MS / count;

		append(j, i, i, now_ms - ago_ms);
		if ((i + 1) % A_COMMIT == 0 || i + 1 == count)
			commit(j, i + 1);
	}
	journal_state(j, &s);
	printf("%u batches, %u readings, %.1f bytes a reading\n", count,
	    count * A_BATCH, (double)s.bytes / (count * A_BATCH));
	journal_close(j, 5000);
	return 0;
}
