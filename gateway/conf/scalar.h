/*
 * scalar.h - one value of a configuration, judged from its text
 *
 * Each returns NULL if the text is such a value, else the end of a sentence
 * that begins with the text: `"3"` `has no unit; write a time such as 5s`.
 * Nothing is guessed: no leading zeros, no underscores, no exponents, no
 * blanks.
 */
#ifndef SCALAR_H
#define SCALAR_H

#include "gateway/measure/decode.h"

#define SCALAR_NAME_MAX                                                        \
	63 /* bytes; so that topics and file names stay short                  \
	    */

#define SCALAR_DECIMAL_TEXT 24 /* -9.223372036854775808 */

/* Decimal or 0x..., 64 bits. */
const char *scalar_integer(const char *text, int64_t *out);

/* Exact: 0.001 is 1 / 1000.  At most 18 digits. */
const char *scalar_decimal(const char *text, struct decimal *out);

const char *scalar_number(const char *text, double *out); /* the nearest */
const char *scalar_bool(const char *text, bool *out); /* true, false */
const char *scalar_duration(const char *text, int64_t *ms); /* 200ms 5s 30d */
const char *scalar_size(const char *text, int64_t *bytes); /* 64KiB 2GiB */
/* 07:30 -> 450, minutes since midnight; 24:00, the end of a day, too. */
const char *scalar_clock(const char *text, int64_t *minutes);

/* [a-z0-9][a-z0-9_-]*, and several of them with / between. */
const char *scalar_name(const char *text);
const char *scalar_path_name(const char *text);

/* The way back, in the largest unit that is exact: 90000 -> "90s". */
const char *scalar_duration_text(int64_t ms, char text[24]);
const char *scalar_size_text(int64_t bytes, char text[24]);
const char *scalar_clock_text(int64_t minutes, char text[24]);
/* As it was written; inside text. */
const char *scalar_decimal_text(
    struct decimal x, char text[SCALAR_DECIMAL_TEXT]);

#endif
