/*
 * retained.h - which retained messages a broker still lacks, pure
 *
 * Each device has a meta and a state at the broker.  A meta is due once a
 * connection; a state is due once a connection, at once when the device's
 * quality or online flag changed, and every state_every_ms when any value came.
 * What the broker keeps of devices that do not exist any more is to be cleared.
 */
#ifndef RETAINED_H
#define RETAINED_H

#include "gateway/store/live.h"

#define RETAINED_ID_MAX 64 /* bytes of a device's id with its NUL */

enum retained_kind {
	RETAINED_META, /* of device */
	RETAINED_STATE, /* of device */
	RETAINED_CLEAR_STATE, /* of id */
	RETAINED_CLEAR_META, /* of id, which comes last: as long as the meta
				is there, somebody can see what is left */
};

struct retained_job {
	uint8_t kind; /* enum retained_kind */
	uint16_t device; /* in the view */
	char id[RETAINED_ID_MAX];
};

struct retained;

struct retained *retained_new(int64_t state_every_ms);
void retained_free(struct retained *r); /* NULL is fine */

/* A new connection: all is due, and nothing is known to be cleared. */
void retained_forget(struct retained *r);

/* A new view was taken.  Where it has other names than the one before all is
 * due again, and the devices that left are to be cleared.  Keeps a reference to
 * its catalog. */
void retained_look(struct retained *r, const struct live_view *v);

/* The broker holds the meta of this device: it is to be cleared unless the
 * device exists.  So many at once that there is no room for it wait until they
 * are seen again, on the next connection. */
void retained_seen(struct retained *r, const char *id);

/* What to send next, which counts as sent.  v is the view last looked at. */
bool retained_take(struct retained *r, const struct live_view *v,
    int64_t now_ms, struct retained_job *job);

/* The state that is sent is not that of the view it was taken from, but what
 * this one has of the device. */
void retained_state(
    struct retained *r, const struct live_view *v, uint16_t device);

#endif
