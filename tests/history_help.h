/*
 * history_help.h - what the tests of the history share: a log of readings that
 * follow a formula, a history of it, and answers
 */
#ifndef HISTORY_HELP_H
#define HISTORY_HELP_H

#include <math.h>
#include <sqlite3.h>
#include <time.h>

#include "gateway/store/calendar.h"
#include "gateway/store/history.h"
#include "gateway/store/history_query.h"
#include "tests/store_help.h"

#define MINUTE_MS HISTORY_MINUTE_MS
#define QUARTER_MS HISTORY_QUARTER_MS
#define HOUR_MS CALENDAR_HOUR_MS
#define DAY_MS CALENDAR_DAY_MS
#define T0_MS 1763683200000 /* 2025-11-21 00:00 UTC */

#define HISTORY_END_MS 5000 /* enough for what is in memory */

static struct history *history;

static inline void
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Three points of tx-1 and one of lift-1, as store_help.h has them. */
static inline void
open_history(void)
{
	static const int64_t holds_ms[] = {90000, 90000, 90000, 90000};
	struct history_conf conf = {.dir = store,
	    .keep = {.raw_ms = 400 * DAY_MS,
		.minutes_ms = 400 * DAY_MS,
		.quarters_ms = 4000 * DAY_MS,
		.max_bytes = (int64_t)1 << 30}};
	struct err err = {""};

	history = history_open(&conf, journal, &err);
	ck_assert_msg(history != NULL, "%s", err.text);
	history_know(history, &estate, holds_ms);
}

/* Waits until it has read all that the log has. */
static inline void
await_history(void)
{
	int64_t until_ms = clock_mono_ms() + HELP_WAIT_MS;
	struct history_state s = {.read_seq = 0};
	uint64_t before;

	do {
		sure(clock_mono_ms() < until_ms, "the history follows");
		usleep(1000);
		before = s.read_seq;
		history_state(history, &s);
		if (s.read_seq > before)
			until_ms = clock_mono_ms() + HELP_WAIT_MS;
	} while (s.read_seq < disk_seq());
}

static inline void
close_history(void)
{
	history_close(history, HISTORY_END_MS);
	history = NULL;
}

static inline void
setup(void)
{
	set_zone("UTC");
	make_store();
}

static inline void
teardown(void)
{
	close_history();
	remove_store();
}

/* ---- readings ---- */

static struct stamp moment = {.synced = true};
static uint64_t put_seq; /* of the last one */

static inline void
put(uint16_t device, uint16_t point, int64_t at_ms, const struct value *v)
{
	struct reading r = {.point = point, .value = *v};
	struct batch b = {
	    .device = device, .count = 1, .readings = &r, .at = moment};

	r.quality.code =
	    v->type == VALUE_NONE ? QUALITY_BAD_TIMEOUT : QUALITY_GOOD;
	b.at.mono_ms = at_ms - T0_MS + 1000;
	b.at.wall_ms = at_ms;
	while (!journal_append(journal, &b)) {
		tick_due();
		usleep(1000);
	}
	put_seq = b.seq;
	/* Not more than memory holds. */
	if (b.seq % 500 == 0) {
		tick_due();
		await_disk(b.seq);
	}
}

static inline void
put_all(void)
{
	tick_due();
	while (disk_seq() < put_seq) {
		tick_due();
		usleep(1000);
	}
}

static inline void
put_power(int64_t at_ms, double power)
{
	struct value v = {.type = VALUE_F64, .f = power};

	put(0, 0, at_ms, &v);
}

/* ---- answers ---- */

static struct {
	int count;
	int64_t from_ms[2000], to_ms[2000];
	struct slot of[2000];
	struct history_answer answer;
} rows;

static inline bool
keep_row(
    void *context, int64_t start_ms, int64_t end_ms, const struct slot *slot)
{
	(void)context;
	ck_assert_int_lt(rows.count, 2000);
	rows.from_ms[rows.count] = start_ms;
	rows.to_ms[rows.count] = end_ms;
	rows.of[rows.count++] = *slot;
	return true;
}

static inline void
ask(const char *device, const char *point, int64_t from_ms, int64_t to_ms,
    int64_t step_ms)
{
	struct history_query q = {device, point, from_ms, to_ms, step_ms};
	struct err err = {""};
	int rc;

	rows.count = 0;
	rc = history_query(
	    store, history, &q, keep_row, NULL, &rows.answer, &err);
	ck_assert_msg(rc == 0, "%s", err.text);
}

#endif
