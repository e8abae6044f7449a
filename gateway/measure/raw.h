/*
 * raw.h - where a point's raw number stands in its words, pure
 *
 * What decode_value and decode_reverse have in common, and nobody else needs.
 */
#ifndef RAW_H
#define RAW_H

#include "gateway/measure/decode.h"

/* The bits of the point's own: of all its words in order, or of its field. */
uint64_t raw_load(const struct decode *d, const uint16_t *words, size_t at);

/* Of all its words, whatever field is cut out of them. */
uint64_t raw_whole(const struct decode *d, const uint16_t *words, size_t at);

/* Changes only raw_load's. */
void raw_store(
    const struct decode *d, uint16_t *words, size_t at, uint64_t raw);

/* A register beside the value, as its pow10 and its unit are: its bytes are in
 * the value's order. */
uint16_t raw_register(
    const struct decode *d, const uint16_t *words, size_t at, int16_t offset);
void raw_register_store(const struct decode *d, uint16_t *words, size_t at,
    int16_t offset, uint16_t number);

unsigned raw_bits(const struct decode *d); /* how many raw_load gives: 1..64 */
uint64_t raw_mask(const struct decode *d); /* as many ones */

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

/* What decode.h calls sound; conf/ has made sure of it. */
void raw_assert_sound(const struct decode *d);

#endif
