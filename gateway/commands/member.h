/*
 * member.h - the members of a JSON document, for people
 *
 * A document may be of a newer gateway, or have foreign texts in it: what is
 * not there, or is something else, is "" or 0.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

const char *member_text(const json_t *o, const char *key);
int64_t member_number(const json_t *o, const char *key);

/* A member {"zh":..,"en":..} in the command's language (tongue.h); in the other
 * if there is none in that. */
const char *member_people(const json_t *o, const char *key);

/* A text, a number or a truth value; of others nothing. */
void member_put(struct buf *out, const json_t *v);

/* "2026-03-01 08:00:00", of the zone that TZ says; "2h 05m", 2小时05分. */
#define MEMBER_TIME_TEXT 32
const char *member_time(int64_t ms, bool seconds, char text[MEMBER_TIME_TEXT]);
const char *member_span(int64_t ms, char text[MEMBER_TIME_TEXT]);

#endif
