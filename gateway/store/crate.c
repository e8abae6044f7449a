/*
 * crate.c - a body and its noise as bytes
 */
#include "gateway/store/crate.h"

#include <stdlib.h>
#include <zstd.h>

#include "gateway/base/arena.h"

/* Of a day of site m (tests/bench/site.c) 4 is 1 % larger and a quarter
 * quicker, 6 is 0.4 % smaller and a third slower. */
#define LEVEL 5
/* A small window keeps zstd's memory small. */
#define WINDOW_LOG 16

enum { FORM_PLAIN = 0, FORM_ZSTD = 1 };

struct crate_packer {
	ZSTD_CCtx *zstd;
	struct buf packed;
};

/* Room for so many bytes, of which none is kept. */
static void
make_room(struct buf *b, size_t size)
{
	if (b->cap >= size)
		return;
	buf_free(b);
	b->data = must_alloc(1, size);
	b->cap = size;
}

struct crate_packer *
crate_packer_new(void)
{
	struct crate_packer *p = must_alloc(1, sizeof(*p));

	p->zstd = ZSTD_createCCtx();
	if (p->zstd == NULL)
		abort();
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	return p;
}

void
crate_packer_free(struct crate_packer *p)
{
	if (p == NULL)
		return;
	ZSTD_freeCCtx(p->zstd);
	buf_free(&p->packed);
	free(p);
}

void
crate_pack(struct crate_packer *p, const struct buf *body,
    const struct buf *noise, struct buf *out)
{
	size_t length;

	make_room(&p->packed, ZSTD_compressBound(body->len));
	length = ZSTD_compress2(
	    p->zstd, p->packed.data, p->packed.cap, body->data, body->len);
	if (ZSTD_isError(length) || length >= body->len) {
		bytes_put_u8(out, FORM_PLAIN);
		bytes_put_v(out, body->len);
		bytes_put_v(out, body->len);
		buf_add(out, body->data, body->len);
	} else {
		bytes_put_u8(out, FORM_ZSTD);
		bytes_put_v(out, body->len);
		bytes_put_v(out, length);
		buf_add(out, p->packed.data, length);
	}
	buf_add(out, noise->data, noise->len);
}

static bool
unpack(struct crate *c, const struct bytes *packed, size_t length)
{
	if (c->zstd == NULL)
		c->zstd = ZSTD_createDCtx();
	if (c->zstd == NULL)
		abort();
	make_room(&c->plain, length);
	c->body = (struct bytes){.at = (uint8_t *)c->plain.data,
	    .end = (uint8_t *)c->plain.data + length};
	return ZSTD_decompressDCtx(c->zstd, c->plain.data, length, packed->at,
		   bytes_left(packed)) == length;
}

struct bytes
crate_part(struct bytes *in, uint64_t length)
{
	struct bytes out = {.at = in->at};

	if (in->bad || length > bytes_left(in)) {
		in->bad = true;
		return (struct bytes){.bad = true};
	}
	in->at += length;
	out.end = in->at;
	return out;
}

bool
crate_open(struct crate *c, const void *bytes, size_t length)
{
	struct bytes in = {.at = bytes, .end = (const uint8_t *)bytes + length};
	uint8_t form = bytes_get_u8(&in);
	uint64_t plain = bytes_get_v_max(&in, CRATE_BODY_MAX);
	uint64_t packed = bytes_get_v_max(&in, CRATE_BODY_MAX);
	struct bytes body = crate_part(&in, packed);
	bool good = !body.bad && form <= FORM_ZSTD;

	c->noise = in;
	if (good && form == FORM_PLAIN) {
		c->body = body;
		good = plain == packed;
	} else if (good) {
		good = unpack(c, &body, plain);
	}
	if (!good)
		c->body = c->noise = (struct bytes){.bad = true};
	return good;
}

void
crate_copy(const struct crate *c, struct buf *out)
{
	size_t body = bytes_left(&c->body), noise = bytes_left(&c->noise);

	bytes_put_u8(out, FORM_PLAIN);
	bytes_put_v(out, body);
	bytes_put_v(out, body);
	buf_add(out, c->body.at, body);
	buf_add(out, c->noise.at, noise);
}

void
crate_free(struct crate *c)
{
	ZSTD_freeDCtx(c->zstd);
	buf_free(&c->plain);
	*c = (struct crate){0};
}
