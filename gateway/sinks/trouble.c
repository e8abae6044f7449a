/*
 * trouble.c - why a transfer of libcurl's came to nothing, in words
 *
 * Without what changes from time to time, such as how many milliseconds it
 * took, so that the same trouble has the same words.  libcurl's own are used
 * where they say more, which is of certificates; they name no url.
 */
#include "gateway/sinks/trouble.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/sinks/quote.h"
#include "gateway/sinks/sender.h"

/* How far it came before its time was over. */
static const char *
why_late(CURL *easy, const struct notify_channel *c)
{
	curl_off_t named_us = 0, connected_us = 0, safe_us = 0;

	curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &named_us);
	curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &safe_us);
	if (named_us == 0)
		return "no name server says where it is";
	if (connected_us == 0)
		return "it cannot be reached: no connection in time";
	if (safe_us == 0 && strncmp(c->url, "https:", 6) == 0)
		return "it makes no TLS connection in time";
	return "no answer in time";
}

static const char *
why_unverified(CURL *easy, const char *error)
{
	long result = X509_V_OK;

	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
	if (result == X509_V_ERR_CERT_NOT_YET_VALID)
		return "its certificate is of the future: is our clock right?";
	if (result == X509_V_ERR_CERT_HAS_EXPIRED)
		return "its certificate has expired: or is our clock wrong?";
	if (result == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	    result == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	    result == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
		return "nobody we trust has signed its certificate: if it is "
		       "yours, name its CA in ca_file";
	return *error != '\0' ? error : "its certificate is not to be trusted";
}

static const char *
why(CURL *easy, CURLcode code, const char *error,
    const struct notify_channel *c)
{
	long os_error = 0;

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "no such name: is the url right, and is there a network?";
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
		return os_error != 0 ? strerrordesc_np((int)os_error)
				     : "it cannot be reached";
	case CURLE_OPERATION_TIMEDOUT: return why_late(easy, c);
	case CURLE_PEER_FAILED_VERIFICATION: return why_unverified(easy, error);
	case CURLE_SSL_CONNECT_ERROR:
		return *error != '\0' ? error : "no TLS connection";
	case CURLE_SSL_CACERT_BADFILE:
		return c->ca_file != NULL
		    ? "ca_file has no certificates"
		    : "this system has no certificates: install ca-certificates";
	case CURLE_USE_SSL_FAILED:
		return "it offers no STARTTLS, and without we say nothing";
	case CURLE_LOGIN_DENIED: return "it knows no login that we know";
	case CURLE_PARTIAL_FILE: return "half an answer";
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR: return "it hung up without an answer";
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY: return "its answer makes no sense";
	default: return curl_easy_strerror(code);
	}
}

/* What trying again does not mend. */
static bool
is_lasting(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE || code == CURLE_USE_SSL_FAILED ||
	    code == CURLE_LOGIN_DENIED;
}

void
trouble_judge(CURL *easy, CURLcode code, const char *error,
    const struct notify_channel *c, struct robot_answer *a)
{
	const char *text = why(easy, code, error, c);
	char host[QUOTE_HOST_MAX], shown[sizeof(a->why) - QUOTE_HOST_MAX - 2];

	*a = (struct robot_answer){
	    .verdict = is_lasting(code) ? ROBOT_REFUSED : ROBOT_FAILED,
	    .code = -(long)code,
	};
	quote_host(c->url, host);
	quote_text(text, strlen(text), c->url, shown, sizeof(shown));
	snprintf(a->why, sizeof(a->why), "%s: %s", host, shown);
}
