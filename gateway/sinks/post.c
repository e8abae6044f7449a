/*
 * post.c - one HTTP POST after another to one url, and what each answer means
 *
 * libcurl's multi interface with one transfer in it: curl_multi_wakeup is how
 * another thread gets us out of a wait; its easy interface has no such way.
 *
 * A body is compressed whole before it is sent: it has a length then, which
 * every server and proxy takes (chunked bodies they do not), and can be sent
 * again.  Level 1 makes a fifth to a tenth of our lines, level 9 a seventh to a
 * thirteenth in ten times the time.
 *
 * An answer counts when all of it came.  libcurl tells when its body is shorter
 * than its length said; its head we watch ourselves.
 */
#include "gateway/sinks/post.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/sinks/safe.h"

#define GZIP_LEVEL 1
#define GZIP_WINDOW (15 + 16) /* zlib: 32 KiB of window, a gzip frame */
#define GZIP_MEMORY 8 /* zlib's default, 128 KiB */
#define WAIT_MS 1000 /* longer waits are cut into such */
#define RETRY_MAX_S 600
#define BODY_SHOWN 200 /* bytes of it in a sentence */

struct post {
	struct post_conf conf; /* its texts are used in post_open only */
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	z_stream gzip;
	bool has_gzip;
	unsigned char *packed;
	size_t packed_size;
	_Atomic int64_t stop_ms;
	char error[CURL_ERROR_SIZE];
	struct post_answer *answer; /* of the transfer that is on */
	size_t body_length;
	bool head_ended;
};

/* ---- open and close ---- */

static size_t
take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct post *p = arg;
	size_t room = POST_BODY_MAX - 1 - p->body_length;
	size_t length = size * count < room ? size * count : room;

	memcpy(p->answer->body + p->body_length, bytes, length);
	p->body_length += length;
	return size * count; /* the rest is not wanted, but awaited */
}

/* libcurl takes a head that breaks off for a whole one: it ends with an empty
 * line, or is none. */
static size_t
take_head(char *line, size_t size, size_t count, void *arg)
{
	struct post *p = arg;

	if (count >= 5 && memcmp(line, "HTTP/", 5) == 0)
		p->head_ended = false;
	if (*line == '\r' || *line == '\n')
		p->head_ended = true;
	return size * count;
}

static void
add_header(struct post *p, const char *text)
{
	struct curl_slist *longer = curl_slist_append(p->headers, text);

	assert(longer != NULL);
	p->headers = longer;
}

static void
set_token(struct post *p, const char *token)
{
	size_t size = strlen(token) + sizeof("Authorization: Token ");
	char *text;

	if (strchr(token, ':') != NULL) {
		curl_easy_setopt(
		    p->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(p->easy, CURLOPT_USERPWD, token);
		return;
	}
	text = must_alloc(1, size);
	snprintf(text, size, "Authorization: Token %s", token);
	add_header(p, text);
	explicit_bzero(text, size);
	free(text);
}

static void
set_transfer(struct post *p)
{
	CURL *e = p->easy;

	curl_easy_setopt(e, CURLOPT_URL, p->conf.url);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)p->conf.connect_ms);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)p->conf.answer_ms);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->error);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, p);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "riser");
	add_header(p, "Content-Type: text/plain; charset=utf-8");
	add_header(p, "Expect:"); /* or large bodies wait a second for a 100 */
	if (p->conf.gzip)
		add_header(p, "Content-Encoding: gzip");
	if (p->conf.token != NULL)
		set_token(p, p->conf.token);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
}

static void
open_gzip(struct post *p)
{
	int rc = deflateInit2(&p->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
	    GZIP_MEMORY, Z_DEFAULT_STRATEGY);

	assert(rc == Z_OK);
	p->has_gzip = true;
	p->packed_size = deflateBound(&p->gzip, p->conf.bytes_max);
	p->packed = must_alloc(1, p->packed_size);
}

struct post *
post_open(const struct post_conf *conf, struct err *err)
{
	struct post *p;

	if (!safe_ca_file(conf->ca_file, err))
		return NULL;
	p = must_alloc(1, sizeof(*p));
	p->conf = *conf;
	atomic_store(&p->stop_ms, INT64_MAX);
	curl_global_init(CURL_GLOBAL_DEFAULT); /* counts; any thread */
	p->easy = curl_easy_init();
	p->multi = curl_multi_init();
	assert(p->easy != NULL && p->multi != NULL);
	safe_transfer(p->easy, "http,https", p->conf.ca_file);
	set_transfer(p);
	if (conf->gzip)
		open_gzip(p);
	return p;
}

void
post_close(struct post *p)
{
	if (p == NULL)
		return;
	curl_easy_cleanup(p->easy);
	curl_multi_cleanup(p->multi);
	curl_slist_free_all(p->headers);
	if (p->has_gzip)
		deflateEnd(&p->gzip);
	free(p->packed);
	curl_global_cleanup();
	free(p);
}

/* ---- one transfer ---- */

