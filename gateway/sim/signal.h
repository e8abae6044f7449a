/*
 * signal.h - what a model of the estate can say, by its normalized name
 *
 * An enumeration is said by its standard number.
 */
#ifndef SIGNAL_H
#define SIGNAL_H

#include <stddef.h>

struct signal {
	const char *name; /* the point's, in the kind's vocabulary; {n} stands
			     for the number of a part: socket{n}_power */
	const char *unit; /* the model's; "" dimensionless */
};

/* Which part's the point is if it is this signal's: 1, 2, ...; 1 of a signal
 * without parts; 0 if it is another signal's. */
size_t signal_part(const struct signal *s, const char *point);

#endif
