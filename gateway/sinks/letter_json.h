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

#endif
