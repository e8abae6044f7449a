/*
 * utf8.h - judges bytes that claim to be UTF-8, and how wide they are
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* How many bytes the character at the start of text takes, 1 to 4; 0 if it is
 * none: overlong, a surrogate, beyond U+10FFFF, cut short, or len is 0. */
size_t utf8_char(const char *text, size_t len);

/* The longest length up to len that does not end within a character: where to
 * cut a text that is too long. */
size_t utf8_cut(const char *text, size_t len);

/* The columns that the character takes on a terminal: 2 for the scripts of East
 * Asia and pictures, 0 for marks that join the one before, else 1.  len is what
 * utf8_char said. */
int utf8_columns(const char *text, size_t len);

#endif
