/*
 * tape.c - the writing end of the journal
 *
 * A commit is packed, filled up to whole sectors, appended to the newest
 * segment and synced: one write, one sync.  A new segment begins when the
 * newest is full, when the names change, and after any failure: what a file
 * holds after a failed write or sync nobody knows, so it is cut back to what
 * was synced before and never written again.  A new segment gets its name only
 * when its first commit is on disk with it.
 *
 * Ahead of its end a segment is filled with zeroes, a step at a time, with the
 * commit that comes to the end of the last step: all others then overwrite
 * what the file has, and their sync writes their sectors and nothing else.  So
 * every byte is written twice, and that is cheap: an append by way of the page
 * cache writes a page or two of 4 KiB for some hundred bytes, and the file
 * system's journal besides.
 *
 * If the disk is full the oldest segment goes, as for the quota: otherwise a
 * quota above what the disk has would end in refusing every new reading.  But
 * where that was in vain, since somebody else takes what becomes free, the
 * backlog is not fed to him: the next one goes a minute later.
 */
#include "gateway/store/tape.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/store/columns.h"
#include "gateway/store/segment.h"

#define SEGMENT_BYTES_MAX ((int64_t)4 * 1024 * 1024) /* a seek reads one */
#define SEGMENT_BYTES_MIN ((int64_t)64 * 1024) /* not a file a commit */
#define SEGMENTS_A_QUOTA 8 /* a small quota goes in small steps */
#define IN_VAIN_MS 60000
#define FILL_BYTES ((int64_t)256 * 1024) /* some minutes of an estate */

struct tape {
	struct shelf *shelf;
	int dir;
	int64_t max_bytes, segment_bytes;
	char log[RECORD_LOG_CHARS + 1];
	uint64_t next_seq, next_first; /* of the next batch to be written */
	bool at_quota; /* said so */
	int64_t keep_until_ms; /* monotonic; no segment goes for a full disk */

	int fd; /* the segment being written; -1: the next begins a new one */
	bool fresh; /* it is not on the shelf yet */
	int64_t start, end; /* behind its preamble; behind what is synced */
	int64_t filled; /* behind its zeroes */
	uint64_t first_seq;
	int64_t wall_ms;

	struct catalog *catalog; /* whose packed form names is; or NULL */
	bool renamed; /* the shelf does not have it yet */
	struct buf names; /* of the newest segment */
	struct columns_writer *columns;
	struct buf out; /* what is written at once, in aligned memory */
};

/* Ends the segment; the next write begins another. */
static void
close_segment(struct tape *t)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
}

/* The same for good: gives back what was filled ahead, or is not to be trusted
 * after a failure. */
static void
end_segment(struct tape *t)
{
	if (t->fd == -1)
		return;
	if (ftruncate(t->fd, t->end) == -1)
		log_debug("a segment keeps its tail: %s", strerror(errno));
	else if (t->end > 0) /* else it was never settled */
		shelf_publish(t->shelf, t->end, t->end);
	close_segment(t);
}

/* ---- what is written ---- */

/* Empties `out` and makes room for so many bytes. */
static void
clear_out(struct tape *t, size_t bytes)
{
	if (t->out.cap > bytes) {
		buf_clear(&t->out);
		return;
	}
	must_unmap(t->out.data, t->out.cap);
	buf_fixed(&t->out, must_map(bytes + 1), bytes + 1);
}

static void
add_zeroes(struct buf *out, size_t count)
{
	static const char zeroes[SEGMENT_SECTOR];

	assert(count <= sizeof(zeroes));
	buf_add(out, zeroes, count);
}

/* Begins a record with room for its frame. */
static size_t
begin_record(struct tape *t)
{
	size_t at = t->out.len;

	add_zeroes(&t->out, RECORD_FRAME_BYTES);
	return at;
}

static void
end_record(struct tape *t, size_t at, struct record_frame f)
{
	uint8_t *frame = (uint8_t *)t->out.data + at;

	assert(!t->out.full);
	record_frame_put(frame, &f, frame + RECORD_FRAME_BYTES,
	    t->out.len - at - RECORD_FRAME_BYTES);
}

