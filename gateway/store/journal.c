/*
 * journal.c - the durable, bounded, numbered log that every sink follows
 *
 * The parts: memory (batches that wait), tape (the writing end on disk), shelf
 * (what may be read on disk), reader, cursor (what each sink has not had).
 * This file is what joins them: the side of those who append, and the writer's
 * thread.
 *
 * A batch is copied into memory at once, so nothing of the caller's is kept.
 * journal_tick, or an urgent batch, only says that a commit is due; the writer
 * takes the oldest slot without holding the lock while it writes.  While it
 * writes the next slot fills: a slow disk makes larger commits, not more of
 * them.  After a failure the same slot is written again every RETRY_MS, whole,
 * until it succeeds.
 *
 * When a commit fails, or the loop sees it take more than a second, memory is
 * opened to readers (memory.h).  It is shut by a commit that did not take so
 * long and behind which at most the slot being filled is left: that one follows
 * at once; if none comes, the cursors are one.  Not done: to shut it when
 * nothing is left.  The event of its being shut would be the next commit to
 * stall, and a slow disk be told of for ever.
 *
 * The loop never waits for more than the lock covers: a batch packed, or a
 * reader's copy of half a MiB.
 */
#include "gateway/store/journal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/sign.h"
#include "gateway/base/stats.h"
#include "gateway/store/figures.h"
#include "gateway/store/home.h"
#include "gateway/store/memory.h"
#include "gateway/store/shelf.h"
#include "gateway/store/tape.h"

#define READINGS "readings"
#define NAME_MAX_BYTES 16 /* of the log */
#define RETRY_MS 1000 /* a card that is full or away: not in a hurry */
#define STALL_MS 1000 /* a commit takes some ms; longer, people wait for it */
#define PROVE_MS 10000 /* seldom: a disk that is slow has enough to do */

struct journal {
	char name[NAME_MAX_BYTES];
	bool events; /* the other log */
	struct home home;
	struct recovery found; /* as it was at open */
	char volatile_id[RECORD_LOG_CHARS + 1];
	int64_t commit_every_ms;
	struct shelf *shelf;
	struct cursor_table *cursors;
	struct tape *tape; /* the writer's */
	bool resumed; /* this boot is in it already, when it is opened */
	pthread_t thread;

	/* the loop's */
	int64_t waiting_since; /* -1: nothing waits */
	int64_t busy_since; /* the writer has had that to do; -1: nothing */
	uint64_t busy_with; /* `ended` then */

	pthread_mutex_t lock; /* covers what follows */
	pthread_cond_t wake; /* there is something to write, or to stop */
	pthread_cond_t over; /* the writer has ended */
	struct catalog *catalog; /* NULL: no readings can be appended */
	struct memory memory;
	struct timeline times;
	uint64_t times_news,
	    times_kept; /* news of them, and how many on disk */
	bool due, writing, stopping, stopped;
	uint64_t ended; /* commits, well or not */
	bool failing;
	bool stalled; /* this commit takes long */
	uint64_t refused, commits, failures;
};

/* ---- what can be seen: under the lock ---- */

static void
open_memory(struct journal *j)
{
	memory_open(&j->memory);
	cursor_table_accept(j->cursors, j->memory.tail);
}

/* After a commit: shuts memory if the disk keeps up again.  One that stalled
 * proves nothing.  True if it did. */
static bool
shut_memory(struct journal *j)
{
	size_t left = j->memory.queue.count;
	bool shut = j->memory.open && !j->stalled && left <= 1;

	j->stalled = false;
	if (!shut)
		return false;
	memory_shut(&j->memory);
	j->due |= left > 0;
	return true;
}

/* ---- the writer's thread ---- */

/* The slot taken (or NULL) is on disk.  All of it is one moment for those who
 * read; and what is accepted stands in the ledger before anybody can have it.
 * Gives back a catalog. */
static struct catalog *
accept_slot(struct journal *j, const struct slot *slot)
{
	struct catalog *done = NULL;

	if (slot != NULL)
		done = memory_landed(&j->memory);
	cursor_table_accept(j->cursors, j->memory.tail);
	tape_publish(j->tape);
	return done;
}

static void
say_recovered(const struct journal *j, uint64_t lost)
{
	if (lost > 0)
		log_warn("%s: the journal is on disk again; %" PRIu64
			 " readings had no room in memory and are lost",
		    j->name, lost);
	else
		log_info("%s: the journal is on disk again", j->name);
}

