/*
 * plain.h - text of devices and people made harmless for those who read more
 * into a text than stands there, pure
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "gateway/base/buf.h"

/* Appends text as whole characters of UTF-8: a control character becomes a
 * blank, but for the ends of lines, which one_line makes blanks too; what is no
 * character becomes U+FFFD.  The ASCII characters in wide become their wide
 * forms, which look the same to people and are nothing to programs. */
void plain_add(
    struct buf *out, const char *text, bool one_line, const char *wide);

#endif
