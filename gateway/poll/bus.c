/*
 * bus.c - one bus whose devices are asked, beside the loop
 *
 * Whoever turns it owns the asker; the loop sees only the ring.
 */
#include "gateway/poll/bus.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/poll/asker.h"
#include "gateway/poll/poller.h"
#include "gateway/poll/thread.h"

#define HANG_MS 5000 /* over the longest a call may take */

struct bus {
	struct asker *asker;
	uint32_t timeout_ms;
	int notify_fd;
	bool polled; /* it has no thread of its own */
	atomic_bool stop, ended;
	_Atomic int64_t progress_ms;
	atomic_int owners; /* the loop's side and the thread */
};

static void
release(struct bus *b)
{
	if (atomic_fetch_sub(&b->owners, 1) > 1)
		return;
	asker_free(b->asker);
	free(b);
}

static bool
goes_on(struct bus *b)
{
	atomic_store(&b->progress_ms, clock_mono_ms());
	return !atomic_load(&b->stop);
}

void
bus_tell(int notify_fd)
{
	uint64_t one = 1;

	if (notify_fd != -1 && write(notify_fd, &one, sizeof(one)) == -1)
		log_debug("the loop has answers enough to see");
}

int
bus_news(struct bus *b)
{
	bool news = report_news(asker_report(b->asker));

	return news && atomic_load(&b->owners) > 1 ? b->notify_fd : -1;
}

/* The loop is told first: when it has seen the end, it may close what it is
 * told by. */
void
bus_leave(struct bus *b)
{
	asker_hang_up(b->asker);
	if (atomic_load(&b->owners) > 1)
		bus_tell(b->notify_fd);
	atomic_store(&b->ended, true);
	release(b);
}

bool
bus_step(struct bus *b, bool heard, struct driver_wait *wait)
{
	return asker_step(b->asker, heard, goes_on(b), wait);
}

/* ---- a thread of its own ---- */

static void *
bus_thread(void *arg)
{
	struct bus *b = arg;

	pthread_setname_np(pthread_self(), "bus");
	while (goes_on(b)) {
		asker_turn(b->asker);
		bus_tell(bus_news(b));
	}
	bus_leave(b);
	return NULL;
}

/* ---- its life ---- */

struct bus *
bus_start(const struct bus_conf *conf, char *why, size_t why_size)
{
	const struct driver *d = conf->driver;
	struct bus *b = must_alloc(1, sizeof(*b));
	int rc;

	b->timeout_ms = conf->line.timeout_ms;
	b->notify_fd = conf->notify_fd;
	b->polled = d->hears != NULL && d->hears(&conf->line);
	b->asker = asker_new(conf, why, why_size);
	if (b->asker == NULL) {
		free(b);
		return NULL;
	}
	atomic_store(&b->progress_ms, clock_mono_ms());
	atomic_store(&b->owners, 2);
	rc = b->polled ? poller_join(b) : thread_start(bus_thread, b);
	if (rc == 0)
		return b;
	snprintf(why, why_size, "cannot start a thread: %s", strerror(rc));
	atomic_store(&b->owners, 1);
	release(b);
	return NULL;
}

void
bus_stop(struct bus *b)
{
	atomic_store(&b->stop, true);
	if (b->polled)
		poller_wake();
}

bool
bus_ended(const struct bus *b)
{
	return atomic_load(&b->ended);
}

void
bus_free(struct bus *b)
{
	if (b != NULL)
		release(b);
}

const struct plan *
bus_plan(const struct bus *b)
{
	return asker_plan(b->asker);
}

bool
bus_take(struct bus *b, struct answer *a)
{
	return report_take(asker_report(b->asker), a);
}

bool
bus_alive(const struct bus *b, int64_t now_ms)
{
	int64_t longest_ms = (int64_t)b->timeout_ms + HANG_MS;

	return atomic_load(&b->ended) ||
	    now_ms - atomic_load(&b->progress_ms) < longest_ms;
}
