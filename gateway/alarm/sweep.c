/*
 * sweep.c - a power cut, and the lifts that stand in it
 *
 * What is known is kept as it comes: of the meter its voltages and its silence,
 * of each lift its silence and its power.  sweep_conclude then looks at all of
 * it, so the order in which it came is of no account; only what holds a cut
 * (LOST, SUSPECTED) is remembered.
 *
 * A restored cut is not sure: nobody knows whether power came back in between.
 * So what came back before the restart stays back until the cut is seen again.
 */
#include "gateway/alarm/sweep.h"

#include <assert.h>
#include <string.h>

#include "gateway/alarm/sweep_volts.h"

static enum condition_truth
truth(bool yes)
{
	return yes ? CONDITION_TRUE : CONDITION_FALSE;
}

/* ---- start ---- */

void
sweep_start(struct sweep *s, uint16_t point_count,
    const struct point_info *points, uint16_t lift_count,
    struct sweep_lift *lifts, struct sweep_list *list)
{
	assert(lift_count <= SWEEP_CARS_MAX && point_count <= INT16_MAX);
	*s = (struct sweep){.silent_ms = SWEEP_BEFORE,
	    .heard_ms = INT64_MIN,
	    .line_ms = INT64_MIN,
	    .there_ms = INT64_MIN,
	    .sign_ms = INT64_MIN,
	    .again_ms = INT64_MAX,
	    .return_ms = INT64_MAX,
	    .lift_count = lift_count,
	    .lifts = lifts,
	    .list = list};
	sweep_start_volts(s, point_count, points);
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
	s->denied = s->denied && online != CONDITION_TRUE;
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

/* When meter and lift went together, the sooner of both; INT64_MAX: they did
 * not. */
static int64_t
together(const struct sweep *s, int64_t need_ms)
{
	return are_together(s->silent_ms, need_ms)
	    ? sooner(s->silent_ms, need_ms)
	    : INT64_MAX;
}

/* INT64_MAX: there is none. */
static int64_t
sign(const struct sweep *s, int64_t now_ms)
{
	bool line = now_ms < s->line_ms;
	int64_t lost_ms = INT64_MAX, silent_ms = INT64_MAX, ms;
	int silent = 0;

	for (uint16_t i = 0; i < s->lift_count; i++) {
		const struct sweep_lift *l = &s->lifts[i];

		if (line && l->on_line)
			continue;
		ms = together(s, l->unpowered_ms);
		lost_ms = sooner(lost_ms, ms);
		ms = together(s, l->silent_ms);
		silent_ms = sooner(silent_ms, ms);
		silent += ms != INT64_MAX;
	}
	return silent > line ? sooner(lost_ms, silent_ms) : lost_ms;
}

/* ---- who has power ---- */

static bool
tells_supply(const struct sweep_lift *l)
{
	return l->car->points[CAR_SUPPLY] >= 0;
}

/* It was known to have it from_ms or later, and nothing has been heard to the
 * contrary. */
static bool
has_power(const struct sweep_lift *l, int64_t from_ms)
{
	if (l->online != CONDITION_TRUE)
		return false;
	if (tells_supply(l))
		return l->car->unpowered == CONDITION_FALSE &&
		    l->car->powered_ms >= from_ms;
	return l->car->unpowered != CONDITION_TRUE &&
	    l->car->alive_ms >= from_ms;
}

static bool
was_checked(const struct sweep *s, const struct sweep_lift *l)
{
	for (uint8_t i = 0; i < s->list->count; i++)
		if (strcmp(s->list->cars[i].device, l->device) == 0)
			return s->list->cars[i].checked.by[0] != '\0';
	return false;
}

bool
sweep_is_cut(const struct sweep *s)
{
	return s->supply == SWEEP_LOST || s->supply == SWEEP_SUSPECTED;
}

static int64_t
tell_ms(const struct sweep *s)
{
	return s->sign_ms + SWEEP_TELL_MS;
}

/* In need since then; SWEEP_NEVER: it is not, or nobody knows. */
static int64_t
need_ms(const struct sweep_lift *l)
{
	return sooner(began(l->silent_ms), began(l->unpowered_ms));
}

static void
see_apart(const struct sweep *s, struct sweep_lift *l)
{
	if (tells_supply(l) && has_power(l, tell_ms(s)))
		l->apart = true;
	else if (need_ms(l) <= s->sign_ms + SWEEP_TOGETHER_MS)
		l->apart = false;
}

bool
sweep_hides(const struct sweep *s, uint16_t lift)
{
	assert(lift < s->lift_count);
	return !s->lifts[lift].apart && !s->lifts[lift].alone;
}

/* ---- what is concluded ---- */

static int64_t
later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/* It was in need well before this cut, and not by one that hid it. */
static bool
went_alone(const struct sweep *s, const struct sweep_lift *l, int64_t sign_ms)
{
	int64_t since_ms = need_ms(l);

	if (since_ms >= sign_ms - SWEEP_TOGETHER_MS)
		return false;
	if (sweep_is_cut(s))
		return l->alone || l->apart;
	return l->alone || s->return_ms == INT64_MAX || since_ms > s->return_ms;
}

/* Of a restored cut it is known who stood apart; who has power is to say so
 * again. */
static void
begin_cut(struct sweep *s, int64_t sign_ms)
{
	bool goes_on = sweep_is_cut(s) && !s->sure;
	struct sweep_lift *l;

	for (uint16_t i = 0; i < s->lift_count; i++) {
		l = &s->lifts[i];
		l->alone = went_alone(s, l, sign_ms);
		l->apart = l->apart && goes_on && !has_power(l, INT64_MIN);
	}
	s->from_ms = sign_ms - SWEEP_LOOK_BACK_MS;
	if (s->there_ms != INT64_MIN)
		s->from_ms = later(s->from_ms, s->there_ms - SWEEP_APART_MS);
	s->sign_ms = sign_ms;
	s->again_ms = s->return_ms;
}

/* What was suspected and is seen to be lost is a cut anew. */
static void
cut(struct sweep *s, enum sweep_supply how, int64_t sign_ms)
{
	if (!sweep_is_cut(s) || !s->sure || how > s->supply)
		begin_cut(s, sign_ms);
	s->supply = (uint8_t)how;
	s->sure = true;
	s->denied = false;
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

/* From when on what the lifts say counts; INT64_MAX: the meter may speak. */
static int64_t
meter_ms(const struct sweep *s)
{
	if (s->supply != SWEEP_LOST || s->silent_ms == SWEEP_BEFORE)
		return INT64_MIN;
	return s->silent_ms == SWEEP_NEVER ? INT64_MAX
					   : s->silent_ms + SWEEP_METER_MS;
}

static bool
lifts_have_power(const struct sweep *s)
{
	bool is_cut = sweep_is_cut(s), any = false;
	int64_t from_ms = is_cut ? tell_ms(s) : INT64_MIN;

	for (uint16_t i = 0; i < s->lift_count; i++) {
		const struct sweep_lift *l = &s->lifts[i];

		if ((is_cut && l->apart) || has_power(l, from_ms))
			any = true;
		else if (!is_cut || !was_checked(s, l))
			return false;
	}
	return any;
}

static void
conclude_supply(struct sweep *s, int64_t now_ms)
{
	int64_t there_ms = sweep_phases_there(s), sign_ms = sign(s, now_ms);
	uint8_t phases = sweep_lost_phases(s);

	if (phases != 0) {
		s->phases = phases;
		cut(s, SWEEP_LOST, now_ms);
	} else if (there_ms != INT64_MAX) {
		s->there_ms = there_ms;
		bring_back(s, now_ms);
	} else if (now_ms >= meter_ms(s) && lifts_have_power(s)) {
		s->denied |= sweep_is_cut(s);
		bring_back(s, now_ms);
	} else if (s->denied) {
		bring_back(s, now_ms);
	} else if (sign_ms != INT64_MAX && s->supply != SWEEP_LOST) {
		cut(s, SWEEP_SUSPECTED, sign_ms);
	} else if (!sweep_is_cut(s)) {
		s->supply = SWEEP_UNKNOWN;
	}
}

void
sweep_deny(struct sweep *s, int64_t now_ms)
{
	if (s->supply != SWEEP_SUSPECTED)
		return;
	s->denied = true;
	bring_back(s, now_ms);
}

/* An answer from before its power came back says nothing. */
static bool
is_fit(const struct sweep *s, const struct sweep_lift *l)
{
	if (l->online != CONDITION_TRUE || l->car->fit != CONDITION_TRUE)
		return false;
	return (sweep_is_cut(s) && l->apart) ||
	    (s->return_ms != INT64_MAX && l->car->alive_ms >= s->return_ms);
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
	struct sweep_lift *l;

	conclude_supply(s, now_ms);
	for (uint16_t i = 0; i < s->lift_count; i++) {
		l = &s->lifts[i];
		l->alone = l->alone && need_ms(l) != SWEEP_NEVER;
		if (sweep_is_cut(s))
			see_apart(s, l);
		conclude_fit(s, l, now_ms);
	}
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
	return s->return_ms == INT64_MAX || !sweep_list_is_open(s->list)
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
	if (meter_ms(s) > now_ms)
		due_ms = sooner(due_ms, meter_ms(s));
	for (uint8_t i = 0; i < s->list->count; i++) {
		ms = sweep_back_ms(s, &s->list->cars[i]);
		if (!s->list->cars[i].back && ms > now_ms)
			due_ms = sooner(due_ms, ms);
	}
	return due_ms;
}

/* ---- what expressions ask ---- */

static enum condition_truth
phase_lost(const struct sweep *s)
{
	if (sweep_lost_phases(s) != 0)
		return CONDITION_TRUE;
	return sweep_has_volts(s) && sweep_phases_there(s) != INT64_MAX
	    ? CONDITION_FALSE
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
	return truth(s->supply == SWEEP_THERE && !sweep_list_is_open(s->list));
}

/* After a restart nobody knows how long the supply has been there. */
static enum condition_truth
cars_late(const struct sweep *s, int64_t now_ms)
{
	if (!sweep_list_is_open(s->list) || sweep_is_cut(s))
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
	return sweep_is_simulated(s);
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
sweep_recall(struct sweep *s, int64_t until_ms)
{
	if (sweep_phases_there(s) != INT64_MAX && until_ms > s->there_ms)
		s->there_ms = until_ms;
}

void
sweep_forget_volts(struct sweep *s)
{
	for (size_t i = 0; i < sizeof(s->volts) / sizeof(s->volts[0]); i++) {
		s->volts[i].dead = CONDITION_UNKNOWN;
		s->volts[i].simulated = false;
	}
}

void
sweep_restore(struct sweep *s, const struct sweep_list *list, bool cut)
{
	sweep_list_adopt(s, list);
	for (uint8_t i = 0; i < s->list->count; i++)
		s->list->cars[i].sign_ms = INT64_MIN;
	if (!cut)
		return;
	s->supply = list->suspected ? SWEEP_SUSPECTED : SWEEP_LOST;
	s->phases = list->phases;
	s->sure = false;
	for (uint16_t i = 0; i < s->lift_count; i++)
		s->lifts[i].apart |= list->count > 0 &&
		    sweep_list_find(s->list, s->lifts[i].device) == NULL;
}

static void
go_on_with_lift(struct sweep_lift *l, const struct sweep *was)
{
	const struct sweep_lift *old = sweep_find(was, l->device);

	if (old == NULL)
		return;
	l->unpowered_ms = old->unpowered_ms;
	l->fit_ms = old->fit_ms;
	l->apart = old->apart;
	l->alone = old->alone;
	l->moved = old->moved;
}

void
sweep_go_on(struct sweep *s, const struct sweep *was)
{
	sweep_list_adopt(s, was->list);
	s->heard_ms = was->heard_ms;
	s->line_dead = was->line_dead;
	s->line_ms = was->line_ms;
	s->supply = was->supply;
	s->sure = was->sure;
	s->phases = was->phases;
	s->there_ms = was->there_ms;
	s->denied = was->denied;
	s->sign_ms = was->sign_ms;
	s->from_ms = was->from_ms;
	s->again_ms = was->again_ms;
	s->return_ms = was->return_ms;
	s->return_seen = was->return_seen;
	for (uint16_t i = 0; i < s->lift_count; i++)
		go_on_with_lift(&s->lifts[i], was);
}
