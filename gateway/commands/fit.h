/*
 * fit.h - texts in the columns of a terminal
 *
 * A Chinese character takes two columns and is counted so.
 */
#ifndef FIT_H
#define FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"

/* Control characters, and bytes that are not UTF-8, become '?': a text from
 * elsewhere can do no more to a terminal than be shown.  Returns text. */
char *fit_clean(char *text);

/* The columns of the characters from p to end, or of a clean text. */
size_t fit_columns(const char *p, const char *end);
size_t fit_width(const char *text);

/* A clean text in exactly width columns: filled with spaces, behind it or (on
 * the right) before it; what is too long ends with '~'. */
void fit_put(struct buf *out, const char *text, size_t width, bool right);

void fit_spaces(struct buf *out, size_t count);

#endif
