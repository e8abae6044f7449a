/*
 * shelf.h - which segments there are, and how far each may be read
 *
 * Shared by the one who writes and those who read, under one short lock.
 * Blocks on the disk only to remove a file.
 */
#ifndef SHELF_H
#define SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/record.h"

struct catalog;
struct shelf;

struct shelf_segment {
	uint64_t serial; /* never used twice while the program runs; 0: none */
	uint64_t first_seq;
	int64_t wall_ms; /* of its first batch */
	int64_t bytes; /* published: synced and to be read */
	int64_t taken; /* on disk, with the zeroes it is filled with */
	int64_t judged; /* damage up to here was counted */
};

struct shelf_figures {
	int64_t bytes, oldest_ms; /* bytes: taken, of all */
	uint64_t damaged, dropped; /* records; segments removed for room */
};

struct shelf *shelf_new(int dir); /* the descriptor is borrowed */
void shelf_free(struct shelf *s); /* NULL is fine */

/* ---- the writer ---- */

/* Puts a segment behind the newest, or in place of it if it begins with the
 * same seq (then no batch was in it).  Returns the serial it gets. */
uint64_t shelf_add(struct shelf *s, const struct shelf_segment *segment);
void shelf_publish(struct shelf *s, int64_t bytes, int64_t taken); /* newest */

/* The newest was written of this catalog, and it stands there as bytes with
 * this crc: readers need no copy of their own. */
void shelf_name(struct shelf *s, uint32_t crc, struct catalog *c);

void shelf_wake(struct shelf *s); /* everybody who watches */

/* Removes the oldest; false if only one is left (it holds the numbers that must
 * not be used again) or the file cannot be removed. */
bool shelf_drop(struct shelf *s);

/* ---- the readers ---- */

/* The segment where the batch behind after_seq lies, else the next, else the
 * newest; false if there are none at all. */
bool shelf_find(struct shelf *s, uint64_t after_seq, struct shelf_segment *out);

/* What became of a segment (false if it is gone), and the one behind it (serial
 * 0 if there is none). */
bool shelf_look(struct shelf *s, uint64_t serial, struct shelf_segment *now,
    struct shelf_segment *next);

/* Counts damage found in a segment before the place, once for all readers. */
void shelf_damaged(
    struct shelf *s, uint64_t serial, int64_t place, uint64_t records);

#define SHELF_WATCHERS_MAX                                                     \
	(2 * RECORD_CURSORS_MAX + 8) /* readers: two a follower, some for the  \
					web */

/* Readers of one segment share its catalog, hundreds of KiB of names.  The one
 * that was kept last, if it is this segment's and was made of bytes with this
 * crc (a file may be written anew under a reader); a reference of the caller's.
 * NULL: read it, and keep it for the others. */
struct catalog *shelf_catalog(struct shelf *s, uint64_t serial, uint32_t crc);
void shelf_keep_catalog(
    struct shelf *s, uint64_t serial, uint32_t crc, struct catalog *c);

/* An eventfd to be woken; false if there are too many. */
bool shelf_watch(struct shelf *s, int eventfd);
void shelf_unwatch(struct shelf *s, int eventfd);

/* Somebody who watches hangs in the disk: it must not be freed any more. */
void shelf_leave(struct shelf *s);
bool shelf_is_left(struct shelf *s);

/* What is taken by segments with batches behind after_seq. */
int64_t shelf_behind(struct shelf *s, uint64_t after_seq);

int shelf_dir(const struct shelf *s);
void shelf_measure(struct shelf *s, struct shelf_figures *out);

#endif
