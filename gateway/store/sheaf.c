/*
 * sheaf.c - readings gathered in memory
 *
 * A batch is bytes, in the order it came, and a place that says where:
 *
 *	batch    z ms less those of the first batch, v readings, of each:
 *	         z name less that of the one before, u8 quality << 3 | type,
 *	         value
 *	value    F32 u32, F64 u64, I64 and ENUM z, U64 and BOOL v, text v length
 *	         with its NUL, bytes; of none: u8 its quality's detail
 *
 * They are laid out a device at a time: the places are sorted by device, then
 * an index of its readings by name, byte by byte, since a comparison for each
 * was a third of the time.  What that takes is given back when it is done, for
 * there is a quarter of an hour until the next time.
 */
#include "gateway/store/sheaf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define TYPE_BITS 3
#define BATCH_BYTES 20 /* of its own, at most */
#define READING_BYTES (16 + SAMPLE_TEXT_MAX) /* at most */

_Static_assert(VALUE_TEXT < 1 << TYPE_BITS, "a type has room");
_Static_assert(QUALITY_COUNT <= 1 << (8 - TYPE_BITS), "and a quality");

/* A batch. */
struct place {
	uint32_t at; /* in bytes */
	uint16_t device;
};

/* A reading of the device that is laid out. */
struct spot {
	uint32_t name, at; /* in unpacked */
};

struct sheaf {
	uint32_t count, batch_count;
	int64_t first_ms, from_ms, to_ms;
	size_t length; /* of bytes, filled */
	uint8_t *bytes; /* of SHEAF_BYTES */
	struct place *batches; /* of SHEAF_BATCHES_MAX */
	/* for laying out: meanwhile others may read what is above */
	struct place *order; /* of SHEAF_BATCHES_MAX: batches, by device */
	struct track_reading *unpacked; /* of SHEAF_READINGS_MAX, as spots */
	struct spot *spots, *sorted;
	int64_t *times; /* of SHEAF_BATCHES_MAX, as readings */
	struct track_reading *readings; /* of one point */
	struct track_writer *writer;
	struct buf track;
};

struct sheaf *
sheaf_new(void)
{
	struct sheaf *s = must_alloc(1, sizeof(*s));

	s->bytes = must_map(SHEAF_BYTES);
	s->batches = must_map(SHEAF_BATCHES_MAX * sizeof(s->batches[0]));
	s->order = must_map(SHEAF_BATCHES_MAX * sizeof(s->order[0]));
	s->unpacked = must_map(SHEAF_READINGS_MAX * sizeof(s->unpacked[0]));
	s->spots = must_map(SHEAF_READINGS_MAX * sizeof(s->spots[0]));
	s->sorted = must_map(SHEAF_READINGS_MAX * sizeof(s->sorted[0]));
	s->times = must_map(SHEAF_BATCHES_MAX * sizeof(s->times[0]));
	s->readings = must_map(SHEAF_BATCHES_MAX * sizeof(s->readings[0]));
	return s;
}

void
sheaf_free(struct sheaf *s)
{
	if (s == NULL)
		return;
	must_unmap(s->bytes, SHEAF_BYTES);
	must_unmap(s->batches, SHEAF_BATCHES_MAX * sizeof(s->batches[0]));
	must_unmap(s->order, SHEAF_BATCHES_MAX * sizeof(s->order[0]));
	must_unmap(s->unpacked, SHEAF_READINGS_MAX * sizeof(s->unpacked[0]));
	must_unmap(s->spots, SHEAF_READINGS_MAX * sizeof(s->spots[0]));
	must_unmap(s->sorted, SHEAF_READINGS_MAX * sizeof(s->sorted[0]));
	must_unmap(s->times, SHEAF_BATCHES_MAX * sizeof(s->times[0]));
	must_unmap(s->readings, SHEAF_BATCHES_MAX * sizeof(s->readings[0]));
	free(s);
}

void
sheaf_clear(struct sheaf *s)
{
	s->count = s->batch_count = 0;
	s->length = 0;
	s->from_ms = s->to_ms = 0;
	must_wipe(s->bytes, SHEAF_BYTES);
	must_wipe(s->batches, SHEAF_BATCHES_MAX * sizeof(s->batches[0]));
}

bool
sheaf_empty(const struct sheaf *s)
{
	return s->count == 0;
}

void
sheaf_ends(const struct sheaf *s, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = s->from_ms;
	*to_ms = s->to_ms;
}

/* ---- in ---- */

bool
sheaf_room(const struct sheaf *s, const struct batch *b)
{
	size_t bytes = BATCH_BYTES + b->count * (size_t)READING_BYTES;

	return s->batch_count < SHEAF_BATCHES_MAX &&
	    s->count + b->count <= SHEAF_READINGS_MAX &&
	    s->length + bytes < SHEAF_BYTES;
}

