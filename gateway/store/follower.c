/*
 * follower.c - one sink's way through a journal
 *
 * Each lane is a reader on one range of the cursor.  The live lane is on the
 * open one; the late lane takes the closed ones as they stood when the
 * connection began, oldest first, and ends each at its last.  A cursor's ranges
 * only shrink while a connection lasts, and only by what this follower says, so
 * one look at them is enough.
 *
 * What has been given is known by the range's `after`, which is ahead of the
 * cursor's by what is not done; nothing else is remembered of it.  A gap is
 * told of before it is given, and given once its event is accepted: no crash
 * can make it a silent one.  One that comes between may tell of it twice.
 *
 * Why batches are gone nobody writes down.  If some of them lay before the
 * oldest segment there is, they went for room; otherwise the journal's counts
 * tell damage from memory that was full.
 *
 * Not done: one reader for both lanes.  It would seek, and so read up to a
 * segment again, each time it changes sides.
 */
#include "gateway/store/follower.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/store/shelf.h"

#define CONNECT_MS 2000 /* what waited longer for its connection is late */
#define LATE_MS 10000 /* and what was read longer ago */
#define LOOK_MS 1000 /* between looks whether the clock is known now */
#define TOLD_MS 20 /* and whether an event is accepted */
#define EVENT_BYTES 512 /* of a gap's event: two names and four numbers */

struct lane {
	struct journal_reader *reader;
	struct record_range range; /* given up to `after` */
	bool has_held; /* read, not given yet */
	struct batch held;
	const struct catalog *catalog; /* of held */
	int64_t wake_ms;
	/* the gap last told of, and its event */
	uint64_t told_from, told_to, told;
};

struct follower {
	struct journal *journal, *events;
	struct cursor *cursor;
	char name[RECORD_NAME_MAX];
	int64_t clock_wait_ms;
	uint8_t boot[CLOCK_BOOT_BYTES];

	/* one connection */
	int64_t up_ms;
	struct record_range ranges[RECORD_RANGES_MAX];
	size_t late_next, late_count; /* of ranges */
	struct lane lanes[FOLLOWER_LANES];

	uint64_t damaged, lost; /* as the journal counted, at the last gap */
};

/* ---- open and close ---- */

struct follower *
follower_open(struct journal *j, const struct follower_conf *conf)
{
	struct follower *f = must_alloc(1, sizeof(*f));

	assert(strlen(conf->name) < sizeof(f->name));
	f->journal = j;
	f->events = conf->events;
	f->clock_wait_ms = conf->clock_wait_ms;
	strcpy(f->name, conf->name);
	clock_boot(f->boot);
	f->cursor = journal_follow(j, conf->name);
	for (size_t i = 0; i < FOLLOWER_LANES; i++) {
		f->lanes[i].wake_ms = INT64_MAX;
		f->lanes[i].reader = reader_open(j, 0);
		if (f->lanes[i].reader == NULL)
			goto fail;
	}
	return f;

fail:
	follower_close(f);
	return NULL;
}

void
follower_close(struct follower *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < FOLLOWER_LANES; i++)
		reader_close(f->lanes[i].reader);
	cursor_unfollow(f->cursor);
	free(f);
}

/* ---- one connection ---- */

static void
enter(struct lane *l, const struct record_range *range)
{
	l->range = *range;
	l->has_held = false;
	l->wake_ms = INT64_MAX;
	reader_seek(l->reader, range->after);
}

/* As reader_next. */
static int
hold(struct lane *l)
{
	int rc = 1;

	if (!l->has_held)
		rc = reader_next(l->reader, &l->held, &l->catalog);
	l->has_held = rc == 1;
	return rc;
}

static bool
is_before(const struct follower *f, const struct stamp *at, int64_t mono_ms)
{
	return memcmp(at->boot, f->boot, sizeof(f->boot)) != 0 ||
	    at->mono_ms < mono_ms;
}

/* Whether there is something in the live lane that should not be.  A disk that
 * fails does not tell: then there may be. */
