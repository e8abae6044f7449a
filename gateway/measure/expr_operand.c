/*
 * expr_operand.c - what stands on a side of an operator, and whether it may
 *
 * Three kinds of value: numbers, truth values, enumerations.  What is refused
 * is what could be computed but was hardly meant: a number as a condition, an
 * enumeration as a number, names of one enumeration beside a point of another.
 */
#include "gateway/measure/expr_operand.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/measure/expr_lex.h"

#define SAID_MAX 44 /* an operand as it is cited, with its NUL */
#define LIST_MAX 100 /* the names of an enumeration */
#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define WHOLE_MAX 0x1p53 /* above, doubles skip whole numbers */

/* ---- sentences ---- */

/* The operand as it was written, in double quotes if `quoted`, else "this". */
static const char *
said(const struct draft *d, const struct operand *o, bool quoted,
    char out[SAID_MAX])
{
	const char *text = d->text + o->at;
	size_t len = o->end - o->at;
	const char *quote = quoted ? "\"" : "";

	if (len > SAID_MAX - 3 || strcspn(text, "\t\r\n") < len)
		return "this";
	snprintf(out, SAID_MAX, "%s%.*s%s", quote, (int)len, text, quote);
	return out;
}

/* "closed, opening, open", cut with ", ..." if too long. */
static const char *
list_names(const struct operand *o, char out[LIST_MAX])
{
	struct buf b;

	buf_fixed(&b, out, LIST_MAX - sizeof(", ..."));
	for (size_t i = 0; i < o->name_count && !b.full; i++) {
		const char *name = o->names[i].name;
		bool plain =
		    name[strspn(name, SMALL CAPITALS "_0123456789")] == '\0' &&
		    strspn(name, "0123456789") == 0;
		size_t len = b.len;

		buf_printf(&b, plain ? "%s%s" : "%s'%s'", i ? ", " : "", name);
		if (b.full)
			strcpy(out + len, i ? ", ..." : "...");
	}
	return out;
}

/* A word that nobody knows. */
static bool
refuse_unknown(
    struct draft *d, const struct operand *o, const char *name, const char *why)
{
	expr_refuse(d->fault, o->at, "%s", why);
	d->fault->meaning = EXPR_UNKNOWN;
	snprintf(d->fault->name, sizeof(d->fault->name), "%s", name);
	expr_clean(d->fault->name);
	return false;
}

static bool
refuse_enum(struct draft *d, const struct operand *o)
{
	char text[SAID_MAX], list[LIST_MAX];

	return expr_refuse(d->fault, o->at,
	    "%s is an enumeration; compare it with one of %s",
	    said(d, o, true, text), list_names(o, list));
}

/* ---- names ---- */

/* Whole, for it was read once. */
static void
spell_word(
    const struct draft *d, const struct operand *o, char name[EXPR_NAME_MAX])
{
	size_t end;
	bool spelled = expr_lex_name(
	    d->text, d->scope, o->at, &end, name, &(struct expr_fault){0});

	assert(spelled && end == o->end);
}

static struct expr_name
look_up(const struct draft *d, const struct operand *o)
{
	struct expr_name n = {.meaning = EXPR_UNKNOWN};
	char name[EXPR_NAME_MAX];

	spell_word(d, o, name);
	if (strpbrk(name, CAPITALS) == NULL)
		d->scope->find(d->scope->context, name, &n);
	return n;
}

static bool
refuse_word(struct draft *d, const struct operand *o)
{
	char name[EXPR_NAME_MAX], why[EXPR_NAME_MAX + 64];

	spell_word(d, o, name);
	if (expr_function(name, strlen(name)) >= 0)
		return expr_refuse(d->fault, o->at,
		    "%s is a function; write %s(...)", name, name);
	if (strcasecmp(name, "true") == 0 || strcasecmp(name, "false") == 0 ||
	    strcasecmp(name, "not") == 0)
		return expr_refuse(
		    d->fault, o->at, "%s is written in small letters", name);
	snprintf(why, sizeof(why), "\"%s\" is not known here", name);
	return refuse_unknown(d, o, name, why);
}

static bool
settle_point(struct draft *d, struct operand *o, const struct expr_name *n)
{
	char text[SAID_MAX];

	if (n->form == FORM_TEXT)
		return expr_refuse(d->fault, o->at,
		    "%s is a text; an expression takes numbers, truth values "
		    "and enumerations",
		    said(d, o, true, text));
	draft_input(d, o->op, EXPR_VALUE, n->point, 0);
	o->kind = n->form == FORM_BOOL ? OPERAND_TRUTH
	    : n->form == FORM_ENUM     ? OPERAND_ENUM
				       : OPERAND_NUMBER;
	o->name_count = n->name_count;
	o->names = n->names;
	return true;
}

