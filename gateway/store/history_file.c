/*
 * history_file.c - the history's file: opened, laid out, set aside; positions
 * and names
 *
 * SQLite with a rollback journal and synchronous=FULL: of what is added at the
 * end of a table a page is written once, and only the few pages that were there
 * before are journalled.  A WAL writes each page twice: of a day of site m,
 * 5.8 million readings, 5.8 bytes a reading instead of 3.5 (2.7 of them are
 * kept: 1.6 readings, 0.7 minutes, 0.1 quarters, and what pages leave empty;
 * tests/bench/site.c).  Readers wait for a commit, and the writer for readers,
 * which let go of the file from time to time (history_query.c).
 *
 * All keys rise with time, so that every table grows at its end.
 *
 * Whether the file is sound is seen as it is used: a check would read all of
 * it.  At opening the tables that the thread begins with are read, and the last
 * of the others.
 *
 * Not done: saving what can be read of a damaged file.  It stays beside the new
 * one.
 */
#include "gateway/store/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/history_sql.h"

#define BUSY_MS 5000 /* a reader that has a block, a writer that commits */

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE device (number INTEGER PRIMARY KEY, id TEXT NOT NULL"
    " UNIQUE);"
    "CREATE TABLE name (id INTEGER PRIMARY KEY, device INTEGER NOT NULL,"
    " point TEXT NOT NULL, unit TEXT NOT NULL, role TEXT NOT NULL,"
    " form INTEGER NOT NULL, hold INTEGER NOT NULL);"
    "CREATE INDEX name_of ON name (device, point);"
    "CREATE TABLE stretch (id INTEGER PRIMARY KEY, start INTEGER NOT NULL,"
    " stop INTEGER NOT NULL, shift INTEGER NOT NULL, boot BLOB NOT NULL,"
    " settled INTEGER NOT NULL, broken INTEGER NOT NULL,"
    " log TEXT NOT NULL, seq INTEGER NOT NULL);"
    "CREATE TABLE raw (key INTEGER PRIMARY KEY, track BLOB NOT NULL);"
    "CREATE TABLE minute (key INTEGER PRIMARY KEY, slots BLOB NOT NULL);"
    "CREATE TABLE quarter (key INTEGER PRIMARY KEY, slots BLOB NOT NULL);"
    "CREATE TABLE due (tier INTEGER NOT NULL, span INTEGER NOT NULL,"
    " PRIMARY KEY (tier, span)) WITHOUT ROWID;"
    "CREATE TABLE pause (seq INTEGER PRIMARY KEY);"
    "CREATE TABLE forgotten (tier INTEGER PRIMARY KEY, until INTEGER NOT"
    " NULL);"
    "PRAGMA user_version = " TEXT_OF(HISTORY_VERSION) ";"
						      "COMMIT;";

/* ---- transactions ---- */

static int
run(struct history_file *f, const char *sql)
{
	int rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : history_sql_fail(f, rc);
}

int
history_file_begin(struct history_file *f)
{
	return run(f, "BEGIN IMMEDIATE");
}

int
history_file_begin_look(struct history_file *f)
{
	return run(f, "BEGIN");
}

int
history_file_commit(struct history_file *f)
{
	/* A block that was given would keep the file locked. */
	sqlite3_reset(history_sql(f, SQL_MINUTES));
	sqlite3_reset(history_sql(f, SQL_QUARTERS));
	return run(f, "COMMIT");
}

/* ---- opening ---- */

static int
ask(struct history_file *f, const char *sql, int64_t *number)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(f->db, sql, -1, &q, NULL);

	*number = 0;
	if (rc != SQLITE_OK)
		return history_sql_fail(f, rc);
	rc = history_sql_ask(f, q, number);
	sqlite3_finalize(q);
	return rc == -1 ? -1 : 0;
}