static bool
has_waited(struct follower *f, int64_t now_ms)
{
	struct lane *l = &f->lanes[FOLLOWER_LIVE];
	int rc = hold(l);

	return rc == -1 ||
	    (rc == 1 && is_before(f, &l->held.at, now_ms - CONNECT_MS));
}

void
follower_begin(struct follower *f, int64_t now_ms)
{
	static const struct record_range none;
	struct lane *live = &f->lanes[FOLLOWER_LIVE];
	struct journal_state s;
	size_t count = cursor_ranges(f->cursor, f->ranges);

	f->up_ms = now_ms;
	enter(live, &f->ranges[count - 1]);
	if (has_waited(f, now_ms)) {
		journal_state(f->journal, &s);
		cursor_split(f->cursor, s.tail_seq, s.tail_readings);
		count = cursor_ranges(f->cursor, f->ranges);
		enter(live, &f->ranges[count - 1]);
	}
	enter(&f->lanes[FOLLOWER_LATE], &none);
	f->late_next = 0;
	f->late_count = count - 1;
}

/* ---- what is missing ---- */

static const char *
gap_reason(struct follower *f, uint64_t from)
{
	struct shelf_segment oldest;
	struct journal_state s;
	bool room, damage, memory;

	room = shelf_find(journal_shelf(f->journal), 0, &oldest) &&
	    from < oldest.first_seq;
	journal_state(f->journal, &s);
	damage = s.damaged != f->damaged;
	memory = s.lost != f->lost;
	f->damaged = s.damaged;
	f->lost = s.lost;
	if (room)
		return "quota";
	return memory && !damage ? "memory" : "damage";
}

/* Appends the event.  Its seq; 0 if there is none to wait for. */
static uint64_t
tell(struct follower *f, uint64_t from, const struct follower_item *item,
    const char *reason)
{
	char text[EVENT_BYTES];
	struct batch b = {.count = 1, .urgent = true, .event = text};
	struct clock_now now;
	struct buf out;

	if (f->events == NULL)
		return 0;
	buf_fixed(&out, text, sizeof(text));
	buf_printf(&out,
	    "\"type\":\"gap\",\"sink\":\"%s\",\"of\":\"%s\",\"from\":%" PRIu64
	    ",\"to\":%" PRIu64 ",\"readings\":%" PRIu64 ",\"reason\":\"%s\"",
	    f->name, journal_id(f->journal), from, item->seq, item->readings,
	    reason);
	assert(!out.full);
	memcpy(b.at.boot, f->boot, sizeof(b.at.boot));
	clock_now(&now);
	b.at.mono_ms = now.mono_ms;
	b.at.wall_ms = now.wall_ms;
	b.at.synced = now.synced;
	if (journal_append(f->events, &b))
		return b.seq;
	log_warn("%s: batches %" PRIu64 " to %" PRIu64
		 " will never be sent (%s), and no event could be kept of it",
	    f->name, from, item->seq, reason);
	return 0;
}

/* Whether the event of this gap is safe.  Appends it if that is to be done. */
static bool
is_told(struct follower *f, struct lane *l, const struct follower_item *gap)
{
	uint64_t from = l->range.after + 1;
	struct journal_state s;

	if (l->told_from != from || l->told_to != gap->seq) {
		l->told = tell(f, from, gap, gap_reason(f, from));
		l->told_from = from;
		l->told_to = gap->seq;
	}
	if (l->told == 0)
		return true;
	journal_state(f->events, &s);
	return s.tail_seq >= l->told;
}

/* ---- what comes next ---- */

/* A lane at the end of its range goes to the next; false if there is none. */
static bool
has_range(struct follower *f, struct lane *l)
{
	if (l->range.after < l->range.last)
		return true;
	if (f->late_next == f->late_count)
		return false;
	enter(l, &f->ranges[f->late_next++]);
	return true;
}

/* The item's place in the journal.  Within the range its own numbers are
 * believed, even if what lies on the disk has others. */
