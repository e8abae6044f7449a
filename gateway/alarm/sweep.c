/*
 * sweep.c - a power cut, and the lifts that stand in it
 *
 * What is known is kept as it comes: of the meter its voltages and its silence,
 * of each lift its silence and its power.  sweep_conclude then looks at all of
 * it, so the order in which it came is of no account; only what holds a cut
 * (LOST, SUSPECTED) is remembered.
 *
 * A phase that is dead is known at once, that all are alive only when each was
 * read.  So there_ms is the time of the oldest of them, and a batch that tells
 * of the first phase, alive, before the second, dead, moves nothing.
 *
 * A restored cut is not sure: nobody knows whether power came back in between.
 * So what came back before the restart stays back until the cut is seen again.
 */
#include "gateway/alarm/sweep.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PHASES 3
#define VOLTS 6

static const char *const volt_names[VOLTS] = {"voltage_l1n", "voltage_l2n",
    "voltage_l3n", "voltage_l12", "voltage_l23", "voltage_l31"};

static enum condition_truth
truth(bool yes)
{
	return yes ? CONDITION_TRUE : CONDITION_FALSE;
}

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

/* Lines are looked at only where there are no phases. */
static void
start_volts(
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

void
sweep_start(struct sweep *s, uint16_t point_count,
    const struct point_info *points, uint16_t lift_count,
    struct sweep_lift *lifts)
{
	assert(lift_count <= SWEEP_CARS_MAX && point_count <= INT16_MAX);
	*s = (struct sweep){.silent_ms = SWEEP_BEFORE,
	    .heard_ms = INT64_MIN,
	    .line_ms = INT64_MIN,
	    .there_ms = INT64_MIN,
	    .return_ms = INT64_MAX,
	    .lift_count = lift_count,
	    .lifts = lifts};
	start_volts(s, point_count, points);
	for (uint16_t i = 0; i < lift_count; i++) {
		lifts[i].online = CONDITION_UNKNOWN;
		lifts[i].silent_ms = lifts[i].unpowered_ms = SWEEP_BEFORE;
		lifts[i].fit_ms = INT64_MAX;
	}
}

void
sweep_resume(struct sweep *s)
{
	for (uint16_t i = 0; i < s->lift_count; i++)
		s->lifts[i].unpowered_ms = SWEEP_NEVER;
}

/* ---- what is learnt ---- */

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
	bool simulated = in->quality.code == QUALITY_SIMULATED;

	assert(i < VOLTS);
	v->dead = CONDITION_UNKNOWN;
	if ((in->quality.code != QUALITY_GOOD && !simulated) || isnan(volts))
		return;
	v->dead = (uint8_t)truth(
	    fabs(volts) < (i < PHASES ? SWEEP_PHASE_V : SWEEP_LINE_V));
	v->simulated = simulated;
	v->at_ms = now_ms;
}

void
sweep_heard(struct sweep *s, int64_t now_ms)
{
	s->heard_ms = now_ms;
}

void
sweep_meter(struct sweep *s, enum condition_truth online, int64_t silent_ms)
{
	s->online = (uint8_t)online;
	s->silent_ms = online == CONDITION_FALSE ? silent_ms : SWEEP_NEVER;
}

/* A car that says nothing of its supply, or no more, is as it was. */
static void
see_power(struct sweep_lift *l, int64_t now_ms)
{
	if (l->car->unpowered == CONDITION_FALSE)
		l->unpowered_ms = SWEEP_NEVER;
	else if (l->car->unpowered == CONDITION_TRUE &&
	    l->unpowered_ms == SWEEP_NEVER)
		l->unpowered_ms = now_ms;
}

void
sweep_lift(struct sweep *s, uint16_t lift, enum condition_truth online,
    int64_t silent_ms, int64_t now_ms)
{
	struct sweep_lift *l = &s->lifts[lift];

	assert(lift < s->lift_count);
	l->online = (uint8_t)online;
	l->silent_ms = online == CONDITION_FALSE ? silent_ms : SWEEP_NEVER;
	see_power(l, now_ms);
}

void
sweep_line(struct sweep *s, bool dead, int64_t now_ms)
{
	if (dead)
		s->line_ms = INT64_MAX;
	else if (s->line_dead)
		s->line_ms = now_ms + SWEEP_LINE_MS;
	s->line_dead = dead;
}

/* ---- the phases ---- */

static bool
has_volts(const struct sweep *s)
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

/* Those known to be lost. */
static uint8_t
lost_phases(const struct sweep *s)
{
	uint8_t lost = 0;

	for (int i = 0; i < PHASES; i++)
		if (is_dead(s, i))
			lost |= (uint8_t)(1u << i);
	return lost | phases_of_lines(s);
}

