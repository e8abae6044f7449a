/*
 * decode.c - raw words -> a value, pure
 *
 * The words of a value are put together to one unsigned integer of its width;
 * a bit field is cut out of that; the rest depends on the type.
 *
 * Whole numbers are scaled in 128 bits: raw x mantissa always fits (2^64 x
 * 2^63), the offset is brought to the same number of places and added, and the
 * sum is divided by a power of ten.  That is the only rounding, and a correct
 * one: the processor's own where both sides are exact doubles, strtod's where
 * they are not.  Not in long double: it has 64 bits of mantissa on amd64, 113
 * on arm64, and would round twice on both.
 *
 * Floats come rounded from the device, so double is exact enough for them; the
 * scale is still applied as mantissa / 10^places, which keeps 0.1 a tenth.
 */
#include "gateway/measure/decode.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MAX 18 /* 10^18 is the last power of ten of 64 bits */
#define DOUBLE_EXACT ((__int128)1 << 53) /* up to here doubles are integers */

/* Bound of a scaled number before the offset (at most 2^63 x 10^18 < 2^123)
 * comes to it, so that the sum stays in 128 bits. */
#define SCALED_MAX ((__int128)1 << 126)

static const int64_t ten_to[PLACES_MAX + 1] = {1, 10, 100, 1000, 10000, 100000,
    1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
    1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000};

/* ---- words <-> one unsigned integer ---- */

unsigned
decode_words(const struct decode *d)
{
	static const uint8_t counts[] = {
	    [RAW_BIT] = 1,
	    [RAW_U16] = 1,
	    [RAW_I16] = 1,
	    [RAW_BCD16] = 1,
	    [RAW_U32] = 2,
	    [RAW_I32] = 2,
	    [RAW_F32] = 2,
	    [RAW_BCD32] = 2,
	    [RAW_U64] = 4,
	    [RAW_I64] = 4,
	    [RAW_F64] = 4,
	};

	assert(d->type <= RAW_ASCII);
	return d->type == RAW_ASCII ? (d->text_len + 1U) / 2 : counts[d->type];
}

static unsigned
raw_bits(const struct decode *d)
{
	return d->type == RAW_BIT ? 1 : 16 * decode_words(d);
}

static bool
low_byte_first(const struct decode *d)
{
	return d->order == ORDER_BADC || d->order == ORDER_DCBA;
}

static bool
low_word_first(const struct decode *d)
{
	return d->order == ORDER_CDAB || d->order == ORDER_DCBA;
}

static uint16_t
ordered(const struct decode *d, uint16_t word)
{
	return low_byte_first(d) ? __builtin_bswap16(word) : word;
}

static uint64_t
raw_load(const struct decode *d, const uint16_t *words, size_t at)
{
	unsigned count = decode_words(d);
	uint64_t raw = 0;

	if (d->type == RAW_BIT)
		return words[at / 16] >> at % 16 & 1;
	for (unsigned i = 0; i < count; i++) {
		unsigned k = low_word_first(d) ? count - 1 - i : i;

		raw = raw << 16 | ordered(d, words[at + k]);
	}
	return raw;
}

static void
raw_store(const struct decode *d, uint16_t *words, size_t at, uint64_t raw)
{
	unsigned count = decode_words(d);

	if (d->type == RAW_BIT) {
		uint16_t bit = (uint16_t)(1U << at % 16);
		uint16_t rest = words[at / 16] & (uint16_t)~bit;

		words[at / 16] = raw != 0 ? rest | bit : rest;
		return;
	}
	for (unsigned i = 0; i < count; i++, raw >>= 16) {
		unsigned k = low_word_first(d) ? i : count - 1 - i;

		words[at + k] = ordered(d, (uint16_t)raw);
	}
}

/* ---- the raw number ---- */

static unsigned
number_bits(const struct decode *d)
{
	return d->has_bits ? d->bit_high - d->bit_low + 1U : raw_bits(d);
}

static uint64_t
number_mask(const struct decode *d)
{
	return UINT64_MAX >> (64 - number_bits(d));
}

static bool
is_float(const struct decode *d)
{
	return d->type == RAW_F32 || d->type == RAW_F64;
}

static bool
is_bcd(const struct decode *d)
{
	return d->type == RAW_BCD16 || d->type == RAW_BCD32;
}

/* A bit field has no sign, whatever it is cut from. */
static bool
is_signed(const struct decode *d)
{
	return !d->has_bits &&
	    (d->type == RAW_I16 || d->type == RAW_I32 || d->type == RAW_I64);
}

static bool
bcd_read(uint64_t raw, __int128 *n)
{
	*n = 0;
	for (int shift = 60; shift >= 0; shift -= 4) {
		unsigned digit = raw >> shift & 0xf;

		if (digit > 9)
			return false;
		*n = *n * 10 + digit;
	}
	return true;
}

static bool
number_read(const struct decode *d, uint64_t raw, __int128 *n)
{
	if (d->has_bits)
		raw = raw >> d->bit_low & number_mask(d);
	if (is_bcd(d))
		return bcd_read(raw, n);
	*n = raw;
	if (is_signed(d) && raw >> (raw_bits(d) - 1) != 0)
		*n -= (__int128)1 << raw_bits(d);
	return true;
}

