/*
 * annals.c - the chronicle's database: what is written and read in it
 *
 * What an event says is read by SQLite's own JSON functions when its row is
 * made, so nothing here has to understand events.  The file itself is
 * annals_file.h's.
 */
#include "gateway/store/annals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/annals_file.h"

/* A card is written to in blocks: few at a time leave room for others. */
#define FORGET_ROWS "200"

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

#define COUNTS                                                                 \
	"j->>'$.shelved_until' IS NULL AND j->>'$.out_of_service' IS NULL "    \
	"AND j->>'$.suppressed_by' IS NULL AND j->>'$.test' IS NOT 1"

enum query {
	QUERY_PUT,
	QUERY_HAS,
	QUERY_MOVE,
	QUERY_POSITION,
	QUERY_KNOW,
	QUERY_KNOW_STANDING,
	QUERY_GIVE_UP,
	QUERY_FORGET_OLD,
	QUERY_FORGET_MANY,
	QUERY_STANDING,
	QUERIES
};

static const char *const queries[QUERIES] = {
    [QUERY_PUT] =
	"INSERT INTO event (log, seq, boot, mono, wall, synced, ts, clock,"
	" type, device, alarm, change, state, severity, counts, members)"
	" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, j->>'$.type', j->>'$.device',"
	" j->>'$.alarm', j->>'$.change', j->>'$.state', j->>'$.severity',"
	" CASE j->>'$.type' WHEN 'alarm' THEN " COUNTS " END, ?9"
	" FROM (SELECT '{' || ?9 || '}' AS j) WHERE json_valid(j) AND ?9 <> ''"
	" ON CONFLICT DO NOTHING",
    [QUERY_HAS] = "SELECT 1 FROM event WHERE log = ?1 AND seq = ?2",
    [QUERY_MOVE] = "INSERT OR REPLACE INTO position VALUES (1, ?1, ?2)",
    [QUERY_POSITION] = "SELECT seq FROM position WHERE log = ?1",
    [QUERY_KNOW] = "UPDATE event SET ts = mono + ?2, clock = NULL"
		   " WHERE boot = ?1 AND clock IS NOT NULL",
    [QUERY_KNOW_STANDING] = "UPDATE standing SET ts = mono + ?2, clock = NULL"
			    " WHERE boot = ?1 AND clock IS NOT NULL",
    /* A boot that ended without ever knowing. */
    [QUERY_GIVE_UP] = "UPDATE event SET clock = 'estimated' WHERE clock IS NOT"
		      " NULL AND clock = 'unsynced' AND boot <> ?1",
    [QUERY_FORGET_OLD] = "DELETE FROM event WHERE id IN (SELECT id FROM event"
			 " WHERE ts < ?1 ORDER BY ts LIMIT " FORGET_ROWS ")",
    [QUERY_FORGET_MANY] =
	"DELETE FROM event WHERE id IN (SELECT id FROM event WHERE"
	" id <= (SELECT max(id) FROM event) - " TEXT_OF(
	    ANNALS_ROWS_MAX) " ORDER BY id LIMIT " FORGET_ROWS ")",
    [QUERY_STANDING] = "SELECT device, alarm, members, log, seq, boot, mono,"
		       " wall, synced, ts FROM standing ORDER BY seq",
};

struct annals {
	struct annals_file file;
	sqlite3_stmt *prepared[QUERIES];
	bool told; /* of an event that is none */
};

bool
annals_damaged(const struct annals *a)
{
	return a->file.damaged;
}

const char *
annals_why(const struct annals *a)
{
	return a->file.why;
}

/* ---- opening and closing ---- */

static int
prepare(struct annals *a)
{
	for (int i = 0; i < QUERIES; i++) {
		int rc = sqlite3_prepare_v3(a->file.db, queries[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &a->prepared[i], NULL);

		if (rc == SQLITE_OK)
			continue;
		annals_file_fail(&a->file, rc);
		/* Its tables are others than its version says. */
		if (rc == SQLITE_ERROR)
			a->file.damaged = true;
		return -1;
	}
	return 0;
}

struct annals *
annals_open(const char *dir, struct err *err)
{
	/* Once more if what was there was set aside. */
	for (int tries = 0; tries < 2; tries++) {
		struct annals *a = must_alloc(1, sizeof(*a));
		bool again;

		if (annals_file_open(&a->file, dir) == 0 && prepare(a) == 0)
			return a;
		again = a->file.damaged || a->file.newer;
		err_set(err, "%s: %s", a->file.path, a->file.why);
		annals_close(a);
		if (!again)
			break;
	}
	return NULL;
}

struct annals *
annals_copy(const char *dir)
{
	struct annals *a = must_alloc(1, sizeof(*a));

	if (annals_file_copy(&a->file, dir) == 0 && prepare(a) == 0)
		return a;
	annals_close(a);
	return NULL;
}

void
annals_close(struct annals *a)
{
	if (a == NULL)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(a->prepared[i]);
	annals_file_close(&a->file);
	free(a);
}

/* Of a statement that gives no rows. */
static int
run(struct annals *a, enum query q)
{
	int rc = sqlite3_step(a->prepared[q]);

	if (rc != SQLITE_DONE)
		annals_file_fail(&a->file, rc);
	sqlite3_reset(a->prepared[q]);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* ---- writing ---- */

static void
bind_text(sqlite3_stmt *q, int at, const char *text)
{
	sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

int
annals_position(struct annals *a, const char *log, uint64_t *seq)
{
	int64_t number = 0;

	bind_text(a->prepared[QUERY_POSITION], 1, log);
	if (annals_file_ask(&a->file, a->prepared[QUERY_POSITION], &number) ==
	    -1)
		return -1;
	*seq = (uint64_t)number;
	return 0;
}

/* It was not put: is it there already, or no event at all? */
static int
look_why(struct annals *a, const char *log, const struct annals_row *row)
{
	sqlite3_stmt *q = a->prepared[QUERY_HAS];
	int64_t there = 0;

	bind_text(q, 1, log);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)row->seq);
	if (annals_file_ask(&a->file, q, &there) == -1)
		return -1;
	if (there == 0 && !a->told) {
		log_warn("event %" PRIu64
			 " of the log is no JSON: it is passed over",
		    row->seq);
		a->told = true;
	}
	return 0;
}

static int
put(struct annals *a, const char *log, const struct annals_row *row)
{
	sqlite3_stmt *q = a->prepared[QUERY_PUT];

	bind_text(q, 1, log);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)row->seq);
	sqlite3_bind_blob(q, 3, row->at.boot, SAMPLE_BOOT_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, row->at.mono_ms);
	sqlite3_bind_int64(q, 5, row->at.wall_ms);
	sqlite3_bind_int(q, 6, row->at.synced);
	sqlite3_bind_int64(q, 7, row->ts_ms);
	bind_text(q, 8, row->clock);
	bind_text(q, 9, row->members);
	if (run(a, QUERY_PUT) == -1)
		return -1;
	return sqlite3_changes(a->file.db) > 0 ? 0 : look_why(a, log, row);
}

