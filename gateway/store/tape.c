/*
 * tape.c - the writing end of the journal
 *
 * A commit is appended to the newest segment and synced.  A new segment begins
 * when the newest is full, when the names change, and after any failure: what a
 * file holds after a failed write or sync nobody knows, so it is cut back to
 * what was synced before and never written again.  A new segment gets its name
 * only when its first commit is on disk with it.
 *
 * If the disk is full the oldest segment goes, as for the quota: otherwise a
 * quota above what the disk has would end in refusing every new reading.
 */
#include "gateway/store/tape.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/segment.h"

#define SEGMENT_BYTES_MAX ((int64_t)4 * 1024 * 1024) /* a seek reads one */
#define SEGMENT_BYTES_MIN ((int64_t)64 * 1024) /* not a file a commit */
#define SEGMENTS_A_QUOTA 8 /* a small quota goes in small steps */

struct tape {
	struct shelf *shelf;
	int dir;
	int64_t max_bytes, segment_bytes;
	char log[RECORD_LOG_CHARS + 1];
	uint64_t next_seq, next_first; /* of the next batch to be written */
	bool at_quota; /* said so */

	int fd; /* the segment being written; -1: the next begins a new one */
	bool fresh; /* it is not on the shelf yet */
	int64_t start, end; /* behind its preamble; behind what is synced */
	uint64_t first_seq;
	int64_t wall_ms;

	struct catalog *catalog; /* whose packed form names is; or NULL */
	struct buf names, packed; /* of the newest segment; of a slot */
	struct buf preamble;
	uint8_t lone[QUEUE_BEHIND_BYTES]; /* cursors without a slot */
};

/* Ends the segment; the next write begins another. */
static void
end_segment(struct tape *t)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
}

/* The segment can no longer be trusted beyond what was synced. */
static void
abandon(struct tape *t)
{
	if (t->fd != -1 && ftruncate(t->fd, t->end) == -1)
		log_debug("a dead segment keeps its tail: %s", strerror(errno));
	end_segment(t);
}

/* A record whose body stands behind the room for its frame. */
static size_t
seal(uint8_t *memory, struct record_frame *f, size_t length)
{
	record_frame_put(memory, f, memory + RECORD_FRAME_BYTES, length);
	return RECORD_FRAME_BYTES + length;
}

static size_t
seal_cursors(const struct tape *t, uint8_t *memory, const struct slot *slot,
    const struct record_cursors *cursors)
{
	struct record_frame f = {
	    .type = RECORD_CURSORS, .seq = t->next_seq, .first = t->next_first};
	struct buf b;

	if (slot != NULL) {
		f.seq = slot->frame.seq + slot->frame.batches;
		f.first = slot->frame.first + slot->frame.readings;
	}
	buf_fixed(
	    &b, (char *)memory + RECORD_FRAME_BYTES, RECORD_CURSORS_BYTES);
	record_cursors_put(&b, cursors);
	assert(!b.full);
	return seal(memory, &f, b.len);
}

static void
add_record(struct buf *out, struct record_frame f, const struct buf *body)
{
	uint8_t frame[RECORD_FRAME_BYTES];

	record_frame_put(frame, &f, body->data, body->len);
	buf_add(out, frame, sizeof(frame));
	buf_add(out, body->data, body->len);
}

/* Head, catalog and cursors of a new segment. */
static void
build_preamble(struct tape *t, const struct record_cursors *cursors)
{
	struct record_frame f = {.seq = t->first_seq, .first = t->next_first};
	struct record_head head = {.wall_ms = t->wall_ms};
	struct buf body = {0};

	strcpy(head.log, t->log);
	buf_clear(&t->preamble);
	record_head_put(&body, &head);
	f.type = RECORD_HEAD;
	add_record(&t->preamble, f, &body);
	f.type = RECORD_CATALOG;
	add_record(&t->preamble, f, &t->names);
	buf_clear(&body);
	record_cursors_put(&body, cursors);
	f.type = RECORD_CURSORS;
	add_record(&t->preamble, f, &body);
	buf_free(&body);
}

/* A new segment with the record in it. */
static int
begin_segment(struct tape *t, const void *record, size_t length)
{
	int64_t start = (int64_t)t->preamble.len;

	t->fd = segment_create(t->dir);
	if (t->fd == -1)
		return -1;
	t->end = 0;
	if (segment_write(t->fd, 0, t->preamble.data, t->preamble.len) == -1 ||
	    segment_write(t->fd, start, record, length) == -1 ||
	    segment_settle(t->dir, t->fd, t->first_seq) == -1)
		return -1;
	t->fresh = true;
	t->start = start;
	t->end = start + (int64_t)length;
	return 0;
}

