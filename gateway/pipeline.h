/*
 * pipeline.h - the data path: an answer goes in, readings come out, once
 *
 * decode -> live table -> derived points -> changes -> alarms -> deadband ->
 * journal, in that order, on the loop's thread.  A failed read becomes a change
 * of quality, never a value, and so does an answer of a device that is not
 * known to be the model its profile is for.  A device that goes offline, and
 * one that is back, is an event; one that answers from the start is none. Knows
 * no thread, no clock and no descriptor: time is an argument.
 *
 * What riser sees of itself becomes readings of the device `gateway` in the
 * same way, but for the alarms, which have it from who looks and do not wait.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "gateway/alarming.h"
#include "gateway/conf/conf.h"
#include "gateway/counters.h"
#include "gateway/poll/bus.h"
#include "gateway/store/live.h"

struct pipeline;

struct pipeline_outlets {
	struct journal *readings;
	struct journal *events; /* or NULL: nobody is told */
	struct alarming *alarming;
	struct counters *counters; /* or NULL: nobody counts on */
};

/* conf, catalog (conf's), live and the outlets outlive it.  `old` may be NULL:
 * what it had kept of points of the same name is carried over, and it is freed.
 */
struct pipeline *pipeline_new(const struct conf *conf, struct catalog *catalog,
    struct live *live, const struct pipeline_outlets *to, struct pipeline *old);
void pipeline_free(struct pipeline *p);

/* At a start, before anything is taken: changes.h. */
void pipeline_restore(struct pipeline *p, const char *dir);

/* One answer of a bus whose plan is given. */
void pipeline_take(
    struct pipeline *p, const struct answer *a, const struct plan *plan);

/* Finds points nobody tried to read for too long.  Returns when it wants to
 * look again. */
int64_t pipeline_tick(struct pipeline *p, const struct stamp *now);

/* Takes what riser last saw of itself, if it is worth a batch. */
void pipeline_self(struct pipeline *p);

#endif
