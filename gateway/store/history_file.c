/*
 * history_file.c - the history's file: opened, laid out, set aside; positions
 * and names
 *
 * SQLite with a rollback journal and synchronous=FULL: of what is added at the
 * end of a table a page is written once, and only the few pages that were there
 * before are journalled.  A WAL writes each page twice: of a day of site m,
 * 5.0 million readings, 5.5 bytes a reading instead of 3.6 (2.8 of them are
 * kept: 1.8 readings, 0.7 minutes, 0.1 quarters, and what pages leave empty).
 * Readers wait for a commit, some milliseconds every few minutes; the writer
 * waits for readers, which hold the file for some tens of milliseconds.
 *
 * All keys rise with time, so that every table grows at its end.
 *
 * Whether the file is sound is seen as it is used: a check of all of it takes
 * minutes at some gigabytes.  At opening the tables that the thread begins with
 * are read, and the last of the others.
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

struct history_statements {
	sqlite3_stmt *of[SQL_COUNT];
};

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE device (number INTEGER PRIMARY KEY, id TEXT NOT NULL"
    " UNIQUE);"
    "CREATE TABLE name (id INTEGER PRIMARY KEY, device INTEGER NOT NULL,"
    " point TEXT NOT NULL, unit TEXT NOT NULL, role TEXT NOT NULL,"
    " form INTEGER NOT NULL, hold INTEGER NOT NULL,"
    " UNIQUE (device, point, unit, role, form, hold));"
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
    "PRAGMA user_version = " TEXT_OF(HISTORY_VERSION) ";"
						      "COMMIT;";

/* Where the stretch before s ended, of those that came from the log. */
#define ENDED                                                                  \
	"(SELECT x.stop FROM stretch x WHERE x.id < s.id AND x.log != ''"      \
	" ORDER BY x.id DESC LIMIT 1)"

static const char *const texts[SQL_COUNT] = {
    [SQL_POSITION] = "SELECT seq FROM stretch WHERE log = ?1"
		     " ORDER BY id DESC LIMIT 1",
    [SQL_PAUSE] = "INSERT OR IGNORE INTO pause VALUES (?1)",
    [SQL_NEXT_PAUSE] = "SELECT min(seq) FROM pause WHERE seq >= ?1",
    [SQL_PAST_PAUSES] = "DELETE FROM pause WHERE seq < ?1",
    [SQL_DEVICE] = "SELECT number FROM device WHERE id = ?1",
    [SQL_ADD_DEVICE] = "INSERT INTO device (id) VALUES (?1)",
    [SQL_DEVICES] = "SELECT max(number) FROM device",
    [SQL_NAME] = "SELECT id FROM name WHERE device = ?1 AND point = ?2 AND"
		 " unit = ?3 AND role = ?4 AND form = ?5 AND hold = ?6",
    [SQL_ADD_NAME] = "INSERT INTO name (device, point, unit, role, form, hold)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_NAMES] = "SELECT id, role = 'counter', form, hold FROM name"
		  " WHERE device = ?1 ORDER BY id LIMIT ?2",
    [SQL_NAMES_LIKE] =
	"SELECT id, role = 'counter', form, hold FROM name WHERE device = ?1"
	" AND point = ?3 AND (unit, form) = (SELECT unit, form FROM name"
	"  WHERE device = ?1 AND point = ?3 ORDER BY id DESC LIMIT 1)"
	" ORDER BY id LIMIT ?2",
    [SQL_ADD_STRETCH] = "INSERT INTO stretch (start, stop, shift, boot,"
			" settled, broken, log, seq)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_PUT_RAW] = "INSERT INTO raw VALUES (?1, ?2)",
    [SQL_RAW] =
	"SELECT s.id, s.start, s.stop, s.shift, s.boot, s.settled, s.broken,"
	" ifnull(CASE WHEN s.broken THEN " ENDED " END, s.start), track"
	" FROM stretch s LEFT JOIN raw ON key = s.id << 16 | ?1"
	" WHERE (s.stop >= ?2 AND s.start < ?3)"
	" OR (s.broken AND " ENDED " >= ?2 AND " ENDED " < ?3) ORDER BY s.id",
    [SQL_ENDS] =
	"SELECT min(start), ifnull((SELECT stop FROM stretch WHERE log != ''"
	"  ORDER BY id DESC LIMIT 1), max(stop))"
	" FROM stretch",
    [SQL_REACHES] = "SELECT min(id) = 1 OR min(start) <= ?1 FROM stretch",
    [SQL_UNSETTLED] = "SELECT id, start, stop, shift, boot FROM stretch"
		      " WHERE settled = 0 AND id > ?1 ORDER BY id LIMIT 1",
    [SQL_SETTLE] = "UPDATE stretch SET settled = 1, shift = shift + ?2,"
		   " start = start + ?2, stop = stop + ?2 WHERE id = ?1",
    [SQL_PUT_MINUTES] = "REPLACE INTO minute VALUES (?1, ?2)",
    [SQL_PUT_QUARTERS] = "REPLACE INTO quarter VALUES (?1, ?2)",
    [SQL_DROP_MINUTES] = "DELETE FROM minute WHERE key = ?1",
    [SQL_DROP_QUARTERS] = "DELETE FROM quarter WHERE key = ?1",
    [SQL_MINUTES] = "SELECT slots FROM minute WHERE key = ?1",
    [SQL_QUARTERS] = "SELECT slots FROM quarter WHERE key = ?1",
    [SQL_MARK] = "INSERT OR IGNORE INTO due VALUES (?1, ?2)",
    [SQL_DUE] = "SELECT span FROM due WHERE tier = ?1 AND span < ?2"
		" ORDER BY span LIMIT 1",
    [SQL_STALE_MINUTES] = "SELECT 1 FROM due WHERE tier = 0 AND span = ?1",
    [SQL_STALE_QUARTERS] =
	"SELECT 1 WHERE EXISTS (SELECT 1 FROM due WHERE tier = 1 AND span = ?1)"
	" OR EXISTS (SELECT 1 FROM due WHERE tier = 0"
	"  AND span BETWEEN ?1 * 12 AND ?1 * 12 + 11)",
    [SQL_FIRST_MINUTES] = "SELECT min(key) >> 16 FROM minute",
    [SQL_FIRST_QUARTERS] = "SELECT min(key) >> 16 FROM quarter",
    [SQL_DONE] = "DELETE FROM due WHERE tier = ?1 AND span = ?2",
    [SQL_OLD_RAW] = "DELETE FROM raw WHERE key IN (SELECT key FROM raw"
		    " WHERE key < (SELECT ifnull(min(id), 1 << 46) FROM stretch"
		    "  WHERE stop >= ?1) << 16 ORDER BY key LIMIT ?2)",
    [SQL_OLD_STRETCH] =
	"DELETE FROM stretch WHERE stop < ?1 AND"
	" id < (SELECT ifnull(min(key), 1 << 62) FROM raw) >> 16 AND"
	" id < (SELECT ifnull(max(id), 1 << 46) FROM stretch WHERE log != '')",
    [SQL_OLD_MINUTES] = "DELETE FROM minute WHERE key IN (SELECT key"
			" FROM minute WHERE key < ?1 << 16 LIMIT ?2)",
    [SQL_OLD_QUARTERS] = "DELETE FROM quarter WHERE key IN (SELECT key"
			 " FROM quarter WHERE key < ?1 << 16 LIMIT ?2)",
};

