/*
 * outbox.c - what goes to the broker next, and what has arrived there
 *
 * A follower on each journal gives what is to be sent, in two lanes; what the
 * broker acknowledged is done, in the order it was sent.  When a connection
 * ends all that is unacknowledged is forgotten, and given again.  Batches that
 * are gone, and those that are larger than the broker takes (they could never
 * be delivered, and must not hold up the rest), take a place in the window
 * without being sent, so that they are done with when all before them are.
 *
 * The live table is copied once a second, or ten times if its quality changes;
 * retained.c knows what of it the broker lacks.  On each connection the
 * retained metas are asked for once, and what an earlier life with other
 * devices has left is cleared.
 *
 * Not done: a window for each lane.  A broker acknowledges in the order it was
 * sent to, so what is live cannot overtake what is under way; that there is not
 * too much of it is pace.c's care.
 */
#include "gateway/sinks/outbox.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/message.h"
#include "gateway/sinks/pace.h"
#include "gateway/sinks/retained.h"
#include "gateway/sinks/window.h"
#include "gateway/store/follower.h"

#define LOOK_SOON_MS 100 /* between copies of the live table, if it changed */
#define LOOK_MS 1000 /* and if not */
#define WATCH_MS 5000 /* for retained messages, which come all at once */
#define DISK_MS 1000 /* until a disk that failed is read again */
#define OVERHEAD 16 /* bytes of a PUBLISH beside topic and payload, at most */

_Static_assert(WINDOW_MAX <= BROKER_ACKS_MAX, "all may come at once");

/* Events go before readings. */
enum { EVENTS, READINGS, LOGS };

/* One journal. */
struct feed {
	struct follower *follower; /* NULL: there is none */
	/* the disk cannot be read: each lane reads another place of it */
	bool failed[FOLLOWER_LANES];
	int64_t retry_ms[FOLLOWER_LANES];
};

struct outbox {
	const struct mqtt_conf *conf;
	struct tether *tether;
	struct live *live;

	/* one connection */
	struct broker *broker; /* NULL: none */
	int64_t up_ms;
	size_t packet_max; /* 0: any */
	bool broken; /* a message could not be sent: nothing behind it may */
	bool told_large;
	bool watching;
	struct window window;

	struct pace pace; /* of the backlog */
	int64_t filled_ms; /* when all was sent that had room */
	struct feed feeds[LOGS];

	struct retained *retained;
	struct live_view view;
	int live_fd;
	bool look_soon;
	int64_t looked_ms;

	struct buf status, event, filter; /* topics that stay the same */
	struct buf topic, payload;
	struct stat_series *messages;
};

/* ---- publishing ---- */

static void
topic_set(struct outbox *o, const char *device, const char *leaf)
{
	buf_clear(&o->topic);
	buf_printf(&o->topic, "%s/%s/%s/%s", o->conf->prefix, o->conf->site,
	    device, leaf);
}

/* MQTT 5: what is larger than the broker said must not be sent. */
static bool
fits(struct outbox *o, const char *topic)
{
	size_t size = strlen(topic) + o->payload.len + OVERHEAD;

	if (o->packet_max == 0 || size <= o->packet_max)
		return true;
	if (!o->told_large)
		log_warn("mqtt: %s is too large for the broker: %zu bytes, it "
			 "takes %zu",
		    topic, size, o->packet_max);
	o->told_large = true;
	return false;
}

/* Sends payload to topic and gives it a place in the window, where there must
 * be room.  False if the connection is gone. */
static bool
publish(struct outbox *o, const char *topic, bool retained,
    struct window_place place)
{
	tether_out(o->tether);
	place.token = broker_publish(o->broker, topic, &o->payload, retained);
	tether_in(o->tether);
	if (place.token == -1) {
		o->broken = true;
		return false;
	}
	place.sent_ms = clock_mono_ms();
	window_put(&o->window, &place);
	return true;
}

static bool
publish_status(struct outbox *o, const char *status)
{
	buf_clear(&o->payload);
	buf_puts(&o->payload, status);
	return publish(o, o->status.data, true,
	    (struct window_place){.kind = WINDOW_OTHER});
}

/* ---- batches and events ---- */

