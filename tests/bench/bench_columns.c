/*
 * bench_columns.c - how small a commit becomes, and how fast
 *
 * Commits of several sizes, of an estate of meters, tanks and lifts that
 * report what changed: of ten readings five or six are floats that wander,
 * three are decimals of a scaled register, the others states.  Says bytes a
 * reading and million readings a second each way, beside plain zstd over the
 * same rows, at the same level, in the same run.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/columns.h"

#define DEVICES 60
#define POINTS 24
#define PACKED_READINGS 2000000 /* of each size of a commit */
#define LEVEL 3 /* as columns.c has it */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct point_info points[POINTS];
static struct device_info devices[DEVICES];
static const struct catalog catalog = {
    .device_count = DEVICES, .devices = devices};
static double now_at[DEVICES][POINTS];

/* What a point says now: it wanders about its own mean. */
static struct value
value_of(unsigned device, unsigned point)
{
	double *x = &now_at[device][point], mean = 20 + point * 17;
	struct value v = {.type = VALUE_F32};

	if (*x == 0)
		*x = mean;
	*x += (drand48() - 0.5) * 0.02 * mean + (mean - *x) * 0.01;
	switch (device % 4 < 2 ? 0 : 1 + point % 4) {
	case 0: v.f = (double)(float)*x; break;
	case 1:
	case 2:
		v.type = VALUE_F64;
		v.f = (double)(int64_t)(*x * 10) / 10;
		break;
	case 3:
		v.type = VALUE_ENUM;
		v.i = lrand48() % 4;
		break;
	default:
		v.type = VALUE_BOOL;
		v.u = (uint64_t)lrand48() % 2;
		break;
	}
	return v;
}

/* A few neighbouring points of some device changed. */
static void
fill(struct batch *b, struct reading *readings, struct stamp *at)
{
	uint16_t point = (uint16_t)(lrand48() % (POINTS - 16));
	uint16_t count = (uint16_t)(1 + lrand48() % 8);

	at->mono_ms += 1 + lrand48() % 100;
	at->wall_ms = at->mono_ms + 1763690000000 + lrand48() % 2;
	*b = (struct batch){.at = *at,
	    .device = (uint16_t)(lrand48() % DEVICES),
	    .count = count,
	    .readings = readings};
	for (size_t i = 0; i < count; i++) {
		readings[i] = (struct reading){.point = point,
		    .quality = {.code = QUALITY_GOOD},
		    .value = value_of(b->device, point)};
		point = (uint16_t)(point + (lrand48() % 4 == 0 ? 2 : 1));
	}
}

struct commit {
	struct buf rows;
	uint32_t batches;
	size_t readings;
};

static void
make(struct commit *c, size_t readings, struct stamp *at)
{
	struct reading memory[POINTS];
	struct stamp before = {0};
	struct batch b;

	buf_clear(&c->rows);
	c->batches = 0;
	c->readings = 0;
	while (c->readings < readings) {
		fill(&b, memory, at);
		if (!row_put(&c->rows, &before, &b))
			abort();
		c->batches++;
		c->readings += b.count;
	}
}

struct sums {
	size_t readings, rows, zstd, columns;
	int64_t zstd_us, pack_us, unpack_us;
};

static void
squeeze_rows(struct sums *s, const struct commit *c)
{
	static ZSTD_CCtx *zstd;
	static char out[2 * COLUMNS_ROWS_MAX];
	size_t length;

	if (zstd == NULL)
		zstd = ZSTD_createCCtx();
	s->zstd_us -= clock_mono_us();
	length = ZSTD_compressCCtx(
	    zstd, out, sizeof(out), c->rows.data, c->rows.len, LEVEL);
	s->zstd_us += clock_mono_us();
	assert(!ZSTD_isError(length));
	s->zstd += length;
}

static void
pack(struct sums *s, struct columns_writer *w, const struct commit *c,
    struct buf *out)
{
	const uint8_t *at = (const uint8_t *)c->rows.data;
	struct bytes rows = {.at = at, .end = at + c->rows.len};

	buf_clear(out);
	s->pack_us -= clock_mono_us();
	columns_pack(w, out, &catalog, &rows, c->batches);
	s->pack_us += clock_mono_us();
	s->rows += c->rows.len;
	s->columns += out->len;
	s->readings += c->readings;
}

static void
unpack(struct sums *s, struct columns_reader *r, const struct commit *c,
    const struct buf *body)
{
	size_t readings = 0;
	struct batch b;

	s->unpack_us -= clock_mono_us();
	if (!columns_begin(r, &catalog, body->data, body->len, c->batches))
		abort();
	while (columns_next(r, &b))
		readings += b.count;
	s->unpack_us += clock_mono_us();
	if (readings != c->readings)
		abort();
}

static double
rate(const struct sums *s, int64_t us)
{
	return (double)s->readings / (double)us; /* millions a second */
}

static void
run(size_t readings)
{
	struct columns_writer *w = columns_writer_new();
	struct columns_reader *r = columns_reader_new();
	struct stamp at = {.boot = "a boot's id", .synced = true};
	struct commit c = {0};
	struct sums s = {0};
	struct buf body = {0};

	while (s.readings < PACKED_READINGS) {
		make(&c, readings, &at);
		squeeze_rows(&s, &c);
		pack(&s, w, &c, &body);
		unpack(&s, r, &c, &body);
	}
	printf("%5zu readings a commit: %4.2f bytes a reading, rows with zstd "
	       "%4.2f, ratio %.2f (rows %4.2f); pack %4.1f M/s (zstd alone "
	       "%4.1f), unpack %4.1f M/s\n",
	    readings, (double)s.columns / (double)s.readings,
	    (double)s.zstd / (double)s.readings,
	    (double)s.columns / (double)s.zstd,
	    (double)s.rows / (double)s.readings, rate(&s, s.pack_us),
	    rate(&s, s.zstd_us), rate(&s, s.unpack_us));
	buf_free(&c.rows);
	buf_free(&body);
	columns_writer_free(w);
	columns_reader_free(r);
}

int
main(void)
{
	static const size_t sizes[] = {40, 75, 750, 2000};

	for (size_t i = 0; i < DEVICES; i++)
		devices[i] = (struct device_info){
		    .id = "d", .point_count = POINTS, .points = points};
	for (size_t i = 0; i < COUNT(sizes); i++)
		run(sizes[i]);
	return 0;
}
