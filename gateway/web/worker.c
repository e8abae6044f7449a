/* worker.c - a thread for errands that take time */
#include "gateway/web/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct errand *first, **last; /* a queue */
	unsigned waiting;
	struct errand *running; /* or NULL */
	bool ending;
	unsigned holders; /* its owner, and its thread */
};

/* Under the lock; NULL if there is none. */
static struct errand *
take(struct worker *w)
{
	struct errand *e = w->first;

	if (e == NULL)
		return NULL;
	w->first = e->next;
	if (w->first == NULL)
		w->last = &w->first;
	if (!e->begun)
		w->waiting--;
	return e;
}

/* The last one frees it. */
static void
release(struct worker *w)
{
	bool last;

	pthread_mutex_lock(&w->lock);
	last = --w->holders == 0;
	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Begun and ended under the lock.  Once resumed an errand belongs to its
 * connection, and may be gone. */
static void
run(struct worker *w, struct errand *e)
{
	w->running = e;
	pthread_mutex_unlock(&w->lock);
	e->run(e);
	pthread_mutex_lock(&w->lock);
	w->running = NULL;
	if (e->left)
		e->free(e);
	else
		MHD_resume_connection(e->connection);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct errand *e;

	pthread_mutex_lock(&w->lock);
	while (!w->ending)
		if ((e = take(w)) != NULL)
			run(w, e);
		else
			pthread_cond_wait(&w->wake, &w->lock);
	pthread_mutex_unlock(&w->lock);
	release(w);
	return NULL;
}

struct worker *
worker_start(const char *name, struct err *err)
{
	struct worker *w = must_alloc(1, sizeof(*w));
	int error;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->last = &w->first;
	w->holders = 2;
	error = pthread_create(&w->thread, NULL, work, w);
	if (error != 0) {
		w->holders = 1;
		err_set(err, "the web server's thread: %s", strerror(error));
		worker_free(w);
		return NULL;
	}
	pthread_setname_np(w->thread, name);
	return w;
}

/* Suspended under the lock: it cannot be resumed before. */
bool
worker_give(
    struct worker *w, struct errand *e, struct MHD_Connection *connection)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = !w->ending && (e->begun || w->waiting < WORKER_QUEUE_MAX);
	if (room) {
		e->given_ms = clock_mono_ms();
		e->connection = connection;
		e->left = false;
		e->next = NULL;
		*w->last = e;
		w->last = &e->next;
		if (!e->begun)
			w->waiting++;
		MHD_suspend_connection(connection);
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

static bool
join(struct worker *w)
{
	int64_t until_ms = clock_mono_ms() + WORKER_STOP_MS;
	struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	return pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC, &until) ==
	    0;
}

/* Whether the errand that runs is one to be left, and is left. */
static bool
leave(struct worker *w)
{
	struct errand *e;

	pthread_mutex_lock(&w->lock);
	e = w->running;
	if (e != NULL && e->free != NULL) {
		e->left = true;
		MHD_resume_connection(e->connection);
	}
	pthread_mutex_unlock(&w->lock);
	return e != NULL && e->free != NULL;
}

void
worker_end(struct worker *w)
{
	struct errand *e;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	while ((e = take(w)) != NULL)
		MHD_resume_connection(e->connection);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void
worker_stop(struct worker *w)
{
	if (w == NULL || join(w))
		return;
	if (leave(w))
		pthread_detach(w->thread);
	else
		pthread_join(w->thread, NULL);
}

void
worker_free(struct worker *w)
{
	if (w != NULL)
		release(w);
}
