/*
 * history_sql.h - the history's statements, for history_file.c,
 * history_rows.c and history_room.c
 */
#ifndef HISTORY_SQL_H
#define HISTORY_SQL_H

#include "gateway/store/history_file.h"

enum history_sql {
	SQL_POSITION,
	SQL_PAUSE,
	SQL_NEXT_PAUSE,
	SQL_PAST_PAUSES,
	SQL_DEVICE,
	SQL_ADD_DEVICE,
	SQL_DEVICES,
	SQL_NAME,
	SQL_ADD_NAME,
	SQL_NAMES,
	SQL_NAMES_LIKE,
	SQL_ADD_STRETCH,
	SQL_PUT_RAW,
	SQL_RAW,
	SQL_ENDS,
	SQL_KNOWN,
	SQL_OWN_END,
	SQL_FORGOTTEN,
	SQL_FORGET,
	SQL_OLDEST,
	SQL_DUE_BEFORE,
	SQL_UNSETTLED,
	SQL_SETTLE,
	SQL_PUT_MINUTES,
	SQL_PUT_QUARTERS,
	SQL_DROP_MINUTES,
	SQL_DROP_QUARTERS,
	SQL_MINUTES,
	SQL_QUARTERS,
	SQL_MARK,
	SQL_LONGEST,
	SQL_DUE,
	SQL_STALE_MINUTES,
	SQL_STALE_QUARTERS,
	SQL_FIRST_MINUTES,
	SQL_FIRST_QUARTERS,
	SQL_DONE,
	SQL_OLD_RAW,
	SQL_OLD_STRETCH,
	SQL_OLD_MINUTES,
	SQL_OLD_QUARTERS,
	SQL_BYTES,
	SQL_COUNT
};

/* Room for them, of a file that is open; and away with them. */
void history_sql_make(struct history_file *f);
void history_sql_free(struct history_file *f);

/* Ready to be bound and stepped; NULL with f->why. */
sqlite3_stmt *history_sql(struct history_file *f, enum history_sql which);

/* Keeps why, by SQLite's result.  Returns -1. */
int history_sql_fail(struct history_file *f, int rc);

/* Steps and resets a statement that gives no row. */
int history_sql_run(struct history_file *f, sqlite3_stmt *q);

/* The number in the first row: 1; 0: no row.  Resets it. */
int history_sql_ask(struct history_file *f, sqlite3_stmt *q, int64_t *number);

/* Ends one that gave rows: rc is its last result. */
int history_sql_end(struct history_file *f, sqlite3_stmt *q, int rc);

#endif
