/*
 * estate.c - what every point of every device would read now
 *
 * Lifts move in steps of 100 ms, everything else in steps of 1 s, always the
 * same steps, so that energy and doors come out the same however often somebody
 * asks.  Those that consume are moved first, then the feeders they hang on,
 * then the transformers.
 *
 * A point is looked up once, by its name, among what its kind's model can say.
 * What no model says gets a calm value of its own: most of a profile is not
 * worth a model, but all of it must look alive.
 */
#include "gateway/sim/estate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sim/day.h"
#include "gateway/sim/lift.h"
#include "gateway/sim/meter.h"
#include "gateway/sim/rng.h"
#include "gateway/sim/water.h"

#define STEP_MS LIFT_STEP_MS
#define SLOW_STEPS 10 /* the slow models move at each tenth step */
#define FLOORS 6 /* of a lift whose place does not say */
#define HOUSEHOLDS 300 /* of a site that does not say */
#define PEAK_M3H 0.05 /* a household at the morning's peak */
#define CALM_SPAN 0.03 /* of the range, that a calm value wanders */
#define CALM_PERIOD_S 300

enum model {
	MODEL_NONE,
	MODEL_LIFT,
	MODEL_FEEDER,
	MODEL_TRANSFORMER,
	MODEL_WATER
};

struct source {
	int signal; /* of the device's model; -1: calm */
	double factor; /* from the model's unit to the point's */
	uint64_t seed; /* of a calm value */
};

struct device {
	const struct conf_device *conf;
	enum model model;
	union {
		struct lift lift;
		struct meter meter;
		struct water water;
	};
	struct device *fed_by; /* or NULL */
	double fed_kw; /* what hangs on it */
	const struct signal *signals;
	size_t signal_count;
	const double *values; /* of the signals */
	struct source *sources; /* by point */
};

struct estate {
	uint64_t seed;
	int64_t day_ms, steps;
	double peak_m3h;
	size_t count;
	struct device *devices;
};

/* Units that profiles use beside the vocabulary's. */
static const struct {
	const char *from, *to;
	double factor;
} units[] = {
    {"kW", "W", 1000},
    {"kvar", "var", 1000},
    {"kVA", "VA", 1000},
    {"kWh", "Wh", 1000},
    {"kWh", "MWh", 0.001},
    {"V", "kV", 0.001},
    {"A", "mA", 1000},
    {"MPa", "kPa", 1000},
    {"MPa", "bar", 10},
    {"m", "cm", 100},
    {"m", "mm", 1000},
    {"m/s", "mm/s", 1000},
    {"m3/h", "L/s", 1 / 3.6},
    {"m3", "L", 1000},
    {"h", "min", 60},
};

static double
unit_factor(const char *from, const char *to)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].from, from) == 0 &&
		    strcmp(units[i].to, to) == 0)
			return units[i].factor;
	return 1;
}

/* ---- set-up ---- */

static enum model
model_of(const char *kind)
{
	static const struct {
		const char *kind;
		enum model model;
	} models[] = {
	    {"elevator", MODEL_LIFT},
	    {"feeder", MODEL_FEEDER},
	    {"transformer", MODEL_TRANSFORMER},
	    {"water", MODEL_WATER},
	};

	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
		if (strcmp(models[i].kind, kind) == 0)
			return models[i].model;
	return MODEL_NONE;
}

static void
link_points(struct device *d, uint64_t seed)
{
	d->sources = must_alloc(d->conf->point_count, sizeof(*d->sources));
	for (size_t i = 0; i < d->conf->point_count; i++) {
		const struct conf_point *p = &d->conf->points[i];
		struct source *s = &d->sources[i];

		*s = (struct source){-1, 1, rng_named(seed, p->name)};
		for (size_t k = 0; k < d->signal_count; k++) {
			if (strcmp(d->signals[k].name, p->name) != 0)
				continue;
			s->signal = (int)k;
			s->factor = unit_factor(d->signals[k].unit, p->unit);
		}
	}
}

static void
device_signals(struct device *d, const struct signal *signals, size_t count,
    const double *values)
{
	d->signals = signals;
	d->signal_count = count;
	d->values = values;
}

static void
device_start(struct device *d, uint64_t seed, double along)
{
	int floors = d->conf->floors;

	switch (d->model) {
	case MODEL_LIFT:
		lift_start(&d->lift, seed, floors > 0 ? floors : FLOORS);
		device_signals(
		    d, lift_signals, LIFT_SIGNAL_COUNT, d->lift.values);
		break;
	case MODEL_FEEDER:
	case MODEL_TRANSFORMER:
		meter_start(&d->meter, seed, d->conf->rating_kva);
		device_signals(
		    d, meter_signals, METER_SIGNAL_COUNT, d->meter.values);
		break;
	case MODEL_WATER:
		water_start(&d->water, seed, along, floors);
		device_signals(
		    d, water_signals, WATER_SIGNAL_COUNT, d->water.values);
		break;
	case MODEL_NONE: break;
	}
	link_points(d, seed);
}

static struct device *
find_device(struct estate *e, const char *id)
{
	for (size_t i = 0; id != NULL && i < e->count; i++)
		if (strcmp(e->devices[i].conf->id, id) == 0)
			return &e->devices[i];
	return NULL;
}

static size_t
count_model(const struct estate *e, enum model model)
{
	size_t n = 0;

	for (size_t i = 0; i < e->count; i++)
		n += e->devices[i].model == model;
	return n;
}

/* ---- time ---- */

static double
time_s(const struct estate *e)
{
	return (double)(e->day_ms + e->steps * STEP_MS) / 1000;
}

