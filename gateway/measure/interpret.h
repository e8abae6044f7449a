/*
 * interpret.h - what registers would be, read as each type in each word order,
 * pure
 *
 * For people who look for the type and the order of an unknown device: its
 * display shows 231.2, and one of these is 231.2.  Nothing is scaled.
 */
#ifndef INTERPRET_H
#define INTERPRET_H

#include "gateway/measure/decode.h"

#define INTERPRET_WORDS_MAX 4 /* of a number; a text takes all there are */
#define INTERPRET_MAX 48 /* types x orders */

struct interpretation {
	uint8_t type; /* enum raw_type */
	uint8_t order; /* enum word_order */
	struct value value; /* VALUE_NONE: a float that is no number */
	bool own; /* as the profile has it */
	bool unlikely; /* hardly what a device measures or counts */
};

/* Reads the words at their beginning as whatever fits into count of them, into
 * all; returns how many there are.  The likely ones come first, the one that
 * own (type and order; NULL: none) has always among them and before its like.
 * Words that are no such BCD number or no text are left out. */
size_t interpret(const uint16_t *words, size_t count, const struct decode *own,
    struct interpretation all[INTERPRET_MAX]);

/* Leaves of those of one width that are equal only the first (1 as u16 is 1 as
 * i16, too); returns how many are left. */
size_t interpret_fold(struct interpretation all[INTERPRET_MAX], size_t count);

#endif
