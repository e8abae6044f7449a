/*
 * expr_lex.c - an expression's words and signs
 *
 * Numbers are judged by hand and as everywhere in a configuration: nothing that
 * two readers could take for two numbers.  Signs that people bring along from
 * other languages, or that a Chinese keyboard makes, are known as mistakes, so
 * that each can be told what it is written as here.
 */
#include "gateway/measure/expr_lex.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define DIGITS "0123456789"
#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define LETTERS SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define WORD LETTERS DIGITS
#define DIGITS_MAX 18 /* as in all of the configuration */
#define CITED_MAX 40 /* bytes of a wrong number that are repeated */

/* ---- sentences ---- */

/* How many bytes at text, of len, may not stand in a sentence: no text, or
 * control characters (of one byte, or U+0080..U+009F). */
static size_t
unfit(const char *text, size_t len)
{
	size_t n = utf8_char(text, len);

	if (n == 0 || (n == 1 && iscntrl((unsigned char)*text)))
		return 1;
	return n == 2 && (uint8_t)text[0] == 0xc2 && (uint8_t)text[1] < 0xa0
	    ? 2
	    : 0;
}

void
expr_clean(char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t n = unfit(text + i, len - i);

		memset(text + i, '?', n);
		i += n ? n : utf8_char(text + i, len - i);
	}
}

bool
expr_refuse(struct expr_fault *fault, size_t at, const char *fmt, ...)
{
	const size_t room = sizeof(fault->why) - 1;
	va_list args;
	int len;

	fault->meaning = EXPR_CONSTANT;
	fault->at = at;
	fault->name[0] = '\0';
	va_start(args, fmt);
	len = vsnprintf(fault->why, sizeof(fault->why), fmt, args);
	va_end(args);
	if (len > (int)room)
		fault->why[utf8_cut(fault->why, room)] = '\0';
	expr_clean(fault->why);
	return false;
}

/* ---- numbers and times ---- */

static double
time_factor(const char *unit, size_t len)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {
	    {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].unit) == len &&
		    memcmp(units[i].unit, unit, len) == 0)
			return units[i].ms;
	return 0;
}

static bool
is_exponent(const char *rest, size_t len)
{
	if (len == 0 || (*rest | 0x20) != 'e')
		return false;
	if (len == 1 && (rest[1] == '+' || rest[1] == '-'))
		return isdigit((unsigned char)rest[2]);
	return isdigit((unsigned char)rest[1]);
}

/* What stands behind a number and is no part of it; part: with the point. */
static const char *
judge_rest(const char *rest, size_t len, size_t part)
{
	if (is_exponent(rest, len))
		return "has an exponent; write the number out, such as 0.00001";
	if (*rest == '_')
		return "has a _ in it; write the digits alone";
	if (*rest == '.')
		return "has two points; write a number such as 1.5";
	if (time_factor(rest, len) == 0)
		return "is neither a number nor a name; write a number without "
		       "its unit, or a name that begins with a letter";
	return part > 0
	    ? "is not a time; write a whole number of units, such as 90s"
	    : NULL;
}

/* whole and part: how many digits, and the point with those behind it; run: of
 * all that belongs together. */
static const char *
judge_number(const char *text, size_t whole, size_t part, size_t run)
{
	size_t len = whole + part;

	if (whole == 0)
		return "has no digit before the point; write a number such as "
		       "0.5";
	if (whole == 1 && *text == '0' && (text[1] | 0x20) == 'x')
		return "is hexadecimal; write a decimal number";
	if (whole > 1 && *text == '0')
		return "has a leading zero; drop it";
	if (part == 1)
		return "ends with a point; write a number such as 1 or 1.5";
	if (len > DIGITS_MAX + (part > 0))
		return "has more than 18 digits; round it";
	return run > len ? judge_rest(text + len, run - len, part) : NULL;
}

static bool
lex_number(const char *text, struct expr_token *out, struct expr_fault *fault)
{
	const char *number = text + out->at;
	size_t run = strspn(number, WORD "."), whole = strspn(number, DIGITS);
	size_t part =
	    number[whole] == '.' ? 1 + strspn(number + whole + 1, DIGITS) : 0;
	const char *why = judge_number(number, whole, part, run);

	if (why != NULL)
		return expr_refuse(fault, out->at, "\"%.*s%s\" %s",
		    (int)(run < CITED_MAX ? run : CITED_MAX), number,
		    run < CITED_MAX ? "" : "...", why);
	out->kind = run > whole + part ? TOKEN_TIME : TOKEN_NUMBER;
	out->end = out->at + run;
	out->number = strtod(number, NULL);
	if (out->kind == TOKEN_TIME)
		out->number *= time_factor(number + whole, run - whole);
	return true;
}

/* ---- names ---- */

