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
 * The live table is copied once a second, or ten times if its quality changes,
 * and the board when it changes, at most ten times; retained.c and standing.c
 * know what of them the broker lacks.  Metas and states have no place in the
 * window while half of it is of retained messages; alarms only look at how many
 * of their own there are, so that they do not wait for metas.
 *
 * Not done: a window for each lane.  A broker acknowledges in the order it was
 * sent to, so what is live cannot overtake what is under way; that there is not
 * too much of it is pace.c's care.
 */
#include "gateway/sinks/outbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/feeds.h"
#include "gateway/sinks/message.h"
#include "gateway/sinks/pace.h"
#include "gateway/sinks/retained.h"
#include "gateway/sinks/standing.h"
#include "gateway/sinks/window.h"

#define LOOK_SOON_MS 100 /* between copies of what changed */
#define LOOK_MS 1000 /* of the live table, if it did not */
#define OVERHEAD 16 /* bytes of a PUBLISH beside topic and payload, at most */

_Static_assert(WINDOW_MAX <= BROKER_ACKS_MAX, "all may come at once");

/* What outbox_poll waits for, behind the feeds. */
enum { LIVE_FD = FEED_COUNT, BOARD_FD, FDS };

_Static_assert(FDS == OUTBOX_FDS, "each has its place");

struct outbox {
	const struct mqtt_conf *conf;
	struct tether *tether;
	struct live *live;
	struct board *board; /* NULL: no alarms */

	/* one connection */
	struct broker *broker; /* NULL: none */
	size_t packet_max; /* 0: any */
	bool broken; /* a message could not be sent: nothing behind it may */
	bool told_large;
	struct window window;

	struct pace pace; /* of the backlog */
	int64_t filled_ms; /* when all was sent that had room */
	struct feeds feeds;

	struct retained *retained;
	struct live_view view;
	int live_fd;
	bool look_soon;
	int64_t looked_ms;

	struct standing *standing;
	struct board_view alarms;
	int board_fd;
	bool board_soon; /* it has changed */
	int64_t board_ms; /* when it was looked at */