/* As follower_next, but -1 is 0; what the disk does is told when it changes. */
static bool
next_item(struct outbox *o, struct feed *f, enum follower_lane lane,
    struct follower_item *item, int64_t now_ms)
{
	int rc;

	if (f->follower == NULL ||
	    (f->failed[lane] && now_ms < f->retry_ms[lane]))
		return false;
	rc = follower_next(f->follower, lane, now_ms, item);
	if (rc == -1 && !f->failed[lane])
		log_error("mqtt: the journal of %s cannot be read: %s",
		    f == &o->feeds[EVENTS] ? "events" : "readings",
		    strerror(errno));
	f->failed[lane] = rc == -1;
	f->retry_ms[lane] = now_ms + DISK_MS;
	return rc == 1;
}

/* The message of an item, and its topic. */
static const char *
compose(struct outbox *o, const struct follower_item *item)
{
	buf_clear(&o->payload);
	if (item->batch.event != NULL) {
		message_event(&o->payload, item);
		return o->event.data;
	}
	topic_set(o, item->device->id, "data");
	message_data(&o->payload, item);
	return o->topic.data;
}

/* One that tells of a gap and is too large itself is not told of in turn: that
 * event would be as large, and so on for ever. */
static const char *
reason_for(const struct follower_item *item)
{
	static const char gap[] = "\"type\":\"gap\"";
	const char *event = item->batch.event;

	if (item->gap ||
	    (event != NULL && strncmp(event, gap, strlen(gap)) == 0))
		return NULL;
	return "size";
}

static bool
send_item(struct outbox *o, size_t log, const struct follower_item *item)
{
	struct window_place place = {.log = (uint8_t)log,
	    .kind = item->lane == FOLLOWER_LIVE ? WINDOW_LIVE : WINDOW_LATE,
	    .gap = item->gap,
	    .seq = item->seq,
	    .upto = item->upto,
	    .readings = item->readings};
	const char *topic = item->gap ? NULL : compose(o, item);

	if (topic != NULL && fits(o, topic))
		return publish(o, topic, false, place);
	place.dropped = reason_for(item);
	place.gap = place.dropped == NULL;
	place.acked = true;
	window_put(&o->window, &place);
	return true;
}

static bool
send_lane(struct outbox *o, enum follower_lane lane, int64_t now_ms)
{
	struct follower_item item;

	for (size_t log = 0; log < LOGS; log++)
		if (next_item(o, &o->feeds[log], lane, &item, now_ms))
			return send_item(o, log, &item);
	return false;
}

static bool
send_late(struct outbox *o, int64_t now_ms)
{
	return window_open(&o->window, WINDOW_LATE) < o->pace.limit &&
	    send_lane(o, FOLLOWER_LATE, now_ms);
}

/* A place at the window's front is done with; whether something arrived. */
static bool
finish(struct outbox *o, const struct window_place *p)
{
	struct follower_item item = {
	    .lane = p->kind == WINDOW_LIVE ? FOLLOWER_LIVE : FOLLOWER_LATE,
	    .gap = p->gap,
	    .seq = p->seq,
	    .upto = p->upto,
	    .readings = p->readings};
	struct follower *f = o->feeds[p->log].follower;

	if (p->kind == WINDOW_OTHER)
		return false;
	if (p->dropped != NULL)
		follower_drop(f, &item, p->dropped);
	else
		follower_done(f, &item);
	return !p->gap && p->dropped == NULL;
}

static bool
finish_all(struct outbox *o)
{
	struct window_place p;
	bool any = false;

	while (window_take(&o->window, &p))
		any = finish(o, &p) || any;
	return any;
}

/* ---- retained messages ---- */

static int64_t
next_look(const struct outbox *o)
{
	int64_t every_ms = LOOK_MS;

	if (every_ms > o->conf->state_every_ms)
		every_ms = o->conf->state_every_ms;
	if (every_ms < LOOK_SOON_MS || o->look_soon)
		every_ms = LOOK_SOON_MS;
	return o->looked_ms + every_ms;
}

static void
look(struct outbox *o, int64_t now_ms)
{
	if (now_ms < next_look(o))
		return;
	live_view_take(o->live, &o->view);
	if (o->view.catalog != NULL)
		retained_look(o->retained, &o->view);
	o->look_soon = false;
	o->looked_ms = now_ms;
}

