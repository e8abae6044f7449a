/*
 * stream.h - GET /api/v1/stream: what changes, sent to every page that is open
 *
 * Server-sent events, rendered once for all by one thread, `web-stream`:
 *
 *	point	at most once a second, what was read or changed since
 *	alarm	at once, those that changed, and the keys of those that are gone
 *	hb	at the beginning and every 5 s: the time here, and that we live
 *
 * Who is new, too slow, or was away for too long gets all of it first: a point
 * and an alarm with "full":true, which replace what he had.  Ids are for who
 * comes back with Last-Event-ID: with one that is still kept he gets what he
 * missed.  The last event of a whole state has its id, the others of it none:
 * half a state is never taken for all.
 *
 * A page that reads slowly skips what is old; one that reads nothing for half a
 * minute, or takes a minute for one message, is closed; so is one whose session
 * ended.  The loop waits for nothing here.
 */
#ifndef STREAM_H
#define STREAM_H

#include <microhttpd.h>

#include "gateway/base/err.h"
#include "gateway/store/board.h"
#include "gateway/store/live.h"
#include "gateway/web/pulse.h"

#define STREAMS_MAX 256
#define STREAMS_AN_ADDRESS 8 /* but this machine's, where a proxy may be */
#define STREAM_HB_MS 5000

struct api;
struct stream;
struct watcher;

/* Starts its thread.  All outlive it; board may be NULL.  NULL with the reason.
 */
struct stream *stream_start(struct api *api, struct live *live,
    struct board *board, struct pulse *pulse, struct err *err);

/* In a handler: queues the answer, or that there are too many: 503, and 429 for
 * an address that has enough.  who: audience.h. */
enum MHD_Result stream_answer(
    struct stream *s, struct MHD_Connection *c, const struct watcher *who);

/* Ends every stream, and nobody waits suspended any more: before the servers
 * stop.  NULL is fine. */
void stream_stop(struct stream *s);

/* After the servers' end.  NULL is fine. */
void stream_free(struct stream *s);

#endif