static bool
settle_word(struct draft *d, struct operand *o)
{
	struct expr_name n = look_up(d, o);
	char name[EXPR_NAME_MAX];

	if (n.meaning == EXPR_UNKNOWN)
		return refuse_word(d, o);
	if (n.meaning == EXPR_POINT)
		return settle_point(d, o, &n);
	if (n.meaning == EXPR_ABSENT) {
		spell_word(d, o, name);
		draft_absent(d, o->at, name);
	}
	draft_number(d, o->op, n.meaning == EXPR_ABSENT ? 1 : n.value);
	o->kind = OPERAND_NUMBER;
	return true;
}

bool
operand_settle(struct draft *d, struct operand *o)
{
	char text[SAID_MAX];

	if (o->kind == OPERAND_WORD)
		return settle_word(d, o);
	if (o->kind == OPERAND_QUOTED)
		return expr_refuse(d->fault, o->at,
		    "%s stands beside no enumeration; write a comparison such "
		    "as door == 'open'",
		    said(d, o, false, text));
	return true;
}

/* ---- of one kind ---- */

bool
operand_number(struct draft *d, struct operand *o)
{
	if (!operand_settle(d, o))
		return false;
	return o->kind != OPERAND_ENUM || refuse_enum(d, o);
}

bool
operand_truth(struct draft *d, struct operand *o)
{
	char quoted[SAID_MAX], plain[SAID_MAX];
	const char *text;

	if (!operand_settle(d, o))
		return false;
	if (o->kind == OPERAND_ENUM)
		return refuse_enum(d, o);
	if (o->kind == OPERAND_TRUTH)
		return true;
	text = said(d, o, true, quoted);
	if (o->literal)
		return expr_refuse(d->fault, o->at,
		    "%s is a number; write true or false, or a comparison",
		    text);
	return expr_refuse(d->fault, o->at,
	    "%s is a number; write a comparison such as %s >= 80", text,
	    text == quoted ? said(d, o, false, plain) : "load");
}

bool
operand_window(struct draft *d, struct operand *o, enum expr_input_kind kind,
    uint32_t span_ms)
{
	const char *function = kind == EXPR_RATE ? "rate" : "drop";
	struct expr_name n = look_up(d, o);
	char text[SAID_MAX];

	if (n.meaning == EXPR_UNKNOWN)
		return refuse_word(d, o);
	if (n.meaning != EXPR_POINT)
		return expr_refuse(d->fault, o->at,
		    "%s does not change; %s wants a point",
		    said(d, o, true, text), function);
	if (n.form == FORM_ENUM || n.form == FORM_TEXT)
		return expr_refuse(d->fault, o->at,
		    "%s is %s; %s wants a number", said(d, o, true, text),
		    n.form == FORM_TEXT ? "a text" : "an enumeration",
		    function);
	draft_input(d, o->op, kind, n.point, span_ms);
	o->kind = OPERAND_NUMBER;
	return true;
}

/* ---- comparisons ---- */

static bool
is_word(const struct operand *o)
{
	return o->kind == OPERAND_WORD || o->kind == OPERAND_QUOTED;
}

static const char *
name_of(const struct operand *e, double number)
{
	for (size_t i = 0; i < e->name_count; i++)
		if ((double)e->names[i].number == number)
			return e->names[i].name;
	return NULL;
}

/* What the word is without its quotes, whatever its length. */
static bool
is_spelled(const struct draft *d, const struct operand *word, const char *name)
{
	size_t len = word->end - word->at - 2;
	char spelled[EXPR_NAME_MAX];

	if (word->kind == OPERAND_QUOTED)
		return strlen(name) == len &&
		    memcmp(d->text + word->at + 1, name, len) == 0;
	spell_word(d, word, spelled);
	return strcmp(spelled, name) == 0;
}

/* Takes the word for one of e's names, if it is one. */
static bool
take_name(struct draft *d, const struct operand *e, struct operand *word)
{
	if (e->kind != OPERAND_ENUM || !is_word(word))
		return false;
	for (size_t i = 0; i < e->name_count; i++) {
		if (!is_spelled(d, word, e->names[i].name))
			continue;
		draft_number(d, word->op, (double)e->names[i].number);
		word->kind = OPERAND_NUMBER;
		word->literal = true;
		return true;
	}
	return false;
}

static bool
is_enum_word(const struct draft *d, const struct operand *o)
{
	struct expr_name n;

	if (o->kind != OPERAND_WORD)
		return false;
	n = look_up(d, o);
	return n.meaning == EXPR_POINT && n.form == FORM_ENUM;
}

/* A word beside e that is none of its names, and no point either. */
static bool
refuse_no_name(
    struct draft *d, const struct operand *e, const struct operand *word)
{
	char text[SAID_MAX], list[LIST_MAX], why[200], name[EXPR_NAME_MAX];
	int len = (int)(word->end - word->at);