/* ---- whole numbers -> a value ---- */

/* n / 10^places, correctly rounded. */
static double
quotient(__int128 n, unsigned places)
{
	unsigned __int128 rest = (unsigned __int128)(n < 0 ? -n : n);
	char text[64], *p = text + 48; /* a sign and 39 digits end here */

	if (rest <= (unsigned __int128)DOUBLE_EXACT)
		return (double)n / (double)ten_to[places];
	snprintf(p, 16, "e-%u", places); /* no point: no locale */
	for (; rest > 0; rest /= 10)
		*--p = (char)('0' + (int)(rest % 10));
	if (n < 0)
		*--p = '-';
	return strtod(p, NULL);
}

/* raw x scale + offset as *n / 10^*places. */
static bool
number_scale(
    const struct decode *d, __int128 raw, __int128 *n, unsigned *places)
{
	const struct decimal *s = &d->scale, *o = &d->offset;
	unsigned most = s->places > o->places ? s->places : o->places;
	__int128 scaled = raw * s->mantissa, by = ten_to[most - s->places];

	if (scaled > SCALED_MAX / by || scaled < -SCALED_MAX / by)
		return false;
	*n = scaled * by + (__int128)o->mantissa * ten_to[most - o->places];
	*places = most;
	return true;
}

static bool
names_have(const struct decode *d, __int128 n)
{
	for (size_t i = 0; i < d->name_count; i++)
		if (d->names[i].number == n)
			return true;
	return false;
}

/* A boolean or an enumeration. */
static bool
put_named(const struct decode *d, __int128 n, struct value *out)
{
	if (d->form == FORM_BOOL) {
		*out = (struct value){.type = VALUE_BOOL, .u = n == 1};
		return n == 0 || n == 1;
	}
	*out = (struct value){.type = VALUE_ENUM, .i = (int64_t)n};
	return names_have(d, n);
}

/* The type follows from the point, not from the number, as long as 64 bits
 * allow: a point does not change its type from reading to reading. */
static bool
put_whole(const struct decode *d, __int128 n, struct value *out)
{
	bool negative =
	    is_signed(d) || d->scale.mantissa < 0 || d->offset.mantissa < 0;

	if (n < INT64_MIN || n > UINT64_MAX)
		return false;
	if (n < 0 || (negative && n <= INT64_MAX))
		*out = (struct value){.type = VALUE_I64, .i = (int64_t)n};
	else
		*out = (struct value){.type = VALUE_U64, .u = (uint64_t)n};
	return true;
}

static bool
decode_whole(const struct decode *d, uint64_t raw, struct value *out)
{
	__int128 n;
	unsigned places;

	if (!number_read(d, raw, &n) || !number_scale(d, n, &n, &places))
		return false;
	if (d->form != FORM_NUMBER)
		return n % ten_to[places] == 0 &&
		    put_named(d, n / ten_to[places], out);
	if (places == 0)
		return put_whole(d, n, out);
	*out = (struct value){.type = VALUE_F64, .f = quotient(n, places)};
	return true;
}

/* ---- floats -> a value ---- */

static double
decimal_number(const struct decimal *x)
{
	return (double)x->mantissa / (double)ten_to[x->places];
}

static double
float_of(const struct decode *d, uint64_t raw)
{
	uint32_t raw32 = (uint32_t)raw;
	float f32;
	double f64;

	if (d->type == RAW_F32) {
		memcpy(&f32, &raw32, sizeof(f32));
		return (double)f32;
	}
	memcpy(&f64, &raw, sizeof(f64));
	return f64;
}

static bool
decode_float(const struct decode *d, uint64_t raw, struct value *out)
{
	double most = d->type == RAW_F32 ? (double)FLT_MAX : DBL_MAX;
	double f = float_of(d, raw) * (double)d->scale.mantissa /
	    (double)ten_to[d->scale.places];

	f += decimal_number(&d->offset); /* makes -0 a plain 0, too */
	if (!(fabs(f) <= most)) /* nor is a NaN */
		return false;
	if (d->form != FORM_NUMBER)
		return f == trunc(f) && fabs(f) < 0x1p63 &&
		    put_named(d, (__int128)f, out);
	if (d->type == RAW_F32)
		*out = (struct value){.type = VALUE_F32, .f = (double)(float)f};
	else
		*out = (struct value){.type = VALUE_F64, .f = f};
	return true;
}

/* ---- texts ---- */

/* How far left of bit 0 the text's i-th byte stands in its word. */
static unsigned
text_shift(const struct decode *d, unsigned i)
{
	return (i % 2 == 0) != low_byte_first(d) ? 8 : 0;
}

