/*
 * segment.c - the files of the journal
 *
 * A scan trusts nothing but checksums.  Behind a frame that is sound the place
 * of the next record is known, whatever became of the body; behind one that is
 * not, the next sound frame is searched byte by byte.  A frame that promises
 * more than the file holds, or a piece of a frame, is the torn end of a write
 * that was never synced.
 *
 * A read that fails is tried again by the caller, for a disk may come back; but
 * a bad sector must not stop a follower for ever, so after READ_TRIES the place
 * counts as damaged.
 */
#include "gateway/store/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"

#define SEQ_DIGITS 20
#define SUFFIX ".seg"
#define SEARCH_BYTES 4096 /* a page of the search for a frame */
#define READ_TRIES 10 /* one a second or so by those who follow */
#define SECTOR_BYTES 4096 /* what a bad sector takes with it */

void
segment_name(char name[SEGMENT_NAME_BYTES], uint64_t first_seq)
{
	snprintf(name, SEGMENT_NAME_BYTES, "%0*" PRIu64 SUFFIX, SEQ_DIGITS,
	    first_seq);
}

bool
segment_name_read(const char *name, uint64_t *first_seq)
{
	char again[SEGMENT_NAME_BYTES];

	*first_seq = strtoull(name, NULL, 10);
	segment_name(again, *first_seq);
	return strcmp(name, again) == 0;
}

static int
open_named(int dir, uint64_t first_seq, int flags)
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	return openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW);
}

int
segment_create(int dir)
{
	return openat(dir, SEGMENT_UNSETTLED,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int
segment_settle(int dir, int fd, uint64_t first_seq)
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	if (fdatasync(fd) == -1 ||
	    renameat(dir, SEGMENT_UNSETTLED, dir, name) == -1)
		return -1;
	return fsync(dir);
}

void
segment_scrap(int dir)
{
	unlinkat(dir, SEGMENT_UNSETTLED, 0);
}

int
segment_open(int dir, uint64_t first_seq)
{
	return open_named(dir, first_seq, O_RDONLY);
}

int
segment_reopen(int dir, uint64_t first_seq)
{
	return open_named(dir, first_seq, O_RDWR);
}

int
segment_remove(int dir, uint64_t first_seq)
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	return unlinkat(dir, name, 0);
}

int
segment_write(int fd, int64_t at, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = pwrite(fd, from, length, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return -1;
		from += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

/* ---- scanning ---- */

/* How many of the bytes there are, or -1. */
static ssize_t
read_at(int fd, int64_t at, void *out, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = pread(
		    fd, (char *)out + done, length - done, at + (int64_t)done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* What stands at a place: END is a piece of a frame or record, or nothing. */
enum place { PLACE_SOUND, PLACE_BAD, PLACE_END, PLACE_FAILED };

static enum place
read_frame(const struct segment_scan *s, int64_t at, struct record_frame *f)
{
	uint8_t bytes[RECORD_FRAME_BYTES];
	ssize_t n;

	if (s->end - at < RECORD_FRAME_BYTES)
		return PLACE_END;
	n = read_at(s->fd, at, bytes, sizeof(bytes));
	if (n == -1)
		return PLACE_FAILED;
	if (n < (ssize_t)sizeof(bytes))
		return PLACE_END;
	return record_frame_get(f, bytes) ? PLACE_SOUND : PLACE_BAD;
}

/* Of the record whose frame was read; s->at is its place. */
static enum place
read_body(struct segment_scan *s)
{
	const struct record_frame *f = &s->frame;
	int64_t at = s->at + RECORD_FRAME_BYTES;
	ssize_t n;

	if (s->end - at < f->length)
		return PLACE_END;
	if (f->length >= s->room) {
		s->room = (size_t)f->length + 1;
		s->body = must_grow(s->body, s->room, 1);
	}
	n = read_at(s->fd, at, s->body, f->length);
	if (n == -1)
		return PLACE_FAILED;
	if (n < (ssize_t)f->length)
		return PLACE_END;
	if (f->seq + f->batches >= s->next_seq) {
		s->next_seq = f->seq + f->batches;
		s->next_first = f->first + f->readings;
	}
	return record_body_ok(f, s->body) ? PLACE_SOUND : PLACE_BAD;
}

/* The first magic in the page at `at`, or where to look on. */
static int64_t
find_magic(const struct segment_scan *s, int64_t at, bool *found)
{
	uint8_t page[SEARCH_BYTES + sizeof(record_magic) - 1];
	ssize_t n = read_at(s->fd, at, page, sizeof(page));
	const uint8_t *hit = NULL;

	if (n > 0)
		hit =
		    memmem(page, (size_t)n, record_magic, sizeof(record_magic));
	*found = hit != NULL;
	return hit != NULL ? at + (hit - page) : at + SEARCH_BYTES;
}

/* Where the next sound frame stands, from `at` on; -1 if there is none. */
static int64_t
find_frame(const struct segment_scan *s, int64_t at)
{
	struct record_frame f;
	bool found;

	while (s->end - at >= RECORD_FRAME_BYTES) {
		at = find_magic(s, at, &found);
		if (found && read_frame(s, at, &f) == PLACE_SOUND)
			return at;
		if (found)
			at++;
	}
	return -1;
}

/* Where to go on behind what cannot be read at s->at; -1: there is nothing. */
static int64_t
behind(const struct segment_scan *s, bool framed, bool failed)
{
	if (framed)
		return s->at + RECORD_FRAME_BYTES + s->frame.length;
	if (failed)
		return find_frame(s, (s->at / SECTOR_BYTES + 1) * SECTOR_BYTES);
	return find_frame(s, s->at + 1);
}

int
segment_scan_next(struct segment_scan *s)
{
	enum place place;
	int64_t next;
	bool framed;

	s->unknown = 0;
	for (;;) {
		place = read_frame(s, s->at, &s->frame);
		framed = place == PLACE_SOUND;
		if (framed)
			place = read_body(s);
		if (place == PLACE_END)
			return 0;
		if (place == PLACE_FAILED && ++s->failures < READ_TRIES)
			return -1;
		next = behind(s, framed, place == PLACE_FAILED);
		if (next == -1) {
			s->unknown = s->end - s->at;
			return 0;
		}
		s->at = next;
		s->failures = 0;
		if (place == PLACE_SOUND)
			break;
		s->damaged++;
	}
	s->good_end = s->at;
	return 1;
}

void
segment_scan_free(struct segment_scan *s)
{
	free(s->body);
	s->body = NULL;
	s->room = 0;
}

int
segment_scan_head(struct segment_scan *s, struct record_head *head)
{
	if (segment_scan_next(s) != 1 || s->frame.type != RECORD_HEAD ||
	    !record_head_get(head, s->body, s->frame.length))
		return -1;
	return 0;
}
