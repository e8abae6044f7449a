/*
 * expr_parse.c - text -> the operations of an expression
 *
 * By recursive descent, a function for each strength of binding, with one token
 * looked at ahead.  A function leaves what it read as an operand; operations
 * are put as soon as both sides were read, so their order is right by itself.
 * Nesting is counted wherever a function calls one that binds weaker, or
 * itself: neither this stack nor that of expr_eval depends on the input.
 *
 * The first mistake ends the reading: later ones would be guesses.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/measure/expr_lex.h"
#include "gateway/measure/expr_operand.h"

#define SPAN_MIN_MS 1000
#define SPAN_MAX_MS 86400000

struct parser {
	struct draft draft;
	struct expr_token token; /* the one that is looked at */
	struct expr_token before; /* the one that was read last */
	unsigned depth;
};

static bool parse_or(struct parser *p, struct operand *out);

/* ---- tokens ---- */

static bool
refuse(struct parser *p, size_t at, const char *why)
{
	return expr_refuse(p->draft.fault, at, "%s", why);
}

static bool
advance(struct parser *p)
{
	p->before = p->token;
	return expr_lex(p->draft.text, p->draft.scope, p->before.end, &p->token,
	    p->draft.fault);
}

static int
length(const struct expr_token *t)
{
	size_t len = t->end - t->at;

	return len > EXPR_NAME_MAX ? EXPR_NAME_MAX : (int)len;
}

static bool
deeper(struct parser *p)
{
	if (p->depth++ < EXPR_DEPTH_MAX)
		return true;
	return expr_refuse(p->draft.fault, p->token.at,
	    "is nested more than %d deep; split it into several derived points",
	    EXPR_DEPTH_MAX);
}

/* ---- mistakes of form ---- */

/* A value should begin here. */
static bool
refuse_no_value(struct parser *p)
{
	const char *text = p->draft.text;
	const struct expr_token *t = &p->token, *b = &p->before;

	if (t->kind == TOKEN_END && b->end == 0)
		return refuse(p, 0,
		    "is empty; write an expression such as 100 * "
		    "apparent_power / rating.kva");
	if (t->kind == TOKEN_END)
		return expr_refuse(p->draft.fault, t->at,
		    "ends too early; a value is missing after %.*s", length(b),
		    text + b->at);
	if (t->kind == TOKEN_TIME)
		return refuse(p, t->at,
		    "a time stands only in rate and drop: rate(pressure, 60s)");
	if (t->kind == TOKEN_NOT)
		return refuse(p, t->at,
		    "not stands before a condition; write it in brackets: "
		    "(not moving)");
	if (t->kind == TOKEN_PLUS && b->end == 0)
		return refuse(p, t->at, "a number has no + before it; drop it");
	return expr_refuse(p->draft.fault, t->at,
	    "a value is missing before %.*s", length(t), text + t->at);
}

/* An operator should stand here, or in brackets their end. */
static bool
refuse_no_operator(struct parser *p, bool in_brackets)
{
	const char *word = p->draft.text + p->token.at;
	const struct expr_token *t = &p->token;
	int len = length(t);

	if (t->kind == TOKEN_END)
		return refuse(p, t->at, "ends too early; ) is missing");
	if (t->kind == TOKEN_CLOSE && !in_brackets)
		return refuse(p, t->at, ") has no ( before it");
	if (t->kind == TOKEN_COMMA)
		return refuse(p, t->at,
		    "a comma stands only between the values of a function; "
		    "write a number as 0.5");
	if (t->kind == TOKEN_NAME &&
	    ((len == 3 && strncasecmp(word, "and", 3) == 0) ||
		(len == 2 && strncasecmp(word, "or", 2) == 0)))
		return expr_refuse(p->draft.fault, t->at,
		    "%.*s is written in small letters", len, word);
	return expr_refuse(p->draft.fault, t->at,
	    "an operator is missing before %.*s", len, word);
}

static bool
take_close(struct parser *p)
{
	if (p->token.kind != TOKEN_CLOSE)
		return refuse_no_operator(p, true);
	return advance(p);
}

/* ---- values ---- */

/* A value that stands alone, for which one operation is put. */
static bool
take_leaf(struct parser *p, enum operand_kind kind, struct operand *out)
{
	*out = (struct operand){.kind = (uint8_t)kind,
	    .at = p->token.at,
	    .end = p->token.end,
	    .op = p->draft.count};
	return draft_put(&p->draft, EXPR_OP_NUMBER, p->token.at) && advance(p);
}

