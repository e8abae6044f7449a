/*
 * journal.c - the durable, bounded, numbered log that every sink follows
 *
 * The parts: queue (batches that wait), tape (the writing end on disk), shelf
 * (what may be read), reader, cursor (how far each sink is).  This file is what
 * joins them: the loop's side, and the writer's thread.
 *
 * The loop packs each batch into the queue at once, so nothing of the caller's
 * is kept.  journal_tick only marks that a commit is due; the writer takes the
 * oldest slot without holding the lock while it writes, and on success moves
 * the tail and shows the record to the readers.  While it writes the next slot
 * fills: a slow disk makes larger commits, not more of them.  After a failure
 * the same slot is written again every RETRY_MS, whole, until it succeeds.
 *
 * The loop never waits for more than the few instructions that the lock covers.
 */
#include "gateway/store/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/store/queue.h"
#include "gateway/store/shelf.h"
#include "gateway/store/tape.h"

#define FOLDER "readings"
#define RETRY_MS 1000 /* a card that is full or away: not in a hurry */

struct journal {
	int dir, lock_file;
	struct recovery found; /* as it was at open */
	int64_t commit_every_ms;
	struct shelf *shelf;
	struct cursor_table *cursors;
	struct tape *tape; /* the writer's */
	pthread_t thread;

	/* the loop's */
	struct catalog *catalog; /* NULL: nothing can be appended */
	uint64_t next_seq, next_first;
	int64_t waiting_since; /* -1: nothing waits */
	bool urgent;

	pthread_mutex_t lock; /* covers what follows */
	pthread_cond_t wake; /* there is something to write, or to stop */
	pthread_cond_t over; /* the writer has ended */
	struct queue queue;
	bool due, stopping, ended;
	struct cursor_tail tail; /* what readers can see */
	bool failing;
	uint64_t refused, commits, failures;
};

/* ---- the writer's thread ---- */

/* Waits for a sign, at most until then. */
static void
wait_until(pthread_cond_t *sign, pthread_mutex_t *lock, int64_t mono_ms)
{
	struct timespec at = {
	    .tv_sec = mono_ms / 1000, .tv_nsec = mono_ms % 1000 * 1000000};

	pthread_cond_timedwait(sign, lock, &at);
}

/* Writes the slot (or NULL) and the cursors if they moved. */
static int
commit(struct journal *j, struct slot *slot)
{
	bool moved = cursor_table_moved(j->cursors);
	struct cursor_tail tail = {0};
	struct record_cursors cursors;
	uint64_t moves = cursor_table_copy(j->cursors, &cursors);

	if (tape_write(j->tape, slot, &cursors, moved) == -1)
		return -1;
	cursor_table_saved(j->cursors, moves);
	if (slot != NULL) {
		tail.seq = slot->frame.seq + slot->frame.batches - 1;
		tail.readings = slot->frame.first + slot->frame.readings;
		/* Before anybody can read it and acknowledge it. */
		cursor_table_accept(j->cursors, tail);
	}
	tape_publish(j->tape);
	pthread_mutex_lock(&j->lock);
	if (slot != NULL)
		j->tail = tail;
	pthread_mutex_unlock(&j->lock);
	return 0;
}

/* The outcome of a commit; says so when it is another than the last time. */
static void
judge(struct journal *j, bool ok, int error)
{
	if (ok && j->failing)
		log_info("the journal is on disk again");
	if (!ok && !j->failing)
		log_error("the journal cannot be written: %s: trying again",
		    strerror(error));
	j->failing = !ok;
	j->commits += ok;
	j->failures += !ok;
}

/* Until it is done; false if the journal closes first.  The lock is held
 * between the tries. */
static bool
commit_surely(struct journal *j, struct slot *slot)
{
	int64_t retry_ms;
	int got, error;

	for (;;) {
		pthread_mutex_unlock(&j->lock);
		got = commit(j, slot);
		error = errno;
		pthread_mutex_lock(&j->lock);
		judge(j, got == 0, error);
		if (got == 0)
			return true;
		retry_ms = clock_mono_ms() + RETRY_MS;
		while (!j->stopping && clock_mono_ms() < retry_ms)
			wait_until(&j->wake, &j->lock, retry_ms);
		if (j->stopping)
			return false;
	}
}

