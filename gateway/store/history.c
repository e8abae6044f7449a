/*
 * history.c - follows the log of readings into the database
 *
 * Batches go through the intake (intake.h), which writes them from time to
 * time; then what is due of slots is computed, a span at a time, so that who
 * closes waits for no more than one.
 *
 * What fails in the database closes it.  It is opened again after five seconds,
 * or at once if it was damaged and set aside, and the log is read again from
 * where it then says it was.  So there is one way back from every failure.
 *
 * A disk may hang for minutes.  The thread holds the lock while it uses the log
 * and lets go of it around the database; so who closes waits for a moment, then
 * takes the log away from it and leaves it to its fate.
 */
#include "gateway/store/history.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/store/history_figures.h"
#include "gateway/store/intake.h"
#include "gateway/store/rollup.h"

#define TURN_BATCHES 4096 /* read in a row before somebody may end it */
#define TURN_MS 1000 /* between two looks at the log */
#define RETRY_MS 5000 /* a database, or log, that failed */
#define FORGET_MS (60 * 1000) /* between two looks at what is too old */
#define FORGET_MORE_MS 200 /* between two small deletes */
#define ASIDE_MS 5000 /* between two looks for a file that was set aside */
#define STUCK_MS 30000 /* in one turn: the disk hangs */

struct history {
	unsigned refs; /* atomic: its thread's, and those who ask */
	struct history_conf conf;
	char *dir;
	char *log;
	struct journal *readings;
	struct journal_reader *reader;
	uint64_t born_seq; /* what comes behind is of this run */
	pthread_t thread;
	pthread_mutex_t lock; /* of readings and reader */
	int stop_fd; /* readable: it is to end */
	bool cut; /* atomic: readings and reader are not the thread's any more
		   */

	struct history_file file;
	bool open; /* the file is */
	bool failing, log_failing;
	int64_t retry_ms, next_ms, forget_ms, aside_ms, lost_ms;
	bool due; /* there may be something to compute */
	uint64_t damaged; /* what could not be read for it */

	struct intake *intake;
	pthread_mutex_t telling; /* of state */
	struct history_state state;
	int64_t turned_ms; /* monotonic */
};

int64_t
history_hold_ms(int64_t heartbeat_ms, int64_t every_ms)
{
	int64_t silent_ms = heartbeat_ms > every_ms ? heartbeat_ms : every_ms;

	return silent_ms + silent_ms / 2 + 15000;
}

struct history *
history_ref(struct history *h)
{
	if (h != NULL)
		__atomic_fetch_add(&h->refs, 1, __ATOMIC_RELAXED);
	return h;
}

