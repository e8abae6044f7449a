/*
 * pending.h - changes of alarms whose events are not accepted yet, in order
 *
 * Bounded: so many changes, and so many bytes of their texts; some of both are
 * kept for what is urgent.  All memory is taken at the start.
 */
#ifndef PENDING_H
#define PENDING_H

#include "gateway/store/board.h"

#define PENDING_MAX 256 /* changes; of them */
#define PENDING_URGENT 64 /* for what is urgent alone */
#define PENDING_BYTES ((size_t)256 * 1024) /* of their texts; of them */
#define PENDING_URGENT_BYTES ((size_t)64 * 1024) /* ditto */

struct pending;

struct pending_change {
	bool drop; /* the alarm is plain again: there is no text, "" */
	struct board_alarm alarm; /* to be put on the board or dropped */
};

struct pending *pending_new(void);
void pending_free(struct pending *p); /* NULL is fine */

/* Whether a change with members of this length would find room. */
bool pending_fits(const struct pending *p, size_t length, bool urgent);

/* Behind the others; members are copied.  It fits. */
void pending_put(struct pending *p, const struct pending_change *c);

/* The oldest; NULL: there is none.  Stays until it is passed. */
struct pending_change *pending_first(struct pending *p);
void pending_pass(struct pending *p);

/* Whether a change of this alarm is among them. */
bool pending_holds(const struct pending *p, const char *key);

#endif
