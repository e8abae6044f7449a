/*
 * historian.h - the history, as the configuration wants it
 *
 * Of the loop; never blocks.
 */
#ifndef HISTORIAN_H
#define HISTORIAN_H

#include "gateway/alarming.h"
#include "gateway/conf/conf.h"
#include "gateway/store/history.h"

/* NULL, and has said why, if there is no thread for it. */
struct history *historian_open(const struct conf *c, struct journal *readings);

/* The points as they are now: catalog is c's. */
void historian_know(
    struct history *h, const struct conf *c, struct catalog *catalog);

/* How it does, for riser's own alarms. */
void historian_tell(struct history *h, struct alarming *a);

#endif
