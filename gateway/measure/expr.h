/*
 * expr.h - the expression language of `derive`, `when` and `clear`, pure
 *
 *	100 * max(current_l1, current_l2, current_l3) / rating.in
 *	service_mode == normal and not moving and rate(pressure, 60s) < -0.01
 *
 *	or  and  not  < <= == != >= >  + -  * /  - (sign)     weakest first
 *	min max abs sqrt  rate(point, 60s) drop(point, 60s)  ( )  true false
 *
 * Parsed once, with the place of every mistake; then evaluated without
 * allocation.  Numbers are doubles.  A condition is a truth value, never a
 * number: `moving and load` is a mistake; a truth value may be counted with,
 * as 0 or 1.  An enumeration is only compared, with one of its names (or
 * numbers, or another point): `door == open`; a name that is no identifier
 * stands in single quotes; a word that is a name there is that name, whatever
 * else is called so.  A comparison is not chained.  `and` and `or` do without
 * their right side when the left one settles it.
 */
#ifndef EXPR_H
#define EXPR_H

#include "gateway/base/arena.h"
#include "gateway/measure/sample.h"

#define EXPR_TEXT_MAX 2000 /* bytes of an expression's text */
#define EXPR_INPUTS_MAX 64
#define EXPR_OPS_MAX 512
#define EXPR_DEPTH_MAX 32
#define EXPR_NAME_MAX 96 /* bytes of a name with its NUL */
#define EXPR_THRESHOLDS_MAX 8

enum expr_meaning {
	EXPR_UNKNOWN, /* there is no such name */
	EXPR_ABSENT, /* a known name without a value: rating.kva not given */
	EXPR_CONSTANT,
	EXPR_POINT,
};

struct expr_name {
	enum expr_meaning meaning;
	double value; /* of a constant */
	uint16_t point; /* of a point: the caller's index */
	uint8_t form; /* enum point_form */
	uint16_t name_count; /* of an enumeration */
	const struct enum_name *names;
};

/* What names mean.  A name is [a-z_][a-z0-9_]*, perhaps several with dots
 * between.  With `var` given, {var} inside a name stands for `number`, before
 * find sees it: pump{pump}_hours. */
struct expr_scope {
	void (*find)(
	    const void *context, const char *name, struct expr_name *out);
	const void *context;
	const char *var; /* or NULL */
	long number;
};

/* What an expression wants to know, one double each. */
enum expr_input_kind {
	EXPR_VALUE, /* of the point: a number, 0 or 1, an enum's number */
	EXPR_RATE, /* its change a second over span_ms */
	EXPR_DROP, /* the maximum over span_ms less its value now */
};

struct expr_input {
	uint8_t kind; /* enum expr_input_kind */
	uint16_t point;
	uint32_t span_ms; /* 1 s .. 1 d */
};

struct expr_fault {
	/* EXPR_UNKNOWN: name is no name of the scope, or beside an enumeration
	 * none of its names; EXPR_ABSENT: name has no value, and nothing else
	 * is wrong; EXPR_CONSTANT: another mistake. */
	enum expr_meaning meaning;
	size_t at; /* byte in the text */
	char name[EXPR_NAME_MAX];
	char why[200]; /* a sentence without the place: what would be right */
	/* EXPR_UNKNOWN beside an enumeration: what it may be; else none. */
	uint16_t word_count;
	const struct enum_name *words;
};

struct expr;

/* NULL with *fault, the first mistake, if it is none.  Lives in memory, keeps
 * nothing of text or scope. */
const struct expr *expr_parse(const char *text, const struct expr_scope *scope,
    struct arena *memory, struct expr_fault *fault);

uint8_t expr_form(const struct expr *e); /* FORM_NUMBER or FORM_BOOL */

/* Its inputs, each once, in the order in which expr_eval wants them. */
const struct expr_input *expr_inputs(const struct expr *e, size_t *count);

/* A checksum: expressions of one device that compute the same have the same. */
uint32_t expr_checksum(const struct expr *e);

/* values: one of each input, all of good quality.  False if there is no
 * result: a division by nothing, a root of a negative, a number too large.
 * Never -0; a truth value is 0 or 1. */
bool expr_eval(const struct expr *e, const double *values, double *out);

/* The numbers that a condition compares its one input with, a value as it is
 * now: only there its answer changes.  Returns how many; 0 if it is anything
 * but that value < <= >= > a number, joined by and, or, not, or if there are
 * more than EXPR_THRESHOLDS_MAX of them. */
size_t expr_thresholds(
    const struct expr *e, double out[static EXPR_THRESHOLDS_MAX]);

#endif
