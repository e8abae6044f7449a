/*
 * backoff.h - when to try a lost broker again, pure
 *
 * Each wait is drawn evenly between nothing and a bound (full jitter: a
 * thousand gateways whose broker restarted must not come back in step).  The
 * bound starts at 1 s and doubles, to 5 s in the first minute of an outage and
 * to 60 s behind it.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	bool out; /* an outage is on */
	int64_t since_ms; /* monotonic, when it began */
	unsigned tries; /* waits given in it */
};

/* An attempt failed or a connection was lost: how long to wait, in ms.  random:
 * any 32 bits. */
int64_t backoff_next(struct backoff *b, int64_t now_ms, uint32_t random);

/* The connection has proved itself: the next outage is a new one. */
void backoff_reset(struct backoff *b);

#endif
