/*
 * mail.c - a letter as a mail: headers and text (RFC 5322, MIME), pure
 *
 * Base64 for all that is not ASCII, in words of headers (RFC 2047) as in the
 * text (RFC 2045): any server on the way takes it, lines are short whatever a
 * text is like, and a dot at a line's start means nothing.
 *
 * A word in a header is at most 75 characters, holds whole characters, and its
 * line ends at 76; so many bytes of a text make one word that fits behind the
 * longest header's name.  A header is folded between words, where readers put
 * nothing in.
 *
 * Title and text go through plain.h: a name with a line's end in it makes no
 * header, neither here nor in a reader that decodes it.
 */
#include "gateway/sinks/mail.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/alarm/condition.h"
#include "gateway/base/arena.h"
#include "gateway/base/utf8.h"
#include "gateway/sinks/plain.h"

#define WORD_BYTES 39 /* "Subject: =?UTF-8?B?" + 52 + "?=" is 73 */
#define LINE_BYTES 57 /* make 76 characters of base64 */
#define PLAIN_MAX 60 /* characters of a title that needs no word */
#define ADDRESS_MAX 254 /* bytes; RFC 5321 */

/* ---- addresses ---- */

bool
mail_is_address(const char *text)
{
	const char *at = strchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') ||
	    strlen(text) > ADDRESS_MAX)
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f ||
		    strchr("<>()[]:;,\\\"", *text))
			return false;
	return true;
}

static size_t
add_recipient(const char **to, size_t count, size_t room, const char *address)
{
	if (address == NULL || !mail_is_address(address) || count == room)
		return count;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(to[i], address) == 0)
			return count;
	to[count] = address;
	return count + 1;
}

size_t
mail_recipients(const struct letter *l, const char **to, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < l->channel->to_count; i++)
		count = add_recipient(to, count, room, l->channel->to[i]);
	for (size_t i = 0; i < l->mention_count; i++)
		count = add_recipient(to, count, room, l->mentions[i]->email);
	return count;
}

/* ---- base64 ---- */

static void
add_base64(struct buf *out, const char *bytes, size_t len)
{
	unsigned char text[4 * ((LINE_BYTES + 2) / 3) + 1];
	int n = EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)len);

	buf_add(out, text, (size_t)n);
}

/* Words of a header, one a line. */
static void
add_words(struct buf *out, const struct buf *text)
{
	for (size_t i = 0, n; i < text->len; i += n) {
		n = text->len - i;
		if (n > WORD_BYTES)
			n = utf8_cut(text->data + i, WORD_BYTES);
		if (i > 0)
			buf_puts(out, "\r\n ");
		buf_puts(out, "=?UTF-8?B?");
		add_base64(out, text->data + i, n);
		buf_puts(out, "?=");
	}
}

/* Lines end with CRLF in what is encoded, too. */
static void
add_text(struct buf *out, const struct buf *text)
{
	struct buf crlf = {0};

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\n')
			buf_char(&crlf, '\r');
		buf_char(&crlf, text->data[i]);
	}
	for (size_t i = 0, n; i < crlf.len; i += n) {
		n = crlf.len - i < LINE_BYTES ? crlf.len - i : LINE_BYTES;
		add_base64(out, crlf.data + i, n);
		buf_puts(out, "\r\n");
	}
	buf_free(&crlf);
}

/* ---- headers ---- */

static bool
needs_no_words(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] < ' ' || text->data[i] > '~')
			return false;
	return text->len <= PLAIN_MAX && strstr(text->data, "=?") == NULL;
}

static void
add_subject(struct buf *out, const char *title)
{
	struct buf text = {0};

	plain_add(&text, title, true, "");
	buf_puts(out, "Subject: ");
	if (text.len > 0 && needs_no_words(&text))
		buf_puts(out, text.data);
	else
		add_words(out, &text);
	buf_puts(out, "\r\n");
	buf_free(&text);
}

static void
add_from(struct buf *out, const char *name, const char *address)
{
	struct buf text = {0};

	plain_add(&text, name != NULL ? name : "", true, "");
	buf_puts(out, "From: ");
	add_words(out, &text);
	buf_printf(out, "%s<%s>\r\n", text.len > 0 ? "\r\n " : "", address);
	buf_free(&text);
}

static void
add_to(struct buf *out, const struct letter *l)
{
	size_t room = l->channel->to_count + LETTER_MENTIONS_MAX;
	const char **to = must_alloc(room, sizeof(*to));
	size_t count = mail_recipients(l, to, room);

	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s<%s>%s\r\n", i == 0 ? "To: " : " ", to[i],
		    i + 1 < count ? "," : "");
	free(to);
}

static void
add_date(struct buf *out, int64_t now_ms)
{
	time_t now_s = (time_t)(now_ms / 1000);
	char text[64];
	struct tm tm;

	localtime_r(&now_s, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &tm);
	buf_printf(out, "Date: %s\r\n", text);
}

void
mail_write(const struct letter *l, const char *from, int64_t now_ms,
    const char *id, struct buf *out)
{
	const char *address = l->channel->from;
	struct buf text = {0};

	add_date(out, now_ms);
	add_from(out, from, address);
	add_to(out, l);
	add_subject(out, l->title);
	buf_printf(out, "Message-ID: <%s%s>\r\n", id, strchr(address, '@'));
	/* So that nobody's "I am on holiday" answers it (RFC 3834). */
	buf_puts(out, "Auto-Submitted: auto-generated\r\n");
	if (l->severity == SEVERITY_P1)
		buf_puts(out, "Importance: high\r\nX-Priority: 1\r\n");
	buf_puts(out,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	plain_add(&text, l->title, true, "");
	buf_puts(&text, "\n\n");
	plain_add(&text, l->text, false, "");
	buf_char(&text, '\n');
	add_text(out, &text);
	buf_free(&text);
}
