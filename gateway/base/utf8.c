/*
 * utf8.c - judges bytes that claim to be UTF-8, and how wide they are
 */
#include "gateway/base/utf8.h"

#include <assert.h>
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

/* ---- columns ---- */

struct range {
	uint32_t first, last;
};

/* Unicode's EastAsianWidth.txt, W and F, with the unassigned between them.  Not
 * wcwidth(3), which knows only what the locale does. */
static const struct range wide[] = {
    {0x1100, 0x115f}, /* the first halves of Hangul */
    {0x2e80, 0x303e}, /* radicals, punctuation */
    {0x3041, 0xa4cf}, /* kana to Yi; ideographs among them */
    {0xa960, 0xa97f}, {0xac00, 0xd7a3}, /* Hangul */
    {0xf900, 0xfaff}, /* ideographs for compatibility */
    {0xfe10, 0xfe19}, {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, /* Latin letters of full width */
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, /* pictures */
    {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}, /* ideographs again */
};

static const struct range joined[] = {
    {0x0300, 0x036f}, /* accents */
    {0x200b, 0x200f}, /* no space, directions */
    {0xfe00, 0xfe0f}, /* which variant of a picture */
};

static uint32_t
code_point(const char *text, size_t len)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (uint8_t)text[0] & first_bits[len];

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((uint8_t)text[i] & 0x3f);
	return c;
}

static bool
lies_in(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

int
utf8_columns(const char *text, size_t len)
{
	uint32_t c;

	assert(len >= 1 && len <= 4);
	c = code_point(text, len);
	if (lies_in(c, joined, sizeof(joined) / sizeof(joined[0])))
		return 0;
	return lies_in(c, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}