static void
put_place(const struct lane *l, struct follower_item *item, uint64_t seq,
    uint64_t upto)
{
	if (upto < l->range.upto)
		upto = l->range.upto;
	if (upto > l->range.last_upto || seq >= l->range.last)
		upto = l->range.last_upto;
	item->seq = seq < l->range.last ? seq : l->range.last;
	item->upto = upto;
}

static void
step_behind(struct lane *l, const struct follower_item *item)
{
	l->range.after = item->seq;
	l->range.upto = item->upto;
}

/* What is missing before the batch held, as far as the range goes; false if it
 * is not told of yet. */
static bool
give_gap(struct follower *f, struct lane *l, struct follower_item *item)
{
	item->gap = true;
	put_place(l, item, l->held.seq - 1, l->held.first);
	item->readings = item->upto - l->range.upto;
	if (!is_told(f, l, item))
		return false;
	step_behind(l, item);
	return true;
}

static void
give_batch(struct follower *f, struct lane *l, struct follower_item *item)
{
	const struct batch *b = &l->held;

	item->batch = *b;
	item->readings = b->count;
	if (b->event == NULL) {
		assert(b->device < l->catalog->device_count);
		item->device = &l->catalog->devices[b->device];
	}
	item->log = b->in_memory ? journal_volatile_id(f->journal)
				 : journal_id(f->journal);
	put_place(l, item, b->seq, b->first + b->count);
	step_behind(l, item);
	l->has_held = false;
}

/* When it was read; false if that may yet become known. */
static bool
place(struct follower *f, const struct stamp *at, int64_t now_ms,
    struct follower_item *item)
{
	struct timeline times = {.count = 0};

	if (!at->synced)
		journal_timeline(f->journal, &times);
	switch (timeline_place(
	    &times, at, now_ms, f->clock_wait_ms, &item->ts_ms)) {
	case TIMELINE_TRUE: break;
	case TIMELINE_UNSYNCED: item->clock = "unsynced"; break;
	case TIMELINE_ESTIMATED: item->clock = "estimated"; break;
	case TIMELINE_WAIT: return false;
	}
	return true;
}

int
follower_next(struct follower *f, enum follower_lane lane, int64_t now_ms,
    struct follower_item *item)
{
	struct lane *l = &f->lanes[lane];
	int rc;

	*item = (struct follower_item){.lane = (uint8_t)lane};
	l->wake_ms = INT64_MAX;
	if (!has_range(f, l))
		return 0;
	if ((rc = hold(l)) != 1)
		return rc;
	assert(l->held.seq > l->range.after);
	if (l->held.seq > l->range.after + 1) {
		if (give_gap(f, l, item))
			return 1;
		l->wake_ms = now_ms + TOLD_MS;
		return 0;
	}
	if (!place(f, &l->held.at, now_ms, item)) {
		l->wake_ms = now_ms + LOOK_MS;
		return 0;
	}
	item->backfill = lane == FOLLOWER_LATE ||
	    is_before(f, &l->held.at, f->up_ms - CONNECT_MS) ||
	    is_before(f, &l->held.at, now_ms - LATE_MS);
	give_batch(f, l, item);
	return 1;
}

/* ---- what became of it ---- */

void
follower_done(struct follower *f, const struct follower_item *item)
{
	if (item->gap)
		cursor_drop(f->cursor, item->seq, item->upto, item->readings);
	else
		cursor_ack(f->cursor, item->seq, item->upto, item->readings);
}

void
follower_drop(
    struct follower *f, const struct follower_item *item, const char *reason)
{
	tell(f, item->seq, item, reason);
	cursor_drop(f->cursor, item->seq, item->upto, item->readings);
}

/* ---- waiting ---- */

int
follower_fd(const struct follower *f)
{
	return reader_fd(f->lanes[FOLLOWER_LIVE].reader);
}

int64_t
follower_wake(const struct follower *f)
{
	int64_t live_ms = f->lanes[FOLLOWER_LIVE].wake_ms;
	int64_t late_ms = f->lanes[FOLLOWER_LATE].wake_ms;

	return live_ms < late_ms ? live_ms : late_ms;
}
