/*
 * line.c - a batch of readings as InfluxDB's line protocol, pure
 *
 * Two passes over the readings, one for each line there may be: floats, and
 * integers beyond them.
 *
 * Names come from the configuration, which lets none through that would need an
 * escape; the journal's dictionary of an older one is escaped all the same.  A
 * backslash cannot be (one at the end would escape what follows), and a control
 * character would end the line: they become `_`.
 */
#include "gateway/sinks/line.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "gateway/base/json.h"

#define MEASUREMENT "riser"
#define EXACT ((int64_t)1 << 53) /* a double holds all integers up to here */
#define NS_PER_MS 1000000

static bool
is_told(struct quality q)
{
	switch (q.code) {
	case QUALITY_GOOD:
	case QUALITY_UNCERTAIN_RANGE:
	case QUALITY_UNCERTAIN_CLOCK: return true;
	default: return false;
	}
}

/* As an integer that no float holds. */
static bool
is_large(const struct value *v)
{
	switch (v->type) {
	case VALUE_I64:
	case VALUE_ENUM: return v->i > EXACT || v->i < -EXACT;
	case VALUE_U64: return v->u > (uint64_t)EXACT && v->u <= INT64_MAX;
	default: return false;
	}
}

static void
put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if ((unsigned char)c < 0x20 || c == 0x7f || c == '\\')
			c = '_';
		if (strchr(",= ", c))
			buf_add(out, "\\", 1);
		buf_add(out, &c, 1);
	}
}

static void
put_tag(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return; /* an empty one is a mistake to InfluxDB */
	buf_printf(out, ",%s=", name);
	put_escaped(out, value);
}

static void
put_number(struct buf *out, const struct value *v)
{
	char text[32];

	switch (v->type) {
	case VALUE_F32: json_digits_f32(text, (float)v->f); break;
	case VALUE_F64: json_digits_f64(text, v->f); break;
	case VALUE_I64:
	case VALUE_ENUM:
		buf_printf(out, "%" PRId64 "%s", v->i, is_large(v) ? "i" : "");
		return;
	case VALUE_U64:
		if (v->u > INT64_MAX) {
			json_digits_f64(text, (double)v->u);
			break;
		}
		buf_printf(out, "%" PRIu64 "%s", v->u, is_large(v) ? "i" : "");
		return;
	default: buf_puts(out, v->u ? "1" : "0"); return;
	}
	buf_puts(out, text);
}

/* The fields that are large integers, or those that are not; how many. */
static int
put_fields(struct buf *out, const struct follower_item *item, bool large)
{
	int count = 0;

	for (uint16_t i = 0; i < item->batch.count; i++) {
		const struct reading *r = &item->batch.readings[i];

		if (!is_told(r->quality) ||
		    !isfinite(value_number(&r->value)) ||
		    is_large(&r->value) != large)
			continue;
		buf_puts(out, count++ == 0 ? " " : ",");
		put_escaped(out, item->device->points[r->point].name);
		buf_puts(out, "=");
		put_number(out, &r->value);
	}
	return count;
}

static bool
put_one(struct buf *out, const char *site, const struct follower_item *item,
    bool large)
{
	size_t before = out->len;

	buf_puts(out, MEASUREMENT);
	put_tag(out, "site", site);
	put_tag(out, "device", item->device->id);
	put_tag(out, "kind", item->device->kind);
	if (item->clock != NULL && strcmp(item->clock, "estimated") == 0)
		put_tag(out, "clock", item->clock);
	if (put_fields(out, item, large) == 0) {
		out->len = before;
		out->data[before] = '\0';
		return false;
	}
	buf_printf(out, " %" PRId64 "\n", item->ts_ms * NS_PER_MS);
	return true;
}

int
line_put(struct buf *out, const char *site, const struct follower_item *item)
{
	if (item->ts_ms > INT64_MAX / NS_PER_MS ||
	    item->ts_ms < INT64_MIN / NS_PER_MS)
		return -1;
	return put_one(out, site, item, false) + put_one(out, site, item, true);
}
