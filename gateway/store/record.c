/*
 * record.c - batches, cursors and catalogs as bytes
 *
 * Everything is got through one struct bytes whose `bad` is judged once at the
 * end; counts are checked against the bytes that are left before memory is
 * taken for them.
 *
 * Not done: compression and columns.  A reading takes some 7 bytes as it is, an
 * estate some 10 GB a year; and what is torn or damaged stays one record.
 */
#include "gateway/store/record.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/crc32c.h"

#define CRC_FROM 8 /* the frame's own checksum covers what is behind it */
#define DEVICE_BYTES_MIN 3
#define POINT_BYTES_MIN 5
#define NAME_BYTES_MIN 2

/* A batch's flags. */
enum { FLAG_SYNCED = 1, FLAG_BOOT = 2, FLAGS_KNOWN = 3 };

/* How a value stands on disk. */
enum kind {
	KIND_NONE = 0,
	KIND_F32 = 1, /* 4 bytes */
	KIND_F32_WIDE = 2, /* 8 bytes: an F32 that was computed with */
	KIND_F64 = 3, /* 8 bytes */
	KIND_I64 = 4, /* z */
	KIND_U64 = 5, /* v */
	KIND_FALSE = 6,
	KIND_TRUE = 7,
	KIND_ENUM = 8, /* z */
	KIND_TEXT = 9, /* text */
};

#define KIND_SHIFT 4
#define QUALITY_PLAIN 1 /* low bits of the byte: simply good */

const uint8_t record_magic[4] = {'R', 'J', 'R', 'N'};

/* ---- frames ---- */

void
record_frame_put(uint8_t out[RECORD_FRAME_BYTES], struct record_frame *f,
    const void *body, size_t length)
{
	char memory[RECORD_FRAME_BYTES - CRC_FROM + 1];
	uint32_t crc;
	struct buf b;

	assert(length <= RECORD_BODY_MAX);
	f->length = (uint32_t)length;
	f->body_crc = crc32c(0, body, length);
	buf_fixed(&b, memory, sizeof(memory));
	bytes_put_u32(&b, f->length);
	bytes_put_u32(&b, f->body_crc);
	bytes_put_u32(&b, f->type);
	bytes_put_u64(&b, f->seq);
	bytes_put_u64(&b, f->first);
	bytes_put_u32(&b, f->batches);
	bytes_put_u32(&b, f->readings);
	assert(b.len == RECORD_FRAME_BYTES - CRC_FROM && !b.full);
	crc = htole32(crc32c(0, b.data, b.len));
	memcpy(out, record_magic, sizeof(record_magic));
	memcpy(out + sizeof(record_magic), &crc, sizeof(crc));
	memcpy(out + CRC_FROM, b.data, b.len);
}

bool
record_frame_get(struct record_frame *f, const uint8_t in[RECORD_FRAME_BYTES])
{
	struct bytes b = {
	    .at = in + sizeof(record_magic), .end = in + RECORD_FRAME_BYTES};

	if (memcmp(in, record_magic, sizeof(record_magic)) != 0)
		return false;
	if (bytes_get_u32(&b) !=
	    crc32c(0, in + CRC_FROM, RECORD_FRAME_BYTES - CRC_FROM))
		return false;
	f->length = bytes_get_u32(&b);
	f->body_crc = bytes_get_u32(&b);
	f->type = bytes_get_u32(&b);
	f->seq = bytes_get_u64(&b);
	f->first = bytes_get_u64(&b);
	f->batches = bytes_get_u32(&b);
	f->readings = bytes_get_u32(&b);
	return f->length <= RECORD_BODY_MAX;
}

bool
record_body_ok(const struct record_frame *f, const void *body)
{
	return crc32c(0, body, f->length) == f->body_crc;
}

/* ---- batches ---- */

