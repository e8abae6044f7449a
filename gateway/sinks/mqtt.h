/*
 * mqtt.h - delivers the journals and the live state to a broker
 *
 * A thread of its own: the loop never waits for a broker, DNS or TLS.  Follows
 * both journals by the cursor "mqtt", at QoS 1, with at most a window of
 * unacknowledged messages; the cursor moves over the contiguous acknowledged
 * front of each lane, so a crash repeats messages and never skips one.  After
 * an outage what is new goes at once, and the backlog beside it, marked, as
 * fast as it does not delay the new (pace.h).  status (last will), meta, state
 * and the alarms on the board are retained; an alarm goes before all else.
 * Reconnects for ever, with jitter.
 *
 * Nobody else may publish below prefix/site: the metas and states of devices
 * that are not in the catalog are cleared, and so are alarms that are not on
 * the board.  But people may command, below cmd/, where conf.commands says so:
 * that goes to the board as an order.
 */
#ifndef MQTT_H
#define MQTT_H

#include "gateway/base/err.h"
#include "gateway/store/board.h"
#include "gateway/store/journal.h"
#include "gateway/store/live.h"

struct mqtt_conf {
	const char *url; /* mqtt://host:port or mqtts:// */
	int version; /* 3 (3.1.1) or 5; 5 falls back to 3 if it is refused */
	const char *client_id;
	const char *username; /* or NULL */
	const char *password; /* read from its file by conf/; or NULL */
	const char *ca_file, *cert_file, *key_file; /* or NULL */
	const char *prefix; /* riser */
	const char *site; /* the site's id */
	int64_t state_every_ms;
	bool commands; /* what is published below cmd/ is obeyed */
};

/* What is delivered. */
struct mqtt_source {
	struct journal *readings;
	struct journal *events; /* or NULL */
	struct live *live;
	struct board *board; /* or NULL: no alarms.  What stood before the
				start is on it already */
	int64_t clock_wait_ms; /* see timeline.h; events never wait */
};

struct mqtt;

/* Starts the thread and returns at once, whatever the broker does.  conf's
 * texts are copied; journals, live table and board must outlive it.  NULL with
 * the reason only if it can never work (a URL that is none, a certificate file
 * that cannot be read). */
struct mqtt *mqtt_start(const struct mqtt_conf *conf,
    const struct mqtt_source *from, struct err *err);

/* Whether it has a connection that delivers.  Any thread. */
bool mqtt_delivers(const struct mqtt *m);

/* Says offline, disconnects and ends the thread; waits at most wait_ms.  A
 * thread that is lost in a name server's silence is left behind, touches
 * neither journals, live table nor board any more, and ends when it is
 * answered.  NULL is fine. */
void mqtt_stop(struct mqtt *m, int64_t wait_ms);

#endif
