/*
 * url.h - where a bus, a broker or a listener is
 *
 *	rtu:///dev/serial/by-id/usb-FTDI_A1?baud=9600&parity=E&stop=1
 *	tcp://192.168.10.20:502          tcp://[fd00::20]
 *	rtu+tcp://192.168.10.21:8899?baud=9600
 *	mqtts://broker.example:8883      127.0.0.1:8080
 *
 *	https://oapi.dingtalk.com/robot/send?access_token=...
 *
 * url_split, url_listen and url_web return NULL, or the end of a sentence that
 * begins with the text; url_line gives as many of them as there are mistakes.
 */
#ifndef URL_H
#define URL_H

#include "drivers/driver.h"

struct url {
	char scheme[16];
	char path[108]; /* begins with /, or "" */
	char host[254]; /* without the brackets of IPv6, or "" */
	int port; /* -1: not said */
	const char *query; /* behind ?, or "" ; of the text that was given */
};

const char *url_split(const char *text, struct url *u);

/* A bus.  9600 baud, parity N and 1 stop bit unless said (data bits are always
 * 8, as Modbus RTU wants); port 502, but of rtu+tcp, for which no port is
 * usual, one must be said.  timeout_ms is not touched.  Returns how many
 * sentences are in whys, static texts; 0: it is right. */
#define URL_WHYS_MAX 7 /* where it is, and each kind of parameter */
size_t url_line(
    const char *text, struct driver_line *line, const char *whys[URL_WHYS_MAX]);

/* host:port without a scheme; both must be there. */
const char *url_listen(const char *text, struct url *u);

/* http:// or https://; *rest, of the text, is what stands behind host and port:
 * path and query, or "".  Neither is judged but for its letters; u has only
 * scheme, host and port. */
const char *url_web(
    const char *text, struct url *u, bool *tls, const char **rest);

/* Whether a user, with or without a password, stands before the host. */
bool url_has_user(const char *text);

bool url_loopback(const char *host); /* localhost, 127.0.0.0/8, ::1 */

#endif
