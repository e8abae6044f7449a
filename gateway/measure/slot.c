/*
 * slot.c - one point's readings become slots
 *
 * The filler keeps one slot under work.  Time passes in spans during which one
 * value held; a span is cut at the slots' edges.  A slot is given when time
 * goes past it, so no memory is needed but this one, however long the row.
 *
 * A counter's reference is the last believed reading.  A lower one is doubted,
 * and counts for nothing until the next one says whether it was a wrong answer
 * (the next goes on where the believed one was) or a fall (it does not).  Both
 * go on from slot to slot: only where a row of slots begins is the first
 * reading believed for lack of another.
 *
 * Not done: means of integers beyond 2^53 to the last digit.  Min, max, last
 * and counts are exact.
 */
#include "gateway/measure/slot.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* ---- values ---- */

static void
copy_text(char out[SAMPLE_TEXT_MAX], const char *text)
{
	size_t len = strnlen(text, SAMPLE_TEXT_MAX - 1);

	memcpy(out, text, len);
	memset(out + len, 0, SAMPLE_TEXT_MAX - len);
}

struct slot_value
slot_value(const struct value *v)
{
	struct slot_value out = {.type = v->type};

	switch ((enum value_type)v->type) {
	case VALUE_F32: out.f = (double)(float)v->f; break;
	case VALUE_F64: out.f = v->f; break;
	case VALUE_I64:
	case VALUE_ENUM: out.i = v->i; break;
	case VALUE_U64:
	case VALUE_BOOL: out.u = v->u; break;
	case VALUE_TEXT: out.text = v->text; break;
	case VALUE_NONE: break;
	}
	return out;
}

void
slot_value_back(struct value *out, const struct slot_value *v)
{
	memset(out, 0, sizeof(*out));
	out->type = v->type;
	switch ((enum value_type)v->type) {
	case VALUE_F32:
	case VALUE_F64: out->f = v->f; break;
	case VALUE_I64:
	case VALUE_ENUM: out->i = v->i; break;
	case VALUE_U64:
	case VALUE_BOOL: out->u = v->u; break;
	case VALUE_TEXT: copy_text(out->text, v->text); break;
	case VALUE_NONE: break;
	}
}

double
slot_number(const struct slot_value *v)
{
	switch ((enum value_type)v->type) {
	case VALUE_F32:
	case VALUE_F64: return v->f;
	case VALUE_I64:
	case VALUE_ENUM: return (double)v->i;
	case VALUE_U64:
	case VALUE_BOOL: return (double)v->u;
	case VALUE_TEXT:
	case VALUE_NONE: break;
	}
	return NAN;
}

/* Of numbers. */
static bool
less(const struct slot_value *a, const struct slot_value *b)
{
	if (a->type != b->type)
		return slot_number(a) < slot_number(b);
	switch ((enum value_type)a->type) {
	case VALUE_I64:
	case VALUE_ENUM: return a->i < b->i;
	case VALUE_U64:
	case VALUE_BOOL: return a->u < b->u;
	default: return slot_number(a) < slot_number(b);
	}
}

bool
slot_same(const struct slot_value *a, const struct slot_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VALUE_NONE)
		return true;
	if (a->type == VALUE_TEXT)
		return strcmp(a->text, b->text) == 0;
	return a->u == b->u;
}

double
slot_rise(const struct slot_value *from, const struct slot_value *to)
{
	if (to->type == from->type &&
	    (to->type == VALUE_U64 || to->type == VALUE_I64))
		return (double)(to->u - from->u);
	return slot_number(to) - slot_number(from);
}

/* ---- a slot ---- */

bool
slot_empty(const struct slot *s)
{
	return s->count == 0 && s->covered_ms == 0;
}

double
slot_mean(const struct slot *s)
{
	if (s->last.type == VALUE_TEXT)
		return NAN;
	if (s->covered_ms == 0)
		return slot_number(&s->last);
	return s->area / (double)s->covered_ms;
}

