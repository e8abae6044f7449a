/*
 * mqtt.c - delivers the journals and the live state to a broker
 *
 * One thread.  It opens a connection (broker.c, over paho), keeps its window
 * full (outbox.c) and takes what the broker sends (inbox.c) while it is up,
 * ends it when it is lost or past a deadline, and opens the next one when its
 * turn has come (backoff.c).  paho's threads only fill the inbox and wake it.
 *
 * On each connection the retained topics that may be of an earlier life are
 * asked for once.
 *
 * broker.c's calls may hang in a resolver, so the thread is on a tether
 * (tether.c): mqtt_stop can leave it behind, and then it ends in the tether_in
 * behind that call and buries what it had.
 *
 * Trouble is logged when it begins and when it changes, not at each retry; and
 * a connection is only called one when it has delivered something or lasted,
 * since a broker that lets us in to refuse every message is trouble too.
 */
#include "gateway/sinks/mqtt.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/backoff.h"
#include "gateway/sinks/broker.h"
#include "gateway/sinks/inbox.h"
#include "gateway/sinks/outbox.h"
#include "gateway/sinks/tether.h"

/* Until it is up; paho's own deadline has holes. */
#define CONNECT_MS 20000
/* For the oldest message: a mute broker is as good as none, and paho's
 * keep-alive takes 26 s to see it. */
#define ACK_MS 15000
#define WATCH_MS 5000 /* for retained messages, which come all at once */
#define PROVED_MS 30000 /* a connection that lasted so long is a good one */
#define CLOSE_MS 250 /* of a stop's time, for the last goodbye */
#define POLL_MAX_MS 60000 /* longer waits are cut into such */

struct mqtt {
	struct mqtt_conf conf;
	struct arena *memory; /* of conf's texts */
	struct tether tether;
	struct outbox *outbox;
	struct inbox *inbox;
	int wake_fd;
	struct stat_series *connected, *connections;

	/* The rest is the thread's own. */
	struct broker *broker; /* NULL: between two attempts */
	int version;
	int64_t tried_ms, retry_ms;
	struct backoff backoff;
	char told[BROKER_WHY_MAX]; /* the trouble last logged, or "" */
	bool up;
	int64_t up_ms;
	bool proved; /* see the top; others look at it: atomic */
	bool watching;
	int64_t obey_ms; /* when the inbox wants a turn */
};

static void
mqtt_free(struct mqtt *m)
{
	outbox_close(m->outbox);
	inbox_free(m->inbox);
	tether_free(&m->tether);
	stat_put(m->connected);
	stat_put(m->connections);
	if (m->wake_fd != -1)
		close(m->wake_fd);
	arena_free(m->memory);
	free(m);
}

/* ---- the connection ---- */

static void
open_broker(struct mqtt *m, int64_t now_ms)
{
	m->tried_ms = now_ms;
	tether_out(&m->tether);
	m->broker = broker_open(&m->conf, m->version,
	    outbox_status_topic(m->outbox), m->inbox, m->wake_fd);
	tether_in(&m->tether);
}

static void
close_broker(struct mqtt *m, bool in_order)
{
	struct broker *b = m->broker;

	m->broker = NULL;
	m->up = m->watching = false;
	__atomic_store_n(&m->proved, false, __ATOMIC_RELAXED);
	outbox_end(m->outbox);
	stat_set(m->connected, 0);
	tether_out(&m->tether);
	broker_close(b, in_order);
	tether_in(&m->tether);
	inbox_end(m->inbox, clock_mono_ms());
}

static void
prove(struct mqtt *m)
{
	if (m->proved)
		return;
	__atomic_store_n(&m->proved, true, __ATOMIC_RELAXED);
	m->told[0] = '\0';
	log_info("mqtt: connected to %s (MQTT %s)", m->conf.url,
	    m->version == 5 ? "5" : "3.1.1");
}

static void
tell(struct mqtt *m, const char *why)
{
	if (strcmp(m->told, why) == 0)
		return;
	log_warn("mqtt: %s %s: %s", m->proved ? "lost" : "no connection to",
	    m->conf.url, why);
	snprintf(m->told, sizeof(m->told), "%s", why);
}

/* Ends the connection or attempt, and says when to try again: the wait counts
 * from the start of an attempt, since one that hung has waited enough. */
static void
lose(struct mqtt *m, const char *why, bool rival, int64_t now_ms)
{
	int64_t from_ms = m->up ? now_ms : m->tried_ms;

	tell(m, why);
	/* Two that throw each other out both connect again and again: only
	 * lasting proves that it is over. */
	if (m->proved && (!rival || now_ms - m->up_ms >= PROVED_MS))
		backoff_reset(&m->backoff);
	m->retry_ms = from_ms + backoff_next(&m->backoff, now_ms, arc4random());
	close_broker(m, false);
}

