/* ask.c - a question to the gateway that runs on this store */
#include "gateway/commands/ask.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gateway/commands/member.h"

#define SILENCE_S 10L
#define ANSWER_BYTES_MAX                                                       \
	((size_t)64 << 20) /* no document of ours is as long                   \
			    */
#define REFUSAL_BYTES_MAX 4096

struct question {
	CURL *e;
	const char *socket, *path;
	struct ask_sink *sink;
	struct buf refusal; /* what came with another status than 200 */
};

static long
status_of(CURL *e)
{
	long status = 0;

	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t
take(char *bytes, size_t size, size_t count, void *context)
{
	struct question *q = context;
	size_t length = size * count;

	if (status_of(q->e) == 200)
		return q->sink->take(q->sink->context, bytes, length) ? length
								      : 0;
	if (q->refusal.len + length > REFUSAL_BYTES_MAX)
		return 0;
	buf_add(&q->refusal, bytes, length);
	return length;
}

/* The sentence in {"error":"..."}, if that is what came. */
static void
say_refusal(const struct question *q, struct err *err)
{
	const char *text = q->refusal.data != NULL ? q->refusal.data : "";
	json_t *doc = json_loads(text, 0, NULL);
	const char *sentence = member_text(doc, "error");

	err_set(err, "%s", sentence[0] != '\0' ? sentence : text);
	json_decref(doc);
}

static void
keep_header(struct question *q)
{
	struct curl_header *h;

	if (q->sink->header != NULL &&
	    curl_easy_header(q->e, q->sink->header, 0, CURLH_HEADER, -1, &h) ==
		CURLHE_OK)
		snprintf(q->sink->kept, sizeof(q->sink->kept), "%s", h->value);
}

static enum ask_result
judge(struct question *q, CURLcode rc, struct err *err)
{
	long status = status_of(q->e), error = 0;

	curl_easy_getinfo(q->e, CURLINFO_OS_ERRNO, &error);
	keep_header(q);
	if (rc == CURLE_OK && status == 200)
		return ASK_ANSWERED;
	if (rc == CURLE_COULDNT_CONNECT && error != EACCES)
		return ASK_NOBODY;
	if (rc == CURLE_OK && status >= 400 && status < 500) {
		say_refusal(q, err);
		return ASK_REFUSED;
	}
	if (rc == CURLE_OK)
		err_set(err, "the gateway answers %ld to %s: %s", status,
		    q->path, q->refusal.data != NULL ? q->refusal.data : "");
	else
		err_set(err, "%s: %s", q->socket,
		    error == EACCES ? strerror(EACCES)
				    : curl_easy_strerror(rc));
	return ASK_FAILED;
}

enum ask_result
ask_sink(
    const char *store, const char *path, struct ask_sink *sink, struct err *err)
{
	char socket[PATH_MAX], url[512];
	enum ask_result result;
	struct question q = {.e = curl_easy_init(),
	    .socket = socket,
	    .path = path,
	    .sink = sink};

	sink->kept[0] = '\0';
	if (q.e == NULL) {
		err_set(err, "libcurl does not start");
		return ASK_FAILED;
	}
	snprintf(socket, sizeof(socket), "%s/riser.sock", store);
	snprintf(url, sizeof(url), "http://localhost%s", path);
	curl_easy_setopt(q.e, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(q.e, CURLOPT_URL, url);
	curl_easy_setopt(q.e, CURLOPT_PROXY, "");
	curl_easy_setopt(q.e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(q.e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(q.e, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl_easy_setopt(q.e, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(q.e, CURLOPT_WRITEDATA, &q);
	result = judge(&q, curl_easy_perform(q.e), err);
	curl_easy_cleanup(q.e);
	buf_free(&q.refusal);
	return result;
}

static bool
take_document(void *context, const char *bytes, size_t length)
{
	struct buf *out = context;

	if (out->len + length > ANSWER_BYTES_MAX)
		return false;
	buf_add(out, bytes, length);
	return true;
}

enum ask_result
ask(const char *store, const char *path, struct buf *out, struct err *err)
{
	struct ask_sink sink = {.take = take_document, .context = out};

	return ask_sink(store, path, &sink, err);
}

enum ask_result
ask_json(const char *store, const char *path, json_t **doc, struct err *err)
{
	struct buf text = {0};
	enum ask_result result = ask(store, path, &text, err);
	json_error_t wrong;

	*doc = NULL;
	if (result == ASK_ANSWERED) {
		*doc = json_loadb(text.data == NULL ? "" : text.data, text.len,
		    JSON_ALLOW_NUL, &wrong);
		if (*doc == NULL) {
			err_set(err, "%s: the answer is no JSON: %s", path,
			    wrong.text);
			result = ASK_FAILED;
		}
	}
	buf_free(&text);
	return result;
}
