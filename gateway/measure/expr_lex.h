/*
 * expr_lex.h - an expression's words and signs; for expr_parse.c alone
 */
#ifndef EXPR_LEX_H
#define EXPR_LEX_H

#include "gateway/measure/expr.h"

enum expr_token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_TIME, /* 60s */
	TOKEN_NAME,
	TOKEN_QUOTED, /* 'in service' */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NOT,
	TOKEN_OR,
	TOKEN_AND,
	TOKEN_BELOW,
	TOKEN_AT_MOST,
	TOKEN_EQUAL,
	TOKEN_DIFFERENT,
	TOKEN_AT_LEAST,
	TOKEN_ABOVE,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_TIMES,
	TOKEN_DIVIDE,
};

struct expr_token {
	uint8_t kind; /* enum expr_token_kind */
	size_t at, end; /* bytes of the text */
	double number; /* of a number; of a time in ms, may be out of range */
};

/* The first token from byte at on.  False with *fault if there is none. */
bool expr_lex(const char *text, const struct expr_scope *scope, size_t at,
    struct expr_token *out, struct expr_fault *fault);

/* The name that begins at byte at, its {var} replaced; *end is the byte behind
 * it.  False with *fault. */
bool expr_lex_name(const char *text, const struct expr_scope *scope, size_t at,
    size_t *end, char name[EXPR_NAME_MAX], struct expr_fault *fault);

enum expr_function {
	FUNCTION_MIN,
	FUNCTION_MAX,
	FUNCTION_ABS,
	FUNCTION_SQRT,
	FUNCTION_RATE,
	FUNCTION_DROP,
};

/* Which of them is called so, or -1. */
int expr_function(const char *name, size_t len);

/* Writes the sentence of a mistake, in one line whatever was quoted; cut if too
 * long.  Returns false. */
bool expr_refuse(struct expr_fault *fault, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Text of others that is to stand in a sentence: in place of what is no text,
 * or is a control character, stand ?. */
void expr_clean(char *text);

#endif
