/*
 * journals.h - the two logs of a gateway, and what is to be known of both
 *
 * Opened and closed together; on each turn they are told of the clock, and what
 * becomes of it and of their disk is told in the log of events.  Belongs to the
 * loop.
 */
#ifndef JOURNALS_H
#define JOURNALS_H

#include "gateway/conf/conf.h"
#include "gateway/store/journal.h"

struct journals;

/* NULL with the reason.  Blocks on the disk.  The clock is looked at: it should
 * be watched by now (clockwatch.h). */
struct journals *journals_open(const struct conf_store *conf, struct err *err);

/* Commits what is pending, waits at most wait_ms for the disk in all, closes.
 * Readers must be gone.  NULL is fine. */
void journals_close(struct journals *j, int64_t wait_ms);

struct journal *journals_readings(struct journals *j);
struct journal *journals_events(struct journals *j);

/* Now, as a stamp of this boot. */
struct stamp journals_now(const struct journals *j);

/* Returns when it next wants to run. */
int64_t journals_tick(struct journals *j, const struct stamp *now);

/* Waits, at most so long, until this event can be read by sinks. */
void journals_settle(struct journals *j, uint64_t event_seq, int64_t wait_ms);

#endif
