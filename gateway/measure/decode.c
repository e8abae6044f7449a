/*
 * decode.c - raw words -> a value, pure
 *
 * The raw number is compared with what means that there is none before anything
 * is made of it; then come the registers that say its decimals and its unit,
 * and then the number is scaled.
 *
 * Whole numbers are scaled in 128 bits: raw x mantissa always fits (2^64 x
 * 2^63), the offset is brought to the same number of places and added, and the
 * sum is divided by a power of ten.  That is the only rounding, and a correct
 * one (decimal.c).  A power of ten that the device says only moves the places,
 * and a unit's conversion is in scale and offset already: they cost no rounding
 * of their own.
 *
 * Most registers are 16 or 32 bits with a scale and no more: what comes of them
 * is the same in 64 bits.
 *
 * Floats come rounded from the device, so double is exact enough for them; the
 * scale is still applied as mantissa / 10^places, which keeps 0.1 a tenth.
 */
#include "gateway/measure/decode.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "gateway/measure/raw.h"

/* Bound of a number that is being scaled, so that the sum of two of them stays
 * in 128 bits. */
#define SCALED_MAX ((__int128)1 << 126)

/* How the number of this very answer is to be scaled: raw x scale / 10^tens +
 * offset. */
struct law {
	struct decimal scale, offset;
	int tens;
};

/* ---- the raw number ---- */

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
whole_read(const struct decode *d, uint64_t raw, __int128 *n)
{
	if (raw_is_bcd(d))
		return bcd_read(raw, n);
	*n = raw;
	if (raw_is_signed(d) && raw >> (raw_bits(d) - 1) != 0)
		*n -= (__int128)1 << raw_bits(d);
	return true;
}

static double
float_read(const struct decode *d, uint64_t raw)
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

/* ---- whether there is one ---- */

/* A float is judged in floats: 0.1f is 0.1. */
static bool
float_is_absent(
    const struct decode *d, const struct decode_absent *a, uint64_t raw)
{
	double f = float_read(d, raw), number = a->number;

	if (d->type == RAW_F32)
		number = (double)(float)number;
	switch ((enum absent_test)a->test) {
	case ABSENT_EQUAL: return f == number;
	case ABSENT_ABOVE: return f > number;
	case ABSENT_BELOW: return f < number;
	case ABSENT_NAN: return isnan(f);
	case ABSENT_PATTERN:
	case ABSENT_PATTERN_WHOLE: break; /* of any type */
	}
	return false;
}

static bool
whole_is_absent(
    const struct decode *d, const struct decode_absent *a, uint64_t raw)
{
	__int128 n;

	if (!whole_read(d, raw, &n))
		return false;
	switch ((enum absent_test)a->test) {
	case ABSENT_EQUAL: return n == a->whole;
	case ABSENT_ABOVE: return n > a->whole;
	case ABSENT_BELOW: return n < a->whole;
	case ABSENT_NAN:
	case ABSENT_PATTERN:
	case ABSENT_PATTERN_WHOLE: break;
	}
	return false;
}

/* A pattern need not be a number: 0xffff of a BCD.  whole: the raw value from
 * which the field was cut. */
static bool
means_none(const struct decode *d, const struct decode_absent *a, uint64_t raw,
    uint64_t whole)
{
	if (a->test == ABSENT_PATTERN)
		return raw == a->pattern;
	if (a->test == ABSENT_PATTERN_WHOLE)
		return whole == a->pattern;
	return raw_is_float(d) ? float_is_absent(d, a, raw)
			       : whole_is_absent(d, a, raw);
}

static bool
is_absent(
    const struct decode *d, const uint16_t *words, size_t at, uint64_t raw)
{
	uint64_t whole = raw_whole(d, words, at);

	for (size_t i = 0; i < d->absent_count; i++)
		if (means_none(d, &d->absent[i], raw, whole))
			return true;
	return false;
}

/* ---- how it is scaled ---- */

static bool
unit_read(const struct decode *d, uint16_t code, struct law *law)
{
	for (size_t i = 0; i < d->unit_count; i++)
		if (d->units[i].raw == code) {
			law->scale = d->units[i].scale;
			law->offset = d->units[i].offset;
			return true;
		}
	return false;
}

