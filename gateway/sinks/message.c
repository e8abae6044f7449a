/*
 * message.c - the contract's MQTT payloads, pure
 */
#include "gateway/sinks/message.h"

#include <string.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/json.h"
#include "gateway/measure/sample_json.h"

static void
put_quality(struct json *j, const char *point, struct quality q)
{
	char text[QUALITY_TEXT_MAX];

	if (q.code == QUALITY_GOOD)
		return;
	json_key(j, point);
	json_text(j, quality_text(q, text));
}

/* What makes it unique, and when it was. */
static void
put_head(struct json *j, const struct follower_item *item)
{
	json_open(j);
	json_key_string(j, "log", item->log);
	json_key(j, "seq");
	json_u64(j, item->batch.seq);
	json_key_i64(j, "ts", item->ts_ms);
}

static void
put_tail(struct json *j, const struct follower_item *item)
{
	if (item->backfill)
		json_key_bool(j, "backfill", true);
	json_key_given(j, "clock", item->clock);
	json_end(j);
}

void
message_data(struct buf *out, const struct follower_item *item)
{
	const struct device_info *d = item->device;
	const struct batch *b = &item->batch;
	struct json j = {.out = out};

	put_head(&j, item);
	json_key(&j, "values");
	json_open(&j);
	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];

		assert(r->point < d->point_count);
		if (!quality_has_value(r->quality))
			continue;
		json_key(&j, d->points[r->point].name);
		json_value(&j, &r->value, &d->points[r->point]);
	}
	json_end(&j);
	json_key(&j, "quality");
	json_open(&j);
	for (uint16_t i = 0; i < b->count; i++)
		put_quality(&j, d->points[b->readings[i].point].name,
		    b->readings[i].quality);
	json_end(&j);
	put_tail(&j, item);
}

/* Where a person sat is for who runs the gateway, and no subscriber's business.
 * A quote within a text is escaped, so this is found as a member only. */
static void
put_event(struct buf *out, const char *event)
{
	static const char address[] = ",\"address\":\"";
	const char *from = strstr(event, address), *end;

	end = from != NULL ? strchr(from + strlen(address), '"') : NULL;
	if (end == NULL) {
		buf_puts(out, event);
		return;
	}
	buf_add(out, event, (size_t)(from - event));
	buf_puts(out, end + 1);
}

void
message_event(struct buf *out, const struct follower_item *item)
{
	struct json j = {.out = out};

	put_head(&j, item);
	buf_puts(out, ",");
	put_event(out, item->batch.event);
	put_tail(&j, item);
}

void
message_state(struct buf *out, const struct live_view *v, uint16_t i)
{
	const struct device_info *d = &v->catalog->devices[i];
	const struct live_point *points = &v->points[v->first[i]];
	struct json j = {.out = out};

	json_open(&j);
	json_key(&j, "ts");
	json_i64(&j, v->wall_ms);
	json_key(&j, "online");
	json_bool(&j, v->devices[i].online);
	json_key(&j, "values");
	json_open(&j);
	for (uint16_t p = 0; p < d->point_count; p++) {
		if (!quality_has_value(points[p].quality))
			continue;
		json_key(&j, d->points[p].name);
		json_value(&j, &points[p].value, &d->points[p]);
	}
	json_end(&j);
	json_key(&j, "quality");
	json_open(&j);
	for (uint16_t p = 0; p < d->point_count; p++)
		put_quality(&j, d->points[p].name, points[p].quality);
	json_end(&j);
	if (!v->synced)
		json_key_given(&j, "clock", "unsynced");
	json_end(&j);
}

void
message_alarm(struct buf *out, const struct board_alarm *a)
{
	buf_printf(out, "{%s,\"log\":\"%s\",\"seq\":%" PRIu64 "}", a->members,
	    a->log, a->seq);
}

static void
put_place(struct json *j, const struct device_info *d)
{
	if (d->building == NULL && d->stair == NULL && d->floors == 0)
		return;
	json_key(j, "place");
	json_open(j);
	json_key_given(j, "building", d->building);
	json_key_given(j, "stair", d->stair);
	if (d->floors != 0) {
		json_key(j, "floors");
		json_i64(j, d->floors);
	}
	json_end(j);
}

void
message_meta(struct buf *out, const struct device_info *d)
{
	struct json j = {.out = out};

	json_open(&j);
	json_people(&j, "name", d->name);
	json_key_given(&j, "kind", d->kind);
	json_key_given(&j, "profile", d->profile);
	json_key_given(&j, "verified", d->verified);
	json_key_given(&j, "bus", d->bus);
	put_place(&j, d);
	json_key_given(&j, "fed_by", d->fed_by);
	json_people(&j, "owner", d->owner);
	if (d->rating_kva > 0) {
		json_key(&j, "rating");
		json_open(&j);
		json_key(&j, "kva");
		json_f64(&j, d->rating_kva);
		json_end(&j);
	}
	json_key(&j, "points");
	json_open(&j);
	for (uint16_t p = 0; p < d->point_count; p++) {
		json_key(&j, d->points[p].name);
		json_point(&j, &d->points[p]);
	}
	json_end(&j);
	json_end(&j);
}