/* ---- failures, statements ---- */

int
history_sql_fail(struct history_file *f, int rc)
{
	int primary = rc & 0xff;

	if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
		f->damaged = true;
	snprintf(f->why, sizeof(f->why), "%s",
	    f->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(f->db));
	return -1;
}

static int
run(struct history_file *f, const char *sql)
{
	int rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : history_sql_fail(f, rc);
}

sqlite3_stmt *
history_sql(struct history_file *f, enum history_sql which)
{
	sqlite3_stmt **q = &f->q->of[which];
	int rc;

	if (*q != NULL)
		return *q;
	rc = sqlite3_prepare_v3(
	    f->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, q, NULL);
	if (rc != SQLITE_OK)
		history_sql_fail(f, rc);
	return *q;
}

int
history_sql_end(struct history_file *f, sqlite3_stmt *q, int rc)
{
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		history_sql_fail(f, rc);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

int
history_sql_run(struct history_file *f, sqlite3_stmt *q)
{
	return history_sql_end(f, q, sqlite3_step(q));
}

int
history_sql_ask(struct history_file *f, sqlite3_stmt *q, int64_t *number)
{
	int rc = sqlite3_step(q);
	bool any = rc == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL;

	if (any)
		*number = sqlite3_column_int64(q, 0);
	if (history_sql_end(f, q, rc) == -1)
		return -1;
	return any;
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
	sqlite3_reset(f->q->of[SQL_MINUTES]);
	sqlite3_reset(f->q->of[SQL_QUARTERS]);
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
	f->q = must_alloc(1, sizeof(*f->q));
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
	for (int i = 0; f->q != NULL && i < SQL_COUNT; i++)
		sqlite3_finalize(f->q->of[i]);
	free(f->q);
	f->q = NULL;
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
		    .form = (uint8_t)sqlite3_column_int(q, 2),
		    .hold_ms = sqlite3_column_int64(q, 3)};
	return history_sql_end(f, q, rc) == -1 ? -1 : n;
}