/* Of the states there are none, of the text its end: that is enough. */
void
slot_clear(struct slot *s)
{
	memset(s, 0, offsetof(struct slot, text));
	s->text[0] = '\0';
}

static void
add_state(struct slot *s, int64_t state, int64_t ms)
{
	size_t i = 0;

	while (i < s->state_count && s->states[i].state < state)
		i++;
	if (i == s->state_count || s->states[i].state != state) {
		if (s->state_count == SLOT_STATES_MAX) {
			s->other_ms += ms;
			return;
		}
		memmove(&s->states[i + 1], &s->states[i],
		    (s->state_count - i) * sizeof(s->states[0]));
		s->states[i] = (struct slot_state){.state = state};
		s->state_count++;
	}
	s->states[i].ms += ms;
}

static void
keep_last(struct slot *s, const struct slot_value *v)
{
	s->last = *v;
	if (v->type != VALUE_TEXT)
		return;
	if (v->text != s->text)
		copy_text(s->text, v->text);
	s->last.text = NULL;
}

/* v was there, for no time yet. */
static void
see_value(struct slot *s, const struct slot_value *v)
{
	keep_last(s, v);
	if (v->type == VALUE_TEXT)
		return;
	if (s->min.type == VALUE_NONE || less(v, &s->min))
		s->min = *v;
	if (s->max.type == VALUE_NONE || less(&s->max, v))
		s->max = *v;
}

static void
hold_value(struct slot *s, const struct slot_value *v, int64_t ms)
{
	see_value(s, v);
	s->covered_ms += ms;
	if (v->type != VALUE_TEXT)
		s->area += slot_number(v) * (double)ms;
	if (v->type == VALUE_ENUM)
		add_state(s, v->i, ms);
}

/* ---- counters ---- */

static bool
fell(const struct slot_value *from, const struct slot_value *to)
{
	double was = slot_number(from);

	return was - slot_number(to) > fabs(was) * SLOT_JITTER;
}

/* A believed reading; what it rose by since the believed one before counts in
 * this slot if that was in it too, else when the slots are joined. */
static void
count(struct slot *s, const struct slot_value *v)
{
	if (s->first.type == VALUE_NONE)
		s->first = *v;
	else if (less(v, &s->counted))
		s->falls++;
	else if (s->falls == 0)
		s->increase = slot_rise(&s->first, v);
	else
		s->increase += slot_rise(&s->counted, v);
	s->counted = *v;
}

bool
slot_rose(const struct slot *s)
{
	return s->falls == 0 &&
	    s->increase == slot_rise(&s->first, &s->counted);
}

double
slot_join(const struct slot *s, struct slot *later)
{
	if (s->counted.type == VALUE_NONE || later->first.type == VALUE_NONE)
		return 0;
	if (fell(&s->counted, &later->first)) {
		later->falls++;
		return 0;
	}
	return less(&s->counted, &later->first)
	    ? slot_rise(&s->counted, &later->first)
	    : 0;
}

/* ---- merging ---- */

static void
merge_counter(struct slot *s, const struct slot *later)
{
	struct slot next;
	bool rose;

	if (later->first.type == VALUE_NONE)
		return;
	next = *later;
	if (s->first.type == VALUE_NONE)
		s->first = s->counted = next.first;
	rose =
	    slot_rose(s) && slot_rose(&next) && !less(&next.first, &s->counted);
	s->increase += slot_join(s, &next) + next.increase;
	s->falls += next.falls;
	s->counted = next.counted;
	if (rose) /* as if it had been one slot */
		s->increase = slot_rise(&s->first, &s->counted);
}

void
slot_merge(struct slot *s, const struct slot *later)
{
	struct slot_value last = later->last;

	if (slot_empty(later))
		return;
	s->count += later->count;
	s->covered_ms += later->covered_ms;
	s->area += later->area;
	if (later->min.type != VALUE_NONE) {
		see_value(s, &later->min);
		see_value(s, &later->max);
	}
	if (last.type == VALUE_TEXT)
		last.text = later->text;
	keep_last(s, &last);
	for (size_t i = 0; i < later->state_count; i++)
		add_state(s, later->states[i].state, later->states[i].ms);
	s->other_ms += later->other_ms;
	merge_counter(s, later);
}

