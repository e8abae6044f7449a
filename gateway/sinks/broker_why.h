/*
 * broker_why.h - why there is no connection to a broker, in words, pure
 */
#ifndef BROKER_WHY_H
#define BROKER_WHY_H

#include <stdbool.h>
#include <stddef.h>

#define BROKER_WHY_MAX 512 /* bytes of a reason */
#define BROKER_TLS_MAX 128 /* bytes of one of OpenSSL's, which are short */

#define BROKER_BAD_VERSION 1 /* what 3.1.1 says, to a CONNECT of 5 too */

/* What a connection failed of. */
struct broker_failure {
	int version; /* of MQTT, 3 or 5 */
	int code; /* of the CONNACK if positive, otherwise paho gave up */
	const char *step; /* paho's name of where, or NULL */
	bool tls; /* it was to be TLS, with this host */
	const char *host;
	char tls_error[BROKER_TLS_MAX]; /* the first OpenSSL gave, or "" */
};

void broker_why(char why[BROKER_WHY_MAX], const struct broker_failure *f);

/* What the broker means by the code of a refusal. */
const char *broker_refusal(int version, int code);

/* The reason in a line of OpenSSL's. */
void broker_tls_reason(
    char reason[BROKER_TLS_MAX], const char *line, size_t len);

#endif
