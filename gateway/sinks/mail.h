/*
 * mail.h - a letter as a mail: headers and text (RFC 5322, MIME), pure
 *
 * The text is UTF-8 in base64, words in headers are RFC 2047, the date is of
 * the process's time zone.  No name can add a header or a line to one.
 */
#ifndef MAIL_H
#define MAIL_H

#include "gateway/sinks/letter.h"

/* Whether it is an address as mails are sent to here: a@b in visible ASCII
 * without <>()[]:;,\" and spaces, at most 254 bytes. */
bool mail_is_address(const char *text);

/* Who gets it, each once: the channel's, and whom the letter mentions that has
 * an address.  What is no address is left out.  room is to be at least the
 * channel's to_count and LETTER_MENTIONS_MAX; returns how many. */
size_t mail_recipients(const struct letter *l, const char **to, size_t room);

/* Appends the whole message, lines with CRLF.  from: the sender's name for
 * people, or NULL; now_ms: Unix; id: unique among mails, plain ASCII, for
 * Message-ID. */
void mail_write(const struct letter *l, const char *from, int64_t now_ms,
    const char *id, struct buf *out);

#endif
