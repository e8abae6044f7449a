/*
 * segment.c - the files of the journal
 *
 * A scan trusts nothing but checksums.  Behind a frame that is sound the place
 * of the next record is known, whatever became of the body; behind one that is
 * not, the next sound frame is searched byte by byte.
 *
 * What stands at the end and is no record was torn or is damaged.  It is torn,
 * the end of a write that was never synced and that nobody has seen, if the
 * file ends in it, or if a whole sector of it is still zero as it was filled: a
 * disk writes sectors in any order, but each whole, and a body is compressed:
 * that one has a sector of zeroes of its own, and is then damaged, and is the
 * last, is the only way to use a seq again, and a remote one.
 *
 * A read that fails is tried again by the caller, for a disk may come back; but
 * a bad sector must not stop a follower for ever, so after READ_TRIES the place
 * counts as damaged.
 *
 * Not done: fallocate.  What it reserves becomes data only when it is written,
 * and that is an entry in the file system's journal for each commit: the very
 * thing that filling ahead avoids.
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
#define BAD_BYTES 4096 /* what a bad sector takes with it */
#define CLEAR_BYTES ((int64_t)64 * 1024) /* zeroes of one write */

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

int64_t
segment_round(int64_t bytes)
{
	return (bytes + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR;
}

/* Past the page cache, if this file system can. */
static int
open_direct(int dir, const char *name, int flags)
{
	int fd;

	flags |= O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	fd = openat(dir, name, flags | O_DIRECT, 0600);
	if (fd == -1 && errno == EINVAL)
		fd = openat(dir, name, flags, 0600);
	return fd;
}

int
segment_create(int dir)
{
	return open_direct(dir, SEGMENT_UNSETTLED, O_CREAT | O_TRUNC);
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
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	return openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int
segment_reopen(int dir, uint64_t first_seq)
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	return open_direct(dir, name, 0);
}

int
segment_remove(int dir, uint64_t first_seq)
{
	char name[SEGMENT_NAME_BYTES];

	segment_name(name, first_seq);
	return unlinkat(dir, name, 0);
}

/* From now on by way of the page cache; false if it was so already. */
static bool
give_up_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && (flags & O_DIRECT) != 0 &&
	    fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

int
segment_write(int fd, int64_t at, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = pwrite(fd, from, length, at);

		if (n == -1 &&
		    (errno == EINTR || (errno == EINVAL && give_up_direct(fd))))
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

int
segment_clear(int fd, int64_t at, int64_t end)
{
	static uint8_t zeroes[CLEAR_BYTES]
	    __attribute__((aligned(SEGMENT_ALIGN)));

	while (at < end) {
		int64_t n = end - at < CLEAR_BYTES ? end - at : CLEAR_BYTES;

		if (segment_write(fd, at, zeroes, (size_t)n) == -1)
			return -1;
		at += n;
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
	if (n == 0)
		return s->end; /* the file is shorter */
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
		return find_frame(s, (s->at / BAD_BYTES + 1) * BAD_BYTES);
	return find_frame(s, s->at + 1);
}

int64_t
segment_used(int fd, int64_t at, int64_t end)
{
	uint8_t page[SEARCH_BYTES];
	int64_t used = at;

	while (at < end) {
		size_t want =
		    end - at < SEARCH_BYTES ? (size_t)(end - at) : sizeof(page);
		ssize_t n = read_at(fd, at, page, want), i = n;

		if (n == 0)
			break;
		if (n == -1)
			n = i = (ssize_t)want; /* who knows */
		else
			while (i > 0 && page[i - 1] == 0)
				i--;
		used = i > 0 ? at + i : used;
		at += n;
	}
	return used;
}

/* Nothing but zeroes up to the next sector: the end of a write. */
static bool
is_padding(const struct segment_scan *s)
{
	int64_t next = segment_round(s->at);

	return next > s->at && segment_used(s->fd, s->at, next) == s->at;
}

/* Whether what stands at s->at, and goes up to `to`, is the torn end of a
 * write: a sector of it is as it was filled, and no record follows. */
static bool
is_torn(const struct segment_scan *s, int64_t to)
{
	int64_t at = s->at / SEGMENT_SECTOR * SEGMENT_SECTOR;

	while (at < to && segment_used(s->fd, at, at + SEGMENT_SECTOR) != at)
		at += SEGMENT_SECTOR;
	return at < to && find_frame(s, s->at + 1) == -1;
}

/* What stands at s->at, or at the next sector if only padding does; of a record
 * the body is read, too. */
static enum place
read_place(struct segment_scan *s, bool *framed)
{
	enum place place = read_frame(s, s->at, &s->frame);

	if (place == PLACE_BAD && is_padding(s)) {
		s->at = segment_round(s->at);
		if (s->at > s->end)
			s->at = s->end;
		place = read_frame(s, s->at, &s->frame);
	}
	*framed = place == PLACE_SOUND;
	return *framed ? read_body(s) : place;
}

/* The record whose frame was read counts, sound or damaged. */
static void
note_numbers(struct segment_scan *s)
{
	const struct record_frame *f = &s->frame;

	if (f->seq + f->batches < s->next_seq)
		return;
	s->next_seq = f->seq + f->batches;
	s->next_first = f->first + f->readings;
}

int
segment_scan_next(struct segment_scan *s)
{
	enum place place;
	int64_t next;
	bool framed;

	s->unknown = 0;
	for (;;) {
		place = read_place(s, &framed);
		if (place == PLACE_END)
			return 0;
		if (place == PLACE_FAILED && ++s->failures < READ_TRIES)
			return -1;
		next = s->at + RECORD_FRAME_BYTES;
		if (framed)
			next += s->frame.length;
		if (place == PLACE_BAD && is_torn(s, next))
			return 0;
		if (framed)
			note_numbers(s);
		next = behind(s, framed, place == PLACE_FAILED);
		if (next == -1) {
			next = segment_used(s->fd, s->at, s->end);
			s->unknown = next - s->at;
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
