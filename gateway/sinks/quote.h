/*
 * quote.h - what another's answer may show of itself in our sentences, pure
 */
#ifndef QUOTE_H
#define QUOTE_H

#include <stddef.h>

#define QUOTE_HOST_MAX 48

/* HOST[:PORT] of a url, cut if too long: all of it that is no secret. */
void quote_host(const char *url, char host[QUOTE_HOST_MAX]);

/* Copies the beginning of text (len bytes, not trusted) to out: one line of
 * whole characters without control ones.  Where it repeats a part of the url
 * that may be its secret there are asterisks. */
void quote_text(
    const char *text, size_t len, const char *url, char *out, size_t size);

#endif
