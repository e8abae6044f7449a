/*
 * visit.h - who asks, and how he came
 */
#ifndef VISIT_H
#define VISIT_H

#include <microhttpd.h>

#include "gateway/web/access.h"
#include "gateway/web/session.h"

#define VISIT_ADDRESS_MAX 64
#define VISIT_COOKIE "riser_session"

struct server;

struct visit {
	enum way way;
	bool here; /* from this machine, or through a proxy for nobody knows
		      whom: an address that many share */
	char address[VISIT_ADDRESS_MAX]; /* for whom, as far as is believed */
	struct person person; /* who is logged in; or nobody */
};

void visit_read(
    struct visit *v, const struct server *s, struct MHD_Connection *c);

/* Whether he may: as access_judge. */
unsigned visit_judge(const struct visit *v, enum need need, const char **why);

/* His cookie, or NULL. */
const char *visit_token(struct MHD_Connection *c);

/* ---- pure ---- */

struct visit_heads {
	bool tcp, tls, open; /* of the server; open: allow_plaintext */
	bool here, proxy; /* the peer: this machine, the trusted proxy */
	bool forwarded; /* for somebody else */
	bool https; /* as the proxy says */
};

enum way visit_way(const struct visit_heads *h);

/* The last address of a list as a proxy writes it (the only one that the proxy
 * itself saw): "10.0.0.9", "1.2.3.4, 10.0.0.9", "[fd00::1]:443", "1.2.3.4:80".
 * False if it is none. */
bool visit_last(const char *list, char address[VISIT_ADDRESS_MAX]);

#endif
