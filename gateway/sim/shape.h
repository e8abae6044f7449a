/*
 * shape.h - a point that its profile says how to play, pure
 *
 * For what no model knows.  Points of one device that follow the hour keep
 * step: a lamp's current and its power are both there or both not, and a box's
 * current follows its power if both are `daily`.  Of an enumeration min and max
 * are standard numbers.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdint.h>

#include "gateway/conf/conf.h"

struct shape_scene {
	double time_s; /* since some midnight, local */
	double elapsed_s; /* since the start */
	uint64_t device, point; /* seeds */
	bool state; /* of a boolean or enumeration: min or max themselves */
};

/* Between min and max of the shape; a counter begins at min or up to a tenth
 * above it, so that devices of one profile are not twins.  Not for SIM_NONE. */
double shape_value(const struct conf_sim *s, const struct shape_scene *sc);

#endif
