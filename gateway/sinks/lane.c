/*
 * lane.c - the way of one channel: a transfer of libcurl's, and for a mail what
 * comes after it
 *
 * What in libcurl (7.88) could hold up the others, or the end, and what is done
 * about it:
 *
 * A name server that is silent.  The lookup has a thread, but who gives up on
 * it joins that thread, in curl_multi_perform as in every cleanup.  QUICK_EXIT
 * is meant for programs that are about to exit: the thread is let go instead,
 * and frees what it has when its getaddrinfo returns.  As many of them are
 * there at once as are begun in the meantime (some 30 s): a few a channel.
 *
 * A mail server that takes its time.  libcurl waits for the answer to a mail,
 * and to QUIT, without returning.  So it only connects, makes TLS and logs in
 * (CONNECT_ONLY); the mail is handed over by handover.c, through the connection
 * that curl_easy_send and curl_easy_recv reach as long as the handle stays in
 * the multi handle.  Taken out, it closes the connection without a word.
 *
 * Connections to robots are kept, but not for long: what forgets connections (a
 * 4G router) does so silently, and a P1 must not find that out.
 */
#include "gateway/sinks/lane.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/sinks/mail.h"
#include "gateway/sinks/safe.h"
#include "gateway/sinks/trouble.h"

#define IDLE_MAX_S 20 /* that a kept connection may have been */

/* ---- what libcurl calls ---- */

static size_t
take_reply(char *bytes, size_t size, size_t count, void *arg)
{
	struct lane *lane = arg;
	size_t room = LANE_REPLY_MAX - lane->reply_len;
	size_t len = size * count < room ? size * count : room;

	memcpy(lane->reply + lane->reply_len, bytes, len);
	lane->reply_len += len;
	return size * count; /* the rest is not wanted, but awaited */
}

/* What is said until the login: only so the server's own words are known. */
static int
listen_to(CURL *easy, curl_infotype type, char *line, size_t len, void *arg)
{
	struct lane *lane = arg;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		talk_say(&lane->talk, line, len);
	if (type == CURLINFO_HEADER_IN)
		talk_hear(&lane->talk, line, len);
	return 0;
}

/* ---- open and close ---- */

bool
lane_judge(const struct notify_channel *c, struct err *err)
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
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)SENDER_CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)SENDER_ANSWER_MS);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "riser");
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, lane);
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
	curl_easy_setopt(e, CURLOPT_URL, c->url);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)SENDER_MAIL_MS);
	curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, listen_to);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, lane);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
	lane->room = c->to_count + LETTER_MENTIONS_MAX;
	lane->to = must_alloc(lane->room, sizeof(*lane->to));
	lane->refused = must_alloc(lane->room, sizeof(*lane->refused));
}

void
lane_open(struct lane *lane, const struct notify_channel *c)
{
	CURL *e = curl_easy_init();

	assert(e != NULL);
	*lane = (struct lane){.channel = c, .easy = e};
	curl_easy_setopt(e, CURLOPT_PRIVATE, lane);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, lane->error);
	if (c->type == CHANNEL_EMAIL)
		set_mail(lane);
	else
		set_post(lane);
}

void
lane_close(struct lane *lane)
{
	curl_easy_cleanup(lane->easy);
	curl_slist_free_all(lane->headers);
	buf_free(&lane->url);
	buf_free(&lane->body);
	handover_free(&lane->handover);
	free(lane->to);
	free(lane->refused);
}

/* ---- begin ---- */

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

void
lane_begin(struct lane *lane, const struct letter *l, const char *from,
    int64_t now_ms, const char *id)
{
	assert(lane->state == LANE_FREE && l->channel == lane->channel);
	lane->state = LANE_WITH_CURL;
	lane->begun_ms = clock_mono_ms();
	lane->reply_len = 0;
	lane->error[0] = '\0';
	buf_clear(&lane->body);
	if (l->channel->type != CHANNEL_EMAIL) {
		begin_post(lane, l, now_ms);
		return;
	}
	mail_write(l, from, now_ms, id, &lane->body);
	talk_begin(&lane->talk, lane->to,
	    mail_recipients(l, lane->to, lane->room), lane->refused);
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
judge_reply(struct lane *lane)
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
	robot_judge(lane->channel, &reply, &lane->answer);
}

