/*
 * estate.c - what every point of every device would read now
 *
 * Lifts move in steps of 100 ms, everything else in steps of 1 s, always the
 * same steps, so that energy and doors come out the same however often somebody
 * asks.  Those that consume are moved first, then the feeders they hang on,
 * then the transformers.
 *
 * A point follows the shape that its profile gives it.  Else it is looked up
 * once, by its name, among what its kind's model can say.  What is neither gets
 * a calm value of its own: most of a profile is not worth a model, but all of
 * it must look alive.
 */
#include "gateway/sim/estate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/conf/unit.h"
#include "gateway/sim/day.h"
#include "gateway/sim/model.h"
#include "gateway/sim/rng.h"
#include "gateway/sim/shape.h"

#define STEP_MS LIFT_STEP_MS
#define SLOW_STEPS 10 /* the slow models move at each tenth step */
#define HOUSEHOLDS 300 /* of a site that does not say */
#define PEAK_M3H 0.05 /* a household at the morning's peak */
#define CALM_SPAN 0.03 /* of the range, that a calm value wanders */
#define CALM_PERIOD_S 300
#define CHAIN_MAX 8 /* meters, one behind the other */

struct source {
	const double *value; /* of the device's model; NULL: it has none */
	double scale, offset; /* from the model's unit to the point's */
	uint64_t seed;
};

struct device {
	const struct conf_device *conf;
	uint64_t seed;
	struct model model;
	struct device *fed_by; /* or NULL */
	double fed_kw; /* what hangs on it */
	enum stage stage;
	unsigned phases; /* that reach it, as bits; a meter: that it has */
	bool dark;
	double dark_s; /* so far: its counters stood still */
	struct source *sources; /* by point */
};

struct estate {
	uint64_t seed;
	int64_t day_ms, steps;
	double peak_m3h;
	size_t count;
	struct device *devices;
};

/* ---- clock ---- */

static double
elapsed_s(const struct estate *e)
{
	return (double)(e->steps * STEP_MS) / 1000;
}

static double
time_s(const struct estate *e)
{
	return (double)e->day_ms / 1000 + elapsed_s(e);
}

static uint64_t
sky(const struct estate *e)
{
	return e->seed + 9;
}

/* ---- set-up ---- */

static void
link_point(struct source *s, const struct model *m, const struct conf_point *p)
{
	struct decimal scale = {1, 0}, offset = {0, 0};
	const struct signal *signal;

	s->value = model_find(m, p->name, &signal);
	if (s->value != NULL)
		unit_convert(signal->unit, p->unit, &scale, &offset);
	s->scale = decimal_number(scale);
	s->offset = decimal_number(offset);
}

static void
device_start(const struct estate *e, struct device *d, double along)
{
	const struct model_scene sc = {.seed = d->seed,
	    .sky = sky(e),
	    .time_s = time_s(e),
	    .along = along};

	model_start(&d->model, d->conf, &sc);
	d->sources = must_alloc(d->conf->point_count, sizeof(*d->sources));
	for (size_t i = 0; i < d->conf->point_count; i++) {
		const struct conf_point *p = &d->conf->points[i];

		d->sources[i].seed = rng_named(d->seed, p->name);
		link_point(&d->sources[i], &d->model, p);
	}
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
count_model(const struct estate *e, enum model_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < e->count; i++)
		n += e->devices[i].model.kind == kind;
	return n;
}

/* ---- supply ---- */

static bool
is_meter(const struct device *d)
{
	return d->model.kind == MODEL_FEEDER ||
	    d->model.kind == MODEL_TRANSFORMER;
}

/* What a meter leaves of the supply. */
static unsigned
passes(enum stage s)
{
	switch (s) {
	case STAGE_CUT:
	case STAGE_BLACKOUT: return 0;
	case STAGE_L1_LOST: return METER_PHASES & ~1u;
	case STAGE_L2_LOST: return METER_PHASES & ~2u;
	case STAGE_L3_LOST: return METER_PHASES & ~4u;
	default: return METER_PHASES;
	}
}

