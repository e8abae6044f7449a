/*
 * sender.c - letters on their way, all channels side by side, over libcurl
 *
 * One multi handle, in it one transfer a channel at most.  What in libcurl
 * could hold up the others, or the end, and what is done about it:
 *
 * A name server that is silent.  The lookup has a thread, but who gives up on
 * it joins that thread, in curl_multi_perform as in every cleanup.  QUICK_EXIT
 * is meant for programs that are about to exit: the thread is let go instead,
 * and frees what it has when its getaddrinfo returns.  So many as are tried
 * while it does not (some 30 s) are there at once: a few a channel.
 *
 * A mail server that is silent when we part.  libcurl says QUIT and waits for
 * two minutes.  We see the QUIT go out and end the reading side of the
 * connection, which ends the wait.  A connection to a mail server is not kept:
 * mails are rare, and servers do not like idle clients.
 *
 * Connections to robots are kept, but not for long: what forgets connections
 * (a 4G router) does so silently, and a P1 must not find that out.
 */
#include "gateway/sinks/sender.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/sinks/mail.h"
#include "gateway/sinks/safe.h"
#include "gateway/sinks/talk.h"
#include "gateway/sinks/trouble.h"

#define REPLY_MAX                                                              \
	4096 /* bytes of an answer that are kept; robots' are short            \
	      */
#define IDLE_MAX_S 20 /* that a kept connection may have been */
#define WAIT_MAX_MS 60000 /* longer waits are cut into such */
#define SOCKETS_MAX 4 /* of one transfer: IPv6 and IPv4 are tried at once */

/* A channel's way. */
struct lane {
	const struct notify_channel *channel;
	CURL *easy;
	struct curl_slist *headers;
	struct buf url, body;
	bool busy;
	int64_t begun_ms;
	char reply[REPLY_MAX];
	size_t reply_len;
	char error[CURL_ERROR_SIZE];
	/* of mail */
	const char **to; /* room for all recipients */
	uint16_t *refused;
	size_t room;
	struct curl_slist *recipients;
	size_t uploaded;
	struct talk talk;
	int sockets[SOCKETS_MAX];
	size_t socket_count;
};

struct sender {
	const struct notify_conf *conf;
	CURLM *multi;
	struct lane *lanes;
	size_t busy;
	unsigned mails; /* that were begun: for their ids */
};

/* ---- what libcurl calls ---- */

static size_t
take_reply(char *bytes, size_t size, size_t count, void *arg)
{
	struct lane *lane = arg;
	size_t room = REPLY_MAX - lane->reply_len;
	size_t len = size * count < room ? size * count : room;

	memcpy(lane->reply + lane->reply_len, bytes, len);
	lane->reply_len += len;
	return size * count; /* the rest is not wanted, but awaited */
}

static size_t
give_mail(char *bytes, size_t size, size_t count, void *arg)
{
	struct lane *lane = arg;
	size_t left = lane->body.len - lane->uploaded;
	size_t len = size * count < left ? size * count : left;

	memcpy(bytes, lane->body.data + lane->uploaded, len);
	lane->uploaded += len;
	return len;
}

static int
note_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct lane *lane = arg;

	(void)purpose;
	if (lane->socket_count < SOCKETS_MAX)
		lane->sockets[lane->socket_count++] = fd;
	return CURL_SOCKOPT_OK;
}

static int
close_socket(void *arg, curl_socket_t fd)
{
	struct lane *lane = arg;

	for (size_t i = 0; i < lane->socket_count; i++)
		if (lane->sockets[i] == fd) {
			lane->sockets[i] = lane->sockets[--lane->socket_count];
			break;
		}
	return close(fd);
}

static int
listen_to_talk(
    CURL *easy, curl_infotype type, char *line, size_t len, void *arg)
{
	struct lane *lane = arg;

	(void)easy;
	if (type == CURLINFO_HEADER_IN)
		talk_hear(&lane->talk, line, len);
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	talk_say(&lane->talk, line, len);
	if (lane->talk.over)
		for (size_t i = 0; i < lane->socket_count; i++)
			shutdown(lane->sockets[i], SHUT_RD);
	return 0;
}

/* ---- open and close ---- */

static void
add_header(struct lane *lane, const char *text)
{
	struct curl_slist *longer = curl_slist_append(lane->headers, text);

	assert(longer != NULL);
	lane->headers = longer;
}

static void
set_post(struct lane *lane)
{
	CURL *e = lane->easy;

	safe_transfer(e, "http,https", lane->channel->ca_file);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)SENDER_ANSWER_MS);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "riser");
	add_header(lane, "Content-Type: application/json; charset=utf-8");
	add_header(lane, "Expect:"); /* or long ones wait for a 100 first */
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, lane->headers);
}