void
history_unref(struct history *h)
{
	if (h == NULL || __atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pthread_mutex_destroy(&h->lock);
	pthread_mutex_destroy(&h->telling);
	intake_free(h->intake);
	free(h->dir);
	free(h->log);
	free(h);
}

/* The thread is gone, or never was. */
static void
release(struct history *h)
{
	reader_close(h->reader);
	if (h->stop_fd != -1)
		close(h->stop_fd);
	history_unref(h);
}

/* Of the log.  Does not return if that was taken away. */
static void
lock(struct history *h)
{
	pthread_mutex_lock(&h->lock);
	if (!__atomic_load_n(&h->cut, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_unlock(&h->lock);
	if (h->open)
		history_file_close(&h->file);
	release(h);
	pthread_exit(NULL);
}

static void
unlock(struct history *h)
{
	pthread_mutex_unlock(&h->lock);
}

/* ---- failures ---- */

static void
give_up(struct history *h, int64_t now_ms)
{
	if (!h->failing)
		log_error("the history cannot be written: %s: it goes without, "
			  "and the log of readings keeps what it can",
		    h->file.why);
	h->failing = true;
	h->retry_ms = now_ms + RETRY_MS;
}

/* All that was read is written. */
static void
recover(struct history *h)
{
	if (h->failing)
		log_info("the history is written again");
	h->failing = false;
}

static void
close_file(struct history *h)
{
	if (h->file.damaged || h->file.newer) {
		pthread_mutex_lock(&h->telling);
		h->state.set_aside++;
		pthread_mutex_unlock(&h->telling);
		h->aside_ms = 0;
	}
	history_file_close(&h->file);
	intake_forget(h->intake);
	h->open = false;
}

/* Goes to where the database says it was. */
static int
go_on(struct history *h)
{
	uint64_t seq;

	if (intake_begin(h->intake, &h->file, h->born_seq, &seq) == -1)
		return -1;
	lock(h);
	reader_seek(h->reader, seq);
	unlock(h);
	h->due = true;
	return 0;
}

static bool
begin(struct history *h)
{
	h->open = true;
	h->file = (struct history_file){.db = NULL};
	return history_file_open(&h->file, h->dir) == 0 && go_on(h) == 0;
}

/* It is closed; if it was damaged there is another at once, unless that is
 * damaged in turn. */
static void
lose(struct history *h, int64_t now_ms)
{
	bool anew = (h->file.damaged || h->file.newer) &&
	    now_ms >= h->lost_ms + RETRY_MS;

	h->lost_ms = now_ms;
	if (!anew)
		give_up(h, now_ms);
	close_file(h);
	if (anew && !begin(h))
		lose(h, now_ms);
}

/* ---- out of the log ---- */

static int
learn(struct history *h)
{
	struct timeline times;
	int rc;

	lock(h);
	journal_timeline(h->readings, &times);
	unlock(h);
	rc = intake_times(h->intake, &h->file, &times);
	h->due |= rc == 1;
	return rc == -1 ? -1 : 0;
}

static int
flush(struct history *h)
{
	int rc = intake_flush(h->intake, &h->file);

	h->due |= rc == 1;
	return rc == -1 ? -1 : 0;
}

/* The next batch: 1 taken; 2 not yet: *seq has it, prepare for it; 0 none; -1
 * the log failed.  What is not on disk may yet be lost, and its seq used again:
 * it is left where it is. */
static int
next(struct history *h, uint64_t *seq)
{
	const struct catalog *c;
	struct batch b;
	int rc = reader_next(h->reader, &b, &c);

	if (rc != 1)
		return rc;
	*seq = b.seq;
	if (b.in_memory)
		rc = 0;
	else if (!intake_take(h->intake, &b, c))
		rc = 2;
	if (rc != 1)
		reader_seek(h->reader, b.seq - 1);
	return rc;
}

static void
tell_log(struct history *h, int rc, int64_t now_ms)
{
	if (rc == -1 && !h->log_failing)
		log_error("the history cannot read the log of readings: %s",
		    strerror(errno));
	if (rc == -1)
		h->retry_ms = now_ms + RETRY_MS;
	h->log_failing = rc == -1;
}

/* Takes some batches: 1 if there may be more, 0, -1 if the database failed. */
static int
gather(struct history *h, int64_t now_ms)
{
	uint64_t seq = 0;
	int rc = 1;

	for (int i = 0; i < TURN_BATCHES && rc > 0; i++) {
		lock(h);
		rc = next(h, &seq);
		unlock(h);
		tell_log(h, rc, now_ms);
		if (rc != 2)
			continue;
		h->due = true; /* it may be written */
		if (intake_prepare(h->intake, &h->file, seq) == -1)
			return -1;
	}
	return rc > 0;
}

/* ---- the thread ---- */

/* A time of which nobody is sure makes nothing old. */
static int
forget(struct history *h, int64_t now_ms)
{
	struct clock_now now;
	int64_t bytes;
	int more;

	if (now_ms < h->forget_ms)
		return 0;
	clock_now(&now);
	more = history_file_forget(
	    &h->file, &h->conf.keep, now.synced ? now.wall_ms : 0);
	h->forget_ms = now_ms + (more > 0 ? FORGET_MORE_MS : FORGET_MS);
	if (more == -1 || history_file_bytes(&h->file, &bytes) == -1)
		return -1;
	pthread_mutex_lock(&h->telling);
	h->state.bytes = bytes;
	pthread_mutex_unlock(&h->telling);
	return 0;
}

/* Until there is more to compute, a quarter of an hour most often, nothing of
 * what it takes is kept: some megabyte of pages, and of what was in them. */
static void
rest(struct history *h)
{
	sqlite3_db_release_memory(h->file.db);
	malloc_trim(0);
}

/* One span of slots. */
static int
compute(struct history *h)
{
	struct rollup *r;
	int rc;

	if (!h->due)
		return 0;
	r = rollup_new();
	rc = rollup_step(r, &h->file);
	h->damaged += rollup_damaged(r);
	rollup_free(r);
	h->due = rc == 1;
	if (rc == 0)
		rest(h);
	return rc;
}

/* A disk that failed is well when it has taken what there is: that is tried
 * at once, not in a quarter of an hour. */
static bool
flush_is_due(const struct history *h, int64_t now_ms)
{
	return h->failing || intake_flush_due(h->intake, now_ms);
}

/* Whether there is more to do at once; -1 if the database failed. */
static int
work(struct history *h, int64_t now_ms)
{
	int more, due;

	if (learn(h) == -1)
		return -1;
	more = gather(h, now_ms);
	if (more == -1 || (flush_is_due(h, now_ms) && flush(h) == -1))
		return -1;
	due = compute(h);
	if (due == -1 || forget(h, now_ms) == -1)
		return -1;
	return more == 1 || due == 1;
}

static void
turn(struct history *h, int64_t now_ms)
{
	int more;

	if (!intake_known(h->intake))
		return;
	if (!h->open && !begin(h))
		lose(h, now_ms);
	if (!h->open)
		return;
	more = work(h, now_ms);
	if (more == -1) {
		lose(h, now_ms);
		return;
	}
	recover(h);
	h->next_ms = more == 1 ? now_ms : now_ms + TURN_MS;
	if (h->forget_ms < h->next_ms)
		h->next_ms = h->forget_ms;
}

/* Until there is something to do; false: the end. */
static bool
await(struct history *h)
{
	int64_t now_ms = clock_mono_ms();
	int64_t until_ms = h->retry_ms > h->next_ms ? h->retry_ms : h->next_ms;
	struct pollfd fd = {.fd = h->stop_fd, .events = POLLIN};

	poll(&fd, 1, until_ms > now_ms ? (int)(until_ms - now_ms) : 0);
	return (fd.revents & POLLIN) == 0;
}

/* It is somebody's to take away. */
static void
look_aside(struct history *h, int64_t now_ms)
{
	bool aside;

	if (now_ms < h->aside_ms)
		return;
	aside = history_file_aside(h->dir);
	h->aside_ms = now_ms + ASIDE_MS;
	pthread_mutex_lock(&h->telling);
	h->state.aside = aside;
	pthread_mutex_unlock(&h->telling);
}

static void
tell(struct history *h)
{
	pthread_mutex_lock(&h->telling);
	h->state.failing = h->failing;
	h->turned_ms = clock_mono_ms();
	h->state.damaged = h->damaged;
	pthread_mutex_unlock(&h->telling);
}

/* What came last.  A disk that failed is not tried again. */
static void
end(struct history *h)
{
	if (!h->open)
		return;
	if (!h->failing && intake_known(h->intake) &&
	    (learn(h) == -1 || gather(h, clock_mono_ms()) == -1 ||
		flush(h) == -1))
		log_debug("history: %s", h->file.why);
	history_file_close(&h->file);
}

static void *
follow(void *context)
{
	struct history *h = context;

	while (await(h)) {
		h->next_ms = clock_mono_ms() + TURN_MS;
		turn(h, clock_mono_ms());
		look_aside(h, clock_mono_ms());
		tell(h);
	}
	end(h);
	return NULL;
}

/* ---- from outside ---- */

void
history_know(struct history *h, struct catalog *c, const int64_t *holds_ms)
{
	intake_know(h->intake, c, holds_ms);
}

void
history_state(struct history *h, struct history_state *s)
{
	struct journal_state log;

	pthread_mutex_lock(&h->telling);
	*s = h->state;
	s->failing |= clock_mono_ms() - h->turned_ms > STUCK_MS;
	pthread_mutex_unlock(&h->telling);
	intake_state(h->intake, s);
	journal_state(h->readings, &log);
	s->unread = log.disk_seq > s->read_seq ? log.disk_seq - s->read_seq : 0;
}

static void
print_figures(struct buf *out, void *context)
{
	struct history_state s;

	history_state(context, &s);
	history_figures_print(out, &s);
}

const char *
history_log(const struct history *h)
{
	return h->log;
}

void
history_tail(struct history *h, const char *device, const char *point,
    struct past *p, struct history_tail *tail)
{
	intake_tail(h->intake, device, point, p, tail);
}

/* ---- open and close ---- */

static int
start(struct history *h, struct err *err)
{
	sigset_t all, before;
	int rc;

	/* Signals are the loop's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&h->thread, NULL, follow, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, "history: no thread: %s", strerror(rc));
	pthread_setname_np(h->thread, "history");
	return 0;
}

struct history *
history_open(
    const struct history_conf *conf, struct journal *readings, struct err *err)
{
	struct history *h = must_alloc(1, sizeof(*h));
	struct journal_state s;

	journal_state(readings, &s);
	h->refs = 1;
	h->conf = *conf;
	h->dir = must_text(conf->dir);
	h->readings = readings;
	h->log = must_text(journal_id(readings));
	h->born_seq = s.disk_seq;
	h->lost_ms = -RETRY_MS;
	h->turned_ms = clock_mono_ms();
	h->intake = intake_new(h->log);
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->telling, NULL);
	h->stop_fd = eventfd(0, EFD_CLOEXEC);
	h->reader = reader_open(readings, 0);
	if (h->stop_fd == -1 || h->reader == NULL) {
		err_set(err, "history: %s", strerror(errno));
		goto fail;
	}
	if (start(h, err) == -1)
		goto fail;
	stats_source(print_figures, h);
	return h;

fail:
	release(h);
	return NULL;
}

/* The disk holds the thread: what it has is its own from now on, but not the
 * log, unless it is that it reads. */
static void
leave(struct history *h, const struct timespec *until)
{
	pthread_detach(h->thread);
	if (pthread_mutex_clocklock(&h->lock, CLOCK_MONOTONIC, until) != 0) {
		reader_leave(h->reader);
		__atomic_store_n(&h->cut, true, __ATOMIC_RELEASE);
		return;
	}
	__atomic_store_n(&h->cut, true, __ATOMIC_RELEASE);
	reader_close(h->reader);
	h->reader = NULL;
	pthread_mutex_unlock(&h->lock);
}

void
history_ask(struct history *h)
{
	uint64_t one = 1;

	if (h != NULL && write(h->stop_fd, &one, sizeof(one)) != sizeof(one))
		log_debug("history: %s", strerror(errno));
}

void
history_close(struct history *h, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	if (h == NULL)
		return;
	stats_source_gone(h);
	history_ask(h);
	if (pthread_clockjoin_np(h->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		release(h);
	else
		leave(h, &until);
}
