/*
 * expr_operand.h - what stands on a side of an operator, and whether it may
 * stand there; for the parser alone
 *
 * Each returns false with the draft's fault.
 */
#ifndef EXPR_OPERAND_H
#define EXPR_OPERAND_H

#include "gateway/measure/expr_draft.h"

enum operand_kind {
	OPERAND_NUMBER,
	OPERAND_TRUTH,
	OPERAND_ENUM, /* of a point */
	OPERAND_WORD, /* a name; what it means is open */
	OPERAND_QUOTED, /* a name in quotes; the same */
};

struct operand {
	uint8_t kind; /* enum operand_kind */
	bool literal; /* a number, true or false as written */
	size_t at, end; /* bytes of the text */
	size_t op; /* the draft's last operation of it */
	uint16_t name_count; /* of OPERAND_ENUM */
	const struct enum_name *names;
};

/* One of the first three kinds, if it stands alone. */
bool operand_settle(struct draft *d, struct operand *o);

bool operand_number(struct draft *d, struct operand *o); /* or 0 or 1 */
bool operand_truth(struct draft *d, struct operand *o);

/* The two sides of a comparison. */
bool operand_compare(struct draft *d, enum expr_code code, struct operand *left,
    struct operand *right);

/* A word that is a point's name, with the change or the drop of that point. */
bool operand_window(struct draft *d, struct operand *o,
    enum expr_input_kind kind, uint32_t span_ms);

#endif
