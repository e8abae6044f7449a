/*
 * influx.h - writes the journal's readings as InfluxDB line protocol
 *
 * To InfluxDB 1.x (/write?db=), 2.x (/api/v2/write?org=&bucket=) and
 * VictoriaMetrics (/write).  A thread of its own follows the journal by the
 * cursor "influx", in two lanes: what is live goes at least each 200 ms, what
 * is late beside it, in turns.  Nothing counts as delivered before a whole 2xx
 * came, so a crash writes lines twice, which changes nothing there, and never
 * leaves one out.
 *
 * Lines the server refuses are searched for, by halves, told once a series,
 * counted, and given up; never because of an answer that may be about something
 * else (see refusal.h).  On all other trouble it waits and sends again, for
 * ever.
 */
#ifndef INFLUX_H
#define INFLUX_H

#include "gateway/base/err.h"
#include "gateway/store/journal.h"

struct influx_conf {
	const char *url; /* with path and query */
	const char *token; /* as post_conf's, read from its file by conf/ */
	const char *ca_file; /* or NULL */
	bool gzip;
	const char *site; /* the site's id */
};

struct influx;

/* Starts the thread and returns at once, whatever the server does.  conf's
 * texts are copied; the journals must outlive it; events (where gaps are told
 * of) may be NULL.  NULL with the reason only if it can never work. */
struct influx *influx_start(const struct influx_conf *conf,
    struct journal *readings, struct journal *events, int64_t clock_wait_ms,
    struct err *err);

/* Asks the thread to end: the present request may take until wait_ms from now,
 * and none comes after it.  influx_stop, which must follow, asks too, and waits
 * for at most wait_ms.  A thread that is lost in a name server's silence is
 * left behind, and touches no journal any more.  NULL is fine. */
void influx_ask(struct influx *x, int64_t wait_ms);
void influx_stop(struct influx *x, int64_t wait_ms);

#endif
