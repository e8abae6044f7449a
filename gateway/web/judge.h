/*
 * judge.h - who may ask: a request by its heads, before any body is read
 *
 * Whoever can open a page in a browser on this network could have a foreign
 * site's name point to us (DNS rebinding) and read along.  So a Host must be a
 * name we know.  An address is never refused: a name is what rebinding needs.
 *
 * A foreign page can also send us a form without reading the answer.  It cannot
 * send application/json without asking first (and we never say yes), nor leave
 * out where it comes from: so an order is JSON, and its Origin is our own.  Who
 * may send one at all is said in access.h.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define REFUSAL_MAX 512 /* bytes of a sentence with its NUL */

struct server;
struct visit;

/* What is asked for. */
struct judge_asked {
	const char *method;
	const char *verb; /* of an order, by its path; or NULL */
	bool posts; /* its path wants POST: an order, a login */
	uint8_t need; /* enum need; of an order not looked at */
};

struct refusal {
	unsigned status;
	const char *allow; /* the methods, of a 405; or NULL */
	char why[REFUSAL_MAX];
};

/* False, and no says how, if it is refused. */
bool judge_request(struct refusal *no, const struct server *s,
    const struct visit *v, struct MHD_Connection *c,
    const struct judge_asked *asked);

/* Whether what is posted is taken, as it says that it is short, before the
 * refusal is told. */
bool judge_hears_out(const struct refusal *no, struct MHD_Connection *c);

/* ---- the heads one by one, pure ---- */

/* Whether two who read a head could read two things in it: its name is no token
 * (a blank before the colon), its value has a control character. */
bool judge_head(const char *name, const char *value);

/* host is "name", "name:port", "[v6]" or "[v6]:port"; own: names of ours beside
 * localhost. */
bool judge_host(const char *host, const char *const *own, size_t count);

/* origin "http://192.168.10.5:8080" of the host "192.168.10.5:8080"; https too,
 * for TLS may end before us.  host may be NULL: then no. */
bool judge_origin(const char *origin, const char *host);

/* Whether the peer is on this machine: 127.0.0.0/8, ::1, or the first written
 * as IPv6. */
bool judge_peer(const struct sockaddr *peer);

/* Whether the peer has this address and no other, NULL: none.  One of IPv4 may
 * be written as IPv6. */
bool judge_is(const struct sockaddr *peer, const char *address);

/* A Content-Type of JSON, whatever its parameters. */
bool judge_json(const char *type);

#endif
