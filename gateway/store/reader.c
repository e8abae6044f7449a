/*
 * reader.c - reads the batches of a journal
 *
 * A reader holds one segment open and one record in memory.  It reads up to
 * what the shelf says is published; there it asks the shelf again: more of this
 * segment, the one behind it, or nothing yet.  A segment removed under it is
 * still read as far as it was known, then the reader finds its place anew by
 * the last seq it gave.  The same batches may stand in two segments (a write
 * that failed may have reached the disk all the same): the seq says so.
 *
 * Before each step the journal says where the next batch is.  As long as it is
 * on disk memory is not asked, and what the disk does not have though it should
 * (`searched`: nothing up to there) is gone.  So no batch is given twice and
 * none is left out, whatever the writer does between two calls.
 *
 * Who follows often gives its last batch back and asks for it again: so the
 * place of the last commit read is kept, and a seek to a batch of it, or from
 * there on, begins there.  One that goes further back reads at most one segment
 * of 4 MiB.
 *
 * Not done: an index of records.  Nobody goes back often.
 */
#include "gateway/store/reader.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/store/columns.h"
#include "gateway/store/journal.h"
#include "gateway/store/queue.h"
#include "gateway/store/segment.h"
#include "gateway/store/shelf.h"

struct journal_reader {
	struct journal *journal;
	struct shelf *shelf;
	const char *log; /* the journal's id */
	int event;
	uint64_t after; /* the last seq given, or sought */
	uint64_t searched; /* the disk has nothing more up to there */

	struct shelf_segment segment; /* the one open; serial 0: none */
	struct segment_scan scan;
	bool ours; /* its head is one of this journal */
	struct catalog *catalog; /* its names; NULL: not read yet */
	bool passed_over; /* nothing of it can be used */
	uint64_t commit_seq; /* of the last commit in it; 0: none yet */
	int64_t commit_at; /* where that stands */

	uint32_t batches; /* of the record in memory, not given yet */
	uint64_t seq, first; /* of the next of them */
	struct columns_reader *columns;
	struct rows copy; /* of what is not on disk */
	struct reading readings[SAMPLE_READINGS_MAX]; /* of the copy's batch */
};

struct journal_reader *
reader_open(struct journal *j, uint64_t after_seq)
{
	struct journal_reader *r = must_alloc(1, sizeof(*r));

	r->journal = j;
	r->log = journal_id(j);
	r->columns = columns_reader_new();
	rows_init(&r->copy);
	r->after = after_seq;
	r->scan.fd = -1;
	r->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->event == -1)
		goto fail;
	if (!shelf_watch(journal_shelf(j), r->event)) {
		errno = EMFILE;
		goto fail;
	}
	r->shelf = journal_shelf(j);
	return r;

fail:
	reader_close(r);
	return NULL;
}

static void
leave_segment(struct journal_reader *r)
{
	if (r->scan.fd != -1)
		close(r->scan.fd);
	r->scan.fd = -1;
	r->segment.serial = 0;
	r->batches = 0;
	r->ours = false;
	r->passed_over = false;
	r->commit_seq = 0;
	catalog_unref(r->catalog);
	r->catalog = NULL;
}

void
reader_close(struct journal_reader *r)
{
	int saved = errno;

	if (r == NULL)
		return;
	leave_segment(r);
	segment_scan_free(&r->scan);
	columns_reader_free(r->columns);
	rows_free(&r->copy);
	if (r->shelf != NULL)
		shelf_unwatch(r->shelf, r->event);
	if (r->event != -1)
		close(r->event);
	free(r);
	errno = saved;
}

void
reader_leave(struct journal_reader *r)
{
	shelf_leave(r->shelf);
}

/* Back to the last commit of the open segment, if what is wanted is not before
 * it, and nothing was jumped over. */
static bool
step_back(struct journal_reader *r, uint64_t after_seq)
{
	if (r->commit_seq == 0 || after_seq + 1 < r->commit_seq ||
	    after_seq > r->after)
		return false;
	r->scan.at = r->commit_at;
	r->batches = 0;
	return true;
}

void
reader_seek(struct journal_reader *r, uint64_t after_seq)
{
	if (!step_back(r, after_seq))
		leave_segment(r);
	r->copy.batches = 0;
	r->after = after_seq;
	r->searched = 0;
}

int
reader_fd(const struct journal_reader *r)
{
	return r->event;
}

/* ---- segments ---- */

/* Nothing of the open segment can be used. */
static void
pass_over(struct journal_reader *r)
{
	struct shelf_segment now, next;

	r->passed_over = true;
	if (!shelf_look(r->shelf, r->segment.serial, &now, &next))
		return; /* removed for room: that is counted elsewhere */
	if (now.judged == INT64_MAX)
		return; /* said before */
	log_warn("the journal's segment %020" PRIu64
		 " cannot be read: it is passed over",
	    r->segment.first_seq);
	shelf_damaged(r->shelf, r->segment.serial, INT64_MAX, 1);
}

/* Makes it the reader's segment, even if its file is gone.  -1 with errno. */
static int
enter(struct journal_reader *r, const struct shelf_segment *segment)
{
	int fd = segment_open(shelf_dir(r->shelf), segment->first_seq);

	if (fd == -1 && errno != ENOENT)
		return -1;
	leave_segment(r);
	segment_scan_free(&r->scan);
	r->segment = *segment;
	r->scan = (struct segment_scan){.fd = fd, .end = segment->bytes};
	if (fd == -1)
		pass_over(r);
	return 0;
}

