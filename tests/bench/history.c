/*
 * history.c - what a history costs: bytes written, time, room; and how quickly
 * it answers
 *
 *	history write STORE DIR DAYS
 *	history ask DIR DEVICE POINT DAYS STEP_S TIMES
 *
 * write: what the log of readings in STORE has (of a demo, say), again and
 * again with the time moved on, for so many days, into DIR/history.db, as the
 * history's thread does.  ask: the newest DAYS of a point; the median of so
 * many times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/history.h"
#include "gateway/store/history_query.h"
#include "gateway/store/rollup.h"
#include "gateway/store/sheaf.h"

#define MAX_DEVICES 512

static struct history_file file;
static struct sheaf *sheaf;
static struct rollup *rollup;
static uint16_t numbers[MAX_DEVICES];
static uint32_t *names[MAX_DEVICES];
static uint64_t readings;
static int64_t stretch;

static void
sure(int rc, const char *what)
{
	if (rc != -1)
		return;
	fprintf(stderr, "%s: %s\n", what, file.why);
	exit(1);
}

static int
put(void *context, uint16_t device, const struct buf *track)
{
	(void)context;
	return history_file_put_raw(&file, stretch, device, track);
}

static void
flush(void)
{
	struct history_stretch s = {.settled = true, .log = ""};
	int rc;

	sheaf_ends(sheaf, &s.from_ms, &s.to_ms);
	sure(history_file_begin(&file), "begin");
	sure(history_file_add(&file, &s), "stretch");
	stretch = s.id;
	sure(sheaf_lay(sheaf, put, NULL), "readings");
	sure(history_file_mark_readings(&file, s.from_ms, s.to_ms), "mark");
	sure(history_file_commit(&file), "commit");
	sheaf_clear(sheaf);
	do {
		rc = rollup_step(rollup, &file);
		sure(rc, "roll-up");
	} while (rc == 1);
}

static void
name_all(const struct catalog *c)
{
	sure(history_file_begin(&file), "begin");
	for (uint16_t d = 0; d < c->device_count; d++) {
		const struct device_info *info = &c->devices[d];

		names[d] = must_alloc(info->point_count + 1u, 4);
		sure(history_file_device(&file, info->id, &numbers[d]), "name");
		for (uint16_t p = 0; p < info->point_count; p++)
			sure(history_file_name(&file, numbers[d],
				 &info->points[p], HISTORY_HOLD_MS,
				 &names[d][p]),
			    "name");
	}
	sure(history_file_commit(&file), "commit");
}

/* Once through the log, with times from base_ms on; returns where it ends. */
static int64_t
play(struct journal *j, int64_t base_ms, int64_t until_ms)
{
	struct journal_reader *r = reader_open(j, 0);
	const struct catalog *c;
	struct batch b;
	int64_t first_ms = 0, from_ms = base_ms, at_ms = base_ms;

	while (reader_next(r, &b, &c) == 1 && at_ms < until_ms) {
		if (first_ms == 0)
			first_ms = b.at.mono_ms;
		if (names[0] == NULL)
			name_all(c);
		at_ms = base_ms + b.at.mono_ms - first_ms;
		if (!sheaf_room(sheaf, &b) ||
		    at_ms - from_ms >= HISTORY_FLUSH_MS) {
			flush();
			from_ms = at_ms;
		}
		sheaf_add(sheaf, at_ms, numbers[b.device], &b, names[b.device]);
		readings += b.count;
	}
	reader_close(r);
	return at_ms + 1000;
}

static int64_t
written(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[128];
	long long bytes = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "write_bytes: %lld", &bytes);
	if (f != NULL)
		fclose(f);
	return bytes;
}

static int
write_days(const char *store, const char *dir, int days)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = (int64_t)1 << 30, .commit_every_ms = 9};
	int64_t now_ms = 1763683200000, end_ms = now_ms + days * 86400000LL;
	int64_t before, began_ms = clock_mono_ms(), bytes;
	struct journal *j;
	struct err err;

	j = journal_open(&conf, &err);
	if (j == NULL)
		return 1;
	sheaf = sheaf_new();
	rollup = rollup_new();
	sure(history_file_open(&file, dir), "open");
	before = written();
	while (now_ms < end_ms)
		now_ms = play(j, now_ms, end_ms);
	flush();
	sure(history_file_bytes(&file, &bytes), "bytes");
	printf("%llu readings, %.2f bytes written a reading, %.2f kept, "
	       "%.1f s\n",
	    (unsigned long long)readings,
	    (double)(written() - before) / (double)readings,
	    (double)bytes / (double)readings,
	    (double)(clock_mono_ms() - began_ms) / 1000);
	history_file_close(&file);
	journal_close(j, 1000);
	return 0;
}

static bool
see(void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	(void)start_ms;
	(void)end_ms;
	*(double *)context += slot_mean(slot);
	return true;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int
ask(const char *dir, struct history_query *q, int64_t days, int times)
{
	struct history_answer answer;
	struct err err;
	int64_t *us = must_alloc((size_t)times, sizeof(*us)), from_ms;
	double sum = 0;

	sure(history_file_look(&file, dir), "look");
	sure(history_file_ends(&file, &from_ms, &q->to_ms), "ends");
	history_file_close(&file);
	q->from_ms = q->to_ms - days * 86400000LL;
	for (int i = 0; i < times; i++) {
		int64_t began_us = clock_mono_us();

		if (history_query(dir, NULL, q, see, &sum, &answer, &err) ==
		    -1) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		us[i] = clock_mono_us() - began_us;
	}
	qsort(us, (size_t)times, sizeof(*us), by_size);
	printf("%llu rows of %lld s in %.2f ms (median; worst %.2f)\n",
	    (unsigned long long)answer.rows, (long long)answer.step_ms / 1000,
	    (double)us[times / 2] / 1000, (double)us[times - 1] / 1000);
	free(us);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct history_query q;

	if (argc == 5 && strcmp(argv[1], "write") == 0)
		return write_days(argv[2], argv[3], atoi(argv[4]));
	if (argc != 8 || strcmp(argv[1], "ask") != 0)
		return 2;
	q = (struct history_query){.device = argv[3],
	    .point = argv[4],
	    .step_ms = atoi(argv[6]) * 1000LL};
	return ask(argv[2], &q, atoi(argv[5]), atoi(argv[7]));
}