static int
take(struct annals *a, const char *log, const struct annals_row *rows,
    size_t count)
{
	sqlite3_stmt *q = a->prepared[QUERY_MOVE];

	for (size_t i = 0; i < count; i++)
		if (put(a, log, &rows[i]) == -1)
			return -1;
	if (a->file.in_memory &&
	    annals_file_run(&a->file, "DELETE FROM event") == -1)
		return -1;
	bind_text(q, 1, log);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)rows[count - 1].seq);
	return run(a, QUERY_MOVE);
}

/* Ends what was begun; why stays that of the first failure. */
static int
end(struct annals *a, int rc)
{
	if (rc != -1 && annals_file_run(&a->file, "COMMIT") == 0)
		return rc;
	sqlite3_exec(a->file.db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
annals_take(struct annals *a, const char *log, const struct annals_row *rows,
    size_t count)
{
	if (count == 0)
		return 0;
	if (annals_file_run(&a->file, "BEGIN IMMEDIATE") == -1)
		return -1;
	return end(a, take(a, log, rows, count));
}

static int
restamp_boot(struct annals *a, const struct timeline_boot *boot)
{
	for (int i = QUERY_KNOW; i <= QUERY_KNOW_STANDING; i++) {
		sqlite3_stmt *q = a->prepared[i];

		sqlite3_bind_blob(
		    q, 1, boot->id, SAMPLE_BOOT_BYTES, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, boot->offset_ms);
		if (run(a, (enum query)i) == -1)
			return -1;
	}
	return 0;
}

static int
restamp(struct annals *a, const struct timeline *times)
{
	sqlite3_stmt *q = a->prepared[QUERY_GIVE_UP];

	for (size_t i = 0; i < times->count; i++)
		if (times->of[i].set && restamp_boot(a, &times->of[i]) == -1)
			return -1;
	if (times->count == 0)
		return 0;
	sqlite3_bind_blob(q, 1, times->of[times->count - 1].id,
	    SAMPLE_BOOT_BYTES, SQLITE_STATIC);
	return run(a, QUERY_GIVE_UP);
}

int
annals_restamp(struct annals *a, const struct timeline *times)
{
	if (annals_file_run(&a->file, "BEGIN IMMEDIATE") == -1)
		return -1;
	return end(a, restamp(a, times));
}

int
annals_forget(struct annals *a, int64_t before_ms)
{
	int gone;

	sqlite3_bind_int64(a->prepared[QUERY_FORGET_OLD], 1, before_ms);
	if (run(a, QUERY_FORGET_OLD) == -1)
		return -1;
	gone = sqlite3_changes(a->file.db);
	if (run(a, QUERY_FORGET_MANY) == -1)
		return -1;
	return gone > 0 || sqlite3_changes(a->file.db) > 0;
}

/* ---- what stands ---- */

static void
read_alarm(sqlite3_stmt *q, struct chronicle_alarm *alarm)
{
	*alarm = (struct chronicle_alarm){
	    .device = (const char *)sqlite3_column_text(q, 0),
	    .alarm = (const char *)sqlite3_column_text(q, 1),
	    .members = (const char *)sqlite3_column_text(q, 2),
	    .log = (const char *)sqlite3_column_text(q, 3),
	    .seq = (uint64_t)sqlite3_column_int64(q, 4),
	    .at = {.mono_ms = sqlite3_column_int64(q, 6),
		.wall_ms = sqlite3_column_int64(q, 7),
		.synced = sqlite3_column_int(q, 8) != 0},
	    .ts_ms = sqlite3_column_int64(q, 9)};
	if (sqlite3_column_bytes(q, 5) == SAMPLE_BOOT_BYTES)
		memcpy(alarm->at.boot, sqlite3_column_blob(q, 5),
		    SAMPLE_BOOT_BYTES);
}

int
annals_standing(struct annals *a,
    void (*see)(void *context, const struct chronicle_alarm *alarm),
    void *context)
{
	sqlite3_stmt *q = a->prepared[QUERY_STANDING];
	struct chronicle_alarm alarm;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		read_alarm(q, &alarm);
		see(context, &alarm);
	}
	if (rc != SQLITE_DONE)
		annals_file_fail(&a->file, rc);
	sqlite3_reset(q);
	return rc == SQLITE_DONE ? 0 : -1;
}
