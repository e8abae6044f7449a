/*
 * json.h - writes one JSON document into a buf
 *
 *	struct json j = {.out = &buf};
 *	json_open(&j);
 *	json_key(&j, "ts"), json_i64(&j, ts);
 *	json_key(&j, "values"), json_open(&j), json_end(&j);
 *	json_end(&j);
 *
 * Commas are its business.  Strings are escaped; bytes that are not UTF-8 come
 * out as U+FFFD, so the document is always valid.  Depth is at most 32
 * (asserted: the shape of our documents is our own code).  No name is one of
 * jansson's, which reads what others write: the program has both.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

#define JSON_DEPTH_MAX 32

struct json {
	struct buf *out;
	uint8_t depth;
	bool pending_key; /* a key was written, its value is due */
	bool any[JSON_DEPTH_MAX + 1]; /* something stands at this depth */
	char close[JSON_DEPTH_MAX + 1];
};

void json_open(struct json *j);
void json_list(struct json *j);
void json_end(struct json *j); /* of the innermost object or array */
void json_key(struct json *j, const char *key);

void json_text(struct json *j, const char *text); /* NULL is null */
void json_bool(struct json *j, bool value);
void json_none(struct json *j);
void json_i64(struct json *j, int64_t value);
void json_u64(struct json *j, uint64_t value);

/* A key and its value; json_key_given leaves both out if there is no text, or
 * an empty one. */
void json_key_string(struct json *j, const char *key, const char *text);
void json_key_given(struct json *j, const char *key, const char *text);
void json_key_bool(struct json *j, const char *key, bool value);
void json_key_i64(struct json *j, const char *key, int64_t value);

/* The shortest digits that read back as the same double (json_f64) or the same
 * float (json_f32: 231.2, not 231.1999969482422).  Not finite is null. */
void json_f64(struct json *j, double value);
void json_f32(struct json *j, float value);

/* The same digits without a document; whole numbers below 1e15 have no
 * exponent, and what is not finite is "null". */
void json_digits_f64(char text[32], double value);
void json_digits_f32(char text[32], float value);

#endif