static void
end(struct lane *lane)
{
	lane->state = LANE_ENDED;
	lane->took_ms = clock_mono_ms() - lane->begun_ms;
}

/* libcurl's trouble, or the server's answer before it. */
static void
fail(struct lane *lane, CURLcode code)
{
	bool mail = lane->channel->type == CHANNEL_EMAIL;

	if (!mail ||
	    !talk_judge(&lane->talk, false, lane->channel, &lane->answer))
		trouble_judge(lane->easy, code, lane->error, lane->channel,
		    &lane->answer);
	end(lane);
}

void
lane_done(struct lane *lane, CURLcode code)
{
	assert(lane->state == LANE_WITH_CURL);
	if (code != CURLE_OK) {
		fail(lane, code);
	} else if (lane->channel->type == CHANNEL_EMAIL) {
		lane->state = LANE_HANDING;
		handover_begin(&lane->handover, &lane->talk,
		    lane->channel->from, &lane->body);
		lane_go_on(lane);
	} else {
		judge_reply(lane);
		end(lane);
	}
}

/* ---- a mail after the login ---- */

/* CURLE_AGAIN: all that can be is sent. */
static CURLcode
give(struct lane *lane)
{
	CURLcode code = CURLE_OK;
	const char *bytes;
	size_t len, sent;

	while (code == CURLE_OK &&
	    (len = handover_pending(&lane->handover, &bytes)) > 0) {
		code = curl_easy_send(lane->easy, bytes, len, &sent);
		if (code == CURLE_OK)
			handover_sent(&lane->handover, sent);
	}
	return code == CURLE_OK ? CURLE_AGAIN : code;
}

/* CURLE_AGAIN: all that is there is heard. */
static CURLcode
take(struct lane *lane)
{
	CURLcode code;
	char bytes[1024];
	size_t len;

	code = curl_easy_recv(lane->easy, bytes, sizeof(bytes), &len);
	if (code == CURLE_OK && len == 0)
		return CURLE_RECV_ERROR; /* it hung up */
	if (code == CURLE_OK)
		handover_hear(&lane->handover, bytes, len);
	return code;
}

void
lane_go_on(struct lane *lane)
{
	struct handover *h = &lane->handover;
	CURLcode code;

	assert(lane->state == LANE_HANDING);
	do {
		code = give(lane);
		if (code == CURLE_AGAIN && h->stage < HANDOVER_DONE)
			code = take(lane);
	} while (code == CURLE_OK);
	if (h->stage == HANDOVER_DONE) {
		talk_judge(&lane->talk, true, lane->channel, &lane->answer);
		end(lane);
	} else if (h->stage == HANDOVER_REFUSED) {
		fail(lane, CURLE_WEIRD_SERVER_REPLY);
	} else if (code != CURLE_AGAIN) {
		fail(lane, code);
	} else if (clock_mono_ms() >= lane_until_ms(lane)) {
		fail(lane, CURLE_OPERATION_TIMEDOUT);
	}
}

void
lane_wait(const struct lane *lane, struct curl_waitfd *fd)
{
	curl_socket_t socket = CURL_SOCKET_BAD;
	const char *bytes;
	bool full = handover_pending(&lane->handover, &bytes) > 0;

	curl_easy_getinfo(lane->easy, CURLINFO_ACTIVESOCKET, &socket);
	*fd = (struct curl_waitfd){
	    .fd = socket,
	    .events =
		(short)(CURL_WAIT_POLLIN | (full ? CURL_WAIT_POLLOUT : 0)),
	};
}

int64_t
lane_until_ms(const struct lane *lane)
{
	return lane->begun_ms + SENDER_MAIL_MS;
}
