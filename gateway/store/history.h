/*
 * history.h - what people look back at: readings for weeks, slots for years
 *
 * A thread that follows the log of readings into <store>/history.db, together
 * with how far it came in the same transaction: so each is there once.  Only
 * what is on disk in the log is taken; what is in the thread's memory yet (a
 * quarter of an hour at most) is still in the log, and read again after a
 * crash.
 *
 * Two things are kept: readings, point by point (track.h), and slots of a
 * minute and of a quarter of an hour (slots.h), computed when their time is
 * over, and again when a reading turns out to belong to it.  All else is
 * merged of them when it is asked for (history_query.h).
 *
 * A damaged database is set aside (history.db.damaged) with a message, and one
 * that a newer riser wrote (history.db.newer), and one is made anew from what
 * the log still has.  On a disk that takes nothing it goes without and tries
 * again every five seconds.
 *
 * The modules, from the inside: measure/slot (one slot, and how readings fill
 * it), store/calendar (local hours and days); crate, numbers, rice, track and
 * slots (bytes); history_sql, history_file, history_rows and history_room
 * (SQLite); history_names, sheaf and intake (the log becomes stretches), past,
 * reference and rollup (stretches become slots), already (imports), history
 * (the thread); history_query, history_show and history_page (answers),
 * history_raw (the readings themselves), history_figures (for /metrics).
 *
 * Open, for who goes on:
 *
 *	- riser top, the report: history_query for each of their columns
 *	- a file with more than 65535 devices must be set aside by hand
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "gateway/base/err.h"
#include "gateway/store/history_file.h"
#include "gateway/store/journal.h"

#define HISTORY_FLUSH_MS (15 * 60 * 1000) /* in memory, at most */
/* How long readings, minutes and quarters are kept, if there is room. */
#define HISTORY_RAW_MS (35 * 24 * 3600 * 1000LL)
#define HISTORY_MINUTES_MS (400 * 24 * 3600 * 1000LL)
#define HISTORY_QUARTERS_MS (10 * 366 * 24 * 3600 * 1000LL)
#define HISTORY_HOLD_MS 105000 /* of a point that nobody told of */

struct history;

struct history_conf {
	const char *dir; /* the store */
	struct history_keep keep;
};

/* How long a point's value holds: half as long again as it may be silent, and
 * what a retry takes. */
int64_t history_hold_ms(int64_t heartbeat_ms, int64_t every_ms);

/* Starts the thread, which opens or makes the database, and follows from where
 * that says it was as soon as history_know was called.  Comes before anything
 * is appended to readings, which outlives it: what comes then is of a new run
 * of the program, and nothing holds into it.  NULL with the reason only if
 * there is no thread or descriptor. */
struct history *history_open(
    const struct history_conf *conf, struct journal *readings, struct err *err);

/* It is to end: it writes what is in memory, meanwhile, and can still be asked.
 * Closing waits at most wait_ms for that; what is not written then is still in
 * the log.  A thread that the disk holds is left behind.  Who has a reference
 * may go on asking.  NULL is fine. */
void history_ask(struct history *h);
void history_close(struct history *h, int64_t wait_ms);

/* The points as they are now, and of each, in the catalog's order, how long its
 * value holds.  Keeps a reference, and a copy.  Any thread. */
void history_know(
    struct history *h, struct catalog *c, const int64_t *holds_ms);

/* Who asks for longer than it may be open, for the disk can hang, keeps it:
 * then what it has in memory is there.  Any thread.  NULL is fine. */
struct history *history_ref(struct history *h);
void history_unref(struct history *h);

/* ---- for history_query.c ---- */

struct past;

/* What the thread has in memory of a point, into p.  Any thread. */
struct history_tail {
	uint64_t first_seq; /* 0: nothing is in memory; else it is in the file
			       too if that has come so far meanwhile */
	int64_t known_ms; /* up to when anything is known; 0: nothing yet */
	int64_t from_ms; /* of what is in memory */
};

const char *history_log(const struct history *h); /* the id of its log */
void history_tail(struct history *h, const char *device, const char *point,
    struct past *p, struct history_tail *tail);

/* ---- what /metrics and /healthz want ---- */

struct history_state {
	bool failing; /* what was last to be written was not, or the disk holds
			 the thread for half a minute */
	bool aside; /* a damaged file, or a newer one, lies beside it */
	uint64_t read_seq; /* how far the log is read, into memory */
	uint64_t unread; /* batches that the log has on disk behind that */
	int64_t known_ms; /* the newest time that is written; 0: none */
	int64_t bytes; /* of the file, in use */
	uint64_t set_aside; /* files, since open: damaged or newer */
	uint64_t damaged; /* tracks and blocks that could not be read */
	uint64_t missed; /* batches gone from the log before they were read */
	int64_t missed_ms; /* when that was last seen, monotonic; 0: never */
};

/* Any thread, while it is not closed; the same is printed for /metrics. */
void history_state(struct history *h, struct history_state *s);

#endif
