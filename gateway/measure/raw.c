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
	return raw_words(d);
}

static void
store(const struct decode *d, uint16_t *words, size_t at, uint64_t raw)
{
	unsigned count = raw_words(d);

	if (d->type == RAW_BIT) {
		uint16_t bit = (uint16_t)(1U << at % 16);
		uint16_t rest = words[at / 16] & (uint16_t)~bit;

		words[at / 16] = raw != 0 ? rest | bit : rest;
		return;
	}
	for (unsigned i = 0; i < count; i++, raw >>= 16) {
		unsigned k = raw_low_word_first(d) ? i : count - 1 - i;

		words[at + k] = raw_ordered(d, (uint16_t)raw);
	}
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

void
raw_register_store(const struct decode *d, uint16_t *words, size_t at,
    int16_t offset, uint16_t number)
{
	words[(ptrdiff_t)at + offset] = raw_ordered(d, number);
}

unsigned
raw_text_shift(const struct decode *d, unsigned i)
{
	return (i % 2 == 0) != raw_low_byte_first(d) ? 8 : 0;
}
