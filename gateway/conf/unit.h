/*
 * unit.h - the units a point may have, and those a device may count in
 */
#ifndef UNIT_H
#define UNIT_H

#include "gateway/measure/decimal.h"

/* NULL ends.  "1" is among them: dimensionless. */
extern const char *const unit_names[];

/* All names that a device's own unit may have: those, and more. */
extern const char *const unit_sources[];

/* x of unit from = x * scale + offset of unit to; "" is "1".  False if they are
 * not of one quantity, or one of them is no unit.  Exact where the units'
 * definition is and the result is a decimal fraction; else (5/9) the nearest of
 * 18 digits and 18 places. */
bool unit_convert(const char *from, const char *to, struct decimal *scale,
    struct decimal *offset);

/* Of a unit that only devices count in, the unit of a point to write in its
 * place: `wanted` if it is of that quantity, else the nearest in size.  NULL of
 * any other name. */
const char *unit_near(const char *from, const char *wanted);

#endif
