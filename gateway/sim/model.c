/* model.c - what a device of the estate is played by, and what that can say */
#include "gateway/sim/model.h"

#include <string.h>

#define FLOORS 6 /* of a lift whose place does not say */

enum model_kind
model_of(const char *kind)
{
	static const struct {
		const char *kind;
		enum model_kind model;
	} models[] = {
	    {"charger", MODEL_CHARGER},
	    {"elevator", MODEL_LIFT},
	    {"feeder", MODEL_FEEDER},
	    {"solar_lamp", MODEL_SOLAR},
	    {"transformer", MODEL_TRANSFORMER},
	    {"water", MODEL_WATER},
	};

	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
		if (strcmp(models[i].kind, kind) == 0)
			return models[i].model;
	return MODEL_NONE;
}

static void
offer(struct model *m, const struct signal *signals, size_t signal_count,
    size_t part_count, const double *values)
{
	m->offers[m->offer_count++] =
	    (struct model_offer){signals, signal_count, part_count, values};
}

/* How many parts the device has of those that the signal is said of. */
static size_t
count_parts(const struct conf_device *d, const struct signal *s, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < d->point_count; i++) {
		size_t part = signal_part(s, d->points[i].name);

		if (part > count && part <= most)
			count = part;
	}
	return count;
}

static void
start_lift(struct model *m, const struct conf_device *d, uint64_t seed)
{
	lift_start(&m->lift, seed, d->floors > 0 ? d->floors : FLOORS);
	offer(m, lift_signals, LIFT_SIGNAL_COUNT, 1, m->lift.values);
}

static void
start_meter(struct model *m, const struct conf_device *d, uint64_t seed)
{
	const struct meter_rating rating = {.kva = d->rating_kva,
	    .in = d->rating_in,
	    .ct = d->rating_ct,
	    .pt = d->rating_pt};

	meter_start(&m->meter, seed, &rating);
	offer(m, meter_signals, METER_SIGNAL_COUNT, 1, m->meter.values);
}

static void
start_water(
    struct model *m, const struct conf_device *d, const struct model_scene *sc)
{
	const struct water_place at = {.along = sc->along,
	    .floors = d->floors,
	    .pumps = count_parts(d, &pump_signals[PUMP_STATE], PUMPS_MAX)};

	water_start(&m->water, sc->seed, &at);
	offer(m, water_signals, WATER_SIGNAL_COUNT, 1, m->water.values);
	offer(m, pump_signals, PUMP_SIGNAL_COUNT, at.pumps,
	    m->water.pumps.values);
}

static void
start_charger(
    struct model *m, const struct conf_device *d, const struct model_scene *sc)
{
	size_t count =
	    count_parts(d, &socket_signals[SOCKET_STATE], CHARGER_SOCKETS_MAX);

	charger_start(&m->charger, sc->seed, count, sc->time_s);
	offer(m, charger_signals, CHARGER_SIGNAL_COUNT, 1, m->charger.values);
	offer(m, socket_signals, SOCKET_SIGNAL_COUNT, count,
	    m->charger.socket_values);
}

static void
start_solar(struct model *m, const struct model_scene *sc)
{
	solar_start(&m->solar, sc->seed, sc->sky, sc->time_s);
	offer(m, solar_signals, SOLAR_SIGNAL_COUNT, 1, m->solar.values);
}

void
model_start(
    struct model *m, const struct conf_device *d, const struct model_scene *sc)
{
	switch (m->kind) {
	case MODEL_LIFT: start_lift(m, d, sc->seed); break;
	case MODEL_CHARGER: start_charger(m, d, sc); break;
	case MODEL_FEEDER:
	case MODEL_TRANSFORMER: start_meter(m, d, sc->seed); break;
	case MODEL_WATER: start_water(m, d, sc); break;
	case MODEL_SOLAR: start_solar(m, sc); break;
	case MODEL_NONE: break;
	}
}

static const double *
find_in(const struct model_offer *o, const char *point,
    const struct signal **signal)
{
	for (size_t i = 0; i < o->signal_count; i++) {
		size_t part = signal_part(&o->signals[i], point);

		if (part == 0 || part > o->part_count)
			continue;
		*signal = &o->signals[i];
		return &o->values[(part - 1) * o->signal_count + i];
	}
	return NULL;
}

const double *
model_find(
    const struct model *m, const char *point, const struct signal **signal)
{
	const double *value = NULL;

	for (size_t i = 0; i < m->offer_count && value == NULL; i++)
		value = find_in(&m->offers[i], point, signal);
	return value;
}