static bool
parse_literal(struct parser *p, struct operand *out)
{
	bool is_number = p->token.kind == TOKEN_NUMBER;
	double value =
	    is_number ? p->token.number : p->token.kind == TOKEN_TRUE;

	if (!take_leaf(p, is_number ? OPERAND_NUMBER : OPERAND_TRUTH, out))
		return false;
	out->literal = true;
	draft_number(&p->draft, out->op, value);
	return true;
}

static bool
parse_brackets(struct parser *p, struct operand *out)
{
	size_t at = p->token.at;

	if (!deeper(p) || !advance(p) || !parse_or(p, out) ||
	    !operand_settle(&p->draft, out) || !take_close(p))
		return false;
	p->depth--;
	out->at = at;
	out->end = p->before.end;
	out->literal = false;
	return true;
}

/* ---- functions ---- */

struct function {
	uint8_t code; /* enum expr_code; of a window enum expr_input_kind */
	bool (*parse)(
	    struct parser *p, const struct function *f, struct operand *out);
	const char *wants;
};

static bool parse_one(
    struct parser *p, const struct function *f, struct operand *out);
static bool parse_several(
    struct parser *p, const struct function *f, struct operand *out);
static bool parse_window(
    struct parser *p, const struct function *f, struct operand *out);

static const struct function functions[] = {
    [FUNCTION_MIN] = {EXPR_OP_MIN, parse_several,
	"min wants two values or more: min(a, b)"},
    [FUNCTION_MAX] = {EXPR_OP_MAX, parse_several,
	"max wants two values or more: max(a, b)"},
    [FUNCTION_ABS] = {EXPR_OP_ABS, parse_one, "abs wants one value: abs(a)"},
    [FUNCTION_SQRT] = {EXPR_OP_SQRT, parse_one,
	"sqrt wants one value: sqrt(a)"},
    [FUNCTION_RATE] = {EXPR_RATE, parse_window,
	"rate wants a point and a time: rate(pressure, 60s)"},
    [FUNCTION_DROP] = {EXPR_DROP, parse_window,
	"drop wants a point and a time: drop(pressure, 60s)"},
};

static bool
parse_value(struct parser *p, const struct function *f, struct operand *out)
{
	if (p->token.kind == TOKEN_CLOSE)
		return refuse(p, p->token.at, f->wants);
	return parse_or(p, out) && operand_number(&p->draft, out);
}

static bool
parse_one(struct parser *p, const struct function *f, struct operand *out)
{
	if (!parse_value(p, f, out))
		return false;
	if (p->token.kind == TOKEN_COMMA)
		return refuse(p, p->token.at, f->wants);
	return draft_put(&p->draft, f->code, p->before.at);
}

/* min(a, b, c) is min(min(a, b), c). */
static bool
parse_several(struct parser *p, const struct function *f, struct operand *out)
{
	struct operand next;

	if (!parse_value(p, f, out))
		return false;
	if (p->token.kind == TOKEN_CLOSE)
		return refuse(p, p->token.at, f->wants);
	while (p->token.kind == TOKEN_COMMA)
		if (!advance(p) || !parse_value(p, f, &next) ||
		    !draft_put(&p->draft, f->code, next.at))
			return false;
	return true;
}

static bool
take_time(struct parser *p, const struct function *f, uint32_t *ms)
{
	const struct expr_token *t = &p->token;
	const char *text = p->draft.text + t->at;

	if (t->kind == TOKEN_NUMBER)
		return expr_refuse(p->draft.fault, t->at,
		    "\"%.*s\" has no unit; write a time such as 60s", length(t),
		    text);
	if (t->kind != TOKEN_TIME)
		return refuse(p, t->at, f->wants);
	if (t->number < SPAN_MIN_MS || t->number > SPAN_MAX_MS)
		return expr_refuse(p->draft.fault, t->at,
		    "\"%.*s\" is out of range; write 1s to 1d", length(t),
		    text);
	*ms = (uint32_t)t->number;
	return advance(p);
}

