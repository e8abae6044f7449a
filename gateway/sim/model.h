/*
 * model.h - what a device of the estate is played by, and what that can say
 */
#ifndef MODEL_H
#define MODEL_H

#include "gateway/conf/conf.h"
#include "gateway/sim/charger.h"
#include "gateway/sim/lift.h"
#include "gateway/sim/meter.h"
#include "gateway/sim/solar.h"
#include "gateway/sim/water.h"

enum model_kind {
	MODEL_NONE,
	MODEL_LIFT,
	MODEL_CHARGER,
	MODEL_FEEDER,
	MODEL_TRANSFORMER,
	MODEL_WATER,
	MODEL_SOLAR,
};

/* Of each of its parts the same signals. */
struct model_offer {
	const struct signal *signals;
	size_t signal_count, part_count;
	const double *values; /* part by part */
};

#define MODEL_OFFERS_MAX 2

/* Stays where it was started: the offers point into it. */
struct model {
	enum model_kind kind;
	union {
		struct lift lift;
		struct charger charger;
		struct meter meter; /* of a feeder or transformer */
		struct water water;
		struct solar solar;
	};
	size_t offer_count;
	struct model_offer offers[MODEL_OFFERS_MAX];
};

struct model_scene {
	uint64_t seed; /* the device's */
	uint64_t sky; /* the estate's clouds */
	double time_s; /* since midnight */
	double along; /* of a water point: where on the main */
};

/* MODEL_NONE: nothing belongs together in such a device. */
enum model_kind model_of(const char *kind);

/* m->kind is set. */
void model_start(
    struct model *m, const struct conf_device *d, const struct model_scene *sc);

/* The value that a point of this name shows, and in *signal what it is; NULL if
 * the model does not know it. */
const double *model_find(
    const struct model *m, const char *point, const struct signal **signal);

#endif
