/*
 * broker.c - one connection to an MQTT broker, over paho
 *
 * paho runs two threads of its own and calls back from them under its global
 * lock.  The callbacks here only note facts under b->lock and make wake_fd
 * readable; b->lock is never held around a call of paho's, so the two locks
 * cannot meet in the wrong order.
 *
 * Each connection has a handle of its own, because paho keeps what was queued
 * on a lost connection and sends it on the next.  With the last handle paho
 * stops its threads and frees its globals, waiting a second and not quite
 * safely; so one handle that never connects is kept for ever.
 *
 * paho names no reason when a connection cannot be made, so the address is
 * tried first (reach); broker_why.c tells what failed behind that.
 *
 * Not done: automatic reconnect, persistence and buffering of paho's.  The
 * journal is the session.
 */
#include "gateway/sinks/broker.h"

#include <MQTTAsync.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/sign.h"
#include "gateway/sinks/broker_url.h"
#include "gateway/sinks/reach.h"

#define KEEP_ALIVE_S 10
#define CONNECT_S 5
#define SAY_MS 500 /* for the last word of a connection that is given up */
#define SUBACK_REFUSED 0x80 /* and more */
#define RECEIVE_MAX 65535 /* MQTT's own, where the broker says nothing */

/* TLS 1.2 and 2048 bits at least: paho asks OpenSSL for level 1, and ignores
 * its own sslVersion. */
#define TLS_CIPHERS "DEFAULT:@SECLEVEL=2"

struct broker {
	MQTTAsync paho; /* NULL: it was not even tried */
	int version;
	int wake_fd;
	const char *status;
	struct broker_url url;
	struct inbox *inbox;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t said;
	bool is_said; /* the last word is out */
	bool open; /* paho has a connection */
	char tls_error[BROKER_TLS_MAX]; /* the first OpenSSL gave, or "" */
	struct broker_news news;
};

/* ---- what a configuration may say ---- */

static int
check_file(const char *key, const char *path, struct err *err)
{
	FILE *f;

	if (path == NULL)
		return 0;
	f = fopen(path, "re");
	if (f == NULL)
		return err_set(err, "mqtt.%s: cannot read %s: %s", key, path,
		    strerror(errno));
	fclose(f);
	return 0;
}

int
broker_check(const struct mqtt_conf *conf, struct err *err)
{
	struct broker_url url;

	if (!broker_url_parse(&url, conf->url))
		return err_set(err,
		    "mqtt.url: %s is not mqtt://HOST[:PORT] or "
		    "mqtts://HOST[:PORT]",
		    conf->url);
	if (conf->version != 3 && conf->version != 5)
		return err_set(
		    err, "mqtt.version: %d is not 3 or 5", conf->version);
	if (check_file("ca_file", conf->ca_file, err) == -1 ||
	    check_file("cert_file", conf->cert_file, err) == -1 ||
	    check_file("key_file", conf->key_file, err) == -1)
		return -1;
	return 0;
}

/* ---- facts, noted by paho's threads ---- */

static void
wake(const struct broker *b)
{
	uint64_t one = 1;

	/* It fails only when the counter is full, and then it is readable. */
	if (write(b->wake_fd, &one, sizeof(one)) == -1)
		assert(errno == EAGAIN);
}

/* code: MQTT's, 0 if the broker gave none.  The first reason is the true one:
 * what follows follows from it. */
static void
note_down(struct broker *b, int code, const char *why)
{
	pthread_mutex_lock(&b->lock);
	if (b->news.state != BROKER_DOWN) {
		b->news.state = BROKER_DOWN;
		b->news.other_version =
		    code == MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION ||
		    code == BROKER_BAD_VERSION;
		b->news.rival = code == MQTTREASONCODE_SESSION_TAKEN_OVER;
		snprintf(b->news.why, sizeof(b->news.why), "%s", why);
	}
	pthread_mutex_unlock(&b->lock);
	wake(b);
}

static void
note_up(struct broker *b, unsigned receive_max, size_t packet_max)
{
	pthread_mutex_lock(&b->lock);
	if (b->news.state == BROKER_CONNECTING)
		b->news.state = BROKER_UP;
	b->news.receive_max = receive_max;
	b->news.packet_max = packet_max;
	b->open = true;
	pthread_mutex_unlock(&b->lock);
	wake(b);
}

