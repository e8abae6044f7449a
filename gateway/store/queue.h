/*
 * queue.h - batches that wait for the disk, as rows, bounded
 *
 * A few slots, oldest first; each becomes one record, so all its batches are of
 * one catalog.  The oldest may be with the writer: then it neither grows nor
 * goes.  Takes no lock: the journal's covers it.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "gateway/store/record.h"

#define QUEUE_SLOTS                                                            \
	16 /* what is given up when memory is full is one of them              \
	    */
#define QUEUE_SLOT_BYTES /* 8 MiB in all: a large estate's minutes; pages are  \
			    only taken when they are filled */                 \
	((size_t)512 * 1024)

struct slot {
	struct catalog *catalog; /* a reference; NULL: events have none */
	uint8_t *memory;
	struct buf rows;
	struct stamp before; /* of the last batch */
	struct record_frame frame; /* seq, first and counts */
	int64_t wall_ms; /* of the first batch */
};

struct queue {
	struct slot slots[QUEUE_SLOTS];
	struct slot *order[QUEUE_SLOTS]; /* a ring */
	size_t head, count; /* oldest, and how many are in use */
	bool taken; /* the oldest is with the writer */
};

void queue_init(struct queue *q);
void queue_free(struct queue *q); /* what it holds */

/* Copies the batch (its seq and first are set).  False if there is no room. */
bool queue_put(struct queue *q, struct catalog *c, const struct batch *b);

/* The oldest slot, to be written; the newest, which may still grow, only if
 * asked for all.  NULL if there is none.  One at a time. */
struct slot *queue_take(struct queue *q, bool all);

/* The slot taken is on disk.  Gives back its catalog, to be unreferenced
 * outside the lock. */
struct catalog *queue_done(struct queue *q);

/* Gives up the oldest slot that is not taken; there must be one.  Its readings
 * are lost.  Gives back its catalog, as queue_done. */
struct catalog *queue_evict(struct queue *q, uint64_t *readings);

bool queue_waiting(const struct queue *q); /* any batches nobody has taken */

/* The newest batch and all readings up to it; false if there is none. */
bool queue_tail(const struct queue *q, uint64_t *seq, uint64_t *readings);

/* ---- for those who cannot wait for the disk ---- */

/* A copy of rows, to be read without the lock. */
struct rows {
	uint8_t *memory; /* QUEUE_SLOT_BYTES */
	struct catalog *catalog; /* a reference */
	struct bytes bytes;
	struct stamp before;
	uint32_t batches; /* not given yet */
	uint64_t seq, first; /* of the next of them */
	uint64_t slot_seq; /* of which slot, and from where in it */
	size_t begin;
};

void rows_init(struct rows *r);
void rows_free(struct rows *r); /* what it holds */

/* Copies what there is behind after_seq up to and with last_seq, of one slot;
 * false if there is none.  Of a slot that was copied before, and read to its
 * end, only what came since.  The catalog of the copy before goes to *old, to
 * be unreferenced outside the lock. */
bool queue_copy(const struct queue *q, uint64_t after_seq, uint64_t last_seq,
    struct rows *r, struct catalog **old);

/* The next batch of the copy; it and its readings as row_get. */
bool rows_next(struct rows *r, struct batch *b);

#endif