	if (word->kind == OPERAND_QUOTED)
		snprintf(name, sizeof(name), "%.*s", len - 2,
		    d->text + word->at + 1);
	else
		spell_word(d, word, name);
	snprintf(why, sizeof(why), "%s has no %.*s; its names are %s",
	    said(d, e, true, text), len < SAID_MAX ? len : SAID_MAX,
	    d->text + word->at, list_names(e, list));
	refuse_unknown(d, word, name, why);
	d->fault->word_count = e->name_count;
	d->fault->words = e->names;
	return false;
}

static bool
is_lost(const struct draft *d, const struct operand *o)
{
	return o->kind == OPERAND_QUOTED ||
	    (o->kind == OPERAND_WORD && look_up(d, o).meaning == EXPR_UNKNOWN);
}

/* Finds out what the two sides are.  A word beside an enumeration is first
 * taken for one of its names: `door == open` means the same on a device that
 * happens to have a point `open`. */
static bool
settle_sides(struct draft *d, struct operand *left, struct operand *right)
{
	if (is_enum_word(d, left) && !settle_word(d, left))
		return false;
	if (!take_name(d, left, right)) {
		if (is_enum_word(d, right) && !settle_word(d, right))
			return false;
		take_name(d, right, left);
	}
	if (left->kind == OPERAND_ENUM && is_lost(d, right))
		return refuse_no_name(d, left, right);
	if (right->kind == OPERAND_ENUM && is_lost(d, left))
		return refuse_no_name(d, right, left);
	return operand_settle(d, left) && operand_settle(d, right);
}

/* Doubles tell all its numbers apart. */
static bool
check_exact(struct draft *d, const struct operand *e)
{
	char text[SAID_MAX];

	for (size_t i = 0; i < e->name_count; i++)
		if (fabs((double)e->names[i].number) >= WHOLE_MAX)
			return expr_refuse(d->fault, e->at,
			    "%s has numbers beyond 2^53, which cannot be told "
			    "apart here",
			    said(d, e, true, text));
	return true;
}

/* Two enumerations may be compared if no number means two things. */
static bool
check_same(
    struct draft *d, const struct operand *left, const struct operand *right)
{
	char a[SAID_MAX], b[SAID_MAX];

	for (size_t i = 0; i < left->name_count; i++) {
		double number = (double)left->names[i].number;
		const char *other = name_of(right, number);

		if (other && strcmp(other, left->names[i].name) != 0)
			return expr_refuse(d->fault, right->at,
			    "%s and %s are different enumerations: %.0f is "
			    "%.20s in one and %.20s in the other",
			    said(d, left, true, a), said(d, right, true, b),
			    number, left->names[i].name, other);
	}
	return true;
}

static bool
check_enum(struct draft *d, enum expr_code code, const struct operand *e,
    const struct operand *other)
{
	char text[SAID_MAX], list[LIST_MAX], number[SAID_MAX];

	if (!check_exact(d, e))
		return false;
	if (code != EXPR_OP_EQUAL && code != EXPR_OP_DIFFERENT)
		return expr_refuse(d->fault, e->at,
		    "%s is an enumeration and has no order; compare it with == "
		    "or !=",
		    said(d, e, true, text));
	if (other->kind == OPERAND_ENUM)
		return check_exact(d, other) && check_same(d, e, other);
	if (other->kind != OPERAND_NUMBER || !other->literal)
		return refuse_enum(d, e);
	if (name_of(e, d->ops[other->op].op.value) == NULL)
		return expr_refuse(d->fault, other->at,
		    "%s is no number of %s; its names are %s",
		    said(d, other, false, number), said(d, e, true, text),
		    list_names(e, list));
	return true;
}

/* A truth value is 0 or 1, and compared with nothing else that is fixed. */
static bool
check_truth(struct draft *d, enum expr_code code, const struct operand *truth,
    const struct operand *number)
{
	char text[SAID_MAX], other[SAID_MAX];
	double value = d->ops[number->op].op.value;

	if (truth->literal)
		return expr_refuse(d->fault, number->at,
		    "%s is a number; compare it with a number, not with %s",
		    said(d, number, true, text), said(d, truth, false, other));
	if (!number->literal || value == 0 || value == 1 ||
	    (code != EXPR_OP_EQUAL && code != EXPR_OP_DIFFERENT))
		return true;
	return expr_refuse(d->fault, number->at,
	    "%s is true or false, never %s", said(d, truth, true, text),
	    said(d, number, false, other));
}

bool
operand_compare(struct draft *d, enum expr_code code, struct operand *left,
    struct operand *right)
{
	if (!settle_sides(d, left, right))
		return false;
	if (left->kind == OPERAND_ENUM)
		return check_enum(d, code, left, right);
	if (right->kind == OPERAND_ENUM)
		return check_enum(d, code, right, left);
	if (left->kind == right->kind)
		return true;
	return left->kind == OPERAND_TRUTH ? check_truth(d, code, left, right)
					   : check_truth(d, code, right, left);
}