/* code, step: as broker_failure has them. */
static void
connect_failed(struct broker *b, int code, const char *step)
{
	struct broker_failure f = {.version = b->version,
	    .code = code,
	    .step = step,
	    .tls = b->url.tls,
	    .host = b->url.host};
	char why[BROKER_WHY_MAX];

	pthread_mutex_lock(&b->lock);
	memcpy(f.tls_error, b->tls_error, sizeof(f.tls_error));
	pthread_mutex_unlock(&b->lock);
	broker_why(why, &f);
	note_down(b, code, why);
}

static void
on_connect_failed5(void *context, MQTTAsync_failureData5 *f)
{
	connect_failed(context, f->code, f->message);
}

static void
on_connect_failed(void *context, MQTTAsync_failureData *f)
{
	connect_failed(context, f->code, f->message);
}

static size_t
property(MQTTProperties *p, enum MQTTPropertyCodes code, size_t otherwise)
{
	int64_t n;

	if (!MQTTProperties_hasProperty(p, code))
		return otherwise;
	n = MQTTProperties_getNumericValue(p, code);
	return n > 0 ? (size_t)n : otherwise;
}

static void
on_connected5(void *context, MQTTAsync_successData5 *s)
{
	note_up(context,
	    (unsigned)property(
		&s->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, RECEIVE_MAX),
	    property(&s->properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0));
}

static void
on_connected(void *context, MQTTAsync_successData *s)
{
	(void)s;
	note_up(context, RECEIVE_MAX, 0);
}

static void
on_lost(void *context, char *cause)
{
	struct broker *b = context;

	(void)cause; /* paho never knows */
	pthread_mutex_lock(&b->lock);
	b->open = false;
	pthread_mutex_unlock(&b->lock);
	note_down(b, 0, "the connection broke");
}

/* The broker says why before it closes. */
static void
on_dismissed(void *context, MQTTProperties *p, enum MQTTReasonCodes code)
{
	char why[BROKER_WHY_MAX];

	(void)p;
	snprintf(why, sizeof(why), "the broker closed it: %s",
	    code == MQTTREASONCODE_SESSION_TAKEN_OVER
		? "another client has the same client_id"
		: broker_refusal(5, (int)code));
	note_down(context, (int)code, why);
}

/* Who was woken for one finds those that came meanwhile, too. */
static void
note_ack(struct broker *b, int token)
{
	bool first;

	pthread_mutex_lock(&b->lock);
	assert(b->news.ack_count < BROKER_ACKS_MAX);
	first = b->news.ack_count == 0;
	b->news.acks[b->news.ack_count++] = token;
	pthread_mutex_unlock(&b->lock);
	if (first)
		wake(b);
}

static void
on_ack5(void *context, MQTTAsync_successData5 *s)
{
	note_ack(context, s->token);
}

static void
on_ack(void *context, MQTTAsync_successData *s)
{
	note_ack(context, s->token);
}

static void
on_refused5(void *context, MQTTAsync_failureData5 *f)
{
	char why[BROKER_WHY_MAX];

	snprintf(why, sizeof(why), "a message was refused: %s",
	    broker_refusal(5, (int)f->reasonCode));
	note_down(context, 0, why);
}

static void
on_refused(void *context, MQTTAsync_failureData *f)
{
	(void)f;
	note_down(context, 0, "a message could not be sent");
}

static void
note_said(struct broker *b)
{
	pthread_mutex_lock(&b->lock);
	b->is_said = true;
	pthread_cond_signal(&b->said);
	pthread_mutex_unlock(&b->lock);
}

static void
on_said5(void *context, MQTTAsync_successData5 *s)
{
	(void)s;
	note_said(context);
}

static void
on_said(void *context, MQTTAsync_successData *s)
{
	(void)s;
	note_said(context);
}

/* code: of the SUBACK, if one came; a connection that breaks is news of its
 * own. */