static bool
law_read(
    const struct decode *d, const uint16_t *words, size_t at, struct law *law)
{
	*law = (struct law){d->scale, d->offset, 0};
	if (d->has_pow10)
		law->tens = (int16_t)raw_register(d, words, at, d->pow10_at);
	if (law->tens < -DECODE_POW10_MAX || law->tens > DECODE_POW10_MAX)
		return false;
	return d->unit_count == 0 ||
	    unit_read(d, raw_register(d, words, at, d->unit_at), law);
}

/* 10^0 .. 10^36 */
static __int128
power_of_ten(unsigned n)
{
	unsigned half = n > DECIMAL_PLACES_MAX ? DECIMAL_PLACES_MAX : n;

	return (__int128)decimal_ten_to[half] * decimal_ten_to[n - half];
}

/* Multiplies by 10^tens. */
static bool
shift(__int128 *n, unsigned tens)
{
	__int128 by;

	if (tens == 0) /* mostly: and dividing 128 bits takes its time */
		return true;
	by = power_of_ten(tens);
	if (*n > SCALED_MAX / by || *n < -SCALED_MAX / by)
		return false;
	*n *= by;
	return true;
}

/* n as the law has it, as n / 10^places. */
static bool
whole_scale(const struct law *law, __int128 *n, unsigned *places)
{
	__int128 offset = law->offset.mantissa;
	int own = law->scale.places + law->tens;
	int most = own > law->offset.places ? own : law->offset.places;

	*n *= law->scale.mantissa;
	if (!shift(n, (unsigned)(most - own)) ||
	    !shift(&offset, (unsigned)(most - law->offset.places)))
		return false;
	*n += offset;
	*places = (unsigned)most;
	return true;
}

/* ---- a number -> a value ---- */

static bool
names_have(const struct decode *d, int64_t n)
{
	for (size_t i = 0; i < d->name_count; i++)
		if (d->names[i].number == n)
			return true;
	return false;
}

/* The standard number that the device's own stands for. */
static bool
state_read(const struct decode *d, __int128 n, int64_t *number)
{
	*number = (int64_t)n;
	if (d->state_count == 0)
		return *number == n;
	for (size_t i = 0; i < d->state_count; i++)
		if (d->states[i].raw == n) {
			*number = d->states[i].number;
			return true;
		}
	return false;
}

/* A boolean or an enumeration. */
static bool
put_named(const struct decode *d, __int128 n, struct value *out)
{
	int64_t number;

	if (d->form == FORM_BOOL) {
		out->type = VALUE_BOOL;
		out->u = n == 1;
		return n == 0 || n == 1;
	}
	if (!state_read(d, n, &number))
		return false;
	out->type = VALUE_ENUM;
	out->i = number;
	return names_have(d, number);
}

/* The type follows from the point, not from the number, as long as 64 bits
 * allow: a point does not change its type from reading to reading. */
static bool
put_whole(const struct decode *d, __int128 n, struct value *out)
{
	bool negative =
	    raw_is_signed(d) || d->scale.mantissa < 0 || d->offset.mantissa < 0;

	if (n < INT64_MIN || n > UINT64_MAX)
		return false;
	out->type =
	    n < 0 || (negative && n <= INT64_MAX) ? VALUE_I64 : VALUE_U64;
	out->u = (uint64_t)n; /* the bits of either */
	return true;
}

static bool
decode_whole(const struct decode *d, const struct law *law, uint64_t raw,
    struct value *out)
{
	bool whole = !d->has_pow10 && d->unit_count == 0;
	__int128 n;
	unsigned places;

	if (!whole_read(d, raw, &n) || !whole_scale(law, &n, &places))
		return false;
	if (d->form != FORM_NUMBER)
		return n % power_of_ten(places) == 0 &&
		    put_named(d, n / power_of_ten(places), out);
	if (whole && places == 0)
		return put_whole(d, n, out);
	out->type = VALUE_F64;
	out->f = decimal_quotient(n, places);
	return true;
}

static bool
decode_float(const struct decode *d, const struct law *law, uint64_t raw,
    struct value *out)
{
	double most = d->type == RAW_F32 ? (double)FLT_MAX : DBL_MAX;
	double f = float_read(d, raw) * (double)law->scale.mantissa;
	int places = law->scale.places + law->tens;