static void
put_value(struct buf *out, enum kind kind, const struct value *v)
{
	uint32_t narrow;
	uint64_t wide;
	float f;

	switch (kind) {
	case KIND_F32:
		f = (float)v->f;
		memcpy(&narrow, &f, sizeof(narrow));
		bytes_put_u32(out, narrow);
		break;
	case KIND_F32_WIDE:
	case KIND_F64:
		memcpy(&wide, &v->f, sizeof(wide));
		bytes_put_u64(out, wide);
		break;
	case KIND_I64:
	case KIND_ENUM: bytes_put_z(out, (uint64_t)v->i); break;
	case KIND_U64: bytes_put_v(out, v->u); break;
	case KIND_TEXT: bytes_put_text(out, v->text); break;
	case KIND_NONE:
	case KIND_FALSE:
	case KIND_TRUE: break;
	}
}

/* Whether four bytes give back the same bits. */
static bool
is_narrow(double x)
{
	double back = (double)(float)x;

	return memcmp(&back, &x, sizeof(x)) == 0;
}

static enum kind
kind_of(const struct value *v)
{
	switch ((enum value_type)v->type) {
	case VALUE_NONE: return KIND_NONE;
	case VALUE_F32: return is_narrow(v->f) ? KIND_F32 : KIND_F32_WIDE;
	case VALUE_F64: return KIND_F64;
	case VALUE_I64: return KIND_I64;
	case VALUE_U64: return KIND_U64;
	case VALUE_BOOL: return v->u != 0 ? KIND_TRUE : KIND_FALSE;
	case VALUE_ENUM: return KIND_ENUM;
	case VALUE_TEXT: return KIND_TEXT;
	}
	abort(); /* a bug: no such type */
}

static void
get_value(struct bytes *in, unsigned kind, struct value *v)
{
	static const uint8_t types[] = {
	    [KIND_NONE] = VALUE_NONE,
	    [KIND_F32] = VALUE_F32,
	    [KIND_F32_WIDE] = VALUE_F32,
	    [KIND_F64] = VALUE_F64,
	    [KIND_I64] = VALUE_I64,
	    [KIND_U64] = VALUE_U64,
	    [KIND_FALSE] = VALUE_BOOL,
	    [KIND_TRUE] = VALUE_BOOL,
	    [KIND_ENUM] = VALUE_ENUM,
	    [KIND_TEXT] = VALUE_TEXT,
	};
	uint32_t narrow;
	float f;

	if (kind >= sizeof(types)) {
		in->bad = true;
		return;
	}
	v->type = types[kind];
	switch ((enum kind)kind) {
	case KIND_F32:
		narrow = bytes_get_u32(in);
		memcpy(&f, &narrow, sizeof(f));
		v->f = (double)f;
		break;
	case KIND_F32_WIDE:
	case KIND_F64: v->u = bytes_get_u64(in); break; /* the double's bits */
	case KIND_I64:
	case KIND_ENUM: v->i = (int64_t)bytes_get_z(in); break;
	case KIND_U64: v->u = bytes_get_v(in); break;
	case KIND_TEXT:
		bytes_get_text_into(in, v->text, sizeof(v->text));
		break;
	case KIND_NONE:
	case KIND_FALSE: v->u = 0; break;
	case KIND_TRUE: v->u = 1; break;
	}
}

static void
put_reading(struct buf *out, const struct reading *r)
{
	enum kind kind = kind_of(&r->value);
	bool plain = r->quality.code == QUALITY_GOOD && r->quality.detail == 0;

	bytes_put_v(out, r->point);
	bytes_put_u8(
	    out, (uint8_t)(kind << KIND_SHIFT | (plain ? QUALITY_PLAIN : 0)));
	if (!plain) {
		bytes_put_u8(out, r->quality.code);
		bytes_put_u8(out, r->quality.detail);
	}
	put_value(out, kind, &r->value);
}

static void
get_reading(struct bytes *in, uint16_t point_count, struct reading *r)
{
	uint64_t point = bytes_get_v(in);
	uint8_t byte = bytes_get_u8(in);

	if (point >= point_count || (byte & 0xf) > QUALITY_PLAIN) {
		in->bad = true;
		return;
	}
	r->point = (uint16_t)point;
	r->quality = (struct quality){.code = QUALITY_GOOD};
	if ((byte & QUALITY_PLAIN) == 0) {
		r->quality.code = bytes_get_u8(in);
		r->quality.detail = bytes_get_u8(in);
	}
	get_value(in, byte >> KIND_SHIFT, &r->value);
}

