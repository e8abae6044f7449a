/*
 * selflook.h - what riser sees of itself: the points its own alarms ask for
 */
#ifndef SELFLOOK_H
#define SELFLOOK_H

#include "gateway/alarm/alarms.h"
#include "gateway/conf/conf.h"
#include "gateway/store/history.h"
#include "gateway/store/journal.h"

/* Starts as {0}. */
struct selflook {
	bool wants_uplink, uplink; /* there is a platform; it is reached */
	bool wants_notify, notify_ok; /* there are channels; P1 get through */
	unsigned notify_failing; /* channels */
	struct history_state history;
	struct derive_input points[GATEWAY_POINTS]; /* as last looked at */
};

/* Looks, and gives all of it to alarms.  Never blocks. */
void selflook_look(struct selflook *s, struct alarms *alarms,
    struct journal *readings, struct journal *events, int64_t journal_max_bytes,
    const struct stamp *now);

#endif