static bool
decode_text(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	unsigned len = 0;

	*out = (struct value){.type = VALUE_TEXT};
	for (unsigned i = 0; i < d->text_len; i++) {
		unsigned c = words[at + i / 2] >> text_shift(d, i) & 0xff;

		if (c == '\0')
			break;
		if (c < ' ' || c > '~')
			return false;
		out->text[i] = (char)c;
		if (c != ' ')
			len = i + 1;
	}
	memset(out->text + len, 0, sizeof(out->text) - len);
	return true;
}

/* ---- both ways ---- */

/* What conf/ has made sure of. */
static void
assert_sound(const struct decode *d)
{
	assert(d->scale.places <= PLACES_MAX);
	assert(d->offset.places <= PLACES_MAX);
	assert((d->type == RAW_ASCII) == (d->form == FORM_TEXT));
	if (d->type == RAW_ASCII)
		assert(d->text_len > 0 && d->text_len < SAMPLE_TEXT_MAX);
	if (d->has_bits)
		assert(d->type != RAW_ASCII && !is_float(d) &&
		    d->bit_low <= d->bit_high && d->bit_high < raw_bits(d));
}

static bool
decode_any(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	if (d->type == RAW_ASCII)
		return decode_text(d, words, at, out);
	if (is_float(d))
		return decode_float(d, raw_load(d, words, at), out);
	return decode_whole(d, raw_load(d, words, at), out);
}

/* A float is judged in floats: 0.1f is not above 0.1.  Beyond 2^53 an integer
 * is judged as the nearest double. */
static bool
out_of_range(const struct decode *d, const struct value *v)
{
	bool single = v->type == VALUE_F32;
	double number = value_number(v);
	double min = single ? (double)(float)d->valid_min : d->valid_min;
	double max = single ? (double)(float)d->valid_max : d->valid_max;

	return d->has_valid && (number < min || number > max);
}

struct quality
decode_value(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	assert_sound(d);
	if (!decode_any(d, words, at, out)) {
		*out = (struct value){.type = VALUE_NONE};
		return (struct quality){.code = QUALITY_BAD_DECODE};
	}
	if (out_of_range(d, out))
		return (struct quality){.code = QUALITY_UNCERTAIN_RANGE};
	return (struct quality){.code = QUALITY_GOOD};
}

/* ---- the way back ---- */

/* max is exact in a double, or is all ones and rounds up to the next power of
 * two, below which every double fits. */
static uint64_t
nearest_unsigned(double x, uint64_t max)
{
	x = round(x);
	if (!(x > 0))
		return 0;
	return x >= (double)max ? max : (uint64_t)x;
}

static uint64_t
bcd_write(double x, unsigned bits)
{
	/* A topmost digit of less than four bits ends at 1, 3 or 7. */
	uint64_t max = (1ULL << bits % 4) * (uint64_t)ten_to[bits / 4] - 1;
	uint64_t n = nearest_unsigned(x, max), raw = 0;

	for (unsigned shift = 0; n > 0; shift += 4, n /= 10)
		raw |= n % 10 << shift;
	return raw;
}

static uint64_t
whole_write(const struct decode *d, double x)
{
	uint64_t mask = number_mask(d);

	if (is_bcd(d))
		return bcd_write(x, number_bits(d));
	if (!is_signed(d))
		return nearest_unsigned(x, mask);
	if (x < 0)
		return 0 - nearest_unsigned(-x, mask / 2 + 1);
	return nearest_unsigned(x, mask / 2);
}

static uint64_t
float_write(const struct decode *d, double x)
{
	double most = d->type == RAW_F32 ? (double)FLT_MAX : DBL_MAX;
	uint64_t raw = 0;
	uint32_t raw32;
	float f32;

	if (fabs(x) > most)
		x = copysign(most, x);
	if (d->type == RAW_F32) {
		f32 = (float)x;
		memcpy(&raw32, &f32, sizeof(raw32));
		return raw32;
	}
	memcpy(&raw, &x, sizeof(raw));
	return raw;
}

void
decode_reverse(const struct decode *d, double value, uint16_t *words, size_t at)
{
	uint64_t raw, field;
	double x;

	assert_sound(d);
	assert(d->type != RAW_ASCII);
	if (d->form == FORM_BOOL)
		value = value >= 0.5 ? 1 : 0;
	x = (value - decimal_number(&d->offset)) *
	    (double)ten_to[d->scale.places] / (double)d->scale.mantissa;
	raw = is_float(d) ? float_write(d, x) : whole_write(d, x);
	if (d->has_bits) {
		field = number_mask(d) << d->bit_low;
		raw = raw << d->bit_low | (raw_load(d, words, at) & ~field);
	}
	raw_store(d, words, at, raw);
}

void
decode_reverse_text(
    const struct decode *d, const char *text, uint16_t *words, size_t at)
{
	size_t len = strlen(text);

	assert_sound(d);
	assert(d->type == RAW_ASCII);
	for (unsigned i = 0; i < d->text_len; i++) {
		unsigned shift = text_shift(d, i);
		unsigned c = i < len ? (unsigned char)text[i] : 0;
		unsigned rest = words[at + i / 2] & ~(0xffU << shift);

		words[at + i / 2] = (uint16_t)(rest | c << shift);
	}
}
