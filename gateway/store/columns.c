/*
 * columns.c - a commit's batches column by column, to disk
 *
 * A gateway commits every second: a few dozen readings, too few for zstd to
 * learn much, and each body stands alone.  So the columns do most of the work:
 * a reading is one byte for its point and kind, and its value is as small as it
 * can be told exactly.  Meters send decimals of few digits (412.5, 0.3744), and
 * registers with a scale become some: those are digits and places.  Of other
 * floats the upper half is told as a difference, the lower half is noise, which
 * zstd could only copy.
 *
 * Memory is bounded: each column has room for its worst case from the start,
 * untouched until it is used; zstd with its small window and tables takes
 * 30 KiB for a small commit and 0.6 MiB for the largest.  What it cannot make
 * smaller, or has no memory for, stands plain.
 *
 * Bytes a reading, with rows through zstd beside (tests/bench/bench_columns.c):
 *
 *	readings a commit     40     75    750   2,000
 *	columns              5.5    5.0    3.6    3.3
 *	rows, zstd           7.5    6.8    5.1    4.8
 *
 * Not done: a dictionary learnt from earlier commits (a damaged one would cost
 * those behind it); arithmetic coding (another half byte, and ours to keep);
 * decimals and integers as differences to their point's last (gained nothing).
 */
#include "gateway/store/columns.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "gateway/store/columns_form.h"

#define LEVEL 3
#define WINDOW_LOG 17 /* 128 KiB */
#define TABLE_LOG 14 /* 64 KiB each; larger ones gain nothing */

/* Columns and noise together are at most twice as long as the rows: what grows
 * most is a reading without a value, from 2 bytes to 3, and a batch without
 * readings, from 5 to 7. */
#define GROWTH 2
#define HEAD_BYTES 32 /* of a body, at most: its form and two v */
#define LENGTHS_BYTES 128 /* of the columns, at most */

_Static_assert(
    HEAD_BYTES + LENGTHS_BYTES + GROWTH * COLUMNS_ROWS_MAX <= RECORD_BODY_MAX,
    "a body is a record's");

struct columns_writer {
	ZSTD_CCtx *zstd;
	char *memory; /* of all the buffers */
	struct buf of[STREAM_COUNT];
	struct buf plain; /* the columns, one behind the other */
	char *packed;
	struct told told;
	struct reading readings[SAMPLE_READINGS_MAX];
};

size_t
columns_bound(size_t rows_bytes)
{
	return HEAD_BYTES + LENGTHS_BYTES + GROWTH * rows_bytes;
}

struct columns_writer *
columns_writer_new(void)
{
	struct columns_writer *w = must_alloc(1, sizeof(*w));
	size_t size = columns_bound(COLUMNS_ROWS_MAX);
	char *at = w->memory = must_map((STREAM_COUNT + 2) * size);

	for (size_t i = 0; i < STREAM_COUNT; i++, at += size)
		buf_fixed(&w->of[i], at, size);
	buf_fixed(&w->plain, at, size);
	w->packed = at + size;
	w->zstd = ZSTD_createCCtx();
	if (w->zstd == NULL)
		abort(); /* no memory at the start */
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_hashLog, TABLE_LOG);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_chainLog, TABLE_LOG);
	return w;
}

void
columns_writer_free(struct columns_writer *w)
{
	if (w == NULL)
		return;
	ZSTD_freeCCtx(w->zstd);
	must_unmap(
	    w->memory, (STREAM_COUNT + 2) * columns_bound(COLUMNS_ROWS_MAX));
	free(w);
}

static void
put_float(struct columns_writer *w, uint16_t point, double value)
{
	struct recent *p = columns_recent(&w->told, point);
	float f = (float)value;
	uint32_t bits, less;

	memcpy(&bits, &f, sizeof(bits));
	less = bits - p->bits;
	less = less << 1 ^ (less >> 31 != 0 ? UINT32_MAX : 0);
	bytes_put_v(&w->of[HEADS], less >> 16);
	bytes_put_u16(&w->of[NOISE], (uint16_t)less);
	p->bits = w->told.bits = bits;
}

static void
put_double(struct columns_writer *w, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bytes_put_u32(&w->of[HEADS], (uint32_t)(bits >> 32));
	bytes_put_u32(&w->of[NOISE], (uint32_t)bits);
}

static void
put_decimal(struct columns_writer *w, struct decimal d)
{
	uint64_t digits = bytes_fold((uint64_t)d.digits);

	bytes_put_v(&w->of[NUMBERS], digits << PLACES_SHIFT | d.places);
}

static enum kind
put_number(struct columns_writer *w, const struct reading *r)
{
	double x = r->value.f;
	bool f32 = r->value.type == VALUE_F32;
	bool narrow = f32 && columns_same_bits((double)(float)x, x);
	struct decimal d;

	if (columns_decimal_of(&d, x, narrow)) {
		put_decimal(w, d);
		return narrow ? KIND_F32_DECIMAL
		    : f32     ? KIND_WIDE_DECIMAL
			      : KIND_F64_DECIMAL;
	}
	if (narrow) {
		put_float(w, r->point, x);
		return KIND_F32;
	}
	put_double(w, x);
	return f32 ? KIND_WIDE : KIND_F64;
}