static void
set_login(const struct lane *lane)
{
	const struct notify_channel *c = lane->channel;

	if (c->username == NULL)
		return;
	curl_easy_setopt(lane->easy, CURLOPT_USERNAME, c->username);
	curl_easy_setopt(lane->easy, CURLOPT_PASSWORD,
	    c->password != NULL ? c->password : "");
	/* Others are no safer within TLS, and Kerberos' asks name servers. */
	curl_easy_setopt(
	    lane->easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

static void
set_mail(struct lane *lane)
{
	const struct notify_channel *c = lane->channel;
	CURL *e = lane->easy;

	safe_transfer(e, "smtp,smtps", c->ca_file);
	if (c->starttls)
		curl_easy_setopt(e, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	set_login(lane);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)SENDER_MAIL_MS);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, c->from);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(e, CURLOPT_READDATA, lane);
	curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, note_socket);
	curl_easy_setopt(e, CURLOPT_SOCKOPTDATA, lane);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, lane);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, listen_to_talk);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, lane);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
	lane->room = c->to_count + LETTER_MENTIONS_MAX;
	lane->to = must_alloc(lane->room, sizeof(*lane->to));
	lane->refused = must_alloc(lane->room, sizeof(*lane->refused));
}

static void
open_lane(struct lane *lane, const struct notify_channel *c)
{
	CURL *e = lane->easy = curl_easy_init();

	assert(e != NULL);
	lane->channel = c;
	curl_easy_setopt(e, CURLOPT_PRIVATE, lane);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)SENDER_CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, lane->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, lane);
	if (c->type == CHANNEL_EMAIL)
		set_mail(lane);
	else
		set_post(lane);
}

/* Whether it can work at all.  Without a recipient libcurl would send nothing
 * and say that all went well. */
static bool
judge_channel(const struct notify_channel *c, struct err *err)
{
	const char *wrong = NULL;

	if (!safe_ca_file(c->ca_file, err))
		return false;
	if (c->type != CHANNEL_EMAIL)
		return true;
	if (!mail_is_address(c->from))
		wrong = c->from;
	for (size_t i = 0; i < c->to_count && wrong == NULL; i++)
		if (!mail_is_address(c->to[i]))
			wrong = c->to[i];
	if (wrong != NULL)
		err_set(
		    err, "channel %s: no address of a mail: %s", c->id, wrong);
	else if (c->to_count == 0)
		err_set(err, "channel %s: to names nobody", c->id);
	return wrong == NULL && c->to_count > 0;
}

struct sender *
sender_open(const struct notify_conf *conf, struct err *err)
{
	struct sender *s;

	for (size_t i = 0; i < conf->channel_count; i++)
		if (!judge_channel(&conf->channels[i], err))
			return NULL;
	s = must_alloc(1, sizeof(*s));
	s->conf = conf;
	curl_global_init(CURL_GLOBAL_DEFAULT); /* counts; any thread */
	s->multi = curl_multi_init();
	assert(s->multi != NULL);
	s->lanes = must_alloc(conf->channel_count, sizeof(*s->lanes));
	for (size_t i = 0; i < conf->channel_count; i++)
		open_lane(&s->lanes[i], &conf->channels[i]);
	return s;
}

static void
close_lane(struct sender *s, struct lane *lane)
{
	if (lane->busy)
		curl_multi_remove_handle(s->multi, lane->easy);
	curl_easy_cleanup(lane->easy);
	curl_slist_free_all(lane->headers);
	curl_slist_free_all(lane->recipients);
	buf_free(&lane->url);
	buf_free(&lane->body);
	free(lane->to);
	free(lane->refused);
}

void
sender_close(struct sender *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->conf->channel_count; i++)
		close_lane(s, &s->lanes[i]);
	curl_multi_cleanup(s->multi);
	curl_global_cleanup();
	free(s->lanes);
	free(s);
}

/* ---- one letter ---- */

bool
sender_is_free(const struct sender *s, size_t channel)
{
	assert(channel < s->conf->channel_count);
	return !s->lanes[channel].busy;
}

static void
begin_post(struct lane *lane, const struct letter *l, int64_t now_ms)
{
	CURL *e = lane->easy;

	buf_clear(&lane->url);
	robot_request(l, now_ms, &lane->url, &lane->body);
	curl_easy_setopt(e, CURLOPT_URL, lane->url.data);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, lane->body.data);
	curl_easy_setopt(
	    e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)lane->body.len);
}

static const char *
sender_name(const struct notify_conf *conf, const struct notify_channel *c)
{
	const struct text *name = &conf->site_name;

	if (c->language == LANGUAGE_EN && name->en != NULL)
		return name->en;
	return name->zh != NULL ? name->zh : name->en;
}

