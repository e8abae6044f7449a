/*
 * annals.h - the chronicle's database: <store>/events.db
 *
 *	event		each event once, by (log, seq)
 *	standing	the last event of every alarm that is not plainly
 *			normal: state NORMAL, not shelved, suppressed or out of
 *			service
 *	position	which log was followed, and how far
 *
 * All three change in one transaction.  id rises in the order of the log.  ts
 * is when it was, as well as can be known; clock says if that is not for sure,
 * and is NULL otherwise.  counts is 1 for an event of an alarm that is neither
 * hidden nor simulated.  members is the event's own text.
 *
 * What fails is -1, with annals_why; then the only thing to be done with it is
 * to close it, and to open it again: at once if it is damaged.  Belongs to one
 * thread.  Blocks on the disk.
 */
#ifndef ANNALS_H
#define ANNALS_H

#include "gateway/base/err.h"
#include "gateway/measure/timeline.h"
#include "gateway/store/chronicle.h"

#define ANNALS_ROWS_MAX 1000000 /* events; some 700 MB */

struct annals;

struct annals_row {
	uint64_t seq;
	struct stamp at;
	int64_t ts_ms;
	const char *clock; /* NULL: for sure; "unsynced", "estimated" */
	const char *members;
};

/* Opens it or makes it, 0600.  What is there but damaged is set aside as
 * events.db.damaged, what a newer riser wrote as events.db.newer, over an older
 * one of that name; said in the log.  NULL with the reason. */
struct annals *annals_open(const char *dir, struct err *err);

/* A copy in memory of what the file says stands, as far as that can be read: to
 * go on with where the disk takes nothing.  It keeps no events.  NULL if there
 * is no memory. */
struct annals *annals_copy(const char *dir);

/* Sets the file aside if it was found to be damaged.  NULL is fine. */
void annals_close(struct annals *a);

bool annals_damaged(const struct annals *a);
const char *annals_why(const struct annals *a);

/* How far this log was followed; 0 if it is not the one last followed. */
int annals_position(struct annals *a, const char *log, uint64_t *seq);

/* The next of this log, in its order; each is taken once, and one that is there
 * is left as it is.  All or none. */
int annals_take(struct annals *a, const char *log,
    const struct annals_row *rows, size_t count);

/* What is known of boots now: their events are given their true times. */
int annals_restamp(struct annals *a, const struct timeline *times);

/* Removes a few that were before then, or are too many: returns whether there
 * may be more. */
int annals_forget(struct annals *a, int64_t before_ms);

/* Each that stands, in the order of their last events. */
int annals_standing(struct annals *a,
    void (*see)(void *context, const struct chronicle_alarm *alarm),
    void *context);

#endif
