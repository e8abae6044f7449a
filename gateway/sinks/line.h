/*
 * line.h - a batch of readings as InfluxDB's line protocol, pure
 *
 *	riser,site=anju,device=tx-3,kind=transformer active_power=412.5,
 *	voltage_l1n=231.2 1763690000123000000
 *
 * (one line).  A field is a point that has a number, and it is good or
 * uncertain; a point without one writes nothing, and neither does a text, for
 * fields are floats.  Simulated values are left out: nothing in a line would
 * tell them from true ones.  Booleans are 0 or 1, an enumeration its number.
 *
 * A float holds integers up to 2^53.  Beyond it they are written as integers
 * (`i`), on a line of their own: a server that knows the field as a float
 * refuses that line, and must not refuse the other values with it.  Unsigned
 * ones above 2^63 are written as floats, rounded to 53 bits: InfluxDB 1.x has
 * no type that holds them.
 *
 * Time is in nanoseconds.  Two batches of a device in the same millisecond are
 * one point of its series, which has the fields of both; the same field in both
 * keeps the later value.  They come from two answers, and no point is in two.
 */
#ifndef LINE_H
#define LINE_H

#include "gateway/base/buf.h"
#include "gateway/store/follower.h"

/* Appends the lines of an item that is no gap and no event, each with its \n.
 * Returns how many: 0 if there is no number in it, -1 if its time is none that
 * a line can have (before 1677 or after 2262). */
int line_put(
    struct buf *out, const char *site, const struct follower_item *item);

#endif
