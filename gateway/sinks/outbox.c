/*
 * outbox.c - what goes to the broker next, and what has arrived there
 *
 * Batches are read behind the cursor, sent in order, and acknowledged to the
 * cursor in order; when a connection ends all that is unacknowledged is
 * forgotten and read again.  Where the reader jumps over batches that are gone,
 * word of it (a gap event) takes their place in the window, and the cursor
 * passes them when the word is acknowledged.  So does a batch that is larger
 * than the broker takes: it could never be delivered, and must not hold up the
 * rest.
 *
 * The live table is copied once a second, or ten times if its quality changes;
 * retained.c knows what of it the broker lacks.  On each connection the
 * retained metas are asked for once, and what an earlier life with other
 * devices has left is cleared.
 *
 * Not done: sending the backlog beside live batches; they go in order.
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
#include "gateway/sinks/retained.h"
#include "gateway/sinks/window.h"

#define LATE_MS 10000 /* a batch is backfill if sent later than this */
#define CONNECT_MS 2000 /* or if it waited longer for its connection */
#define LOOK_SOON_MS 100 /* between copies of the live table, if it changed */
#define LOOK_MS 1000 /* and if not */
#define WATCH_MS 5000 /* for retained messages, which come all at once */
#define DISK_MS 1000 /* until a disk that failed is read again */
#define OVERHEAD 16 /* bytes of a PUBLISH beside topic and payload, at most */

_Static_assert(WINDOW_MAX <= BROKER_ACKS_MAX, "all may come at once");

struct outbox {
	const struct mqtt_conf *conf;
	struct tether *tether;
	struct journal *journal;
	struct live *live;
	struct cursor *cursor;
	uint8_t boot[CLOCK_BOOT_BYTES];

	/* one connection */
	struct broker *broker; /* NULL: none */
	int64_t up_ms;
	size_t packet_max; /* 0: any */
	bool told_large;
	bool watching;
	struct window window;

	struct journal_reader *reader;
	struct batch held; /* read but not sent */
	const struct device_info *held_device;
	bool has_held;
	uint64_t read_seq, read_upto; /* sent up to here */
	uint64_t damaged; /* as the journal counts, at the last gap */
	bool disk_failed;
	int64_t disk_retry_ms;

	struct retained *retained;
	struct live_view view;
	int live_fd;
	bool look_soon;
	int64_t looked_ms;

