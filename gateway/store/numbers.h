/*
 * numbers.h - numbers of one kind as bytes, each told against what was expected
 *
 * A form is chosen for some numbers together: decimals of so many places if all
 * of them are that, to the bit, else floats, doubles or integers.  What was
 * expected must be the same on both sides; the nearer, the fewer bytes, and of
 * what was expected exactly there is one byte, 0.  Of floats the low bits that
 * no one can foresee go to a stream of their own, which zstd is spared.
 *
 *	decimal, integer  z: less the expected one
 *	float             v: 0 as expected; else the bits less those expected,
 *	                  folded, above the low 16, plus 1; noise u16
 *	double            the same with 32, and u32
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "gateway/measure/slot.h"
#include "gateway/store/bytes.h"

/* Of a value's type (numbers only): below NUMBERS_FLOAT the places of a
 * decimal. */
#define NUMBERS_FLOAT 8

struct numbers {
	uint8_t type; /* enum value_type, F32..ENUM */
	uint8_t places; /* of a float or double; of another 0 */
};

/* What is counted needs no form of its own: that is done here, for speed. */
static inline bool
numbers_is_float(uint8_t type)
{
	return type == VALUE_F32 || type == VALUE_F64;
}

/* A form that fits none yet; and one that fits x too.  Types must be equal. */
struct numbers numbers_begin(uint8_t type);
void numbers_fit_float(struct numbers *n, const struct slot_value *x);

static inline void
numbers_fit(struct numbers *n, const struct slot_value *x)
{
	if (numbers_is_float(n->type))
		numbers_fit_float(n, x);
}

/* A form as one byte; false if it is none. */
uint8_t numbers_code(const struct numbers *n);
bool numbers_decode(struct numbers *n, uint8_t code);

/* expected has the form's type. */
void numbers_put_float(const struct numbers *n, struct buf *out,
    struct buf *noise, const struct slot_value *x,
    const struct slot_value *expected);

static inline void
numbers_put(const struct numbers *n, struct buf *out, struct buf *noise,
    const struct slot_value *x, const struct slot_value *expected)
{
	if (numbers_is_float(n->type))
		numbers_put_float(n, out, noise, x, expected);
	else
		bytes_put_z(out, x->u - expected->u);
}

struct slot_value numbers_get(const struct numbers *n, struct bytes *in,
    struct bytes *noise, const struct slot_value *expected);

/* A whole number that rises with the value: its digits, the integer, or of a
 * float its bits put into order; and the value of one. */
uint64_t numbers_order(const struct numbers *n, const struct slot_value *x);
struct slot_value numbers_ordered(const struct numbers *n, uint64_t order);

/* Whether the form is no float: then a sum of such numbers is counted in their
 * last place. */
bool numbers_whole(const struct numbers *n);
double numbers_unit(const struct numbers *n); /* how many of that make 1 */

#endif
