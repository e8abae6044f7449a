/*
 * track.h - readings of one device over a stretch of time, point by point
 *
 * A chart asks for one point over a long time; the journal has all points of a
 * moment.  Here they are turned: the device's times once, then of each point
 * its readings side by side, which also makes them small.
 *
 * A crate (crate.h), of which the noise is that of the points, and
 *
 *	body     v times, z median step, each: z less the one before, less
 *	         the step (the first: as it is);
 *	         v points, by rising name, of each: v name less the one before,
 *	         v readings, v length of its section, v length of its noise,
 *	         section
 *	section  of each reading v: how many times were passed over since the
 *	         one before; then runs: v readings, u8 type, u8 quality,
 *	         u8 detail, of numbers u8 form (numbers.h), values: numbers
 *	         against the one before, texts v 0: the one before,
 *	         1 + length, bytes
 *
 * Both sides keep their memory from track to track.
 */
#ifndef TRACK_H
#define TRACK_H

#include "gateway/measure/slot.h"
#include "gateway/store/crate.h"

#define TRACK_READINGS_MAX (64 * 1024) /* of one device in a stretch */

struct track_reading {
	uint32_t time; /* index of the device's times, rising */
	struct quality quality;
	struct slot_value value; /* none unless it has one */
};

/* ---- to disk ---- */

struct track_writer;

struct track_writer *track_writer_new(void);
void track_writer_free(struct track_writer *w); /* NULL is fine */

/* A device's times, in the order of its batches; then its points by rising
 * name, with one reading at least; then what all that is, appended to out. */
void track_begin(
    struct track_writer *w, const int64_t *times_ms, uint32_t count);
void track_put(struct track_writer *w, uint32_t name,
    const struct track_reading *readings, uint32_t count);
void track_end(struct track_writer *w, struct buf *out);

/* ---- from disk ---- */

/* Begins as {0}. */
struct track {
	struct crate crate; /* its streams are behind the point last given */
	uint32_t time_count, times_cap;
	int64_t *times_ms;
	uint64_t points_left;
	uint32_t name;
};

void track_free(struct track *t);

/* False if the bytes are no track.  They stay until the last reading. */
bool track_open(struct track *t, const void *bytes, size_t length);

/* Points of an open track, in their order.  False: no more, or it is damaged
 * (t->crate.body.bad). */
struct track_point {
	uint32_t name, count;
	struct bytes times, values, noise; /* the reading's own */
	const struct track *track;
	uint32_t left, time, run;
	struct quality quality;
	uint8_t type, form_type, form_places;
	struct slot_value value; /* a text lies in text */
	char text[SAMPLE_TEXT_MAX];
	bool bad;
};

bool track_next(struct track *t, struct track_point *p);

/* The next reading: false: no more, or it is damaged (p->bad).  A text is p's
 * until the next call. */
bool track_get(struct track_point *p, int64_t *at_ms, struct track_reading *r);

#endif