/* One commit; false when there is no more to come. */
static bool
write_next(struct journal *j)
{
	bool all = j->due || j->stopping;
	struct slot *slot = queue_take(&j->queue, all);
	struct catalog *done;

	if (j->queue.count <= 1)
		j->due = false; /* all of it goes now */
	if (slot == NULL && !(all && cursor_table_moved(j->cursors))) {
		if (j->stopping)
			return false;
		pthread_cond_wait(&j->wake, &j->lock);
		return true;
	}
	if (!commit_surely(j, slot))
		return false;
	if (slot != NULL) {
		done = queue_done(&j->queue);
		pthread_mutex_unlock(&j->lock);
		catalog_unref(done);
		pthread_mutex_lock(&j->lock);
	}
	return true;
}

static void *
write_all(void *arg)
{
	struct journal *j = arg;

	pthread_setname_np(pthread_self(), "journal");
	pthread_mutex_lock(&j->lock);
	while (write_next(j))
		continue;
	j->ended = true;
	pthread_cond_signal(&j->over);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/* ---- figures ---- */

void
journal_state(struct journal *j, struct journal_state *s)
{
	struct shelf_figures f;

	shelf_measure(j->shelf, &f);
	s->bytes = f.bytes;
	s->oldest_ms = f.oldest_ms;
	s->damaged = f.damaged;
	pthread_mutex_lock(&j->lock);
	s->tail_seq = j->tail.seq;
	s->tail_readings = j->tail.readings;
	s->refused = j->refused;
	s->failing = j->failing;
	pthread_mutex_unlock(&j->lock);
}

static void
print_figure(struct buf *out, const char *name, const char *type,
    const char *help, double value)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help,
	    name, type, name, value);
}

/* For /metrics. */
static void
print_figures(struct buf *out, void *arg)
{
	struct journal *j = arg;
	struct journal_state s;
	struct shelf_figures f;
	uint64_t commits, failures;
	int64_t age_ms;

	journal_state(j, &s);
	shelf_measure(j->shelf, &f);
	pthread_mutex_lock(&j->lock);
	commits = j->commits;
	failures = j->failures;
	pthread_mutex_unlock(&j->lock);
	age_ms = s.oldest_ms > 0 ? clock_wall_ms() - s.oldest_ms : 0;
	cursor_table_print(j->cursors, out);
	print_figure(out, "riser_journal_bytes", "gauge",
	    "Size of the journal on disk.", (double)s.bytes);
	print_figure(out, "riser_journal_oldest_seconds", "gauge",
	    "Age of the oldest reading kept.", (double)age_ms / 1000);
	print_figure(out, "riser_journal_failing", "gauge",
	    "1 if the last commit did not reach the disk.", s.failing);
	print_figure(out, "riser_journal_damaged_total", "counter",
	    "Damaged records skipped.", (double)s.damaged);
	print_figure(out, "riser_journal_segments_dropped_total", "counter",
	    "Segments removed for room.", (double)f.dropped);
	print_figure(out, "riser_journal_refused_total", "counter",
	    "Batches refused: the disk stalled too long.", (double)s.refused);
	print_figure(out, "riser_commits_total", "counter",
	    "Commits that reached the disk.", (double)commits);
	print_figure(out, "riser_commit_failures_total", "counter",
	    "Tries of a commit that failed.", (double)failures);
}

/* ---- open and close ---- */

