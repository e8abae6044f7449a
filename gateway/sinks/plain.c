/*
 * plain.c - text of devices and people made harmless, pure
 */
#include "gateway/sinks/plain.h"

#include <string.h>

#include "gateway/base/utf8.h"

/* U+FF01 to U+FF5E are U+0021 to U+007E once more. */
static void
add_wide(struct buf *out, char c)
{
	unsigned code = 0xfee0 + (unsigned char)c;

	buf_char(out, (char)(0xe0 | code >> 12));
	buf_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
	buf_char(out, (char)(0x80 | (code & 0x3f)));
}

/* Of n bytes; U+0080 to U+009F are control characters too, U+2028 and U+2029
 * ends of lines to some. */
static bool
is_control(const char *c, size_t n)
{
	if (n == 1)
		return *c < ' ' || *c == 0x7f;
	return (n == 2 && memcmp(c, "\xc2\xa0", 2) < 0) ||
	    (n == 3 && memcmp(c, "\xe2\x80\xa8", 2) == 0 &&
		((unsigned char)c[2] & 0xfe) == 0xa8);
}

void
plain_add(struct buf *out, const char *text, bool one_line, const char *wide)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		const char *c = text + i;
		size_t n = utf8_char(c, len - i);

		if (n == 0)
			buf_puts(out, "\xef\xbf\xbd");
		else if (*c == '\n' && !one_line)
			buf_char(out, '\n');
		else if (is_control(c, n))
			buf_char(out, ' ');
		else if (n == 1 && *c > ' ' && strchr(wide, *c) != NULL)
			add_wide(out, *c);
		else
			buf_add(out, c, n);
		i += n > 0 ? n : 1;
	}
}
