/*
 * queue.h - batches that wait for the disk, as bytes, bounded
 *
 * A few slots; each becomes one record, so all its batches are of one catalog.
 * Takes no lock: the journal's covers it.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "gateway/store/record.h"

#define QUEUE_SLOTS 4 /* one being written, and room for reloads */
#define QUEUE_SLOT_BYTES                                                       \
	((size_t)2 * 1024 * 1024) /* 8 MiB: some minutes of a                  \
				     large estate */

/* What stands behind a slot's record when it is written. */
#define QUEUE_BEHIND_BYTES (RECORD_FRAME_BYTES + RECORD_CURSORS_BYTES)

struct slot {
	struct catalog *catalog; /* a reference; NULL: the slot is free */
	uint8_t *memory; /* room for a frame, the body, room behind */
	struct buf body;
	struct stamp before; /* of the last batch */
	struct record_frame frame; /* seq, first and counts */
	int64_t wall_ms; /* of the first batch */
};

struct queue {
	struct slot slots[QUEUE_SLOTS];
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

bool queue_waiting(const struct queue *q); /* any batches nobody has taken */

#endif
