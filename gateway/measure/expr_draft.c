/*
 * expr_draft.c - an expression while it is read
 *
 * Inputs are numbered at the end, in the order of the text: who asks which
 * point is the first in a condition gets the one that a reader sees first.
 */
#include "gateway/measure/expr_draft.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/measure/expr_lex.h"

bool
draft_put(struct draft *d, enum expr_code code, size_t at)
{
	if (d->count == EXPR_OPS_MAX)
		return expr_refuse(d->fault, at,
		    "there are more than %d values and operators; split it "
		    "into several derived points",
		    EXPR_OPS_MAX);
	d->ops[d->count++] =
	    (struct draft_op){.op = {.code = (uint8_t)code}, .at = at};
	return true;
}

void
draft_number(struct draft *d, size_t op, double value)
{
	assert(isfinite(value));
	d->ops[op].op.code = EXPR_OP_NUMBER;
	d->ops[op].op.value = value;
}

void
draft_input(struct draft *d, size_t op, enum expr_input_kind kind,
    uint16_t point, uint32_t span_ms)
{
	d->ops[op].op.code = EXPR_OP_INPUT;
	d->ops[op].input = (struct expr_input){
	    .kind = (uint8_t)kind, .point = point, .span_ms = span_ms};
}

void
draft_absent(struct draft *d, size_t at, const char *name)
{
	if (d->absent)
		return;
	d->absent = true;
	expr_refuse(d->fault, at, "\"%s\" is not given", name);
	d->fault->meaning = EXPR_ABSENT;
	snprintf(d->fault->name, sizeof(d->fault->name), "%s", name);
}

static bool
same_input(const struct expr_input *a, const struct expr_input *b)
{
	return a->kind == b->kind && a->point == b->point &&
	    a->span_ms == b->span_ms;
}

/* False if it is one too many. */
static bool
number_input(struct draft_op *op, struct expr_input *inputs, uint16_t *count)
{
	uint16_t i = 0;

	while (i < *count && !same_input(&inputs[i], &op->input))
		i++;
	op->op.input = i;
	if (i < *count)
		return true;
	if (i == EXPR_INPUTS_MAX)
		return false;
	inputs[(*count)++] = op->input;
	return true;
}

static bool
number_inputs(struct draft *d, struct expr_input *inputs, uint16_t *count)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->ops[i].op.code == EXPR_OP_INPUT &&
		    !number_input(&d->ops[i], inputs, count))
			return expr_refuse(d->fault, d->ops[i].at,
			    "there are more than %d points, rates and drops; "
			    "split it into several derived points",
			    EXPR_INPUTS_MAX);
	return true;
}

/* The most that waits on the stack. */
static size_t
height(const struct draft *d)
{
	size_t now = 0, most = 0;

	for (size_t i = 0; i < d->count; i++) {
		if (d->ops[i].op.code <= EXPR_OP_INPUT)
			now++;
		else if (d->ops[i].op.code >= EXPR_OP_ADD)
			now--;
		most = now > most ? now : most;
	}
	assert(now == 1);
	return most;
}

const struct expr *
draft_finish(struct draft *d, enum point_form form, struct arena *memory)
{
	struct expr_input inputs[EXPR_INPUTS_MAX];
	struct expr_op ops[EXPR_OPS_MAX];
	struct expr e = {0};
	uint16_t count = 0;

	if (d->absent || !number_inputs(d, inputs, &count))
		return NULL;
	assert(height(d) <= EXPR_STACK_MAX);
	for (size_t i = 0; i < d->count; i++)
		ops[i] = d->ops[i].op;
	e.form = (uint8_t)form;
	e.input_count = count;
	e.op_count = (uint16_t)d->count;
	e.inputs = arena_once(memory, inputs, count * sizeof(*inputs));
	e.ops = arena_once(memory, ops, d->count * sizeof(*ops));
	return arena_once(memory, &e, sizeof(e));
}
