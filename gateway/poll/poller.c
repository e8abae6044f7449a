/*
 * poller.c - see poller.h
 *
 * A connection is made known to epoll once, not for each question; level-
 * triggered, so that what is left unread comes back in the next round.  When to
 * come to a bus without its descriptor is a time in its seat, and all seats are
 * looked at in a row: five hundred of them are a few microseconds, which a
 * round costs many times over, and no heap need be kept.
 */
#include "gateway/poll/poller.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/poll/thread.h"

#define EVENTS 256 /* a round; more are the next one's */
#define WAKE UINT32_MAX /* no seat */
#define UNWATCHED_US 50000 /* a descriptor that epoll does not take */

_Static_assert(
    POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLRDHUP == EPOLLRDHUP,
    "what a driver waits for is what epoll is asked for");

struct seat {
	struct bus *bus; /* NULL: nobody's */
	int64_t wake_us;
	int fd; /* that epoll knows; -1: none */
	uint32_t events, connection;
};

static struct poller {
	pthread_mutex_t lock; /* of the next five */
	bool runs;
	int epoll_fd, wake_fd;
	struct bus **joining;
	size_t joining_count;
	/* owned by the thread */
	struct seat *seats;
	size_t seat_count, taken;
	int64_t next_us; /* the first of all wakes */
	int tell_fd; /* to be written at the end of this round; -1: none */
} poller = {.lock = PTHREAD_MUTEX_INITIALIZER,
    .epoll_fd = -1,
    .wake_fd = -1,
    .tell_fd = -1};

/* ---- a bus ---- */

static void
tell(struct poller *p)
{
	bus_tell(p->tell_fd);
	p->tell_fd = -1;
}

/* A seat's descriptor leaves epoll by being closed. */
static void
watch(struct poller *p, size_t i, const struct driver_wait *w)
{
	struct seat *s = &p->seats[i];
	bool known = s->fd == w->fd && s->connection == w->connection;
	struct epoll_event e = {
	    .events = (uint32_t)w->events, .data.u32 = (uint32_t)i};

	s->wake_us = w->until_us;
	if (w->fd == -1 || (known && s->events == e.events)) {
		s->fd = w->fd;
		return;
	}
	s->fd = w->fd;
	s->connection = w->connection;
	s->events = e.events;
	if (epoll_ctl(p->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s->fd,
		&e) == 0)
		return;
	log_debug("a connection is looked at by time: %s", strerror(errno));
	s->fd = -1;
	if (s->wake_us > clock_mono_us() + UNWATCHED_US)
		s->wake_us = clock_mono_us() + UNWATCHED_US;
}

static void
turn(struct poller *p, size_t i, bool heard)
{
	struct seat *s = &p->seats[i];
	struct driver_wait wait;
	bool stays = bus_step(s->bus, heard, &wait);
	int tell_fd = bus_news(s->bus);

	if (tell_fd != -1 && tell_fd != p->tell_fd) {
		tell(p);
		p->tell_fd = tell_fd;
	}
	if (stays) {
		watch(p, i, &wait);
		return;
	}
	tell(p); /* before the loop sees the end */
	bus_leave(s->bus);
	s->bus = NULL;
	p->taken--;
}

/* ---- the thread ---- */

static size_t
free_seat(struct poller *p)
{
	size_t i = 0;

	if (p->taken == p->seat_count) {
		p->seat_count = p->seat_count * 2 + 8;
		p->seats =
		    must_grow(p->seats, p->seat_count, sizeof(*p->seats));
		memset(p->seats + p->taken, 0,
		    (p->seat_count - p->taken) * sizeof(*p->seats));
		i = p->taken;
	}
	while (p->seats[i].bus != NULL)
		i++;
	return i;
}

/* Its descriptors stay: a reload must not fail for want of some. */
static void
close_up(struct poller *p)
{
	free(p->joining);
	free(p->seats);
	p->joining = NULL;
	p->seats = NULL;
	p->seat_count = 0;
	p->runs = false;
}

/* Gives a seat to those who have come.  False: there is nobody left, and the
 * thread is done. */
static bool
seat_all(struct poller *p)
{
	bool any;

	pthread_mutex_lock(&p->lock);
	for (size_t k = 0; k < p->joining_count; k++) {
		size_t i = free_seat(p);

		p->seats[i] = (struct seat){.bus = p->joining[k], .fd = -1};
		p->taken++;
		p->next_us = 0;
	}
	p->joining_count = 0;
	any = p->taken > 0;
	if (!any)
		close_up(p);
	pthread_mutex_unlock(&p->lock);
	return any;
}

static int
wait_ms(const struct poller *p)
{
	int64_t left_us = p->next_us - clock_mono_us();

	return left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
}

/* What came.  Returns whether every bus is to be looked at. */
static bool
take_events(struct poller *p)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(p->epoll_fd, events, EVENTS, wait_ms(p));
	bool woken = false;
	uint64_t count;

	for (int k = 0; k < n; k++) {
		uint32_t i = events[k].data.u32;

		if (i == WAKE)
			woken = read(p->wake_fd, &count, sizeof(count)) > 0;
		else if (p->seats[i].bus != NULL)
			turn(p, i, true);
	}
	return woken;
}

static void
turn_due(struct poller *p, bool all)
{
	int64_t now_us = all ? INT64_MAX : clock_mono_us();

	p->next_us = INT64_MAX;
	for (size_t i = 0; i < p->seat_count; i++) {
		const struct seat *s = &p->seats[i];

		if (s->bus != NULL && s->wake_us <= now_us)
			turn(p, i, false);
		if (s->bus != NULL && s->wake_us < p->next_us)
			p->next_us = s->wake_us;
	}
}

static void *
poller_thread(void *arg)
{
	struct poller *p = arg;

	pthread_setname_np(pthread_self(), "poller");
	while (seat_all(p)) {
		turn_due(p, take_events(p));
		tell(p);
	}
	return NULL;
}

/* ---- the others' side ---- */

/* Returns 0 or an errno. */
static int
open_up(struct poller *p)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = WAKE};

	if (p->epoll_fd == -1)
		p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd == -1)
		return errno;
	if (p->wake_fd == -1)
		p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wake_fd == -1)
		return errno;
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->wake_fd, &e) == -1 &&
	    errno != EEXIST)
		return errno;
	return thread_start(poller_thread, p);
}

int
poller_join(struct bus *b)
{
	struct poller *p = &poller;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	if (!p->runs)
		rc = open_up(p);
	if (rc == 0) {
		p->runs = true;
		p->joining = must_grow(
		    p->joining, p->joining_count + 1, sizeof(struct bus *));
		p->joining[p->joining_count++] = b;
		bus_tell(p->wake_fd);
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void
poller_wake(void)
{
	struct poller *p = &poller;

	pthread_mutex_lock(&p->lock);
	if (p->runs)
		bus_tell(p->wake_fd);
	pthread_mutex_unlock(&p->lock);
}
