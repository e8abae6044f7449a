/*
 * changes.h - points whose changes are events: a lift's mode, its fault
 *
 * Each change of a good value of a point with `journal: true` is an event; what
 * is bad meanwhile is none, and the next good value is compared with the last
 * one.  What was told last before a start is where the first value after it is
 * compared with; where nothing was, that is no news, for what was before it is
 * not known.  A change of the maker's number is one of fault_code too, though
 * the code stays the same.
 *
 * A point that flaps fills no log: of one there are at most CHANGES_A_MINUTE
 * events a minute, and the next one says for how many changes it stands.  So
 * does the one that follows when the log took none for a while.
 *
 * Belongs to the loop; no clock, no thread; never blocks, but for
 * changes_restore.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "gateway/conf/conf.h"
#include "gateway/store/journal.h"

#define CHANGES_A_MINUTE 10

struct changes;

/* conf and catalog (conf's) outlive it; events may be NULL, then nobody is
 * told.  old may be NULL: what it knew of points of the same name that are
 * still defined in the same way is carried over; it is left as it was. */
struct changes *changes_new(const struct conf *conf,
    const struct catalog *catalog, struct journal *events,
    const struct changes *old);
void changes_free(struct changes *c); /* NULL is fine */

/* Begins where the newest events of the store's chronicle end: texts, truths
 * and whole numbers; of other numbers an event has not all.  Once, at a start,
 * before anything is taken; blocks on the disk. */
void changes_restore(struct changes *c, const char *dir);

/* All readings of a batch, the computed ones among them. */
void changes_take(struct changes *c, const struct batch *b);

#endif
