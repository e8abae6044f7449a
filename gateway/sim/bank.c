/*
 * bank.c - the registers of one simulated unit
 *
 * Plain arrays of the whole address space: half a megabyte of address, of which
 * the kernel gives only the pages that are touched.
 */
#include "gateway/sim/bank.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

struct bits {
	uint16_t words[BANK_BIT_WORDS];
};

struct bank {
	enum bank_mood mood;
	unsigned lets;
	enum stage stage;
	bool dark;
	struct bits coil, discrete;
	uint16_t input[BANK_REGISTERS], holding[BANK_REGISTERS];

	struct bits bit_pinned, bit_pin; /* is it, and to what */
	struct bits word_pinned;
	uint16_t word_pin[BANK_REGISTERS];
};

struct bank *
bank_new(void)
{
	return must_alloc(1, sizeof(struct bank));
}

void
bank_free(struct bank *b)
{
	free(b);
}

enum bank_mood
bank_mood(const struct bank *b)
{
	return b->mood;
}

void
bank_set_mood(struct bank *b, enum bank_mood mood)
{
	b->mood = mood;
}

void
bank_let(struct bank *b, unsigned stages)
{
	b->lets |= stages;
}

bool
bank_lets(const struct bank *b, enum stage stage)
{
	return stage == STAGE_NOTHING || (b->lets & STAGE_BIT(stage)) != 0;
}

enum stage
bank_stage(const struct bank *b)
{
	return b->stage;
}

void
bank_set_stage(struct bank *b, enum stage stage)
{
	assert(bank_lets(b, stage));
	b->stage = stage;
}

void
bank_set_dark(struct bank *b, bool dark)
{
	b->dark = dark;
}

bool
bank_is_silent(const struct bank *b)
{
	return b->dark || b->mood == BANK_SILENT;
}

static bool
bit_get(const struct bits *b, size_t n)
{
	return b->words[n / 16] >> n % 16 & 1;
}

static void
bit_set(struct bits *b, size_t n, bool on)
{
	uint16_t mask = (uint16_t)(1u << n % 16);

	if (on)
		b->words[n / 16] |= mask;
	else
		b->words[n / 16] &= (uint16_t)~mask;
}

static bool
is_bits(enum driver_space space)
{
	return space == SPACE_COIL || space == SPACE_DISCRETE;
}

static void
read_bits(const struct bank *b, const struct bits *from, size_t first,
    uint16_t count, uint16_t *out)
{
	memset(out, 0, (count + 15u) / 16 * sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		bool pinned = bit_get(&b->bit_pinned, first + i);

		if (bit_get(pinned ? &b->bit_pin : from, first + i))
			out[i / 16] |= (uint16_t)(1u << i % 16);
	}
}

static void
read_words(const struct bank *b, const uint16_t *from, size_t first,
    uint16_t count, uint16_t *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = bit_get(&b->word_pinned, first + i)
		    ? b->word_pin[first + i]
		    : from[first + i];
}

uint16_t *
bank_words(struct bank *b, enum driver_space space)
{
	switch (space) {
	case SPACE_COIL: return b->coil.words;
	case SPACE_DISCRETE: return b->discrete.words;
	case SPACE_INPUT: return b->input;
	default: return b->holding;
	}
}

void
bank_read(const struct bank *b, enum driver_space space, uint16_t address,
    uint16_t count, uint16_t *out)
{
	assert((size_t)address + count <= BANK_REGISTERS);
	if (is_bits(space))
		read_bits(b, space == SPACE_COIL ? &b->coil : &b->discrete,
		    address, count, out);
	else
		read_words(b, space == SPACE_INPUT ? b->input : b->holding,
		    address, count, out);
}

void
bank_pin(
    struct bank *b, enum driver_space space, uint16_t address, uint16_t value)
{
	if (is_bits(space)) {
		bit_set(&b->bit_pinned, address, true);
		bit_set(&b->bit_pin, address, value != 0);
	} else {
		bit_set(&b->word_pinned, address, true);
		b->word_pin[address] = value;
	}
}

void
bank_unpin(struct bank *b)
{
	memset(&b->bit_pinned, 0, sizeof(b->bit_pinned));
	memset(&b->word_pinned, 0, sizeof(b->word_pinned));
}
