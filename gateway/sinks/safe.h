/*
 * safe.h - what every transfer of libcurl's is bound to here
 *
 * What is sent goes where the url says or nowhere: certificates are verified
 * (TLS 1.2 at least), redirects not followed, neither a proxy of the
 * environment nor a .netrc is used.
 */
#ifndef SAFE_H
#define SAFE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "gateway/base/err.h"

/* protocols: "http,https"; ca_file: NULL is the system's. */
void safe_transfer(CURL *easy, const char *protocols, const char *ca_file);

/* Whether it can be read (NULL is fine), or the reason. */
bool safe_ca_file(const char *path, struct err *err);

#endif
