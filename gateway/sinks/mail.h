/*
 * mail.h - a letter as a mail: headers and text (RFC 5322, MIME), pure
 */
#ifndef MAIL_H
#define MAIL_H

#include "gateway/sinks/letter.h"

/* Appends the whole message, CRLF lines; Subject is RFC 2047, the text UTF-8 in
 * base64.  date: Unix ms; id: unique, for Message-ID. */
void mail_write(const struct letter *l, const char *site, int64_t now_ms,
    const char *id, struct buf *out);

#endif
