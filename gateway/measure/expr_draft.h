/*
 * expr_draft.h - an expression while it is read; for the parser alone
 *
 * The parser puts operations in the order in which they are to be done.  What a
 * name means may show later than its place: `open == door` is settled when
 * `door` was read.  So a name first takes a place and is filled in afterwards.
 */
#ifndef EXPR_DRAFT_H
#define EXPR_DRAFT_H

#include "gateway/measure/expr_ops.h"

struct draft_op {
	struct expr_op op; /* its input is numbered at the end */
	struct expr_input input; /* of EXPR_OP_INPUT */
	size_t at; /* byte in the text */
};

struct draft {
	const char *text;
	const struct expr_scope *scope;
	struct expr_fault *fault; /* the mistake, or what is absent */
	bool absent; /* a name without a value was met; counted as 1 */
	size_t count;
	struct draft_op ops[EXPR_OPS_MAX];
};

/* False with the fault if there are too many. */
bool draft_put(struct draft *d, enum expr_code code, size_t at);

/* Fills the place of a leaf. */
void draft_number(struct draft *d, size_t op, double value);
void draft_input(struct draft *d, size_t op, enum expr_input_kind kind,
    uint16_t point, uint32_t span_ms);

/* A name that has no value, at byte at: a fault at the end, if there is no
 * other. */
void draft_absent(struct draft *d, size_t at, const char *name);

/* Lives in memory; NULL with the fault. */
const struct expr *draft_finish(
    struct draft *d, enum point_form form, struct arena *memory);

#endif
