/*
 * sample_json.c - values and points as JSON
 */
#include "gateway/measure/sample_json.h"

#include <inttypes.h>
#include <stdio.h>

static void
json_enum(struct json *j, int64_t number, const struct point_info *point)
{
	const char *name = point_enum_name(point, number);

	if (name != NULL)
		json_text(j, name);
	else
		json_i64(j, number);
}

void
json_value(
    struct json *j, const struct value *v, const struct point_info *point)
{
	switch ((enum value_type)v->type) {
	case VALUE_NONE: json_none(j); break;
	case VALUE_F32: json_f32(j, (float)v->f); break;
	case VALUE_F64: json_f64(j, v->f); break;
	case VALUE_I64: json_i64(j, v->i); break;
	case VALUE_U64: json_u64(j, v->u); break;
	case VALUE_BOOL: json_bool(j, v->u != 0); break;
	case VALUE_ENUM: json_enum(j, v->i, point); break;
	case VALUE_TEXT: json_text(j, v->text); break;
	}
}

void
json_people(struct json *j, const char *key, struct text text)
{
	if (text.zh == NULL && text.en == NULL)
		return;
	json_key(j, key);
	json_open(j);
	json_key_given(j, "zh", text.zh);
	json_key_given(j, "en", text.en);
	json_end(j);
}

static void
key_enum(struct json *j, const struct point_info *p)
{
	char number[24];

	json_key(j, "enum");
	json_open(j);
	for (size_t i = 0; i < p->name_count; i++) {
		snprintf(
		    number, sizeof(number), "%" PRId64, p->names[i].number);
		json_key_given(j, number, p->names[i].name);
	}
	json_end(j);
}

void
json_point_members(struct json *j, const struct point_info *p)
{
	static const char *const forms[] = {
	    [FORM_NUMBER] = "number",
	    [FORM_BOOL] = "boolean",
	    [FORM_ENUM] = "enum",
	    [FORM_TEXT] = "text",
	};

	json_key_given(j, "type", forms[p->form]);
	json_key_given(j, "unit", p->unit);
	json_key_given(j, "role", p->role);
	if (p->name_count > 0)
		key_enum(j, p);
	json_people(j, "title", p->title);
}

void
json_point(struct json *j, const struct point_info *p)
{
	json_open(j);
	json_point_members(j, p);
	json_end(j);
}
