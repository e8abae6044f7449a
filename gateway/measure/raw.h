/*
 * raw.h - where a point's raw number stands in its words, pure
 *
 * What decode_value and decode_reverse have in common, and nobody else needs.
 * What each value asks for stands here, to be inline.
 */
#ifndef RAW_H
#define RAW_H

#include <assert.h>

#include "gateway/measure/decode.h"

/* ---- its words ---- */

static inline unsigned
raw_words(const struct decode *d)
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

static inline unsigned /* of all of them */
raw_width(const struct decode *d)
{
	return d->type == RAW_BIT ? 1 : 16 * raw_words(d);
}

static inline unsigned /* how many raw_load gives: 1..64 */
raw_bits(const struct decode *d)
{
	return d->has_bits ? d->bit_high - d->bit_low + 1U : raw_width(d);
}

static inline uint64_t /* as many ones */
raw_mask(const struct decode *d)
{
	return UINT64_MAX >> (64 - raw_bits(d));
}

static inline bool
raw_low_byte_first(const struct decode *d)
{
	return d->order == ORDER_BADC || d->order == ORDER_DCBA;
}

static inline bool
raw_low_word_first(const struct decode *d)
{
	return d->order == ORDER_CDAB || d->order == ORDER_DCBA;
}

static inline uint16_t
raw_ordered(const struct decode *d, uint16_t word)
{
	return raw_low_byte_first(d) ? __builtin_bswap16(word) : word;
}

/* Of all its words, whatever field is cut out of them. */
static inline uint64_t
raw_whole(const struct decode *d, const uint16_t *words, size_t at)
{
	unsigned count = raw_words(d);
	uint64_t raw = 0;

	if (d->type == RAW_BIT)
		return words[at / 16] >> at % 16 & 1;
	if (count == 1)
		return raw_ordered(d, words[at]);
	for (unsigned i = 0; i < count; i++) {
		unsigned k = raw_low_word_first(d) ? count - 1 - i : i;

		raw = raw << 16 | raw_ordered(d, words[at + k]);
	}
	return raw;
}

/* The bits of the point's own: of all its words in order, or of its field. */
static inline uint64_t
raw_load(const struct decode *d, const uint16_t *words, size_t at)
{
	uint64_t raw = raw_whole(d, words, at);

	return d->has_bits ? raw >> d->bit_low & raw_mask(d) : raw;
}

/* Changes only raw_load's. */
void raw_store(
    const struct decode *d, uint16_t *words, size_t at, uint64_t raw);

/* A register beside the value, as its pow10 and its unit are: its bytes are in
 * the value's order. */
static inline uint16_t
raw_register(
    const struct decode *d, const uint16_t *words, size_t at, int16_t offset)
{
	return raw_ordered(d, words[(ptrdiff_t)at + offset]);
}

void raw_register_store(const struct decode *d, uint16_t *words, size_t at,
    int16_t offset, uint16_t number);

/* ---- what it is ---- */

static inline bool
raw_is_float(const struct decode *d)
{
	return d->type == RAW_F32 || d->type == RAW_F64;
}

static inline bool
raw_is_bcd(const struct decode *d)
{
	return d->type == RAW_BCD16 || d->type == RAW_BCD32;
}

static inline bool /* a bit field has no sign */
raw_is_signed(const struct decode *d)
{
	return !d->has_bits &&
	    (d->type == RAW_I16 || d->type == RAW_I32 || d->type == RAW_I64);
}

/* How far left of bit 0 a text's i-th byte stands in its word. */
unsigned raw_text_shift(const struct decode *d, unsigned i);

/* ---- whether it can be ---- */

static inline void
raw_assert_decimals(const struct decimal *scale, const struct decimal *offset)
{
	assert(scale->mantissa != 0);
	assert(scale->places <= DECIMAL_PLACES_MAX);
	assert(offset->places <= DECIMAL_PLACES_MAX);
}

/* What decode.h calls sound; conf/ has made sure of it. */
static inline void
raw_assert_sound(const struct decode *d)
{
	assert((d->type == RAW_ASCII) == (d->form == FORM_TEXT));
	if (d->type == RAW_ASCII) {
		assert(d->text_len > 0 && d->text_len < SAMPLE_TEXT_MAX);
		assert(!d->has_bits && d->absent_count == 0);
	} else {
		raw_assert_decimals(&d->scale, &d->offset);
	}
	if (d->has_bits)
		assert(!raw_is_float(d) && d->bit_low <= d->bit_high &&
		    d->bit_high < raw_width(d));
	assert(d->state_count == 0 || d->form == FORM_ENUM);
	if (d->has_pow10 || d->unit_count > 0)
		assert(d->form == FORM_NUMBER && d->type != RAW_BIT);
	for (size_t i = 0; i < d->unit_count; i++)
		raw_assert_decimals(&d->units[i].scale, &d->units[i].offset);
}

#endif
