/*
 * crowd.h - who is connected over TCP, and for how long without a word
 *
 * libmicrohttpd closes who is silent for a while; who sends a byte now and then
 * it keeps for ever.  So whoever has not said the whole head of a request in
 * CROWD_HEAD_MS is hung up on.  At most CROWD_MUTE are that far: one more, and
 * the one that has been for longest goes; so however many are half open, who
 * says what he wants finds room.  At most CROWD_AN_ADDRESS of one address, but
 * of this machine and of the trusted proxy, which come for many.
 *
 * A thread of its own looks after it.  Any thread.
 */
#ifndef CROWD_H
#define CROWD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "gateway/base/err.h"

#define CROWD_MAX 512 /* connections, 256 streams among them */
#define CROWD_MUTE 128
#define CROWD_AN_ADDRESS 32
#define CROWD_HEAD_MS 10000

struct crowd;

/* proxy: an address that outlives it, or NULL.  NULL with the reason. */
struct crowd *crowd_start(const char *proxy, struct err *err);

/* After the server that it watches.  NULL is fine. */
void crowd_stop(struct crowd *c);

/* libmicrohttpd's accept policy, and its notice of connections; cls is the
 * crowd. */
enum MHD_Result crowd_accept(
    void *cls, const struct sockaddr *address, socklen_t len);
void crowd_notice(void *cls, struct MHD_Connection *c, void **member,
    enum MHD_ConnectionNotificationCode what);

/* The head of a request is there; its answer is out, and the next may come. */
void crowd_spoke(struct crowd *c, struct MHD_Connection *connection);
void crowd_answered(struct crowd *c, struct MHD_Connection *connection);

#endif
