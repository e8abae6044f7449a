/*
 * sse.h - one or more server-sent events, written once and shared by all who
 * get them
 *
 * As text and packed.  The packed form is whole blocks of deflate that refer to
 * nothing before them: so it may follow any other in a body of Content-Encoding
 * gzip, and what 200 pages get is compressed once.  The first of a body has
 * gzip's head; no body has an end.
 */
#ifndef SSE_H
#define SSE_H

#include "gateway/base/buf.h"

#include <stdint.h>

enum sse_form { SSE_TEXT, SSE_PACKED, SSE_FORMS };

struct sse {
	int refs; /* atomic */
	uint64_t n; /* of its sequence; what came up to it is in it or before */
	int64_t at_ms; /* monotonic */
	size_t len[SSE_FORMS];
	char *bytes[SSE_FORMS];
};

struct sse_packer;

struct sse_packer *sse_packer_new(void);
void sse_packer_free(struct sse_packer *p); /* NULL is fine */

/* With one reference; text is copied.  first: it begins a body. */
struct sse *sse_new(struct sse_packer *p, const struct buf *text, bool first);
struct sse *sse_ref(struct sse *m);
void sse_unref(struct sse *m); /* NULL is fine */

/* What one takes, in both forms. */
size_t sse_size(const struct sse *m);

/* An event to b: "event: name", then what print writes as its data, in one
 * line.  The caller ends it, after an "id: .." if it has one, by an empty
 * line. */
void sse_begin(struct buf *b, const char *name);
void sse_end(struct buf *b);

#endif
