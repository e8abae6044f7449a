/*
 * live.h - the last reading of every point, for whoever wants to look
 *
 * Written by the loop alone, read from any thread under one short lock: a
 * reader copies what it needs and holds nothing.  A point's time is when its
 * value was read, never later.
 */
#ifndef LIVE_H
#define LIVE_H

#include "gateway/measure/sample.h"

/* Followers: MQTT, InfluxDB, the web, and one to spare. */
#define LIVE_NOTIFY_MAX 4

struct live;

struct live_point {
	struct value value; /* the last good one; kept when the point goes bad,
			       so show it only if quality_has_value() */
	struct quality quality;
	int64_t wall_ms; /* when value was read; 0: never */
	int64_t mono_ms;
	int64_t tried_ms; /* monotonic, when it was last attempted */
};

struct live_device {
	bool online; /* its last exchanges were answered */
	uint32_t version; /* rises with each reading */
	uint32_t quality_version; /* rises with each change of quality */
};

/* A copy of all devices with their points, or with those of one at a time: what
 * a view was taken for first it is for.  Starts as {0}; may be taken into
 * again, its memory is used again; belongs to one thread. */
struct live_view {
	struct catalog *catalog; /* a reference; NULL: no names were set yet */
	struct live_device *devices;
	struct live_point *points; /* all devices' points, one after another; or
				      one's */
	size_t *first; /* device -> its first point; device_count + 1; or 0s */
	int64_t wall_ms; /* when the copy was made */
	bool synced; /* the wall clock was disciplined then */
	size_t device_room, point_room;
};

struct live *live_new(void);
void live_free(struct live *l);

/* New names, of which it keeps a reference; values, qualities and times are
 * carried over by name where the point is still defined in the same way.
 * Loop only, and so are the setters. */
void live_catalog(struct live *l, struct catalog *c);

/* A reading that came, or a stale, never or disabled that nobody attempted.
 * Returns true if a quality changed. */
bool live_set(struct live *l, uint16_t device, const struct reading *r,
    const struct stamp *at);
bool live_set_all(struct live *l, uint16_t device,
    const struct reading *readings, size_t count, const struct stamp *at);
void live_set_online(struct live *l, uint16_t device, bool online);

/* Loop only, no lock needed: what stands there now. */
const struct live_point *live_get(
    const struct live *l, uint16_t device, uint16_t point);

/* Any thread.  All there is. */
void live_view_take(struct live *l, struct live_view *v);
void live_view_free(struct live_view *v); /* it may be taken into again */

/* Of devices only what they are and their versions; and then the points of one,
 * in the place of the one before.  If the names changed since the last look
 * there is no such one: it is looked at again and false is returned. */
void live_view_look(struct live *l, struct live_view *v);
bool live_view_look_into(struct live *l, struct live_view *v, uint16_t device);

/* Rises whenever a catalog or any quality or online flag changed: what a
 * follower of `state` polls.  Any thread. */
uint64_t live_change(const struct live *l);

/* A non-blocking eventfd to be made readable at each such change, at most
 * LIVE_NOTIFY_MAX of them.  After live_unnotify it is not touched any more and
 * may be closed.  Any thread. */
void live_notify(struct live *l, int eventfd);
void live_unnotify(struct live *l, int eventfd);

#endif