static enum kind
put_value(struct columns_writer *w, const struct reading *r)
{
	const struct value *v = &r->value;

	switch ((enum value_type)v->type) {
	case VALUE_NONE: return KIND_NONE;
	case VALUE_F32:
	case VALUE_F64: return put_number(w, r);
	case VALUE_I64:
		bytes_put_z(&w->of[NUMBERS], (uint64_t)v->i);
		return KIND_I64;
	case VALUE_U64: bytes_put_v(&w->of[NUMBERS], v->u); return KIND_U64;
	case VALUE_BOOL: return v->u != 0 ? KIND_TRUE : KIND_FALSE;
	case VALUE_ENUM:
		bytes_put_z(&w->of[NUMBERS], (uint64_t)v->i);
		return KIND_ENUM;
	case VALUE_TEXT:
		bytes_put_text(&w->of[TEXTS], v->text);
		return KIND_TEXT;
	}
	abort(); /* a bug: no such type */
}

/* A reading of the point behind those left out since `expected`. */
static void
put_reading(
    struct columns_writer *w, const struct reading *r, uint16_t expected)
{
	bool good =
	    quality_equal(r->quality, (struct quality){.code = QUALITY_GOOD});
	uint64_t gap = (uint64_t)r->point - expected;
	unsigned low = !good	? QUALITY_FOLLOWS
	    : gap < GAP_FOLLOWS ? (unsigned)gap
				: GAP_FOLLOWS;

	if (low >= GAP_FOLLOWS)
		bytes_put_z(&w->of[POINTS], gap);
	if (!good) {
		bytes_put_u8(&w->of[QUALITIES], r->quality.code);
		bytes_put_u8(&w->of[QUALITIES], r->quality.detail);
	}
	bytes_put_u8(&w->of[TOKENS],
	    (uint8_t)((unsigned)put_value(w, r) << KIND_SHIFT | low));
}

static void
put_readings(struct columns_writer *w, const struct batch *b)
{
	uint16_t expected = 0;

	bytes_put_z(&w->of[DEVICES], (uint64_t)b->device - w->told.device);
	w->told.device = b->device;
	for (size_t i = 0; i < b->count; i++) {
		put_reading(w, &b->readings[i], expected);
		expected = (uint16_t)(b->readings[i].point + 1);
	}
}

static void
put_stamp(struct columns_writer *w, const struct stamp *at, bool boot)
{
	uint64_t mono = (uint64_t)at->mono_ms;
	uint64_t lead = (uint64_t)at->wall_ms - mono;

	if (boot)
		buf_add(&w->of[BOOTS], at->boot, SAMPLE_BOOT_BYTES);
	bytes_put_z(&w->of[MONOS], mono - (uint64_t)w->told.at.mono_ms);
	bytes_put_z(&w->of[LEADS], lead - w->told.lead);
	w->told.lead = lead;
	w->told.at = *at;
}

static void
put_batch(struct columns_writer *w, const struct batch *b)
{
	bool boot = memcmp(b->at.boot, w->told.at.boot, SAMPLE_BOOT_BYTES) != 0;
	uint8_t flags = (uint8_t)((b->at.synced ? FLAG_SYNCED : 0) |
	    (boot ? FLAG_BOOT : 0) | (b->event != NULL ? FLAG_EVENT : 0));
	size_t count = b->event != NULL ? strlen(b->event) : b->count;

	bytes_put_v(&w->of[COUNTS], count << 1 | (flags != w->told.flags));
	if (flags != w->told.flags)
		bytes_put_u8(&w->of[FLAGS], flags);
	w->told.flags = flags;
	put_stamp(w, &b->at, boot);
	if (b->event != NULL)
		buf_add(&w->of[TEXTS], b->event, count + 1);
	else
		put_readings(w, b);
}

/* Takes rows apart; gives the newest synchronised time, or 0. */
static int64_t
put_rows(struct columns_writer *w, const struct catalog *c, struct bytes in,
    uint32_t batches)
{
	struct stamp before = {0};
	int64_t newest_ms = 0;

	for (size_t i = 0; i < STREAM_COUNT; i++)
		buf_clear(&w->of[i]);
	memset(&w->told, 0, sizeof(w->told));
	for (uint32_t i = 0; i < batches; i++) {
		struct batch b = {.readings = w->readings};

		if (!row_get(&in, &before, c, &b))
			abort(); /* a bug: they were put by us */
		put_batch(w, &b);
		if (b.at.synced && b.at.wall_ms > newest_ms)
			newest_ms = b.at.wall_ms;
	}
	assert(bytes_left(&in) == 0);
	return newest_ms;
}

static void
join(struct columns_writer *w)
{
	buf_clear(&w->plain);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		bytes_put_v(&w->plain, w->of[i].len);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		assert(!w->of[i].full);
		buf_add(&w->plain, w->of[i].data, w->of[i].len);
	}
	assert(!w->plain.full && !w->of[NOISE].full);
}

void
columns_pack(struct columns_writer *w, struct buf *out, const struct catalog *c,
    const struct bytes *rows, uint32_t batches)
{
	size_t length, start = out->len;
	int64_t newest_ms;

	assert(bytes_left(rows) <= COLUMNS_ROWS_MAX);
	newest_ms = put_rows(w, c, *rows, batches);
	join(w);
	/* No room for anything that is not smaller. */
	length = ZSTD_compress2(
	    w->zstd, w->packed, w->plain.len - 1, w->plain.data, w->plain.len);
	if (ZSTD_isError(length)) {
		bytes_put_u8(out, BODY_PLAIN);
		bytes_put_v(out, (uint64_t)newest_ms);
		bytes_put_v(out, w->plain.len);
		buf_add(out, w->plain.data, w->plain.len);
	} else {
		bytes_put_u8(out, BODY_ZSTD);
		bytes_put_v(out, (uint64_t)newest_ms);
		bytes_put_v(out, length);
		buf_add(out, w->packed, length);
	}
	buf_add(out, w->of[NOISE].data, w->of[NOISE].len);
	assert(out->len - start <= columns_bound(bytes_left(rows)));
}
