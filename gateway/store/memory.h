/*
 * memory.h - what is not on disk yet, and who may see it
 *
 * Batches get their numbers here and wait in the queue.  Two marks divide the
 * seqs: on disk up to `disk_seq`, to be seen up to `tail`.  As a rule they are
 * the same.  While memory is open, because the disk fails or stalls, the tail
 * moves with each batch, and what is between the marks is read from the queue.
 * A slot leaves the queue in the same moment as the mark on disk moves behind
 * it, so there is no seq that is in neither place; and the tail never falls, so
 * what was seen is accepted, in the ledger too.
 *
 * Open memory refuses nothing: when it is full the oldest slot goes that the
 * writer has not got.  What goes was accepted: who had not got it sees the gap.
 *
 * Takes no lock: the journal's covers it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "gateway/store/cursor.h"
#include "gateway/store/queue.h"

struct memory {
	struct queue queue;
	uint64_t next_seq, next_first; /* of the next batch */
	uint64_t disk_seq; /* last one on disk */
	struct cursor_tail tail; /* what can be seen; not before disk_seq */
	bool open;
	uint64_t from, to; /* seqs seen here, this time or the last; 0: none */
	uint64_t seen; /* readings seen here before they were on disk */
	uint64_t lost; /* readings that went */
	uint64_t lost_before; /* as it opened */
};

/* All before next_seq is on disk. */
void memory_init(struct memory *m, uint64_t next_seq, uint64_t next_first);
void memory_free(struct memory *m); /* what it holds, also all zeroes */

/* Numbers the batch and keeps a copy.  False if there is no room.  What had to
 * go for it leaves its catalog in *gone, to be unreferenced outside the lock.
 */
bool memory_put(struct memory *m, struct catalog *c, struct batch *b,
    struct catalog **gone);

/* All there is may be seen, and all that comes. */
void memory_open(struct memory *m);

/* What comes is seen when it is on disk. */
void memory_shut(struct memory *m);

/* The slot taken is on disk, and the shelf has it.  Gives back its catalog, to
 * be unreferenced outside the lock. */
struct catalog *memory_landed(struct memory *m);

/* Copies what can be seen behind after_seq, as queue_copy. */
bool memory_copy(const struct memory *m, uint64_t after_seq, struct rows *r,
    struct catalog **old);

#endif
