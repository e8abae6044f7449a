/*
 * journal.h - the durable, bounded, numbered log that every sink follows
 *
 * The loop appends batches; the writer thread writes all that came since the
 * last commit as one record, syncs it, and only then are its batches *accepted*
 * and visible to readers.  A batch's seq rises by one and is never used for
 * another batch.  A sink follows with a reader (reader.h) and a cursor
 * (cursor.h); the cursor is kept in the journal itself: what it has had
 * acknowledged before the last commit is never sent again, what it has not is
 * sent again after a crash.
 *
 * When the quota is full the oldest segment goes, sent or not; readers see the
 * gap and cursors count it.  A journal never refuses to open because of data:
 * a torn tail is cut, a damaged record is skipped and counted.
 *
 * Threads: open/close/append/tick/catalog belong to the loop and never touch
 * the disk after open; readers and cursors may be used from one thread each.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "gateway/base/err.h"
#include "gateway/measure/sample.h"
#include "gateway/store/cursor.h"
#include "gateway/store/reader.h"

struct journal;

struct journal_conf {
	const char *dir; /* the store; the segments lie in its "readings".
			    Both are made if missing, 0700 */
	int64_t max_bytes;
	int64_t commit_every_ms;
};

/* Opens or creates, repairs the tail, takes the lock (flock), starts the
 * writer.  NULL with the reason.  Blocks on the disk. */
struct journal *journal_open(const struct journal_conf *conf, struct err *err);

/* Commits what is pending (waits at most wait_ms for the disk) and closes.
 * Readers must be gone. */
void journal_close(struct journal *j, int64_t wait_ms);

const char *journal_id(const struct journal *j); /* the contract's `log` */

/* The names of all that is appended from now on; keeps a reference.  What was
 * appended before stays under the names of its time.  Until the first catalog,
 * and after one that is too large for the disk's format (said in the log),
 * nothing can be appended. */
void journal_catalog(struct journal *j, struct catalog *c);

/* Queues a copy of the batch for the next commit and gives it its seq and
 * first.  False if the queue in memory is full (the disk is stalled): the batch
 * is not accepted and the caller counts it.  Never blocks. */
bool journal_append(struct journal *j, struct batch *b);

/* Hands pending batches to the writer when a commit is due (commit_every, or at
 * once after an urgent batch).  Returns when it next wants to run (monotonic
 * ms). */
int64_t journal_tick(struct journal *j, int64_t now_ms);

/* The cursor of this name: where it stood, or at the tail if it is new.
 * Owned by the journal.  One follower a name at a time. */
struct cursor *journal_follow(struct journal *j, const char *name);

/* ---- what /metrics and /healthz want ---- */

struct journal_state {
	uint64_t tail_seq; /* last accepted */
	uint64_t tail_readings; /* accepted since the store was made */
	int64_t bytes; /* on disk */
	int64_t oldest_ms; /* wall time of the oldest batch kept, 0: none */
	uint64_t damaged; /* records skipped since open */
	uint64_t refused; /* batches append refused since open */
	bool failing; /* the last commit did not reach the disk */
};

void journal_state(struct journal *j, struct journal_state *s); /* any thread */

struct shelf *journal_shelf(struct journal *j); /* for reader_open */

#endif