/* The commit is done. */
static void
succeed(struct journal *j, const struct slot *slot, uint64_t times)
{
	struct catalog *done;
	uint64_t lost;
	bool shut;

	pthread_mutex_lock(&j->lock);
	j->times_kept = times;
	done = accept_slot(j, slot);
	j->commits++;
	j->failing = false;
	shut = shut_memory(j);
	lost = j->memory.lost - j->memory.lost_before;
	pthread_mutex_unlock(&j->lock);
	shelf_wake(j->shelf);
	catalog_unref(done);
	if (shut)
		say_recovered(j, lost);
}

/* Writes the slot, or NULL, and the cursors and times if they are news. */
static int
commit(struct journal *j, const struct slot *slot)
{
	struct record_cursors cursors;
	uint64_t moves, times;
	bool moved;

	pthread_mutex_lock(&j->lock);
	moves = cursor_table_copy(j->cursors, &cursors);
	/* Asked behind it: what moves in between must not count as kept. */
	moved = slot == NULL || cursor_table_moved(j->cursors) ||
	    j->times_news > j->times_kept;
	cursors.times = j->times;
	times = j->times_news;
	pthread_mutex_unlock(&j->lock);
	if (tape_write(j->tape, slot, &cursors, moved) == -1)
		return -1;
	cursor_table_saved(j->cursors, moves);
	succeed(j, slot, times);
	return 0;
}

/* The commit failed.  It is said once, until one succeeds. */
static void
fail(struct journal *j, int error)
{
	bool news;

	pthread_mutex_lock(&j->lock);
	news = !j->failing;
	j->failures++;
	j->failing = true;
	open_memory(j);
	pthread_mutex_unlock(&j->lock);
	shelf_wake(j->shelf);
	if (news)
		log_error("%s: the journal cannot be written: %s: what comes "
			  "is kept in memory and sent on, and written when the "
			  "disk takes it",
		    j->name, strerror(error));
}

/* Until it is done; false if the journal closes first, after one more try.  The
 * lock is held between the tries. */
static bool
commit_surely(struct journal *j, const struct slot *slot)
{
	int64_t retry_ms;
	bool last, ok;

	j->writing = true;
	do {
		last = j->stopping;
		pthread_mutex_unlock(&j->lock);
		ok = commit(j, slot) == 0;
		if (!ok)
			fail(j, errno);
		pthread_mutex_lock(&j->lock);
		retry_ms = clock_mono_ms() + RETRY_MS;
		while (!ok && !j->stopping && clock_mono_ms() < retry_ms)
			sign_wait(&j->wake, &j->lock, retry_ms);
	} while (!ok && !last);
	j->writing = false;
	j->ended++;
	return ok;
}

/* One commit; false when there is no more to come. */
static bool
write_next(struct journal *j)
{
	bool all = j->due || j->stopping;
	bool prove = j->due && j->memory.open;
	struct slot *slot = queue_take(&j->memory.queue, all);

	if (j->memory.queue.count <= 1)
		j->due = false; /* all of it goes now */
	if (slot != NULL || prove || (all && cursor_table_moved(j->cursors)))
		return commit_surely(j, slot);
	if (j->stopping)
		return false;
	pthread_cond_wait(&j->wake, &j->lock);
	return true;
}