/* Of the phases that it needs, whether all are there. */
static bool
is_powered(const struct device *d)
{
	bool three = d->model.kind == MODEL_LIFT ||
	    (d->model.kind == MODEL_WATER && d->model.water.pumps.count > 0);
	unsigned needs = three ? METER_PHASES : 1u << d->seed % 3;

	return (d->phases & needs) == needs;
}

static void
supply(struct device *d)
{
	const struct device *by = d->fed_by;
	bool boards_dead = false;

	d->phases = is_meter(d) ? passes(d->stage) : METER_PHASES;
	for (int i = 0; by != NULL && i < CHAIN_MAX; i++) {
		d->phases &= passes(by->stage);
		boards_dead |= by->stage == STAGE_BLACKOUT;
		by = by->fed_by;
	}
	d->dark = is_meter(d) || d->model.kind == MODEL_LIFT ? boards_dead
							     : !is_powered(d);
}

static void
supply_all(struct estate *e)
{
	for (size_t i = 0; i < e->count; i++)
		supply(&e->devices[i]);
}

/* ---- time passes ---- */

static void
feed(struct device *consumer, double kw)
{
	if (consumer->fed_by != NULL)
		consumer->fed_by->fed_kw += kw;
}

static void
step_lifts(struct estate *e)
{
	struct lift_scene sc = {.time_s = time_s(e)};

	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model.kind != MODEL_LIFT)
			continue;
		sc.supply = is_powered(d);
		sc.stage = d->stage;
		lift_step(&d->model.lift, &sc);
	}
}

static void
step_chargers(struct estate *e, double dt_s)
{
	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model.kind != MODEL_CHARGER || d->dark)
			continue;
		charger_step(&d->model.charger, time_s(e), dt_s);
		feed(d, d->model.charger.values[CHARGER_POWER]);
	}
}

static void
step_solar(struct estate *e, double dt_s)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->devices[i].model.kind == MODEL_SOLAR)
			solar_step(&e->devices[i].model.solar, sky(e),
			    time_s(e), dt_s);
}

static void
step_meters(struct estate *e, enum model_kind kind, double dt_s)
{
	struct meter_scene sc = {.grid = e->seed, .time_s = time_s(e)};

	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model.kind != kind)
			continue;
		sc.fed_kw = d->fed_kw;
		sc.phases = d->phases;
		d->fed_kw = 0;
		meter_step(&d->model.meter, &sc, dt_s);
		feed(d, d->model.meter.values[METER_P]);
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
	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model.kind != MODEL_WATER || d->dark)
			continue;
		water_step(&d->model.water, &sc, dt_s);
		feed(d, d->model.water.pumps.power_kw);
	}
}

static void
step_slow(struct estate *e, double dt_s)
{
	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];

		if (d->model.kind == MODEL_LIFT)
			feed(d, d->model.lift.power_kw);
		d->dark_s += d->dark ? dt_s : 0;
	}
	step_chargers(e, dt_s);
	step_water(e, dt_s);
	step_solar(e, dt_s);
	step_meters(e, MODEL_FEEDER, dt_s);
	step_meters(e, MODEL_TRANSFORMER, dt_s);
}

/* ---- values ---- */

/* That it has had power for, since the start. */
static double
lit_s(const struct estate *e, const struct device *d)
{
	return elapsed_s(e) - d->dark_s;
}

/* Nobody modelled it: somewhere in the middle of what is valid, and a counter
 * that counts. */
static double
calm(const struct estate *e, const struct device *d, const struct conf_point *p,
    uint64_t seed)
{
	double low = p->decode.has_valid ? p->decode.valid_min : 0;
	double high = p->decode.has_valid ? p->decode.valid_max : 100;
	uint64_t rng = seed;
	double level = rng_between(&rng, 0.3, 0.6);
	double span = high - low;

	if (strcmp(p->role, "counter") == 0) {
		span = fmin(span, 1e6);
		return fmin(
		    low + span * level * (0.5 + lit_s(e, d) * 1e-7), high);
	}
	level += CALM_SPAN * rng_drift(seed, time_s(e), CALM_PERIOD_S);
	return low + span * level;
}

