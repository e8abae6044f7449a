/*
 * alarm.c - one alarm: ISA-18.2 states, and what people do about it
 *
 * `active` says whether it is there, `state` what people made of it; ACKED is
 * always active, RTNUN and LATCHED and NORMAL never, UNACK may be either (not
 * active: it latches).  Chatter parts `active` from `condition`: then the one
 * stays while the other comes and goes.
 */
#include "gateway/alarm/alarm.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define SHELVE_MS HOUR_MS /* of who does not say how long */

const char *const alarm_state_names[] = {
    "NORMAL", "UNACK", "ACKED", "RTNUN", "LATCHED", NULL};

const char *const alarm_change_names[] = {
    [ALARM_NONE] = "none",
    [ALARM_RAISE] = "raise",
    [ALARM_CLEAR] = "clear",
    [ALARM_ACK] = "ack",
    [ALARM_SHELVE] = "shelve",
    [ALARM_UNSHELVE] = "unshelve",
    [ALARM_SUPPRESS] = "suppress",
    [ALARM_UNSUPPRESS] = "unsuppress",
    [ALARM_OUT] = "out-of-service",
    [ALARM_IN] = "in-service",
    [ALARM_NOTE] = "note",
    [ALARM_RESPOND] = "respond",
    [ALARM_ARRIVE] = "arrive",
    [ALARM_RESCUE] = "rescue",
    [ALARM_FALSE] = "false-alarm",
    [ALARM_RESET] = "reset",
    [ALARM_CHATTER] = "chatter",
    [ALARM_CALM] = "calm",
    [ALARM_RELEASE] = "release",
    [ALARM_CHECK] = "check",
    [ALARM_CARS] = "cars",
    [ALARM_GONE] = "gone",
    NULL,
};

const char *const alarm_work_names[] = {
    "responded", "arrived", "rescued", "false_alarm", NULL};

bool
alarm_is_plain(const struct alarm *a)
{
	return a->state == ALARM_NORMAL && !alarm_is_hidden(a);
}

bool
alarm_is_hidden(const struct alarm *a)
{
	return a->shelved_by[0] != '\0' || a->suppressed_by[0] != '\0' ||
	    a->out.by[0] != '\0';
}

/* ---- the condition ---- */

static void
forget_occurrence(struct alarm *a)
{
	a->shown = false;
	a->test = false;
	a->since_ms = 0;
	a->ack = (struct alarm_deed){0};
	memset(a->work, 0, sizeof(a->work));
	a->count = 0;
	a->value = (struct value){.type = VALUE_NONE};
	a->unit[0] = a->value_name[0] = '\0';
	a->text_zh[0] = a->text_en[0] = '\0';
}

static void
remember_raise(struct alarm *a, int64_t now_ms)
{
	if (a->raise_count == ALARM_CHATTER_RAISES) {
		a->raise_count--;
		memmove(a->raises_ms, a->raises_ms + 1,
		    a->raise_count * sizeof(a->raises_ms[0]));
	}
	a->raises_ms[a->raise_count++] = now_ms;
}

static bool
is_chatter(const struct alarm *a)
{
	return a->raise_count == ALARM_CHATTER_RAISES &&
	    a->raises_ms[ALARM_CHATTER_RAISES - 1] - a->raises_ms[0] <=
	    ALARM_CHATTER_MS;
}

static enum alarm_change
rise(struct alarm *a, const struct alarm_rule *r, bool test, int64_t now_ms)
{
	bool heard = a->state == ALARM_ACKED && r->severity == SEVERITY_P1;

	if (a->state == ALARM_NORMAL) {
		forget_occurrence(a);
		a->since_ms = now_ms;
		a->test = test;
	}
	a->count++;
	a->test = a->test && test;
	a->shown = a->shown || !alarm_is_hidden(a);
	remember_raise(a, now_ms);
	if (a->active && !heard)
		return ALARM_NONE;

	a->active = true;
	a->state = ALARM_UNACK;
	a->ack = (struct alarm_deed){0};
	if (a->chatters || !is_chatter(a))
		return ALARM_RAISE;
	a->chatters = true;
	return ALARM_CHATTER;
}

