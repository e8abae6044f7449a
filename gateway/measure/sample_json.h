/*
 * sample_json.h - a value as JSON, the same for MQTT and HTTP
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

#endif
