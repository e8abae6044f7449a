/*
 * answer.h - responses of libmicrohttpd with what each of ours has
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <microhttpd.h>
#include <stdbool.h>

#include "gateway/base/buf.h"
#include "gateway/web/assets.h"

#define MIME_JSON "application/json"
#define MIME_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* All of these queue one response to c and return what the handler has to
 * return. */

/* Takes the text away from b.  A long one is packed for who can unpack it.  A
 * 503 and a 429 say when to come again. */
enum MHD_Result answer_text(
    struct MHD_Connection *c, unsigned status, const char *type, struct buf *b);

/* What next gives: in pieces, each as soon as it is there.  size: of all of it,
 * or MHD_SIZE_UNKNOWN.  file: to be saved by that name; or NULL.  over: of
 * context, when next is not called any more. */
struct answer_parts {
	const char *type, *file;
	uint64_t size;
	int64_t kept_ms; /* told as Riser-From if it is not 0 */
	MHD_ContentReaderCallback next;
	void *context;
	MHD_ContentReaderFreeCallback over;
};

enum MHD_Result answer_follow(
    struct MHD_Connection *c, const struct answer_parts *p);

/* A text of JSON with a cookie (the value of Set-Cookie). */
enum MHD_Result answer_cookie(struct MHD_Connection *c, unsigned status,
    const char *cookie, struct buf *b);

/* {"error":"..."}; allow: the methods of a 405, else NULL. */
enum MHD_Result answer_error(struct MHD_Connection *c, unsigned status,
    const char *allow, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What the stream's response has, which begins at once and ends late; takes the
 * reference of r.  packed: as Content-Encoding gzip. */
enum MHD_Result answer_stream(
    struct MHD_Connection *c, struct MHD_Response *r, bool packed);

/* To a HEAD: with the same heads and no body, nor the end of one. */
enum MHD_Result answer_stream_head(struct MHD_Connection *c);

/* Whether the answer to c may be gzip. */
bool answer_may_pack(struct MHD_Connection *c);

/* An asset changes with the program only.  One whose path names its content is
 * kept for ever; of another the browser asks each time whether its copy still
 * holds, and mostly it does. */
enum MHD_Result answer_asset(
    struct MHD_Connection *c, const struct asset *asset);

#endif