/* Each of these puts where there is room, and gives the place behind it. */
static uint8_t *
put(uint8_t *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

static uint8_t *
put_value(uint8_t *at, const struct value *v)
{
	size_t length;
	float f;

	switch ((enum value_type)v->type) {
	case VALUE_F32:
		f = (float)v->f; /* as slot_value makes it */
		return put(at, &f, sizeof(f));
	case VALUE_F64: return put(at, &v->f, sizeof(v->f));
	case VALUE_I64:
	case VALUE_ENUM: return bytes_write_z(at, v->u);
	case VALUE_U64:
	case VALUE_BOOL: return bytes_write_v(at, v->u);
	case VALUE_TEXT:
		length = strlen(v->text) + 1;
		return put(bytes_write_v(at, length), v->text, length);
	case VALUE_NONE: break;
	}
	return at;
}

static uint8_t *
put_reading(uint8_t *at, const struct reading *r)
{
	uint8_t code = r->quality.code < QUALITY_COUNT ? r->quality.code
						       : QUALITY_BAD_DECODE;

	*at++ = (uint8_t)(code << TYPE_BITS | r->value.type);
	if (r->value.type == VALUE_NONE)
		*at++ = r->quality.detail;
	return put_value(at, &r->value);
}

static void
note_time(struct sheaf *s, int64_t at_ms)
{
	if (s->batch_count == 0)
		s->first_ms = s->from_ms = s->to_ms = at_ms;
	if (at_ms < s->from_ms)
		s->from_ms = at_ms;
	if (at_ms > s->to_ms)
		s->to_ms = at_ms;
}

/* Its bytes; how many. */
static size_t
put_batch(struct sheaf *s, int64_t at_ms, const struct batch *b,
    const uint32_t *names)
{
	uint8_t *begin = s->bytes + s->length, *at = begin;
	uint32_t name = 0;

	at = bytes_write_z(at, (uint64_t)at_ms - (uint64_t)s->first_ms);
	at = bytes_write_v(at, b->count);
	for (uint16_t i = 0; i < b->count; i++) {
		uint32_t next = names[b->readings[i].point];

		at = bytes_write_z(at, (uint64_t)next - name);
		at = put_reading(at, &b->readings[i]);
		name = next;
	}
	return (size_t)(at - begin);
}

bool
sheaf_add(struct sheaf *s, int64_t at_ms, uint16_t device,
    const struct batch *b, const uint32_t *names)
{
	if (!sheaf_room(s, b))
		return false;
	note_time(s, at_ms);
	s->batches[s->batch_count++] =
	    (struct place){(uint32_t)s->length, device};
	s->length += put_batch(s, at_ms, b, names);
	assert(s->length <= SHEAF_BYTES);
	s->count += b->count;
	return true;
}

/* ---- out ---- */

/* What lies there: nobody else wrote it, so it is not doubted. */
static struct bytes
bytes_at(const struct sheaf *s, uint32_t at)
{
	return (struct bytes){.at = s->bytes + at, .end = s->bytes + s->length};
}

static void
get(struct bytes *in, void *out, size_t length)
{
	const uint8_t *at = bytes_get(in, length);

	assert(at != NULL);
	memcpy(out, at, length);
}

static const char *
get_text(struct bytes *in)
{
	size_t length = (size_t)bytes_get_v(in);

	return (const char *)bytes_get(in, length);
}

static void
get_value(struct bytes *in, struct slot_value *v)
{
	float f;

	switch ((enum value_type)v->type) {
	case VALUE_F32:
		get(in, &f, sizeof(f));
		v->f = (double)f;
		break;
	case VALUE_F64: get(in, &v->f, sizeof(v->f)); break;
	case VALUE_I64:
	case VALUE_ENUM: v->u = bytes_get_z(in); break;
	case VALUE_U64:
	case VALUE_BOOL: v->u = bytes_get_v(in); break;
	case VALUE_TEXT: v->text = get_text(in); break;
	case VALUE_NONE: break;
	}
}

/* All but its time. */
static void
get_reading(struct bytes *in, struct track_reading *r)
{
	uint8_t byte = bytes_get_u8(in);

	*r = (struct track_reading){.quality = {.code = byte >> TYPE_BITS},
	    .value = {.type = byte & ((1 << TYPE_BITS) - 1)}};
	if (r->value.type == VALUE_NONE)
		r->quality.detail = bytes_get_u8(in);
	get_value(in, &r->value);
	assert(!in->bad);
}

/* What stands before a batch's readings. */
static struct bytes
open_batch(
    const struct sheaf *s, struct place batch, int64_t *at_ms, uint64_t *count)
{
	struct bytes in = bytes_at(s, batch.at);

	*at_ms = (int64_t)((uint64_t)s->first_ms + bytes_get_z(&in));
	*count = bytes_get_v(&in);
	return in;
}

void
sheaf_read(const struct sheaf *s, uint16_t device, uint32_t name,
    sheaf_see_reading *see, void *context)
{
	for (uint32_t i = 0; i < s->batch_count; i++) {
		struct track_reading r;
		struct bytes in;
		uint64_t count, of = 0;
		int64_t at_ms;

		if (s->batches[i].device != device)
			continue;
		in = open_batch(s, s->batches[i], &at_ms, &count);
		for (; count > 0; count--) {
			of += bytes_get_z(&in);
			get_reading(&in, &r);
			if (of == name)
				see(context, at_ms, &r);
		}
	}
}

static int
by_device(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* By one byte of their names less the least; those that share it stay in their
 * order. */
static void
sort_spots_by(struct sheaf *s, uint32_t count, uint32_t least, unsigned shift)
{
	uint32_t begins[257] = {0};
	struct spot *unsorted = s->spots;

	for (uint32_t i = 0; i < count; i++)
		begins[((unsorted[i].name - least) >> shift & 0xff) + 1]++;
	for (unsigned byte = 0; byte < 256; byte++)
		begins[byte + 1] += begins[byte];
	for (uint32_t i = 0; i < count; i++)
		s->sorted[begins[(unsorted[i].name - least) >> shift &
		    0xff]++] = unsorted[i];
	s->spots = s->sorted;
	s->sorted = unsorted;
}

/* The names of a device are near each other, most often: then this is done in
 * one step. */
static void
sort_spots(struct sheaf *s, uint32_t count)
{
	uint32_t least = UINT32_MAX, most = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (s->spots[i].name < least)
			least = s->spots[i].name;
		if (s->spots[i].name > most)
			most = s->spots[i].name;
	}
	for (unsigned shift = 0; shift < 32 && (most - least) >> shift != 0;
	     shift += 8)
		sort_spots_by(s, count, least, shift);
}

/* The readings of a batch, behind so many of others; how many there are then.
 */
static uint32_t
unpack(struct sheaf *s, struct place batch, uint32_t time, uint32_t spots)
{
	uint64_t count, name = 0;
	struct bytes in = open_batch(s, batch, &s->times[time], &count);

	for (; count > 0; count--, spots++) {
		name += bytes_get_z(&in);
		s->spots[spots] = (struct spot){(uint32_t)name, spots};
		get_reading(&in, &s->unpacked[spots]);
		s->unpacked[spots].time = time;
	}
	return spots;
}

/* A point twice in one batch is the later one. */
static uint32_t
lay_point(struct sheaf *s, uint32_t at, uint32_t end)
{
	uint32_t name = s->spots[at].name, n = 0, i;

	for (i = at; i < end && s->spots[i].name == name; i++) {
		const struct track_reading *r = &s->unpacked[s->spots[i].at];

		if (n > 0 && s->readings[n - 1].time == r->time)
			n--;
		s->readings[n++] = *r;
	}
	track_put(s->writer, name, s->readings, n);
	return i;
}

static void
lay_device(struct sheaf *s, uint32_t times, uint32_t spots)
{
	sort_spots(s, spots);
	track_begin(s->writer, s->times, times);
	for (uint32_t at = 0; at < spots;)
		at = lay_point(s, at, spots);
	buf_clear(&s->track);
	track_end(s->writer, &s->track);
}

int
sheaf_lay(struct sheaf *s, sheaf_see *see, void *context)
{
	uint32_t i = 0, first, spots;
	uint16_t device;
	int rc = 0;

	memcpy(s->order, s->batches, s->batch_count * sizeof(s->order[0]));
	qsort(s->order, s->batch_count, sizeof(s->order[0]), by_device);
	s->writer = track_writer_new();
	while (rc == 0 && i < s->batch_count) {
		device = s->order[i].device;
		first = i;
		spots = 0;
		for (; i < s->batch_count && s->order[i].device == device; i++)
			spots = unpack(s, s->order[i], i - first, spots);
		if (spots == 0)
			continue;
		lay_device(s, i - first, spots);
		rc = see(context, device, &s->track);
	}
	track_writer_free(s->writer);
	buf_free(&s->track);
	must_wipe(s->order, SHEAF_BATCHES_MAX * sizeof(s->order[0]));
	must_wipe(s->unpacked, SHEAF_READINGS_MAX * sizeof(s->unpacked[0]));
	must_wipe(s->spots, SHEAF_READINGS_MAX * sizeof(s->spots[0]));
	must_wipe(s->sorted, SHEAF_READINGS_MAX * sizeof(s->sorted[0]));
	must_wipe(s->times, SHEAF_BATCHES_MAX * sizeof(s->times[0]));
	must_wipe(s->readings, SHEAF_BATCHES_MAX * sizeof(s->readings[0]));
	return rc;
}