static bool
parse_window(struct parser *p, const struct function *f, struct operand *out)
{
	uint32_t ms = 0;

	if (p->token.kind != TOKEN_NAME)
		return refuse(p, p->token.at, f->wants);
	if (!take_leaf(p, OPERAND_WORD, out))
		return false;
	if (p->token.kind != TOKEN_COMMA)
		return refuse(p, p->token.at, f->wants);
	if (!advance(p) || !take_time(p, f, &ms))
		return false;
	if (p->token.kind != TOKEN_CLOSE)
		return refuse(p, p->token.at, f->wants);
	return operand_window(&p->draft, out, f->code, ms);
}

/* The name was read, its bracket is looked at. */
static bool
parse_call(struct parser *p, struct operand *out)
{
	const struct expr_token name = p->before;
	const struct function *f;
	int found = expr_function(p->draft.text + name.at, name.end - name.at);

	if (found < 0)
		return expr_refuse(p->draft.fault, name.at,
		    "\"%.*s\" is no function; there are min, max, abs, sqrt, "
		    "rate and drop",
		    length(&name), p->draft.text + name.at);
	f = &functions[found];
	if (!deeper(p) || !advance(p) || !f->parse(p, f, out) || !take_close(p))
		return false;
	p->depth--;
	*out = (struct operand){.kind = OPERAND_NUMBER,
	    .at = name.at,
	    .end = p->before.end,
	    .op = p->draft.count - 1};
	return true;
}

/* What the name means shows by what stands beside it. */
static bool
parse_word(struct parser *p, struct operand *out)
{
	size_t place = p->draft.count;

	if (!take_leaf(p, OPERAND_WORD, out))
		return false;
	if (p->token.kind != TOKEN_OPEN)
		return true;
	p->draft.count = place; /* a function's: it puts its own */
	return parse_call(p, out);
}

static bool
parse_primary(struct parser *p, struct operand *out)
{
	switch (p->token.kind) {
	case TOKEN_NUMBER:
	case TOKEN_TRUE:
	case TOKEN_FALSE: return parse_literal(p, out);
	case TOKEN_NAME: return parse_word(p, out);
	case TOKEN_QUOTED: return take_leaf(p, OPERAND_QUOTED, out);
	case TOKEN_OPEN: return parse_brackets(p, out);
	default: return refuse_no_value(p);
	}
}

/* ---- operators, the strongest first ---- */

static bool
parse_sign(struct parser *p, struct operand *out)
{
	size_t at = p->token.at;
	struct draft *d = &p->draft;

	if (p->token.kind != TOKEN_MINUS)
		return parse_primary(p, out);
	if (!deeper(p) || !advance(p) || !parse_sign(p, out) ||
	    !operand_number(d, out))
		return false;
	p->depth--;
	out->at = at;
	if (out->literal && out->kind == OPERAND_NUMBER) {
		draft_number(d, out->op, -d->ops[out->op].op.value);
		return true;
	}
	*out = (struct operand){
	    .kind = OPERAND_NUMBER, .at = at, .end = out->end, .op = d->count};
	return draft_put(d, EXPR_OP_NEGATE, at);
}

/* Two operands and the operation on them, which gives such a kind. */
static bool
join(struct parser *p, enum expr_code code, enum operand_kind kind,
    struct operand *left, const struct operand *right, size_t at)
{
	*left = (struct operand){.kind = (uint8_t)kind,
	    .at = left->at,
	    .end = right->end,
	    .op = p->draft.count};
	return draft_put(&p->draft, code, at);
}

static bool
join_numbers(struct parser *p, enum expr_code code, struct operand *left,
    struct operand *right, size_t at)
{
	struct draft *d = &p->draft;

	if (!operand_number(d, left) || !operand_number(d, right))
		return false;
	if (code == EXPR_OP_DIVIDE && right->literal &&
	    d->ops[right->op].op.value == 0)
		return refuse(p, right->at, "nothing can be divided by 0");
	return join(p, code, OPERAND_NUMBER, left, right, at);
}

static bool
parse_product(struct parser *p, struct operand *left)
{
	struct operand right;

	if (!parse_sign(p, left))
		return false;
	while (p->token.kind == TOKEN_TIMES || p->token.kind == TOKEN_DIVIDE) {
		enum expr_code code = p->token.kind == TOKEN_TIMES
		    ? EXPR_OP_MULTIPLY
		    : EXPR_OP_DIVIDE;
		size_t at = p->token.at;

		if (!advance(p) || !parse_sign(p, &right) ||
		    !join_numbers(p, code, left, &right, at))
			return false;
	}
	return true;
}

