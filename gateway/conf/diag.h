/*
 * diag.h - the mistakes found in a configuration, collected and told at once
 *
 * A line each, in the order of files and lines: `file:line:col: path: sentence`
 * (or `file:line:col: sentence` for what concerns no key).  The sentence says
 * what is wrong and what would be right.
 */
#ifndef DIAG_H
#define DIAG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define DIAG_MAX 500 /* mistakes told; the rest is only counted */

struct diag;

struct diag_place {
	const char *file;
	int line, col; /* from 1 */
};

struct diag *diag_new(void);
void diag_free(struct diag *d); /* NULL is fine */

/* Texts are copied; path may be "". */
void diag_add(struct diag *d, const struct diag_place *at, const char *path,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void diag_vadd(struct diag *d, const struct diag_place *at, const char *path,
    const char *fmt, va_list args) __attribute__((format(printf, 4, 0)));

size_t diag_count(const struct diag *d); /* the untold ones included */

/* Control characters come out as '?': a file must not forge a line. */
void diag_print(struct diag *d, FILE *out);

#endif
