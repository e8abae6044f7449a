/* expr_help.h - parsing and evaluating in a test */
#ifndef EXPR_HELP_H
#define EXPR_HELP_H

#include <check.h>

#include "tests/expr_scope.h"

/* ---- values ---- */

static const double points[POINTS] = {
    [LOAD] = 84,
    [PRESSURE] = 0.42,
    [L1] = 100,
    [L2] = 120,
    [L3] = 110,
    [MOVING] = 1,
    [BUTTON] = 0,
    [DOOR] = 2,
    [INNER_DOOR] = 1,
    [MODE] = 1,
    [PUMP_HOURS] = 17,
    [OPEN] = 1000,
    [SERIAL] = 0,
};

/* Of a rate: 0.5, of a drop: 0.25. */
static inline bool
eval(const struct expr *e, double *out)
{
	double values[EXPR_INPUTS_MAX];
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	for (size_t i = 0; i < count; i++)
		values[i] = inputs[i].kind == EXPR_RATE ? 0.5
		    : inputs[i].kind == EXPR_DROP	? 0.25
						  : points[inputs[i].point];
	return expr_eval(e, values, out);
}

/* ---- parsing ---- */

static struct arena *memory; /* of one test */

static inline void
setup(void)
{
	memory = arena_new();
}

static inline void
teardown(void)
{
	arena_free(memory);
}

static inline const struct expr *
parse(const char *text)
{
	struct expr_fault fault;
	const struct expr *e = expr_parse(text, &scope, memory, &fault);

	ck_assert_msg(e, "\"%s\": byte %zu: %s", text, fault.at, fault.why);
	return e;
}

static inline struct expr_fault
refused(const char *text)
{
	struct expr_fault fault;

	ck_assert_msg(
	    !expr_parse(text, &scope, memory, &fault), "\"%s\" is taken", text);
	return fault;
}

#endif
