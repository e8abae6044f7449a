/*
 * decode_reverse.c - a value -> raw words: the simulator's side of decode.h
 *
 * It need not be exact to the last bit, only to the nearest raw number.  What
 * the device would say of itself, its decimals and its unit, is chosen from the
 * point's configuration and never from the value, so that it stays the same.
 */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "gateway/measure/raw.h"

#define PLACES_WANTED                                                          \
	3 /* decimals a device with a pow10 register would have                \
	   */
#define MAGNITUDE 1000 /* of a point without `valid` */

/* How the words that are written are scaled: raw x scale / 10^tens + offset. */
struct law {
	double scale, offset;
	int tens;
};

/* ---- one number -> raw ---- */

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

/* A topmost digit of less than four bits ends at 1, 3 or 7. */
static uint64_t
bcd_max(unsigned bits)
{
	return (1ULL << bits % 4) * (uint64_t)decimal_ten_to[bits / 4] - 1;
}

static uint64_t
bcd_write(double x, unsigned bits)
{
	uint64_t n = nearest_unsigned(x, bcd_max(bits)), raw = 0;

	for (unsigned shift = 0; n > 0; shift += 4, n /= 10)
		raw |= n % 10 << shift;
	return raw;
}

static uint64_t
whole_write(const struct decode *d, double x)
{
	uint64_t mask = raw_mask(d);

	if (raw_is_bcd(d))
		return bcd_write(x, raw_bits(d));
	if (!raw_is_signed(d))
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

/* ---- what the device says of itself ---- */

/* The code of the point's own unit if it has one, else the first. */
static const struct decode_unit *
unit_chosen(const struct decode *d)
{
	double scale = decimal_number(d->scale);
	double offset = decimal_number(d->offset);

	for (size_t i = 0; i < d->unit_count; i++)
		if (decimal_number(d->units[i].scale) == scale &&
		    decimal_number(d->units[i].offset) == offset)
			return &d->units[i];
	return &d->units[0];
}

static double
unscaled(const struct law *law, double value)
{
	return (value - law->offset) / law->scale * pow(10, law->tens);
}

/* The largest raw number the point must be able to carry. */
static double
most_raw(const struct decode *d, const struct law *law)
{
	double low = d->has_valid ? d->valid_min : 0;
	double high = d->has_valid ? d->valid_max : MAGNITUDE;

	return fmax(fabs(unscaled(law, low)), fabs(unscaled(law, high)));
}

/* As many decimals as leave room for the largest; a float needs none. */
static int
tens_chosen(const struct decode *d, struct law law)
{
	uint64_t max = raw_is_bcd(d) ? bcd_max(raw_bits(d))
	    : raw_is_signed(d)	     ? raw_mask(d) / 2
				     : raw_mask(d);

	if (raw_is_float(d))
		return 0;
	law.tens = PLACES_WANTED;
	while (law.tens > -DECODE_POW10_MAX &&
	    round(most_raw(d, &law)) > (double)max)
		law.tens--;
	return law.tens;
}

static struct law
law_write(const struct decode *d, uint16_t *words, size_t at)
{
	const struct decode_unit *unit = NULL;
	struct law law;

	if (d->unit_count > 0) {
		unit = unit_chosen(d);
		raw_register_store(
		    d, words, at, d->unit_at, (uint16_t)unit->raw);
	}
	law.scale = decimal_number(unit ? unit->scale : d->scale);
	law.offset = decimal_number(unit ? unit->offset : d->offset);
	law.tens = 0;
	if (d->has_pow10) {
		law.tens = tens_chosen(d, law);
		raw_register_store(
		    d, words, at, d->pow10_at, (uint16_t)law.tens);
	}
	return law;
}

/* The device's own number for a standard one, or for the nearest it has. */
static double
state_write(const struct decode *d, double number)
{
	const struct decode_state *best = NULL;

	for (size_t i = 0; i < d->state_count; i++) {
		const struct decode_state *s = &d->states[i];

		if (best == NULL ||
		    fabs((double)s->number - number) <
			fabs((double)best->number - number))
			best = s;
	}
	return best ? (double)best->raw : number;
}

/* ---- exported ---- */

void
decode_reverse(const struct decode *d, double value, uint16_t *words, size_t at)
{
	struct law law;
	double x;

	raw_assert_sound(d);
	assert(d->type != RAW_ASCII);
	if (d->form == FORM_BOOL)
		value = value >= 0.5 ? 1 : 0;
	law = law_write(d, words, at);
	x = unscaled(&law, state_write(d, value));
	raw_store(d, words, at,
	    raw_is_float(d) ? float_write(d, x) : whole_write(d, x));
}

void
decode_reverse_text(
    const struct decode *d, const char *text, uint16_t *words, size_t at)
{
	size_t len = strlen(text);

	raw_assert_sound(d);
	assert(d->type == RAW_ASCII);
	for (unsigned i = 0; i < d->text_len; i++) {
		unsigned shift = raw_text_shift(d, i);
		unsigned c = i < len ? (unsigned char)text[i] : 0;
		unsigned rest = words[at + i / 2] & ~(0xffU << shift);

		words[at + i / 2] = (uint16_t)(rest | c << shift);
	}
}
