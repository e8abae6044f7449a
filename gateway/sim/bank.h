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

#define BANK_REGISTERS 65536
#define BANK_BIT_WORDS (BANK_REGISTERS / 16)

/* These numbers are written by people to unit 255. */
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