/* The device of prefix/site/DEVICE/meta, cut out of topic; NULL if it is not
 * such a topic, or no name of ours. */
static const char *
device_of(const struct outbox *o, char *topic)
{
	size_t prefix_len = strcspn(o->filter.data, "+");
	size_t id_len;

	if (strncmp(topic, o->filter.data, prefix_len) != 0)
		return NULL;
	topic += prefix_len;
	id_len = strspn(topic, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (id_len == 0 || strcmp(topic + id_len, "/meta") != 0)
		return NULL;
	topic[id_len] = '\0';
	return topic;
}

/* What an earlier life of ours, with other devices, has left at the broker. */
static void
watch(struct outbox *o, int64_t now_ms)
{
	char topic[BROKER_TOPIC_MAX];
	const char *id;

	while (o->watching && broker_watched(o->broker, topic))
		if ((id = device_of(o, topic)) != NULL)
			retained_seen(o->retained, id);
	if (o->watching && now_ms >= o->up_ms + WATCH_MS) {
		o->watching = false;
		tether_out(o->tether);
		broker_unwatch(o->broker, o->filter.data);
		tether_in(o->tether);
	}
}

static bool
send_retained(struct outbox *o, int64_t now_ms)
{
	struct window_place place = {.kind = WINDOW_OTHER};
	struct retained_job job;

	if (window_open(&o->window, WINDOW_OTHER) >= (o->window.size + 1) / 2 ||
	    !retained_take(o->retained, &o->view, now_ms, &job))
		return false;
	buf_clear(&o->payload);
	switch (job.kind) {
	case RETAINED_META:
		topic_set(o, o->view.catalog->devices[job.device].id, "meta");
		message_meta(
		    &o->payload, &o->view.catalog->devices[job.device]);
		break;
	case RETAINED_STATE:
		topic_set(o, o->view.catalog->devices[job.device].id, "state");
		message_state(&o->payload, &o->view, job.device);
		break;
	case RETAINED_CLEAR_STATE: topic_set(o, job.id, "state"); break;
	case RETAINED_CLEAR_META: topic_set(o, job.id, "meta"); break;
	}
	return !fits(o, o->topic.data) ||
	    publish(o, o->topic.data, true, place);
}

/* ---- open and close ---- */

static bool
open_feeds(struct outbox *o, const struct mqtt_source *from)
{
	struct journal *const journals[LOGS] = {
	    [EVENTS] = from->events, [READINGS] = from->readings};
	struct follower_conf conf = {.name = "mqtt", .events = from->events};

	for (size_t i = 0; i < LOGS; i++) {
		if (journals[i] == NULL)
			continue;
		/* To know that it happened is worth more than to know when. */
		conf.clock_wait_ms = i == EVENTS ? 0 : from->clock_wait_ms;
		o->feeds[i].follower = follower_open(journals[i], &conf);
		if (o->feeds[i].follower == NULL)
			return false;
	}
	return true;
}

struct outbox *
outbox_open(const struct mqtt_conf *conf, const struct mqtt_source *from,
    struct tether *t, struct err *err)
{
	struct outbox *o = must_alloc(1, sizeof(*o));

	o->conf = conf;
	o->tether = t;
	o->live = from->live;
	buf_printf(&o->status, "%s/%s/status", conf->prefix, conf->site);
	buf_printf(&o->event, "%s/%s/event", conf->prefix, conf->site);
	buf_printf(&o->filter, "%s/%s/+/meta", conf->prefix, conf->site);
	o->retained = retained_new(conf->state_every_ms);
	o->messages = stat_get(STAT_COUNTER, "riser_mqtt_messages_total",
	    "Messages the broker acknowledged.", "");
	outbox_end(o);
	o->live_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->live_fd != -1)
		live_notify(o->live, o->live_fd);
	if (o->live_fd != -1 && open_feeds(o, from))
		return o;
	err_set(err, "mqtt: no descriptor: %s", strerror(errno));
	outbox_quit(o);
	outbox_close(o);
	return NULL;
}

void
outbox_quit(struct outbox *o)
{
	if (o->live_fd != -1)
		live_unnotify(o->live, o->live_fd);
	for (size_t i = 0; i < LOGS; i++) {
		follower_close(o->feeds[i].follower);
		o->feeds[i].follower = NULL;
	}
}

