/*
 * safe.c - what every transfer of libcurl's is bound to here
 */
#include "gateway/sinks/safe.h"

#include <unistd.h>

void
safe_transfer(CURL *easy, const char *protocols, const char *ca_file)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

bool
safe_ca_file(const char *path, struct err *err)
{
	if (path == NULL || access(path, R_OK) == 0)
		return true;
	err_set(err, "%s cannot be read: %m", path);
	return false;
}
