/*
 * past.h - one point's readings of some time, put together for slots
 *
 * They come from tracks of several stretches, in the order of the log, which is
 * that of time unless a clock was set.  Here they are put in the order of time,
 * with the breaks between them, and run through a filler.  Keeps its memory.
 */
#ifndef PAST_H
#define PAST_H

#include "gateway/store/history_file.h"
#include "gateway/store/track.h"

struct past;

struct past *past_new(void);
void past_free(struct past *p); /* NULL is fine */

/* ---- of one device: its tracks ---- */

/* Reads what the file has of the device in [from_ms, to_ms).  0; -1: f->why. A
 * track that is damaged is left out, and counted. */
int past_load(struct past *p, struct history_file *f, uint16_t device,
    int64_t from_ms, int64_t to_ms);
uint64_t past_damaged(const struct past *p);

/* ---- of one of its points ---- */

void past_clear(struct past *p); /* no point's readings; the tracks stay */
void past_take(struct past *p, uint32_t name); /* what was loaded of it */

/* What was loaded of another name of the point: where that told anything, what
 * this one told ends. */
void past_take_ends(struct past *p, uint32_t name);

/* And what comes from elsewhere: in the log it is behind all that was loaded,
 * in whatever order they are called. */
void past_add(struct past *p, int64_t at_ms, const struct slot_value *v);
void past_break(struct past *p, int64_t at_ms);

/* When the first reading with a value is of, INT64_MAX: there is none; and how
 * many there are before from_ms. */
int64_t past_first_value(struct past *p);
size_t past_values_before(struct past *p, int64_t from_ms);

/* Through the filler, which is as slot.h says, from its first reading to
 * end_ms. */
void past_fill(struct past *p, struct filler *f, int64_t end_ms);

/* Or each of [from, to), rising: v NULL: a break; a text lives until see
 * returns. */
typedef void past_see(void *context, int64_t at_ms, const struct slot_value *v);
void past_each(struct past *p, int64_t from_ms, int64_t to_ms, past_see *see,
    void *context);

#endif
