/*
 * sweep_volts.c - the voltages of a sweep's meter
 *
 * A phase that is dead is known at once, that all are alive only when each was
 * read.  So the time at which they were there is that of the oldest of them,
 * and a batch that tells of the first phase, alive, before the second, dead,
 * moves nothing.
 */
#include "gateway/alarm/sweep_volts.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define PHASES 3
#define VOLTS 6

static const char *const volt_names[VOLTS] = {"voltage_l1n", "voltage_l2n",
    "voltage_l3n", "voltage_l12", "voltage_l23", "voltage_l31"};

/* ---- start ---- */

static int16_t
find_point(
    uint16_t point_count, const struct point_info *points, const char *name)
{
	for (uint16_t i = 0; i < point_count; i++)
		if (strcmp(points[i].name, name) == 0)
			return (int16_t)i;
	return -1;
}

void
sweep_start_volts(
    struct sweep *s, uint16_t point_count, const struct point_info *points)
{
	bool has_phases = false;
	int16_t point;

	for (int i = 0; i < VOLTS; i++) {
		point = find_point(point_count, points, volt_names[i]);
		has_phases |= i < PHASES && point >= 0;
		if (i >= PHASES && has_phases)
			point = -1;
		s->volts[i] =
		    (struct sweep_volt){.point = point, .at_ms = INT64_MIN};
	}
}

/* ---- what is read ---- */

static int
find_volt(const struct sweep *s, uint16_t point)
{
	int i = 0;

	while (i < VOLTS && s->volts[i].point != point)
		i++;
	return i;
}

bool
sweep_uses(const struct sweep *s, uint16_t point)
{
	return find_volt(s, point) < VOLTS;
}

void
sweep_take(struct sweep *s, uint16_t point, const struct derive_input *in,
    int64_t now_ms)
{
	int i = find_volt(s, point);
	struct sweep_volt *v = &s->volts[i];
	double volts = value_number(&in->value);
	bool simulated = in->quality.code == QUALITY_SIMULATED, dead;

	assert(i < VOLTS);
	v->dead = CONDITION_UNKNOWN;
	if ((in->quality.code != QUALITY_GOOD && !simulated) || isnan(volts))
		return;
	dead = fabs(volts) < (i < PHASES ? SWEEP_PHASE_V : SWEEP_LINE_V);
	v->dead = dead ? CONDITION_TRUE : CONDITION_FALSE;
	v->simulated = simulated;
	v->at_ms = now_ms;
}

/* ---- the phases ---- */

bool
sweep_has_volts(const struct sweep *s)
{
	for (int i = 0; i < VOLTS; i++)
		if (s->volts[i].point >= 0)
			return true;
	return false;
}

/* Voltages of a meter that is silent are old. */
static bool
is_dead(const struct sweep *s, int volt)
{
	return s->online != CONDITION_FALSE &&
	    s->volts[volt].dead == CONDITION_TRUE;
}

/* The two lines of a phase, L1: L12 and L31. */
static bool
is_line_of(int line, int phase)
{
	return line == phase || line == (phase + 2) % PHASES;
}

static bool
are_lines_dead(const struct sweep *s, int phase)
{
	for (int i = 0; i < PHASES; i++)
		if (s->volts[PHASES + i].point >= 0 && is_line_of(i, phase) &&
		    !is_dead(s, PHASES + i))
			return false;
	return true;
}

/* A phase whose lines are all dead; one dead line alone may be either's. */
static uint8_t
phases_of_lines(const struct sweep *s)
{
	uint8_t sure = 0, maybe = 0;

	for (int i = 0; i < PHASES; i++) {
		for (int k = 0; k < PHASES; k++)
			if (is_dead(s, PHASES + i) && is_line_of(i, k))
				maybe |= (uint8_t)(1u << k);
		if (are_lines_dead(s, i))
			sure |= (uint8_t)(1u << i);
	}
	return maybe & sure ? maybe & sure : maybe;
}

uint8_t
sweep_lost_phases(const struct sweep *s)
{
	uint8_t lost = 0;

	for (int i = 0; i < PHASES; i++)
		if (is_dead(s, i))
			lost |= (uint8_t)(1u << i);
	return lost | phases_of_lines(s);
}

int64_t
sweep_phases_there(const struct sweep *s)
{
	int64_t there_ms = INT64_MAX;
	const struct sweep_volt *v;

	if (s->online == CONDITION_FALSE)
		return INT64_MAX;
	if (!sweep_has_volts(s))
		return s->online == CONDITION_TRUE ? s->heard_ms : INT64_MAX;
	for (int i = 0; i < VOLTS; i++) {
		v = &s->volts[i];
		if (v->point < 0)
			continue;
		if (v->dead != CONDITION_FALSE)
			return INT64_MAX;
		there_ms = v->at_ms < there_ms ? v->at_ms : there_ms;
	}
	return there_ms;
}

bool
sweep_is_simulated(const struct sweep *s)
{
	for (int i = 0; i < VOLTS; i++)
		if (s->volts[i].simulated)
			return true;
	return false;
}
