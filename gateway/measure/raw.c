/*
 * raw.c - where a point's raw number stands in its words, pure
 *
 * The words of a value are put together to one unsigned integer of its width,
 * and a bit field is cut out of that.
 */
#include "gateway/measure/raw.h"

#include <assert.h>

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

/* ---- what it is ---- */

static unsigned
width_bits(const struct decode *d)
{
	return d->type == RAW_BIT ? 1 : 16 * decode_words(d);
}

unsigned
raw_bits(const struct decode *d)
{
	return d->has_bits ? d->bit_high - d->bit_low + 1U : width_bits(d);
}

uint64_t
raw_mask(const struct decode *d)
{
	return UINT64_MAX >> (64 - raw_bits(d));
}

static void
assert_decimals(const struct decimal *scale, const struct decimal *offset)
{
	assert(scale->mantissa != 0);
	assert(scale->places <= DECIMAL_PLACES_MAX);
	assert(offset->places <= DECIMAL_PLACES_MAX);
}

void
raw_assert_sound(const struct decode *d)
{
	assert((d->type == RAW_ASCII) == (d->form == FORM_TEXT));
	if (d->type == RAW_ASCII) {
		assert(d->text_len > 0 && d->text_len < SAMPLE_TEXT_MAX);
		assert(!d->has_bits && d->absent_count == 0);
	} else {
		assert_decimals(&d->scale, &d->offset);
	}
	if (d->has_bits)
		assert(!raw_is_float(d) && d->bit_low <= d->bit_high &&
		    d->bit_high < width_bits(d));
	assert(d->state_count == 0 || d->form == FORM_ENUM);
	if (d->has_pow10 || d->unit_count > 0)
		assert(d->form == FORM_NUMBER && d->type != RAW_BIT);
	for (size_t i = 0; i < d->unit_count; i++)
		assert_decimals(&d->units[i].scale, &d->units[i].offset);
}

/* ---- words <-> one unsigned integer ---- */

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

uint64_t
raw_whole(const struct decode *d, const uint16_t *words, size_t at)
{
	unsigned count = decode_words(d);
	uint64_t raw = 0;

	if (d->type == RAW_BIT)
		return words[at / 16] >> at % 16 & 1;
	if (count == 1)
		return ordered(d, words[at]);
	for (unsigned i = 0; i < count; i++) {
		unsigned k = low_word_first(d) ? count - 1 - i : i;

		raw = raw << 16 | ordered(d, words[at + k]);
	}
	return raw;
}

static void
store(const struct decode *d, uint16_t *words, size_t at, uint64_t raw)
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

uint64_t
raw_load(const struct decode *d, const uint16_t *words, size_t at)
{
	uint64_t raw = raw_whole(d, words, at);

	return d->has_bits ? raw >> d->bit_low & raw_mask(d) : raw;
}

void
raw_store(const struct decode *d, uint16_t *words, size_t at, uint64_t raw)
{
	if (d->has_bits) {
		uint64_t field = raw_mask(d) << d->bit_low;

		raw = raw << d->bit_low | (raw_whole(d, words, at) & ~field);
	}
	store(d, words, at, raw);
}

uint16_t
raw_register(
    const struct decode *d, const uint16_t *words, size_t at, int16_t offset)
{
	return ordered(d, words[(ptrdiff_t)at + offset]);
}

void
raw_register_store(const struct decode *d, uint16_t *words, size_t at,
    int16_t offset, uint16_t number)
{
	words[(ptrdiff_t)at + offset] = ordered(d, number);
}

unsigned
raw_text_shift(const struct decode *d, unsigned i)
{
	return (i % 2 == 0) != low_byte_first(d) ? 8 : 0;
}
