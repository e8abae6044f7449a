/*
 * condition.c - when an alarm's condition holds: expressions and delays
 *
 * Two timers see each answer, one for raising, one for clearing, whichever of
 * them counts just now; the other one begins anew when `raised` changes.  A
 * `clear` that holds while `when` does is not listened to: such a rule would
 * swing to and fro without end.
 *
 * A delay that ended before a reading came has ended, even if nobody ticked in
 * between: what comes out depends on the readings and their times alone.  One
 * that would end at the very moment of a reading is the reading's to decide.
 * So one call may find two changes due; it makes the first, and condition_due
 * asks for the next at once.
 */
#include "gateway/alarm/condition.h"

#include <assert.h>

#define FORGET_MS 60000 /* no delay is forgotten sooner */

const char *const alarm_severity_names[] = {"P1", "P2", "P3", "P4", NULL};

/* ---- timers ---- */

static int64_t
timer_held(const struct condition_timer *t, int64_t delay_ms, int64_t now_ms)
{
	int64_t passed_ms = now_ms - t->since_ms;

	switch ((enum condition_truth)t->truth) {
	case CONDITION_FALSE: return 0;
	case CONDITION_TRUE: return t->held_ms + passed_ms;
	case CONDITION_UNKNOWN: break;
	}
	return passed_ms > (delay_ms > FORGET_MS ? delay_ms : FORGET_MS)
	    ? 0
	    : t->held_ms;
}

static void
timer_see(struct condition_timer *t, enum condition_truth truth,
    int64_t delay_ms, int64_t now_ms)
{
	if (truth == t->truth)
		return;
	t->held_ms = timer_held(t, delay_ms, now_ms);
	t->truth = (uint8_t)truth;
	t->since_ms = now_ms;
}

static void
timer_restart(struct condition_timer *t, int64_t now_ms)
{
	t->held_ms = 0;
	t->since_ms = now_ms;
}

static int64_t
timer_due(const struct condition_timer *t, int64_t delay_ms)
{
	return t->truth == CONDITION_TRUE ? t->since_ms + delay_ms - t->held_ms
					  : INT64_MAX;
}

/* ---- expressions ---- */

/* Made when it is asked: kept by each of a thousand rules, four take a quarter
 * of a megabyte. */
static struct derive
derive_of(const struct expr *e)
{
	return (struct derive){.expr = e, .form = FORM_BOOL, .exact = true};
}

static void
start_one(const struct expr *e, struct derive_state *s, struct arena *memory)
{
	struct derive d = derive_of(e);

	if (e == NULL)
		return;
	assert(expr_form(e) == FORM_BOOL);
	derive_start(&d, s, memory);
}

static enum condition_truth
ask(const struct expr *e, struct derive_state *s,
    const struct condition_look *look, int64_t now_ms, bool *simulated)
{
	struct derive d = derive_of(e);
	struct reading r;

	derive_take(&d, s, look->get, look->context, now_ms, &r);
	*simulated = r.quality.code == QUALITY_SIMULATED;
	if (r.quality.code != QUALITY_GOOD && !*simulated)
		return CONDITION_UNKNOWN;
	return r.value.u != 0 ? CONDITION_TRUE : CONDITION_FALSE;
}

static enum condition_truth
opposite(enum condition_truth truth)
{
	if (truth == CONDITION_UNKNOWN)
		return CONDITION_UNKNOWN;
	return truth == CONDITION_TRUE ? CONDITION_FALSE : CONDITION_TRUE;
}

static enum condition_truth
without(enum condition_truth when, enum condition_truth clear)
{
	return when == CONDITION_TRUE ? CONDITION_FALSE : clear;
}

static void
see_suppress(struct condition *c, enum condition_truth truth, int64_t now_ms)
{
	if (truth == CONDITION_UNKNOWN) {
		if (c->raise_from_ms == INT64_MAX)
			c->raise_from_ms = now_ms + CONDITION_WAIT_MS;
		return;
	}
	c->suppressed = truth == CONDITION_TRUE;
	c->raise_from_ms = INT64_MIN;
}

/* All are asked each time: their rates and drops must not miss a reading. */
static void
look_at(struct condition *c, const struct condition_look *look, int64_t now_ms)
{
	const struct alarm_rule *rule = c->rule;
	bool simulated, ignored;
	enum condition_truth when, clear, suppress = CONDITION_UNKNOWN;

	when = ask(rule->when, &c->when, look, now_ms, &simulated);
	clear = opposite(when);
	if (rule->clear != NULL)
		clear = without(
		    when, ask(rule->clear, &c->clear, look, now_ms, &ignored));
	if (rule->suppress != NULL)
		suppress =
		    ask(rule->suppress, &c->suppress, look, now_ms, &ignored);
	if (rule->release != NULL)
		c->released = ask(rule->release, &c->release, look, now_ms,
				  &ignored) == CONDITION_TRUE;

	timer_see(&c->on, when, rule->on_ms, now_ms);
	timer_see(&c->off, clear, rule->off_ms, now_ms);
	if (when == CONDITION_TRUE)
		c->simulated = simulated;
	see_suppress(c, suppress, now_ms);
}

/* ---- the condition ---- */

static bool
waits(const struct alarm_rule *rule)
{
	return rule->suppress != NULL && rule->severity != SEVERITY_P1;
}

void
condition_start(
    struct condition *c, const struct alarm_rule *rule, struct arena *memory)
{
	assert(rule->when != NULL);
	*c = (struct condition){
	    .rule = rule, .raise_from_ms = waits(rule) ? INT64_MAX : INT64_MIN};
	start_one(rule->when, &c->when, memory);
	start_one(rule->clear, &c->clear, memory);
	start_one(rule->suppress, &c->suppress, memory);
	start_one(rule->release, &c->release, memory);
}

static bool
asks(const struct expr *e, uint16_t point)
{
	struct derive d = derive_of(e);

	return e != NULL && derive_uses(&d, point);
}

bool
condition_uses(const struct alarm_rule *rule, uint16_t point)
{
	return asks(rule->when, point) || asks(rule->clear, point) ||
	    asks(rule->suppress, point) || asks(rule->release, point);
}

bool
condition_take(
    struct condition *c, const struct condition_look *look, int64_t now_ms)
{
	bool changed = condition_tick(c, now_ms - 1);

	look_at(c, look, now_ms);
	return changed || condition_tick(c, now_ms);
}

bool
condition_tick(struct condition *c, int64_t now_ms)
{
	if (now_ms < condition_due(c))
		return false;
	c->raised = !c->raised;
	timer_restart(c->raised ? &c->off : &c->on, now_ms);
	return true;
}

int64_t
condition_due(const struct condition *c)
{
	int64_t due_ms;

	if (c->raised)
		return timer_due(&c->off, c->rule->off_ms);
	due_ms = timer_due(&c->on, c->rule->on_ms);
	return due_ms > c->raise_from_ms ? due_ms : c->raise_from_ms;
}

int64_t
condition_held_ms(const struct condition *c, int64_t now_ms)
{
	return timer_held(&c->on, c->rule->on_ms, now_ms);
}

void
condition_restore(struct condition *c, bool raised)
{
	c->raised = raised;
}

void
condition_go_on(
    struct condition *c, const struct condition *was, bool same_suppress)
{
	c->on = was->on;
	c->off = was->off;
	c->simulated = was->simulated;
	if (same_suppress && waits(c->rule))
		c->raise_from_ms = was->raise_from_ms;
}