	if (places < 0)
		f *= (double)power_of_ten((unsigned)-places);
	else
		f /= (double)power_of_ten((unsigned)places);
	f += decimal_number(law->offset); /* makes -0 a plain 0, too */
	if (!(fabs(f) <= most)) /* nor is a NaN */
		return false;
	if (d->form != FORM_NUMBER)
		return f == trunc(f) && fabs(f) < 0x1p63 &&
		    put_named(d, (__int128)f, out);
	out->type = d->type == RAW_F32 ? VALUE_F32 : VALUE_F64;
	out->f = d->type == RAW_F32 ? (double)(float)f : f;
	return true;
}

static bool
decode_text(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	unsigned len = 0;

	raw_assert_sound(d);
	*out = (struct value){.type = VALUE_TEXT};
	for (unsigned i = 0; i < d->text_len; i++) {
		unsigned c = words[at + i / 2] >> raw_text_shift(d, i) & 0xff;

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

/* ---- a plain number: the same in 64 bits ---- */

#define PLAIN_SCALE_MAX INT32_MAX /* times 32 bits fits */
#define PLAIN_EXACT ((int64_t)1 << 53) /* up to here doubles are integers */

/* All that it looks at is sound then. */
static bool
is_plain(const struct decode *d)
{
	return d->type <= RAW_I32 && d->form == FORM_NUMBER && !d->has_bits &&
	    !d->has_pow10 && d->unit_count == 0 && d->state_count == 0 &&
	    d->scale.mantissa > 0 && d->scale.mantissa <= PLAIN_SCALE_MAX &&
	    d->scale.places <= DECIMAL_PLACES_MAX && d->offset.mantissa == 0 &&
	    d->offset.places <= d->scale.places;
}

static int64_t
plain_read(const struct decode *d, uint64_t raw)
{
	switch (d->type) {
	case RAW_I16: return (int16_t)raw;
	case RAW_I32: return (int32_t)raw;
	default: return (int64_t)raw;
	}
}

/* False if it needs more bits after all. */
static bool
decode_plain(const struct decode *d, uint64_t raw, struct value *out)
{
	int64_t n = plain_read(d, raw) * d->scale.mantissa;

	if (d->scale.places == 0) {
		out->type = raw_is_signed(d) ? VALUE_I64 : VALUE_U64;
		out->i = n;
		return true;
	}
	if (n > PLAIN_EXACT || n < -PLAIN_EXACT)
		return false;
	out->type = VALUE_F64;
	out->f = (double)n / (double)decimal_ten_to[d->scale.places];
	return true;
}

/* ---- all together ---- */

/* A float is judged in floats: 0.1f is not above 0.1.  Beyond 2^53 an integer
 * is judged as the nearest double. */
static bool
out_of_range(const struct decode *d, const struct value *v)
{
	bool single = v->type == VALUE_F32;
	double number, min, max;

	if (!d->has_valid)
		return false;
	number = value_number(v);
	min = single ? (double)(float)d->valid_min : d->valid_min;
	max = single ? (double)(float)d->valid_max : d->valid_max;
	return number < min || number > max;
}

static enum quality_code
decode_number(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	bool plain = is_plain(d), sound;
	struct law law;
	uint64_t raw;

	if (!plain)
		raw_assert_sound(d);
	raw = raw_load(d, words, at);
	if (d->absent_count > 0 && is_absent(d, words, at, raw))
		return QUALITY_BAD_NOT_AVAILABLE;
	if (plain && decode_plain(d, raw, out))
		return out_of_range(d, out) ? QUALITY_UNCERTAIN_RANGE
					    : QUALITY_GOOD;
	if (!law_read(d, words, at, &law))
		return QUALITY_BAD_DECODE;
	sound = raw_is_float(d) ? decode_float(d, &law, raw, out)
				: decode_whole(d, &law, raw, out);
	if (!sound)
		return QUALITY_BAD_DECODE;
	return out_of_range(d, out) ? QUALITY_UNCERTAIN_RANGE : QUALITY_GOOD;
}

struct quality
decode_value(
    const struct decode *d, const uint16_t *words, size_t at, struct value *out)
{
	struct quality q = {.code = QUALITY_GOOD};

	if (d->type != RAW_ASCII)
		q.code = (uint8_t)decode_number(d, words, at, out);
	else if (!decode_text(d, words, at, out))
		q.code = QUALITY_BAD_DECODE;
	if (!quality_has_value(q))
		out->type = VALUE_NONE;
	return q;
}
