/*
 * alarm_record.c - an alarm as it is told
 *
 * The way back is in alarm_record_read.c.
 */
#include "gateway/alarm/alarm_record.h"

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

void
alarm_record_write(struct json *j, const struct alarm *a,
    const struct alarm_rule *r, int64_t offset_ms)
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
}