static void
set_recipients(struct lane *lane, const struct letter *l)
{
	size_t count = mail_recipients(l, lane->to, lane->room);
	struct curl_slist *longer;

	curl_slist_free_all(lane->recipients);
	lane->recipients = NULL;
	for (size_t i = 0; i < count; i++) {
		longer = curl_slist_append(lane->recipients, lane->to[i]);
		assert(longer != NULL);
		lane->recipients = longer;
	}
	curl_easy_setopt(lane->easy, CURLOPT_MAIL_RCPT, lane->recipients);
	talk_begin(&lane->talk, lane->to, count, lane->refused);
}

static void
begin_mail(
    struct sender *s, struct lane *lane, const struct letter *l, int64_t now_ms)
{
	char id[ORDER_KEY_MAX];

	snprintf(id, sizeof(id), "%lld.%u.%s", (long long)now_ms, ++s->mails,
	    s->conf->site);
	mail_write(
	    l, sender_name(s->conf, lane->channel), now_ms, id, &lane->body);
	set_recipients(lane, l);
	lane->uploaded = 0;
	curl_easy_setopt(lane->easy, CURLOPT_URL, lane->channel->url);
	curl_easy_setopt(
	    lane->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)lane->body.len);
}

void
sender_send(
    struct sender *s, size_t channel, const struct letter *l, int64_t now_ms)
{
	struct lane *lane = &s->lanes[channel];
	CURLMcode rc;

	assert(sender_is_free(s, channel) && l->channel == lane->channel);
	buf_clear(&lane->body);
	lane->reply_len = 0;
	lane->error[0] = '\0';
	if (lane->channel->type == CHANNEL_EMAIL)
		begin_mail(s, lane, l, now_ms);
	else
		begin_post(lane, l, now_ms);
	lane->begun_ms = clock_mono_ms();
	lane->busy = true;
	s->busy++;
	rc = curl_multi_add_handle(s->multi, lane->easy);
	assert(rc == CURLM_OK);
}

/* ---- what came of it ---- */

/* How far our clock is before the server's. */
static int64_t
clock_ahead_ms(CURL *easy)
{
	struct curl_header *date;
	time_t at;

	if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) !=
	    CURLHE_OK)
		return ROBOT_NO_CLOCK;
	at = curl_getdate(date->value, NULL);
	return at == -1 ? ROBOT_NO_CLOCK : clock_wall_ms() - (int64_t)at * 1000;
}

static void
judge_post(struct lane *lane, struct robot_answer *a)
{
	struct robot_reply reply = {
	    .body = lane->reply,
	    .len = lane->reply_len,
	    .ahead_ms = clock_ahead_ms(lane->easy),
	};
	curl_off_t wait_s = 0;

	curl_easy_getinfo(lane->easy, CURLINFO_RESPONSE_CODE, &reply.status);
	curl_easy_getinfo(lane->easy, CURLINFO_RETRY_AFTER, &wait_s);
	reply.retry_after_ms = wait_s * 1000;
	robot_judge(lane->channel, &reply, a);
}

static void
judge(struct lane *lane, CURLcode code, struct robot_answer *a)
{
	bool mail = lane->channel->type == CHANNEL_EMAIL;

	if (mail && talk_judge(&lane->talk, code == CURLE_OK, lane->channel, a))
		return;
	if (code == CURLE_OK)
		judge_post(lane, a);
	else
		trouble_judge(lane->easy, code, lane->error, lane->channel, a);
}

bool
sender_done(
    struct sender *s, size_t *channel, struct robot_answer *a, int64_t *took_ms)
{
	struct lane *lane = NULL;
	CURLMsg *message;
	int left;

	message = curl_multi_info_read(s->multi, &left);
	if (message == NULL)
		return false;
	assert(message->msg == CURLMSG_DONE);
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &lane);
	judge(lane, message->data.result, a);
	curl_multi_remove_handle(s->multi, lane->easy);
	lane->busy = false;
	s->busy--;
	*channel = (size_t)(lane - s->lanes);
	*took_ms = clock_mono_ms() - lane->begun_ms;
	return true;
}

/* ---- waiting ---- */

/* Whether one has ended that sender_done was not asked for. */
static bool
advance(struct sender *s)
{
	int running = 0;
	CURLMcode rc = curl_multi_perform(s->multi, &running);

	assert(rc == CURLM_OK);
	return (size_t)running < s->busy;
}

void
sender_wait(struct sender *s, int extra_fd, int64_t until_ms)
{
	struct curl_waitfd extra = {.fd = extra_fd, .events = CURL_WAIT_POLLIN};
	int64_t left_ms;

	if (advance(s))
		return;
	left_ms = until_ms - clock_mono_ms();
	if (left_ms < 0)
		left_ms = 0;
	if (left_ms > WAIT_MAX_MS)
		left_ms = WAIT_MAX_MS;
	curl_multi_poll(s->multi, &extra, extra_fd != -1, (int)left_ms, NULL);
	advance(s);
}

void
sender_wake(struct sender *s)
{
	curl_multi_wakeup(s->multi);
}