static void *
write_all(void *arg)
{
	struct journal *j = arg;

	pthread_setname_np(pthread_self(), j->events ? "events" : "journal");
	pthread_mutex_lock(&j->lock);
	while (write_next(j))
		continue;
	j->stopped = true;
	pthread_cond_signal(&j->over);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/* ---- figures ---- */

void
journal_state(struct journal *j, struct journal_state *s)
{
	const struct memory *m = &j->memory;
	struct shelf_figures f;

	shelf_measure(j->shelf, &f);
	pthread_mutex_lock(&j->lock);
	*s = (struct journal_state){.resumed = j->resumed,
	    .tail_seq = m->tail.seq,
	    .tail_readings = m->tail.readings,
	    .disk_seq = m->disk_seq,
	    .bytes = f.bytes,
	    .oldest_ms = f.oldest_ms,
	    .damaged = f.damaged,
	    .dropped = f.dropped,
	    .refused = j->refused,
	    .lost = m->lost,
	    .in_memory = m->open || m->disk_seq < m->tail.seq,
	    .memory_first = m->from,
	    .memory_last = m->to,
	    .memory_readings = m->seen,
	    .failing = j->failing,
	    .commits = j->commits,
	    .failures = j->failures};
	pthread_mutex_unlock(&j->lock);
}

int64_t
journal_backlog(struct journal *j)
{
	uint64_t behind = cursor_table_behind(j->cursors);
	struct journal_state s;

	journal_state(j, &s);
	return behind < s.tail_seq ? shelf_behind(j->shelf, behind) : 0;
}

/* For /metrics. */
static void
print_figures(struct buf *out, void *arg)
{
	struct journal *j = arg;
	struct journal_state s;

	journal_state(j, &s);
	cursor_table_print(j->cursors,
	    j->events ? "riser_events_total" : "riser_readings_total", out);
	figures_print(out, j->events ? "riser_events" : "riser_journal", &s);
}

/* ---- open and close ---- */

/* Gives back everything; the writer has ended or never ran. */
static void
dispose(struct journal *j)
{
	stats_source_gone(j);
	tape_free(j->tape);
	recovery_free(&j->found);
	cursor_table_free(j->cursors);
	shelf_free(j->shelf);
	memory_free(&j->memory);
	catalog_unref(j->catalog);
	home_close(&j->home);
	pthread_cond_destroy(&j->over);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

/* What is known of the boots, and of this one what it cannot be before. */
static void
begin_times(struct journal *j)
{
	uint8_t boot[CLOCK_BOOT_BYTES];

	j->times = j->found.cursors.times;
	clock_boot(boot);
	j->resumed = !timeline_begin(
	    &j->times, boot, recovery_floor_ms(&j->found), clock_mono_ms());
	j->times_news += !j->resumed;
}

/* Goes on where the recovery left off. */
static void
begin(struct journal *j, int64_t max_bytes)
{
	j->tape = tape_new(j->shelf, max_bytes, &j->found);
	memory_init(&j->memory, j->found.next_seq, j->found.next_first);
	j->cursors = cursor_table_new(&j->found.cursors, j->memory.tail);
	recovery_new_log(j->volatile_id);
	begin_times(j);
	if (j->home.read_only)
		fail(j, EROFS);
}

struct journal *
journal_open(const struct journal_conf *conf, struct err *err)
{
	struct journal *j = must_alloc(1, sizeof(*j));
	int error;

	snprintf(j->name, sizeof(j->name), "%s",
	    conf->name != NULL ? conf->name : READINGS);
	j->events = strcmp(j->name, READINGS) != 0;
	j->waiting_since = j->busy_since = -1;
	j->commit_every_ms = conf->commit_every_ms;
	pthread_mutex_init(&j->lock, NULL);
	sign_init(&j->wake);
	sign_init(&j->over);
	if (home_open(&j->home, conf->dir, j->name, err) == -1)
		goto fail;
	j->shelf = shelf_new(j->home.dir);
	if (recovery_run(&j->found, j->shelf, err) == -1)
		goto fail;
	begin(j, conf->max_bytes);
	stats_source(print_figures, j);
	error = pthread_create(&j->thread, NULL, write_all, j);
	if (error != 0) {
		err_set(err, "the journal's thread: %s", strerror(error));
		goto fail;
	}
	return j;

fail:
	dispose(j);
	return NULL;
}

void
journal_close(struct journal *j, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	bool stopped;
	size_t lost;

	if (j == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_signal(&j->wake);
	while (!j->stopped && clock_mono_ms() < until_ms)
		sign_wait(&j->over, &j->lock, until_ms);
	stopped = j->stopped;
	lost = j->memory.queue.count;
	pthread_mutex_unlock(&j->lock);
	if (lost > 0)
		log_error("%s: the journal could not be written: what is only "
			  "in memory is lost",
		    j->name);
	if (!stopped || shelf_is_left(j->shelf)) {
		/* The disk holds the writer, or a reader.  The program is about
		 * to end; until then he needs the memory. */
		stats_source_gone(j);
		pthread_detach(j->thread);
		return;
	}
	pthread_join(j->thread, NULL);
	dispose(j);
}

/* ---- those who append ---- */

const char *
journal_id(const struct journal *j)
{
	return j->found.log;
}

const char *
journal_volatile_id(const struct journal *j)
{
	return j->volatile_id;
}

void
journal_catalog(struct journal *j, struct catalog *c)
{
	struct buf packed = {0};
	struct catalog *old;

	assert(!j->events);
	record_catalog_put(&packed, c);
	if (packed.len > RECORD_BODY_MAX) {
		log_error("the names of all points take %zu bytes, the journal "
			  "holds %zu: nothing is kept",
		    packed.len, RECORD_BODY_MAX);
		c = NULL;
	}
	buf_free(&packed);
	pthread_mutex_lock(&j->lock);
	old = j->catalog;
	j->catalog = c != NULL ? catalog_ref(c) : NULL;
	pthread_mutex_unlock(&j->lock);
	catalog_unref(old);
}

bool
journal_append(struct journal *j, struct batch *b)
{
	struct catalog *gone = NULL;
	bool kept, shown;

	assert((b->event != NULL) == j->events);
	pthread_mutex_lock(&j->lock);
	kept = (j->events || j->catalog != NULL) &&
	    memory_put(&j->memory, j->catalog, b, &gone);
	shown = kept && j->memory.open;
	if (shown)
		cursor_table_accept(j->cursors, j->memory.tail);
	j->refused += !kept;
	j->due |= kept && (b->urgent || j->events);
	if (j->due || j->memory.queue.count > 1) /* a slot is complete */
		pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	catalog_unref(gone);
	if (shown)
		shelf_wake(j->shelf);
	return kept;
}

void
journal_clock(struct journal *j, bool synced, int64_t wall_ms, int64_t mono_ms)
{
	if (!synced)
		return;
	pthread_mutex_lock(&j->lock);
	if (timeline_set(&j->times, wall_ms, mono_ms))
		j->times_news++;
	pthread_mutex_unlock(&j->lock);
}

void
journal_timeline(struct journal *j, struct timeline *out)
{
	pthread_mutex_lock(&j->lock);
	*out = j->times;
	pthread_mutex_unlock(&j->lock);
}

/* ---- the loop ---- */

/* Begins a commit when it is due. */
static void
tick_commit(struct journal *j, int64_t now_ms)
{
	bool news =
	    queue_waiting(&j->memory.queue) || cursor_table_moved(j->cursors);
	int64_t wait_ms = news ? j->commit_every_ms : PROVE_MS;

	if (!news && !j->memory.open)
		j->waiting_since = -1;
	else if (j->waiting_since == -1)
		j->waiting_since = now_ms;
	if (j->waiting_since == -1 ||
	    (!j->due && now_ms - j->waiting_since < wait_ms))
		return;
	j->due = true;
	j->waiting_since = -1;
	pthread_cond_signal(&j->wake);
}

/* Whether the writer has had one commit to do for too long. */
static bool
is_stalled(struct journal *j, int64_t now_ms)
{
	if (!j->due && !j->writing) {
		j->busy_since = -1;
	} else if (j->busy_since == -1 || j->busy_with != j->ended) {
		j->busy_since = now_ms;
		j->busy_with = j->ended;
	}
	return j->busy_since != -1 && now_ms - j->busy_since >= STALL_MS;
}

int64_t
journal_tick(struct journal *j, int64_t now_ms)
{
	int64_t next_ms = now_ms + j->commit_every_ms;
	bool stalled, news;

	pthread_mutex_lock(&j->lock);
	tick_commit(j, now_ms);
	stalled = is_stalled(j, now_ms);
	news = stalled && !j->memory.open;
	j->stalled |= stalled;
	if (stalled)
		open_memory(j);
	pthread_mutex_unlock(&j->lock);
	if (news) {
		shelf_wake(j->shelf);
		log_warn(
		    "%s: the disk keeps the journal waiting: what comes is "
		    "sent on from memory until it answers",
		    j->name);
	}
	if (j->waiting_since != -1 &&
	    j->waiting_since + j->commit_every_ms > now_ms)
		next_ms = j->waiting_since + j->commit_every_ms;
	if (j->busy_since != -1 && j->busy_since + STALL_MS < next_ms &&
	    now_ms < j->busy_since + STALL_MS)
		next_ms = j->busy_since + STALL_MS;
	return next_ms;
}

struct cursor_table *
journal_cursors(struct journal *j)
{
	return j->cursors;
}

/* ---- readers ---- */

struct shelf *
journal_shelf(struct journal *j)
{
	return j->shelf;
}

enum journal_place
journal_look(struct journal *j, uint64_t after_seq, struct rows *copy,
    uint64_t *disk_seq)
{
	enum journal_place place = JOURNAL_ON_DISK;
	struct catalog *old = NULL;

	pthread_mutex_lock(&j->lock);
	*disk_seq = j->memory.disk_seq;
	if (after_seq >= j->memory.disk_seq)
		place = memory_copy(&j->memory, after_seq, copy, &old)
		    ? JOURNAL_IN_MEMORY
		    : JOURNAL_NOWHERE;
	pthread_mutex_unlock(&j->lock);
	catalog_unref(old);
	return place;
}