/* It is not active any more. */
static void
end(struct alarm *a, const struct alarm_rule *r)
{
	a->active = false;
	if (!a->shown)
		a->state = ALARM_NORMAL;
	else if (a->state == ALARM_ACKED)
		a->state = r->latch ? ALARM_LATCHED : ALARM_NORMAL;
	else if (!r->latch)
		a->state = ALARM_RTNUN;
}

static void
become_normal(struct alarm *a)
{
	a->state = ALARM_NORMAL;
	a->active = a->chatters = false;
}

/* Who looked knows: what comes then is new. */
static void
become_normal_by_hand(struct alarm *a)
{
	become_normal(a);
	a->raise_count = 0;
}

/* It latches, and somebody has said how it ended. */
static bool
is_looked_after(const struct alarm *a, const struct alarm_rule *r)
{
	return r->latch && a->state == ALARM_ACKED &&
	    (a->work[WORK_RESCUED].by[0] != '\0' ||
		a->work[WORK_FALSE].by[0] != '\0');
}

static enum alarm_change
fall(struct alarm *a, const struct alarm_rule *r)
{
	if (!a->active)
		return ALARM_NONE;
	if (is_looked_after(a, r)) {
		become_normal_by_hand(a);
		return ALARM_CLEAR;
	}
	if (a->chatters)
		return ALARM_NONE;
	end(a, r);
	return ALARM_CLEAR;
}

enum alarm_change
alarm_condition(struct alarm *a, const struct alarm_rule *r, bool raised,
    bool test, int64_t now_ms)
{
	if (raised == a->condition)
		return ALARM_NONE;
	a->condition = raised;
	return raised ? rise(a, r, test, now_ms) : fall(a, r);
}

enum alarm_change
alarm_again(struct alarm *a, const struct alarm_rule *r, int64_t now_ms)
{
	return a->condition ? rise(a, r, a->test, now_ms) : ALARM_NONE;
}

/* ---- what hides it ---- */

/* Something that hides it came or went. */
static enum alarm_change
beside(struct alarm *a, enum alarm_change change)
{
	if (a->state == ALARM_NORMAL)
		forget_occurrence(a);
	else if (!alarm_is_hidden(a))
		a->shown = true;
	return change;
}

enum alarm_change
alarm_suppress(struct alarm *a, const char *by)
{
	if (by == NULL)
		by = "";
	if (strcmp(by, a->suppressed_by) == 0)
		return ALARM_NONE;
	assert(strlen(by) < sizeof(a->suppressed_by));
	strcpy(a->suppressed_by, by);
	return beside(a, by[0] != '\0' ? ALARM_SUPPRESS : ALARM_UNSUPPRESS);
}

static enum alarm_change
unshelve(struct alarm *a)
{
	a->shelved_by[0] = '\0';
	a->shelved_until_ms = 0;
	return beside(a, ALARM_UNSHELVE);
}

