/*
 * chronicle.h - the log of events in SQLite: for years, and to be searched
 *
 * A thread that follows the log of events and writes each one as a row of
 * <store>/events.db, together with how far it came in the same transaction: so
 * each is there once.  Only what is on disk in the log is taken.  It keeps
 * beside it the last event of every alarm that is not plainly normal: what a
 * restart begins with, also when the log has long forgotten that event.
 *
 * A damaged database is set aside (events.db.damaged) with a message, and one
 * that a newer riser wrote (events.db.newer), and one is made anew from what
 * the log still has.  On a disk that takes nothing it goes without and tries
 * again every five seconds.  Rows older than CHRONICLE_KEEP_MS go, a few at a
 * time.
 */
#ifndef CHRONICLE_H
#define CHRONICLE_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/store/journal.h"

#define CHRONICLE_KEEP_MS (3LL * 366 * 24 * 3600 * 1000)
#define CHRONICLE_ROWS_MAX 10000 /* one query gives no more, and says so */

struct chronicle;

/* Opens, or makes, the database in the store's folder, brings it up to the end
 * of what the log has on disk, and starts the thread.  Blocks on the disk.
 * NULL with the reason only if there is no thread or descriptor.  events
 * outlives it. */
struct chronicle *chronicle_open(
    const char *dir, struct journal *events, struct err *err);

/* Waits at most CHRONICLE_STOP_MS for its thread; what that has not written yet
 * is written at the next start.  NULL is fine. */
#define CHRONICLE_STOP_MS 300
void chronicle_close(struct chronicle *c);

/* ---- what stood at the end: after open, before the first new event ---- */

struct chronicle_alarm {
	const char *device, *alarm;
	const char *members; /* of its last event, alarm_record.h's among them
			      */
	struct stamp at; /* of that event */
	const char *log;
	uint64_t seq;
	int64_t ts_ms; /* as well as could be known: timeline.h */
};

/* Calls see for each alarm that is not plainly normal.  0, or -1 if it cannot
 * be read (said in the log). */
int chronicle_alarms(struct chronicle *c,
    void (*see)(void *context, const struct chronicle_alarm *a), void *context);

/* ---- questions: any thread, any process, read-only ----
 *
 * Each takes two seconds at most and fails if it would take longer.  Where
 * there is no database yet the answer is an empty one.  What fails adds nothing
 * to out. */

struct chronicle_query {
	int64_t from_ms, to_ms; /* Unix; to_ms 0: no end */
	const char *device, *alarm, *type; /* or NULL: all */
	const char *without; /* a type that is left out; or NULL */
	uint64_t before; /* row number to go on from (older); 0: newest */
	unsigned limit; /* rows, 1..CHRONICLE_ROWS_MAX */
};

/* {"events":[{"log":..,"seq":..,"ts":..,"type":..,..},..],"next":ROW | null},
 * the newest first; "clock":"unsynced" or "estimated" in one whose ts is not
 * known for sure.  next is `before` of the next question.  0; -1 with the
 * reason. */
int chronicle_journal(const char *dir, const struct chronicle_query *q,
    struct buf *out, struct err *err);

/* How the alarms did from from_ms to to_ms:
 *
 *	{"from":..,"to":..,"since":..,"raised":N,"by_severity":{"P1":N,..},
 *	"per_hour":{"mean":..,"max":N},"flood_minutes":N,
 *	"ack_s":{"median":.. | null,"p95":..},"p1_acked_in_3min":RATIO | null,
 *	"chattering":[{"alarm":"lift-1/door-slow","count":N},..],
 *	"top":[{"alarm":..,"count":N},..],"stale":[{"alarm":..,"since":MS},..]}
 *
 * Alarms that are hidden or simulated do not count.  since is from, or later if
 * the chronicle begins later; per_hour.mean is of the time since then, of an
 * hour at least.  per_hour.max is of any
 * sixty minutes.  A minute is of a flood if it ends ten with more than ten
 * raises.  ack_s is of the acknowledgements given in that time, from the
 * occurrence's first raise, by nearest rank.  Of the raises of P1 those count
 * for p1_acked_in_3min whose three minutes are over or that were acknowledged.
 * chattering has how often each began to chatter; stale, what stands now and
 * had been active for more than a day at to_ms; top is of ten. */
int chronicle_figures(const char *dir, int64_t from_ms, int64_t to_ms,
    struct buf *out, struct err *err);

/* {"alarms":[..]}: what /api/v1/alarms would say, by the last events; for
 * a store whose daemon does not run. */
int chronicle_standing(const char *dir, struct buf *out, struct err *err);

/* While this process is to hush, its questions that take more than a moment
 * fail at once: who stops need not wait for them. */
void chronicle_hush(bool hush);

#endif
