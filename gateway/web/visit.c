/*
 * visit.c - who asks, and how he came
 *
 * Of the heads in which proxies say for whom they ask, only the trusted proxy's
 * are believed, and of those only the last: the others are what it was told.
 * From this machine they are a warning, for a proxy that nobody named would
 * make the whole world local; from anywhere else they mean nothing.
 */
#include "gateway/web/visit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/clock.h"
#include "gateway/web/judge.h"
#include "gateway/web/ration.h"
#include "gateway/web/request.h"

#define FORWARDED_FOR "X-Forwarded-For"
#define FORWARDED_PROTO "X-Forwarded-Proto"

static const char *const marks[] = {FORWARDED_FOR, FORWARDED_PROTO, "Forwarded",
    "X-Forwarded-Host", "X-Real-IP", "Via"};

/* ---- pure ---- */

enum way
visit_way(const struct visit_heads *h)
{
	if (!h->tcp)
		return WAY_UNIX;
	if (h->proxy && h->forwarded)
		return h->https ? WAY_HTTPS : WAY_CLEAR;
	if (h->here)
		return h->forwarded ? WAY_STRANGER : WAY_LOOPBACK;
	if (h->tls)
		return WAY_HTTPS;
	return h->open ? WAY_OPEN : WAY_CLEAR;
}

/* The port behind it is cut off. */
static void
cut_port(char *address)
{
	char *colon = strchr(address, ':'), *end;

	if (*address == '[' && (end = strchr(address, ']')) != NULL) {
		*end = '\0';
		memmove(address, address + 1, (size_t)(end - address));
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		*colon = '\0';
	}
}

bool
visit_last(const char *list, char address[VISIT_ADDRESS_MAX])
{
	const char *comma = strrchr(list, ',');
	const char *from = comma != NULL ? comma + 1 : list;
	size_t len;

	from += strspn(from, " \t");
	len = strcspn(from, " \t");
	if (from[len + strspn(from + len, " \t")] != '\0' ||
	    len >= VISIT_ADDRESS_MAX)
		return false;
	memcpy(address, from, len);
	address[len] = '\0';
	cut_port(address);
	return ration_who_text(address) != 0;
}

/* ---- a connection's ---- */

struct last {
	const char *name, *value;
};

static enum MHD_Result
take_last(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct last *l = cls;

	(void)kind;
	if (strcasecmp(name, l->name) == 0)
		l->value = value;
	return MHD_YES;
}

/* A proxy may add its line behind those it was sent. */
static const char *
last_head(struct MHD_Connection *c, const char *name)
{
	struct last l = {.name = name};

	MHD_get_connection_values(c, MHD_HEADER_KIND, take_last, &l);
	return l.value;
}

static bool
is_forwarded(struct MHD_Connection *c)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, marks[i]) !=
		    NULL)
			return true;
	return false;
}

static void
put_peer(char address[VISIT_ADDRESS_MAX], const struct sockaddr *peer)
{
	socklen_t len = peer->sa_family == AF_INET6
	    ? sizeof(struct sockaddr_in6)
	    : sizeof(struct sockaddr_in);

	if (getnameinfo(peer, len, address, VISIT_ADDRESS_MAX, NULL, 0,
		NI_NUMERICHOST) != 0)
		strcpy(address, "?");
	address[strcspn(address, "%")] = '\0'; /* the link's name */
}

static void
read_tcp(struct visit *v, struct visit_heads *h, const struct server *s,
    struct MHD_Connection *c)
{
	const struct sockaddr *peer =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
		->client_addr;
	const char *proto = last_head(c, FORWARDED_PROTO);
	const char *for_whom = last_head(c, FORWARDED_FOR);

	h->here = judge_peer(peer);
	h->proxy = judge_is(peer, s->proxy);
	h->forwarded = is_forwarded(c);
	h->https = proto != NULL && strcasecmp(proto, "https") == 0;
	put_peer(v->address, peer);
	v->here = h->here;
	if (h->proxy && for_whom != NULL && visit_last(for_whom, v->address))
		v->here = false;
}

unsigned
visit_judge(const struct visit *v, enum need need, const char **why)
{
	return access_judge(v->way, (enum role)v->person.role, need, why);
}

const char *
visit_token(struct MHD_Connection *c)
{
	return MHD_lookup_connection_value(c, MHD_COOKIE_KIND, VISIT_COOKIE);
}

void
visit_read(struct visit *v, const struct server *s, struct MHD_Connection *c)
{
	struct visit_heads h = {
	    .tcp = s->tcp, .tls = s->tls, .open = s->allow_plaintext};
	const char *token = visit_token(c);

	*v = (struct visit){.here = true, .address = "unix"};
	if (s->tcp)
		read_tcp(v, &h, s, c);
	v->way = visit_way(&h);
	if (token != NULL && s->sessions != NULL && access_has_sessions(v->way))
		sessions_find(s->sessions, token, clock_mono_ms(), &v->person);
}