/* Up to a whole sector. */
static void
pad(struct tape *t)
{
	int64_t len = (int64_t)t->out.len;

	add_zeroes(&t->out, (size_t)(segment_round(len) - len));
	assert(!t->out.full);
}

static void
put_cursors(struct tape *t, uint64_t seq, uint64_t first,
    const struct record_cursors *cursors)
{
	struct record_frame f = {
	    .type = RECORD_CURSORS, .seq = seq, .first = first};
	size_t at = begin_record(t);

	record_cursors_put(&t->out, cursors);
	end_record(t, at, f);
}

/* Head, catalog and cursors of a new segment. */
static void
put_preamble(struct tape *t, const struct record_cursors *cursors)
{
	struct record_frame f = {.seq = t->next_seq, .first = t->next_first};
	struct record_head head = {.wall_ms = t->wall_ms};
	size_t at = begin_record(t);

	strcpy(head.log, t->log);
	record_head_put(&t->out, &head);
	f.type = RECORD_HEAD;
	end_record(t, at, f);
	at = begin_record(t);
	buf_add(&t->out, t->names.data, t->names.len);
	f.type = RECORD_CATALOG;
	end_record(t, at, f);
	put_cursors(t, t->next_seq, t->next_first, cursors);
	pad(t);
}

static void
put_slot(struct tape *t, const struct slot *slot)
{
	const uint8_t *rows = (const uint8_t *)slot->rows.data;
	struct bytes bytes = {.at = rows, .end = rows + slot->rows.len};
	size_t at = begin_record(t);

	columns_pack(
	    t->columns, &t->out, slot->catalog, &bytes, slot->frame.batches);
	end_record(t, at, slot->frame);
}

/* Bytes of `out`, at most. */
static size_t
out_bytes(const struct tape *t)
{
	size_t records = 3 * RECORD_FRAME_BYTES + t->names.len +
	    (size_t)SEGMENT_SECTOR; /* the preamble, whose head fits a sector */

	records += columns_bound(QUEUE_SLOT_BYTES) + 2 * RECORD_FRAME_BYTES;
	return records + 2 * RECORD_CURSORS_BYTES + 2 * (size_t)SEGMENT_SECTOR;
}

/* ---- where it goes ---- */

/* Removes old segments until so many bytes fit into the quota. */
static void
make_room(struct tape *t, int64_t bytes)
{
	struct shelf_figures f;

	shelf_measure(t->shelf, &f);
	while (f.bytes + bytes > t->max_bytes) {
		if (!shelf_drop(t->shelf))
			return;
		if (!t->at_quota)
			log_info("the journal has reached its quota: from now "
				 "on the oldest segments go");
		t->at_quota = true;
		shelf_measure(t->shelf, &f);
	}
}

/* How far the file is to be filled for a write that ends there. */
static int64_t
fill_for(const struct tape *t, int64_t end)
{
	int64_t step =
	    t->segment_bytes < FILL_BYTES ? t->segment_bytes : FILL_BYTES;
	int64_t last = segment_round(t->start + t->segment_bytes);
	int64_t fill = (end + step - 1) / step * step;

	if (end <= t->filled)
		return t->filled;
	if (fill > last)
		fill = last;
	return fill > end ? fill : end;
}

/* Writes `out` to the end of the segment, and zeroes behind it. */
static int
write_out(struct tape *t)
{
	int64_t end = t->end + (int64_t)t->out.len;
	int64_t fill = fill_for(t, end);
	int64_t from = end > t->filled ? end : t->filled;

	make_room(t, fill - t->filled);
	if (segment_write(t->fd, t->end, t->out.data, t->out.len) == -1 ||
	    segment_clear(t->fd, from, fill) == -1)
		return -1;
	t->filled = fill;
	return 0;
}

/* A new segment with the slot in it. */
static int
begin_segment(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors)
{
	t->first_seq = t->next_seq;
	if (slot != NULL)
		t->wall_ms = slot->wall_ms;
	t->end = t->filled = 0;
	put_preamble(t, cursors);
	t->start = (int64_t)t->out.len;
	if (slot != NULL)
		put_slot(t, slot);
	pad(t);
	t->fd = segment_create(t->dir);
	if (t->fd == -1 || write_out(t) == -1 ||
	    segment_settle(t->dir, t->fd, t->first_seq) == -1)
		return -1;
	t->fresh = true;
	return 0;
}