static void
note_refused(struct broker *b, int code)
{
	if (code < SUBACK_REFUSED)
		return;
	pthread_mutex_lock(&b->lock);
	b->news.refused = true;
	pthread_mutex_unlock(&b->lock);
	wake(b);
}

static void
on_unheard5(void *context, MQTTAsync_failureData5 *f)
{
	note_refused(context, (int)f->reasonCode);
}

static void
on_unheard(void *context, MQTTAsync_failureData *f)
{
	note_refused(context, f->code);
}

static int
on_message(void *context, char *topic, int len, MQTTAsync_message *message)
{
	struct broker *b = context;
	bool whole = len == 0 || (size_t)len == strlen(topic); /* no NUL */

	if (whole &&
	    inbox_put(b->inbox, topic, message->retained, message->payload,
		(size_t)message->payloadlen))
		wake(b);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* The first is the true one. */
static int
on_tls_error(const char *line, size_t len, void *context)
{
	struct broker *b = context;

	pthread_mutex_lock(&b->lock);
	if (b->tls_error[0] == '\0')
		broker_tls_reason(b->tls_error, line, len);
	pthread_mutex_unlock(&b->lock);
	return 1;
}

/* ---- connecting ---- */

/* See the top: it keeps paho's threads and globals. */
static void
keep_paho(void)
{
	static MQTTAsync keeper;
	MQTTAsync_init_options o = MQTTAsync_init_options_initializer;
	int rc;

	/* OpenSSL prepares itself when the first mqtts:// asks for it.  Asked
	 * to, paho has it load every text and cipher there is: 1.3 MiB. */
	o.do_openssl_init = 0;
	MQTTAsync_global_init(&o);
	rc = MQTTAsync_create(&keeper, "tcp://127.0.0.1:1", "keeper",
	    MQTTCLIENT_PERSISTENCE_NONE, NULL);
	assert(rc == MQTTASYNC_SUCCESS);
	/* It would note each step of each message, for nobody. */
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
}

static int
create(struct broker *b, const char *client_id)
{
	MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer5;

	if (b->version == 3)
		o.MQTTVersion = MQTTVERSION_3_1_1;
	return MQTTAsync_createWithOptions(&b->paho, b->url.uri, client_id,
	    MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
}

static void
tls_options(
    struct broker *b, const struct mqtt_conf *conf, MQTTAsync_SSLOptions *o)
{
	o->trustStore = conf->ca_file; /* NULL: the system's */
	o->keyStore = conf->cert_file;
	o->privateKey = conf->key_file;
	o->enabledCipherSuites = TLS_CIPHERS;
	o->enableServerCertAuth = 1;
	o->verify = 1;
	o->ssl_error_cb = on_tls_error;
	o->ssl_error_context = b;
}

/* paho copies all it is given. */
static int
connect_paho(struct broker *b, const struct mqtt_conf *conf)
{
	MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions o5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;

	if (b->version == 5) {
		o = o5;
		o.onSuccess5 = on_connected5;
		o.onFailure5 = on_connect_failed5;
	} else {
		o.MQTTVersion = MQTTVERSION_3_1_1;
		o.onSuccess = on_connected;
		o.onFailure = on_connect_failed;
	}
	o.context = b;
	o.keepAliveInterval = KEEP_ALIVE_S;
	o.connectTimeout = CONNECT_S;
	o.username = conf->username;
	o.password = conf->password;
	will.topicName = b->status;
	will.message = "offline";
	will.qos = 1;
	will.retained = 1;
	o.will = &will;
	tls_options(b, conf, &tls);
	if (b->url.tls)
		o.ssl = &tls;
	return MQTTAsync_connect(b->paho, &o);
}

struct broker *
broker_open(const struct mqtt_conf *conf, int version, const char *status,
    struct inbox *inbox, int wake_fd)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct broker *b = must_alloc(1, sizeof(*b));
	char why[BROKER_WHY_MAX];
	bool valid;
	int rc;

	pthread_once(&once, keep_paho);
	b->version = version;
	b->wake_fd = wake_fd;
	b->status = status;
	b->inbox = inbox;
	pthread_mutex_init(&b->lock, NULL);
	sign_init(&b->said);
	valid = broker_url_parse(&b->url, conf->url);
	assert(valid); /* broker_check has seen it */
	if (reach(b->url.host, b->url.port, CONNECT_S * 1000, why,
		sizeof(why)) == -1) {
		note_down(b, 0, why);
		return b;
	}
	rc = create(b, conf->client_id);
	if (rc == MQTTASYNC_SUCCESS)
		rc = MQTTAsync_setCallbacks(
		    b->paho, b, on_lost, on_message, NULL);
	if (rc == MQTTASYNC_SUCCESS)
		rc = MQTTAsync_setDisconnected(b->paho, b, on_dismissed);
	if (rc == MQTTASYNC_SUCCESS)
		rc = connect_paho(b, conf);
	if (rc != MQTTASYNC_SUCCESS)
		note_down(b, 0, MQTTAsync_strerror(rc));
	return b;
}

/* ---- closing ---- */

static void
options_for(struct broker *b, MQTTAsync_responseOptions *o)
{
	MQTTAsync_responseOptions none = MQTTAsync_responseOptions_initializer;

	*o = none;
	o->context = b;
}

/* Sends what the last will says, at QoS 0 since a window that is full of
 * unacknowledged messages must not be exceeded, and waits until it is out. */
static void
say_offline(struct broker *b)
{
	MQTTAsync_responseOptions o;
	int64_t until_ms;

	options_for(b, &o);
	if (b->version == 5)
		o.onSuccess5 = on_said5;
	else
		o.onSuccess = on_said;
	if (MQTTAsync_send(b->paho, b->status, (int)strlen("offline"),
		"offline", 0, 1, &o) != MQTTASYNC_SUCCESS)
		return;
	until_ms = clock_mono_ms() + SAY_MS;
	pthread_mutex_lock(&b->lock);
	while (!b->is_said && sign_wait(&b->said, &b->lock, until_ms))
		continue;
	pthread_mutex_unlock(&b->lock);
}

void
broker_close(struct broker *b, bool in_order)
{
	bool open;

	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	open = b->open;
	pthread_mutex_unlock(&b->lock);
	if (open && !in_order)
		say_offline(b);
	if (b->paho != NULL)
		MQTTAsync_destroy(&b->paho); /* sends DISCONNECT first */
	/* Callbacks run under the lock that destroy has taken: none is left. */
	pthread_cond_destroy(&b->said);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* ---- talking ---- */

void
broker_news(struct broker *b, struct broker_news *news)
{
	pthread_mutex_lock(&b->lock);
	*news = b->news;
	b->news.ack_count = 0;
	pthread_mutex_unlock(&b->lock);
}

int
broker_publish(struct broker *b, const char *topic, const struct buf *payload,
    bool retained)
{
	MQTTAsync_responseOptions o;
	int rc;

	options_for(b, &o);
	if (b->version == 5) {
		o.onSuccess5 = on_ack5;
		o.onFailure5 = on_refused5;
	} else {
		o.onSuccess = on_ack;
		o.onFailure = on_refused;
	}
	rc = MQTTAsync_send(
	    b->paho, topic, (int)payload->len, payload->data, 1, retained, &o);
	if (rc == MQTTASYNC_SUCCESS)
		return o.token;
	note_down(b, 0, MQTTAsync_strerror(rc));
	return -1;
}

void
broker_watch(struct broker *b, const char *filter)
{
	MQTTAsync_responseOptions o;

	options_for(b, &o);
	MQTTAsync_subscribe(b->paho, filter, 0, &o);
}

void
broker_unwatch(struct broker *b, const char *filter)
{
	MQTTAsync_responseOptions o;

	options_for(b, &o);
	MQTTAsync_unsubscribe(b->paho, filter, &o);
}

/* What is published as retained stays so: it is meant for whoever comes later,
 * and we cannot know when. */
void
broker_listen(struct broker *b, const char *filter)
{
	MQTTAsync_responseOptions o;

	options_for(b, &o);
	o.subscribeOptions.retainAsPublished = 1; /* 5 only */
	if (b->version == 5)
		o.onFailure5 = on_unheard5;
	else
		o.onFailure = on_unheard;
	MQTTAsync_subscribe(b->paho, filter, 1, &o);
}
