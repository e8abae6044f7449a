/*
 * judge.c - who may ask
 *
 * First what each head means, pure; then a request with all of them.
 *
 * What is posted must say its length: so what is too long is refused before any
 * of it is read, and nothing has to be found out in the middle.
 */
#include "gateway/web/judge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/alarm/order.h"
#include "gateway/base/buf.h"
#include "gateway/base/ip.h"
#include "gateway/web/answer.h"
#include "gateway/web/listener.h"
#include "gateway/web/request.h"
#include "gateway/web/visit.h"

#define TOKEN_CHARACTERS /* RFC 9110, 5.6.2 */                                 \
	"!#$%&'*+-.^_`|~0123456789"                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* ---- heads ---- */

static bool
is_own(const char *host, const char *const *own, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(host, own[i]) == 0)
			return true;
	return false;
}

bool
judge_head(const char *name, const char *value)
{
	size_t len = strspn(name, TOKEN_CHARACTERS);

	if (len == 0 || name[len] != '\0')
		return false;
	for (const char *c = value != NULL ? value : ""; *c != '\0'; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return false;
	return true;
}

bool
judge_host(const char *text, const char *const *own, size_t count)
{
	bool brackets = *text == '[';
	const char *from = brackets ? text + 1 : text;
	const char *end = from + strcspn(from, brackets ? "]" : ":");
	size_t len = (size_t)(end - from);
	char host[LISTENER_HOST_MAX];

	if (len >= sizeof(host) || (brackets && *end++ != ']') ||
	    (*end != '\0' && *end != ':'))
		return false;
	memcpy(host, from, len);
	host[len] = '\0';
	return ip_is_address(host) || strcasecmp(host, "localhost") == 0 ||
	    is_own(host, own, count);
}

bool
judge_origin(const char *origin, const char *host)
{
	static const char *const schemes[] = {"http://", "https://"};

	if (host == NULL || *host == '\0')
		return false;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(origin, schemes[i], len) == 0)
			return strcasecmp(origin + len, host) == 0;
	}
	return false;
}

static bool
is_loopback_v4(uint32_t address)
{
	return ntohl(address) >> 24 == IN_LOOPBACKNET;
}

static bool
is_loopback_v6(const struct in6_addr *a)
{
	uint32_t v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return IN6_IS_ADDR_LOOPBACK(a) ||
	    (IN6_IS_ADDR_V4MAPPED(a) && is_loopback_v4(v4));
}

bool
judge_peer(const struct sockaddr *peer)
{
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	return (peer->sa_family == AF_INET &&
		   is_loopback_v4(v4->sin_addr.s_addr)) ||
	    (peer->sa_family == AF_INET6 && is_loopback_v6(&v6->sin6_addr));
}

static void
map_v4(struct in6_addr *out, const struct in_addr *v4)
{
	*out = (struct in6_addr){0};
	memset(out->s6_addr + 10, 0xff, 2);
	memcpy(out->s6_addr + 12, v4, sizeof(*v4));
}

bool
judge_is(const struct sockaddr *peer, const char *address)
{
	struct in6_addr want, is;
	struct in_addr v4;

	if (address == NULL)
		return false;
	if (inet_pton(AF_INET, address, &v4) == 1)
		map_v4(&want, &v4);
	else if (inet_pton(AF_INET6, address, &want) != 1)
		return false;
	if (peer->sa_family == AF_INET)
		map_v4(&is,
		    &((const struct sockaddr_in *)(const void *)peer)
			 ->sin_addr);
	else if (peer->sa_family == AF_INET6)
		is = ((const struct sockaddr_in6 *)(const void *)peer)
			 ->sin6_addr;
	else
		return false;
	return memcmp(&is, &want, sizeof(is)) == 0;
}

bool
judge_json(const char *type)
{
	size_t len = strlen(MIME_JSON);

	return strncasecmp(type, MIME_JSON, len) == 0 &&
	    (type[len] == '\0' || strchr("; \t", type[len]) != NULL);
}

/* ---- requests ---- */

