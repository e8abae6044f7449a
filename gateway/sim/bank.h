/*
 * bank.h - the registers of one simulated unit: four address spaces, each full
 *
 * Under what the model writes lies what people pinned: a pinned register is
 * answered with the pin's value until all pins of the unit go.  One pin holds
 * holding and input register n, another coil and discrete input n.
 */
#ifndef BANK_H
#define BANK_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "gateway/sim/stage.h"

#define BANK_REGISTERS 65536
#define BANK_BIT_WORDS (BANK_REGISTERS / 16)

/* How it answers: the last digit of what people write to unit 255 (stage.h). */
enum bank_mood {
	BANK_NORMAL,
	BANK_SILENT, /* gives no answer */
	BANK_LATE, /* answers when nobody listens any more */
	BANK_FROZEN, /* its values stand still */
	BANK_MOOD_COUNT
};

struct bank;

struct bank *bank_new(void);
void bank_free(struct bank *b); /* NULL is fine */

enum bank_mood bank_mood(const struct bank *b);
void bank_set_mood(struct bank *b, enum bank_mood mood);

/* What can happen to it: STAGE_BITs; nothing at first. */
void bank_let(struct bank *b, unsigned stages);
bool bank_lets(const struct bank *b, enum stage stage);
enum stage bank_stage(const struct bank *b);
void bank_set_stage(struct bank *b, enum stage stage);

/* Whether it has no power to answer with. */
void bank_set_dark(struct bank *b, bool dark);

/* It gives no answer: dark, or in that mood. */
bool bank_is_silent(const struct bank *b);

/* The model's side: the words of a space from address 0; of bits, packed, bit 0
 * of word 0 first. */
uint16_t *bank_words(struct bank *b, enum driver_space space);

/* Registers, or bits packed from bit 0 of out[0], pins on top.  address + count
 * lies inside the space (asserted). */
void bank_read(const struct bank *b, enum driver_space space, uint16_t address,
    uint16_t count, uint16_t *out);

/* A bit's value is 0 or not. */
void bank_pin(
    struct bank *b, enum driver_space space, uint16_t address, uint16_t value);
void bank_unpin(struct bank *b);

#endif