/* Where a name is being put together. */
struct spelling {
	const struct expr_scope *scope;
	const char *text;
	size_t at, begin; /* the next byte; the first one */
	char *name; /* EXPR_NAME_MAX bytes */
	size_t len;
	struct expr_fault *fault;
};

static bool
spell(struct spelling *s, const char *piece, size_t len)
{
	if (s->len + len >= EXPR_NAME_MAX)
		return expr_refuse(s->fault, s->begin,
		    "a name is too long; use at most %d characters",
		    EXPR_NAME_MAX - 1);
	memcpy(s->name + s->len, piece, len);
	s->name[s->len += len] = '\0';
	return true;
}

static bool
spell_variable(struct spelling *s)
{
	const char *var = s->scope->var, *brace = s->text + s->at;
	char number[24];
	int len;

	if (var == NULL)
		return expr_refuse(s->fault, s->at,
		    "{ has no meaning here; braces stand where a repeat "
		    "numbers the points");
	if (strncmp(brace + 1, var, strlen(var)) != 0 ||
	    brace[1 + strlen(var)] != '}')
		return expr_refuse(s->fault, s->at,
		    "braces hold the name that the repeat has; write {%s}",
		    var);
	s->at += strlen(var) + 2;
	len = snprintf(number, sizeof(number), "%ld", s->scope->number);
	return spell(s, number, (size_t)len);
}

/* What stands between two points of a name. */
static bool
spell_part(struct spelling *s)
{
	if (strspn(s->text + s->at, LETTERS) == 0)
		return expr_refuse(s->fault, s->at,
		    "a name goes on with a letter after the point, as in "
		    "rating.kva");
	for (;;) {
		size_t len = strspn(s->text + s->at, WORD);

		if (!spell(s, s->text + s->at, len))
			return false;
		s->at += len;
		if (s->text[s->at] != '{')
			return true;
		if (!spell_variable(s))
			return false;
	}
}

bool
expr_lex_name(const char *text, const struct expr_scope *scope, size_t at,
    size_t *end, char name[EXPR_NAME_MAX], struct expr_fault *fault)
{
	struct spelling s = {.scope = scope,
	    .text = text,
	    .at = at,
	    .begin = at,
	    .name = name,
	    .fault = fault};

	if (!spell_part(&s))
		return false;
	while (text[s.at] == '.') {
		s.at++;
		if (!spell(&s, ".", 1) || !spell_part(&s))
			return false;
	}
	*end = s.at;
	return true;
}

static uint8_t
name_kind(const char *name)
{
	static const struct {
		const char *word;
		uint8_t kind;
	} words[] = {
	    {"and", TOKEN_AND},
	    {"or", TOKEN_OR},
	    {"not", TOKEN_NOT},
	    {"true", TOKEN_TRUE},
	    {"false", TOKEN_FALSE},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(name, words[i].word) == 0)
			return words[i].kind;
	return TOKEN_NAME;
}

static bool
lex_name(const char *text, const struct expr_scope *scope,
    struct expr_token *out, struct expr_fault *fault)
{
	char name[EXPR_NAME_MAX];

	if (!expr_lex_name(text, scope, out->at, &out->end, name, fault))
		return false;
	out->kind = name_kind(name);
	return true;
}

