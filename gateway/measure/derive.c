/*
 * derive.c - a point that is computed from others of its device
 *
 * All inputs are looked at, also behind one that is not good: their spans must
 * not miss a reading.
 */
#include "gateway/measure/derive.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define GOOD ((struct quality){.code = QUALITY_GOOD})
#define NOT_AVAILABLE ((struct quality){.code = QUALITY_BAD_NOT_AVAILABLE})
#define INT64_END 0x1p63 /* the first number beyond */

struct source {
	struct derive_input (*get)(const void *context, uint16_t point);
	const void *context;
	int64_t now_ms;
};

void
derive_start(
    const struct derive *d, struct derive_state *s, struct arena *memory)
{
	const struct expr_input *inputs;
	size_t count, windows = 0;

	s->spans = NULL;
	if (d->expr == NULL)
		return;
	inputs = expr_inputs(d->expr, &count);
	for (size_t i = 0; i < count; i++)
		windows += inputs[i].kind != EXPR_VALUE;
	if (windows == 0)
		return;
	s->spans = arena_array(memory, count, sizeof(*s->spans));
	for (size_t i = 0; i < count; i++)
		if (inputs[i].kind != EXPR_VALUE)
			span_start(&s->spans[i], inputs[i].span_ms);
}

bool
derive_uses(const struct derive *d, uint16_t point)
{
	const struct expr_input *inputs;
	size_t count;

	if (d->expr == NULL)
		return d->fault_point == point;
	inputs = expr_inputs(d->expr, &count);
	for (size_t i = 0; i < count; i++)
		if (inputs[i].point == point)
			return true;
	return false;
}

/* ---- qualities ---- */

static bool
is_usable(struct quality q)
{
	return q.code == QUALITY_GOOD || q.code == QUALITY_SIMULATED;
}

/* Of the result, as far as inputs were looked at; the next one's is added. */
static struct quality
join(struct quality result, struct quality next)
{
	if (!is_usable(result))
		return result;
	if (!is_usable(next))
		return quality_has_value(next) ? NOT_AVAILABLE : next;
	return result.code == QUALITY_SIMULATED ? result : next;
}

static void
set_none(struct reading *out, struct quality q)
{
	out->quality = q;
	out->value = (struct value){.type = VALUE_NONE};
}

/* ---- expressions ---- */

/* A number for the expression; false if the span has none yet. */
static bool
take_number(const struct expr_input *input, struct span *span,
    const struct derive_input *in, int64_t now_ms, double *out)
{
	double number = value_number(&in->value);

	assert(isfinite(number));
	if (input->kind == EXPR_VALUE) {
		*out = number;
		return true;
	}
	if (span->count == 0 || in->at_ms > span->last_ms)
		span_put(span, in->at_ms, number);
	return input->kind == EXPR_RATE ? span_rate(span, now_ms, out)
					: span_drop(span, now_ms, out);
}

/* Fills values; what comes of it has this quality. */
static struct quality
take_inputs(const struct derive *d, struct derive_state *s,
    const struct source *from, double values[EXPR_INPUTS_MAX])
{
	struct quality result = GOOD;
	bool complete = true;
	size_t count;
	const struct expr_input *inputs = expr_inputs(d->expr, &count);

	for (size_t i = 0; i < count; i++) {
		struct derive_input in =
		    from->get(from->context, inputs[i].point);

		result = join(result, in.quality);
		if (is_usable(in.quality) &&
		    !take_number(&inputs[i], s->spans ? &s->spans[i] : NULL,
			&in, from->now_ms, &values[i]))
			complete = false;
	}
	return complete || !is_usable(result) ? result : NOT_AVAILABLE;
}

static void
set_number(const struct derive *d, struct quality q, double number,
    struct reading *out)
{
	/* A float is judged in floats: 0.1f is not above 0.1. */
	double min = d->exact ? d->valid_min : (double)(float)d->valid_min;
	double max = d->exact ? d->valid_max : (double)(float)d->valid_max;

	out->quality = q;
	if (d->form == FORM_BOOL) {
		out->value =
		    (struct value){.type = VALUE_BOOL, .u = number != 0};
		return;
	}
	out->value = (struct value){
	    .type = d->exact ? VALUE_F64 : VALUE_F32, .f = number};
	/* Simulated says more than that, and must not be lost. */
	if (d->has_valid && q.code == QUALITY_GOOD &&
	    (number < min || number > max))
		out->quality.code = QUALITY_UNCERTAIN_RANGE;
}

static void
take_expr(const struct derive *d, struct derive_state *s,
    const struct source *from, struct reading *out)
{
	double values[EXPR_INPUTS_MAX], number;
	struct quality q = take_inputs(d, s, from, values);

	if (is_usable(q) && !expr_eval(d->expr, values, &number))
		q = NOT_AVAILABLE;
	if (is_usable(q) && !d->exact)
		number = (double)(float)number;
	if (is_usable(q) && !isfinite(number))
		q = NOT_AVAILABLE;
	if (is_usable(q))
		set_number(d, q, number, out);
	else
		set_none(out, q);
}

/* ---- faults ---- */

/* The raw fault number.  False if it is not whole; *fits is false if it is, but
 * in no table. */
static bool
whole(const struct value *v, int64_t *out, bool *fits)
{
	double number = value_number(v);

	*fits = true;
	if (v->type == VALUE_I64 || v->type == VALUE_ENUM) {
		*out = v->i;
		return true;
	}
	if (v->type == VALUE_U64 || v->type == VALUE_BOOL) {
		*fits = v->u <= INT64_MAX;
		*out = *fits ? (int64_t)v->u : 0;
		return true;
	}
	*fits = number >= -INT64_END && number < INT64_END;
	*out = *fits ? (int64_t)number : 0;
	return trunc(number) == number;
}

static int
by_raw(const void *key, const void *row)
{
	int64_t raw = *(const int64_t *)key;
	const struct derive_fault *fault = row;

	return (raw > fault->raw) - (raw < fault->raw);
}

static int64_t
look_up(const struct derive *d, int64_t raw)
{
	const struct derive_fault *fault = d->fault_count == 0
	    ? NULL
	    : bsearch(
		  &raw, d->faults, d->fault_count, sizeof(*d->faults), by_raw);

	if (fault != NULL)
		return fault->number;
	return raw == 0 ? DERIVE_FAULT_NONE : DERIVE_FAULT_OTHER;
}

static void
take_fault(
    const struct derive *d, const struct source *from, struct reading *out)
{
	struct derive_input in = from->get(from->context, d->fault_point);
	struct quality q = join(GOOD, in.quality);
	int64_t raw;
	bool fits;

	if (is_usable(q) && !whole(&in.value, &raw, &fits))
		q = (struct quality){.code = QUALITY_BAD_DECODE};
	if (!is_usable(q)) {
		set_none(out, q);
		return;
	}
	out->quality = q;
	out->value = (struct value){.type = VALUE_ENUM,
	    .i = fits ? look_up(d, raw) : DERIVE_FAULT_OTHER};
}

void
derive_take(const struct derive *d, struct derive_state *s,
    struct derive_input (*get)(const void *context, uint16_t point),
    const void *context, int64_t now_ms, struct reading *out)
{
	const struct source from = {get, context, now_ms};

	if (d->expr != NULL)
		take_expr(d, s, &from, out);
	else
		take_fault(d, &from, out);
}