	struct buf status, event; /* topics that stay the same */
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
send_item(struct outbox *o, const struct feeds_item *next)
{
	const struct follower_item *item = &next->item;
	struct window_place place = {.log = next->feed,
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
	struct feeds_item next;

	return feeds_next(&o->feeds, lane, now_ms, &next) &&
	    send_item(o, &next);
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
	struct feeds_item done = {.feed = p->log,
	    .item = {
		.lane = p->kind == WINDOW_LIVE ? FOLLOWER_LIVE : FOLLOWER_LATE,
		.gap = p->gap,
		.seq = p->seq,
		.upto = p->upto,
		.readings = p->readings}};

	if (p->kind == WINDOW_OTHER || p->kind == WINDOW_ALARM)
		return false;
	if (p->dropped != NULL)
		feeds_drop(&o->feeds, &done, p->dropped);
	else
		feeds_done(&o->feeds, &done);
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

/* Of the window. */
static unsigned
half(const struct outbox *o)
{
	return (o->window.size + 1) / 2;
}

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
	live_view_look(o->live, &o->view);
	if (o->view.catalog != NULL)
		retained_look(o->retained, &o->view);
	o->look_soon = false;
	o->looked_ms = now_ms;
}

static void
look_board(struct outbox *o, int64_t now_ms)
{
	if (!o->board_soon || now_ms < o->board_ms + LOOK_SOON_MS)
		return;
	board_view_take(o->board, &o->alarms);
	standing_look(o->standing, &o->alarms);
	o->board_soon = false;
	o->board_ms = now_ms;
}

void
outbox_seen(struct outbox *o, const struct inbox_left *left)
{
	if (left->subject == INBOX_METAS)
		retained_seen(o->retained, left->key);
	else
		standing_seen(o->standing, left->key);
}

static void
alarm_topic_set(struct outbox *o, const char *key)
{
	const char *alarm = strchr(key, '/');

	assert(alarm != NULL);
	buf_clear(&o->topic);
	buf_printf(&o->topic, "%s/%s/%.*s/alarm%s", o->conf->prefix,
	    o->conf->site, (int)(alarm - key), key, alarm);
}

static bool
send_standing(struct outbox *o)
{
	struct standing_job job;

	if (window_open(&o->window, WINDOW_ALARM) >= half(o) ||
	    !standing_take(o->standing, &job))
		return false;
	alarm_topic_set(o, job.key);
	buf_clear(&o->payload);
	if (!job.clear)
		message_alarm(&o->payload, &o->alarms.alarms[job.at]);
	/* Better nothing than what was true before. */
	if (!fits(o, o->topic.data))
		buf_clear(&o->payload);
	return !fits(o, o->topic.data) ||
	    publish(o, o->topic.data, true,
		(struct window_place){.kind = WINDOW_ALARM});
}

/* The device's points, as they are by now.  False if the names have changed:
 * then all is due again. */
static bool
look_into(struct outbox *o, uint16_t device)
{
	bool same = live_view_look_into(o->live, &o->view, device);

	if (same)
		retained_state(o->retained, &o->view, device);
	else
		retained_look(o->retained, &o->view);
	return same;
}

static bool
send_retained(struct outbox *o, int64_t now_ms)
{
	struct window_place place = {.kind = WINDOW_OTHER};
	struct retained_job job;

	if (window_open(&o->window, WINDOW_OTHER) +
		    window_open(&o->window, WINDOW_ALARM) >=
		half(o) ||
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
		if (!look_into(o, job.device))
			return true;
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
open_wakes(struct outbox *o)
{
	o->board_fd =
	    o->board == NULL ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	o->live_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->live_fd != -1)
		live_notify(o->live, o->live_fd);
	if (o->board_fd != -1)
		board_notify(o->board, o->board_fd);
	return o->live_fd != -1 && (o->board == NULL || o->board_fd != -1);
}

struct outbox *
outbox_open(const struct mqtt_conf *conf, const struct mqtt_source *from,
    struct tether *t, struct err *err)
{
	struct outbox *o = must_alloc(1, sizeof(*o));

	o->conf = conf;
	o->tether = t;
	o->live = from->live;
	o->board = from->board;
	buf_printf(&o->status, "%s/%s/status", conf->prefix, conf->site);
	buf_printf(&o->event, "%s/%s/event", conf->prefix, conf->site);
	o->retained = retained_new(conf->state_every_ms);
	o->standing = standing_new();
	o->messages = stat_get(STAT_COUNTER, "riser_mqtt_messages_total",
	    "Messages the broker acknowledged.", "");
	outbox_end(o);
	if (open_wakes(o) && feeds_open(&o->feeds, from))
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
	if (o->board_fd != -1)
		board_unnotify(o->board, o->board_fd);
	feeds_close(&o->feeds);
}

void
outbox_close(struct outbox *o)
{
	if (o == NULL)
		return;
	if (o->live_fd != -1)
		close(o->live_fd);
	if (o->board_fd != -1)
		close(o->board_fd);
	live_view_free(&o->view);
	retained_free(o->retained);
	board_view_free(&o->alarms);
	standing_free(o->standing);
	buf_free(&o->status);
	buf_free(&o->event);
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
	o->packet_max = news->packet_max;
	o->broken = o->told_large = false;
	window_reset(&o->window, news->receive_max);
	pace_reset(&o->pace, o->window.size);
	feeds_begin(&o->feeds, now_ms);
	retained_forget(o->retained);
	o->look_soon = true;
	standing_forget(o->standing);
	o->board_soon = o->board != NULL;
	publish_status(o, "online");
	/* Before outbox_seen. */
	look(o, now_ms);
	look_board(o, now_ms);
}

void
outbox_end(struct outbox *o)
{
	o->broker = NULL;
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
	look_board(o, now_ms);
	while (!o->broken && !window_full(&o->window) &&
	    (send_standing(o) || send_retained(o, now_ms) ||
		send_lane(o, FOLLOWER_LIVE, now_ms) || send_late(o, now_ms)))
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
	int64_t next_ms = next_look(o);
	/* If it was time then, there was no room for it. */
	int64_t wake_ms = feeds_wake(&o->feeds, o->filled_ms);

	if (o->board_soon && o->board_ms + LOOK_SOON_MS < next_ms)
		next_ms = o->board_ms + LOOK_SOON_MS;
	return wake_ms < next_ms ? wake_ms : next_ms;
}

void
outbox_poll(const struct outbox *o, struct pollfd fds[OUTBOX_FDS])
{
	bool up = o->broker != NULL;
	bool room = up && !window_full(&o->window);

	for (size_t i = 0; i < FEED_COUNT; i++)
		fds[i].fd = room ? feeds_fd(&o->feeds, i) : -1;
	fds[LIVE_FD].fd = up ? o->live_fd : -1;
	fds[BOARD_FD].fd = up ? o->board_fd : -1;
	for (size_t i = 0; i < OUTBOX_FDS; i++)
		fds[i].events = POLLIN;
}

void
outbox_polled(struct outbox *o, const struct pollfd fds[OUTBOX_FDS])
{
	uint64_t count;

	for (int i = 0; i < OUTBOX_FDS; i++)
		if (fds[i].revents != 0 &&
		    read(fds[i].fd, &count, sizeof(count)) == -1)
			assert(errno == EAGAIN || errno == EINTR);
	o->look_soon = o->look_soon || fds[LIVE_FD].revents != 0;
	o->board_soon = o->board_soon || fds[BOARD_FD].revents != 0;
}
