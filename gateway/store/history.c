/*
 * history.c - follows the log of readings into the database
 *
 * Readings are gathered in a sheaf, for a quarter of an hour or until it is
 * full, and then written as one stretch: with the position in the same
 * transaction.  A stretch is of one run of one boot, and of one way to tell the
 * time: a new one begins where that changes, so that a boot whose clock becomes
 * known is moved by one number a stretch.
 *
 * Then what is due of slots is computed, a span at a time, so that who closes
 * waits for no more than one.
 *
 * What fails in the database closes it.  It is opened again after five seconds,
 * or at once if it was damaged and set aside, and the log is read again from
 * where it then says it was.  So there is one way back from every failure.
 *
 * Two locks.  One is of the log and its reader, which are taken away from the
 * thread if the disk holds it when the program ends; the other of what is in
 * memory, for those who ask for a point's last minutes.  Neither is held while
 * the database is used.
 *
 * Not done: flushing sooner for those who look.  They are given what is in
 * memory; and each flush costs some twenty kilobytes beside its readings.
 */
#include "gateway/store/history.h"

#include <errno.h>
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
#include "gateway/store/history_names.h"
#include "gateway/store/past.h"
#include "gateway/store/rollup.h"
#include "gateway/store/sheaf.h"

#define TURN_BATCHES 4096 /* read in a row before somebody may end it */
#define TURN_MS 1000 /* between two looks at the log */
#define RETRY_MS 5000 /* a database, or log, that failed */
#define FORGET_MS (60 * 1000) /* between two looks at what is too old */
#define FORGET_MORE_MS 200 /* between two small deletes */
#define STOP_MS 500 /* for the thread to end */
#define STRETCH_MS (2 * 3600 * 1000) /* of readings, in a backlog */
#define SHIFT_MS                                                               \
	50 /* less than this is no other shift: two clocks read one            \
	      after the other */

/* What the sheaf will be. */
struct stretch {
	struct history_stretch row;
	uint64_t first_seq, last_seq; /* 0: it is empty */
	int64_t from_mono_ms; /* its boot's, of the first */
	int64_t began_ms; /* when that was read, monotonic */
};

struct history {
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
	struct timeline known; /* the boots' times as the rows have them */
	int64_t retry_ms, next_ms, forget_ms, lost_ms;
	struct rollup *rollup;
	bool due; /* there may be something to compute */

	pthread_mutex_t memory; /* of what follows */
	struct history_names *names;
	struct sheaf *sheaf;
	struct stretch now;
	uint64_t seq; /* read, up to this one */
	uint64_t pause; /* the next seq behind which a run began */
	bool pause_passed; /* since the last batch */
	bool has_boot;
	uint8_t boot[SAMPLE_BOOT_BYTES]; /* of the last batch */
	int64_t known_ms; /* time of the last batch read; 0: none */
	int64_t ended_ms; /* of the last one written */
	struct history_state state;
};

int64_t
history_hold_ms(int64_t heartbeat_ms, int64_t every_ms)
{
	int64_t silent_ms = heartbeat_ms > every_ms ? heartbeat_ms : every_ms;

	return silent_ms + silent_ms / 2 + 15000;
}

static void
release(struct history *h)
{
	reader_close(h->reader);
	if (h->stop_fd != -1)
		close(h->stop_fd);
	pthread_mutex_destroy(&h->lock);
	pthread_mutex_destroy(&h->memory);
	history_names_free(h->names);
	sheaf_free(h->sheaf);
	rollup_free(h->rollup);
	free(h->dir);
	free(h->log);
	free(h);
}