static void
set_body(struct post *p, const char *text, size_t length)
{
	const char *body = text;
	int rc;

	assert(length <= p->conf.bytes_max);
	if (p->has_gzip) {
		deflateReset(&p->gzip);
		p->gzip.next_in = (const Bytef *)text;
		p->gzip.avail_in = (uInt)length;
		p->gzip.next_out = p->packed;
		p->gzip.avail_out = (uInt)p->packed_size;
		rc = deflate(&p->gzip, Z_FINISH);
		assert(rc == Z_STREAM_END); /* deflateBound is a bound */
		body = (const char *)p->packed;
		length = p->packed_size - p->gzip.avail_out;
	}
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(
	    p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
}

/* Until the transfer is done, or post_stop's time has come: then
 * CURLE_ABORTED_BY_CALLBACK. */
static CURLcode
run(struct post *p)
{
	int running = 1, left = 0, wait_ms = WAIT_MS;
	CURLMsg *message;

	for (;;) {
		int64_t left_ms;

		if (curl_multi_perform(p->multi, &running) != CURLM_OK)
			return CURLE_FAILED_INIT;
		if (running == 0)
			break;
		left_ms = atomic_load(&p->stop_ms) - clock_mono_ms();
		if (left_ms <= 0)
			return CURLE_ABORTED_BY_CALLBACK;
		wait_ms = left_ms < WAIT_MS ? (int)left_ms : WAIT_MS;
		curl_multi_poll(p->multi, NULL, 0, wait_ms, NULL);
	}
	message = curl_multi_info_read(p->multi, &left);
	assert(message != NULL && message->msg == CURLMSG_DONE);
	return message->data.result;
}

/* ---- what it means ---- */

static enum post_verdict
judge_status(int status)
{
	switch (status) {
	case 400:
	case 422: return POST_REFUSED;
	case 413: return POST_TOO_LARGE;
	case 429:
	case 503: return POST_BUSY;
	case 408: return POST_FAILED;
	}
	if (status >= 200 && status < 300)
		return POST_WRITTEN;
	return status >= 300 && status < 500 ? POST_HELD : POST_FAILED;
}

static const char *
what_to_do(int status)
{
	if (status == 401 || status == 403)
		return "; see influx.token_file and what it may write";
	if (status == 404)
		return "; see influx.url: is there such a database or bucket?";
	if (status >= 300 && status < 400)
		return "; it sends us elsewhere: write its own address as "
		       "influx.url";
	return "";
}

/* The beginning of the body, in one line. */
static void
tell_status(struct post_answer *a, int status)
{
	char shown[BODY_SHOWN + 1] = "";
	size_t n = strcspn(a->body, "\r\n");

	snprintf(shown, sizeof(shown), "%.*s",
	    (int)(n < BODY_SHOWN ? n : BODY_SHOWN), a->body);
	snprintf(a->why, sizeof(a->why), "it answers %d%s%s%s", status,
	    *shown ? ": " : "", shown, what_to_do(status));
}

/* Without what changes from time to time, such as how many ms it took. */
static void
tell_failure(const struct post *p, struct post_answer *a, CURLcode code)
{
	const char *why = curl_easy_strerror(code);
	long os_error = 0;

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		snprintf(a->why, sizeof(a->why), "no answer in %d s",
		    (int)(p->conf.answer_ms / 1000));
		return;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &os_error);
		if (os_error != 0)
			why = strerrordesc_np((int)os_error);
		break;
	case CURLE_PARTIAL_FILE: why = "half an answer"; break;
	case CURLE_GOT_NOTHING: why = "it hung up without an answer"; break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY: why = "its answer is no HTTP"; break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
		if (*p->error)
			why = p->error;
		break;
	default: break;
	}
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static int64_t
retry_after_ms(struct post *p)
{
	curl_off_t s = 0;

	/* In seconds or as a date; libcurl reads both. */
	curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &s);
	if (s <= 0)
		return -1;
	return (s > RETRY_MAX_S ? RETRY_MAX_S : s) * 1000;
}

static void
judge(struct post *p, struct post_answer *a, CURLcode code)
{
	long status = 0;

	if (code != CURLE_OK) {
		a->verdict = POST_FAILED;
		a->trouble = -(int)code;
		tell_failure(p, a, code);
		return;
	}
	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	a->verdict = judge_status((int)status);
	a->trouble = (int)status;
	a->retry_after_ms = retry_after_ms(p);
	if (a->verdict != POST_WRITTEN)
		tell_status(a, (int)status);
}

void
post_send(
    struct post *p, const char *text, size_t length, struct post_answer *answer)
{
	CURLcode code;
	CURLMcode rc;

	*answer = (struct post_answer){.retry_after_ms = -1};
	p->answer = answer;
	p->body_length = 0;
	p->head_ended = false;
	p->error[0] = '\0';
	set_body(p, text, length);
	rc = curl_multi_add_handle(p->multi, p->easy);
	assert(rc == CURLM_OK);
	code = run(p);
	if (code == CURLE_OK && !p->head_ended)
		code = CURLE_PARTIAL_FILE;
	judge(p, answer, code);
	curl_multi_remove_handle(p->multi, p->easy);
}

void
post_stop(struct post *p, int64_t by_ms)
{
	atomic_store(&p->stop_ms, by_ms);
	curl_multi_wakeup(p->multi);
}
