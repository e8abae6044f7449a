/*
 * feed.c - the `influx` of a configuration
 *
 * As with mqtt, what leaves the box in the clear is refused unless it stays on
 * the box or somebody said so, and a token never is sent in the clear.
 *
 * The url is the server's own, with path and query; of the query only what
 * would do harm is judged: a password, and a precision that is not ours, which
 * would give every value a wrong time.
 */
#include "gateway/conf/feed.h"

#include <string.h>

#include "gateway/conf/file.h"
#include "gateway/conf/url.h"

#define FORM "write http://127.0.0.1:8086/write?db=riser"

struct draft {
	struct influx_conf conf;
	const char *token_name, *ca_name;
	bool allow_plaintext;
};

static const struct field fields[] = {
    {"url", WANT_TEXT, INTO(struct draft, conf.url),
	.required = "url: \"http://127.0.0.1:8086/write?db=riser\""},
    {"token_file", WANT_TEXT, INTO(struct draft, token_name)},
    {"ca_file", WANT_TEXT, INTO(struct draft, ca_name)},
    {"gzip", WANT_BOOL, INTO(struct draft, conf.gzip)},
    {"allow_plaintext", WANT_BOOL, INTO(struct draft, allow_plaintext)},
    {.key = NULL},
};

/* The value of a parameter of the query; NULL: it is not there. */
static const char *
parameter(const char *query, const char *name, size_t *length)
{
	size_t n = strlen(name);

	while (*query) {
		size_t pair = strcspn(query, "&");

		if (pair > n && strncmp(query, name, n) == 0 &&
		    query[n] == '=') {
			*length = pair - n - 1;
			return query + n + 1;
		}
		query += pair + (query[pair] == '&');
	}
	return NULL;
}

/* http://user:password@host, or InfluxDB's ?u=user&p=password. */
static bool
has_secret(const char *url)
{
	const char *query = strchr(url, '?');
	size_t length;

	return url_has_user(url) ||
	    (query &&
		(parameter(query + 1, "u", &length) ||
		    parameter(query + 1, "p", &length)));
}

static const char *
query_fault(const char *query)
{
	size_t length = 0;
	const char *precision = parameter(query, "precision", &length);

	if (precision == NULL || (length == 1 && *precision == 'n') ||
	    (length == 2 && strncmp(precision, "ns", 2) == 0))
		return NULL;
	return "has a precision that is not ours: times are written in ns; "
	       "drop it";
}

static const char *
url_fault(const char *text, struct url *u, bool *tls)
{
	const char *why, *rest;

	if (strncmp(text, "https://", 8) != 0 &&
	    strncmp(text, "http://", 7) != 0)
		return "is no url of a server; " FORM;
	if ((why = url_web(text, u, tls, &rest)) != NULL)
		return why;
	if (*rest != '/' || rest[1] == '\0' || rest[1] == '?')
		return "has no path; " FORM;
	rest += strcspn(rest, "?");
	return *rest == '?' ? query_fault(rest + 1) : NULL;
}

static void
judge_plaintext(struct walk *w, const struct node *n, const struct draft *d)
{
	if (d->token_name)
		walk_refuse(
		    w, n, "would send the token in the clear; write https://");
	else if (!d->allow_plaintext)
		walk_refuse(w, n,
		    "would send everything in the clear; write https://, or "
		    "add allow_plaintext: true if that is meant");
}

static void
judge_url(struct walk *w, const struct node *influx, const struct draft *d)
{
	const struct node *n = node_get(influx, "url");
	const char *why;
	struct url u;
	bool tls;

	if (n == NULL || n->kind != NODE_TEXT || *n->text == '\0')
		return;
	if (has_secret(n->text)) { /* and do not repeat it */
		node_error(w->diag, n,
		    "has a user or password in it; write token_file: instead");
		return;
	}
	if ((why = url_fault(n->text, &u, &tls)) != NULL)
		walk_refuse(w, n, "%s", why);
	if (why || tls)
		return;
	if (!url_loopback(u.host))
		judge_plaintext(w, n, d);
	if (d->ca_name)
		node_key_error(w->diag, node_get(influx, "ca_file"),
		    "is for TLS, and the url is http://; write https:// "
		    "there, or drop this key");
}

void
feed_read(struct walk *w, const struct node *influx, const char *site,
    const char *dir, struct influx_conf *out)
{
	struct draft d = {.conf = {.site = site, .gzip = true}};

	walk_map(w, influx, fields, &d);
	if (influx->kind != NODE_MAP)
		return;
	judge_url(w, influx, &d);
	if (d.ca_name)
		d.conf.ca_file =
		    file_secret(w, node_get(influx, "ca_file"), dir, false);
	if (d.token_name)
		d.conf.token =
		    file_password(w, node_get(influx, "token_file"), dir);
	*out = d.conf;
}
