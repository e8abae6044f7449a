/*
 * cursor.h - what each follower has not had yet, and the ledger that proves it
 *
 * A cursor is a row of ranges, oldest first, that are not done with; the last
 * one is open at its end.  A range is done with from its front, and when it is
 * empty it is gone.  At most 16: before there would be one more the two with
 * the fewest readings between them are joined, so that these are delivered
 * twice; never is anything left out.
 *
 * For each cursor accepted = delivered + pending + dropped, in readings.  The
 * four are counted apart: accepted and pending from the journal's own numbers
 * (batch->first), delivered and dropped by what the follower says.  A sum that
 * does not hold is a bug of the follower and is logged once.
 *
 * cursor_ack and its friends are for the follower's thread; the table is the
 * journal's.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "gateway/base/buf.h"
#include "gateway/store/record.h"

struct cursor;

/* Of the range that seq lies in all up to and with seq is done with:
 * `readings` of it were delivered.  upto is first + count of the batch with
 * that seq.  Written with the next commit. */
void cursor_ack(
    struct cursor *c, uint64_t seq, uint64_t upto, uint64_t readings);

/* The same, but they are gone for good.  At a gap before batch b, in range r:
 * cursor_drop(c, b->seq - 1, b->first, b->first - r->upto). */
void cursor_drop(
    struct cursor *c, uint64_t seq, uint64_t upto, uint64_t readings);

/* The ranges as they stand; returns how many, at least 1. */
size_t cursor_ranges(
    const struct cursor *c, struct record_range out[RECORD_RANGES_MAX]);

/* What comes behind seq, which was accepted, becomes a range of its own; upto
 * as for cursor_ack.  Nothing if the open range begins there or later. */
void cursor_split(struct cursor *c, uint64_t seq, uint64_t upto);

/* ---- the table: any thread ---- */

struct cursor_table;

struct cursor_tail {
	uint64_t seq, readings; /* the last accepted, all accepted */
};

/* As they stood on disk. */
struct cursor_table *cursor_table_new(
    const struct record_cursors *kept, struct cursor_tail tail);
void cursor_table_free(struct cursor_table *t); /* NULL is fine */

/* The named one, at the tail if it is new; room is made by forgetting the
 * unused one that is furthest behind. */
struct cursor *cursor_table_follow(struct cursor_table *t, const char *name);

/* Whoever followed does not any more: it stays where it is, and is waited for
 * by nobody until it is followed again. */
void cursor_unfollow(struct cursor *c);

void cursor_table_accept(struct cursor_table *t, struct cursor_tail tail);

/* Whether one moved since the last copy that reached the disk: `moves` of the
 * copy is handed back to cursor_table_saved. */
bool cursor_table_moved(struct cursor_table *t);
uint64_t cursor_table_copy(struct cursor_table *t, struct record_cursors *out);
void cursor_table_saved(struct cursor_table *t, uint64_t moves);

/* Behind this seq somebody who follows has not had all; the tail if nothing
 * waits.
 */
uint64_t cursor_table_behind(struct cursor_table *t);

/* Readings that the named one has not had yet; 0 if there is none. */
uint64_t cursor_table_pending(struct cursor_table *t, const char *name);

/* The ledger of every cursor followed, all taken at one moment, as the metric
 * "riser_readings_total" or "riser_events_total". */
void cursor_table_print(
    struct cursor_table *t, const char *metric, struct buf *out);

#endif