/* ---- filling ---- */

int64_t
slot_floor(int64_t at_ms, int64_t step_ms)
{
	int64_t over = at_ms % step_ms;

	return at_ms - over - (over < 0 ? step_ms : 0);
}

static bool
inside(const struct filler *f, int64_t at_ms)
{
	return at_ms >= f->from_ms && at_ms < f->to_ms;
}

static void
give(struct filler *f)
{
	if (!slot_empty(&f->slot))
		f->see(f->context, f->slot_ms, &f->slot);
	slot_clear(&f->slot);
}

/* The slot that at_ms is in. */
static struct slot *
turn_to(struct filler *f, int64_t at_ms)
{
	int64_t start_ms = slot_floor(at_ms, f->step_ms);

	if (start_ms != f->slot_ms)
		give(f);
	f->slot_ms = start_ms;
	return &f->slot;
}

/* What is held was so until at_ms. */
static void
pass(struct filler *f, int64_t at_ms)
{
	int64_t from_ms = f->since_ms > f->from_ms ? f->since_ms : f->from_ms;
	int64_t to_ms = at_ms < f->until_ms ? at_ms : f->until_ms;

	if (f->held.type == VALUE_NONE)
		return;
	if (to_ms > f->to_ms)
		to_ms = f->to_ms;
	while (from_ms < to_ms) {
		struct slot *s = turn_to(f, from_ms);
		int64_t edge_ms = f->slot_ms + f->step_ms;
		int64_t end_ms = edge_ms < to_ms ? edge_ms : to_ms;

		hold_value(s, &f->held, end_ms - from_ms);
		from_ms = end_ms;
	}
	f->since_ms = at_ms;
}

static void
hold(struct filler *f, int64_t at_ms, const struct slot_value *v)
{
	f->held = *v;
	f->since_ms = at_ms;
	f->until_ms = at_ms + f->hold_ms;
	if (v->type != VALUE_TEXT)
		return;
	copy_text(f->held_text, v->text);
	f->held.text = f->held_text;
}

/* v is the count; a little less than it was is what it was. */
static void
believe(struct filler *f, int64_t at_ms, const struct slot_value *v)
{
	bool jitter = f->believed.type != VALUE_NONE && less(v, &f->believed) &&
	    !fell(&f->believed, v);

	if (!jitter)
		f->believed = *v;
	f->doubted.type = VALUE_NONE;
	if (inside(f, at_ms))
		count(&f->slot, &f->believed);
}

/* Its slot is the one under work. */
static void
take_count(struct filler *f, int64_t at_ms, const struct slot_value *v)
{
	struct slot_value doubted = f->doubted;

	if (f->believed.type == VALUE_NONE || !fell(&f->believed, v)) {
		believe(f, at_ms, v);
	} else if (doubted.type == VALUE_NONE) {
		f->doubted = *v;
	} else {
		believe(f, at_ms, &doubted);
		take_count(f, at_ms, v);
	}
}

void
filler_take(struct filler *f, int64_t at_ms, const struct slot_value *v)
{
	assert(v->type == VALUE_NONE || v->type <= VALUE_TEXT);
	pass(f, at_ms);
	hold(f, at_ms, v);
	if (v->type == VALUE_NONE)
		return;
	if (inside(f, at_ms)) {
		struct slot *s = turn_to(f, at_ms);

		see_value(s, v);
		s->count++;
	}
	if (f->counter && v->type != VALUE_TEXT)
		take_count(f, at_ms, v);
}

void
filler_break(struct filler *f, int64_t at_ms)
{
	static const struct slot_value none;

	pass(f, at_ms);
	hold(f, at_ms, &none);
}

void
filler_end(struct filler *f, int64_t at_ms)
{
	filler_break(f, at_ms);
	give(f);
}
