/*
 * place.h - where a point lies and how its raw value is held there: at, type,
 * bits
 */
#ifndef PLACE_H
#define PLACE_H

#include "gateway/conf/draft.h"

/* "holding:3027", of a part of a repeated point moved to where it lies.  False
 * if it is no place, and told; *space is right if there was such a one, else
 * SPACE_COUNT. */
bool place_at(struct point_draft *d, const struct node *n, uint8_t *space,
    uint16_t *address);

/* Fills the point's place from at, type and bits.  *held: what a raw value is
 * is known, though where it lies may not be.  False: told. */
bool place_read(struct point_draft *d, bool *held);

bool place_is_bit(uint8_t space); /* coils and discrete inputs */
bool place_is_integer(const struct decode *d);

#define PLACE_LAST 65535 /* the last address of a space */

/* The numbers that the raw value of an integer or BCD can be; of 64 bits
 * without sign those that int64_t can. */
void place_range(const struct decode *d, int64_t *min, int64_t *max);
unsigned place_bits(const struct decode *d); /* of the raw value, or field */
unsigned place_width(const struct decode *d); /* of the raw value, without
						 bits */

/* The least and the greatest number that a value can be after scaling.  False
 * if nobody knows before it is read: of floats, of 64 bits without sign, and
 * where registers say decimals or unit. */
bool place_reach(const struct decode *d, double *min, double *max);

/* "an i16 holds -32768 to 32767", for integers and BCD. */
#define PLACE_RANGE_TEXT 96
const char *place_range_text(
    const struct decode *d, char text[PLACE_RANGE_TEXT]);

#endif
