/*
 * url.c - where a bus, a broker or a listener is
 *
 * Whether a scheme is served is the drivers' business, so that a new one needs
 * no line here: a path makes a serial line, a host a connection,
 * and rtu+tcp a serial line behind a connection, with the parts of both.
 */
#include "gateway/conf/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "gateway/conf/scalar.h"

#define MODBUS_PORT 502
#define RTU_FORM "write rtu:///dev/serial/by-id/NAME?baud=9600&parity=N&stop=1"
#define TCP_FORM "write tcp://HOST:502"
#define FAR_FORM "write rtu+tcp://HOST:PORT?baud=9600&parity=N&stop=1"
#define SCHEME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789+-."
#define HOST_LETTERS                                                           \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define NO_HOST                                                                \
	"has no valid host; write a name or an address, an IPv6 address in "   \
	"[brackets]"

/* ---- parts ---- */

/* Copies len bytes; false if they do not fit. */
static bool
copy_part(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static const char *
port_part(const char *text, size_t len, int *port)
{
	char digits[8];
	int64_t number;

	if (!copy_part(digits, sizeof(digits), text, len) ||
	    scalar_integer(digits, &number) || number < 0 || number > 65535)
		return "has no valid port; write one from 1 to 65535";
	*port = (int)number;
	return NULL;
}

/* An address as it stands in [brackets], with its interface: fe80::1%eth0. */
static bool
is_ipv6(const char *text)
{
	char address[64];
	struct in6_addr v6;

	return copy_part(address, sizeof(address), text, strcspn(text, "%")) &&
	    inet_pton(AF_INET6, address, &v6) == 1;
}

/* len bytes of host[:port] or [host][:port]. */
static const char *
host_part(const char *text, size_t len, struct url *u)
{
	bool bracket = *text == '[';
	const char *host = text + bracket;
	size_t host_len =
	    bracket ? strcspn(host, "]") : strspn(host, HOST_LETTERS);
	size_t used = host_len + (bracket ? 2 : 0);

	if (used > len || host_len == 0)
		return NO_HOST;
	if (!copy_part(u->host, sizeof(u->host), host, host_len))
		return "has a host longer than 253 characters";
	if (bracket && !is_ipv6(u->host))
		return NO_HOST;
	if (used == len)
		return NULL;
	if (text[used] != ':')
		return "has something behind the host; write HOST:PORT";
	return port_part(text + used + 1, len - used - 1, &u->port);
}

const char *
url_split(const char *text, struct url *u)
{
	size_t scheme_len = strspn(text, SCHEME_LETTERS), len;
	const char *rest;

	*u = (struct url){.port = -1, .query = ""};
	if (scheme_len == 0 || strncmp(text + scheme_len, "://", 3) != 0)
		return "is no url; it begins with a scheme such as rtu:// or "
		       "tcp://";
	if (!copy_part(u->scheme, sizeof(u->scheme), text, scheme_len))
		return "has a scheme nobody knows; write rtu:// or tcp://";
	rest = text + scheme_len + 3;
	len = strcspn(rest, "?");
	if (rest[len] == '?')
		u->query = rest + len + 1;
	if (*rest != '/')
		return host_part(rest, len, u);
	if (!copy_part(u->path, sizeof(u->path), rest, len))
		return "has a path longer than 107 bytes; make a shorter link "
		       "to the device";
	return NULL;
}

/* ---- buses ---- */

struct faults {
	const char **whys;
	size_t count;
};

/* Each once. */
static void
tell(struct faults *f, const char *why)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->whys[i] == why)
			return;
	if (why != NULL && f->count < URL_WHYS_MAX)
		f->whys[f->count++] = why;
}

static bool
is_far(const struct url *u)
{
	return strcmp(u->scheme, "rtu+tcp") == 0;
}

static const char *
set_baud(struct driver_line *line, const char *value)
{
	static const uint32_t rates[] = {300, 600, 1200, 2400, 4800, 9600,
	    19200, 38400, 57600, 115200, 230400};
	int64_t baud;

	if (scalar_integer(value, &baud) == NULL)
		for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
			if (baud == rates[i]) {
				line->baud = rates[i];
				return NULL;
			}
	return "has a baud rate that serial ports do not have; write 9600, "
	       "19200 or another usual one up to 230400";
}

static const char *
set_parity(struct driver_line *line, const char *value)
{
	if (strlen(value) != 1 || !strchr("NEO", *value))
		return "has an unknown parity; write parity=N, parity=E or "
		       "parity=O";
	line->parity = *value;
	return NULL;
}

static const char *
set_stop(struct driver_line *line, const char *value)
{
	if (strcmp(value, "1") != 0 && strcmp(value, "2") != 0)
		return "has a wrong number of stop bits; write stop=1 or "
		       "stop=2";
	line->stop_bits = (uint8_t)(*value - '0');
	return NULL;
}

