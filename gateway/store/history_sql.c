/*
 * history_sql.c - the history's statements
 *
 * Each is made when it is first asked for, and kept until the file is closed.
 */
#include "gateway/store/history_sql.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

struct history_statements {
	sqlite3_stmt *of[SQL_COUNT];
};

/* Where the stretch before s ended, of those that came from the log. */
#define ENDED                                                                  \
	"(SELECT x.stop FROM stretch x WHERE x.id < s.id AND x.log != ''"      \
	" ORDER BY x.id DESC LIMIT 1)"

/* The one that says how far of the log there is. */
#define LAST "(SELECT ifnull(max(id), 0) FROM stretch WHERE log != '')"

/* The first name of the same point. */
#define FIRST                                                                  \
	"(SELECT min(n.id) FROM name n WHERE n.device = name.device"           \
	" AND n.point = name.point)"

static const char *const texts[SQL_COUNT] = {
    [SQL_POSITION] = "SELECT seq FROM stretch WHERE log = ?1"
		     " ORDER BY id DESC LIMIT 1",
    [SQL_PAUSE] = "INSERT OR IGNORE INTO pause VALUES (?1)",
    [SQL_NEXT_PAUSE] = "SELECT min(seq) FROM pause WHERE seq >= ?1",
    [SQL_PAST_PAUSES] = "DELETE FROM pause WHERE seq < ?1",
    [SQL_DEVICE] = "SELECT number FROM device WHERE id = ?1",
    [SQL_ADD_DEVICE] = "INSERT INTO device (id) VALUES (?1)",
    [SQL_DEVICES] = "SELECT max(number) FROM device",
    [SQL_NAME] = "SELECT id FROM (SELECT * FROM name WHERE device = ?1"
		 "  AND point = ?2 ORDER BY id DESC LIMIT 1)"
		 " WHERE unit = ?3 AND role = ?4 AND form = ?5 AND hold = ?6",
    [SQL_ADD_NAME] = "INSERT INTO name (device, point, unit, role, form, hold)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_NAMES] = "SELECT id, role = 'counter', hold, " FIRST
		  " FROM name WHERE device = ?1 ORDER BY id LIMIT ?2",
    [SQL_NAMES_LIKE] =
	"SELECT id, role = 'counter', hold, " FIRST
	" FROM name WHERE device = ?1 AND point = ?3"
	" AND (unit, form) = (SELECT unit, form FROM name"
	"  WHERE device = ?1 AND point = ?3 ORDER BY id DESC LIMIT 1)"
	" ORDER BY id LIMIT ?2",
    [SQL_ADD_STRETCH] = "INSERT INTO stretch (start, stop, shift, boot,"
			" settled, broken, log, seq)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_PUT_RAW] = "INSERT INTO raw VALUES (?1, ?2)",
    [SQL_RAW] =
	"SELECT s.shift, s.broken,"
	" ifnull(CASE WHEN s.broken THEN " ENDED " END, s.start - 1), track"
	" FROM stretch s LEFT JOIN raw ON key = s.id << 16 | ?1"
	" WHERE (s.stop >= ?2 AND s.start < ?3)"
	" OR (s.broken AND " ENDED " >= ?2 AND " ENDED " < ?3) ORDER BY s.id",
    [SQL_ENDS] =
	"SELECT min(start), ifnull((SELECT stop FROM stretch WHERE log != ''"
	"  ORDER BY id DESC LIMIT 1), max(stop))"
	" FROM stretch",
    [SQL_KNOWN] = "SELECT ifnull((SELECT stop FROM stretch WHERE log != ''"
		  "  ORDER BY id DESC LIMIT 1),"
		  " (SELECT max(stop) FROM stretch))",
    [SQL_OWN_END] = "SELECT stop FROM stretch WHERE id = " LAST,
    [SQL_FORGOTTEN] = "SELECT until FROM forgotten WHERE tier = ?1",
    [SQL_FORGET] = "INSERT INTO forgotten VALUES (?1, ?2) ON CONFLICT DO"
		   " UPDATE SET until = max(until, excluded.until)",
    [SQL_OLDEST] = "SELECT min(stop) FROM stretch WHERE id != " LAST,
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
    [SQL_LONGEST] = "SELECT max(hold), max(id) FROM name WHERE id > ?1",
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
    [SQL_DUE_BEFORE] = "SELECT 1 FROM due WHERE (tier = 0 AND span < ?1)"
		       " OR (tier = 1 AND span < ?2) LIMIT 1",
    [SQL_OLD_RAW] =
	"DELETE FROM raw WHERE key IN (SELECT key FROM stretch CROSS JOIN raw"
	" ON key BETWEEN id << 16 AND id << 16 | 65535"
	" WHERE stop < ?1 ORDER BY id LIMIT ?2)",
    [SQL_OLD_STRETCH] =
	"DELETE FROM stretch WHERE stop < ?1 AND id != " LAST
	" AND id < ifnull((SELECT s.id FROM stretch s WHERE s.stop < ?1"
	"  AND EXISTS (SELECT 1 FROM raw"
	"   WHERE key BETWEEN s.id << 16 AND s.id << 16 | 65535)"
	"  ORDER BY s.id LIMIT 1), 1 << 62)",
    [SQL_OLD_MINUTES] = "DELETE FROM minute WHERE key IN (SELECT key"
			" FROM minute WHERE key < ?1 << 16 LIMIT ?2)",
    [SQL_OLD_QUARTERS] = "DELETE FROM quarter WHERE key IN (SELECT key"
			 " FROM quarter WHERE key < ?1 << 16 LIMIT ?2)",
    [SQL_BYTES] = "SELECT (page_count - freelist_count) * page_size FROM"
		  " pragma_page_count, pragma_freelist_count, pragma_page_size",
};

void
history_sql_make(struct history_file *f)
{
	f->q = must_alloc(1, sizeof(*f->q));
}

void
history_sql_free(struct history_file *f)
{
	for (int i = 0; f->q != NULL && i < SQL_COUNT; i++)
		sqlite3_finalize(f->q->of[i]);
	free(f->q);
	f->q = NULL;
}

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