static void
put_stamp(struct buf *out, const struct stamp *before, const struct stamp *at)
{
	bytes_put_z(out, (uint64_t)at->mono_ms - (uint64_t)before->mono_ms);
	bytes_put_z(out, (uint64_t)at->wall_ms - (uint64_t)before->wall_ms);
}

bool
record_batch_put(struct buf *out, struct stamp *before, const struct batch *b)
{
	size_t start = out->len;
	bool boot = memcmp(b->at.boot, before->boot, SAMPLE_BOOT_BYTES) != 0;

	assert(b->count <= SAMPLE_READINGS_MAX && !out->full);
	bytes_put_u8(out,
	    (uint8_t)((b->at.synced ? FLAG_SYNCED : 0) |
		(boot ? FLAG_BOOT : 0)));
	bytes_put_v(out, b->device);
	put_stamp(out, before, &b->at);
	if (boot)
		buf_add(out, b->at.boot, SAMPLE_BOOT_BYTES);
	bytes_put_v(out, b->count);
	for (size_t i = 0; i < b->count; i++)
		put_reading(out, &b->readings[i]);
	if (out->full) {
		out->len = start;
		out->full = false;
		return false;
	}
	*before = b->at;
	return true;
}

static void
get_stamp(struct bytes *in, struct stamp *at, uint8_t flags)
{
	const uint8_t *boot;

	at->mono_ms = (int64_t)((uint64_t)at->mono_ms + bytes_get_z(in));
	at->wall_ms = (int64_t)((uint64_t)at->wall_ms + bytes_get_z(in));
	at->synced = (flags & FLAG_SYNCED) != 0;
	boot =
	    (flags & FLAG_BOOT) != 0 ? bytes_get(in, SAMPLE_BOOT_BYTES) : NULL;
	if (boot != NULL)
		memcpy(at->boot, boot, SAMPLE_BOOT_BYTES);
}

bool
record_batch_get(struct bytes *in, struct stamp *before,
    const struct catalog *c, struct batch *b)
{
	uint8_t flags = bytes_get_u8(in);
	uint64_t device = bytes_get_v(in);

	if (in->bad || flags > FLAGS_KNOWN || device >= c->device_count)
		return false;
	b->device = (uint16_t)device;
	get_stamp(in, before, flags);
	b->at = *before;
	b->count = (uint16_t)bytes_get_v_max(in, SAMPLE_READINGS_MAX);
	for (size_t i = 0; i < b->count && !in->bad; i++)
		get_reading(
		    in, c->devices[device].point_count, &b->readings[i]);
	return !in->bad;
}

/* ---- cursors and heads ---- */

void
record_cursors_put(struct buf *out, const struct record_cursors *c)
{
	bytes_put_v(out, c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct record_cursor *r = &c->of[i];

		bytes_put_text(out, r->name);
		bytes_put_v(out, r->seq);
		bytes_put_v(out, r->upto);
		bytes_put_v(out, r->base);
		bytes_put_v(out, r->delivered);
		bytes_put_v(out, r->dropped);
	}
}

bool
record_cursors_get(struct record_cursors *c, const void *body, size_t length)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};

	c->count = (size_t)bytes_get_v_max(&in, RECORD_CURSORS_MAX);
	for (size_t i = 0; i < c->count && !in.bad; i++) {
		struct record_cursor *r = &c->of[i];

		bytes_get_text_into(&in, r->name, sizeof(r->name));
		r->seq = bytes_get_v(&in);
		r->upto = bytes_get_v(&in);
		r->base = bytes_get_v(&in);
		r->delivered = bytes_get_v(&in);
		r->dropped = bytes_get_v(&in);
	}
	return !in.bad && bytes_left(&in) == 0;
}

