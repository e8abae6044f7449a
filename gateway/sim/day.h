/*
 * day.h - what people of an estate do at which hour, pure
 *
 * Typical shapes, not measurements: low at four in the morning, a peak when
 * people leave or wake, a higher one when they are home again.
 */
#ifndef DAY_H
#define DAY_H

#include <stdbool.h>

#define DAY_S 86400.0
#define DAY_POWER_MIN 0.35 /* the least that day_power gives */

/* time_s: seconds since some midnight, local; beyond a day it wraps. */
double day_power(double time_s); /* 0..1 of the year's usual evening peak */
double day_water(double time_s); /* 0..1 of the morning's peak */
double day_lift(double time_s); /* 0..1 of the busiest hour's calls */

/* A winter day at 38 degrees north. */
double day_sun(double time_s); /* 0..1 of a clear noon */
bool day_is_dark(double time_s); /* lamps are lit */

#endif
