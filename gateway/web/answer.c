/* answer.c - responses of libmicrohttpd with what each of ours has */
#include "gateway/web/answer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "gateway/base/arena.h"
#include "gateway/web/api.h"

#define AGAIN_S "2" /* after a 503 or a 429 */
#define HSTS "max-age=31536000" /* a year: and no way back to http */
#define SENTENCE_MAX 512
#define PART_BYTES 16384 /* of a long answer, asked for at a time */
#define ASSET_TAG_MAX 16
#define PACK_LEAST 1024 /* bytes; less is not worth it */
#define PACK_LEVEL 3 /* of zlib; higher ones cost more than they save */
#define PACK_GZIP 16 /* of zlib's window bits: the form */

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
    {"Cross-Origin-Resource-Policy", "same-origin"},
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
	enum MHD_Result rc;

	if (MHD_get_connection_info(c, MHD_CONNECTION_INFO_PROTOCOL) != NULL)
		header_add(r, MHD_HTTP_HEADER_STRICT_TRANSPORT_SECURITY, HSTS);
	rc = MHD_queue_response(c, status, r);
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

/* Whether the browser takes it compressed: "gzip" among its encodings, and not
 * with a weight of 0. */
bool
answer_may_pack(struct MHD_Connection *c)
{
	const char *all = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	const char *at = all != NULL ? strstr(all, "gzip") : NULL;

	if (at == NULL)
		return false;
	at += strlen("gzip");
	at += strspn(at, " ");
	return !(*at == ';' && strspn(at, "; q=0.") == strcspn(at, ","));
}

/* b's text gives way to itself as gzip. */
static void
pack(struct buf *b)
{
	z_stream z = {0};
	struct buf packed = {0};
	int rc = deflateInit2(&z, PACK_LEVEL, Z_DEFLATED, MAX_WBITS + PACK_GZIP,
	    MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);

	assert(rc == Z_OK); /* only memory can fail */
	packed.cap = deflateBound(&z, b->len);
	packed.data = must_alloc(packed.cap, 1);
	z.next_in = (Bytef *)b->data;
	z.avail_in = (uInt)b->len;
	z.next_out = (Bytef *)packed.data;
	z.avail_out = (uInt)packed.cap;
	rc = deflate(&z, Z_FINISH);
	assert(rc == Z_STREAM_END);
	packed.len = z.total_out;
	deflateEnd(&z);
	buf_free(b);
	*b = packed;
}

enum MHD_Result
answer_text(
    struct MHD_Connection *c, unsigned status, const char *type, struct buf *b)
{
	bool packed = b->len >= PACK_LEAST && answer_may_pack(c);
	struct MHD_Response *r;

	if (packed)
		pack(b);
	r = response_of(b, type);
	header_add(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	if (packed)
		header_add(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE ||
	    status == MHD_HTTP_TOO_MANY_REQUESTS)
		header_add(r, MHD_HTTP_HEADER_RETRY_AFTER, AGAIN_S);
	/* Where it ends, and another begins, is as doubtful. */
	if (status == MHD_HTTP_BAD_REQUEST)
		header_add(r, MHD_HTTP_HEADER_CONNECTION, "close");
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
answer_cookie(struct MHD_Connection *c, unsigned status, const char *cookie,
    struct buf *b)
{
	struct MHD_Response *r = response_of(b, MIME_JSON);

	header_add(r, MHD_HTTP_HEADER_SET_COOKIE, cookie);
	return send_response(c, status, r);
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

/* A proxy in front is not to gather what should leave at once. */
enum MHD_Result
answer_stream(struct MHD_Connection *c, struct MHD_Response *r, bool packed)
{
	headers_add(r, "text/event-stream", "no-store");
	header_add(r, "X-Accel-Buffering", "no");
	header_add(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	if (packed)
		header_add(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return send_response(c, MHD_HTTP_OK, r);
}

enum MHD_Result
answer_stream_head(struct MHD_Connection *c)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

	assert(r != NULL); /* as must_alloc */
	return answer_stream(c, r, false);
}

static const char *
caching(const struct asset *asset)
{
	return asset->hashed ? "public, max-age=31536000, immutable"
			     : "no-cache";
}

static struct MHD_Response *
asset_response(const struct asset *asset, bool same, bool gzip)
{
	const struct asset_bytes *b = gzip ? &asset->gzip : &asset->plain;
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    same ? 0 : (size_t)(b->end - b->begin), (void *)(uintptr_t)b->begin,
	    MHD_RESPMEM_PERSISTENT);

	assert(r != NULL);
	headers_add(r, asset->type, caching(asset));
	header_add(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	if (gzip && !same)
		header_add(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return r;
}

enum MHD_Result
answer_asset(struct MHD_Connection *c, const struct asset *asset)
{
	const char *had = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	bool same = had != NULL && strstr(had, asset->tag) != NULL;
	bool gzip = answer_may_pack(c);
	struct MHD_Response *r = asset_response(asset, same, gzip);
	char tag[ASSET_TAG_MAX + 2];

	/* Compressed, it is the same page but not the same bytes. */
	snprintf(tag, sizeof(tag), "%s%s", gzip ? "W/" : "", asset->tag);
	header_add(r, MHD_HTTP_HEADER_ETAG, tag);
	return send_response(c, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r);
}