void
record_head_put(struct buf *out, const struct record_head *h)
{
	assert(strlen(h->log) == RECORD_LOG_CHARS);
	bytes_put_v(out, RECORD_VERSION);
	buf_add(out, h->log, RECORD_LOG_CHARS);
	bytes_put_z(out, (uint64_t)h->wall_ms);
}

bool
record_head_get(struct record_head *h, const void *body, size_t length)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};
	uint64_t version = bytes_get_v(&in);
	const uint8_t *log = bytes_get(&in, RECORD_LOG_CHARS);

	h->wall_ms = (int64_t)bytes_get_z(&in);
	if (in.bad || version != RECORD_VERSION)
		return false;
	for (size_t i = 0; i < RECORD_LOG_CHARS; i++)
		if (!(log[i] >= 'a' && log[i] <= 'z') &&
		    !(log[i] >= '0' && log[i] <= '9'))
			return false;
	memcpy(h->log, log, RECORD_LOG_CHARS);
	h->log[RECORD_LOG_CHARS] = '\0';
	return true;
}

/* ---- catalogs ---- */

static void
put_point(struct buf *out, const struct point_info *p)
{
	bytes_put_text(out, p->name);
	bytes_put_text(out, p->unit);
	bytes_put_text(out, p->role);
	bytes_put_u8(out, p->form);
	bytes_put_v(out, p->name_count);
	for (size_t i = 0; i < p->name_count; i++) {
		bytes_put_z(out, (uint64_t)p->names[i].number);
		bytes_put_text(out, p->names[i].name);
	}
}

void
record_catalog_put(struct buf *out, const struct catalog *c)
{
	bytes_put_v(out, c->device_count);
	for (size_t i = 0; i < c->device_count; i++) {
		const struct device_info *d = &c->devices[i];

		bytes_put_text(out, d->id);
		bytes_put_text(out, d->kind);
		bytes_put_v(out, d->point_count);
		for (size_t p = 0; p < d->point_count; p++)
			put_point(out, &d->points[p]);
	}
}

/* How many things follow, each of at least size bytes. */
static uint16_t
get_count(struct bytes *in, size_t size)
{
	size_t fit = bytes_left(in) / size;

	return (uint16_t)bytes_get_v_max(
	    in, fit < UINT16_MAX ? fit : UINT16_MAX);
}

static void
get_point(struct bytes *in, struct arena *a, struct point_info *p)
{
	struct enum_name *names;

	p->name = bytes_get_text_new(in, a);
	p->unit = bytes_get_text_new(in, a);
	p->role = bytes_get_text_new(in, a);
	p->form = bytes_get_u8(in);
	if (p->form > FORM_TEXT)
		in->bad = true;
	p->name_count = get_count(in, NAME_BYTES_MIN);
	names = arena_array(a, p->name_count, sizeof(*names));
	for (size_t i = 0; i < p->name_count; i++) {
		names[i].number = (int64_t)bytes_get_z(in);
		names[i].name = bytes_get_text_new(in, a);
	}
	p->names = names;
}

static void
get_device(struct bytes *in, struct arena *a, struct device_info *d)
{
	struct point_info *points;

	d->id = bytes_get_text_new(in, a);
	d->kind = bytes_get_text_new(in, a);
	d->point_count = get_count(in, POINT_BYTES_MIN);
	points = arena_array(a, d->point_count, sizeof(*points));
	for (size_t i = 0; i < d->point_count; i++)
		get_point(in, a, &points[i]);
	d->points = points;
}

struct catalog *
record_catalog_get(const void *body, size_t length)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};
	struct arena *a = arena_new();
	struct catalog *c = arena_alloc(a, sizeof(*c));
	struct device_info *devices;

	c->device_count = get_count(&in, DEVICE_BYTES_MIN);
	devices = arena_array(a, c->device_count, sizeof(*devices));
	for (size_t i = 0; i < c->device_count; i++)
		get_device(&in, a, &devices[i]);
	c->devices = devices;
	c->memory = a;
	c->refs = 1;
	if (!in.bad && bytes_left(&in) == 0)
		return c;
	arena_free(a);
	return NULL;
}
