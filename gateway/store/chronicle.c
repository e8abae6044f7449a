/*
 * chronicle.c - follows the log of events into the database
 *
 * A turn copies some hundred events out of the log, and then writes them in one
 * transaction.  Between two of those is a second at least, so that a flood
 * costs a card no more than a few dozen kilobytes a second; a lone event is
 * written at once.
 *
 * What fails in the database closes it.  It is opened again after five seconds,
 * or at once if it was damaged and set aside, and the log is read again from
 * where it then says it was.  So there is one way back from every failure.
 *
 * Where the disk takes nothing at a start, what stood is put together in
 * memory, from what the database says and what the log has behind that.
 *
 * A disk may hang for minutes.  The thread holds the lock while it uses the log
 * and lets go of it around the database; so who closes waits for a moment, then
 * takes the log away from it and leaves it to its fate.  If it is the log that
 * it hangs in, that stays in memory until the program ends.
 */
#include "gateway/store/chronicle.h"

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
#include "gateway/store/annals.h"

#define ROWS_MAX 256 /* of one transaction */
#define TEXTS_BYTES ((size_t)256 * 1024) /* their members */
#define GATHER_MS 1000 /* between two transactions */
#define RETRY_MS 5000 /* a database, or log, that failed */
#define MEMORY_MS 1000 /* until an event that is not on disk yet is sought */
#define FORGET_MS (3600 * 1000) /* between two looks at what is too old */

struct chronicle {
	char *dir;
	char *log; /* the id of events: its own, as dir is, for it may outlive
		      them */
	struct journal *events;
	struct journal_reader *reader;
	pthread_t thread;
	pthread_mutex_t lock; /* of events and reader */
	int stop_fd; /* readable: it is to end */
	bool cut; /* atomic: events and reader are not the thread's any more */

	struct annals *annals; /* NULL: it goes without */
	bool failing; /* and has said so */
	bool log_failing; /* the log cannot be read */
	struct timeline known; /* the boots' times as the rows have them */
	int64_t retry_ms, next_ms, forget_ms, lost_ms;

	size_t count; /* gathered, not written yet */
	size_t texts_used;
	struct annals_row rows[ROWS_MAX];
	char texts[TEXTS_BYTES];

	/* what stood at the start */
	struct arena *memory;
	bool restored;
	size_t standing_count;
	struct chronicle_alarm *standing;
};

static void
release(struct chronicle *c)
{
	annals_close(c->annals);
	reader_close(c->reader);
	if (c->stop_fd != -1)
		close(c->stop_fd);
	pthread_mutex_destroy(&c->lock);
	arena_free(c->memory);
	free(c->standing);
	free(c->dir);
	free(c->log);
	free(c);
}

/* ---- out of the log ---- */