/* The folder, made if missing; -1 with the reason. */
static int
open_folder(const char *store, struct err *err)
{
	int outer, dir;

	if (mkdir(store, 0700) == -1 && errno != EEXIST)
		return err_set(err, "store: %s: %s", store, strerror(errno));
	outer = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (outer == -1)
		return err_set(err, "store: %s: %s", store, strerror(errno));
	if (mkdirat(outer, FOLDER, 0700) == 0)
		fsync(outer);
	dir = openat(outer, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		err_set(
		    err, "store: %s/" FOLDER ": %s", store, strerror(errno));
	close(outer);
	return dir;
}

/* Keeps a second gateway out. */
static int
take_lock(int dir, const char *store, struct err *err)
{
	int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		return err_set(err, "store: %s/" FOLDER "/lock: %s", store,
		    strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(err,
		    "store: %s is in use by another riser: stop that one, or "
		    "give this one a store of its own",
		    store);
	else
		err_set(err, "store: %s/" FOLDER "/lock: %s", store,
		    strerror(errno));
	close(fd);
	return -1;
}

static void
init_signs(struct journal *j)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->wake, &monotonic);
	pthread_cond_init(&j->over, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* Gives back everything; the writer has ended or never ran. */
static void
dispose(struct journal *j)
{
	stats_source_gone(j);
	tape_free(j->tape);
	recovery_free(&j->found);
	cursor_table_free(j->cursors);
	shelf_free(j->shelf);
	queue_free(&j->queue);
	catalog_unref(j->catalog);
	if (j->lock_file != -1)
		close(j->lock_file);
	if (j->dir != -1)
		close(j->dir);
	pthread_cond_destroy(&j->over);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

struct journal *
journal_open(const struct journal_conf *conf, struct err *err)
{
	struct journal *j = must_alloc(1, sizeof(*j));
	int error;

	j->lock_file = -1;
	j->waiting_since = -1;
	j->commit_every_ms = conf->commit_every_ms;
	init_signs(j);
	queue_init(&j->queue);
	j->dir = open_folder(conf->dir, err);
	if (j->dir == -1)
		goto fail;
	j->lock_file = take_lock(j->dir, conf->dir, err);
	if (j->lock_file == -1)
		goto fail;
	j->shelf = shelf_new(j->dir);
	if (recovery_run(&j->found, j->shelf, err) == -1)
		goto fail;
	j->tape = tape_new(j->shelf, conf->max_bytes, &j->found);
	j->next_seq = j->found.next_seq;
	j->next_first = j->found.next_first;
	j->tail = (struct cursor_tail){
	    .seq = j->next_seq - 1, .readings = j->next_first};
	j->cursors = cursor_table_new(&j->found.cursors, j->tail);
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
	bool ended;
	size_t lost;

	if (j == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_signal(&j->wake);
	while (!j->ended && clock_mono_ms() < until_ms)
		wait_until(&j->over, &j->lock, until_ms);
	ended = j->ended;
	lost = j->queue.count;
	pthread_mutex_unlock(&j->lock);
	if (lost > 0)
		log_error("the journal could not be written: what was not "
			  "accepted yet is lost");
	if (!ended) {
		/* The disk holds the writer.  The program is about to end;
		 * until then the writer needs its memory. */
		stats_source_gone(j);
		pthread_detach(j->thread);
		return;
	}
	pthread_join(j->thread, NULL);
	dispose(j);
}

/* ---- the loop ---- */

const char *
journal_id(const struct journal *j)
{
	return j->found.log;
}

struct shelf *
journal_shelf(struct journal *j)
{
	return j->shelf;
}

void
journal_catalog(struct journal *j, struct catalog *c)
{
	struct buf packed = {0};

	catalog_unref(j->catalog);
	j->catalog = NULL;
	record_catalog_put(&packed, c);
	if (packed.len <= RECORD_BODY_MAX)
		j->catalog = catalog_ref(c);
	else
		log_error("the names of all points take %zu bytes, the journal "
			  "holds %zu: nothing is kept",
		    packed.len, RECORD_BODY_MAX);
	buf_free(&packed);
}

bool
journal_append(struct journal *j, struct batch *b)
{
	bool kept = false;

	assert(j->catalog == NULL || b->device < j->catalog->device_count);
	b->seq = j->next_seq;
	b->first = j->next_first;
	pthread_mutex_lock(&j->lock);
	if (j->catalog != NULL)
		kept = queue_put(&j->queue, j->catalog, b);
	j->refused += !kept;
	if (kept && j->queue.count > 1) /* a slot is complete */
		pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	if (!kept)
		return false;
	j->next_seq++;
	j->next_first += b->count;
	j->urgent |= b->urgent;
	return true;
}

int64_t
journal_tick(struct journal *j, int64_t now_ms)
{
	bool waiting, due;

	pthread_mutex_lock(&j->lock);
	waiting = queue_waiting(&j->queue) || cursor_table_moved(j->cursors);
	if (!waiting)
		j->waiting_since = -1;
	else if (j->waiting_since == -1)
		j->waiting_since = now_ms;
	due = waiting &&
	    (j->urgent || now_ms - j->waiting_since >= j->commit_every_ms);
	if (due) {
		j->due = true;
		j->urgent = false;
		j->waiting_since = -1;
		pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	if (j->waiting_since == -1)
		return now_ms + j->commit_every_ms;
	return j->waiting_since + j->commit_every_ms;
}

struct cursor *
journal_follow(struct journal *j, const char *name)
{
	return cursor_table_follow(j->cursors, name);
}