static void
ask(struct mqtt *m)
{
	const char *orders = inbox_filter(m->inbox, INBOX_ORDERS);
	const char *alarms = inbox_filter(m->inbox, INBOX_ALARMS);

	m->watching = true;
	tether_out(&m->tether);
	if (orders != NULL)
		broker_listen(m->broker, orders);
	if (alarms != NULL)
		broker_watch(m->broker, alarms);
	broker_watch(m->broker, inbox_filter(m->inbox, INBOX_METAS));
	tether_in(&m->tether);
}

static void
unwatch(struct mqtt *m)
{
	const char *alarms = inbox_filter(m->inbox, INBOX_ALARMS);

	m->watching = false;
	tether_out(&m->tether);
	if (alarms != NULL)
		broker_unwatch(m->broker, alarms);
	broker_unwatch(m->broker, inbox_filter(m->inbox, INBOX_METAS));
	tether_in(&m->tether);
}

/* What came from the broker, beside acknowledgements. */
static void
open_inbox(struct mqtt *m, int64_t now_ms)
{
	struct inbox_left left;

	m->obey_ms = inbox_obey(m->inbox, now_ms);
	while (inbox_take_left(m->inbox, &left))
		outbox_seen(m->outbox, &left);
	if (m->watching && now_ms >= m->up_ms + WATCH_MS)
		unwatch(m);
}

static void
come_up(struct mqtt *m, const struct broker_news *news, int64_t now_ms)
{
	m->up = true;
	m->up_ms = now_ms;
	stat_set(m->connected, 1);
	stat_add(m->connections, 1);
	outbox_begin(m->outbox, m->broker, news, now_ms);
	ask(m);
}

static void
hear(struct mqtt *m, int64_t now_ms)
{
	struct broker_news news;

	broker_news(m->broker, &news);
	if (outbox_settle(m->outbox, &news, now_ms))
		prove(m);
	if (news.state == BROKER_UP && !m->up)
		come_up(m, &news, now_ms);
	if (news.refused)
		inbox_refused(m->inbox);
	if (news.state != BROKER_DOWN)
		return;
	lose(m, news.why, news.rival, now_ms);
	if (news.other_version && m->version == 5) {
		log_info("mqtt: trying MQTT 3.1.1 from now on");
		m->version = 3;
		m->retry_ms = now_ms;
	}
}

/* Deadlines of ours, where paho has none or late ones. */
static void
judge(struct mqtt *m, int64_t now_ms)
{
	int64_t oldest_ms = outbox_oldest(m->outbox);

	if (!m->up && now_ms - m->tried_ms > CONNECT_MS)
		lose(m, "no answer", false, now_ms);
	else if (oldest_ms != -1 && now_ms - oldest_ms > ACK_MS)
		lose(m, "it acknowledges nothing any more", false, now_ms);
	else if (m->up && now_ms - m->up_ms >= PROVED_MS)
		prove(m);
}

/* ---- the thread ---- */

static void
turn(struct mqtt *m, int64_t now_ms)
{
	if (m->broker == NULL && now_ms >= m->retry_ms)
		open_broker(m, now_ms);
	if (m->broker != NULL)
		hear(m, now_ms);
	if (m->broker != NULL)
		judge(m, now_ms);
	if (m->up)
		open_inbox(m, now_ms);
	if (m->up)
		outbox_fill(m->outbox, now_ms);
}

/* While up the outbox wants a turn each second, soon enough for judge. */
static int64_t
next_turn(const struct mqtt *m)
{
	int64_t next_ms;

	if (m->broker == NULL)
		return m->retry_ms;
	if (!m->up)
		return m->tried_ms + CONNECT_MS + 1;
	next_ms = outbox_next(m->outbox);
	return next_ms < m->obey_ms ? next_ms : m->obey_ms;
}

static void
wait_until(struct mqtt *m, int64_t until_ms)
{
	int64_t left_ms = until_ms - clock_mono_ms();
	struct pollfd fds[1 + OUTBOX_FDS] = {
	    {.fd = m->wake_fd, .events = POLLIN}};
	uint64_t count;

	outbox_poll(m->outbox, fds + 1);
	if (left_ms < 0)
		left_ms = 0;
	if (left_ms > POLL_MAX_MS)
		left_ms = POLL_MAX_MS;
	tether_out(&m->tether);
	if (poll(fds, 1 + OUTBOX_FDS, (int)left_ms) == -1)
		assert(errno == EINTR || errno == ENOMEM);
	tether_in(&m->tether);
	if (fds[0].revents != 0 &&
	    read(m->wake_fd, &count, sizeof(count)) == -1)
		assert(errno == EAGAIN || errno == EINTR);
	outbox_polled(m->outbox, fds + 1);
}

