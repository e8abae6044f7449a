/*
 * broker_url.c - mqtt://host:port taken apart, pure
 */
#include "gateway/sinks/broker_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

/* Copies n bytes as a text; false if there are none or too many. */
static bool
copy(char *out, size_t size, const char *in, size_t n)
{
	if (n == 0 || n >= size)
		return false;
	memcpy(out, in, n);
	out[n] = '\0';
	return true;
}

/* The host at the start of text.  Returns what stands behind it, or NULL. */
static const char *
take_host(struct broker_url *u, const char *text)
{
	bool v6 = text[0] == '[';
	size_t n;

	if (v6)
		text++;
	n = strcspn(text, v6 ? "]/?#@[" : ":/?#@[] ");
	if (!copy(u->host, sizeof(u->host), text, n) || (v6 && text[n] != ']'))
		return NULL;
	return text + n + (v6 ? 1 : 0);
}

bool
broker_url_parse(struct broker_url *u, const char *url)
{
	const char *rest;
	size_t n;

	*u = (struct broker_url){.tls = strncmp(url, "mqtts://", 8) == 0};
	if (!u->tls && strncmp(url, "mqtt://", 7) != 0)
		return false;
	rest = take_host(u, url + (u->tls ? 8 : 7));
	if (rest == NULL)
		return false;
	strcpy(u->port, u->tls ? "8883" : "1883");
	if (rest[0] == ':') {
		n = strspn(++rest, DIGITS);
		if (!copy(u->port, sizeof(u->port), rest, n))
			return false;
		rest += n;
	}
	if (strcmp(rest, "") != 0 && strcmp(rest, "/") != 0)
		return false;
	snprintf(u->uri, sizeof(u->uri),
	    strchr(u->host, ':') ? "%s://[%s]:%s" : "%s://%s:%s",
	    u->tls ? "ssl" : "tcp", u->host, u->port);
	return atoi(u->port) >= 1 && atoi(u->port) <= 65535;
}
