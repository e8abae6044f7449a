/*
 * fuzz_expr.c - any bytes as an expression, and what must hold
 *
 * Up to the first NUL.  Either there is an expression, which can be evaluated
 * whatever its inputs are, and whose answer changes at its thresholds only, if
 * it has any; or there is a mistake with a place in the text and a
 * sentence of one line.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "tests/expr_scope.h"

#define ROUNDS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_line(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	if (len == room)
		return false;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char(text + i, len - i);

		if (n == 0 || (uint8_t)text[i] < ' ' || text[i] == 0x7f)
			return false;
		i += n;
	}
	return true;
}

static void
check_fault(const char *text, const struct expr_fault *f)
{
	assert(f->at <= strlen(text));
	assert(f->why[0] != '\0' && is_line(f->why, sizeof(f->why)));
	assert(is_line(f->name, sizeof(f->name)));
	assert(f->meaning == EXPR_UNKNOWN || f->meaning == EXPR_ABSENT ||
	    f->meaning == EXPR_CONSTANT);
	assert((f->name[0] == '\0') == (f->meaning == EXPR_CONSTANT) ||
	    strstr(text, "''"));
}

/* Small numbers, so that divisions by nothing are met, and some monsters. */
static double
some_number(unsigned *seed)
{
	static const double monsters[] = {
	    -0.0, 1e308, -1e308, 5e-324, 0x1p63, NAN, INFINITY};
	unsigned r;

	*seed = *seed * 1103515245 + 12345;
	r = *seed >> 16;
	if (r % 8 == 0)
		return monsters[r / 8 % 7];
	return (double)(r / 8 % 9) - 4;
}

/* Two numbers between which no threshold lies have one answer. */
static void
check_thresholds(const struct expr *e, unsigned seed)
{
	double at[EXPR_THRESHOLDS_MAX], a = some_number(&seed),
					b = some_number(&seed), of_a, of_b;
	size_t count = expr_thresholds(e, at);

	assert(count <= EXPR_THRESHOLDS_MAX);
	if (count == 0 || !isfinite(a) || !isfinite(b))
		return;
	assert(expr_form(e) == FORM_BOOL);
	for (size_t i = 0; i < count; i++) {
		assert(isfinite(at[i]));
		if (fmin(a, b) <= at[i] && at[i] <= fmax(a, b))
			return;
	}
	assert(expr_eval(e, &a, &of_a) && expr_eval(e, &b, &of_b));
	assert(of_a == of_b);
}

static void
check_expr(const struct expr *e, unsigned seed)
{
	double values[EXPR_INPUTS_MAX], out;
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	assert(expr_form(e) == FORM_NUMBER || expr_form(e) == FORM_BOOL);
	assert(count <= EXPR_INPUTS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(inputs[i].point < POINTS);
		assert(
		    (inputs[i].kind == EXPR_VALUE) == (inputs[i].span_ms == 0));
	}
	for (int round = 0; round < ROUNDS; round++) {
		check_thresholds(e, seed + (unsigned)round);
		for (size_t i = 0; i < count; i++) {
			bool truth = inputs[i].kind == EXPR_VALUE &&
			    meanings[inputs[i].point].is.form == FORM_BOOL;
			double number = some_number(&seed);

			values[i] = truth ? number > 0 : number;
		}
		if (!expr_eval(e, values, &out))
			continue;
		assert(isfinite(out) && (out != 0 || !signbit(out)));
		assert(expr_form(e) == FORM_NUMBER || out == 0 || out == 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *memory = arena_new();
	char *text = strndup((const char *)data, size);
	struct expr_fault fault;
	const struct expr *e = expr_parse(text, &scope, memory, &fault);

	if (e != NULL)
		check_expr(e, (unsigned)size);
	else
		check_fault(text, &fault);
	free(text);
	arena_free(memory);
	return 0;
}
