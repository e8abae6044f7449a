/*
 * journal.h - the durable, bounded, numbered log that every sink follows
 *
 * There are two, of the same making: the readings, and the events.  Batches are
 * appended; the writer thread writes all that came since the last commit as one
 * record, syncs it, and only then are they *accepted* and visible to readers.
 * A batch's seq rises by one and is never used for another batch.  A sink
 * follows with a follower (follower.h), whose cursor is kept in the journal
 * itself: what was acknowledged before the last commit is never sent again,
 * what was not is sent again after a crash.
 *
 * A disk that fails, or keeps a commit waiting for more than a second, must not
 * mute anybody: then readers are given the batches from memory (volatile) until
 * the disk takes them.  If the program ends before that they are gone and their
 * seqs are used again; so what leaves in this way bears another id than the
 * journal's own, one of this process.  What memory cannot hold goes, the oldest
 * first, and is a gap to those who did not have it.
 *
 * When the quota is full the oldest segment goes, sent or not; readers see the
 * gap and cursors count it.  A journal never refuses to open because of data:
 * a torn tail is cut, a damaged record is skipped and counted; and an existing
 * one opens on a disk that is full or read-only.
 *
 * Threads: open/close/tick/catalog/clock belong to the loop and never touch the
 * disk after open; append is for any thread; readers and cursors are used from
 * one thread each.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "gateway/base/err.h"
#include "gateway/measure/timeline.h"
#include "gateway/store/cursor.h"
#include "gateway/store/reader.h"

struct journal;

struct journal_conf {
	const char *dir; /* the store, made if missing, 0700 */
	const char *name; /* "readings" or "events": the folder in it;
			     "readings" if NULL */
	int64_t max_bytes;
	int64_t commit_every_ms;
};

/* Opens or creates, repairs the tail, takes the lock (flock), starts the
 * writer.  NULL with the reason.  Blocks on the disk. */
struct journal *journal_open(const struct journal_conf *conf, struct err *err);

/* Commits what is pending (waits at most wait_ms for the disk) and closes.
 * Readers must be gone, or left (reader_leave): then nothing is freed. */
void journal_close(struct journal *j, int64_t wait_ms);

const char *journal_id(const struct journal *j); /* the contract's `log` */
const char *journal_volatile_id(const struct journal *j);

/* The names of all that is appended from now on; keeps a reference.  What was
 * appended before stays under the names of its time.  Until the first catalog,
 * and after one that is too large for the disk's format (said in the log),
 * nothing can be appended. */
void journal_catalog(struct journal *j, struct catalog *c);

/* Queues a copy of the batch for the next commit and gives it its seq and
 * first; an urgent one, as each event is, begins a commit at once.  False if it
 * cannot be kept (no catalog; memory is full while the disk stalls and is not
 * yet given up): the caller counts it.  Never blocks, any thread.  Batches with
 * `event` are for the log of events, which needs no catalog, and only for it.
 */
bool journal_append(struct journal *j, struct batch *b);

/* What is known of this boot's clock, as often as one likes.  Kept with the
 * next commit if it was news. */
void journal_clock(
    struct journal *j, bool synced, int64_t wall_ms, int64_t mono_ms);

/* A copy of the boots' times; any thread. */
void journal_timeline(struct journal *j, struct timeline *out);

/* Lets the writer begin when a commit is due, commit_every after the first
 * batch that waits, and gives up on a disk that keeps it for more than a
 * second. Returns when it next wants to run (monotonic ms). */
int64_t journal_tick(struct journal *j, int64_t now_ms);

/* Who follows, and what each has not had. */
struct cursor_table *journal_cursors(struct journal *j);

/* The cursor of this name: where it stood, or at the tail if it is new.
 * Owned by the journal.  One follower a name at a time. */
static inline struct cursor *
journal_follow(struct journal *j, const char *name)
{
	return cursor_table_follow(journal_cursors(j), name);
}

/* ---- what /metrics and /healthz want ---- */

struct journal_state {
	bool resumed; /* it was written to before it was opened, in this boot */
	uint64_t tail_seq; /* last accepted: readers can have it */
	uint64_t tail_readings; /* accepted since the store was made */
	int64_t bytes; /* on disk */
	int64_t oldest_ms; /* wall time of the oldest batch kept, 0: none */
	uint64_t damaged; /* records skipped since open */
	uint64_t dropped; /* segments removed for room since open */
	uint64_t refused; /* batches append refused since open */
	uint64_t lost; /* readings that memory could not hold, since open */
	uint64_t disk_seq; /* last one on disk */
	bool in_memory; /* readers are given what is not on disk yet */
	/* the seqs given so, now or the last time; 0: none since open */
	uint64_t memory_first, memory_last;
	uint64_t memory_readings; /* given so since open */
	bool failing; /* the last commit did not reach the disk */
	uint64_t commits, failures; /* tries that did and did not, since open */
};

void journal_state(struct journal *j, struct journal_state *s); /* any thread */

/* Bytes on disk that some follower has not had yet, in whole segments; 0 if
 * nothing waits.  Any thread. */
int64_t journal_backlog(struct journal *j);

/* ---- for reader.c ---- */

struct rows;

struct shelf *journal_shelf(struct journal *j);

/* Where a reader finds the next batch behind after_seq.  ON_DISK: there, if it
 * can be read, and *disk_seq is the last one that the shelf has.  IN_MEMORY:
 * the copy holds it. */
enum journal_place { JOURNAL_NOWHERE, JOURNAL_ON_DISK, JOURNAL_IN_MEMORY };

enum journal_place journal_look(struct journal *j, uint64_t after_seq,
    struct rows *copy, uint64_t *disk_seq);

#endif
