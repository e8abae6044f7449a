/*
 * decode.h - raw words -> a value, pure
 *
 * value = raw x scale x 10^-pow10 + offset, then converted to the point's unit.
 * Scale and offset are decimal fractions as they were written (0.001 is
 * 1 / 1000, not the nearest double), so 231 x 0.1 is 23.1 and not
 * 23.100000000000001: raw x mantissa is exact in 128 bits and is divided once.
 * An integer whose scale and offset are whole stays an integer, exact over 64
 * bits.  A float of 32 bits keeps a float's precision.
 *
 * Never guesses: words that are no such value (a BCD digit above 9, a NaN, a
 * text that is not printable, an enumeration without that number, an integer
 * that overflows, an unknown unit) give bad:decode and no value.
 */
#ifndef DECODE_H
#define DECODE_H

#include "gateway/measure/decimal.h"
#include "gateway/measure/sample.h"

enum raw_type {
	RAW_U16,
	RAW_I16,
	RAW_U32,
	RAW_I32,
	RAW_U64,
	RAW_I64,
	RAW_F32,
	RAW_F64,
	RAW_BIT, /* of a coil or discrete input */
	RAW_BCD16,
	RAW_BCD32,
	RAW_ASCII,
};

/* Order of the bytes of a value on the wire; a is the most significant.
 * abcd: high word first.  For 16 bits and for text only the order in the word
 * counts: badc and dcba swap it; a text's words always stand in order. */
enum word_order { ORDER_ABCD, ORDER_CDAB, ORDER_BADC, ORDER_DCBA };

/* One value of the raw number that means there is none.  Compared after `bits`
 * are cut (but for ABSENT_PATTERN_WHOLE: a register that is 0xffff says of each
 * of its bits that there is none), before anything is scaled; a BCD number by
 * its digits, a 32-bit float with the nearest that it can be. */
enum absent_test {
	ABSENT_EQUAL, /* raw == whole, or == number of a float */
	ABSENT_ABOVE,
	ABSENT_BELOW,
	ABSENT_NAN, /* of a float */
	ABSENT_PATTERN, /* the bits themselves: 0x8000 */
	ABSENT_PATTERN_WHOLE, /* those of the whole value, `bits` or not */
};

struct decode_absent {
	uint8_t test; /* enum absent_test */
	int64_t whole; /* of integers and BCD */
	double number; /* of floats */
	uint64_t pattern;
};

/* An enumeration's raw number and the standard number it stands for; several
 * raw numbers may stand for one. */
struct decode_state {
	int64_t raw, number;
};

/* What a unit code in a register means: these instead of the point's own scale
 * and offset, which are already in them. */
struct decode_unit {
	int64_t raw;
	struct decimal scale, offset;
};

/* Sound, or it is asserted: bits lie inside the raw value and are not taken
 * from a float or a text; the form is FORM_TEXT for RAW_ASCII and only for it;
 * states are of an enumeration, pow10 and units of a number in registers.  The
 * field is cut first and then read: of a BCD type its digits, of a signed type
 * it has no sign.  A boolean is a number that is 0 or 1 after scaling. */
struct decode {
	uint8_t type; /* enum raw_type */
	uint8_t order; /* enum word_order */
	uint8_t text_len; /* of RAW_ASCII: characters, 1..63 */
	bool has_bits; /* take bits low..high of the raw integer */
	uint8_t bit_low, bit_high;
	struct decimal scale; /* 1 unless said, never 0 */
	struct decimal offset; /* 0 unless said */
	bool has_valid;
	double valid_min, valid_max;
	uint8_t form; /* enum point_form */
	uint16_t
	    name_count; /* of an enumeration: standard numbers, each once */
	const struct enum_name *names;
	uint16_t state_count; /* raw numbers; 0: they are the standard ones */
	const struct decode_state *states;
	uint8_t absent_count;
	const struct decode_absent *absent;
	/* Registers beside the value, their bytes in its order. */
	bool has_pow10; /* an i16 in register at + pow10_at: value / 10^it */
	int16_t pow10_at;
	int16_t unit_at; /* a u16 in register at + unit_at: which of units */
	uint8_t unit_count; /* 0: the unit is fixed */
	const struct decode_unit *units;
};

#define DECODE_POW10_MAX 9 /* an exponent beyond -9..9 is bad:decode */

/* Registers a value takes (RAW_BIT: 1, a coil). */
unsigned decode_words(const struct decode *d);

/* words: what one request brought; at: the point's first register in it, or the
 * number of its bit (bits are packed, bit 0 of word 0 first).  The caller has
 * checked that it and its pow10 and unit registers lie inside.  Good,
 * uncertain:range (outside `valid`, with its value), bad:not_available or
 * bad:decode, and then *out is VALUE_NONE.
 *
 * Numbers come out as VALUE_F32 and VALUE_F64 of the floats; of the whole types
 * as VALUE_F64 if scale or offset has places or pow10 or units are read, else
 * as VALUE_U64, or VALUE_I64 where type, scale or offset can make them
 * negative. */
struct quality decode_value(const struct decode *d, const uint16_t *words,
    size_t at, struct value *out);

/* The way back, for the simulator: the words that decode to the nearest value
 * the point can carry (a boolean: 1 from 0.5 on; an enumeration: by standard
 * number).  Its pow10 register always gets the same number, up to 3, that
 * leaves room for `valid` (or 1000), its unit register the point's own unit or
 * else the first.  For a bit field only its bits are changed.  A text is cut to
 * text_len and filled up with NULs. */
void decode_reverse(
    const struct decode *d, double value, uint16_t *words, size_t at);
void decode_reverse_text(
    const struct decode *d, const char *text, uint16_t *words, size_t at);

#endif
