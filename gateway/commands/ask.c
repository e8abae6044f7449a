/* ask.c - a question to the gateway that runs on this store */
#include "gateway/commands/ask.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 10000L
#define ANSWER_BYTES_MAX ((size_t)64 << 20) /* no answer of ours is as long */

static size_t
take(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *out = context;

	if (out->len + size * count > ANSWER_BYTES_MAX)
		return 0;
	buf_add(out, bytes, size * count);
	return size * count;
}

static enum ask_result
judge(CURL *e, CURLcode rc, const char *socket, const char *path,
    struct buf *out, struct err *err)
{
	long status = 0, error = 0;

	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(e, CURLINFO_OS_ERRNO, &error);
	if (rc == CURLE_OK && status == 200)
		return ASK_ANSWERED;
	if (rc == CURLE_COULDNT_CONNECT && error != EACCES)
		return ASK_NOBODY;
	if (rc == CURLE_OK)
		err_set(err, "the gateway answers %ld to %s: %s", status, path,
		    out->data != NULL ? out->data : "");
	else
		err_set(err, "%s: %s", socket,
		    error == EACCES ? strerror(EACCES)
				    : curl_easy_strerror(rc));
	return ASK_FAILED;
}

enum ask_result
ask(const char *store, const char *path, struct buf *out, struct err *err)
{
	char socket[PATH_MAX], url[512];
	enum ask_result result;
	CURL *e = curl_easy_init();

	if (e == NULL) {
		err_set(err, "libcurl does not start");
		return ASK_FAILED;
	}
	snprintf(socket, sizeof(socket), "%s/riser.sock", store);
	snprintf(url, sizeof(url), "http://localhost%s", path);
	curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, out);
	result = judge(e, curl_easy_perform(e), socket, path, out, err);
	curl_easy_cleanup(e);
	return result;
}
