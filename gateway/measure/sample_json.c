/*
 * sample_json.c - a value as JSON
 */
#include "gateway/measure/sample_json.h"

static void
json_enum(struct json *j, int64_t number, const struct point_info *point)
{
	const char *name = point_enum_name(point, number);

	if (name != NULL)
		json_string(j, name);
	else
		json_i64(j, number);
}

void
json_value(
    struct json *j, const struct value *v, const struct point_info *point)
{
	switch ((enum value_type)v->type) {
	case VALUE_NONE: json_null(j); break;
	case VALUE_F32: json_f32(j, (float)v->f); break;
	case VALUE_F64: json_f64(j, v->f); break;
	case VALUE_I64: json_i64(j, v->i); break;
	case VALUE_U64: json_u64(j, v->u); break;
	case VALUE_BOOL: json_bool(j, v->u != 0); break;
	case VALUE_ENUM: json_enum(j, v->i, point); break;
	case VALUE_TEXT: json_string(j, v->text); break;
	}
}