/* Of the log.  Does not return if that was taken away. */
static void
lock(struct history *h)
{
	pthread_mutex_lock(&h->lock);
	if (!__atomic_load_n(&h->cut, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_unlock(&h->lock);
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

static void
recover(struct history *h)
{
	if (h->failing)
		log_info("the history is written again");
	h->failing = false;
}

/* What was in memory is read again. */
static void
forget_memory(struct history *h)
{
	pthread_mutex_lock(&h->memory);
	sheaf_clear(h->sheaf);
	h->now = (struct stretch){0};
	pthread_mutex_unlock(&h->memory);
}

static void
close_file(struct history *h)
{
	if (h->file.damaged || h->file.newer)
		h->state.set_aside++;
	history_file_close(&h->file);
	history_names_forget(h->names);
	forget_memory(h);
	h->open = false;
}

/* Goes to where the database says it was. */
static int
go_on(struct history *h)
{
	uint64_t seq, pause;
	int64_t from_ms, to_ms;

	if (history_file_position(&h->file, h->log, &seq) == -1 ||
	    history_file_pause(&h->file, h->born_seq) == -1 ||
	    history_file_next_pause(&h->file, seq, &pause) == -1 ||
	    history_file_ends(&h->file, &from_ms, &to_ms) == -1)
		return -1;
	lock(h);
	reader_seek(h->reader, seq);
	unlock(h);
	pthread_mutex_lock(&h->memory);
	h->seq = seq;
	h->pause = pause;
	h->ended_ms = h->known_ms = to_ms;
	h->has_boot = h->pause_passed = false;
	h->state.seq = seq;
	h->state.known_ms = to_ms;
	pthread_mutex_unlock(&h->memory);
	h->due = true;
	h->known.count = 0;
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

/* ---- into the database ---- */

static int
put_track(void *context, uint16_t device, const struct buf *track)
{
	struct history *h = context;

	return history_file_put_raw(&h->file, h->now.row.id, device, track);
}

/* What holds at its end may reach into the next span. */
static int
write_stretch(struct history *h)
{
	struct history_stretch *row = &h->now.row;

	sheaf_ends(h->sheaf, &row->from_ms, &row->to_ms);
	row->from_ms += row->shift_ms;
	row->to_ms += row->shift_ms;
	row->log = h->log;
	row->seq = h->now.last_seq;
	if (history_file_begin(&h->file) == -1 ||
	    history_file_add(&h->file, row) == -1 ||
	    sheaf_lay(h->sheaf, put_track, h) == -1 ||
	    history_file_mark(&h->file, HISTORY_MINUTES, row->from_ms,
		row->to_ms + HISTORY_HOLD_MS) == -1)
		return -1;
	return history_file_commit(&h->file);
}

static int
flush(struct history *h)
{
	if (sheaf_empty(h->sheaf))
		return 0;
	if (write_stretch(h) == -1)
		return -1;
	pthread_mutex_lock(&h->memory);
	h->ended_ms = h->now.row.to_ms;
	h->state.seq = h->now.last_seq;
	h->state.known_ms = h->ended_ms;
	sheaf_clear(h->sheaf);
	h->now = (struct stretch){0};
	pthread_mutex_unlock(&h->memory);
	h->due = true;
	return 0;
}

/* ---- a boot's clock that became known ---- */

static bool
same_times(const struct timeline *a, const struct timeline *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->of[i].id, b->of[i].id, SAMPLE_BOOT_BYTES) != 0 ||
		    a->of[i].set != b->of[i].set)
			return false;
	return true;
}

static int
settle(struct history *h, const struct timeline *times)
{
	int64_t from_ms, to_ms;

	if (flush(h) == -1 || history_file_begin(&h->file) == -1 ||
	    history_file_settle(&h->file, times) == -1 ||
	    history_file_commit(&h->file) == -1 ||
	    history_file_ends(&h->file, &from_ms, &to_ms) == -1)
		return -1;
	pthread_mutex_lock(&h->memory);
	h->ended_ms = h->known_ms = h->state.known_ms = to_ms;
	pthread_mutex_unlock(&h->memory);
	h->due = true;
	return 0;
}

static int
learn(struct history *h)
{
	struct timeline now;

	lock(h);
	journal_timeline(h->readings, &now);
	unlock(h);
	if (same_times(&now, &h->known))
		return 0;
	if (settle(h, &now) == -1)
		return -1;
	h->known = now;
	return 0;
}

/* ---- out of the log ---- */

/* What a batch's stretch is like; its time as the track says it. */
static int64_t
place(const struct history *h, const struct batch *b,
    struct history_stretch *like)
{
	int64_t ts_ms;
	enum timeline_verdict verdict =
	    timeline_place(&h->known, &b->at, b->at.mono_ms, 0, &ts_ms);

	*like = (struct history_stretch){.settled = verdict == TIMELINE_TRUE};
	memcpy(like->boot, b->at.boot, sizeof(like->boot));
	if (like->settled)
		return ts_ms;
	like->shift_ms = ts_ms - b->at.mono_ms;
	return b->at.mono_ms;
}

static bool
same_stretch(const struct history_stretch *a, const struct history_stretch *b)
{
	int64_t off_ms = a->shift_ms - b->shift_ms;

	return a->settled == b->settled && off_ms > -SHIFT_MS &&
	    off_ms < SHIFT_MS && memcmp(a->boot, b->boot, sizeof(a->boot)) == 0;
}

/* Between the last batch read and this one: another run, another boot, or
 * batches that are gone. */
static bool
broken(const struct history *h, const struct batch *b)
{
	return b->seq != h->seq + 1 || h->pause < b->seq ||
	    (h->has_boot && memcmp(h->boot, b->at.boot, sizeof(h->boot)) != 0);
}

/* Whether something is to be done before it can be added. */
static bool
needs(struct history *h, const struct batch *b, const struct catalog *c,
    const struct history_stretch *like)
{
	if (!history_names_have(h->names, c) || h->pause < b->seq)
		return true;
	if (sheaf_empty(h->sheaf))
		return false;
	return broken(h, b) || !sheaf_room(h->sheaf, b) ||
	    !same_stretch(&h->now.row, like) ||
	    b->at.mono_ms - h->now.from_mono_ms >= STRETCH_MS;
}

/* Does that, with none of the log's memory but the catalog that is wanted. */
static int
prepare(struct history *h, uint64_t seq)
{
	if (flush(h) == -1 || history_names_map(h->names, &h->file) == -1)
		return -1;
	if (h->pause >= seq)
		return 0;
	h->pause_passed = true;
	return history_file_next_pause(&h->file, seq, &h->pause);
}

static void
start_stretch(struct history *h, const struct batch *b,
    const struct history_stretch *like)
{
	h->now = (struct stretch){.row = *like,
	    .first_seq = b->seq,
	    .from_mono_ms = b->at.mono_ms,
	    .began_ms = clock_mono_ms()};
	h->now.row.broken = broken(h, b) || h->pause_passed;
	h->pause_passed = false;
}

static void
add(struct history *h, const struct batch *b, int64_t at_ms,
    const struct history_stretch *like)
{
	uint16_t device;
	const uint32_t *names = history_names_of(h->names, b->device, &device);

	pthread_mutex_lock(&h->memory);
	if (sheaf_empty(h->sheaf))
		start_stretch(h, b, like);
	if (b->seq > h->seq + 1 && h->seq != 0)
		h->state.missed += b->seq - h->seq - 1;
	if (!sheaf_add(h->sheaf, at_ms, device, b, names))
		abort(); /* a batch is smaller than a sheaf */
	h->now.last_seq = h->seq = b->seq;
	h->known_ms = at_ms + h->now.row.shift_ms;
	h->has_boot = true;
	memcpy(h->boot, b->at.boot, sizeof(h->boot));
	pthread_mutex_unlock(&h->memory);
}

/* The next batch: 1 added; 2 not yet: *seq has it, prepare for it; 0 none; -1
 * the log failed.  What is not on disk may yet be lost, and its seq used again:
 * it is left where it is. */
static int
next(struct history *h, uint64_t *seq)
{
	struct history_stretch like;
	const struct catalog *c;
	struct batch b;
	int rc = reader_next(h->reader, &b, &c);
	int64_t at_ms;

	if (rc != 1)
		return rc;
	*seq = b.seq;
	at_ms = place(h, &b, &like);
	if (b.in_memory) {
		rc = 0;
	} else if (needs(h, &b, c, &like)) {
		history_names_want(h->names, c);
		rc = 2;
	} else {
		add(h, &b, at_ms, &like);
	}
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
		if (rc == 2 && prepare(h, seq) == -1)
			return -1;
	}
	return rc > 0;
}

/* ---- the thread ---- */

static bool
flush_due(const struct history *h, int64_t now_ms)
{
	return !sheaf_empty(h->sheaf) &&
	    now_ms >= h->now.began_ms + HISTORY_FLUSH_MS;
}

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
	    &h->file, &h->conf.keep, now.synced ? now.wall_ms : h->ended_ms);
	h->forget_ms = now_ms + (more > 0 ? FORGET_MORE_MS : FORGET_MS);
	if (more == -1 || history_file_bytes(&h->file, &bytes) == -1)
		return -1;
	pthread_mutex_lock(&h->memory);
	h->state.bytes = bytes;
	h->state.damaged = rollup_damaged(h->rollup);
	pthread_mutex_unlock(&h->memory);
	return 0;
}