/* SQLite would make it readable to others. */
static int
make_file(struct history_file *f)
{
	int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1) {
		snprintf(f->why, sizeof(f->why), "%s", strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

static int
connect_to(struct history_file *f, int flags)
{
	int rc =
	    sqlite3_open_v2(f->path, &f->db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return history_sql_fail(f, rc);
	sqlite3_extended_result_codes(f->db, 1);
	sqlite3_busy_timeout(f->db, BUSY_MS);
	history_sql_make(f);
	return 0;
}

static int
judge_version(struct history_file *f, int64_t version)
{
	f->newer = version > HISTORY_VERSION;
	f->damaged = version < HISTORY_VERSION;
	if (!f->newer && !f->damaged)
		return 0;
	snprintf(f->why, sizeof(f->why),
	    "its tables are of version %" PRId64 ", not %d", version,
	    HISTORY_VERSION);
	return -1;
}

/* Makes the tables if there are none. */
static int
lay_out(struct history_file *f)
{
	int64_t version, tables;

	if (ask(f, "PRAGMA user_version", &version) == -1 ||
	    ask(f, "SELECT count(*) FROM sqlite_schema", &tables) == -1)
		return -1;
	if (version == 0 && tables == 0)
		return run(f, schema);
	return judge_version(f, version);
}

static int
look_through(struct history_file *f)
{
	static const char *const looks[] = {"SELECT sum(seq) FROM pause",
	    "SELECT sum(span) FROM due", "SELECT max(hold) FROM name",
	    "SELECT max(stop) FROM stretch",
	    "SELECT length(track) FROM raw ORDER BY key DESC LIMIT 1",
	    "SELECT length(slots) FROM minute ORDER BY key DESC LIMIT 1",
	    "SELECT length(slots) FROM quarter ORDER BY key DESC LIMIT 1"};
	int64_t number;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (ask(f, looks[i], &number) == -1)
			return -1;
	return 0;
}

static void
set_path(struct history_file *f, const char *dir)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", dir, HISTORY_FILE);
}

int
history_file_open(struct history_file *f, const char *dir)
{
	set_path(f, dir);
	if (make_file(f) == -1 ||
	    connect_to(f, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) == -1 ||
	    lay_out(f) == -1)
		return -1;
	if (run(f,
		"PRAGMA journal_mode = TRUNCATE;"
		"PRAGMA synchronous = FULL;"
		"PRAGMA secure_delete = OFF;"
		"PRAGMA cache_size = -1024;"
		"PRAGMA temp_store = MEMORY") == -1)
		return -1;
	return look_through(f);
}

/* Not SQLITE_OPEN_READONLY: what a crash left half written can be put right
 * only by one that may write. */
int
history_file_look(struct history_file *f, const char *dir)
{
	int64_t version;

	set_path(f, dir);
	if (access(f->path, F_OK) == -1 && errno == ENOENT)
		return 1;
	if (connect_to(f, SQLITE_OPEN_READWRITE) == -1 ||
	    run(f, "PRAGMA query_only = 1; PRAGMA cache_size = -512") == -1 ||
	    ask(f, "PRAGMA user_version", &version) == -1)
		return -1;
	if (version == 0)
		return 1; /* it is being made */
	if (judge_version(f, version) == 0)
		return 0;
	f->newer = f->damaged = false; /* not ours to set aside */
	return -1;
}

/* ---- closing ---- */

static const char *
aside_name(bool newer)
{
	return newer ? "newer" : "damaged";
}

static int
move(const char *path, const char *to, const char *tail)
{
	char from[PATH_MAX + 16], aside[PATH_MAX + 32];

	snprintf(from, sizeof(from), "%s%s", path, tail);
	snprintf(aside, sizeof(aside), "%s.%s%s", path, to, tail);
	unlink(aside);
	return rename(from, aside);
}

bool
history_file_aside(const char *dir)
{
	char path[PATH_MAX];

	for (int newer = 0; newer < 2; newer++) {
		snprintf(path, sizeof(path), "%s/%s.%s", dir, HISTORY_FILE,
		    aside_name(newer));
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static void
set_aside(const struct history_file *f)
{
	const char *to = aside_name(f->newer);

	if (move(f->path, to, "") == -1) {
		log_error(
		    "%s cannot be set aside: %s", f->path, strerror(errno));
		return;
	}
	/* What is half written belongs to its file. */
	move(f->path, to, "-journal");
	log_error("%s %s (%s): it is set aside as %s.%s, and made anew from "
		  "what the log of readings still has",
	    f->path, f->damaged ? "is damaged" : "was written by a newer riser",
	    f->why, HISTORY_FILE, to);
}

void
history_file_close(struct history_file *f)
{
	history_sql_free(f);
	sqlite3_close(f->db);
	f->db = NULL;
	if (f->damaged || f->newer)
		set_aside(f);
	f->damaged = f->newer = false;
}

/* ---- how far ---- */

int
history_file_position(struct history_file *f, const char *log, uint64_t *seq)
{
	sqlite3_stmt *q = history_sql(f, SQL_POSITION);
	int64_t number = 0;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, log, -1, SQLITE_STATIC);
	if (history_sql_ask(f, q, &number) == -1)
		return -1;
	*seq = (uint64_t)number;
	return 0;
}

int
history_file_pause(struct history_file *f, uint64_t seq)
{
	sqlite3_stmt *q = history_sql(f, SQL_PAUSE);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, (sqlite3_int64)seq);
	return history_sql_run(f, q);
}

int
history_file_next_pause(struct history_file *f, uint64_t from, uint64_t *seq)
{
	sqlite3_stmt *past = history_sql(f, SQL_PAST_PAUSES);
	sqlite3_stmt *q = history_sql(f, SQL_NEXT_PAUSE);
	int64_t number;
	int rc;

	if (past == NULL || q == NULL)
		return -1;
	sqlite3_bind_int64(past, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(q, 1, (sqlite3_int64)from);
	if (history_sql_run(f, past) == -1)
		return -1;
	rc = history_sql_ask(f, q, &number);
	*seq = rc == 1 ? (uint64_t)number : UINT64_MAX;
	return rc == -1 ? -1 : 0;
}

/* ---- names ---- */

int
history_file_find(struct history_file *f, const char *id, uint16_t *device)
{
	sqlite3_stmt *q = history_sql(f, SQL_DEVICE);
	int64_t number = 0;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
	if (history_sql_ask(f, q, &number) == -1)
		return -1;
	*device = (uint16_t)number;
	return 0;
}

int
history_file_devices(struct history_file *f, uint16_t *last)
{
	sqlite3_stmt *q = history_sql(f, SQL_DEVICES);
	int64_t number = 0;

	if (q == NULL || history_sql_ask(f, q, &number) == -1)
		return -1;
	*last = (uint16_t)number;
	return 0;
}

int
history_file_device(struct history_file *f, const char *id, uint16_t *device)
{
	sqlite3_stmt *q;
	int64_t number;

	if (history_file_find(f, id, device) == -1)
		return -1;
	if (*device != 0)
		return 0;
	q = history_sql(f, SQL_ADD_DEVICE);
	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
	if (history_sql_run(f, q) == -1)
		return -1;
	number = sqlite3_last_insert_rowid(f->db);
	*device = (uint16_t)number;
	if (number <= HISTORY_DEVICES_MAX)
		return 0;
	snprintf(f->why, sizeof(f->why),
	    "it has seen more than %d devices: set it aside",
	    HISTORY_DEVICES_MAX);
	return -1;
}

static void
bind_name(sqlite3_stmt *q, uint16_t device, const struct point_info *p,
    int64_t hold_ms)
{
	sqlite3_bind_int64(q, 1, device);
	sqlite3_bind_text(q, 2, p->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, p->unit, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, p->role, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 5, p->form);
	sqlite3_bind_int64(q, 6, hold_ms);
}

int
history_file_name(struct history_file *f, uint16_t device,
    const struct point_info *p, int64_t hold_ms, uint32_t *name)
{
	sqlite3_stmt *q = history_sql(f, SQL_NAME);
	int64_t number = 0;
	int rc;

	if (q == NULL)
		return -1;
	bind_name(q, device, p, hold_ms);
	rc = history_sql_ask(f, q, &number);
	*name = (uint32_t)number;
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	q = history_sql(f, SQL_ADD_NAME);
	if (q == NULL)
		return -1;
	bind_name(q, device, p, hold_ms);
	if (history_sql_run(f, q) == -1)
		return -1;
	*name = (uint32_t)sqlite3_last_insert_rowid(f->db);
	return 0;
}

int
history_file_names(struct history_file *f, uint16_t device, const char *point,
    struct history_name *names, int max)
{
	sqlite3_stmt *q =
	    history_sql(f, point == NULL ? SQL_NAMES : SQL_NAMES_LIKE);
	int n = 0, rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, device);
	sqlite3_bind_int64(q, 2, max);
	if (point != NULL)
		sqlite3_bind_text(q, 3, point, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && n < max)
		names[n++] = (struct history_name){
		    .id = (uint32_t)sqlite3_column_int64(q, 0),
		    .device = device,
		    .counter = sqlite3_column_int(q, 1) != 0,
		    .hold_ms = sqlite3_column_int64(q, 2),
		    .first = (uint32_t)sqlite3_column_int64(q, 3)};
	return history_sql_end(f, q, rc) == -1 ? -1 : n;
}
