/*
 * day.h - what people of an estate do at which hour, pure
 *
 * Typical shapes, not measurements: low at four in the morning, a peak when
 * people leave or wake, a higher one when they are home again.
 */
#ifndef DAY_H
#define DAY_H

#define DAY_S 86400.0

/* time_s: seconds since some midnight, local; beyond a day it wraps. */
double day_power(double time_s); /* 0..1 of the year's usual evening peak */
double day_water(double time_s); /* 0..1 of the morning's peak */
double day_lift(double time_s); /* 0..1 of the busiest hour's calls */

#endif