int
expr_function(const char *name, size_t len)
{
	static const char *const names[] = {
	    [FUNCTION_MIN] = "min",
	    [FUNCTION_MAX] = "max",
	    [FUNCTION_ABS] = "abs",
	    [FUNCTION_SQRT] = "sqrt",
	    [FUNCTION_RATE] = "rate",
	    [FUNCTION_DROP] = "drop",
	};

	for (int i = 0; i <= FUNCTION_DROP; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	return -1;
}

static bool
lex_quoted(const char *text, struct expr_token *out, struct expr_fault *fault)
{
	const char *quote = strchr(text + out->at + 1, '\'');

	if (quote == NULL)
		return expr_refuse(fault, out->at,
		    "the quote has no end; write a name as in 'in service'");
	out->kind = TOKEN_QUOTED;
	out->end = (size_t)(quote + 1 - text);
	return true;
}

/* ---- signs ---- */

/* Of two that begin alike the longer stands first. */
static const struct sign {
	const char *sign;
	uint8_t kind;
	const char *why; /* NULL, or it is a mistake */
} signs[] = {
    {"===", 0, "=== is written =="},
    {"!==", 0, "!== is written !="},
    {"==", TOKEN_EQUAL, NULL},
    {"!=", TOKEN_DIFFERENT, NULL},
    {"<=", TOKEN_AT_MOST, NULL},
    {">=", TOKEN_AT_LEAST, NULL},
    {"=<", 0, "=< is written <="},
    {"=>", 0, "=> is written >="},
    {"<>", 0, "<> is written !="},
    {"<", TOKEN_BELOW, NULL},
    {">", TOKEN_ABOVE, NULL},
    {"=", 0, "= is not a comparison; write =="},
    {"&&", 0, "&& is written and"},
    {"||", 0, "|| is written or"},
    {"&", 0, "& is written and"},
    {"|", 0, "| is written or"},
    {"!", 0, "! is written not"},
    {"+", TOKEN_PLUS, NULL},
    {"-", TOKEN_MINUS, NULL},
    {"**", 0, "** is not known here; write a power as x * x"},
    {"^", 0, "^ is not known here; write a power as x * x"},
    {"*", TOKEN_TIMES, NULL},
    {"//", 0, "// is written /"},
    {"/", TOKEN_DIVIDE, NULL},
    {"%", 0, "% is not known here; write the number alone"},
    {"(", TOKEN_OPEN, NULL},
    {")", TOKEN_CLOSE, NULL},
    {",", TOKEN_COMMA, NULL},
    {"[", 0, "[ is written ("},
    {"]", 0, "] is written )"},
    {"{", 0, "{ does not begin a name; write a letter before it"},
    {"}", 0, "} has no { before it"},
    {"\"", 0, "a name stands in single quotes, as in 'in service'"},
    {"?", 0, "? is not known here; write the condition with and, or, not"},
    {";", 0, "; is not known here; write one expression"},
    {"\u2264", 0, "\u2264 is written <="},
    {"\u2265", 0, "\u2265 is written >="},
    {"\u2260", 0, "\u2260 is written !="},
    {"\u00d7", 0, "\u00d7 is written *"},
    {"\u00f7", 0, "\u00f7 is written /"},
    {"\u2212", 0, "\u2212 is a long minus; write -"},
    {"\u2013", 0, "\u2013 is a dash; write -"},
    {"\u2018", 0, "\u2018 is written '"},
    {"\u2019", 0, "\u2019 is written '"},
    {"\u201c", 0, "\u201c is written '"},
    {"\u201d", 0, "\u201d is written '"},
    {"\u3002", 0, "\u3002 is written ."},
    {"\u3001", 0, "\u3001 is written ,"},
    {"\u3000", 0, "a wide space stands here; write a common one"},
    {"\u00a0", 0, "a hard space stands here; write a common one"},
};

/* U+FF01..U+FF5E are the signs and letters of ASCII in the width of a Chinese
 * one.  0 if text does not begin with one. */
static char
narrow(const char *text)
{
	const uint8_t *b = (const uint8_t *)text;
	int number;

	if (b[0] != 0xef || (b[1] != 0xbc && b[1] != 0xbd) || b[2] < 0x80 ||
	    b[2] > 0xbf)
		return 0;
	number = (b[1] - 0xbc) * 64 + b[2] - 0x80;
	return number >= 1 && number <= '~' - ' ' ? (char)(' ' + number) : 0;
}

static bool
refuse_strange(const char *text, size_t at, struct expr_fault *fault)
{
	const char *strange = text + at;
	size_t len = strlen(strange);
	int n = (int)utf8_char(strange, len);

	if (unfit(strange, len))
		return expr_refuse(
		    fault, at, "a byte that is no text stands here; drop it");
	if (narrow(strange))
		return expr_refuse(fault, at, "%.*s is a wide sign; write %c",
		    n, strange, narrow(strange));
	if (n == 1)
		return expr_refuse(
		    fault, at, "%c is not known here; drop it", *strange);
	return expr_refuse(fault, at,
	    "%.*s is no letter of a name; an enumeration's name with it stands "
	    "in single quotes",
	    n, strange);
}

static bool
lex_sign(const char *text, struct expr_token *out, struct expr_fault *fault)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].sign);

		if (strncmp(text + out->at, signs[i].sign, len) != 0)
			continue;
		if (signs[i].why)
			return expr_refuse(fault, out->at, "%s", signs[i].why);
		out->kind = signs[i].kind;
		out->end = out->at + len;
		return true;
	}
	return refuse_strange(text, out->at, fault);
}

bool
expr_lex(const char *text, const struct expr_scope *scope, size_t at,
    struct expr_token *out, struct expr_fault *fault)
{
	const char *c = text + at + strspn(text + at, " \t\r\n");

	*out = (struct expr_token){.at = (size_t)(c - text)};
	out->end = out->at;
	if (*c == '\0')
		return true; /* TOKEN_END */
	if (strspn(c, DIGITS) > 0 || (*c == '.' && strspn(c + 1, DIGITS) > 0))
		return lex_number(text, out, fault);
	if (strspn(c, LETTERS) > 0)
		return lex_name(text, scope, out, fault);
	if (*c == '\'')
		return lex_quoted(text, out, fault);
	return lex_sign(text, out, fault);
}
