/*
 * outlets.c - the sinks and the pages: opened, exchanged at a reload, ended
 *
 * Letters under way when the notifier is exchanged must end before the next one
 * begins: of what did not end nobody knows whether it was delivered, and it
 * would be told twice.  That may take seconds, in which the loop must go on; so
 * the old one is asked, and the new one begins when it is over.
 */
#include "gateway/outlets.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/events.h"
#include "gateway/sinks/notify.h"
#include "gateway/version.h"
#include "gateway/vitals.h"
#include "gateway/web/http.h"

#define MQTT_STOP_MS 700 /* of a reload */
#define INFLUX_STOP_MS 100 /* behind the broker's, in which it ends too */
#define NOTIFY_STOP_MS 100 /* likewise */
#define NOTIFY_RELOAD_MS (NOTIFY_LETTER_MS + 500)
#define NOTIFY_LOOK_MS 50 /* is it over? */
#define PAGES_MS 1000 /* so often they are told of the others */

_Static_assert(INFLUX_STOP_MS + NOTIFY_STOP_MS <= OUTLETS_STOP_MS, "as said");

struct outlets {
	struct outlets_parts parts;
	const struct conf *conf;
	struct mqtt *mqtt;
	struct influx *influx;
	struct notify *notify;
	bool notify_leaves; /* the next one begins when it is over */
	struct http *http;
	struct stat_series *influx_connected;
	int64_t pages_ms; /* when they are told next; monotonic */
	struct sessions *sessions; /* outlive a reload */
};

/* ---- each of them ---- */

static int
mqtt_open(struct outlets *o)
{
	struct err err = {""};
	struct mqtt_source from = {
	    .readings = journals_readings(o->parts.journals),
	    .events = journals_events(o->parts.journals),
	    .live = o->parts.live,
	    .board = o->parts.board,
	    .clock_wait_ms = o->conf->store.clock_wait_ms};

	if (!o->conf->has_mqtt)
		return 0;
	o->mqtt = mqtt_start(&o->conf->mqtt, &from, &err);
	if (o->mqtt == NULL)
		log_error("%s", err.text);
	return o->mqtt == NULL ? -1 : 0;
}

static int
influx_open(struct outlets *o)
{
	struct err err = {""};

	if (!o->conf->has_influx)
		return 0;
	o->influx_connected = stat_get(STAT_GAUGE, "riser_sink_connected",
	    "Whether the sink has a connection.", "sink=\"influx\"");
	o->influx =
	    influx_start(&o->conf->influx, journals_readings(o->parts.journals),
		journals_events(o->parts.journals),
		o->conf->store.clock_wait_ms, &err);
	if (o->influx == NULL)
		log_error("%s", err.text);
	return o->influx == NULL ? -1 : 0;
}

static void
influx_close(struct outlets *o, int64_t wait_ms)
{
	influx_stop(o->influx, wait_ms);
	stat_put(o->influx_connected);
	o->influx = NULL;
	o->influx_connected = NULL;
}

/* after: of the one before, see notify.h. */
static int
notify_open(struct outlets *o, uint64_t after)
{
	struct err err = {""};

	if (!o->conf->has_notify)
		return 0;
	o->notify = notify_start(&o->conf->notify,
	    journals_events(o->parts.journals), o->parts.board, after, &err);
	if (o->notify == NULL)
		log_error("%s", err.text);
	return o->notify == NULL ? -1 : 0;
}

/* Any thread. */
static void
on_act(void *cls, const struct act *act)
{
	struct outlets *o = cls;
	struct stamp at = journals_now(o->parts.journals);

	events_act(journals_events(o->parts.journals), &at, act);
}

