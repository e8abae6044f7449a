/*
 * columns_unpack.c - a commit's batches column by column, from disk
 *
 * Each column is a struct bytes of its own; a batch is good if none of them is
 * bad, and the last one if nothing is left in any.  Only the zstd frame needs
 * memory, as much as it says and at most as much as a body may have.
 */
#include "gateway/store/columns.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "gateway/store/columns_form.h"

struct columns_reader {
	ZSTD_DCtx *zstd;
	const struct catalog *catalog;
	uint32_t batches; /* not given yet */
	struct bytes of[STREAM_COUNT];
	uint8_t *plain; /* grows */
	size_t room;
	struct told told;
	struct reading readings[SAMPLE_READINGS_MAX];
};

struct columns_reader *
columns_reader_new(void)
{
	struct columns_reader *r = must_alloc(1, sizeof(*r));

	r->zstd = ZSTD_createDCtx();
	if (r->zstd == NULL)
		abort(); /* no memory at the start */
	return r;
}

void
columns_reader_free(struct columns_reader *r)
{
	if (r == NULL)
		return;
	ZSTD_freeDCtx(r->zstd);
	free(r->plain);
	free(r);
}

/* What stands in front of the columns; they and the noise are left. */
static uint8_t
get_head(struct bytes *in, int64_t *newest_ms, struct bytes *columns)
{
	uint8_t form = bytes_get_u8(in);
	const uint8_t *at;
	size_t length;

	*newest_ms = (int64_t)bytes_get_v_max(in, INT64_MAX);
	length = (size_t)bytes_get_v_max(in, RECORD_BODY_MAX);
	at = bytes_get(in, length);
	*columns = (struct bytes){.bad = true};
	if (at != NULL && form <= BODY_ZSTD)
		*columns = (struct bytes){.at = at, .end = at + length};
	return form;
}

/* Instead of a zstd frame, what is in it. */
static void
inflate(struct columns_reader *r, struct bytes *columns)
{
	size_t packed = bytes_left(columns), length;
	unsigned long long size = ZSTD_getFrameContentSize(columns->at, packed);

	columns->bad = true;
	if (size == 0 || size > RECORD_BODY_MAX) /* or it does not say */
		return;
	length = (size_t)size;
	if (length > r->room) {
		r->plain = must_grow(r->plain, length, 1);
		r->room = length;
	}
	if (ZSTD_decompressDCtx(
		r->zstd, r->plain, length, columns->at, packed) != length)
		return;
	*columns = (struct bytes){.at = r->plain, .end = r->plain + length};
}

static bool
all_sound(const struct columns_reader *r)
{
	bool bad = false;

	for (size_t i = 0; i < STREAM_COUNT; i++)
		bad |= r->of[i].bad;
	return !bad;
}

static bool
all_used(const struct columns_reader *r)
{
	size_t left = 0;

	for (size_t i = 0; i < STREAM_COUNT; i++)
		left |= bytes_left(&r->of[i]);
	return left == 0;
}

static bool
part(struct columns_reader *r, struct bytes in, struct bytes noise)
{
	size_t lengths[COLUMN_COUNT];

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		lengths[i] = (size_t)bytes_get_v_max(&in, RECORD_BODY_MAX);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		const uint8_t *at = bytes_get(&in, lengths[i]);

		if (at == NULL)
			return false;
		r->of[i] = (struct bytes){.at = at, .end = at + lengths[i]};
	}
	r->of[NOISE] = noise;
	return bytes_left(&in) == 0;
}

bool
columns_begin(struct columns_reader *r, const struct catalog *c,
    const void *body, size_t length, uint32_t batches)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};
	struct bytes columns;
	int64_t newest_ms;

	r->batches = 0;
	if (get_head(&in, &newest_ms, &columns) == BODY_ZSTD && !columns.bad)
		inflate(r, &columns);
	if (columns.bad || !part(r, columns, in))
		return false;
	if (batches == 0)
		return all_used(r);
	memset(&r->told, 0, sizeof(r->told));
	r->catalog = c;
	r->batches = batches;
	return true;
}

static void
reject(struct columns_reader *r)
{
	r->of[COUNTS].bad = true;
}

static double
get_float(struct columns_reader *r, uint16_t point)
{
	struct recent *p = columns_recent(&r->told, point);
	uint64_t head = bytes_get_v_max(&r->of[HEADS], UINT16_MAX);
	uint32_t less = (uint32_t)(head << 16) | bytes_get_u16(&r->of[NOISE]);
	float f;

	less = less >> 1 ^ ((less & 1) != 0 ? UINT32_MAX : 0);
	p->bits = r->told.bits = p->bits + less;
	memcpy(&f, &p->bits, sizeof(f));
	return (double)f;
}

static double
get_double(struct columns_reader *r)
{
	uint64_t bits = (uint64_t)bytes_get_u32(&r->of[HEADS]) << 32;
	double x;

	bits |= bytes_get_u32(&r->of[NOISE]);
	memcpy(&x, &bits, sizeof(x));
	return x;
}

static double
get_decimal(struct columns_reader *r, bool narrow)
{
	uint64_t v = bytes_get_v(&r->of[NUMBERS]);
	struct decimal d = {
	    .digits = (int64_t)bytes_unfold(v >> PLACES_SHIFT),
	    .places = v & PLACES_MAX,
	};

	return columns_decimal_value(d, narrow);
}