/* Sends what was appended before the stop, says offline, and waits until that,
 * and all before it, is acknowledged.  Whether it was. */
static bool
say_goodbye(struct mqtt *m)
{
	int64_t until_ms = m->tether.stop_by_ms - CLOSE_MS;
	bool said = false;

	if (m->up)
		outbox_fill(m->outbox, clock_mono_ms());
	while (m->up && clock_mono_ms() < until_ms) {
		said = said || outbox_say_offline(m->outbox);
		wait_until(m, until_ms);
		hear(m, clock_mono_ms());
		if (m->up && said && outbox_oldest(m->outbox) == -1)
			return true;
	}
	return false;
}

/* What is left of a thread whose tether was cut. */
static void
bury(void *arg)
{
	struct mqtt *m = arg;

	broker_close(m->broker, false);
	mqtt_free(m);
}

/* A message goes through this thread and both of paho's, which take over how it
 * is scheduled.  Where each preempts the others as soon as it is woken they
 * wait at paho's locks and switch twice as often, for up to half of their time.
 * Where that may not be set it stays as it is. */
static void
work_in_bulk(void)
{
	static const struct sched_param none;

	pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

static void *
run(void *arg)
{
	struct mqtt *m = arg;

	pthread_cleanup_push(bury, m);
	work_in_bulk();
	tether_in(&m->tether);
	while (!m->tether.stopping) {
		turn(m, clock_mono_ms());
		wait_until(m, next_turn(m));
	}
	close_broker(m, say_goodbye(m));
	tether_leave(&m->tether);
	pthread_cleanup_pop(0);
	return NULL;
}

/* ---- start and stop ---- */

static void
copy_conf(struct mqtt *m, const struct mqtt_conf *conf)
{
	struct arena *a = m->memory = arena_new();

	m->conf = *conf;
	m->conf.url = arena_text(a, conf->url);
	m->conf.client_id = arena_text(a, conf->client_id);
	m->conf.username = arena_text(a, conf->username);
	m->conf.password = arena_text(a, conf->password);
	m->conf.ca_file = arena_text(a, conf->ca_file);
	m->conf.cert_file = arena_text(a, conf->cert_file);
	m->conf.key_file = arena_text(a, conf->key_file);
	m->conf.prefix = arena_text(a, conf->prefix);
	m->conf.site = arena_text(a, conf->site);
	m->version = conf->version;
}

struct mqtt *
mqtt_start(const struct mqtt_conf *conf, const struct mqtt_source *from,
    struct err *err)
{
	struct mqtt *m;

	if (broker_check(conf, err) == -1)
		return NULL;
	m = must_alloc(1, sizeof(*m));
	copy_conf(m, conf);
	tether_init(&m->tether);
	m->connected = stat_get(STAT_GAUGE, "riser_sink_connected",
	    "Whether the sink has a connection.", "sink=\"mqtt\"");
	m->connections = stat_get(STAT_COUNTER, "riser_mqtt_connections_total",
	    "Connections the broker accepted.", "");
	m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->wake_fd == -1) {
		err_set(err, "mqtt: no descriptor: %s", strerror(errno));
		goto fail;
	}
	m->inbox = inbox_new(&m->conf, from->board);
	m->outbox = outbox_open(&m->conf, from, &m->tether, err);
	if (m->outbox == NULL)
		goto fail;
	if ((errno = tether_start(&m->tether, "mqtt", run, m)) != 0) {
		err_set(err, "mqtt: no thread: %s", strerror(errno));
		outbox_quit(m->outbox);
		goto fail;
	}
	return m;

fail:
	mqtt_free(m);
	return NULL;
}

bool
mqtt_delivers(const struct mqtt *m)
{
	return __atomic_load_n(&m->proved, __ATOMIC_RELAXED);
}

void
mqtt_stop(struct mqtt *m, int64_t wait_ms)
{
	uint64_t one = 1;

	if (m == NULL)
		return;
	tether_ask(&m->tether, wait_ms);
	if (write(m->wake_fd, &one, sizeof(one)) == -1)
		assert(errno == EAGAIN); /* then it is readable already */
	if (tether_stop(&m->tether)) {
		outbox_quit(m->outbox);
		mqtt_free(m);
		return;
	}
	outbox_quit(m->outbox);
	log_warn("mqtt: the thread hangs in a call and is left behind");
	tether_out(&m->tether); /* m is the thread's now */
}
