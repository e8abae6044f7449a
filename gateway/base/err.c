/*
 * err.c - a sentence that says why something did not start
 */
#include "gateway/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

int
err_set(struct err *err, const char *fmt, ...)
{
	/* Not straight into err: a caller may wrap what stands there. */
	char text[sizeof(err->text)];
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text))
		text[utf8_cut(text, sizeof(text) - 1)] = '\0';
	va_end(ap);
	strcpy(err->text, text);
	return -1;
}
