/* fit.c - see fit.h */
#include "gateway/commands/fit.h"

#include <stdint.h>
#include <string.h>

#include "gateway/base/utf8.h"

/* U+0080 to U+009F, which a terminal may take for controls as well. */
static bool
is_c1(const char *p)
{
	return (uint8_t)p[0] == 0xc2 && (uint8_t)p[1] < 0xa0;
}

char *
fit_clean(char *text)
{
	char *end = text + strlen(text);
	size_t len;

	for (char *p = text; p < end; p += len) {
		len = utf8_char(p, (size_t)(end - p));
		if (len == 2 && is_c1(p))
			p[0] = p[1] = '?';
		if (len > 1)
			continue;
		if (len == 0 || (uint8_t)*p < ' ' || *p == 0x7f)
			*p = '?';
		len = 1;
	}
	return text;
}

size_t
fit_columns(const char *p, const char *end)
{
	size_t columns = 0, len;

	for (; p < end; p += len) {
		len = utf8_char(p, (size_t)(end - p));
		columns += (size_t)utf8_columns(p, len);
	}
	return columns;
}

size_t
fit_width(const char *text)
{
	return fit_columns(text, text + strlen(text));
}

void
fit_spaces(struct buf *out, size_t count)
{
	buf_printf(out, "%*s", (int)count, "");
}

/* How many bytes of it fit into width columns. */
static size_t
fitting(const char *text, size_t width)
{
	const char *p = text, *end = text + strlen(text);
	size_t columns = 0;

	while (p < end) {
		size_t len = utf8_char(p, (size_t)(end - p));

		columns += (size_t)utf8_columns(p, len);
		if (columns > width)
			break;
		p += len;
	}
	return (size_t)(p - text);
}

void
fit_put(struct buf *out, const char *text, size_t width, bool right)
{
	size_t wide = fit_width(text);
	bool cut = wide > width;
	size_t len = cut && width > 0 ? fitting(text, width - 1)
	    : cut		      ? 0
				      : strlen(text);
	size_t rest =
	    width - fit_columns(text, text + len) - (cut && width > 0);

	fit_spaces(out, right ? rest : 0);
	buf_add(out, text, len);
	if (cut && width > 0)
		buf_puts(out, "~");
	fit_spaces(out, right ? 0 : rest);
}
