/*
 * tls_help.h - certificates of a test's own, made by openssl
 */
#ifndef TLS_HELP_H
#define TLS_HELP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* FOLDER/NAME.crt, valid for so many days (below 0: it has expired), for
 * gateway.lan, and FOLDER/NAME.key, both 0600. */
static inline void
tls_make(const char *folder, const char *name, int days)
{
	char command[1024];

	snprintf(command, sizeof(command),
	    "umask 077 && cd %s && openssl ecparam -name prime256v1 -genkey "
	    "-noout -out %s.key 2>&1 && openssl req -new -key %s.key -subj "
	    "/CN=gateway.lan -out %s.csr 2>&1 && printf "
	    "subjectAltName=DNS:gateway.lan,IP:127.0.0.1 >%s.ext && openssl "
	    "x509 -req -in %s.csr -signkey %s.key -days %d -extfile %s.ext "
	    "-out %s.crt >/dev/null 2>&1 && rm %s.csr %s.ext",
	    folder, name, name, name, name, name, name, days, name, name, name,
	    name);
	ck_assert_int_eq(system(command), 0);
}

#endif
