/*
 * pace.h - how much of the backlog may be under way, so that it does not hold
 * up what is live, pure
 *
 * A broker, or a slow line, takes messages one behind the other: what is live
 * waits for what was sent before it.  So the backlog's own time to its
 * acknowledgement is watched: more than a second, and half as much may be under
 * way; less than half a second, and one more.
 */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
	unsigned limit, max; /* messages; limit is at least 1 */
	int64_t cut_ms; /* when the limit was last cut */
};

/* A new connection, of a window of max messages: nothing is known of it. */
void pace_reset(struct pace *p, unsigned max);

/* A message of the backlog, sent then, was acknowledged now. */
void pace_ack(struct pace *p, int64_t sent_ms, int64_t now_ms);

#endif
