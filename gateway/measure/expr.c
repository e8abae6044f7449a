/*
 * expr.c - evaluates what expr_parse.c has made of an expression
 *
 * "No result" is a NaN on the stack, which every operation hands on; what is
 * not finite becomes one at once, or 1 / (something too large) would be a 0
 * that looks right.  Only `and` and `or` can do without their right side, so
 * that `flow != 0 and volume / flow > 5` has a result when nothing flows.
 */
#include <assert.h>
#include <math.h>

#include "gateway/base/crc32c.h"
#include "gateway/measure/expr_ops.h"

uint8_t
expr_form(const struct expr *e)
{
	return e->form;
}

const struct expr_input *
expr_inputs(const struct expr *e, size_t *count)
{
	*count = e->input_count;
	return e->inputs;
}

uint32_t
expr_checksum(const struct expr *e)
{
	uint32_t sum = 0;

	/* Field by field: what lies between them is not defined. */
	for (size_t i = 0; i < e->input_count; i++) {
		const struct expr_input *in = &e->inputs[i];

		sum = crc32c(sum, &in->kind, sizeof(in->kind));
		sum = crc32c(sum, &in->point, sizeof(in->point));
		sum = crc32c(sum, &in->span_ms, sizeof(in->span_ms));
	}
	for (size_t i = 0; i < e->op_count; i++) {
		const struct expr_op *op = &e->ops[i];

		sum = crc32c(sum, &op->code, sizeof(op->code));
		sum = crc32c(sum, &op->input, sizeof(op->input));
		sum = crc32c(sum, &op->value, sizeof(op->value));
	}
	return sum;
}

static double
of_one(uint8_t code, double x)
{
	if (isnan(x))
		return NAN;
	switch (code) {
	case EXPR_OP_NEGATE: return -x;
	case EXPR_OP_ABS: return fabs(x);
	case EXPR_OP_SQRT: return x < 0 ? NAN : sqrt(x);
	default: assert(code == EXPR_OP_NOT); return x == 0;
	}
}

static double
of_truths(uint8_t code, double left, double right)
{
	if (isnan(left))
		return NAN;
	if (code == EXPR_OP_AND)
		return left == 0 ? 0 : right;
	return left == 0 ? right : 1;
}

static double
of_two(uint8_t code, double left, double right)
{
	if (code == EXPR_OP_AND || code == EXPR_OP_OR)
		return of_truths(code, left, right);
	if (isnan(left) || isnan(right))
		return NAN;
	switch (code) {
	case EXPR_OP_ADD: return left + right;
	case EXPR_OP_SUBTRACT: return left - right;
	case EXPR_OP_MULTIPLY: return left * right;
	case EXPR_OP_DIVIDE: return right == 0 ? NAN : left / right;
	case EXPR_OP_MIN: return left < right ? left : right;
	case EXPR_OP_MAX: return left > right ? left : right;
	case EXPR_OP_BELOW: return left < right;
	case EXPR_OP_AT_MOST: return left <= right;
	case EXPR_OP_EQUAL: return left == right;
	case EXPR_OP_DIFFERENT: return left != right;
	case EXPR_OP_AT_LEAST: return left >= right;
	default: assert(code == EXPR_OP_ABOVE); return left > right;
	}
}

bool
expr_eval(const struct expr *e, const double *values, double *out)
{
	double stack[EXPR_STACK_MAX];
	size_t n = 0;

	for (size_t i = 0; i < e->op_count; i++) {
		const struct expr_op *op = &e->ops[i];

		if (op->code == EXPR_OP_NUMBER)
			stack[n++] = op->value;
		else if (op->code == EXPR_OP_INPUT)
			stack[n++] = values[op->input];
		else if (op->code < EXPR_OP_ADD)
			stack[n - 1] = of_one(op->code, stack[n - 1]);
		else {
			n--;
			stack[n - 1] = of_two(op->code, stack[n - 1], stack[n]);
		}
		if (!isfinite(stack[n - 1]))
			stack[n - 1] = NAN;
	}
	assert(n == 1);
	if (isnan(stack[0]))
		return false;
	*out = stack[0] + 0.0; /* -0 + 0 is 0 */
	return true;
}

/* ---- thresholds ---- */

enum part_kind { PART_NUMBER, PART_INPUT, PART_CONDITION };

/* What stands on the stack when the input is not known. */
struct part {
	uint8_t kind; /* enum part_kind */
	double number; /* of PART_NUMBER */
};

struct thresholds {
	size_t count;
	double *numbers;
};

static bool
is_order(uint8_t code)
{
	return code == EXPR_OP_BELOW || code == EXPR_OP_AT_MOST ||
	    code == EXPR_OP_AT_LEAST || code == EXPR_OP_ABOVE;
}

/* The input on one side, a number on the other. */
static bool
take_threshold(
    struct thresholds *t, const struct part *left, const struct part *right)
{
	const struct part *number = left->kind == PART_NUMBER ? left : right;
	const struct part *other = number == left ? right : left;

	if (number->kind != PART_NUMBER || other->kind != PART_INPUT ||
	    t->count == EXPR_THRESHOLDS_MAX)
		return false;
	t->numbers[t->count++] = number->number;
	return true;
}

/* A number may be one, too: place.floors >= 1. */
static bool
are_conditions(uint8_t code, const struct part *left, const struct part *right)
{
	return (code == EXPR_OP_AND || code == EXPR_OP_OR) &&
	    left->kind != PART_INPUT && right->kind != PART_INPUT;
}

static bool
change_part(uint8_t code, struct part *p)
{
	if (p->kind == PART_NUMBER)
		p->number = of_one(code, p->number);
	return p->kind == PART_NUMBER ? isfinite(p->number)
				      : p->kind == PART_CONDITION;
}

static bool
join_parts(struct thresholds *t, uint8_t code, struct part *left,
    const struct part *right)
{
	if (left->kind == PART_NUMBER && right->kind == PART_NUMBER) {
		left->number = of_two(code, left->number, right->number);
		return isfinite(left->number);
	}
	if (is_order(code) ? !take_threshold(t, left, right)
			   : !are_conditions(code, left, right))
		return false;
	left->kind = PART_CONDITION;
	return true;
}

size_t
expr_thresholds(const struct expr *e, double out[static EXPR_THRESHOLDS_MAX])
{
	struct thresholds t = {.numbers = out};
	struct part stack[EXPR_STACK_MAX];
	size_t n = 0;

	if (e->input_count != 1 || e->inputs[0].kind != EXPR_VALUE)
		return 0;
	for (size_t i = 0; i < e->op_count; i++) {
		const struct expr_op *op = &e->ops[i];

		if (op->code == EXPR_OP_NUMBER)
			stack[n++] = (struct part){PART_NUMBER, op->value};
		else if (op->code == EXPR_OP_INPUT)
			stack[n++] = (struct part){PART_INPUT, 0};
		else if (op->code < EXPR_OP_ADD) {
			if (!change_part(op->code, &stack[n - 1]))
				return 0;
		} else {
			n--;
			if (!join_parts(&t, op->code, &stack[n - 1], &stack[n]))
				return 0;
		}
	}
	return t.count;
}
