/*
 * mqtt.h - delivers the journal and the live state to a broker
 *
 * A thread of its own: the loop never waits for a broker, DNS or TLS.  Follows
 * the journal by the cursor "mqtt", at QoS 1, with at most a window of
 * unacknowledged messages; the cursor moves over the contiguous acknowledged
 * front, so a crash repeats messages and never skips one.  status (last will),
 * meta and state are retained.  Reconnects for ever, with jitter.
 *
 * Nobody else may publish below prefix/site: the metas and states of devices
 * that are not in the catalog are cleared.
 */
#ifndef MQTT_H
#define MQTT_H

#include "gateway/base/err.h"
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
};

struct mqtt;

/* Starts the thread and returns at once, whatever the broker does.  conf's
 * texts are copied; the journal and the live table must outlive it.  NULL with
 * the reason only if it can never work (a URL that is none, a certificate file
 * that cannot be read). */
struct mqtt *mqtt_start(const struct mqtt_conf *conf, struct journal *j,
    struct live *live, struct err *err);

/* Says offline, disconnects and ends the thread; waits at most wait_ms.  A
 * thread that is lost in a name server's silence is left behind, touches
 * neither journal nor live table any more, and ends when it is answered.  NULL
 * is fine. */
void mqtt_stop(struct mqtt *m, int64_t wait_ms);

#endif
