/*
 * sample_json.h - values and points as JSON, the same for MQTT and HTTP
 *
 * Numbers with the digits of their type, booleans as true/false, enumerations
 * as their names (as a number where the table has no name), none as null.
 */
#ifndef SAMPLE_JSON_H
#define SAMPLE_JSON_H

#include "gateway/base/json.h"
#include "gateway/measure/sample.h"

void json_value(
    struct json *j, const struct value *v, const struct point_info *point);

/* A text for people: the languages it has; no key if it has none. */
void json_people(struct json *j, const char *key, struct text text);

/* What the values of a point mean: type, unit, role, enum, title; what there is
 * nothing to say of is left out. */
void json_point(struct json *j, const struct point_info *point);
void json_point_members(struct json *j, const struct point_info *point);

#endif
