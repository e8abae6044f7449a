/* dispatch_parts.h - what dispatch's parts share */
#ifndef DISPATCH_PARTS_H
#define DISPATCH_PARTS_H

#include "gateway/sinks/dispatch.h"
#include "gateway/sinks/docket.h"
#include "gateway/sinks/flood.h"
#include "gateway/sinks/outlet.h"

#define LISTED_MAX 160 /* alarms of one letter; more are counted */

/* A channel, and its letter under way. */
struct lane {
	struct outlet outlet;
	struct letter_paper *paper;
	size_t called_count; /* people that the letter calls */
	uint16_t called[LETTER_MENTIONS_MAX];
	size_t waiting; /* alarms, as of the last tick */
	size_t uncounted; /* alarms that there was no place for, to be told */
	size_t counting; /* those of them that the letter tells */
	/* Unix: the last attempt before this process, and until when the
	 * channel is silent by that */
	int64_t past_ms, hushed_ms;
};

/* One alarm of a letter that is being written. */
struct pick {
	struct telling *telling;
	struct debt debt;
};

struct dispatch {
	const struct notify_conf *conf;
	struct telling_view view; /* now */
	struct docket docket;
	struct lane *lanes;
	struct flood flood;
	int64_t quiet_minute; /* Unix; the view's quiet is of it */
	bool begun;
	/* as of the last look */
	bool looked, unsynced;
	int64_t offset_ms; /* wall less monotonic */
	int64_t begin_ms; /* what was due before is late */
	int64_t untold_ms;
	/* a letter that is being written */
	size_t pick_count, match_count; /* match_count: those that are only
					   counted too */
	struct pick picks[LISTED_MAX];
	struct letter_item items[LISTED_MAX];
};

/* The clocks, and what follows from them. */
void dispatch_look(struct dispatch *d, const struct dispatch_time *now);

bool dispatch_is_over(const struct notice *n);

/* The gateway's own alarm about people who are not told. */
bool dispatch_is_own(const struct telling *t);

/* What is known of the alarm now.  Of an end without words (it is gone, or was
 * forgotten) what was known before stays. */
void dispatch_note(
    struct dispatch *d, struct telling *t, const struct notice *n);

/* Who is called on that channel for that alarm, at that time; adds them to
 * called, each once. */
void dispatch_call(const struct dispatch *d, const struct telling *t,
    size_t channel, uint32_t steps, int64_t unix_ms, uint16_t *called,
    size_t *count);

/* The same people into the alarm's own list. */
void dispatch_remember(struct telling *t, const uint16_t *called, size_t count);

#endif
