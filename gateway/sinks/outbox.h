/*
 * outbox.h - what goes to the broker next, and what has arrived there
 *
 * Follows the journals by the cursor "mqtt", the live table and the board, and
 * keeps the window of one connection full: alarms' topics first, then metas and
 * states, then what is live, then the backlog, as much as the pace allows;
 * events before readings.  Retained messages take at most half of it.  Belongs
 * to one thread; in broker.h's calls that may hang it lets go of the tether.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <poll.h>

#include "gateway/sinks/broker.h"
#include "gateway/sinks/tether.h"

#define OUTBOX_FDS 4

struct outbox;

/* NULL with the reason if there is no descriptor for it.  conf's texts are the
 * caller's and must outlive it. */
struct outbox *outbox_open(const struct mqtt_conf *conf,
    const struct mqtt_source *from, struct tether *t, struct err *err);

/* Lets go of journals, live table and board; after that only outbox_close is
 * allowed. Both may be called by who stops the thread, and outbox_close without
 * it. */
void outbox_quit(struct outbox *o);
void outbox_close(struct outbox *o); /* NULL is fine */

/* prefix/site/status */
const char *outbox_status_topic(const struct outbox *o);

/* A connection is up: says online, and begins again with what is not done.  The
 * broker is used until outbox_end, after which nothing waits any more. */
void outbox_begin(struct outbox *o, struct broker *b,
    const struct broker_news *news, int64_t now_ms);
void outbox_end(struct outbox *o);

/* The broker holds this retained topic; what is not ours any more is cleared.
 */
void outbox_seen(struct outbox *o, const struct inbox_left *left);

/* Acknowledgements that came.  Returns whether readings or events were among
 * those that moved a cursor. */
bool outbox_settle(
    struct outbox *o, const struct broker_news *news, int64_t now_ms);

/* Sends what is due and has room. */
void outbox_fill(struct outbox *o, int64_t now_ms);

/* Says `offline`, if there is room. */
bool outbox_say_offline(struct outbox *o);

/* When the oldest unacknowledged message was sent; -1 if there is none. */
int64_t outbox_oldest(const struct outbox *o);

/* When outbox_fill wants to be called again if nothing happens; what to wait
 * for meanwhile; and what became of it. */
int64_t outbox_next(const struct outbox *o);
void outbox_poll(const struct outbox *o, struct pollfd fds[OUTBOX_FDS]);
void outbox_polled(struct outbox *o, const struct pollfd fds[OUTBOX_FDS]);

#endif