/* At the end of what is known of the open segment: 1 if there is more now. */
static int
go_on(struct journal_reader *r)
{
	struct shelf_segment now, next;

	if (!shelf_look(r->shelf, r->segment.serial, &now, &next)) {
		leave_segment(r);
		return 1;
	}
	if (now.bytes > r->scan.end) {
		r->scan.end = now.bytes;
		return 1;
	}
	if (next.serial == 0)
		return 0;
	if (r->scan.unknown > 0)
		shelf_damaged(r->shelf, now.serial, r->scan.end, 1);
	return enter(r, &next) == -1 ? -1 : 1;
}

/* ---- records ---- */

/* A sound record makes no sense: written by a riser with a bug. */
static void
misread(struct journal_reader *r)
{
	r->batches = 0;
	shelf_damaged(r->shelf, r->segment.serial, r->scan.at, 1);
}

static void
load_commit(struct journal_reader *r)
{
	const struct record_frame *f = &r->scan.frame;

	r->commit_seq = f->seq;
	r->commit_at = r->scan.at - RECORD_FRAME_BYTES - f->length;
	if (f->seq + f->batches <= r->after + 1)
		return;
	r->batches = f->batches;
	r->seq = f->seq;
	r->first = f->first;
	if (!columns_begin(
		r->columns, r->catalog, r->scan.body, f->length, f->batches))
		misread(r);
}

static void
load_catalog(struct journal_reader *r)
{
	const struct segment_scan *s = &r->scan;
	uint64_t serial = r->segment.serial;
	uint32_t crc = crc32c(0, s->body, s->frame.length);

	r->catalog = shelf_catalog(r->shelf, serial, crc);
	if (r->catalog == NULL) {
		r->catalog = record_catalog_get(s->body, s->frame.length);
		if (r->catalog != NULL)
			shelf_keep_catalog(r->shelf, serial, crc, r->catalog);
	}
	/* A commit is far smaller, most often. */
	segment_scan_free(&r->scan);
}

/* A segment begins with its head and its catalog; without them its commits
 * cannot be understood. */
static void
load(struct journal_reader *r)
{
	const struct segment_scan *s = &r->scan;
	struct record_head head;

	if (s->frame.type == RECORD_HEAD)
		r->ours = record_head_get(&head, s->body, s->frame.length) &&
		    strcmp(head.log, r->log) == 0;
	else if (s->frame.type == RECORD_CATALOG && r->ours &&
	    r->catalog == NULL)
		load_catalog(r);
	else if (s->frame.type == RECORD_COMMIT && r->catalog == NULL)
		pass_over(r);
	else if (s->frame.type == RECORD_COMMIT)
		load_commit(r);
}

/* Takes one step on disk towards the next commit: 1, 0 if there is none, -1. */
static int
step(struct journal_reader *r)
{
	uint64_t damaged = r->scan.damaged;
	struct shelf_segment found;
	int got = 0;

	if (r->segment.serial == 0) {
		if (!shelf_find(r->shelf, r->after, &found))
			return 0;
		return enter(r, &found) == -1 ? -1 : 1;
	}
	if (!r->passed_over)
		got = segment_scan_next(&r->scan);
	if (r->scan.damaged > damaged)
		shelf_damaged(r->shelf, r->segment.serial, r->scan.at,
		    r->scan.damaged - damaged);
	if (got == 0)
		return go_on(r);
	if (got == 1)
		load(r);
	return got;
}

/* The next batch of the copy. */
static bool
give_copied(struct journal_reader *r, struct batch *b)
{
	do {
		b->readings = r->readings;
		if (!rows_next(&r->copy, b))
			return false;
	} while (b->seq <= r->after);
	b->in_memory = true;
	return true;
}

/* The next batch of the record in memory. */
static bool
give_read(struct journal_reader *r, struct batch *b)
{
	do {
		if (r->batches == 0)
			return false;
		if (!columns_next(r->columns, b)) {
			misread(r);
			return false;
		}
		b->seq = r->seq++;
		b->first = r->first;
		b->urgent = false;
		b->in_memory = false;
		r->first += b->count;
		r->batches--;
	} while (b->seq <= r->after);
	return true;
}

static bool
give(struct journal_reader *r, struct batch *b, const struct catalog **catalog)
{
	if (give_copied(r, b))
		*catalog = r->copy.catalog;
	else if (give_read(r, b))
		*catalog = r->catalog;
	else
		return false;
	r->after = b->seq;
	return true;
}

int
reader_next(
    struct journal_reader *r, struct batch *b, const struct catalog **catalog)
{
	uint64_t known, disk_seq;
	int got;

	while (!give(r, b, catalog)) {
		known = r->after > r->searched ? r->after : r->searched;
		switch (journal_look(r->journal, known, &r->copy, &disk_seq)) {
		case JOURNAL_NOWHERE: return 0;
		case JOURNAL_IN_MEMORY: continue;
		case JOURNAL_ON_DISK: break;
		}
		got = step(r);
		if (got == -1)
			return -1;
		if (got == 0)
			r->searched = disk_seq;
	}
	return 1;
}
