/*
 * worker.h - a thread for errands that take time
 *
 * A connection that waits for something is suspended, so that its server's
 * thread goes on with the others; the worker runs the errand and resumes it.
 * One at a time; few may wait.
 *
 * An errand may hang in the disk, and a stop must not wait for it: then its
 * connection goes on without, and the errand, with all it uses, is its thread's
 * alone.
 */
#ifndef WORKER_H
#define WORKER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"

#define WORKER_QUEUE_MAX 8 /* errands that wait, besides the one that runs */
#define WORKER_STOP_MS 500

struct errand {
	void (*run)(struct errand *e); /* in the worker's thread */
	/* After run, if it was left: what it uses is not needed by it any
	 * more.  NULL: run comes back soon, whatever happens. */
	void (*free)(struct errand *e);
	bool begun; /* it goes on with an answer that was begun, and is never
		       refused for there are too many */
	int64_t given_ms; /* monotonic; the worker's, and what follows */
	bool left; /* run is, or was, still at it: what it gives is for
		      nobody; its owner, too, calls free */
	struct MHD_Connection *connection;
	struct errand *next;
};

struct worker;

/* name: of the thread, at most 15 bytes.  NULL with the reason. */
struct worker *worker_start(const char *name, struct err *err);

/* In the handler of connection, which then returns MHD_YES, or in its reader of
 * contents, which returns 0; either is called again when e has run, or will
 * never run because the worker stops: e's owner can tell by what run left.
 * False, and nothing is done, if too many wait. */
bool worker_give(
    struct worker *w, struct errand *e, struct MHD_Connection *connection);

/* No other errand is begun: those who wait are resumed without.  Waits for
 * nothing.  NULL is fine. */
void worker_end(struct worker *w);

/* After worker_end, and the servers still live: waits for the errand that runs,
 * at most WORKER_STOP_MS if that can be left.  NULL is fine. */
void worker_stop(struct worker *w);

/* After worker_stop and the servers' end, for a handler may still ask.  NULL is
 * fine. */
void worker_free(struct worker *w);

#endif
