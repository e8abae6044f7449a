/*
 * letter_json.h - one alarm of a letter as a document, for a plain webhook,
 * pure
 */
#ifndef LETTER_JSON_H
#define LETTER_JSON_H

#include "gateway/base/json.h"
#include "gateway/sinks/letter_parts.h"

/* An object with the members that letter.h says. */
void letter_json_write(struct json *j, const struct letter_voice *v,
    const struct letter_item *item);

/* Its members "place", "owner" and one of a deed. */
void letter_json_place(struct json *j, const struct notify_device *d);
void letter_json_owner(struct json *j, const struct letter_voice *v,
    const struct notify_device *d);
void letter_json_deed(struct json *j, const struct letter_voice *v,
    const char *key, const struct alarm_deed *deed);

#endif