static bool
parse_sum(struct parser *p, struct operand *left)
{
	struct operand right;

	if (!parse_product(p, left))
		return false;
	while (p->token.kind == TOKEN_PLUS || p->token.kind == TOKEN_MINUS) {
		enum expr_code code = p->token.kind == TOKEN_PLUS
		    ? EXPR_OP_ADD
		    : EXPR_OP_SUBTRACT;
		size_t at = p->token.at;

		if (!advance(p) || !parse_product(p, &right) ||
		    !join_numbers(p, code, left, &right, at))
			return false;
	}
	return true;
}

static bool
is_comparison(const struct expr_token *t)
{
	return t->kind >= TOKEN_BELOW && t->kind <= TOKEN_ABOVE;
}

static bool
parse_comparison(struct parser *p, struct operand *left)
{
	struct operand right;
	size_t at;
	enum expr_code code;

	if (!parse_sum(p, left))
		return false;
	if (!is_comparison(&p->token))
		return true;
	at = p->token.at;
	code = EXPR_OP_BELOW + (p->token.kind - TOKEN_BELOW);
	if (!advance(p) || !parse_sum(p, &right))
		return false;
	if (is_comparison(&p->token))
		return refuse(p, p->token.at,
		    "comparisons are not chained; write a < b and b < c");
	return operand_compare(&p->draft, code, left, &right) &&
	    join(p, code, OPERAND_TRUTH, left, &right, at);
}

static bool
parse_not(struct parser *p, struct operand *out)
{
	size_t at = p->token.at;

	if (p->token.kind != TOKEN_NOT)
		return parse_comparison(p, out);
	if (!deeper(p) || !advance(p) || !parse_not(p, out) ||
	    !operand_truth(&p->draft, out))
		return false;
	p->depth--;
	*out = (struct operand){.kind = OPERAND_TRUTH,
	    .at = at,
	    .end = out->end,
	    .op = p->draft.count};
	return draft_put(&p->draft, EXPR_OP_NOT, at);
}

static bool
join_truths(struct parser *p, enum expr_code code, struct operand *left,
    struct operand *right, size_t at)
{
	return operand_truth(&p->draft, left) &&
	    operand_truth(&p->draft, right) &&
	    join(p, code, OPERAND_TRUTH, left, right, at);
}

static bool
parse_and(struct parser *p, struct operand *left)
{
	struct operand right;

	if (!parse_not(p, left))
		return false;
	while (p->token.kind == TOKEN_AND) {
		size_t at = p->token.at;

		if (!advance(p) || !parse_not(p, &right) ||
		    !join_truths(p, EXPR_OP_AND, left, &right, at))
			return false;
	}
	return true;
}

static bool
parse_or(struct parser *p, struct operand *left)
{
	struct operand right;

	if (!parse_and(p, left))
		return false;
	while (p->token.kind == TOKEN_OR) {
		size_t at = p->token.at;

		if (!advance(p) || !parse_and(p, &right) ||
		    !join_truths(p, EXPR_OP_OR, left, &right, at))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

static bool
parse_whole(struct parser *p, enum point_form *form)
{
	struct draft *d = &p->draft;
	struct operand whole;

	if (strnlen(d->text, EXPR_TEXT_MAX + 1) > EXPR_TEXT_MAX)
		return expr_refuse(d->fault, EXPR_TEXT_MAX,
		    "is longer than %d bytes; split it into several derived "
		    "points",
		    EXPR_TEXT_MAX);
	if (!advance(p) || !parse_or(p, &whole))
		return false;
	if (p->token.kind != TOKEN_END)
		return refuse_no_operator(p, false);
	if (!operand_number(d, &whole)) /* an enumeration is no result */
		return false;
	*form = whole.kind == OPERAND_TRUTH ? FORM_BOOL : FORM_NUMBER;
	return true;
}

const struct expr *
expr_parse(const char *text, const struct expr_scope *scope,
    struct arena *memory, struct expr_fault *fault)
{
	struct parser p = {
	    .draft = {.text = text, .scope = scope, .fault = fault}};
	enum point_form form = FORM_NUMBER;

	*fault = (struct expr_fault){.meaning = EXPR_CONSTANT};
	if (!parse_whole(&p, &form))
		return NULL;
	return draft_finish(&p.draft, form, memory);
}
