/* sse.c - server-sent events, as text and packed */
#include "gateway/web/sse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gateway/base/arena.h"

#define LEVEL 3 /* of zlib; higher ones cost more than they save here */
#define FLUSH_BYTES ((size_t)16) /* a flush's own */

static const char gzip_head[] = {
    0x1f, (char)0x8b, 8 /* deflate */, 0, 0, 0, 0, 0, 0, 3 /* Unix */};

struct sse_packer {
	z_stream z;
};

struct sse_packer *
sse_packer_new(void)
{
	struct sse_packer *p = must_alloc(1, sizeof(*p));
	int rc = deflateInit2(&p->z, LEVEL, Z_DEFLATED, -MAX_WBITS,
	    MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);

	assert(rc == Z_OK); /* only memory can fail */
	return p;
}

void
sse_packer_free(struct sse_packer *p)
{
	if (p == NULL)
		return;
	deflateEnd(&p->z);
	free(p);
}

/* A reset before and a flush behind make it stand by itself. */
static void
pack(struct sse_packer *p, struct sse *m, bool first)
{
	size_t head = first ? sizeof(gzip_head) : 0;
	size_t room = deflateBound(&p->z, m->len[SSE_TEXT]) + FLUSH_BYTES;
	char *bytes = must_alloc(head + room, 1);
	int rc = deflateReset(&p->z);

	memcpy(bytes, gzip_head, head);
	p->z.next_in = (Bytef *)m->bytes[SSE_TEXT];
	p->z.avail_in = (uInt)m->len[SSE_TEXT];
	p->z.next_out = (Bytef *)bytes + head;
	p->z.avail_out = (uInt)room;
	if (rc == Z_OK)
		rc = deflate(&p->z, Z_FULL_FLUSH);
	assert(rc == Z_OK && p->z.avail_in == 0 && p->z.avail_out > 0);
	m->len[SSE_PACKED] = head + room - p->z.avail_out;
	m->bytes[SSE_PACKED] = must_grow(bytes, m->len[SSE_PACKED], 1);
}

struct sse *
sse_new(struct sse_packer *p, const struct buf *text, bool first)
{
	struct sse *m = must_alloc(1, sizeof(*m));

	m->refs = 1;
	m->len[SSE_TEXT] = text->len;
	m->bytes[SSE_TEXT] = must_alloc(text->len, 1);
	memcpy(m->bytes[SSE_TEXT], text->data, text->len);
	pack(p, m, first);
	return m;
}

struct sse *
sse_ref(struct sse *m)
{
	__atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
	return m;
}

void
sse_unref(struct sse *m)
{
	if (m == NULL || __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < SSE_FORMS; i++)
		free(m->bytes[i]);
	free(m);
}

size_t
sse_size(const struct sse *m)
{
	return m->len[SSE_TEXT] + m->len[SSE_PACKED];
}

void
sse_begin(struct buf *b, const char *name)
{
	buf_printf(b, "event: %s\ndata: ", name);
}

void
sse_end(struct buf *b)
{
	buf_puts(b, "\n\n");
}