static void
feed(struct device *consumer, double kw)
{
	if (consumer->fed_by != NULL)
		consumer->fed_by->fed_kw += kw;
}

static void
step_lifts(struct estate *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->devices[i].model == MODEL_LIFT)
			lift_step(&e->devices[i].lift, time_s(e));
}

static void
step_meters(struct estate *e, enum model model, double dt_s)
{
	struct meter_scene sc = {.grid = e->seed, .time_s = time_s(e)};

	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model != model)
			continue;
		sc.fed_kw = d->fed_kw;
		d->fed_kw = 0;
		meter_step(&d->meter, &sc, dt_s);
		feed(d, d->meter.values[METER_P]);
	}
}

static void
step_water(struct estate *e, double dt_s)
{
	double t = time_s(e);
	struct water_scene sc = {.time_s = t, .peak_m3h = e->peak_m3h};

	sc.demand = day_water(t) *
	    (1 + 0.1 * rng_drift(e->seed + 7, t, 300) +
		0.04 * rng_drift(e->seed + 8, t, 15));
	for (size_t i = 0; i < e->count; i++)
		if (e->devices[i].model == MODEL_WATER)
			water_step(&e->devices[i].water, &sc, dt_s);
}

static void
step_slow(struct estate *e, double dt_s)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->devices[i].model == MODEL_LIFT)
			feed(&e->devices[i], e->devices[i].lift.power_kw);
	step_meters(e, MODEL_FEEDER, dt_s);
	step_meters(e, MODEL_TRANSFORMER, dt_s);
	step_water(e, dt_s);
}

/* ---- values ---- */

static bool
is_same_state(const struct enum_name *n, const struct signal *s, int standard)
{
	if (s->names == NULL)
		return n->number == standard;
	return strcmp(n->name, s->names[standard]) == 0;
}

/* The device's own number for what the vocabulary calls `standard`.  s may be
 * NULL: then, as for what the device has no name for, its first. */
static double
enum_number(const struct decode *d, const struct signal *s, int standard)
{
	for (size_t i = 0; s != NULL && i < d->name_count; i++)
		if (is_same_state(&d->names[i], s, standard))
			return (double)d->names[i].number;
	return d->name_count > 0 ? (double)d->names[0].number : 0;
}

/* Nobody modelled it: somewhere in the middle of what is valid, and a counter
 * that counts. */
static double
calm(const struct estate *e, const struct conf_point *p, uint64_t seed)
{
	double low = p->decode.has_valid ? p->decode.valid_min : 0;
	double high = p->decode.has_valid ? p->decode.valid_max : 100;
	uint64_t rng = seed;
	double level = rng_between(&rng, 0.3, 0.6);
	double span = high - low,
	       elapsed_s = (double)(e->steps * STEP_MS) / 1e3;

	if (strcmp(p->role, "counter") == 0) {
		span = fmin(span, 1e6);
		return fmin(
		    low + span * level * (0.5 + elapsed_s * 1e-7), high);
	}
	level += CALM_SPAN * rng_drift(seed, time_s(e), CALM_PERIOD_S);
	return low + span * level;
}

static void
text_value(const struct device *d, const struct source *s, struct value *out)
{
	out->type = VALUE_TEXT;
	if (s->signal == -1)
		strcpy(out->text, "SIM");
	else
		snprintf(
		    out->text, sizeof(out->text), "%g", d->values[s->signal]);
}

/* ---- exported ---- */

struct estate *
estate_new(const struct conf *c, uint64_t seed, int64_t day_ms)
{
	struct estate *e = must_alloc(1, sizeof(*e));
	size_t waters, water = 0;
	int households = c->site.households;

	e->seed = rng_named(seed, "estate");
	e->day_ms = day_ms;
	e->peak_m3h = PEAK_M3H * (households > 0 ? households : HOUSEHOLDS);
	e->devices = must_alloc(c->device_count, sizeof(*e->devices));
	e->count = c->device_count;
	for (size_t i = 0; i < e->count; i++) {
		e->devices[i].conf = &c->devices[i];
		e->devices[i].model = model_of(c->devices[i].kind);
	}
	waters = count_model(e, MODEL_WATER);
	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];
		double along = 0;

		if (d->model == MODEL_WATER)
			along = (double)water++ / (double)waters;
		device_start(d, rng_named(seed, d->conf->id), along);
		d->fed_by = find_device(e, d->conf->fed_by);
	}
	step_slow(e, 0);
	return e;
}

void
estate_free(struct estate *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->count; i++)
		free(e->devices[i].sources);
	free(e->devices);
	free(e);
}

void
estate_advance(struct estate *e, int64_t elapsed_ms)
{
	while ((e->steps + 1) * STEP_MS <= elapsed_ms) {
		e->steps++;
		step_lifts(e);
		if (e->steps % SLOW_STEPS == 0)
			step_slow(e, SLOW_STEPS * STEP_MS / 1e3);
	}
}

void
estate_value(
    const struct estate *e, size_t device, size_t point, struct value *out)
{
	const struct device *d = &e->devices[device];
	const struct conf_point *p = &d->conf->points[point];
	const struct source *s = &d->sources[point];
	const struct signal *signal =
	    s->signal == -1 ? NULL : &d->signals[s->signal];

	*out = (struct value){.type = VALUE_F64};
	if (p->decode.form == FORM_TEXT)
		text_value(d, s, out);
	else if (p->decode.form == FORM_ENUM)
		out->f = enum_number(&p->decode, signal,
		    signal == NULL ? 0 : (int)d->values[s->signal]);
	else if (signal != NULL)
		out->f = d->values[s->signal] * s->factor;
	else if (p->decode.form == FORM_NUMBER)
		out->f = calm(e, p, s->seed);
}
