/*
 * tape.h - the writing end of the journal: the newest segment, and the next
 *
 * Made by the loop at start, then used by the writer's thread alone.  Blocks on
 * the disk.
 */
#ifndef TAPE_H
#define TAPE_H

#include "gateway/store/queue.h"
#include "gateway/store/recovery.h"

struct tape;

/* Goes on where the recovery left off; takes its descriptor. */
struct tape *tape_new(
    struct shelf *shelf, int64_t max_bytes, const struct recovery *from);
void tape_free(struct tape *t); /* NULL is fine */

/* Writes and syncs the slot (or NULL), and the cursors if they moved.  0; -1
 * with errno: nothing of it counts, write it again later, whole. */
int tape_write(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors, bool moved);

/* Puts on the shelf what was written; wakes nobody. */
void tape_publish(struct tape *t);

#endif