/* When all were last known to be there, if that they are; else INT64_MAX. */
static int64_t
phases_there(const struct sweep *s)
{
	int64_t there_ms = INT64_MAX;
	const struct sweep_volt *v;

	if (s->online == CONDITION_FALSE)
		return INT64_MAX;
	if (!has_volts(s))
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

/* ---- the supply ---- */

/* When it began to be in need: INT64_MAX if it is not, or nobody knows when. */
static int64_t
began(int64_t silent_ms)
{
	return silent_ms == SWEEP_BEFORE ? SWEEP_NEVER : silent_ms;
}

static bool
are_together(int64_t a_ms, int64_t b_ms)
{
	if (began(a_ms) == SWEEP_NEVER || began(b_ms) == SWEEP_NEVER)
		return false;
	return a_ms < b_ms ? b_ms - a_ms <= SWEEP_TOGETHER_MS
			   : a_ms - b_ms <= SWEEP_TOGETHER_MS;
}

static int64_t
sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* The first sign that the meter and this lift went together, or INT64_MAX. */
static int64_t
sign_of_lift(const struct sweep *s, const struct sweep_lift *l, int64_t now_ms)
{
	int64_t sign_ms = INT64_MAX;

	if (now_ms < s->line_ms && l->on_line)
		return INT64_MAX;
	if (are_together(s->silent_ms, l->silent_ms))
		sign_ms = sooner(s->silent_ms, l->silent_ms);
	if (are_together(s->silent_ms, l->unpowered_ms))
		sign_ms =
		    sooner(sign_ms, sooner(s->silent_ms, l->unpowered_ms));
	return sign_ms;
}

static int64_t
sign(const struct sweep *s, int64_t now_ms)
{
	int64_t sign_ms = INT64_MAX;

	for (uint16_t i = 0; i < s->lift_count; i++)
		sign_ms =
		    sooner(sign_ms, sign_of_lift(s, &s->lifts[i], now_ms));
	return sign_ms;
}

static bool
tells_supply(const struct sweep_lift *l)
{
	return l->car->points[CAR_SUPPLY] >= 0;
}

static bool
has_power(const struct sweep_lift *l)
{
	if (l->online != CONDITION_TRUE)
		return false;
	return tells_supply(l) ? l->car->unpowered == CONDITION_FALSE
			       : l->car->unpowered != CONDITION_TRUE;
}

static bool
have_all_power(const struct sweep *s)
{
	for (uint16_t i = 0; i < s->lift_count; i++)
		if (!has_power(&s->lifts[i]))
			return false;
	return s->lift_count > 0;
}

bool
sweep_is_cut(const struct sweep *s)
{
	return s->supply == SWEEP_LOST || s->supply == SWEEP_SUSPECTED;
}

static int64_t
later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

static void
cut(struct sweep *s, enum sweep_supply how, int64_t sign_ms)
{
	if (!sweep_is_cut(s) || !s->sure)
		s->from_ms = later(s->there_ms, sign_ms - SWEEP_LOOK_BACK_MS);
	s->supply = (uint8_t)how;
	s->sure = true;
	s->return_ms = INT64_MAX;
}

static void
bring_back(struct sweep *s, int64_t now_ms)
{
	if (s->return_ms == INT64_MAX) {
		s->return_ms = now_ms;
		s->return_seen = sweep_is_cut(s);
	}
	s->supply = SWEEP_THERE;
	s->sure = true;
}

static void
conclude_supply(struct sweep *s, int64_t now_ms)
{
	int64_t there_ms = phases_there(s), sign_ms = sign(s, now_ms);
	uint8_t phases = lost_phases(s);

	if (phases != 0) {
		s->phases = phases;
		cut(s, SWEEP_LOST, now_ms);
	} else if (there_ms != INT64_MAX) {
		s->there_ms = there_ms;
		bring_back(s, now_ms);
	} else if (sign_ms != INT64_MAX && s->supply != SWEEP_LOST) {
		cut(s, SWEEP_SUSPECTED, sign_ms);
	} else if (have_all_power(s) && s->supply != SWEEP_LOST) {
		bring_back(s, now_ms);
	} else if (!sweep_is_cut(s)) {
		s->supply = SWEEP_UNKNOWN;
	}
}

/* An answer from before the supply came back says nothing. */
static bool
is_fit(const struct sweep *s, const struct sweep_lift *l)
{
	return s->return_ms != INT64_MAX && l->online == CONDITION_TRUE &&
	    l->car->fit == CONDITION_TRUE && l->car->alive_ms >= s->return_ms;
}

static void
conclude_fit(const struct sweep *s, struct sweep_lift *l, int64_t now_ms)
{
	if (!is_fit(s, l)) {
		l->fit_ms = INT64_MAX;
		l->moved = false;
		return;
	}
	if (l->fit_ms == INT64_MAX)
		l->fit_ms = now_ms;
	l->moved |= car_state_since(l->car, INT64_MAX).moving == CONDITION_TRUE;
}

void
sweep_conclude(struct sweep *s, int64_t now_ms)
{
	conclude_supply(s, now_ms);
	for (uint16_t i = 0; i < s->lift_count; i++)
		conclude_fit(s, &s->lifts[i], now_ms);
}

/* ---- what becomes of the cars ---- */

const struct sweep_lift *
sweep_find(const struct sweep *s, const char *device)
{
	for (uint16_t i = 0; i < s->lift_count; i++)
		if (strcmp(s->lifts[i].device, device) == 0)
			return &s->lifts[i];
	return NULL;
}

int64_t
sweep_back_ms(const struct sweep *s, const struct sweep_car *c)
{
	const struct sweep_lift *l = sweep_find(s, c->device);

	if (l == NULL || l->fit_ms == INT64_MAX)
		return INT64_MAX;
	return l->fit_ms + (l->moved ? SWEEP_RUN_MS : SWEEP_FIT_MS);
}

static int64_t
late_ms(const struct sweep *s)
{
	return s->return_ms == INT64_MAX || !sweep_list_is_open(&s->list)
	    ? INT64_MAX
	    : s->return_ms + SWEEP_LATE_MS;
}

int64_t
sweep_due(const struct sweep *s, int64_t now_ms)
{
	int64_t due_ms = late_ms(s), ms;

	if (due_ms <= now_ms)
		due_ms = INT64_MAX;
	if (s->line_ms > now_ms)
		due_ms = sooner(due_ms, s->line_ms);
	for (uint8_t i = 0; i < s->list.count; i++) {
		ms = sweep_back_ms(s, &s->list.cars[i]);
		if (!s->list.cars[i].back && ms > now_ms)
			due_ms = sooner(due_ms, ms);
	}
	return due_ms;
}

/* ---- what expressions ask ---- */

static enum condition_truth
phase_lost(const struct sweep *s)
{
	if (lost_phases(s) != 0)
		return CONDITION_TRUE;
	return has_volts(s) && phases_there(s) != INT64_MAX ? CONDITION_FALSE
							    : CONDITION_UNKNOWN;
}

static enum condition_truth
power_cut(const struct sweep *s)
{
	return s->supply == SWEEP_UNKNOWN ? CONDITION_UNKNOWN
					  : truth(sweep_is_cut(s));
}

static enum condition_truth
cars_back(const struct sweep *s)
{
	if (s->supply == SWEEP_UNKNOWN)
		return CONDITION_UNKNOWN;
	return truth(s->supply == SWEEP_THERE && !sweep_list_is_open(&s->list));
}

/* After a restart nobody knows how long the supply has been there. */
static enum condition_truth
cars_late(const struct sweep *s, int64_t now_ms)
{
	if (!sweep_list_is_open(&s->list) || sweep_is_cut(s))
		return CONDITION_FALSE;
	if (s->supply == SWEEP_UNKNOWN)
		return CONDITION_UNKNOWN;
	if (now_ms >= late_ms(s))
		return CONDITION_TRUE;
	return s->return_seen ? CONDITION_FALSE : CONDITION_UNKNOWN;
}

/* Whether it follows from simulated voltages. */
static bool
is_simulated(const struct sweep *s, uint16_t virtual_point)
{
	if (virtual_point == POINT_POWER_CUT && s->supply == SWEEP_SUSPECTED)
		return false;
	for (int i = 0; i < VOLTS; i++)
		if (s->volts[i].simulated)
			return true;
	return false;
}

struct derive_input
sweep_look(const struct sweep *s, uint16_t virtual_point, int64_t now_ms)
{
	struct derive_input in = {.at_ms = now_ms};
	enum condition_truth t = CONDITION_UNKNOWN;

	switch (virtual_point) {
	case POINT_PHASE_LOST: t = phase_lost(s); break;
	case POINT_POWER_CUT: t = power_cut(s); break;
	case POINT_CARS_BACK: t = cars_back(s); break;
	case POINT_CARS_LATE: t = cars_late(s, now_ms); break;
	default: assert(false);
	}
	if (t == CONDITION_UNKNOWN)
		return in;
	in.value = (struct value){.type = VALUE_BOOL, .u = t == CONDITION_TRUE};
	in.quality.code =
	    is_simulated(s, virtual_point) ? QUALITY_SIMULATED : QUALITY_GOOD;
	return in;
}

/* ---- over a restart and a reload ---- */

void
sweep_restore(struct sweep *s, const struct sweep_list *list, bool cut)
{
	sweep_list_adopt(s, list);
	if (!cut)
		return;
	s->supply = list->suspected ? SWEEP_SUSPECTED : SWEEP_LOST;
	s->phases = list->phases;
	s->sure = false;
}

static void
go_on_with_lift(struct sweep_lift *l, const struct sweep *was)
{
	const struct sweep_lift *old = sweep_find(was, l->device);

	if (old == NULL)
		return;
	l->unpowered_ms = old->unpowered_ms;
	l->fit_ms = old->fit_ms;
	l->moved = old->moved;
}

void
sweep_go_on(struct sweep *s, const struct sweep *was)
{
	sweep_list_adopt(s, &was->list);
	s->heard_ms = was->heard_ms;
	s->line_dead = was->line_dead;
	s->line_ms = was->line_ms;
	s->supply = was->supply;
	s->sure = was->sure;
	s->phases = was->phases;
	s->there_ms = was->there_ms;
	s->from_ms = was->from_ms;
	s->return_ms = was->return_ms;
	s->return_seen = was->return_seen;
	for (uint16_t i = 0; i < s->lift_count; i++)
		go_on_with_lift(&s->lifts[i], was);
}
