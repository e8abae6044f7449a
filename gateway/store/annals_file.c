/*
 * annals_file.c - the chronicle's file
 *
 * SQLite, in WAL with synchronous=FULL: a transaction is on disk when it is
 * committed, and readers of any process do not wait for it.  What stands is
 * kept by a trigger, so that it cannot disagree with the events.
 *
 * An index's entries end with the row's id, so each gives the journal's order:
 * a page of it is found without a sort, whatever it is asked for by.
 *
 * Whether the file is sound is seen as it is used: a check of all of it takes
 * minutes at some hundred megabytes.  At opening the tables that a start needs
 * are read, and the last event.
 *
 * Not done: saving what can still be read of a damaged file.  The log has the
 * last weeks, and an alarm that stands from before them is raised anew by its
 * condition.
 */
#include "gateway/store/annals_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/log.h"

#define BUSY_MS 2000 /* a reader that repairs the WAL holds it shortly */

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE event (id INTEGER PRIMARY KEY, log TEXT NOT NULL,"
    " seq INTEGER NOT NULL, boot BLOB NOT NULL, mono INTEGER NOT NULL,"
    " wall INTEGER NOT NULL, synced INTEGER NOT NULL, ts INTEGER NOT NULL,"
    " clock TEXT, type TEXT, device TEXT, alarm TEXT, change TEXT, state TEXT,"
    " severity TEXT, counts INTEGER, members TEXT NOT NULL,"
    " UNIQUE (log, seq));"
    "CREATE INDEX event_device ON event (device);"
    "CREATE INDEX event_alarm ON event (alarm);"
    "CREATE INDEX event_device_alarm ON event (device, alarm);"
    "CREATE INDEX event_type ON event (type);"
    "CREATE INDEX event_ts ON event (ts);"
    "CREATE INDEX event_unsure ON event (boot) WHERE clock IS NOT NULL;"
    "CREATE TABLE standing (device TEXT NOT NULL, alarm TEXT NOT NULL,"
    " log TEXT NOT NULL, seq INTEGER NOT NULL, boot BLOB NOT NULL,"
    " mono INTEGER NOT NULL, wall INTEGER NOT NULL, synced INTEGER NOT NULL,"
    " ts INTEGER NOT NULL, clock TEXT, members TEXT NOT NULL,"
    " PRIMARY KEY (device, alarm)) WITHOUT ROWID;"
    "CREATE TRIGGER stand AFTER INSERT ON event WHEN new.type = 'alarm'"
    " AND new.device IS NOT NULL AND new.alarm IS NOT NULL BEGIN"
    " DELETE FROM standing"
    "  WHERE device = new.device AND alarm = new.alarm;"
    " INSERT INTO standing SELECT new.device, new.alarm, new.log, new.seq,"
    "  new.boot, new.mono, new.wall, new.synced, new.ts, new.clock,"
    "  new.members FROM (SELECT '{' || new.members || '}' AS j)"
    "  WHERE NOT (j->>'$.state' IS 'NORMAL'"
    "   AND j->>'$.shelved_until' IS NULL"
    "   AND j->>'$.out_of_service' IS NULL"
    "   AND j->>'$.suppressed_by' IS NULL);"
    "END;"
    "CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " log TEXT NOT NULL, seq INTEGER NOT NULL);"
    "PRAGMA user_version = " TEXT_OF(ANNALS_VERSION) ";"
						     "COMMIT;";

/* ---- failures ---- */

int
annals_file_fail(struct annals_file *f, int rc)
{
	int primary = rc & 0xff;

	if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
		f->damaged = true;
	snprintf(f->why, sizeof(f->why), "%s",
	    f->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(f->db));
	return -1;
}

int
annals_file_run(struct annals_file *f, const char *sql)
{
	int rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : annals_file_fail(f, rc);
}

int
annals_file_ask(struct annals_file *f, sqlite3_stmt *q, int64_t *number)
{
	int rc = sqlite3_step(q);

	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(q, 0);
	else if (rc != SQLITE_DONE)
		annals_file_fail(f, rc);
	sqlite3_reset(q);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int
ask(struct annals_file *f, const char *sql, int64_t *number)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(f->db, sql, -1, &q, NULL);

	*number = 0;
	if (rc != SQLITE_OK)
		return annals_file_fail(f, rc);
	rc = annals_file_ask(f, q, number);
	sqlite3_finalize(q);
	return rc;
}

/* ---- opening ---- */

/* Makes the tables if there are none. */
static int
lay_out(struct annals_file *f)
{
	int64_t version, tables;

	if (ask(f, "PRAGMA user_version", &version) == -1 ||
	    ask(f, "SELECT count(*) FROM sqlite_schema", &tables) == -1)
		return -1;
	if (version == 0 && tables == 0)
		return annals_file_run(f, schema);
	f->newer = version > ANNALS_VERSION;
	f->damaged = version < ANNALS_VERSION;
	if (!f->newer && !f->damaged)
		return 0;
	snprintf(f->why, sizeof(f->why),
	    "its tables are of version %" PRId64 ", not %d", version,
	    ANNALS_VERSION);
	return -1;
}

