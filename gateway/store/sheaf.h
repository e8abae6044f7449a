/*
 * sheaf.h - readings gathered in memory, then laid out by device
 *
 * What one stretch of the history becomes: readings of all devices in the
 * order of the log, at most SHEAF_READINGS_MAX, which at some hundred and fifty
 * a second are a quarter of an hour.  The more there are in one, the less each
 * costs.  All memory is taken at the start, some 8 MB, but used only as far as
 * it is filled, some 7 bytes a reading, and given back when it is laid out and
 * cleared.  Pure.
 */
#ifndef SHEAF_H
#define SHEAF_H

#include "gateway/store/track.h"

#define SHEAF_READINGS_MAX (128 * 1024)
#define SHEAF_BATCHES_MAX (32 * 1024)
#define SHEAF_BYTES ((size_t)1024 * 1024) /* all of them */

struct sheaf;

struct sheaf *sheaf_new(void);
void sheaf_free(struct sheaf *s); /* NULL is fine */
void sheaf_clear(struct sheaf *s);
bool sheaf_empty(const struct sheaf *s);
bool sheaf_room(const struct sheaf *s, const struct batch *b);

/* A batch of the device with this number; names has the name of each of its
 * points.  False, and nothing kept, if there is no room: lay it out first. */
bool sheaf_add(struct sheaf *s, int64_t at_ms, uint16_t device,
    const struct batch *b, const uint32_t *names);

/* The earliest and latest time; of an empty one 0, 0. */
void sheaf_ends(const struct sheaf *s, int64_t *from_ms, int64_t *to_ms);

/* A track of each device by rising number; stops where see does not return 0,
 * and returns that.  The track lives until see returns. */
typedef int sheaf_see(void *context, uint16_t device, const struct buf *track);
int sheaf_lay(struct sheaf *s, sheaf_see *see, void *context);

/* The readings of one name, in order. */
typedef void sheaf_see_reading(
    void *context, int64_t at_ms, const struct track_reading *r);
void sheaf_read(const struct sheaf *s, uint16_t device, uint32_t name,
    sheaf_see_reading *see, void *context);

#endif