/* Of the log.  Does not return if that was taken away. */
static void
lock(struct chronicle *c)
{
	pthread_mutex_lock(&c->lock);
	if (!__atomic_load_n(&c->cut, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_unlock(&c->lock);
	release(c);
	pthread_exit(NULL);
}

static void
unlock(struct chronicle *c)
{
	pthread_mutex_unlock(&c->lock);
}

static void
place(struct annals_row *row, const struct timeline *times)
{
	/* An alarm does not wait for the clock. */
	switch (
	    timeline_place(times, &row->at, row->at.mono_ms, 0, &row->ts_ms)) {
	case TIMELINE_TRUE: row->clock = NULL; break;
	case TIMELINE_UNSYNCED: row->clock = "unsynced"; break;
	case TIMELINE_WAIT:
	case TIMELINE_ESTIMATED: row->clock = "estimated"; break;
	}
}

static void
keep(struct chronicle *c, const struct batch *b)
{
	size_t bytes = strlen(b->event) + 1;
	char *text = c->texts + c->texts_used;

	memcpy(text, b->event, bytes);
	c->texts_used += bytes;
	c->rows[c->count] =
	    (struct annals_row){.seq = b->seq, .at = b->at, .members = text};
	place(&c->rows[c->count++], &c->known);
}

static void
tell_log(struct chronicle *c, int rc, int64_t now_ms)
{
	if (rc == -1 && !c->log_failing)
		log_error("the chronicle cannot read the log of events: %s",
		    strerror(errno));
	if (rc == -1)
		c->retry_ms = now_ms + RETRY_MS;
	c->log_failing = rc == -1;
}

/* Fills rows.  What is not on disk may yet be lost, and its seq used again: it
 * is left where it is. */
static void
gather(struct chronicle *c, int64_t now_ms)
{
	const struct catalog *none;
	struct batch b;
	int rc = 0;

	while (c->count < ROWS_MAX &&
	    c->texts_used + SAMPLE_EVENT_MAX <= TEXTS_BYTES) {
		rc = reader_next(c->reader, &b, &none);
		if (rc != 1)
			break;
		if (b.in_memory) {
			reader_seek(c->reader, b.seq - 1);
			c->next_ms = now_ms + MEMORY_MS;
			break;
		}
		if (b.event != NULL)
			keep(c, &b);
	}
	tell_log(c, rc, now_ms);
}

/* ---- into the database ---- */

static void
give_up(struct chronicle *c, const char *why, int64_t now_ms)
{
	if (!c->failing)
		log_error("the chronicle cannot be written: %s: it goes "
			  "without, and the log keeps what it can",
		    why);
	c->failing = true;
	c->retry_ms = now_ms + RETRY_MS;
}

static void
go_to(struct chronicle *c, uint64_t seq)
{
	lock(c);
	reader_seek(c->reader, seq);
	unlock(c);
	c->known.count = 0;
}

/* Opens the database and goes to where it says it was. */
static void
begin(struct chronicle *c, int64_t now_ms)
{
	struct err err = {""};
	uint64_t seq;

	c->annals = annals_open(c->dir, &err);
	if (c->annals == NULL) {
		give_up(c, err.text, now_ms);
		return;
	}
	if (annals_position(c->annals, c->log, &seq) == -1) {
		give_up(c, annals_why(c->annals), now_ms);
		annals_close(c->annals);
		c->annals = NULL;
		return;
	}
	go_to(c, seq);
}

/* It is closed; if it was damaged there is another at once, unless that is
 * damaged in turn. */
static void
lose(struct chronicle *c, int64_t now_ms)
{
	bool anew =
	    annals_damaged(c->annals) && now_ms >= c->lost_ms + RETRY_MS;

	if (!anew)
		give_up(c, annals_why(c->annals), now_ms);
	annals_close(c->annals);
	c->annals = NULL;
	c->lost_ms = now_ms;
	if (anew)
		begin(c, now_ms);
}

static void
recover(struct chronicle *c)
{
	if (c->failing)
		log_info("the chronicle is written again");
	c->failing = false;
}

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

/* A boot's clock may have become known. */
static int
learn(struct chronicle *c)
{
	struct timeline now;
	bool news;

	lock(c);
	journal_timeline(c->events, &now);
	unlock(c);
	news = !same_times(&now, &c->known);
	c->known = now;
	return news ? annals_restamp(c->annals, &now) : 0;
}

/* Takes some events: how many, -1 if the database failed. */
static int
take(struct chronicle *c, int64_t now_ms)
{
	if (learn(c) == -1)
		return -1;
	lock(c);
	c->count = c->texts_used = 0;
	gather(c, now_ms);
	unlock(c);
	if (annals_take(c->annals, c->log, c->rows, c->count) == -1)
		return -1;
	return (int)c->count;
}

/* A time of which nobody is sure makes nothing old. */
static int
forget(struct chronicle *c, int64_t now_ms)
{
	struct clock_now now;
	int more;

	if (now_ms < c->forget_ms)
		return 0;
	clock_now(&now);
	more = annals_forget(c->annals,
	    now.synced ? now.wall_ms - CHRONICLE_KEEP_MS : INT64_MIN);
	c->forget_ms = now_ms + (more > 0 ? GATHER_MS : FORGET_MS);
	return more == -1 ? -1 : 0;
}

/* ---- the thread ---- */

static void
turn(struct chronicle *c, int64_t now_ms)
{
	int count;

	if (c->annals == NULL)
		begin(c, now_ms);
	if (c->annals == NULL)
		return;
	count = take(c, now_ms);
	if (count == -1 || forget(c, now_ms) == -1) {
		lose(c, now_ms);
		return;
	}
	recover(c);
	/* More than a transaction takes is a backlog: it does not wait. */
	if (count > 0 && count < ROWS_MAX && c->next_ms < now_ms + GATHER_MS)
		c->next_ms = now_ms + GATHER_MS;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Until there is something to do; false: the end. */
static bool
await(struct chronicle *c)
{
	int64_t now_ms = clock_mono_ms();
	int64_t from_ms = later(c->retry_ms, c->next_ms);
	struct pollfd fds[] = {
	    {.fd = c->stop_fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	bool rest = now_ms < from_ms;
	int64_t until_ms = rest ? from_ms : later(c->forget_ms, now_ms);
	uint64_t count;

	lock(c);
	fds[1].fd = reader_fd(c->reader);
	unlock(c);
	/* While it rests news may come, and be left lying. */
	poll(fds, rest ? 1 : 2, (int)(until_ms - now_ms));
	if (!rest && (fds[1].revents & POLLIN) != 0 &&
	    read(fds[1].fd, &count, sizeof(count)) == -1)
		log_debug("chronicle: %s", strerror(errno));
	return (fds[0].revents & POLLIN) == 0;
}

static void *
follow(void *context)
{
	struct chronicle *c = context;

	while (await(c))
		if (clock_mono_ms() >= later(c->retry_ms, c->next_ms))
			turn(c, clock_mono_ms());
	/* What came last. */
	if (c->annals != NULL)
		turn(c, clock_mono_ms());
	annals_close(c->annals);
	c->annals = NULL;
	return NULL;
}

static int
start(struct chronicle *c, struct err *err)
{
	sigset_t all, before;
	int rc;

	/* Signals are the loop's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, follow, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, "chronicle: no thread: %s", strerror(rc));
	pthread_setname_np(c->thread, "chronicle");
	return 0;
}

/* ---- what stood ---- */

static void
keep_alarm(void *context, const struct chronicle_alarm *a)
{
	struct chronicle *c = context;
	struct chronicle_alarm *kept;

	c->standing = must_grow(
	    c->standing, c->standing_count + 1, sizeof(c->standing[0]));
	kept = &c->standing[c->standing_count++];
	*kept = *a;
	kept->device = arena_text(c->memory, a->device);
	kept->alarm = arena_text(c->memory, a->alarm);
	kept->members = arena_text(c->memory, a->members);
	kept->log = arena_text(c->memory, a->log);
}

/* Up to what the log had on disk when it began. */
static void
catch_up(struct chronicle *c)
{
	struct journal_state s;

	journal_state(c->events, &s);
	for (;;) {
		int count = take(c, clock_mono_ms());

		if (count == -1)
			lose(c, clock_mono_ms());
		if (c->annals == NULL || count == 0)
			return;
		if (count > 0 && c->rows[count - 1].seq >= s.disk_seq)
			return;
	}
}

static bool
restore(struct chronicle *c)
{
	c->standing_count = 0;
	return annals_standing(c->annals, keep_alarm, c) == 0;
}

static void
restore_in_memory(struct chronicle *c)
{
	uint64_t seq;

	c->annals = annals_copy(c->dir);
	if (c->annals == NULL)
		return;
	if (annals_position(c->annals, c->log, &seq) == 0) {
		go_to(c, seq);
		while (take(c, clock_mono_ms()) > 0)
			continue;
		c->restored = restore(c);
	}
	annals_close(c->annals);
	c->annals = NULL;
}

static void
remember(struct chronicle *c)
{
	begin(c, clock_mono_ms());
	if (c->annals != NULL)
		catch_up(c);
	if (c->annals != NULL)
		c->restored = restore(c);
	if (c->annals != NULL && !c->restored)
		lose(c, clock_mono_ms());
	if (!c->restored)
		restore_in_memory(c);
}

int
chronicle_alarms(struct chronicle *c,
    void (*see)(void *context, const struct chronicle_alarm *a), void *context)
{
	if (!c->restored) {
		log_error("what alarms stood before the start is not known");
		return -1;
	}
	for (size_t i = 0; i < c->standing_count; i++)
		see(context, &c->standing[i]);
	return 0;
}

/* ---- open and close ---- */

struct chronicle *
chronicle_open(const char *dir, struct journal *events, struct err *err)
{
	struct chronicle *c = must_alloc(1, sizeof(*c));

	c->dir = must_text(dir);
	c->events = events;
	c->log = must_text(journal_id(events));
	c->lost_ms = -RETRY_MS;
	c->memory = arena_new();
	pthread_mutex_init(&c->lock, NULL);
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	c->reader = reader_open(events, 0);
	if (c->stop_fd == -1 || c->reader == NULL) {
		err_set(err, "chronicle: %s", strerror(errno));
		goto fail;
	}
	remember(c);
	if (start(c, err) == -1)
		goto fail;
	return c;

fail:
	release(c);
	return NULL;
}

static void
cut(struct chronicle *c)
{
	__atomic_store_n(&c->cut, true, __ATOMIC_RELEASE);
}

/* The disk holds the thread: what it has is its own from now on, but not the
 * log, unless it is that it reads. */
static void
leave(struct chronicle *c, const struct timespec *until)
{
	pthread_detach(c->thread);
	if (pthread_mutex_clocklock(&c->lock, CLOCK_MONOTONIC, until) != 0) {
		reader_leave(c->reader);
		cut(c);
		return;
	}
	cut(c);
	reader_close(c->reader);
	c->reader = NULL;
	pthread_mutex_unlock(&c->lock);
}

void
chronicle_close(struct chronicle *c)
{
	int64_t until_ms = clock_mono_ms() + CHRONICLE_STOP_MS;
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	uint64_t one = 1;

	if (c == NULL)
		return;
	if (write(c->stop_fd, &one, sizeof(one)) != sizeof(one))
		log_debug("chronicle: %s", strerror(errno));
	if (pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		release(c);
	else
		leave(c, &until);
}