/* What a start needs, and what was written last, can be read. */
static int
look_through(struct annals_file *f)
{
	static const char *const looks[] = {"SELECT sum(seq) FROM position",
	    "SELECT sum(length(members)) FROM standing",
	    "SELECT length(members) FROM event ORDER BY id DESC LIMIT 1",
	    "SELECT max(ts) FROM event"};
	int64_t number;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (ask(f, looks[i], &number) == -1)
			return -1;
	return 0;
}

/* SQLite would make it readable to others. */
static int
make_file(struct annals_file *f)
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
connect_to(struct annals_file *f, const char *path)
{
	int rc = sqlite3_open_v2(path, &f->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_URI,
	    NULL);

	if (rc != SQLITE_OK)
		return annals_file_fail(f, rc);
	sqlite3_busy_timeout(f->db, BUSY_MS);
	return 0;
}

static void
set_path(struct annals_file *f, const char *dir)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", dir, ANNALS_FILE);
}

int
annals_file_open(struct annals_file *f, const char *dir)
{
	set_path(f, dir);
	if (make_file(f) == -1 || connect_to(f, f->path) == -1 ||
	    lay_out(f) == -1)
		return -1;
	/* The WAL shrinks again after much was written. */
	if (annals_file_run(f,
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL;"
		"PRAGMA secure_delete = OFF;"
		"PRAGMA temp_store = MEMORY;"
		"PRAGMA journal_size_limit = 4194304") == -1)
		return -1;
	return look_through(f);
}

/* ---- closing ---- */

/* The WAL belongs to its file: it goes where that goes. */
static int
move(const char *path, const char *to, const char *tail)
{
	char from[PATH_MAX + 8], aside[PATH_MAX + 32];

	snprintf(from, sizeof(from), "%s%s", path, tail);
	snprintf(aside, sizeof(aside), "%s.%s%s", path, to, tail);
	unlink(aside);
	return rename(from, aside);
}

static void
set_aside(const struct annals_file *f)
{
	const char *to = f->damaged ? "damaged" : "newer";
	char shared[PATH_MAX + 8];

	if (move(f->path, to, "") == -1) {
		log_error(
		    "%s cannot be set aside: %s", f->path, strerror(errno));
		return;
	}
	move(f->path, to, "-wal");
	snprintf(shared, sizeof(shared), "%s-shm", f->path);
	unlink(shared);
	log_error("%s %s (%s): it is set aside as %s.%s, and made anew from "
		  "the log of events",
	    f->path, f->damaged ? "is damaged" : "was written by a newer riser",
	    f->why, ANNALS_FILE, to);
}

void
annals_file_close(struct annals_file *f)
{
	bool aside = !f->in_memory && (f->damaged || f->newer);

	/* A damaged WAL must not be copied into the file. */
	if (aside && f->db != NULL)
		sqlite3_db_config(
		    f->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(f->db);
	f->db = NULL;
	if (aside)
		set_aside(f);
}

/* ---- a copy ---- */

char *
annals_file_uri(const char *path, const char *options)
{
	struct buf out = {0};

	buf_puts(&out, "file:");
	for (const char *p = path; *p != '\0'; p++)
		if (strchr("%?#", *p) != NULL)
			buf_printf(&out, "%%%02X", (unsigned char)*p);
		else
			buf_add(&out, p, 1);
	buf_printf(&out, "?%s", options);
	return out.data;
}

bool
annals_file_has_wal(const char *path)
{
	char wal[PATH_MAX + 8];
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	return stat(wal, &st) == 0 && st.st_size > 0;
}

static int
attach(struct annals_file *f, const char *options)
{
	char *uri = annals_file_uri(f->path, options);
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(f->db, "ATTACH ?1 AS old", -1, &q, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(q, 1, uri, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	sqlite3_finalize(q);
	free(uri);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
copy_attached(struct annals_file *f)
{
	int64_t version;

	if (ask(f, "PRAGMA old.user_version", &version) == -1 ||
	    version != ANNALS_VERSION)
		return -1;
	if (annals_file_run(f,
		"BEGIN; INSERT INTO position SELECT * FROM old.position;"
		"INSERT INTO standing SELECT * FROM old.standing; COMMIT") == 0)
		return 0;
	sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* On a full disk SQLite finds no room for what it shares with readers of the
 * WAL: it needs none if it is alone.  On a read-only one it can make no WAL: it
 * needs none if there was nothing in it. */
static int
copy_what_stands(struct annals_file *f)
{
	static const char *const ways[] = {
	    "mode=ro", "mode=rw", "mode=ro&immutable=1"};
	int rc = -1;

	for (size_t i = 0; i < 3 && rc == -1; i++) {
		if (i == 1)
			annals_file_run(f, "PRAGMA locking_mode = EXCLUSIVE");
		if (i == 2 && annals_file_has_wal(f->path))
			break;
		if (attach(f, ways[i]) == -1)
			continue;
		rc = copy_attached(f);
		annals_file_run(f, "DETACH old");
	}
	return rc;
}

int
annals_file_copy(struct annals_file *f, const char *dir)
{
	set_path(f, dir);
	f->in_memory = true;
	if (connect_to(f, ":memory:") == -1 || annals_file_run(f, schema) == -1)
		return -1;
	if (access(f->path, F_OK) == 0 && copy_what_stands(f) == -1)
		log_warn("%s cannot be read: what stood before is known from "
			 "the log of events alone",
		    f->path);
	return 0;
}
