/*
 * alarm_record.c - an alarm as it is told
 *
 * The way back is in alarm_record_read.c.
 */
#include "gateway/alarm/alarm_record.h"

#include <math.h>

#include "gateway/measure/sample_json.h"

/* Nothing rather than an empty text. */
static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void
write_deed(struct json *j, const char *key, const struct alarm_deed *d,
    int64_t offset_ms)
{
	json_key(j, key);
	if (d->by[0] == '\0') {
		json_none(j);
		return;
	}
	json_open(j);
	json_key_string(j, "by", d->by);
	json_key_i64(j, "ts", d->at_ms + offset_ms);
	json_end(j);
}

static void
write_hiding(struct json *j, const struct alarm *a, int64_t offset_ms)
{
	json_key(j, "shelved_until");
	if (a->shelved_by[0] != '\0') {
		json_i64(j, a->shelved_until_ms + offset_ms);
		json_key_string(j, "shelved_by", a->shelved_by);
	} else {
		json_none(j);
	}
	json_key_string(j, "suppressed_by", given(a->suppressed_by));
	write_deed(j, "out_of_service", &a->out, offset_ms);
}

static void
write_work(struct json *j, const struct alarm *a, int64_t offset_ms)
{
	bool any = false;

	for (int i = 0; i < WORK_COUNT; i++) {
		if (a->work[i].by[0] == '\0')
			continue;
		if (!any) {
			json_key(j, "work");
			json_open(j);
			any = true;
		}
		write_deed(j, alarm_work_names[i], &a->work[i], offset_ms);
	}
	if (any)
		json_end(j);
}

static void
write_value(struct json *j, const struct alarm *a)
{
	static const struct point_info nameless;

	json_key(j, "value");
	if (a->value_name[0] != '\0')
		json_text(j, a->value_name);
	else if (a->value.type == VALUE_U64 && a->value.u > INT64_MAX)
		json_f64(j, (double)a->value.u); /* readers have 64 bits with
						    a sign */
	else
		json_value(j, &a->value, &nameless);
	json_key_given(j, "unit", a->unit);
	json_people(
	    j, "text", (struct text){given(a->text_zh), given(a->text_en)});
}

static void
write_marks(struct json *j, const struct alarm *a)
{
	if (a->test)
		json_key_bool(j, "test", true);
	if (a->state != ALARM_NORMAL && !a->shown)
		json_key_bool(j, "unseen", true);
	if (a->chatters)
		json_key_bool(j, "chatter", true);
	if (a->count > 1)
		json_key_i64(j, "count", a->count);
}

/* ---- the cars of a power cut ---- */

static void
write_phases(struct json *j, uint8_t phases)
{
	if (phases == 0)
		return;
	json_key(j, "phases");
	json_list(j);
	for (int i = 0; i < 3; i++)
		if (phases & 1u << i)
			json_i64(j, i + 1);
	json_end(j);
}

static void
write_truth(struct json *j, const char *key, uint8_t truth)
{
	json_key(j, key);
	if (truth == CONDITION_UNKNOWN)
		json_none(j);
	else
		json_bool(j, truth == CONDITION_TRUE);
}

static void
write_state(struct json *j, const struct car_state *s)
{
	write_truth(j, "moving", s->moving);
	json_key_string(j, "occupied", car_occupied_names[s->occupied]);
	write_truth(j, "zone", s->zone);
	if (s->door_open == CONDITION_TRUE)
		json_key_bool(j, "door_open", true);
	if (s->trapped == CONDITION_TRUE)
		json_key_bool(j, "trapped", true);
	json_key(j, "floor");
	json_f64(j, s->floor);
}

static void
write_car(struct json *j, const struct sweep_car *c, int64_t offset_ms)
{
	json_open(j);
	json_key_string(j, "car", c->device);
	write_state(j, &c->was);
	json_key(j, "age");
	if (c->age_ms == INT64_MAX)
		json_none(j);
	else
		json_i64(j, c->age_ms);
	json_key_bool(j, "back", c->back);
	write_deed(j, "checked", &c->checked, offset_ms);
	json_end(j);
}

static void
write_cars(struct json *j, const struct sweep_list *cars, int64_t offset_ms)
{
	if (cars->suspected)
		json_key_bool(j, "suspected", true);
	write_phases(j, cars->phases);
	json_key(j, "cars");
	json_list(j);
	for (uint8_t i = 0; i < cars->count; i++)
		write_car(j, &cars->cars[i], offset_ms);
	json_end(j);
}

void
alarm_record_write(struct json *j, const struct alarm *a,
    const struct alarm_rule *r, const struct sweep_list *cars,
    int64_t offset_ms)
{
	json_key_string(j, "state", alarm_state_names[a->state]);
	json_key_bool(j, "active", a->active);
	if (r != NULL)
		json_key_string(
		    j, "severity", alarm_severity_names[r->severity]);
	json_key(j, "since");
	if (a->count > 0)
		json_i64(j, a->since_ms + offset_ms);
	else
		json_none(j);
	write_hiding(j, a, offset_ms);
	write_deed(j, "ack", &a->ack, offset_ms);
	write_work(j, a, offset_ms);
	write_value(j, a);
	write_marks(j, a);
	if (cars != NULL && cars->count > 0)
		write_cars(j, cars, offset_ms);
}
