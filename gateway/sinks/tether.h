/*
 * tether.h - a thread that may hang in somebody else's code
 *
 * A resolver, or a library that waits for one under its own lock, may not come
 * back for minutes, and nothing can be done about it; but a stop must not wait
 * for it.  So the thread holds the tether's lock while it does its own work,
 * and lets go of it (tether_out, tether_in) around every call that may hang.
 * Who stops it takes the lock; if the thread does not come back in time the
 * tether is cut, and the thread ends in the tether_in it comes to next, without
 * having touched anything.  What it still owns its own pthread_cleanup handler
 * frees.
 */
#ifndef TETHER_H
#define TETHER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct tether {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t left;
	bool stopping; /* for the thread to see, under the lock */
	int64_t stop_by_ms; /* monotonic; what it still does then is in vain */
	bool has_left, cut;
};

/* Prepares it; tether_free is allowed from here on. */
void tether_init(struct tether *t);
void tether_free(struct tether *t);

/* Starts run(arg) with all signals blocked.  run is to begin with tether_in
 * and to end with tether_leave.  0, or an errno. */
int tether_start(
    struct tether *t, const char *name, void *(*run)(void *), void *arg);

/* The thread's own. */
void tether_out(struct tether *t);
void tether_in(struct tether *t); /* does not return if it was cut */
void tether_leave(struct tether *t); /* at its end, inside */

/* Asks the thread to leave: it must be woken next.  Then waits at most until
 * wait_ms after that.  True: it has left and was joined, everything is the
 * caller's.  False: it is cut, the lock is held; the caller takes away what the
 * thread must not touch, unlocks, and forgets the tether. */
void tether_ask(struct tether *t, int64_t wait_ms);
bool tether_is_over(struct tether *t, int64_t now_ms); /* it would not wait */
bool tether_stop(struct tether *t);

#endif
