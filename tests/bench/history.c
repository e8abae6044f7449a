/*
 * history.c - how quickly a history follows and answers
 *
 *	history follow STORE
 *	history ask DIR DEVICE POINT DAYS STEP_S TIMES
 *
 * follow: until all that the log of readings in STORE has is read, as after a
 * long stop (STORE as backlog leaves it).  ask: the newest DAYS of a point; the
 * median of so many times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/history.h"
#include "gateway/store/history_query.h"
#include "gateway/store/reader.h"

static struct history_file file;

static void
sure(int rc, const char *what)
{
	if (rc != -1)
		return;
	fprintf(stderr, "%s: %s\n", what, file.why);
	exit(1);
}

/* ---- a backlog ---- */

static struct catalog *
names_of(struct journal *j)
{
	struct journal_reader *r = reader_open(j, 0);
	const struct catalog *c = NULL;
	struct catalog *own;
	struct batch b;

	if (r == NULL || reader_next(r, &b, &c) != 1)
		exit(1);
	own = catalog_ref((struct catalog *)(uintptr_t)c);
	reader_close(r);
	return own;
}

static int
follow(const char *store)
{
	struct journal_conf jc = {
	    .dir = store, .max_bytes = (int64_t)1 << 30, .commit_every_ms = 9};
	struct history_conf hc = {.dir = store,
	    .keep = {HISTORY_RAW_MS, HISTORY_MINUTES_MS, HISTORY_QUARTERS_MS,
		(int64_t)1 << 40}};
	struct err err = {""};
	struct journal *j = journal_open(&jc, &err);
	struct history *h = j == NULL ? NULL : history_open(&hc, j, &err);
	struct history_state s = {.read_seq = 0};
	struct journal_state log;
	struct catalog *names;
	int64_t began_ms = clock_mono_ms();
	static const int64_t holds_ms[65536];

	if (h == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	names = names_of(j);
	history_know(h, names, holds_ms);
	journal_state(j, &log);
	while (s.read_seq < log.disk_seq) {
		usleep(1000);
		history_state(h, &s);
	}
	printf("%llu batches in %.2f s\n", (unsigned long long)s.read_seq,
	    (double)(clock_mono_ms() - began_ms) / 1000);
	history_ask(h);
	history_close(h, 1000);
	catalog_unref(names);
	journal_close(j, 1000);
	return 0;
}

/* ---- a question ---- */

static bool
see(void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	(void)start_ms;
	(void)end_ms;
	(void)slot;
	++*(int *)context;
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
	int rows = 0;

	sure(history_file_look(&file, dir), "look");
	sure(history_file_ends(&file, &from_ms, &q->to_ms), "ends");
	history_file_close(&file);
	q->from_ms = q->to_ms - days * 86400000LL;
	for (int i = 0; i < times; i++) {
		int64_t began_us = clock_mono_us();

		rows = 0;
		if (history_query(dir, NULL, q, see, &rows, &answer, &err) ==
		    -1) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		us[i] = clock_mono_us() - began_us;
	}
	qsort(us, (size_t)times, sizeof(*us), by_size);
	printf("%d rows of %lld s in %.2f ms (median; worst %.2f)\n", rows,
	    (long long)answer.step_ms / 1000, (double)us[times / 2] / 1000,
	    (double)us[times - 1] / 1000);
	free(us);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct history_query q;

	if (argc == 3 && strcmp(argv[1], "follow") == 0)
		return follow(argv[2]);
	if (argc != 8 || strcmp(argv[1], "ask") != 0)
		return 2;
	q = (struct history_query){.device = argv[3],
	    .point = argv[4],
	    .step_ms = atoi(argv[6]) * 1000LL};
	return ask(argv[2], &q, atoi(argv[5]), atoi(argv[7]));
}