static const struct {
	const char *key;
	const char *(*set)(struct driver_line *line, const char *value);
} parameters[] = {
    {"baud", set_baud}, {"parity", set_parity}, {"stop", set_stop}};

/* seen: a bit for each that was set. */
static const char *
set_parameter(struct driver_line *line, const char *key, const char *value,
    unsigned *seen)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++) {
		if (strcmp(key, parameters[i].key) != 0)
			continue;
		if (*seen & 1u << i)
			return "has a parameter twice; write "
			       "?baud=9600&parity=N&stop=1";
		*seen |= 1u << i;
		return parameters[i].set(line, value);
	}
	return "has a parameter that serial lines do not have; write "
	       "?baud=9600&parity=N&stop=1";
}

/* baud=9600, of len bytes. */
static const char *
take_parameter(
    struct driver_line *line, const char *text, size_t len, unsigned *seen)
{
	char pair[64];
	char *value;

	if (!copy_part(pair, sizeof(pair), text, len) ||
	    (value = strchr(pair, '=')) == NULL)
		return "has a parameter without a value; write "
		       "?baud=9600&parity=N&stop=1";
	*value++ = '\0';
	return set_parameter(line, pair, value, seen);
}

/* baud=9600&parity=E */
static void
serial_line(struct driver_line *line, const char *query, struct faults *f)
{
	unsigned seen = 0;

	line->baud = 9600;
	line->parity = 'N';
	line->stop_bits = 1;
	while (*query) {
		size_t len = strcspn(query, "&");

		tell(f, take_parameter(line, query, len, &seen));
		query += len + (query[len] == '&');
	}
}

static const char *
near_place(struct driver_line *line, const struct url *u)
{
	if (strcmp(u->scheme, "tcp") == 0)
		return "has no host; " TCP_FORM;
	if (is_far(u))
		return "has no host; " FAR_FORM;
	if (strlen(u->path) < 2)
		return "has no device; " RTU_FORM;
	strcpy(line->path, u->path);
	return NULL;
}

static const char *
net_place(struct driver_line *line, const struct url *u)
{
	if (u->port == 0)
		return "has no valid port; write one from 1 to 65535";
	if (is_far(u) && u->port < 0)
		return "has no port, and no port is usual for serial "
		       "servers; " FAR_FORM;
	strcpy(line->host, u->host);
	line->port = (uint16_t)(u->port < 0 ? MODBUS_PORT : u->port);
	return NULL;
}

size_t
url_line(
    const char *text, struct driver_line *line, const char *whys[URL_WHYS_MAX])
{
	struct faults f = {.whys = whys};
	struct url u;
	const char *why = url_split(text, &u);
	bool rtu = strcmp(u.scheme, "rtu") == 0, near;

	if (u.scheme[0] == '\0') {
		tell(&f, why);
		return f.count;
	}
	strcpy(line->scheme, u.scheme);
	near = text[strlen(u.scheme) + strlen("://")] == '/';
	if (rtu && !near)
		why = "has no device path; " RTU_FORM;
	if (why == NULL)
		why = near ? near_place(line, &u) : net_place(line, &u);
	tell(&f, why);
	if (rtu || is_far(&u) || (near && strcmp(u.scheme, "tcp") != 0))
		serial_line(line, u.query, &f);
	else if (*u.query)
		tell(&f,
		    "has parameters, which a connection has not; " TCP_FORM);
	return f.count;
}

/* ---- listeners ---- */

const char *
url_listen(const char *text, struct url *u)
{
	const char *why;

	*u = (struct url){.port = -1, .query = ""};
	why = host_part(text, strlen(text), u);
	if (why == NULL && u->port < 0)
		return "has no port; write for example 127.0.0.1:8080";
	return why;
}

/* ---- web servers ---- */

bool
url_has_user(const char *text)
{
	const char *server = strstr(text, "://");

	server = server ? server + 3 : text;
	return server[strcspn(server, "@/?")] == '@';
}

const char *
url_web(const char *text, struct url *u, bool *tls, const char **rest)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~:/?[]@!$&'()*+,;=%";
	char server[sizeof("https://[]:65535") + sizeof(u->host)];
	const char *why;

	*tls = strncmp(text, "https://", 8) == 0;
	if (!*tls && strncmp(text, "http://", 7) != 0)
		return "is no url of a server; write https://HOST/PATH";
	if (text[strspn(text, letters)] != '\0')
		return "has a character that no url has; write it as %XX";
	*rest = text + (*tls ? 8 : 7);
	*rest += strcspn(*rest, "/?");
	if (!copy_part(server, sizeof(server), text, (size_t)(*rest - text)))
		return "has a host longer than 253 characters";
	if ((why = url_split(server, u)) != NULL)
		return why;
	u->query = ""; /* server's, which ends here */
	return u->port == 0 ? "has no valid port; write one from 1 to 65535"
			    : NULL;
}

bool
url_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcmp(host, "localhost") == 0;
}
