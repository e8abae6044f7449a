/*
 * row.c - a batch as bytes, as it waits in memory
 *
 * Everything is got through one struct bytes whose `bad` is judged once at the
 * end.  Integers take few bytes when they are small and stamps are differences,
 * but nothing is looked up and nothing compressed: a row is written by whoever
 * appends, under the journal's lock.
 */
#include "gateway/store/row.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* A batch's flags. */
enum { FLAG_SYNCED = 1, FLAG_BOOT = 2, FLAG_EVENT = 4, FLAGS_KNOWN = 7 };

/* How a value stands in a row. */
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

/* A reading's bytes at most: point, kind, quality, a text with its length. */
#define READING_BYTES (3 + 1 + 2 + 1 + SAMPLE_TEXT_MAX)
#define PIECE_BYTES 512 /* of readings that are added together */

static uint8_t *
write_v(uint8_t *at, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*at++ = (uint8_t)(x | 0x80);
	*at++ = (uint8_t)x;
	return at;
}

static uint8_t *
write_u32(uint8_t *at, uint32_t x)
{
	x = htole32(x);
	memcpy(at, &x, sizeof(x));
	return at + sizeof(x);
}

static uint8_t *
write_u64(uint8_t *at, uint64_t x)
{
	x = htole64(x);
	memcpy(at, &x, sizeof(x));
	return at + sizeof(x);
}

static uint8_t *
write_f32(uint8_t *at, double x)
{
	float f = (float)x;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return write_u32(at, bits);
}

static uint8_t *
write_text(uint8_t *at, const char *text)
{
	size_t len = strnlen(text, SAMPLE_TEXT_MAX - 1);

	*at++ = (uint8_t)len;
	memcpy(at, text, len);
	return at + len;
}

static uint8_t *
write_value(uint8_t *at, enum kind kind, const struct value *v)
{
	switch (kind) {
	case KIND_F32: return write_f32(at, v->f);
	case KIND_F32_WIDE:
	case KIND_F64: return write_u64(at, v->u); /* the double's bits */
	case KIND_I64:
	case KIND_ENUM: return write_v(at, bytes_fold((uint64_t)v->i));
	case KIND_U64: return write_v(at, v->u);
	case KIND_TEXT: return write_text(at, v->text);
	case KIND_NONE:
	case KIND_FALSE:
	case KIND_TRUE: break;
	}
	return at;
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

static uint8_t *
write_reading(uint8_t *at, const struct reading *r)
{
	enum kind kind = kind_of(&r->value);
	bool plain = r->quality.code == QUALITY_GOOD && r->quality.detail == 0;

	at = write_v(at, r->point);
	*at++ = (uint8_t)(kind << KIND_SHIFT | (plain ? QUALITY_PLAIN : 0));
	if (!plain) {
		*at++ = r->quality.code;
		*at++ = r->quality.detail;
	}
	return write_value(at, kind, &r->value);
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

static void
put_event(struct buf *out, const char *event)
{
	size_t length = strlen(event);

	assert(length < SAMPLE_EVENT_MAX);
	bytes_put_v(out, length);
	buf_add(out, event, length + 1);
}

/* Some at a time: all add to the same buf, and ask it for room. */
static void
put_readings(struct buf *out, const struct batch *b)
{
	uint8_t piece[PIECE_BYTES], *at = piece;

	bytes_put_v(out, b->device);
	bytes_put_v(out, b->count);
	for (size_t i = 0; i < b->count; i++) {
		at = write_reading(at, &b->readings[i]);
		if (at - piece <= PIECE_BYTES - READING_BYTES)
			continue;
		buf_add(out, piece, (size_t)(at - piece));
		at = piece;
	}
	buf_add(out, piece, (size_t)(at - piece));
}

bool
row_put(struct buf *out, struct stamp *before, const struct batch *b)
{
	size_t start = out->len;
	bool boot = memcmp(b->at.boot, before->boot, SAMPLE_BOOT_BYTES) != 0;

	assert(b->count <= SAMPLE_READINGS_MAX && !out->full);
	bytes_put_u8(out,
	    (uint8_t)((b->at.synced ? FLAG_SYNCED : 0) |
		(boot ? FLAG_BOOT : 0) | (b->event != NULL ? FLAG_EVENT : 0)));
	put_stamp(out, before, &b->at);
	if (boot)
		buf_add(out, b->at.boot, SAMPLE_BOOT_BYTES);
	if (b->event != NULL)
		put_event(out, b->event);
	else
		put_readings(out, b);
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

static void
get_event(struct bytes *in, struct batch *b)
{
	size_t length = (size_t)bytes_get_v_max(in, SAMPLE_EVENT_MAX - 1);
	const uint8_t *at = bytes_get(in, length + 1);

	if (at == NULL || memchr(at, '\0', length + 1) != at + length) {
		in->bad = true;
		return;
	}
	b->device = 0;
	b->count = 1;
	b->event = (const char *)at;
}

static void
get_readings(struct bytes *in, const struct catalog *c, struct batch *b)
{
	uint64_t device = bytes_get_v(in);

	if (c == NULL || device >= c->device_count) {
		in->bad = true;
		return;
	}
	b->device = (uint16_t)device;
	b->count = (uint16_t)bytes_get_v_max(in, SAMPLE_READINGS_MAX);
	b->event = NULL;
	for (size_t i = 0; i < b->count && !in->bad; i++)
		get_reading(
		    in, c->devices[device].point_count, &b->readings[i]);
}

bool
row_get(struct bytes *in, struct stamp *before, const struct catalog *c,
    struct batch *b)
{
	uint8_t flags = bytes_get_u8(in);

	if (in->bad || flags > FLAGS_KNOWN)
		return false;
	get_stamp(in, before, flags);
	b->at = *before;
	if ((flags & FLAG_EVENT) != 0)
		get_event(in, b);
	else
		get_readings(in, c, b);
	return !in->bad;
}
