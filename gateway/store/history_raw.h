/*
 * history_raw.h - the readings of one point as they are kept, in CSV
 *
 *	t,device,point,value
 *	1790784060000,tx-1,active_power,412.5
 *
 * What `riser history import` takes, so that the rows of the history it is
 * imported into are those of this one.  t is Unix ms and does not fall.  An
 * empty value is a reading without one, or where nothing was known any more
 * (the gateway was down, or all that is asked for ends): what held ends there.
 * Enumerations and booleans are their numbers, a text is quoted (RFC 4180); a
 * float without decimals has ".0", for of a counter 12 is a whole number.
 *
 * Of the files alone: what a running gateway has in memory yet, some minutes,
 * is not in it.  Any thread, any process; read-only.
 */
#ifndef HISTORY_RAW_H
#define HISTORY_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

/* Of device/point in [from_ms, to_ms), Unix. */
struct history_raw {
	const char *dir; /* the store */
	const char *device, *point;
	int64_t from_ms, to_ms;

	/* what came of it */
	uint64_t readings;
	int64_t kept_ms; /* what is older than this is not kept; 0: all of it
			    is there */
	int64_t known_ms; /* up to when anything is known */
	bool unknown; /* nobody ever told of such a point */
	bool damaged; /* some cannot be read and are missing */
};

/* Gets CSV as it comes; false: no more is wanted. */
typedef bool history_raw_take(void *context, const char *bytes, size_t length);

/* -1 with the reason; also if take wants no more. */
int history_raw(struct history_raw *r, history_raw_take *take, void *context,
    struct err *err);

#endif