/* Its value, or NULL. */
static const char *
head(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static bool refuse(struct refusal *no, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* False, for who judges. */
static bool
refuse(struct refusal *no, unsigned status, const char *fmt, ...)
{
	va_list ap;

	no->status = status;
	va_start(ap, fmt);
	vsnprintf(no->why, sizeof(no->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool
refuse_method(struct refusal *no, const char *allow, const char *why)
{
	no->allow = allow;
	return refuse(no, MHD_HTTP_METHOD_NOT_ALLOWED, "%s", why);
}

static bool
refuse_verb(struct refusal *no, const char *verb)
{
	struct buf verbs = {0};

	buf_puts(&verbs, order_verb_names[0]);
	for (size_t i = 1; order_verb_names[i] != NULL; i++)
		buf_printf(&verbs, ", %s", order_verb_names[i]);
	refuse(no, MHD_HTTP_NOT_FOUND,
	    "an alarm has no verb \"%.40s\"; there are %s", verb, verbs.data);
	buf_free(&verbs);
	return false;
}

static bool
judge_access(
    struct refusal *no, const struct visit *v, const struct judge_asked *asked)
{
	enum need need = asked->verb != NULL
	    ? access_order(order_verb(asked->verb))
	    : (enum need)asked->need;
	const char *why;
	unsigned status = visit_judge(v, need, &why);

	return status == MHD_HTTP_OK || refuse(no, status, "%s", why);
}

static bool
judge_sender(struct refusal *no, struct MHD_Connection *c)
{
	const char *origin = head(c, MHD_HTTP_HEADER_ORIGIN);
	const char *host = head(c, MHD_HTTP_HEADER_HOST);

	if (origin != NULL && !judge_origin(origin, host))
		return refuse(no, MHD_HTTP_FORBIDDEN,
		    "this comes from a page of another site; only the "
		    "gateway's own may send it");
	return true;
}

static bool
judge_body(struct refusal *no, struct MHD_Connection *c)
{
	const char *type = head(c, MHD_HTTP_HEADER_CONTENT_TYPE);
	const char *length = head(c, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (type == NULL || !judge_json(type))
		return refuse(no, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		    "what is posted is JSON: Content-Type must be " MIME_JSON);
	if (length == NULL ||
	    head(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL)
		return refuse(no, MHD_HTTP_LENGTH_REQUIRED,
		    "what is posted must come with its Content-Length, and "
		    "whole");
	if (strtoull(length, NULL, 10) > ORDER_TEXT_MAX)
		return refuse(no, MHD_HTTP_CONTENT_TOO_LARGE,
		    "what is posted has at most %d bytes", ORDER_TEXT_MAX);
	return true;
}

static bool
judge_post(struct refusal *no, const struct visit *v, struct MHD_Connection *c,
    const struct judge_asked *asked)
{
	if (asked->verb != NULL && order_verb(asked->verb) == -1)
		return refuse_verb(no, asked->verb);
	if (strcmp(asked->method, MHD_HTTP_METHOD_POST) != 0)
		return refuse_method(
		    no, MHD_HTTP_METHOD_POST, "this is sent with POST");
	return judge_sender(no, c) && judge_access(no, v, asked) &&
	    judge_body(no, c);
}

static bool
has_body(struct MHD_Connection *c)
{
	const char *length = head(c, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return head(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
	    (length != NULL && strcmp(length, "0") != 0);
}

/* What a request has once, or not at all. */
static const char *const single[] = {MHD_HTTP_HEADER_HOST,
    MHD_HTTP_HEADER_CONTENT_LENGTH, MHD_HTTP_HEADER_TRANSFER_ENCODING};
#define SINGLE_COUNT (sizeof(single) / sizeof(single[0]))

struct heads {
	unsigned seen[SINGLE_COUNT];
	bool bad;
};

static enum MHD_Result
see_head(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct heads *h = cls;

	(void)kind;
	h->bad = h->bad || !judge_head(name, value);
	for (size_t i = 0; i < SINGLE_COUNT; i++)
		if (strcasecmp(name, single[i]) == 0 && h->seen[i]++ > 0)
			h->bad = true;
	return MHD_YES;
}

/* libmicrohttpd looks at the first of a name, and takes "Content-Length " for
 * another one; who stands before us may not. */
static bool
judge_heads(struct refusal *no, struct MHD_Connection *c)
{
	struct heads h = {.bad = false};

	MHD_get_connection_values(c, MHD_HEADER_KIND, see_head, &h);
	if (h.bad)
		return refuse(no, MHD_HTTP_BAD_REQUEST,
		    "a head is malformed, or there twice");
	return true;
}

bool
judge_request(struct refusal *no, const struct server *s, const struct visit *v,
    struct MHD_Connection *c, const struct judge_asked *asked)
{
	const char *host = head(c, MHD_HTTP_HEADER_HOST);

	*no = (struct refusal){0};
	if (!judge_heads(no, c))
		return false;
	if (s->tcp && host != NULL &&
	    !judge_host(host, s->hosts, s->host_count))
		return refuse(no, MHD_HTTP_MISDIRECTED_REQUEST,
		    "this host name is not served here; use the address, or "
		    "add the name to web.hosts");
	if (asked->posts)
		return judge_post(no, v, c, asked);
	if (strcmp(asked->method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(asked->method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse_method(
		    no, "GET, HEAD", "only GET and HEAD are served here");
	if (has_body(c))
		return refuse(no, MHD_HTTP_CONTENT_TOO_LARGE,
		    "a request with a body is not served here");
	return judge_access(no, v, asked);
}