static int
extend_segment(struct tape *t, const void *record, size_t length)
{
	if (segment_write(t->fd, t->end, record, length) == -1 ||
	    fdatasync(t->fd) == -1)
		return -1;
	t->end += (int64_t)length;
	return 0;
}

/* Removes old segments until so many bytes fit into the quota. */
static void
make_room(struct tape *t, size_t length)
{
	struct shelf_figures f;

	shelf_measure(t->shelf, &f);
	while (f.bytes + (int64_t)length > t->max_bytes) {
		if (!shelf_drop(t->shelf))
			return;
		if (!t->at_quota)
			log_info("the journal has reached its quota: from now "
				 "on the oldest segments go");
		t->at_quota = true;
		shelf_measure(t->shelf, &f);
	}
}

/* Makes the slot's names those of the newest segment, which ends if they are
 * others. */
static void
use_names(struct tape *t, struct catalog *c)
{
	struct buf swap = t->names;

	if (c == t->catalog)
		return;
	buf_clear(&t->packed);
	record_catalog_put(&t->packed, c);
	if (t->packed.len != t->names.len ||
	    memcmp(t->packed.data, t->names.data, t->names.len) != 0) {
		end_segment(t);
		t->names = t->packed;
		t->packed = swap;
	}
	catalog_unref(t->catalog);
	t->catalog = catalog_ref(c);
}

static int
write_once(struct tape *t, struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	uint8_t *record = slot != NULL ? slot->memory : t->lone;
	size_t length = 0;

	if (slot != NULL)
		length = seal(record, &slot->frame, slot->body.len);
	if (t->fd == -1) {
		t->first_seq = t->next_seq;
		if (slot != NULL)
			t->wall_ms = slot->wall_ms;
		build_preamble(t, cursors);
		make_room(t, t->preamble.len + length);
		return begin_segment(t, record, length);
	}
	if (moved)
		length += seal_cursors(t, record + length, slot, cursors);
	make_room(t, length);
	return extend_segment(t, record, length);
}

static bool
is_full(const struct tape *t, const struct slot *slot)
{
	size_t body = slot != NULL ? slot->body.len : 0;

	return t->end - t->start + (int64_t)body > t->segment_bytes;
}

static int64_t
segment_size(int64_t max_bytes)
{
	int64_t size = max_bytes / SEGMENTS_A_QUOTA;

	if (size < SEGMENT_BYTES_MIN)
		return SEGMENT_BYTES_MIN;
	return size < SEGMENT_BYTES_MAX ? size : SEGMENT_BYTES_MAX;
}

struct tape *
tape_new(struct shelf *shelf, int64_t max_bytes, const struct recovery *from)
{
	struct tape *t = must_alloc(1, sizeof(*t));

	t->shelf = shelf;
	t->dir = shelf_dir(shelf);
	t->max_bytes = max_bytes;
	t->segment_bytes = segment_size(max_bytes);
	strcpy(t->log, from->log);
	t->next_seq = from->next_seq;
	t->next_first = from->next_first;
	t->fd = from->fd;
	t->end = from->end;
	t->wall_ms = from->wall_ms;
	if (from->names.len > 0)
		buf_add(&t->names, from->names.data, from->names.len);
	else
		bytes_put_v(&t->names, 0); /* a catalog of no devices */
	return t;
}

void
tape_free(struct tape *t)
{
	if (t == NULL)
		return;
	end_segment(t);
	catalog_unref(t->catalog);
	buf_free(&t->names);
	buf_free(&t->packed);
	buf_free(&t->preamble);
	free(t);
}

int
tape_write(struct tape *t, struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	int saved;

	if (slot != NULL)
		use_names(t, slot->catalog);
	if (t->fd != -1 && is_full(t, slot))
		end_segment(t);
	for (bool again = true;; again = false) {
		if (write_once(t, slot, cursors, moved) == 0)
			break;
		saved = errno;
		abandon(t);
		segment_scrap(t->dir);
		if (!again || (saved != ENOSPC && saved != EDQUOT) ||
		    !shelf_drop(t->shelf)) {
			errno = saved;
			return -1;
		}
	}
	if (slot != NULL) {
		t->next_seq = slot->frame.seq + slot->frame.batches;
		t->next_first = slot->frame.first + slot->frame.readings;
	}
	return 0;
}

void
tape_publish(struct tape *t)
{
	struct shelf_segment s = {
	    .first_seq = t->first_seq, .wall_ms = t->wall_ms, .bytes = t->end};

	if (t->fresh)
		shelf_add(t->shelf, &s);
	else
		shelf_publish(t->shelf, t->end);
	t->fresh = false;
	shelf_wake(t->shelf);
}
