/*
 * inbox.h - what a broker sends us: topics an earlier life has left there, and
 * orders
 *
 * One thread puts in what comes, as it comes; another takes it out and sends
 * the orders to the board.  All is bounded: of what was left, what finds no
 * room is seen when it is asked for again; of orders it is counted.
 *
 * What comes below cmd/ is not trusted: what is no order is logged with the
 * reason, at most once a minute, and the rest counted.  An order that is
 * delivered twice does no harm: the deed is done already.
 */
#ifndef INBOX_H
#define INBOX_H

#include "gateway/sinks/mqtt.h"

enum inbox_subject {
	INBOX_METAS, /* of devices, retained */
	INBOX_ALARMS, /* retained */
	INBOX_ORDERS,
	INBOX_SUBJECTS
};

/* A retained topic that the broker holds. */
struct inbox_left {
	uint8_t subject; /* enum inbox_subject: of a meta or an alarm */
	char key[ORDER_KEY_MAX]; /* DEVICE, or DEVICE/ALARM */
};

struct inbox;

/* board: where orders go; NULL: there are no alarms, and nothing is listened
 * to.  It is used by inbox_obey and inbox_end only. */
struct inbox *inbox_new(const struct mqtt_conf *conf, struct board *board);
void inbox_free(struct inbox *in); /* NULL is fine */

/* What to subscribe to; NULL: of this nothing is wanted. */
const char *inbox_filter(const struct inbox *in, enum inbox_subject subject);

/* A message came.  Returns whether there is something new to take. */
bool inbox_put(struct inbox *in, const char *topic, bool retained,
    const void *text, size_t len);

/* ---- the taker's ---- */

bool inbox_take_left(struct inbox *in, struct inbox_left *left);

/* Sends the orders that came to the board, as many as it has room for.  Returns
 * when it wants to be called though nothing comes; INT64_MAX: never. */
int64_t inbox_obey(struct inbox *in, int64_t now_ms);

/* The broker does not let us listen; logged until it does. */
void inbox_refused(struct inbox *in);

/* The connection is gone, and nobody puts any more: what still waits is not
 * there any more on the next one.  Orders were meant for now. */
void inbox_end(struct inbox *in, int64_t now_ms);

#endif
