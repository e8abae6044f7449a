/*
 * courier.h - what is written to the server next, and what came of it
 *
 * Follows the journal by the cursor "influx".  Belongs to one thread; while it
 * waits for the server it lets go of the tether.
 */
#ifndef COURIER_H
#define COURIER_H

#include <poll.h>

#include "gateway/sinks/influx.h"
#include "gateway/sinks/tether.h"
#include "gateway/store/follower.h"

struct courier;

/* NULL with the reason.  conf is the caller's and outlives it. */
struct courier *courier_open(const struct influx_conf *conf,
    struct journal *readings, const struct follower_conf *fc, struct tether *t,
    struct err *err);

/* Lets go of the journals; after that only courier_close is allowed.  Both may
 * be called by who stops the thread, and courier_close without it. */
void courier_quit(struct courier *c);
void courier_close(struct courier *c); /* NULL is fine */

/* Any thread, while ours is not gone: the present request may take until then
 * (monotonic ms), and none comes after it. */
void courier_stop(struct courier *c, int64_t by_ms);

/* Once, before the first turn. */
void courier_begin(struct courier *c, int64_t now_ms);

/* Does what is due: one request at most.  When it wants to be called again if
 * nothing happens; what to wait for meanwhile; and what became of it. */
void courier_turn(struct courier *c, int64_t now_ms);
int64_t courier_next(const struct courier *c);
void courier_poll(const struct courier *c, struct pollfd *fd);
void courier_polled(const struct pollfd *fd);

#endif