static enum alarm_change refuse(char why[ORDER_WHY_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum alarm_change
refuse(char why[ORDER_WHY_MAX], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, ORDER_WHY_MAX, fmt, args);
	va_end(args);
	return ALARM_NONE;
}

/* As it is written in an order. */
static enum alarm_change
refuse_so_long(char why[ORDER_WHY_MAX], int64_t most_ms)
{
	int64_t unit_ms = most_ms % HOUR_MS == 0 ? HOUR_MS
	    : most_ms % MINUTE_MS == 0		 ? MINUTE_MS
						 : SECOND_MS;

	return refuse(why, "it can be shelved for at most %lld%c",
	    (long long)(most_ms / unit_ms),
	    unit_ms == HOUR_MS	       ? 'h'
		: unit_ms == MINUTE_MS ? 'm'
				       : 's');
}

static enum alarm_change
shelve(struct alarm *a, const struct alarm_rule *r, const struct order *o,
    int64_t now_ms, char why[ORDER_WHY_MAX])
{
	int64_t for_ms = o->for_ms;

	if (r->shelve_max_ms == 0)
		return refuse(
		    why, "a call for help is not shelved: acknowledge it");
	if (o->for_ms > r->shelve_max_ms)
		return refuse_so_long(why, r->shelve_max_ms);
	if (for_ms == 0)
		for_ms =
		    r->shelve_max_ms < SHELVE_MS ? r->shelve_max_ms : SHELVE_MS;
	strcpy(a->shelved_by, o->by);
	a->shelved_until_ms = now_ms + for_ms;
	return beside(a, ALARM_SHELVE);
}

static struct alarm_deed
deed_of(const struct order *o, int64_t now_ms)
{
	struct alarm_deed d = {.at_ms = now_ms};

	strcpy(d.by, o->by);
	return d;
}

static enum alarm_change
take_out(struct alarm *a, const struct alarm_rule *r, const struct order *o,
    int64_t now_ms, char why[ORDER_WHY_MAX])
{
	if (a->out.by[0] != '\0' && strcmp(a->out.by, o->by) == 0)
		return ALARM_NONE;
	if (a->out.by[0] != '\0')
		return refuse(
		    why, "%s has taken it out of service already", a->out.by);
	if (r->shelve_max_ms == 0 && a->state != ALARM_NORMAL)
		return refuse(why,
		    "a call for help is not taken out of service while it "
		    "stands: acknowledge it, and reset it when it is over");
	a->out = deed_of(o, now_ms);
	return beside(a, ALARM_OUT);
}

static enum alarm_change
put_in(struct alarm *a, char why[ORDER_WHY_MAX])
{
	if (a->out.by[0] == '\0')
		return refuse(why, "it is not out of service");
	a->out = (struct alarm_deed){0};
	return beside(a, ALARM_IN);
}

/* ---- what people do about it ---- */

static void
take_charge(struct alarm *a, const struct alarm_deed *deed)
{
	if (a->state == ALARM_RTNUN)
		a->state = ALARM_NORMAL;
	else
		a->state = a->active ? ALARM_ACKED : ALARM_LATCHED;
	a->ack = *deed;
}

static enum alarm_change
acknowledge(struct alarm *a, const struct order *o, int64_t now_ms,
    char why[ORDER_WHY_MAX])
{
	struct alarm_deed deed = deed_of(o, now_ms);

	if (a->ack.by[0] != '\0' && strcmp(a->ack.by, o->by) == 0)
		return ALARM_NONE;
	if (a->ack.by[0] != '\0' && a->state != ALARM_NORMAL)
		return refuse(why,
		    "%s has it already; what is to be said goes into a note",
		    a->ack.by);
	if (a->state == ALARM_NORMAL)
		return refuse(
		    why, "there is nothing to acknowledge: it is NORMAL");
	take_charge(a, &deed);
	return ALARM_ACK;
}

/* Rescued and a false alarm: the second would give the first the lie. */
static const struct alarm_deed *
contrary(const struct alarm *a, enum alarm_work step)
{
	if (step == WORK_RESCUED)
		return &a->work[WORK_FALSE];
	return step == WORK_FALSE ? &a->work[WORK_RESCUED] : NULL;
}

/* Acknowledged, and its condition is over. */
static bool
is_over(const struct alarm *a)
{
	return a->state == ALARM_LATCHED ||
	    (a->state == ALARM_ACKED && !a->condition);
}

static bool
is_unheard(const struct alarm *a)
{
	return a->state == ALARM_UNACK || a->state == ALARM_RTNUN;
}

/* Rescued or a false alarm: who says so has looked. */
static void
conclude(struct alarm *a, const struct alarm_rule *r, enum alarm_work step)
{
	if (is_unheard(a))
		take_charge(a, &a->work[step]);
	if (r->latch && is_over(a))
		become_normal_by_hand(a);
}

static enum alarm_change
work(struct alarm *a, const struct alarm_rule *r, enum alarm_work step,
    const struct order *o, int64_t now_ms, char why[ORDER_WHY_MAX])
{
	const struct alarm_deed *other = contrary(a, step);
	bool has_looked = step == WORK_RESCUED || step == WORK_FALSE;

	if (a->work[step].by[0] != '\0')
		return has_looked && is_unheard(a)
		    ? acknowledge(a, o, now_ms, why)
		    : ALARM_NONE;
	if (a->state == ALARM_NORMAL)
		return refuse(why,
		    "it is NORMAL: there is nothing to do about it; "
		    "what is to be said goes into a note");
	if (other != NULL && other->by[0] != '\0')
		return refuse(why,
		    "%s has said that it %s; what is to be said against it "
		    "goes into a note",
		    other->by,
		    step == WORK_FALSE ? "ended with a rescue"
				       : "was a false alarm");
	a->work[step] = deed_of(o, now_ms);
	if (has_looked)
		conclude(a, r, step);
	return (enum alarm_change)(ALARM_RESPOND + step);
}

static enum alarm_change
reset(struct alarm *a, const struct alarm_rule *r, char why[ORDER_WHY_MAX])
{
	if (!r->latch)
		return refuse(why, "it does not latch: nothing is to be reset");
	if (a->state == ALARM_NORMAL)
		return refuse(why, "there is nothing to reset: it is NORMAL");
	if (is_over(a)) {
		become_normal_by_hand(a);
		return ALARM_RESET;
	}
	if (a->condition)
		return refuse(why,
		    "its condition still holds: it can be reset when that is "
		    "over");
	return refuse(why, "it is to be acknowledged before it is reset");
}

enum alarm_change
alarm_order(struct alarm *a, const struct alarm_rule *r, const struct order *o,
    int64_t now_ms, char why[ORDER_WHY_MAX])
{
	assert(o->by[0] != '\0' && o->verb < ORDER_VERBS);
	why[0] = '\0';
	switch ((enum order_verb)o->verb) {
	case ORDER_ACK: return acknowledge(a, o, now_ms, why);
	case ORDER_SHELVE: return shelve(a, r, o, now_ms, why);
	case ORDER_UNSHELVE:
		return a->shelved_by[0] != '\0'
		    ? unshelve(a)
		    : refuse(why, "it is not shelved");
	case ORDER_NOTE: return ALARM_NOTE;
	case ORDER_RESPOND: return work(a, r, WORK_RESPONDED, o, now_ms, why);
	case ORDER_ARRIVE: return work(a, r, WORK_ARRIVED, o, now_ms, why);
	case ORDER_RESCUE: return work(a, r, WORK_RESCUED, o, now_ms, why);
	case ORDER_FALSE: return work(a, r, WORK_FALSE, o, now_ms, why);
	case ORDER_RESET: return reset(a, r, why);
	case ORDER_CHECK: return refuse(why, "there are no cars to look after");
	case ORDER_OUT: return take_out(a, r, o, now_ms, why);
	case ORDER_IN: return put_in(a, why);
	case ORDER_VERBS: break;
	}
	return ALARM_NONE;
}

/* Nobody looked: the raises before it still count for chatter. */
enum alarm_change
alarm_release(struct alarm *a, const struct alarm_rule *r)
{
	if (!r->latch || !is_over(a))
		return ALARM_NONE;
	become_normal(a);
	return ALARM_RELEASE;
}

/* ---- time ---- */

/* After a restart nobody knows when it was raised last: its calm is counted
 * from now. */
static int64_t
calm_due(const struct alarm *a)
{
	if (!a->chatters)
		return INT64_MAX;
	return a->raise_count == 0
	    ? INT64_MIN
	    : a->raises_ms[a->raise_count - 1] + ALARM_CALM_MS;
}

enum alarm_change
alarm_tick(struct alarm *a, const struct alarm_rule *r, int64_t now_ms)
{
	if (a->shelved_by[0] != '\0' && now_ms >= a->shelved_until_ms)
		return unshelve(a);
	if (a->chatters && a->raise_count == 0)
		remember_raise(a, now_ms);
	if (now_ms < calm_due(a))
		return ALARM_NONE;
	a->chatters = false;
	if (!a->condition)
		end(a, r);
	return ALARM_CALM;
}

int64_t
alarm_due(const struct alarm *a)
{
	int64_t due = calm_due(a);

	if (a->shelved_by[0] != '\0' && a->shelved_until_ms < due)
		due = a->shelved_until_ms;
	return due;
}