	struct buf status, filter; /* topics that stay the same */
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
fits(struct outbox *o)
{
	size_t size = o->topic.len + o->payload.len + OVERHEAD;

	if (o->packet_max == 0 || size <= o->packet_max)
		return true;
	if (!o->told_large)
		log_warn("mqtt: %s is too large for the broker: %zu bytes, it "
			 "takes %zu",
		    o->topic.data, size, o->packet_max);
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
	if (place.token == -1)
		return false;
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

/* Word of what will never be sent: from the batch behind read_seq to seq. */
static bool
publish_gap(struct outbox *o, uint64_t seq, uint64_t upto, const char *reason)
{
	struct window_place place = {.kind = WINDOW_GAP,
	    .seq = seq,
	    .upto = upto,
	    .readings = upto - o->read_upto};

	buf_clear(&o->topic);
	buf_printf(&o->topic, "%s/%s/event", o->conf->prefix, o->conf->site);
	buf_clear(&o->payload);
	message_gap(&o->payload, journal_id(o->journal), o->read_seq + 1, seq,
	    place.readings, reason);
	if (!publish(o, o->topic.data, false, place))
		return false;
	o->read_seq = seq;
	o->read_upto = upto;
	return true;
}

/* ---- batches ---- */

/* Reads on behind the cursor: what was sent and not acknowledged is forgotten.
 */
static void
rewind_reader(struct outbox *o)
{
	o->has_held = false;
	o->read_seq = cursor_seq(o->cursor);
	o->read_upto = cursor_upto(o->cursor);
	reader_seek(o->reader, o->read_seq);
}

static bool
hold_next(struct outbox *o, int64_t now_ms)
{
	const struct catalog *catalog;
	int rc;

	if (o->disk_failed && now_ms < o->disk_retry_ms)
		return false;
	rc = reader_next(o->reader, &o->held, &catalog);
	if (rc == -1 && !o->disk_failed)
		log_error(
		    "mqtt: the journal cannot be read: %s", strerror(errno));
	o->disk_failed = rc == -1;
	o->disk_retry_ms = now_ms + DISK_MS;
	o->has_held = rc == 1;
	if (o->has_held) {
		assert(o->held.device < catalog->device_count);
		o->held_device = &catalog->devices[o->held.device];
	}
	return o->has_held;
}

/* The journal lets batches go for room, and skips what is damaged. */
static const char *
gap_reason(struct outbox *o)
{
	struct journal_state s;
	bool damage;

	journal_state(o->journal, &s);
	damage = s.damaged != o->damaged;
	o->damaged = s.damaged;
	return damage ? "damage" : "quota";
}

static bool
is_late(const struct outbox *o, const struct stamp *at, int64_t now_ms)
{
	return memcmp(at->boot, o->boot, sizeof(o->boot)) != 0 ||
	    at->mono_ms < o->up_ms - CONNECT_MS ||
	    now_ms - at->mono_ms > LATE_MS;
}

static bool
send_batch(struct outbox *o, int64_t now_ms)
{
	const struct batch *b = &o->held;
	struct window_place place = {.kind = WINDOW_DATA};

	if (!o->has_held && !hold_next(o, now_ms))
		return false;
	if (b->seq != o->read_seq + 1)
		return publish_gap(o, b->seq - 1, b->first, gap_reason(o));
	place.seq = b->seq;
	place.upto = b->first + b->count;
	place.readings = b->count;
	topic_set(o, o->held_device->id, "data");
	buf_clear(&o->payload);
	message_data(&o->payload, journal_id(o->journal), b, o->held_device,
	    is_late(o, &b->at, now_ms));
	if (!fits(o)) {
		o->has_held = !publish_gap(o, place.seq, place.upto, "size");
		return !o->has_held;
	}
	if (!publish(o, o->topic.data, false, place))
		return false;
	o->has_held = false;
	o->read_seq = place.seq;
	o->read_upto = place.upto;
	return true;
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
	return !fits(o) || publish(o, o->topic.data, true, place);
}

/* ---- open and close ---- */

struct outbox *
outbox_open(const struct mqtt_conf *conf, struct journal *j, struct live *live,
    struct tether *t, struct err *err)
{
	struct outbox *o = must_alloc(1, sizeof(*o));

	o->conf = conf;
	o->tether = t;
	o->journal = j;
	o->live = live;
	clock_boot(o->boot);
	buf_printf(&o->status, "%s/%s/status", conf->prefix, conf->site);
	buf_printf(&o->filter, "%s/%s/+/meta", conf->prefix, conf->site);
	o->retained = retained_new(conf->state_every_ms);
	o->messages = stat_get(STAT_COUNTER, "riser_mqtt_messages_total",
	    "Messages the broker acknowledged.", "");
	outbox_end(o);
	o->cursor = journal_follow(j, "mqtt");
	o->reader = reader_open(j, cursor_seq(o->cursor));
	o->live_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (o->live_fd != -1)
		live_notify(live, o->live_fd);
	if (o->reader != NULL && o->live_fd != -1)
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
	reader_close(o->reader);
	o->reader = NULL;
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
	o->told_large = false;
	window_reset(&o->window, news->receive_max);
	rewind_reader(o);
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
outbox_settle(struct outbox *o, const struct broker_news *news)
{
	struct window_place p;
	bool data = false;

	for (unsigned i = 0; i < news->ack_count; i++)
		window_ack(&o->window, news->acks[i]);
	while (window_take(&o->window, &p)) {
		stat_add(o->messages, 1);
		if (p.kind == WINDOW_DATA)
			cursor_ack(o->cursor, p.seq, p.upto, p.readings);
		else if (p.kind == WINDOW_GAP)
			cursor_drop(o->cursor, p.seq, p.upto, p.readings);
		data = data || p.kind == WINDOW_DATA;
	}
	return data;
}

void
outbox_fill(struct outbox *o, int64_t now_ms)
{
	look(o, now_ms);
	watch(o, now_ms);
	while (!window_full(&o->window))
		if (!send_retained(o, now_ms) && !send_batch(o, now_ms))
			break;
}

bool
outbox_say_offline(struct outbox *o)
{
	return !window_full(&o->window) && publish_status(o, "offline");
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
	return next_look(o);
}

void
outbox_poll(const struct outbox *o, struct pollfd fds[OUTBOX_FDS])
{
	bool up = o->broker != NULL;
	bool room = up && !o->disk_failed && !window_full(&o->window);

	fds[0] = (struct pollfd){up ? o->live_fd : -1, .events = POLLIN};
	fds[1] =
	    (struct pollfd){room ? reader_fd(o->reader) : -1, .events = POLLIN};
}

void
outbox_polled(struct outbox *o, const struct pollfd fds[OUTBOX_FDS])
{
	uint64_t count;

	for (int i = 0; i < OUTBOX_FDS; i++)
		if (fds[i].revents != 0 &&
		    read(fds[i].fd, &count, sizeof(count)) == -1)
			assert(errno == EAGAIN || errno == EINTR);
	if (fds[0].revents != 0)
		o->look_soon = true;
}
