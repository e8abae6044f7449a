/*
 * feeds.h - the journals of events and of readings, followed as one
 *
 * In each lane events go before readings.  Trouble with the disk is logged when
 * it begins; the lane that met it is read again a second later, the others go
 * on, for they read other places.  Belongs to one thread.
 */
#ifndef FEEDS_H
#define FEEDS_H

#include "gateway/sinks/mqtt.h"
#include "gateway/store/follower.h"

enum { FEED_EVENTS, FEED_READINGS, FEED_COUNT };

/* One journal. */
struct feed {
	struct follower *follower; /* NULL: there is none */
	bool failed[FOLLOWER_LANES]; /* the disk cannot be read */
	int64_t retry_ms[FOLLOWER_LANES];
};

struct feeds {
	struct feed of[FEED_COUNT];
};

/* An item of a follower, and which one's. */
struct feeds_item {
	uint8_t feed;
	struct follower_item item;
};

/* By the cursor "mqtt".  False with errno if there is no descriptor;
 * feeds_close is allowed then too, and may come twice. */
bool feeds_open(struct feeds *f, const struct mqtt_source *from);
void feeds_close(struct feeds *f);

/* As follower.h has them; the disk's trouble is dealt with. */
void feeds_begin(struct feeds *f, int64_t now_ms);
bool feeds_next(struct feeds *f, enum follower_lane lane, int64_t now_ms,
    struct feeds_item *next);
void feeds_done(struct feeds *f, const struct feeds_item *done);
void feeds_drop(
    struct feeds *f, const struct feeds_item *dropped, const char *reason);

/* What becomes readable when something live is to be had, or -1; and when
 * feeds_next is worth a call even if it does not, of the times after this one:
 * what was due then and was not taken waits for something else. */
int feeds_fd(const struct feeds *f, size_t feed);
int64_t feeds_wake(const struct feeds *f, int64_t after_ms);

#endif