void
outbox_close(struct outbox *o)
{
	if (o == NULL)
		return;
	if (o->live_fd != -1)
		close(o->live_fd);
	live_view_free(&o->view);
	retained_free(o->retained);
	buf_free(&o->status);
	buf_free(&o->event);
	buf_free(&o->filter);
	buf_free(&o->topic);
	buf_free(&o->payload);
	stat_put(o->messages);
	free(o);
}

const char *
outbox_status_topic(const struct outbox *o)
{
	return o->status.data;
}

/* ---- one connection ---- */

void
outbox_begin(struct outbox *o, struct broker *b, const struct broker_news *news,
    int64_t now_ms)
{
	o->broker = b;
	o->up_ms = now_ms;
	o->packet_max = news->packet_max;
	o->broken = o->told_large = false;
	window_reset(&o->window, news->receive_max);
	pace_reset(&o->pace, o->window.size);
	for (size_t i = 0; i < LOGS; i++)
		if (o->feeds[i].follower != NULL)
			follower_begin(o->feeds[i].follower, now_ms);
	retained_forget(o->retained);
	o->look_soon = true;
	if (!publish_status(o, "online"))
		return;
	o->watching = true;
	tether_out(o->tether);
	broker_watch(o->broker, o->filter.data);
	tether_in(o->tether);
}

void
outbox_end(struct outbox *o)
{
	o->broker = NULL;
	o->watching = false;
	window_reset(&o->window, 1);
}

bool
outbox_settle(struct outbox *o, const struct broker_news *news, int64_t now_ms)
{
	struct window_place p;

	for (unsigned i = 0; i < news->ack_count; i++) {
		if (!window_ack(&o->window, news->acks[i], &p))
			continue;
		stat_add(o->messages, 1);
		if (p.kind == WINDOW_LATE)
			pace_ack(&o->pace, p.sent_ms, now_ms);
	}
	return finish_all(o);
}

void
outbox_fill(struct outbox *o, int64_t now_ms)
{
	o->filled_ms = now_ms;
	look(o, now_ms);
	watch(o, now_ms);
	while (!o->broken && !window_full(&o->window) &&
	    (send_retained(o, now_ms) || send_lane(o, FOLLOWER_LIVE, now_ms) ||
		send_late(o, now_ms)))
		finish_all(o); /* what was not sent waits for nobody */
}

bool
outbox_say_offline(struct outbox *o)
{
	return !o->broken && !window_full(&o->window) &&
	    publish_status(o, "offline");
}

int64_t
outbox_oldest(const struct outbox *o)
{
	return window_oldest(&o->window);
}

/* ---- waiting ---- */

int64_t
outbox_next(const struct outbox *o)
{
	/* Within a second, which is soon enough for the other deadlines. */
	int64_t next_ms = next_look(o), wake_ms;

	for (size_t i = 0; i < LOGS; i++) {
		if (o->feeds[i].follower == NULL)
			continue;
		wake_ms = follower_wake(o->feeds[i].follower);
		/* If it was time then, there was no room for it. */
		if (wake_ms > o->filled_ms && wake_ms < next_ms)
			next_ms = wake_ms;
	}
	return next_ms;
}

void
outbox_poll(const struct outbox *o, struct pollfd fds[OUTBOX_FDS])
{
	bool up = o->broker != NULL;
	bool room = up && !window_full(&o->window);

	for (size_t i = 0; i < LOGS; i++) {
		const struct feed *f = &o->feeds[i];

		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
		if (room && f->follower != NULL && !f->failed[FOLLOWER_LIVE])
			fds[i].fd = follower_fd(f->follower);
	}
	fds[LOGS] = (struct pollfd){up ? o->live_fd : -1, .events = POLLIN};
}

void
outbox_polled(struct outbox *o, const struct pollfd fds[OUTBOX_FDS])
{
	uint64_t count;

	for (int i = 0; i < OUTBOX_FDS; i++)
		if (fds[i].revents != 0 &&
		    read(fds[i].fd, &count, sizeof(count)) == -1)
			assert(errno == EAGAIN || errno == EINTR);
	if (fds[LOGS].revents != 0)
		o->look_soon = true;
}
