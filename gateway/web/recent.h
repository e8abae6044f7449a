/*
 * recent.h - the newest messages of the stream, numbered, for who is behind
 *
 * Bounded by time, count and bytes; the newest is kept in any case.  Its owner
 * locks.
 */
#ifndef RECENT_H
#define RECENT_H

#include <stdbool.h>

#include "gateway/web/sse.h"

#define RECENT_MS 10000 /* who is further behind skips */
#define RECENT_COUNT 128
#define RECENT_BYTES ((size_t)4 << 20) /* text and packed together */
#define RECENT_BOOT_MAX 9 /* with the NUL */

struct recent {
	char boot[RECENT_BOOT_MAX]; /* of ids: of this one and of no other */
	struct sse *ring[RECENT_COUNT]; /* message n is at n % RECENT_COUNT */
	uint64_t first, last; /* kept are first..last; none if first > last */
	size_t bytes; /* of these */
};

void recent_begin(struct recent *r);
void recent_end(struct recent *r);

/* m->n is last + 1.  Takes the reference. */
void recent_add(struct recent *r, struct sse *m);

/* Forgets all, and leaves a number out: whoever had all up to now has missed
 * something, too. */
void recent_clear(struct recent *r);

/* Number n, borrowed; or NULL, if it is not kept. */
struct sse *recent_get(const struct recent *r, uint64_t n);

/* "id: BOOT-N" as a line behind what is in b; any thread. */
void recent_put_id(const struct recent *r, struct buf *b, uint64_t n);

/* What follows that id.  False if it is none of ours, or something that came
 * behind it is not kept any more.  id may be NULL. */
bool recent_behind(const struct recent *r, const char *id, uint64_t *n);

#endif
