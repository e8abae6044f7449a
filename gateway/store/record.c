/*
 * record.c - frames, heads, catalogs and cursors as bytes
 *
 * Everything is got through one struct bytes whose `bad` is judged once at the
 * end; counts are checked against the bytes that are left before memory is
 * taken for them.
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

/* ---- cursors and heads ---- */

static void
put_ranges(struct buf *out, const struct record_cursor *r)
{
	uint64_t seq = 0, upto = 0; /* where the one before ended */

	assert(r->range_count > 0 && r->range_count <= RECORD_RANGES_MAX);
	bytes_put_v(out, r->range_count);
	for (size_t i = 0; i < r->range_count; i++) {
		const struct record_range *x = &r->ranges[i];

		bytes_put_v(out, x->after - seq);
		bytes_put_v(out, x->upto - upto);
		if (i + 1 == r->range_count)
			break; /* it is open */
		bytes_put_v(out, x->last - x->after);
		bytes_put_v(out, x->last_upto - x->upto);
		seq = x->last;
		upto = x->last_upto;
	}
}

/* A number that is given as more than the one before it. */
static uint64_t
get_above(struct bytes *in, uint64_t before)
{
	return before + bytes_get_v_max(in, RECORD_SEQ_MAX - 1 - before);
}

static void
get_ranges(struct bytes *in, struct record_cursor *r)
{
	uint64_t seq = 0, upto = 0;

	r->range_count = (size_t)bytes_get_v_max(in, RECORD_RANGES_MAX);
	if (r->range_count == 0)
		in->bad = true;
	for (size_t i = 0; i < r->range_count && !in->bad; i++) {
		struct record_range *x = &r->ranges[i];

		x->after = get_above(in, seq);
		x->upto = get_above(in, upto);
		x->last = x->last_upto = RECORD_OPEN;
		if (i + 1 == r->range_count)
			break;
		seq = x->last = get_above(in, x->after);
		upto = x->last_upto = get_above(in, x->upto);
		if (x->last == x->after)
			in->bad = true; /* nothing is in it */
	}
}

static void
put_times(struct buf *out, const struct timeline *t)
{
	assert(t->count <= TIMELINE_BOOTS);
	bytes_put_v(out, t->count);
	for (size_t i = 0; i < t->count; i++) {
		const struct timeline_boot *b = &t->of[i];

		buf_add(out, b->id, sizeof(b->id));
		bytes_put_z(out, (uint64_t)b->floor_ms);
		bytes_put_z(out, (uint64_t)b->floor_mono_ms);
		bytes_put_u8(out, b->set);
		if (b->set)
			bytes_put_z(out, (uint64_t)b->offset_ms);
	}
}

static void
get_times(struct bytes *in, struct timeline *t)
{
	t->count = (size_t)bytes_get_v_max(in, TIMELINE_BOOTS);
	for (size_t i = 0; i < t->count && !in->bad; i++) {
		struct timeline_boot *b = &t->of[i];
		const uint8_t *id = bytes_get(in, sizeof(b->id));
		uint8_t set;

		if (id != NULL)
			memcpy(b->id, id, sizeof(b->id));
		b->floor_ms = (int64_t)bytes_get_z(in);
		b->floor_mono_ms = (int64_t)bytes_get_z(in);
		set = bytes_get_u8(in);
		if (set > 1)
			in->bad = true;
		b->set = set == 1;
		b->offset_ms = b->set ? (int64_t)bytes_get_z(in) : 0;
	}
}

void
record_cursors_put(struct buf *out, const struct record_cursors *c)
{
	bytes_put_v(out, c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct record_cursor *r = &c->of[i];

		bytes_put_text(out, r->name);
		bytes_put_v(out, r->base);
		bytes_put_v(out, r->delivered);
		bytes_put_v(out, r->dropped);
		put_ranges(out, r);
	}
	put_times(out, &c->times);
}

bool
record_cursors_get(struct record_cursors *c, const void *body, size_t length)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};

	c->count = (size_t)bytes_get_v_max(&in, RECORD_CURSORS_MAX);
	for (size_t i = 0; i < c->count && !in.bad; i++) {
		struct record_cursor *r = &c->of[i];

		bytes_get_text_into(&in, r->name, sizeof(r->name));
		r->base = bytes_get_v_max(&in, RECORD_SEQ_MAX);
		r->delivered = bytes_get_v_max(&in, RECORD_SEQ_MAX);
		r->dropped = bytes_get_v_max(&in, RECORD_SEQ_MAX);
		get_ranges(&in, r);
	}
	get_times(&in, &c->times);
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
	names = must_alloc(p->name_count, sizeof(*names));
	for (size_t i = 0; i < p->name_count; i++) {
		names[i].number = (int64_t)bytes_get_z(in);
		names[i].name = bytes_get_text_new(in, a);
	}
	p->names = arena_once(a, names, p->name_count * sizeof(*names));
	free(names);
}

static void
get_device(struct bytes *in, struct arena *a, struct device_info *d)
{
	struct point_info *points;

	d->id = bytes_get_text_new(in, a);
	d->kind = bytes_get_text_new(in, a);
	d->point_count = get_count(in, POINT_BYTES_MIN);
	points = must_alloc(d->point_count, sizeof(*points));
	for (size_t i = 0; i < d->point_count; i++)
		get_point(in, a, &points[i]);
	d->points = arena_once(a, points, d->point_count * sizeof(*points));
	free(points);
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
	arena_settle(a);
	c->devices = devices;
	c->memory = a;
	c->refs = 1;
	if (!in.bad && bytes_left(&in) == 0)
		return c;
	arena_free(a);
	return NULL;
}
