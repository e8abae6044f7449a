/*
 * quote.c - what another's answer may show of itself in our sentences, pure
 *
 * A robot's url is its password, and servers like to say which url it was that
 * they do not know.  What may be secret in a url is each run of letters and
 * digits before the host (a user and a password) and behind it (path, query)
 * that is long enough to be guessed at by nobody: SECRET_MIN.  The words that
 * the makers' urls consist of are none.  Only what is quoted is searched, but
 * before it is cut: half a token is no less of one.
 */
#include "gateway/sinks/quote.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define SECRET_MIN 6 /* characters */
#define LOOKED_AT 512 /* bytes of a foreign text */

/* Where the host begins and how long it is, with its port. */
static const char *
find_host(const char *url, size_t *len)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme != NULL ? scheme + 3 : url;
	size_t authority = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', authority);

	if (at != NULL) {
		authority -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	*len = authority;
	return host;
}

void
quote_host(const char *url, char host[QUOTE_HOST_MAX])
{
	size_t len;
	const char *from = find_host(url, &len);

	quote_text(from, len, "", host, QUOTE_HOST_MAX);
}

/* ---- secrets ---- */

static bool
is_of_token(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool
is_public(const char *word, size_t len)
{
	static const char *const words[] = {
	    "access_token", "open-apis", "webhook", "cgi-bin", NULL};

	for (size_t i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

static void
hide_word(char *line, size_t len, const char *word, size_t word_len)
{
	char *at = line;

	while ((at = memmem(at, (size_t)(line + len - at), word, word_len)) !=
	    NULL) {
		memset(at, '*', word_len);
		at += word_len;
	}
}

/* Every word in the part of a url from `from` to `to`. */
static void
hide_words(char *line, size_t len, const char *from, const char *to)
{
	while (from < to) {
		size_t n = 0;

		while (from + n < to && is_of_token(from[n]))
			n++;
		if (n >= SECRET_MIN && !is_public(from, n))
			hide_word(line, len, from, n);
		from += n + 1;
	}
}

static void
hide_secrets(char *line, size_t len, const char *url)
{
	size_t host_len;
	const char *host = find_host(url, &host_len);

	hide_words(line, len, url, host);
	hide_words(line, len, host + host_len, url + strlen(url));
}

/* ---- what is shown ---- */

/* A character of n bytes; U+0080 to U+009F are control ones too. */
static bool
is_shown(const char *c, size_t n)
{
	if (n == 1)
		return *c >= ' ' && *c != 0x7f;
	return n > 2 || (n == 2 && memcmp(c, "\xc2\xa0", 2) >= 0);
}

void
quote_text(
    const char *text, size_t len, const char *url, char *out, size_t size)
{
	char line[LOOKED_AT];
	size_t used = 0;

	if (len > sizeof(line))
		len = sizeof(line);
	memcpy(line, text, len);
	hide_secrets(line, len, url);
	for (size_t i = 0; i < len && strchr("\r\n", line[i]) == NULL;) {
		size_t n = utf8_char(line + i, len - i);
		bool shown = is_shown(line + i, n);

		if (used + (shown ? n : 1) >= size)
			break;
		if (shown) {
			memcpy(out + used, line + i, n);
			used += n;
		} else {
			out[used++] = '?';
		}
		i += n > 0 ? n : 1;
	}
	out[used] = '\0';
}
