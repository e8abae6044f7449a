/*
 * follower.h - one sink's way through a journal: what it gets, what it has had
 *
 * Two lanes.  What comes after a connection was made is live and goes at once;
 * what waited for it is late, goes beside it, oldest first, and is marked
 * `backfill`.  Each lane is in the journal's order.  The sink says of each item
 * that it is done with, in the order it got it in that lane; what is not done
 * when a connection ends is given again.
 *
 * Where batches are gone (for room, damaged, more than memory held) a gap is in
 * their place in the lane, and was told of in the log of events; the sink has
 * nothing to send and only says done:
 *
 *	"type":"gap","sink":"mqtt","of":LOG,"from":SEQ,"to":SEQ,"readings":N,
 *	"reason":"quota" | "damage" | "memory", or what follower_drop was given
 *
 * Belongs to one thread.  Blocks on the disk, never on the writer.
 */
#ifndef FOLLOWER_H
#define FOLLOWER_H

#include "gateway/measure/timeline.h"
#include "gateway/store/journal.h"

struct follower;

struct follower_conf {
	const char *name; /* the sink's, "mqtt": its cursor's name */
	int64_t clock_wait_ms; /* see timeline.h */
	struct journal *events; /* where gaps are told of; or NULL */
};

enum follower_lane { FOLLOWER_LIVE, FOLLOWER_LATE, FOLLOWER_LANES };

struct follower_item {
	uint8_t lane; /* enum follower_lane */
	bool gap; /* batches are missing here: say done, send nothing */
	uint64_t seq, upto, readings; /* as cursor_ack's */
	/* not of a gap; both the follower's until its lane's next item */
	struct batch batch;
	const struct device_info *device; /* NULL: it is an event */
	const char *log; /* the id that (log, seq) is unique with */
	int64_t ts_ms; /* when it was read */
	const char *clock; /* NULL: for sure; "unsynced", "estimated" */
	bool backfill; /* of the late lane; or read more than ten seconds ago,
			  in another boot, or two before the connection */
};

/* NULL with errno if there is no descriptor for it.  The journal and conf's
 * events outlive it. */
struct follower *follower_open(
    struct journal *j, const struct follower_conf *conf);
void follower_close(struct follower *f); /* NULL is fine */

/* A connection was made: what was given and is not done is given again, and
 * what has waited longer than two seconds goes to the late lane.  Comes before
 * the first follower_next: until then there is nothing. */
void follower_begin(struct follower *f, int64_t now_ms);

/* The next item of a lane: 1; 0: none now; -1: the disk failed (errno), try
 * again later. */
int follower_next(struct follower *f, enum follower_lane lane, int64_t now_ms,
    struct follower_item *item);

/* It was delivered (or was a gap).  Of the item only gap, seq, upto and
 * readings are looked at, so a copy of those will do.  follower_drop: it is no
 * gap, but will never be delivered; why, in a word: "size", "refused".  It is
 * told of in the log of events. */
void follower_done(struct follower *f, const struct follower_item *item);
void follower_drop(
    struct follower *f, const struct follower_item *item, const char *reason);

/* Becomes readable when something was accepted; to be read by the sink.  And
 * when follower_next is worth a call even if it does not (monotonic ms):
 * a batch that waits for the clock, a gap for its event. */
int follower_fd(const struct follower *f);
int64_t follower_wake(const struct follower *f);

#endif