static int
extend_segment(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	uint64_t seq = t->next_seq, first = t->next_first;

	if (slot != NULL) {
		put_slot(t, slot);
		seq = slot->frame.seq + slot->frame.batches;
		first = slot->frame.first + slot->frame.readings;
	}
	if (moved)
		put_cursors(t, seq, first, cursors);
	pad(t);
	return write_out(t) == -1 || fdatasync(t->fd) == -1 ? -1 : 0;
}

static int
write_once(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	int got;

	clear_out(t, out_bytes(t));
	if (t->fd == -1)
		got = begin_segment(t, slot, cursors);
	else
		got = extend_segment(t, slot, cursors, moved);
	if (got == 0)
		t->end += (int64_t)t->out.len;
	return got;
}

/* Makes the slot's names those of the newest segment, which ends if they are
 * others. */
static void
use_names(struct tape *t, struct catalog *c)
{
	struct buf packed = {0}, swap;

	if (c == NULL || c == t->catalog)
		return;
	record_catalog_put(&packed, c);
	if (packed.len != t->names.len ||
	    memcmp(packed.data, t->names.data, t->names.len) != 0) {
		end_segment(t);
		swap = t->names;
		t->names = packed;
		packed = swap;
	}
	buf_free(&packed);
	catalog_unref(t->catalog);
	t->catalog = catalog_ref(c);
	t->renamed = true;
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
	t->filled = from->filled;
	t->wall_ms = from->wall_ms;
	if (from->names.len > 0)
		buf_add(&t->names, from->names.data, from->names.len);
	else
		bytes_put_v(&t->names, 0); /* a catalog of no devices */
	t->columns = columns_writer_new();
	clear_out(t, out_bytes(t));
	return t;
}

void
tape_free(struct tape *t)
{
	if (t == NULL)
		return;
	close_segment(t);
	catalog_unref(t->catalog);
	columns_writer_free(t->columns);
	buf_free(&t->names);
	must_unmap(t->out.data, t->out.cap);
	free(t);
}

/* Makes room on a full disk; false if it is not to be made. */
static bool
give_up_oldest(struct tape *t, int error)
{
	int64_t now_ms = clock_mono_ms();

	if ((error != ENOSPC && error != EDQUOT) || now_ms < t->keep_until_ms ||
	    !shelf_drop(t->shelf))
		return false;
	t->keep_until_ms = now_ms + IN_VAIN_MS;
	return true;
}

/* Once, and once more if room could be made for it. */
static int
write_surely(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	int saved;

	for (;;) {
		if (write_once(t, slot, cursors, moved) == 0)
			break;
		saved = errno;
		end_segment(t);
		segment_scrap(t->dir);
		errno = saved;
		if (!give_up_oldest(t, saved))
			return -1;
	}
	t->keep_until_ms = 0;
	return 0;
}

int
tape_write(struct tape *t, const struct slot *slot,
    const struct record_cursors *cursors, bool moved)
{
	if (slot != NULL)
		use_names(t, slot->catalog);
	if (t->end - t->start >= t->segment_bytes)
		end_segment(t);
	if (write_surely(t, slot, cursors, moved) == -1)
		return -1;
	if (slot != NULL) {
		t->next_seq = slot->frame.seq + slot->frame.batches;
		t->next_first = slot->frame.first + slot->frame.readings;
	}
	return 0;
}

void
tape_publish(struct tape *t)
{
	struct shelf_segment s = {.first_seq = t->first_seq,
	    .wall_ms = t->wall_ms,
	    .bytes = t->end,
	    .taken = t->filled};

	if (t->fresh)
		shelf_add(t->shelf, &s);
	else
		shelf_publish(t->shelf, t->end, t->filled);
	if (t->catalog != NULL && (t->fresh || t->renamed))
		shelf_name(t->shelf, crc32c(0, t->names.data, t->names.len),
		    t->catalog);
	t->fresh = t->renamed = false;
}
