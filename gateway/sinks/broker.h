/*
 * broker.h - one connection to an MQTT broker
 *
 * All that knows paho.  Made for one attempt: it connects, is up, and goes down
 * once; then it is closed and another one opened, so that nothing of an old
 * connection is ever left in the new.  News comes as a readable eventfd and is
 * fetched with broker_news.
 *
 * broker_open, _publish, _watch, _unwatch, _listen and _close may wait for a
 * name server that does not answer, since paho resolves names under its global
 * lock: call them from a thread that may be lost for a while, always the same.
 */
#ifndef BROKER_H
#define BROKER_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/sinks/broker_why.h"
#include "gateway/sinks/inbox.h"
#include "gateway/sinks/mqtt.h"

#define BROKER_ACKS_MAX 32 /* more messages may not be unacknowledged */

struct broker;

enum broker_state { BROKER_CONNECTING, BROKER_UP, BROKER_DOWN };

struct broker_news {
	enum broker_state state;
	/* up: what the broker takes */
	unsigned receive_max; /* unacknowledged messages */
	size_t packet_max; /* bytes of a message with its topic; 0: any */
	bool refused; /* we may not listen */
	/* down */
	char why[BROKER_WHY_MAX];
	bool other_version; /* it does not speak the one it was asked in */
	bool rival; /* somebody else connected as the same client */
	/* tokens acknowledged since the last news */
	unsigned ack_count;
	int acks[BROKER_ACKS_MAX];
};

/* 0, or -1 with the reason if conf can never work: its URL, files that cannot
 * be read. */
int broker_check(const struct mqtt_conf *conf, struct err *err);

/* Begins to connect, in version 3 or 5.  Its last will is a retained `offline`
 * to status.  What it is sent goes to the inbox, by a thread of paho's.  conf,
 * status and inbox stay the caller's and must outlive it, and so must the
 * eventfd wake_fd.  Never NULL: what fails is news. */
struct broker *broker_open(const struct mqtt_conf *conf, int version,
    const char *status, struct inbox *inbox, int wake_fd);

/* Disconnects and frees.  In order: the caller has said all there was to say.
 * Otherwise the connection is given up, and since paho then takes leave so
 * politely that the last will is not told, it is told here.  NULL is fine. */
void broker_close(struct broker *b, bool in_order);

void broker_news(struct broker *b, struct broker_news *news);

/* Sends at QoS 1.  Returns the token its acknowledgement will bear, or -1: the
 * connection is down, or going to be.  A message the broker refuses takes the
 * connection down. */
int broker_publish(struct broker *b, const char *topic,
    const struct buf *payload, bool retained);

/* Asks for the retained messages that filter fits, until unwatched.  Best
 * effort: a broker that does not allow it is not an error. */
void broker_watch(struct broker *b, const char *filter);
void broker_unwatch(struct broker *b, const char *filter);

/* Asks for all that is published where filter fits, at QoS 1, for as long as
 * the connection lasts.  That it is refused is news. */
void broker_listen(struct broker *b, const char *filter);

#endif
