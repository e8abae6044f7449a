/*
 * alarming.h - the alarms between the field and the log of events
 *
 * Joins alarm/ (which decides), the live table (what it looks at), the log of
 * events (where each change is written), the board (where it is seen once it is
 * accepted) and the chronicle (what stood before a restart).  Belongs to the
 * loop.
 */
#ifndef ALARMING_H
#define ALARMING_H

#include "gateway/alarm/alarms.h"
#include "gateway/conf/conf.h"
#include "gateway/selflook.h"
#include "gateway/store/board.h"
#include "gateway/store/chronicle.h"
#include "gateway/store/history.h"
#include "gateway/store/live.h"

struct alarming;

/* What it works with; all outlive it. */
struct alarming_parts {
	const struct conf *conf;
	struct catalog *catalog; /* conf's */
	struct live *live;
	struct journal *readings, *events;
	struct board *board;
};

/* old: of the configuration before, which is freed; NULL at a start, when what
 * stood before comes from the chronicle. */
struct alarming *alarming_new(const struct alarming_parts *parts,
    struct chronicle *chronicle, const struct stamp *now, struct alarming *old);
void alarming_free(struct alarming *a); /* NULL is fine */

/* As alarms.h; the batch's readings are in the live table. */
void alarming_take(struct alarming *a, const struct batch *b);
void alarming_online(
    struct alarming *a, uint16_t device, const struct stamp *at, bool online);
void alarming_failed(
    struct alarming *a, uint16_t device, const struct stamp *at);
void alarming_identified(struct alarming *a, uint16_t device,
    const struct stamp *at, bool identified);

/* Whether there is a platform to reach, and whether it is reached. */
void alarming_uplink(struct alarming *a, bool wanted, bool up);

/* Whether people are notified; if so, whether each P1 was told in time, and how
 * many channels took nothing the last time. */
void alarming_notify(
    struct alarming *a, bool wanted, bool ok, unsigned failing);

void alarming_history(struct alarming *a, const struct history_state *s);

/* What riser last saw of itself, as selflook.h; its alarms have it already. */
uint16_t alarming_self(const struct alarming *a, enum selflook_part part,
    struct reading *out, struct stamp *at);

/* Returns when it next wants to run. */
int64_t alarming_tick(struct alarming *a, const struct stamp *now);

#endif
