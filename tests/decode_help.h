/*
 * decode_help.h - what the tests of decode.c share
 */
#ifndef DECODE_HELP_H
#define DECODE_HELP_H

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "gateway/measure/decode.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct decimal one = {1, 0};

/* The words in which a value of so many bits, abcd, comes over the wire. */
static inline void
put_abcd(uint16_t words[4], uint64_t raw, unsigned bits)
{
	for (unsigned i = 0; i < bits / 16; i++)
		words[i] = (uint16_t)(raw >> (bits - 16 - 16 * i));
}

static inline uint64_t
float_raw(float f)
{
	uint32_t raw;

	memcpy(&raw, &f, sizeof(raw));
	return raw;
}

static inline uint64_t
double_raw(double f)
{
	uint64_t raw;

	memcpy(&raw, &f, sizeof(raw));
	return raw;
}

static inline struct quality
decode_raw(struct decode d, uint64_t raw, struct value *out)
{
	uint16_t words[4] = {0};

	if (d.scale.mantissa == 0)
		d.scale = one;
	if (d.type == RAW_BIT)
		words[0] = (uint16_t)raw;
	else
		put_abcd(words, raw, 16 * decode_words(&d));
	return decode_value(&d, words, 0, out);
}

/* Good, and just this value. */
static inline void
expect(struct decode d, uint64_t raw, struct value v)
{
	struct value out;

	ck_assert_int_eq(decode_raw(d, raw, &out).code, QUALITY_GOOD);
	ck_assert_int_eq(out.type, v.type);
	ck_assert_msg(value_equal(&out, &v), "raw %#jx: i %jd u %ju f %.17g",
	    (uintmax_t)raw, (intmax_t)out.i, (uintmax_t)out.u, out.f);
}

static inline void
expect_bad(struct decode d, uint64_t raw)
{
	struct value out;
	struct quality q = decode_raw(d, raw, &out);

	ck_assert_int_eq(q.code, QUALITY_BAD_DECODE);
	ck_assert_int_eq(out.type, VALUE_NONE);
}

#endif
