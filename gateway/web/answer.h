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

/* All of these queue one response to c and return what the handler has to
 * return. */

/* Takes the text away from b.  A 503 and a 429 say when to come
 * again. */
enum MHD_Result answer_text(
    struct MHD_Connection *c, unsigned status, const char *type, struct buf *b);

/* The same with a cookie (the value of Set-Cookie). */
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