static int
http_open(struct outlets *o, const char *listen)
{
	const struct conf *c = o->conf;
	struct err err = {""};
	char path[4096];
	struct http_conf hc = {.socket_path = path,
	    .listen = listen,
	    .site_id = c->site.id,
	    .site_name = c->site.name,
	    .estate = c->site.estate,
	    .timezone = getenv("TZ"), /* a reload leaves it */
	    .households = c->site.households,
	    .version = RISER_VERSION,
	    .started_mono_ms = o->parts.started_mono_ms,
	    .store = c->store.path,
	    .board = o->parts.board,
	    .history = o->parts.history,
	    .cert = c->web.cert,
	    .key = c->web.key,
	    .trusted_proxy = c->web.trusted_proxy,
	    .hosts = c->web.hosts,
	    .host_count = c->web.host_count,
	    .allow_plaintext = c->web.allow_plaintext,
	    .sessions = c->web.users_file != NULL ? o->sessions : NULL,
	    .told = on_act,
	    .told_to = o};

	sessions_file(o->sessions, c->web.users_file);
	snprintf(path, sizeof(path), "%s/riser.sock", c->store.path);
	o->http = http_start(
	    &hc, journals_readings(o->parts.journals), o->parts.live, &err);
	if (o->http == NULL)
		log_error("%s", err.text);
	return o->http == NULL ? -1 : 0;
}

static const char *
listen_of(const struct conf *c)
{
	return c->has_web ? c->web.listen : NULL;
}

/* ---- all of them ---- */

struct outlets *
outlets_open(const struct conf *conf, const struct outlets_parts *parts)
{
	struct outlets *o = must_alloc(1, sizeof(*o));

	o->parts = *parts;
	o->conf = conf;
	o->sessions = sessions_new();
	if (mqtt_open(o) == 0 && influx_open(o) == 0 &&
	    notify_open(o, 0) == 0 && http_open(o, listen_of(conf)) == 0)
		return o;
	outlets_close(o, 0);
	return NULL;
}

void
outlets_close(struct outlets *o, int64_t wait_ms)
{
	if (o == NULL)
		return;
	http_stop(o->http);
	sessions_free(o->sessions);
	influx_ask(o->influx, wait_ms);
	notify_ask(o->notify, wait_ms);
	mqtt_stop(o->mqtt, wait_ms);
	influx_close(o, INFLUX_STOP_MS);
	notify_stop(o->notify, NOTIFY_STOP_MS);
	free(o);
}

void
outlets_exchange(
    struct outlets *o, const struct conf *conf, const struct conf *old)
{
	o->conf = conf;
	if (!conf_same_mqtt(old, conf)) {
		mqtt_stop(o->mqtt, MQTT_STOP_MS);
		o->mqtt = NULL;
		mqtt_open(o);
	}
	if (!conf_same_influx(old, conf)) {
		influx_close(o, INFLUX_STOP_MS);
		influx_open(o);
	}
	if (!conf_same_notify(old, conf) && !o->notify_leaves) {
		notify_ask(o->notify, NOTIFY_RELOAD_MS);
		o->notify_leaves = true;
	}
	if (!conf_same_web(old, conf)) {
		http_stop(o->http);
		o->http = NULL;
		if (http_open(o, listen_of(conf)) == -1)
			http_open(o, NULL);
	}
}

int64_t
outlets_tick(struct outlets *o, int64_t now_ms)
{
	uint64_t after;

	if (!o->notify_leaves)
		return INT64_MAX;
	if (o->notify != NULL && !notify_is_over(o->notify, now_ms))
		return now_ms + NOTIFY_LOOK_MS;
	after = notify_stop(o->notify, 0);
	o->notify = NULL;
	o->notify_leaves = false;
	notify_open(o, after);
	return INT64_MAX;
}

static void
tell_pages(struct outlets *o, const struct stamp *now)
{
	struct pulse_known known = {0};

	http_alive(o->http, now->mono_ms);
	if (now->mono_ms < o->pages_ms)
		return;
	vitals_uplinks(&known, o->conf, journals_readings(o->parts.journals),
	    o->mqtt != NULL && mqtt_delivers(o->mqtt),
	    o->influx != NULL && stat_value(o->influx_connected) > 0);
	vitals_duty(&known, o->conf, now->wall_ms);
	http_know(o->http, &known);
	o->pages_ms = now->mono_ms + PAGES_MS;
}

void
outlets_tell(struct outlets *o, struct alarming *a, const struct stamp *now)
{
	bool told =
	    o->notify != NULL && notify_overdue_ms(o->notify) == INT64_MAX;

	alarming_uplink(
	    a, o->mqtt != NULL, o->mqtt != NULL && mqtt_delivers(o->mqtt));
	alarming_notify(a, o->conf->has_notify, told,
	    o->notify != NULL ? notify_failing(o->notify) : 0);
	if (o->http != NULL)
		tell_pages(o, now);
}
