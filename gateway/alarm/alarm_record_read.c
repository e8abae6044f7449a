/*
 * alarm_record_read.c - an alarm from what was told of it
 *
 * Strictly, though it was written here: the file may be an older one, or
 * damaged, and an alarm that is half right would look like the truth.  What is
 * none of an alarm's members (device, change, by ..) is not looked at.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"

#define TIME_MAX_MS (INT64_C(1) << 53) /* exact in any reader of JSON */

/* A member, NULL if it is null. */
static const json_t *
member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/* None is "", one that is too long is cut. */
static bool
read_text(const json_t *object, const char *key, char *out, size_t size)
{
	const json_t *value = member(object, key);
	const char *text = json_string_value(value);
	size_t len;

	out[0] = '\0';
	if (value == NULL)
		return true;
	if (text == NULL)
		return false;
	len = json_string_length(value);
	len = utf8_cut(text, len < size ? len : size - 1);
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
read_flag(const json_t *object, const char *key, bool *out)
{
	const json_t *value = member(object, key);

	*out = json_is_true(value);
	return value == NULL || json_is_boolean(value);
}

static bool
read_time(
    const json_t *object, const char *key, int64_t offset_ms, int64_t *out)
{
	const json_t *value = member(object, key);
	int64_t ms = json_integer_value(value);

	if (!json_is_integer(value) || ms < -TIME_MAX_MS || ms > TIME_MAX_MS)
		return false;
	*out = ms - offset_ms;
	return true;
}

static bool
read_deed(const json_t *object, const char *key, int64_t offset_ms,
    struct alarm_deed *out)
{
	const json_t *deed = member(object, key);

	return deed == NULL ||
	    (read_text(deed, "by", out->by, sizeof(out->by)) &&
		out->by[0] != '\0' &&
		read_time(deed, "ts", offset_ms, &out->at_ms));
}

static bool
read_state(const json_t *event, struct alarm *a)
{
	char name[16];

	if (!read_text(event, "state", name, sizeof(name)) ||
	    !read_flag(event, "active", &a->active))
		return false;
	while (alarm_state_names[a->state] != NULL &&
	    strcmp(alarm_state_names[a->state], name) != 0)
		a->state++;
	a->condition = a->active;
	return alarm_state_names[a->state] != NULL &&
	    (a->state == ALARM_UNACK || a->active == (a->state == ALARM_ACKED));
}

static bool
read_hiding(const json_t *event, int64_t offset_ms, struct alarm *a)
{
	if (member(event, "shelved_until") != NULL &&
	    !(read_text(
		  event, "shelved_by", a->shelved_by, sizeof(a->shelved_by)) &&
		a->shelved_by[0] != '\0' &&
		read_time(
		    event, "shelved_until", offset_ms, &a->shelved_until_ms)))
		return false;
	return read_text(event, "suppressed_by", a->suppressed_by,
		   sizeof(a->suppressed_by)) &&
	    read_deed(event, "out_of_service", offset_ms, &a->out);
}

static bool
read_work(const json_t *event, int64_t offset_ms, struct alarm *a)
{
	const json_t *work = member(event, "work");
	bool good = work == NULL || json_is_object(work);

	for (int i = 0; good && i < WORK_COUNT; i++)
		good = read_deed(
		    work, alarm_work_names[i], offset_ms, &a->work[i]);
	return good;
}

static bool
read_value(const json_t *event, struct alarm *a)
{
	const json_t *value = member(event, "value");
	struct value *v = &a->value;

	if (json_is_boolean(value))
		*v = (struct value){VALUE_BOOL, .u = json_is_true(value)};
	else if (json_is_integer(value))
		*v = (struct value){VALUE_I64, .i = json_integer_value(value)};
	else if (json_is_real(value))
		*v = (struct value){VALUE_F64, .f = json_real_value(value)};
	else if (value != NULL)
		v->type = VALUE_TEXT;
	return v->type != VALUE_TEXT ||
	    read_text(event, "value", v->text, sizeof(v->text));
}

static bool
read_texts(const json_t *event, struct alarm *a)
{
	const json_t *text = member(event, "text");

	return (text == NULL || json_is_object(text)) &&
	    read_text(text, "zh", a->text_zh, sizeof(a->text_zh)) &&
	    read_text(text, "en", a->text_en, sizeof(a->text_en)) &&
	    read_text(event, "unit", a->unit, sizeof(a->unit));
}

/* It was raised, and how often; or it never was. */
static bool
read_count(const json_t *event, int64_t offset_ms, struct alarm *a)
{
	const json_t *count = member(event, "count");
	int64_t number = count != NULL ? json_integer_value(count) : 1;

	if (member(event, "since") == NULL)
		return count == NULL && a->state == ALARM_NORMAL;
	a->count = (uint32_t)number;
	return number >= 1 && number <= UINT32_MAX &&
	    read_time(event, "since", offset_ms, &a->since_ms);
}

static bool
read_marks(const json_t *event, struct alarm *a)
{
	bool unseen;

	if (!read_flag(event, "test", &a->test) ||
	    !read_flag(event, "unseen", &unseen) ||
	    !read_flag(event, "chatter", &a->chatters))
		return false;
	a->shown = a->state != ALARM_NORMAL && !unseen;
	return a->active || !a->chatters;
}

bool
alarm_record_take(
    struct alarm *a, const struct json_t *object, int64_t offset_ms)
{
	struct alarm read = {0};
	bool good = read_state(object, &read) &&
	    read_count(object, offset_ms, &read) &&
	    read_hiding(object, offset_ms, &read) &&
	    read_deed(object, "ack", offset_ms, &read.ack) &&
	    read_work(object, offset_ms, &read) && read_value(object, &read) &&
	    read_texts(object, &read) && read_marks(object, &read);

	if (good)
		*a = read;
	return good;
}

/* ---- the cars of a power cut ---- */

/* null is unknown; it must be there. */
static bool
read_truth(const json_t *object, const char *key, uint8_t *out)
{
	const json_t *value = json_object_get(object, key);

	*out = json_is_null(value) ? CONDITION_UNKNOWN
	    : json_is_true(value)  ? CONDITION_TRUE
				   : CONDITION_FALSE;
	return json_is_boolean(value) || json_is_null(value);
}

/* What is said only if it is so. */
static bool
read_if_so(const json_t *object, const char *key, uint8_t *out)
{
	bool is;

	if (!read_flag(object, key, &is))
		return false;
	*out = is ? CONDITION_TRUE : CONDITION_UNKNOWN;
	return true;
}

static bool
read_occupied(const json_t *object, uint8_t *out)
{
	char name[16];

	if (!read_text(object, "occupied", name, sizeof(name)))
		return false;
	for (*out = 0; car_occupied_names[*out] != NULL; (*out)++)
		if (strcmp(car_occupied_names[*out], name) == 0)
			return true;
	return false;
}

static bool
read_floor(const json_t *object, double *out)
{
	const json_t *floor = member(object, "floor");

	*out = floor != NULL ? json_number_value(floor) : NAN;
	return floor == NULL || json_is_number(floor);
}

/* When the state was known is not told: only that something was. */
static bool
read_age(const json_t *object, struct sweep_car *c)
{
	c->age_ms = INT64_MAX;
	c->was.at_ms = INT64_MIN;
	if (member(object, "age") == NULL)
		return true;
	c->was.at_ms = 0;
	return read_time(object, "age", 0, &c->age_ms) && c->age_ms >= 0;
}

static bool
read_car(const json_t *object, int64_t offset_ms, struct sweep_car *c)
{
	struct car_state *s = &c->was;

	return read_text(object, "car", c->device, sizeof(c->device)) &&
	    c->device[0] != '\0' && read_truth(object, "moving", &s->moving) &&
	    read_occupied(object, &s->occupied) &&
	    read_truth(object, "zone", &s->zone) &&
	    read_if_so(object, "door_open", &s->door_open) &&
	    read_if_so(object, "trapped", &s->trapped) &&
	    read_floor(object, &s->floor) && read_age(object, c) &&
	    read_flag(object, "back", &c->back) &&
	    read_deed(object, "checked", offset_ms, &c->checked);
}

static bool
read_phases(const json_t *event, uint8_t *out)
{
	const json_t *phases = member(event, "phases");
	json_int_t number;

	for (size_t i = 0; i < json_array_size(phases); i++) {
		number = json_integer_value(json_array_get(phases, i));
		if (number < 1 || number > 3)
			return false;
		*out |= (uint8_t)(1u << (number - 1));
	}
	return phases == NULL || json_is_array(phases);
}

bool
alarm_record_cars(
    struct sweep_list *list, const json_t *event, int64_t offset_ms)
{
	const json_t *cars = member(event, "cars");
	bool good;

	*list = (struct sweep_list){0};
	good = cars == NULL ||
	    (json_is_array(cars) && json_array_size(cars) <= SWEEP_CARS_MAX &&
		read_flag(event, "suspected", &list->suspected) &&
		read_phases(event, &list->phases));

	for (size_t i = 0; good && i < json_array_size(cars); i++)
		good = read_car(json_array_get(cars, i), offset_ms,
		    &list->cars[list->count++]);
	return good;
}

bool
alarm_record_read(struct alarm *a, struct sweep_list *cars, const char *members,
    int64_t offset_ms)
{
	struct sweep_list list;
	struct buf text = {0};
	char memory[SAMPLE_EVENT_MAX + 2], type[8];
	json_t *event;
	bool good;

	buf_fixed(&text, memory, sizeof(memory));
	buf_printf(&text, "{%s}", members);
	if (text.full)
		return false;
	event = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	good = event != NULL && read_text(event, "type", type, sizeof(type)) &&
	    strcmp(type, "alarm") == 0 &&
	    alarm_record_cars(&list, event, offset_ms) &&
	    alarm_record_take(a, event, offset_ms);
	json_decref(event);
	if (good)
		*cars = list;
	return good;
}
