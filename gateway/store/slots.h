/*
 * slots.h - slots of one device's points over a span, as bytes
 *
 * A crate (crate.h); slots are numbered from the span's start.
 *
 *	body     v points, by rising name, of each: v name less the one before,
 *	         u8 1 if it is a counter, v slots, v length of its section,
 *	         v length of its noise, section
 *	section  of each slot v how many were empty since the one before; of
 *	         each v count; of each v what of the step is not covered; then
 *	         runs: v slots, u8 type of its values, then as that is
 *	number   u8 form (numbers.h) of last, min and max, u8 how means are
 *	         told; then columns (rice.h: heads here, bits in the noise) of
 *	         numbers in their order (numbers.h): last less the one before,
 *	         folded; last less min; max less last; of those whose min is
 *	         not max the mean less what slots_mid or slots_mid_sum says,
 *	         folded: 0: a sum of (value - min) x ms in units of the last
 *	         place; 1: a float, 2: a double.  Of an enumeration in place
 *	         of means, of each: v states, of each z state less the one
 *	         before, v ms; v ms of others
 *	counter  of each, behind the rest: u8 0: it rose from min to max, 1:
 *	         nothing was counted, 2: first, last counted against min, max,
 *	         v falls, u64 bits of the increase, 3: as 2 without the last
 *	         two: it rose from first to last counted
 *	text     of each v 0: the one before, 1 + length, bytes
 *
 * All is exact but means, which have a double's precision, and of floats
 * a float's: of those that are decimals (231.2) it is the mean of the decimals.
 * Where there is a mean only the sum that makes it comes back.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "gateway/measure/slot.h"
#include "gateway/store/crate.h"
#include "gateway/store/numbers.h"

#define SLOTS_MAX 128 /* of one point in a span */

/* ---- to disk ---- */

struct slots_writer;

struct slots_writer *slots_writer_new(void);
void slots_writer_free(struct slots_writer *w); /* NULL is fine */

/* A span of so many slots of step_ms; then, of each point by rising name, its
 * slots in order (empty ones are none), and slots_put, which leaves out a point
 * without any; then what all that is, appended to out: false, and nothing, if
 * no point had any. */
void slots_begin(struct slots_writer *w, int64_t step_ms, uint32_t count);
void slots_add(struct slots_writer *w, uint32_t index, const struct slot *slot);
void slots_put(struct slots_writer *w, uint32_t name, bool counter);
bool slots_end(struct slots_writer *w, struct buf *out);

/* ---- from disk ---- */

struct slots_point {
	uint32_t name;
	bool counter;
	uint32_t count;
	struct {
		uint32_t index;
		struct slot slot;
	} of[SLOTS_MAX];
};

/* Keeps its memory from block to block.  Begins as {0}. */
struct slots {
	struct crate crate; /* its streams are behind the head */
	uint64_t points_left;
	int64_t step_ms;
	struct {
		uint32_t name, count;
		bool counter;
		struct bytes section, noise;
	} head; /* of the point last read */
	bool ahead; /* nobody asked for that one yet */
};

void slots_free(struct slots *s);

/* False if the bytes, which must stay, are no such block. */
bool slots_open(
    struct slots *s, int64_t step_ms, const void *bytes, size_t length);

/* The point of this name, or with 0 the next one.  1, 0: there is none (more),
 * -1: it is damaged.  Names are asked for in rising order, each once; those
 * that are not there cost nothing of those that are. */
int slots_next(struct slots *s, uint32_t name, struct slots_point *p);

/* ---- what both sides agree on ---- */

enum slots_mean { MEAN_SUM = 0, MEAN_FLOAT = 1, MEAN_DOUBLE = 2 };
/* What a mean is likely to be near: half way from min to max. */
struct slot_value slots_mid(const struct slot *s, uint8_t type);
uint64_t slots_mid_sum(const struct slot *s, const struct numbers *form);

/* In the order they came into use: files have them. */
enum slots_counted { COUNTED_ALL, COUNTED_NONE, COUNTED_TOLD, COUNTED_ROSE };

#endif