static double
shaped(const struct estate *e, const struct device *d,
    const struct conf_point *p, const struct source *s)
{
	struct shape_scene sc = {.time_s = time_s(e),
	    .elapsed_s = lit_s(e, d),
	    .device = d->seed,
	    .point = s->seed,
	    .state = p->decode.form != FORM_NUMBER};

	return shape_value(&p->sim, &sc);
}

/* The standard number nearest to x; 0 of an enumeration without names. */
static double
nearest_state(const struct decode *d, double x)
{
	double best = 0, distance = INFINITY;

	for (size_t i = 0; i < d->name_count; i++) {
		double n = (double)d->names[i].number;

		if (fabs(n - x) < distance) {
			best = n;
			distance = fabs(n - x);
		}
	}
	return best;
}

static bool
has_state(const struct decode *d, double number)
{
	for (size_t i = 0; i < d->state_count; i++)
		if ((double)d->states[i].number == number)
			return true;
	return d->state_count == 0;
}

/* A device that cannot say so much says that it does not know: a contact at
 * a door tells closed from all else. */
static double
sayable(const struct decode *d, double number)
{
	if (has_state(d, number))
		return number;
	for (size_t i = 0; i < d->name_count; i++) {
		const struct enum_name *n = &d->names[i];
		bool vague = strcmp(n->name, "unknown") == 0 ||
		    strcmp(n->name, "OTHER") == 0;

		if (vague && has_state(d, (double)n->number))
			return (double)n->number;
	}
	return number; /* the nearest it has, by decode_reverse */
}

static double
number(const struct estate *e, const struct device *d, size_t point)
{
	const struct conf_point *p = &d->conf->points[point];
	const struct source *s = &d->sources[point];

	if (p->sim.shape != SIM_NONE)
		return shaped(e, d, p, s);
	if (s->value != NULL)
		return *s->value * s->scale + s->offset;
	return p->decode.form == FORM_NUMBER ? calm(e, d, p, s->seed) : 0;
}

static void
text_value(const struct source *s, struct value *out)
{
	out->type = VALUE_TEXT;
	if (s->value == NULL)
		strcpy(out->text, "SIM");
	else
		snprintf(out->text, sizeof(out->text), "%g", *s->value);
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
		e->devices[i].model.kind = model_of(c->devices[i].kind);
	}
	waters = count_model(e, MODEL_WATER);
	for (size_t i = 0; i < e->count; i++) {
		struct device *d = &e->devices[i];
		double along = 0;

		if (d->model.kind == MODEL_WATER)
			along = (double)water++ / (double)waters;
		d->seed = rng_named(seed, d->conf->id);
		device_start(e, d, along);
		d->fed_by = find_device(e, d->conf->fed_by);
	}
	supply_all(e);
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

unsigned
estate_stages(const struct estate *e, size_t device)
{
	const struct device *d = &e->devices[device];

	if (is_meter(d))
		return STAGES_OF_METER;
	return d->model.kind == MODEL_LIFT ? STAGES_OF_LIFT : 0;
}

void
estate_stage(struct estate *e, size_t device, enum stage stage)
{
	struct device *d = &e->devices[device];

	if (!(estate_stages(e, device) & STAGE_BIT(stage)))
		stage = STAGE_NOTHING;
	if (stage == d->stage)
		return;
	d->stage = stage;
	supply_all(e);
}

bool
estate_is_dark(const struct estate *e, size_t device)
{
	return e->devices[device].dark;
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
	const struct decode *decode = &d->conf->points[point].decode;

	*out = (struct value){.type = VALUE_F64};
	if (decode->form == FORM_TEXT)
		text_value(&d->sources[point], out);
	else
		out->f = number(e, d, point);
	if (decode->form == FORM_ENUM)
		out->f = sayable(decode, nearest_state(decode, out->f));
	else if (decode->form == FORM_BOOL)
		out->f = out->f >= 0.5;
}
