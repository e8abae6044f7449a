/*
 * pieces.h - requests that a device refuses, asked in pieces, pure
 *
 * A profile may be wrong about its device: one address that is not there, or
 * one in a hole it was told to read across, and the device refuses the request
 * as a whole (exceptions 1, 2, 3).  Then the request is halved between two
 * points, and again, until what is refused is one point, which is left alone:
 * for a minute, then twice as long each time, at most an hour; all others are
 * read.  A pass asks all pieces of a request that are not left alone, one after
 * the other.  After a pass pieces grow together again to the longest that are
 * answered, so that one refused point leaves two pieces; and once a point is
 * answered that was refused, to one.  What is refused between two points, where
 * nobody wants anything, is remembered like a point, and tried as often.
 *
 * A piece of nothing but slower points, which rode in the request before, goes
 * at their period, but each 10 s at least.
 *
 * Exception 1 says more: the device does not know the function, and so none of
 * the requests of that space, unless one of them was answered before: some
 * devices say 1 of an address, too.  Then all of them are left alone at once,
 * for as long, and one point is asked for alone instead of all, each time the
 * next one: of a device that does know the function one is answered soon, and
 * its space is read as any other.
 *
 * Exception: Modbus application protocol 1.1b3, section 7.
 */
#ifndef PIECES_H
#define PIECES_H

#include "gateway/poll/plan.h"

#define PIECES_AGAIN_MIN_MS (60 * 1000)
#define PIECES_AGAIN_MAX_MS (60 * 60 * 1000)

struct pieces;

/* What to ask in the place of a request. */
struct piece {
	struct driver_request ask;
	uint32_t part_first, part_count; /* into the plan's parts */
	uint16_t at; /* part->at less this is the place in the reply */
};

struct pieces *pieces_new(const struct plan *plan);
void pieces_free(struct pieces *p); /* the plan is not its own; NULL is fine */

/* The piece of request i whose turn it is; false if all of them are left
 * alone until later. */
bool pieces_get(
    struct pieces *p, size_t i, int64_t now_ms, struct piece *piece);

/* That piece is done with: it was answered (a refusal is an answer), or given
 * up.  Returns true if it was the last of this pass. */
bool pieces_done(struct pieces *p, size_t i, int64_t now_ms, bool answered);

/* Whether a new pass of it is about to begin. */
bool pieces_at_start(const struct pieces *p, size_t i);

/* It was refused.  True: it was halved, and the first half is next.  False: it
 * cannot be, and is left alone from now on; say pieces_done. */
bool pieces_refused(struct pieces *p, size_t i, int64_t now_ms);

/* It was refused with exception 1.  True: all requests of its space are left
 * alone from now on, and this pass is over; false: see pieces_refused. */
bool pieces_unserved(struct pieces *p, size_t i, int64_t now_ms);

/* The device is another, or back: its requests are whole again. */
void pieces_forget(struct pieces *p, uint16_t slot);

/* How many points are left alone because they are refused. */
uint32_t pieces_refused_points(const struct pieces *p);

#endif
