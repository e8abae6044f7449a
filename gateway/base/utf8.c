/*
 * utf8.c - judges bytes that claim to be UTF-8
 */
#include "gateway/base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

static bool
is_tail(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* How long the character is by its first byte; 0xc0 and 0xc1 could only start
 * overlong ones. */
static size_t
length_by_first(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* Overlong forms, surrogates and what is beyond U+10FFFF show in the second
 * byte. */
static bool
second_fits(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xe0: return second >= 0xa0;
	case 0xed: return second <= 0x9f;
	case 0xf0: return second >= 0x90;
	case 0xf4: return second <= 0x8f;
	default: return true;
	}
}

size_t
utf8_char(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t n;

	if (len == 0)
		return 0;
	n = length_by_first(bytes[0]);
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (!is_tail(bytes[i]))
			return 0;
	return n < 2 || second_fits(bytes[0], bytes[1]) ? n : 0;
}

size_t
utf8_cut(const char *text, size_t len)
{
	size_t start = len;

	while (
	    start > 0 && len - start < 3 && is_tail((uint8_t)text[start - 1]))
		start--;
	if (start == 0)
		return len;
	start--;
	/* No character that could be cut: bytes of whatever sort. */
	if (length_by_first((uint8_t)text[start]) <= len - start)
		return len;
	return start;
}
