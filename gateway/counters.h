/*
 * counters.h - what lifts and meters have counted, over replacements and resets
 *
 * A counter (role: counter) is the register of one controller: when that is
 * replaced, reset or overflows, the register falls.  What had been counted
 * until then must not be lost, nor counted twice.  So of each counter it keeps
 * `carried`: by how much all its falls together took it back.  Register plus
 * carried never falls, and its increments are what was counted.
 *
 * A fall is believed when a second reading confirms it, for one wrong answer
 * must not move a count for ever; less than COUNTERS_JITTER of the count is
 * none at all: a float's last digit, or a controller that saved its count a
 * moment before its power went.  What was counted between the last reading
 * before a fall and the first one after it nobody knows; it counts as nothing.
 *
 * Events, in which the newest of a point is what a restart goes on with:
 *
 *	"type":"counter","device":..,"why":"day" | "stop" | "fall" | "back",
 *	["was":N, of the last two: the register before it]
 *	"values":{"trips":81231,..},"carried":{"trips":400000,..}
 *
 * back: a register stands at the height it fell from, by one leap: it was the
 * same one all the time, and the fall is taken back.  carried leaves out what
 * never fell.  Each device says its counters once a day, at local midnight, and
 * at a stop, in as many events as it takes: so also a controller that is
 * replaced while riser is away loses a day at most.
 *
 * Belongs to the loop; never blocks, but for counters_restore.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "gateway/conf/conf.h"
#include "gateway/store/journal.h"

#define COUNTERS_JITTER 0.001 /* of the count */

struct counters;

/* conf and events (NULL: nothing is told) outlive it.  old, which is freed, may
 * be NULL; what it knew of counters of the same name and device goes over. */
struct counters *counters_new(
    const struct conf *conf, struct journal *events, struct counters *old);
void counters_free(struct counters *c); /* NULL is fine */

/* At a start: from the chronicle of the store in dir.  What cannot be read is
 * said in the log, and those counters begin anew. */
void counters_restore(struct counters *c, const char *dir);

void counters_take(struct counters *c, const struct batch *b);

/* Midnight passes.  Returns when it next wants to run (monotonic). */
int64_t counters_tick(struct counters *c, const struct stamp *now);

void counters_stop(struct counters *c, const struct stamp *now);

#endif
