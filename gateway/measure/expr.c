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
