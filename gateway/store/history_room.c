/*
 * history_room.c - the history's file: what is too old, or too much, goes
 *
 * Deletes are small and each its own transaction, so that nobody waits behind a
 * large one.  Their pages are used again by what comes: the file does not
 * shrink, nor does it grow while there are any.  To give them back would write
 * each page that is moved once more.
 *
 * Readings go by the time they are of, not by when they came: what was imported
 * of long ago goes first.  Up to where readings and minutes are gone is kept,
 * for what was computed of them stays as it is (rollup.c).  Nothing goes of
 * which slots are due yet.
 */
#include <stdio.h>

#include "gateway/store/history_sql.h"

#define FORGET_ROWS 64 /* at a time */
#define WEEK_MS (7 * 24 * 3600 * 1000LL)
#define LEAST_MS (2 * HISTORY_MINUTES_SPAN_MS)

int
history_file_bytes(struct history_file *f, int64_t *bytes)
{
	sqlite3_stmt *q = history_sql(f, SQL_BYTES);

	*bytes = 0;
	return q == NULL || history_sql_ask(f, q, bytes) == -1 ? -1 : 0;
}

/* How many rows went. */
static int
drop(struct history_file *f, enum history_sql which, int64_t before)
{
	sqlite3_stmt *q = history_sql(f, which);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, before);
	if (which != SQL_OLD_STRETCH)
		sqlite3_bind_int64(q, 2, FORGET_ROWS);
	if (history_sql_run(f, q) == -1)
		return -1;
	return sqlite3_changes(f->db);
}

/* Of what `tier` is made of, something before until_ms is gone. */
static int
note_forgotten(struct history_file *f, enum history_tier tier, int64_t until_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_FORGET);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, tier);
	sqlite3_bind_int64(q, 2, until_ms);
	return history_sql_run(f, q);
}

/* Whether slots are to be computed of what is before. */
static int
is_needed(struct history_file *f, int64_t before_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_DUE_BEFORE);
	int64_t one;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, history_span_of(HISTORY_MINUTES, before_ms));
	sqlite3_bind_int64(q, 2, history_span_of(HISTORY_QUARTERS, before_ms));
	return history_sql_ask(f, q, &one);
}

/* Of what is needed yet nothing goes.  Tracks go in the order of their
 * stretches: those that are empty then come before the first that is not, so
 * of a day that goes by and by only that much is looked at. */
static int
drop_raw(struct history_file *f, int64_t before_ms)
{
	int needed = is_needed(f, before_ms), tracks, stretches;

	if (needed != 0)
		return needed == -1 ? -1 : 0;
	if (history_file_begin(f) == -1)
		return -1;
	tracks = drop(f, SQL_OLD_RAW, before_ms);
	if (tracks == -1 ||
	    (tracks > 0 && note_forgotten(f, HISTORY_MINUTES, before_ms) == -1))
		return -1;
	stretches = drop(f, SQL_OLD_STRETCH, before_ms);
	if (stretches == -1 || history_file_commit(f) == -1)
		return -1;
	return tracks + stretches;
}

static int
drop_slots(struct history_file *f, enum history_tier tier, int64_t before_ms)
{
	bool minutes = tier == HISTORY_MINUTES;
	int needed = minutes ? is_needed(f, before_ms) : 0, n;

	if (needed != 0)
		return needed == -1 ? -1 : 0;
	if (history_file_begin(f) == -1)
		return -1;
	n = drop(f, minutes ? SQL_OLD_MINUTES : SQL_OLD_QUARTERS,
	    history_span_of(tier, before_ms));
	if (n == -1 ||
	    (n > 0 && minutes &&
		note_forgotten(f, HISTORY_QUARTERS, before_ms) == -1) ||
	    history_file_commit(f) == -1)
		return -1;
	return n;
}

/* Readings, minutes and quarters before these times; how many rows, of one of
 * them, went. */
static int
drop_before(struct history_file *f, int64_t raw_ms, int64_t minutes_ms,
    int64_t quarters_ms)
{
	int n = drop_raw(f, raw_ms);

	if (n == 0)
		n = drop_slots(f, HISTORY_MINUTES, minutes_ms);
	if (n == 0)
		n = drop_slots(f, HISTORY_QUARTERS, quarters_ms);
	return n;
}

/* ---- for room ---- */

/* Where the oldest readings end, and slots; INT64_MAX: there are none. */
static int
oldest_raw(struct history_file *f, int64_t *end_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_OLDEST);

	*end_ms = INT64_MAX;
	if (q == NULL || history_sql_ask(f, q, end_ms) == -1)
		return -1;
	*end_ms += *end_ms != INT64_MAX; /* they go if before it */
	return 0;
}

static int
oldest_slots(struct history_file *f, enum history_tier tier, int64_t *end_ms)
{
	int64_t span;

	if (history_file_first(f, tier, &span) == -1)
		return -1;
	*end_ms = span == 0 ? INT64_MAX : (span + 1) * history_span_ms(tier);
	return 0;
}

/* What ends then goes, and with it what is younger by up to a day. */
static int64_t
some_more(int64_t end_ms, int64_t least_ms)
{
	int64_t more_ms = end_ms + HISTORY_QUARTERS_SPAN_MS;

	return more_ms < least_ms ? more_ms : end_ms;
}

/* What is oldest of what there is most of: readings, else minutes, else
 * quarters. */
static int
drop_oldest(struct history_file *f, int64_t least_ms)
{
	int64_t raw_ms, minutes_ms, quarters_ms;

	if (oldest_raw(f, &raw_ms) == -1 ||
	    oldest_slots(f, HISTORY_MINUTES, &minutes_ms) == -1 ||
	    oldest_slots(f, HISTORY_QUARTERS, &quarters_ms) == -1)
		return -1;
	if (raw_ms <= least_ms)
		return drop_raw(f, some_more(raw_ms, least_ms));
	if (minutes_ms <= least_ms)
		return drop_slots(
		    f, HISTORY_MINUTES, some_more(minutes_ms, least_ms));
	if (quarters_ms <= least_ms)
		return drop_slots(
		    f, HISTORY_QUARTERS, some_more(quarters_ms, least_ms));
	return 0;
}

static int
make_room(struct history_file *f)
{
	int64_t to_ms;
	int n;

	if (history_file_known(f, &to_ms) == -1)
		return -1;
	n = drop_oldest(f, to_ms - WEEK_MS);
	return n == 0 ? drop_oldest(f, to_ms - LEAST_MS) : n;
}

int
history_file_forget(
    struct history_file *f, const struct history_keep *keep, int64_t now_ms)
{
	int64_t bytes;
	int n = 0;

	if (now_ms != 0)
		n = drop_before(f, now_ms - keep->raw_ms,
		    now_ms - keep->minutes_ms, now_ms - keep->quarters_ms);
	if (n == 0 && history_file_bytes(f, &bytes) == -1)
		return -1;
	if (n == 0 && bytes > keep->max_bytes)
		n = make_room(f);
	return n > 0 ? 1 : n;
}
