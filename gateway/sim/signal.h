/*
 * signal.h - what a model of the estate can say, by its normalized name
 */
#ifndef SIGNAL_H
#define SIGNAL_H

struct signal {
	const char *name; /* the point's, in the kind's vocabulary */
	const char *unit; /* the model's; "" dimensionless */
	const char *const *names; /* of an enumeration's numbers from 0, NULL
				     ends; or NULL */
};

#endif
