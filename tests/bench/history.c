/*
 * history.c - how quickly a history answers
 *
 *	history DIR DEVICE POINT DAYS STEP_S TIMES
 *
 * The newest DAYS of a point; the median of so many times.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history_file.h"
#include "gateway/store/history_query.h"

static struct history_file file;

static void
sure(int rc, const char *what)
{
	if (rc != -1)
		return;
	fprintf(stderr, "%s: %s\n", what, file.why);
	exit(1);
}

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
	q->from_ms = q->to_ms - days * CALENDAR_DAY_MS;
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

	if (argc != 7)
		return 2;
	q = (struct history_query){.device = argv[2],
	    .point = argv[3],
	    .step_ms = atoi(argv[5]) * 1000LL};
	return ask(argv[1], &q, atoi(argv[4]), atoi(argv[6]));
}
