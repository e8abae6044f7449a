/*
 * history_show.h - answers of the history as JSON and CSV, row by row
 *
 *	{"point":"tx-1/active_power","step":900000,"rows":[{"t":MS,"min":..,
 *	"max":..,"mean":..,"last":..,"coverage":1},..],"from":MS | null,
 *	"next":MS | null}
 *
 * t is where the slot begins, coverage the share of it for which there was
 * a value, with four decimals: below 1 if anything is missing.  Of a counter
 * each row has "increase" too, with no more digits than its values have, and
 * "falls" if it fell.
 * An enumeration has in place of min, max and mean "states", how long it was in
 * each, in ms; a text only its last.  from says that nothing older is kept so
 * finely, next where to go on: the answer was too long.
 *
 * CSV has the columns t,min,max,mean,last,coverage and of a counter
 * increase,falls; t is ISO 8601 with the zone's offset, what there is not is
 * empty.
 */
#ifndef HISTORY_SHOW_H
#define HISTORY_SHOW_H

#include "gateway/base/json.h"
#include "gateway/store/history_query.h"

struct history_show {
	struct buf *out;
	bool csv;
	const struct point_info *point; /* for an enumeration's names; or NULL
					 */
	struct json json; /* its own */
};

#define HISTORY_SHOW_TITLES "t,min,max,mean,last,coverage" /* CSV begins so */

/* A text as a cell of CSV, quoted: RFC 4180. */
void history_show_text(struct buf *out, const char *text);

/* Before the rows, of them each (its slot is one of history_row), behind them.
 */
void history_show_begin(
    struct history_show *s, const struct history_query *q, bool counter);
void history_show_row(struct history_show *s, int64_t start_ms, int64_t end_ms,
    const struct slot *slot, bool counter);

/* Where what is kept so finely begins and where to go on; 0: null. */
void history_show_end(struct history_show *s, int64_t kept_ms, int64_t next_ms);

#endif