static void
get_value(
    struct columns_reader *r, unsigned kind, uint16_t point, struct value *v)
{
	static const uint8_t types[] = {
	    [KIND_NONE] = VALUE_NONE,
	    [KIND_F32] = VALUE_F32,
	    [KIND_F32_DECIMAL] = VALUE_F32,
	    [KIND_WIDE] = VALUE_F32,
	    [KIND_WIDE_DECIMAL] = VALUE_F32,
	    [KIND_F64] = VALUE_F64,
	    [KIND_F64_DECIMAL] = VALUE_F64,
	    [KIND_I64] = VALUE_I64,
	    [KIND_U64] = VALUE_U64,
	    [KIND_FALSE] = VALUE_BOOL,
	    [KIND_TRUE] = VALUE_BOOL,
	    [KIND_ENUM] = VALUE_ENUM,
	    [KIND_TEXT] = VALUE_TEXT,
	};
	struct bytes *numbers = &r->of[NUMBERS];

	if (kind >= sizeof(types)) {
		reject(r);
		return;
	}
	v->type = types[kind];
	v->u = 0;
	switch ((enum kind)kind) {
	case KIND_F32: v->f = get_float(r, point); break;
	case KIND_F32_DECIMAL: v->f = get_decimal(r, true); break;
	case KIND_WIDE:
	case KIND_F64: v->f = get_double(r); break;
	case KIND_WIDE_DECIMAL:
	case KIND_F64_DECIMAL: v->f = get_decimal(r, false); break;
	case KIND_I64:
	case KIND_ENUM: v->i = (int64_t)bytes_get_z(numbers); break;
	case KIND_U64: v->u = bytes_get_v(numbers); break;
	case KIND_TRUE: v->u = 1; break;
	case KIND_TEXT:
		bytes_get_text_into(&r->of[TEXTS], v->text, sizeof(v->text));
		break;
	case KIND_NONE:
	case KIND_FALSE: break;
	}
}

/* False if there is no such point, and nothing else is to be got. */
static bool
get_reading(struct columns_reader *r, uint16_t expected, uint16_t point_count,
    struct reading *out)
{
	uint8_t token = bytes_get_u8(&r->of[TOKENS]);
	unsigned low = token & ((1 << KIND_SHIFT) - 1);
	uint64_t gap = low < GAP_FOLLOWS ? low : bytes_get_z(&r->of[POINTS]);

	if (expected + gap >= point_count)
		return false;
	out->point = (uint16_t)(expected + gap);
	out->quality = (struct quality){.code = QUALITY_GOOD};
	if (low == QUALITY_FOLLOWS) {
		out->quality.code = bytes_get_u8(&r->of[QUALITIES]);
		out->quality.detail = bytes_get_u8(&r->of[QUALITIES]);
	}
	get_value(r, token >> KIND_SHIFT, out->point, &out->value);
	return true;
}

static void
get_readings(struct columns_reader *r, struct batch *b, uint64_t count)
{
	const struct catalog *c = r->catalog;
	uint64_t device = r->told.device + bytes_get_z(&r->of[DEVICES]);
	uint16_t expected = 0;

	if (c == NULL || device >= c->device_count ||
	    count > SAMPLE_READINGS_MAX) {
		reject(r);
		return;
	}
	b->device = r->told.device = (uint16_t)device;
	b->count = (uint16_t)count;
	b->readings = r->readings;
	b->event = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!get_reading(r, expected, c->devices[device].point_count,
			&r->readings[i])) {
			reject(r);
			return;
		}
		expected = (uint16_t)(r->readings[i].point + 1);
	}
}

static void
get_event(struct columns_reader *r, struct batch *b, uint64_t length)
{
	const uint8_t *at = NULL;

	if (length < SAMPLE_EVENT_MAX)
		at = bytes_get(&r->of[TEXTS], length + 1);
	if (at == NULL || memchr(at, '\0', length + 1) != at + length) {
		reject(r);
		return;
	}
	b->device = 0;
	b->count = 1;
	b->readings = r->readings;
	b->event = (const char *)at;
}

static void
get_stamp(struct columns_reader *r)
{
	struct stamp *at = &r->told.at;
	uint64_t mono = (uint64_t)at->mono_ms + bytes_get_z(&r->of[MONOS]);
	const uint8_t *boot = (r->told.flags & FLAG_BOOT) != 0
	    ? bytes_get(&r->of[BOOTS], SAMPLE_BOOT_BYTES)
	    : NULL;

	r->told.lead += bytes_get_z(&r->of[LEADS]);
	at->mono_ms = (int64_t)mono;
	at->wall_ms = (int64_t)(mono + r->told.lead);
	at->synced = (r->told.flags & FLAG_SYNCED) != 0;
	if (boot != NULL)
		memcpy(at->boot, boot, SAMPLE_BOOT_BYTES);
}

bool
columns_next(struct columns_reader *r, struct batch *b)
{
	uint64_t count;

	if (r->batches == 0)
		return false;
	r->batches--;
	count = bytes_get_v(&r->of[COUNTS]);
	if ((count & 1) != 0)
		r->told.flags = bytes_get_u8(&r->of[FLAGS]);
	if (r->told.flags > FLAGS_KNOWN)
		reject(r);
	get_stamp(r);
	b->at = r->told.at;
	if ((r->told.flags & FLAG_EVENT) != 0)
		get_event(r, b, count >> 1);
	else
		get_readings(r, b, count >> 1);
	if (all_sound(r) && (r->batches > 0 || all_used(r)))
		return true;
	r->batches = 0;
	return false;
}

int64_t
columns_newest_ms(const void *body, size_t length)
{
	struct bytes in = {.at = body, .end = (const uint8_t *)body + length};
	struct bytes columns;
	int64_t newest_ms;

	get_head(&in, &newest_ms, &columns);
	return columns.bad ? 0 : newest_ms;
}
