/*
 * broker_why.c - why there is no connection to a broker, in words
 *
 * paho names no reason when a connection cannot be made, and none when the
 * certificate is for another host.  The address was tried before (reach.h), so
 * what fails behind that is TLS or MQTT; and if TLS failed without an error of
 * OpenSSL's it was paho's check of the host's name.
 */
#include "gateway/sinks/broker_why.h"

#include <MQTTReasonCodes.h>
#include <stdio.h>
#include <string.h>

/* What a CONNACK may say in 3.1.1; 5 has names for its own. */
const char *
broker_refusal(int version, int code)
{
	static const char *const texts[] = {
	    [BROKER_BAD_VERSION] = "Unsupported Protocol Version",
	    [2] = "Client Identifier not valid",
	    [3] = "Server unavailable",
	    [4] = "Bad User Name or Password",
	    [5] = "Not authorized",
	};
	const char *text = NULL;

	if (code > 0 && code < (int)(sizeof(texts) / sizeof(texts[0])))
		text = texts[code];
	else if (version == 5)
		text = MQTTReasonCode_toString((enum MQTTReasonCodes)code);
	return text != NULL ? text : "for no known reason";
}

static bool
is_step(const struct broker_failure *f, const char *name)
{
	return f->step != NULL && strcmp(f->step, name) == 0;
}

void
broker_why(char why[BROKER_WHY_MAX], const struct broker_failure *f)
{
	if (f->code > 0)
		snprintf(why, BROKER_WHY_MAX, "refused: %s",
		    broker_refusal(f->version, f->code));
	else if (f->tls_error[0] != '\0')
		snprintf(why, BROKER_WHY_MAX, "TLS: %s", f->tls_error);
	else if (f->tls && is_step(f, "TCP/TLS connect failure"))
		snprintf(why, BROKER_WHY_MAX,
		    "TLS: the certificate is not valid for %s", f->host);
	else
		snprintf(why, BROKER_WHY_MAX, "%s",
		    is_step(f, "TCP connect timeout")
			? "no answer"
			: "closed without an answer");
}

/* "tid:error:code:library:function:reason:file:line:" */
void
broker_tls_reason(char reason[BROKER_TLS_MAX], const char *line, size_t len)
{
	const char *end = line + len, *at = line;

	for (int i = 0; i < 5 && at != NULL; i++) {
		at = memchr(at, ':', (size_t)(end - at));
		at = at != NULL ? at + 1 : NULL;
	}
	if (at == NULL)
		at = line;
	snprintf(reason, BROKER_TLS_MAX, "%.*s", (int)strcspn(at, ":\n"), at);
}
