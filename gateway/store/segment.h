/*
 * segment.h - the files of the journal: made, written, and read past damage
 *
 * A segment is named by the seq it begins with, 20 digits and ".seg".  It is
 * written past the page cache where that can be done, in whole sectors: each
 * write begins with a sector and its last one is filled up with zeroes, so what
 * was synced once is never written again.  Ahead of what is written the file is
 * filled with zeroes, so that a commit need not make it longer.
 *
 * So a record stands at the beginning of a sector, or right behind the record
 * that was written with it; zeroes up to the end of the file are its clean end.
 *
 * Calls block on the disk and return -1 with errno.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "gateway/store/record.h"

#define SEGMENT_NAME_BYTES 25
#define SEGMENT_UNSETTLED "next"
#define SEGMENT_SECTOR ((int64_t)512) /* bytes: what a disk writes whole */
#define SEGMENT_ALIGN                                                          \
	4096 /* of memory that is written: enough for any disk                 \
	      */

void segment_name(char name[SEGMENT_NAME_BYTES], uint64_t first_seq);
bool segment_name_read(const char *name, uint64_t *first_seq);

int64_t segment_round(int64_t bytes); /* up to whole sectors */

/* A new one is written under a name that nobody reads (segment_create) and gets
 * its own, in place of one that may stand there, when all of it is on disk
 * (segment_settle).  segment_scrap removes one that was never settled. */
int segment_create(int dir);
int segment_settle(int dir, int fd, uint64_t first_seq);
void segment_scrap(int dir);

/* An old one, to read, or to go on writing it. */
int segment_open(int dir, uint64_t first_seq);
int segment_reopen(int dir, uint64_t first_seq);
int segment_remove(int dir, uint64_t first_seq);

/* All of it or -1: short writes go on, and one that writes nothing is ENOSPC.
 * A disk that does not take whole sectors from our memory (a larger sector, a
 * file system of another kind) gets them by way of the page cache. */
int segment_write(int fd, int64_t at, const void *bytes, size_t length);

/* Zeroes from `at` up to `end`, both at a sector. */
int segment_clear(int fd, int64_t at, int64_t end);

/* Reads records one after the other.  Set fd, at and end (not read beyond; may
 * be moved forward later); the rest zero. */
struct segment_scan {
	int fd;
	int64_t at, end; /* bytes */
	struct record_frame frame; /* of the record given */
	uint8_t *body; /* frame.length bytes, until the next call */
	size_t room;
	int64_t good_end; /* behind the last sound record */
	uint64_t next_seq, next_first; /* what all frames seen, sound body or
					  not, say comes next; 0: none seen */
	uint64_t damaged; /* places that had to be skipped */
	int64_t unknown; /* bytes from `at` on that are no record, and not the
			    torn end of a write that was never synced */
	unsigned failures; /* reads that failed at this place */
};

/* 1: a sound record; 0: none up to end; -1: the disk failed, the place is kept
 * and is skipped as damaged after some more tries. */
int segment_scan_next(struct segment_scan *s);
void segment_scan_free(struct segment_scan *s); /* the buffer, not fd */

/* The head of a segment: 0, or -1 if it has none (or none of this version).
 * The scan stands behind it then. */
int segment_scan_head(struct segment_scan *s, struct record_head *head);

/* Behind the last byte from `at` up to `end` that is not zero, or cannot be
 * read; `at` if all are. */
int64_t segment_used(int fd, int64_t at, int64_t end);

#endif
