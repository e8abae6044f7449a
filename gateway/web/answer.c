/* answer.c - responses of libmicrohttpd with what each of ours has */
#include "gateway/web/answer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/crc32c.h"
#include "gateway/web/api.h"

#define AGAIN_S "2" /* after a 503 */
#define SENTENCE_MAX 512
#define PART_BYTES 16384 /* of a long answer, asked for at a time */

struct header {
	const char *name, *value;
};

/* On every answer: nothing foreign is loaded, nobody frames us. */
static const struct header headers[] = {
    {"Content-Security-Policy",
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self'; img-src 'self'; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
};
#define HEADER_COUNT (sizeof(headers) / sizeof(headers[0]))

/* Adds a header; a response without one of them would be a wrong one. */
static void
header_add(struct MHD_Response *r, const char *name, const char *value)
{
	enum MHD_Result rc = MHD_add_response_header(r, name, value);

	assert(rc == MHD_YES); /* only memory or a malformed header can fail */
}

static void
headers_add(struct MHD_Response *r, const char *type, const char *cache)
{
	for (size_t i = 0; i < HEADER_COUNT; i++)
		header_add(r, headers[i].name, headers[i].value);
	header_add(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	header_add(r, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
}

static enum MHD_Result
send_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result rc = MHD_queue_response(c, status, r);

	MHD_destroy_response(r); /* our reference of it */
	return rc;
}

/* Takes the text away from b. */
static struct MHD_Response *
response_of(struct buf *b, const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    b->len, b->data, MHD_RESPMEM_MUST_FREE);

	assert(r != NULL); /* as must_alloc */
	headers_add(r, type, "no-store");
	*b = (struct buf){0};
	return r;
}

enum MHD_Result
answer_text(
    struct MHD_Connection *c, unsigned status, const char *type, struct buf *b)
{
	struct MHD_Response *r = response_of(b, type);

	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		header_add(r, MHD_HTTP_HEADER_RETRY_AFTER, AGAIN_S);
	return send_response(c, status, r);
}

enum MHD_Result
answer_follow(struct MHD_Connection *c, const struct answer_parts *p)
{
	struct MHD_Response *r = MHD_create_response_from_callback(
	    p->size, PART_BYTES, p->next, p->context, p->over);
	char text[SENTENCE_MAX];

	assert(r != NULL);
	headers_add(r, p->type, "no-store");
	if (p->file != NULL) {
		snprintf(
		    text, sizeof(text), "attachment; filename=\"%s\"", p->file);
		header_add(r, MHD_HTTP_HEADER_CONTENT_DISPOSITION, text);
	}
	if (p->kept_ms != 0) {
		snprintf(text, sizeof(text), "%" PRId64, p->kept_ms);
		header_add(r, "Riser-From", text);
	}
	return send_response(c, MHD_HTTP_OK, r);
}

enum MHD_Result
answer_error(struct MHD_Connection *c, unsigned status, const char *allow,
    const char *fmt, ...)
{
	char text[SENTENCE_MAX];
	struct MHD_Response *r;
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	api_error(&b, "%s", text);
	if (allow == NULL)
		return answer_text(c, status, MIME_JSON, &b);
	r = response_of(&b, MIME_JSON);
	header_add(r, MHD_HTTP_HEADER_ALLOW, allow);
	return send_response(c, status, r);
}

enum MHD_Result
answer_asset(struct MHD_Connection *c, const struct asset *asset)
{
	size_t size = (size_t)(asset->end - asset->begin);
	const char *had = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	struct MHD_Response *r;
	char tag[16];
	bool same;

	snprintf(tag, sizeof(tag), "\"%08x\"", crc32c(0, asset->begin, size));
	same = had != NULL && strstr(had, tag) != NULL;
	r = MHD_create_response_from_buffer(same ? 0 : size,
	    (void *)(uintptr_t)asset->begin, MHD_RESPMEM_PERSISTENT);
	assert(r != NULL);
	headers_add(r, asset->type, "no-cache");
	header_add(r, MHD_HTTP_HEADER_ETAG, tag);
	return send_response(c, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r);
}
