/*
 * outlets.h - the sinks and the pages: opened, exchanged at a reload, ended
 *
 * Belongs to the loop.
 */
#ifndef OUTLETS_H
#define OUTLETS_H

#include "gateway/alarming.h"
#include "gateway/journals.h"
#include "gateway/store/history.h"

struct outlets;

/* What they are fed from; all outlive them. */
struct outlets_parts {
	struct journals *journals;
	struct live *live;
	struct board *board;
	struct history *history;
	int64_t started_mono_ms;
};

/* All that the configuration has.  NULL if one can never work; that is logged.
 */
struct outlets *outlets_open(
    const struct conf *conf, const struct outlets_parts *parts);

/* Asks all to end, and waits for them, for a second in all. */

/* The broker gets up to wait_ms for what is under way, the others are stopped
 * meanwhile; their threads may take OUTLETS_STOP_MS more to end.  Before it the
 * pages' answers end, which only a disk that hangs delays.  NULL is fine. */
#define OUTLETS_STOP_MS 200
void outlets_close(struct outlets *o, int64_t wait_ms);

/* Those whose configuration is another than in old begin anew, the others go
 * on.  What cannot be opened anew is logged and gone without: a port that
 * somebody else has taken must not end the polling.  The Unix socket stays.
 * Who tells people ends his letters first: outlets_tick begins the next. */
void outlets_exchange(
    struct outlets *o, const struct conf *conf, const struct conf *old);

/* Returns when it wants to be called again; INT64_MAX: not by itself. */
int64_t outlets_tick(struct outlets *o, int64_t now_ms);

/* What they know, for riser's own alarms and for the pages; and that the loop
 * is alive. */
void outlets_tell(
    struct outlets *o, struct alarming *a, const struct stamp *now);

#endif
