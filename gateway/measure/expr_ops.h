/*
 * expr_ops.h - an expression as it is kept; for expr.c and expr_parse.c alone
 *
 * Postfix: each operation takes its values from a stack and leaves one there.
 * Truth values are 0 and 1.
 */
#ifndef EXPR_OPS_H
#define EXPR_OPS_H

#include "gateway/measure/expr.h"

enum expr_code {
	EXPR_OP_NUMBER, /* puts value */
	EXPR_OP_INPUT, /* puts the input's */
	EXPR_OP_NEGATE, /* of one value ... */
	EXPR_OP_ABS,
	EXPR_OP_SQRT,
	EXPR_OP_NOT,
	EXPR_OP_ADD, /* of two, from here on */
	EXPR_OP_SUBTRACT,
	EXPR_OP_MULTIPLY,
	EXPR_OP_DIVIDE,
	EXPR_OP_MIN,
	EXPR_OP_MAX,
	EXPR_OP_BELOW,
	EXPR_OP_AT_MOST,
	EXPR_OP_EQUAL,
	EXPR_OP_DIFFERENT,
	EXPR_OP_AT_LEAST,
	EXPR_OP_ABOVE,
	EXPR_OP_AND,
	EXPR_OP_OR,
};

struct expr_op {
	uint8_t code; /* enum expr_code */
	uint16_t input; /* of EXPR_OP_INPUT */
	double value; /* of EXPR_OP_NUMBER */
};

struct expr {
	uint8_t form; /* enum point_form */
	uint16_t input_count, op_count;
	const struct expr_input *inputs;
	const struct expr_op *ops;
};

/* What may wait on the stack: at each depth of nesting a left side of or, and,
 * a comparison, a sum and a product, and what a min or max has so far; and the
 * value at the end. */
#define EXPR_STACK_MAX (6 * (EXPR_DEPTH_MAX + 1) + 1)

#endif
