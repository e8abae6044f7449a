/*
 * broker_url.h - mqtt://host:port taken apart, pure
 */
#ifndef BROKER_URL_H
#define BROKER_URL_H

#include <stdbool.h>

#define BROKER_HOST_MAX 254 /* bytes; a name of the DNS with its NUL */

struct broker_url {
	bool tls;
	char host[BROKER_HOST_MAX]; /* without the brackets of IPv6 */
	char port[6];
	char uri[BROKER_HOST_MAX + 16]; /* tcp:// or ssl://, with the port */
};

/* mqtt://HOST[:PORT][/] or mqtts://; ports 1883 and 8883 where none is said.
 * False for anything else: users, paths and options have no place in it. */
bool broker_url_parse(struct broker_url *u, const char *url);

#endif
