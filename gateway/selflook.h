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
	bool known[GATEWAY_POINTS]; /* it once was */
	struct stamp looked; /* when; mono_ms 0: never */
	int64_t box_looked_ms; /* when the box was, monotonic */
};

/* Its readings come in two batches, for a batch has one time: of what riser
 * knows as it looks, and of the box as it was when it was last looked at. */
enum selflook_part { SELFLOOK_RISER, SELFLOOK_BOX, SELFLOOK_PARTS };

/* Looks, and gives all of it to alarms.  Never blocks. */
void selflook_look(struct selflook *s, struct alarms *alarms,
    struct journal *readings, struct journal *events, int64_t journal_max_bytes,
    const struct stamp *now);

/* After a reload, before the first look: of the box it is still true that it
 * was once looked at. */
void selflook_go_on(struct selflook *s, const struct selflook *was);

/* What the last look saw, as readings into out (GATEWAY_POINTS), and when that
 * was.  What was known once and is not now is stale, the rest that is not known
 * is never: so is `uplink` where there is no platform, though its alarm is
 * content then.  Returns how many; 0: nobody has looked. */
uint16_t selflook_readings(const struct selflook *s, enum selflook_part part,
    struct reading *out, struct stamp *at);

#endif