/* One span of slots. */
static int
compute(struct history *h)
{
	int rc = h->due ? rollup_step(h->rollup, &h->file) : 0;

	h->due = rc == 1;
	return rc;
}

/* Whether there is more to do at once; -1 if the database failed. */
static int
work(struct history *h, int64_t now_ms)
{
	int more, due;

	if (learn(h) == -1)
		return -1;
	more = gather(h, now_ms);
	if (more == -1 || (flush_due(h, now_ms) && flush(h) == -1))
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

	if (!history_names_known(h->names))
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

static void *
follow(void *context)
{
	struct history *h = context;

	while (await(h)) {
		h->next_ms = clock_mono_ms() + TURN_MS;
		turn(h, clock_mono_ms());
		pthread_mutex_lock(&h->memory);
		h->state.failing = h->failing;
		pthread_mutex_unlock(&h->memory);
	}
	/* What came last. */
	turn(h, clock_mono_ms());
	if (h->open && flush(h) == -1)
		log_debug("history: %s", h->file.why);
	if (h->open)
		history_file_close(&h->file);
	return NULL;
}

/* ---- from outside ---- */

void
history_know(struct history *h, struct catalog *c, const int64_t *holds_ms)
{
	history_names_know(h->names, c, holds_ms);
}

void
history_state(struct history *h, struct history_state *s)
{
	pthread_mutex_lock(&h->memory);
	*s = h->state;
	s->read_seq = h->seq;
	pthread_mutex_unlock(&h->memory);
}

const char *
history_log(const struct history *h)
{
	return h->log;
}

struct tail_context {
	struct past *p;
	int64_t shift_ms;
};

static void
add_reading(void *context, int64_t at_ms, const struct track_reading *r)
{
	const struct tail_context *t = context;

	past_add(t->p, at_ms + t->shift_ms, r->quality, &r->value);
}

void
history_tail(struct history *h, const char *device, const char *point,
    struct past *p, struct history_tail *tail)
{
	struct tail_context t = {.p = p};
	int64_t to_ms;
	uint16_t number;
	uint32_t name;

	pthread_mutex_lock(&h->memory);
	t.shift_ms = h->now.row.shift_ms;
	*tail = (struct history_tail){
	    .first_seq = h->now.first_seq, .known_ms = h->known_ms};
	sheaf_ends(h->sheaf, &tail->from_ms, &to_ms);
	tail->from_ms += t.shift_ms;
	if (h->now.first_seq != 0 && h->now.row.broken)
		past_break(p, h->ended_ms);
	if (h->now.first_seq != 0 &&
	    history_names_find(h->names, device, point, &number, &name))
		sheaf_read(h->sheaf, number, name, add_reading, &t);
	pthread_mutex_unlock(&h->memory);
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
	h->conf = *conf;
	h->dir = must_text(conf->dir);
	h->readings = readings;
	h->log = must_text(journal_id(readings));
	h->born_seq = s.disk_seq;
	h->lost_ms = -RETRY_MS;
	h->names = history_names_new();
	h->sheaf = sheaf_new();
	h->rollup = rollup_new();
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->memory, NULL);
	h->stop_fd = eventfd(0, EFD_CLOEXEC);
	h->reader = reader_open(readings, 0);
	if (h->stop_fd == -1 || h->reader == NULL) {
		err_set(err, "history: %s", strerror(errno));
		goto fail;
	}
	if (start(h, err) == -1)
		goto fail;
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
history_close(struct history *h)
{
	int64_t until_ms = clock_mono_ms() + STOP_MS;
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	uint64_t one = 1;

	if (h == NULL)
		return;
	if (write(h->stop_fd, &one, sizeof(one)) != sizeof(one))
		log_debug("history: %s", strerror(errno));
	if (pthread_clockjoin_np(h->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		release(h);
	else
		leave(h, &until);
}
