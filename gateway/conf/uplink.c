/*
 * uplink.c - the `mqtt` of a configuration
 *
 * What leaves the box in the clear is refused unless it stays on the box or
 * somebody said so; a password never is sent in the clear.
 */
#include "gateway/conf/uplink.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/conf/file.h"
#include "gateway/conf/url.h"

#define PORT_PLAIN 1883
#define PORT_TLS 8883

enum { FILE_PASSWORD, FILE_CA, FILE_CERT, FILE_KEY, FILE_COUNT };

static const char *const file_keys[FILE_COUNT] = {
    "password_file", "ca_file", "cert_file", "key_file"};

struct draft {
	struct mqtt_conf conf;
	const char *names[FILE_COUNT];
	const struct node *files[FILE_COUNT]; /* those that have a name */
	bool allow_plaintext;
};

static const struct field fields[] = {
    {"url", WANT_TEXT, INTO(struct draft, conf.url),
	.required = "url: \"mqtts://broker.example:8883\""},
    {"version", WANT_INTEGER, INTO(struct draft, conf.version), .min = 3,
	.max = 5},
    {"client_id", WANT_TEXT, INTO(struct draft, conf.client_id)},
    {"username", WANT_TEXT, INTO(struct draft, conf.username)},
    {"password_file", WANT_TEXT, INTO(struct draft, names[FILE_PASSWORD])},
    {"ca_file", WANT_TEXT, INTO(struct draft, names[FILE_CA])},
    {"cert_file", WANT_TEXT, INTO(struct draft, names[FILE_CERT])},
    {"key_file", WANT_TEXT, INTO(struct draft, names[FILE_KEY])},
    {"prefix", WANT_TEXT, INTO(struct draft, conf.prefix)},
    {"state_every", WANT_DURATION, INTO(struct draft, conf.state_every_ms),
	.min = 100, .max = 24 * 3600 * 1000},
    {"commands", WANT_BOOL, INTO(struct draft, conf.commands)},
    {"allow_plaintext", WANT_BOOL, INTO(struct draft, allow_plaintext)},
    {.key = NULL},
};

static void
judge_version(struct walk *w, const struct node *n)
{
	if (n && n->kind == NODE_TEXT && strcmp(n->text, "4") == 0)
		walk_refuse(w, n,
		    "is MQTT 3.1.1's number on the wire; write 3 "
		    "for it, or 5 for MQTT 5");
}

/* riser, or a/b/c: no level empty, no wildcard. */
static void
judge_prefix(struct walk *w, const struct node *n)
{
	size_t len;

	if (n == NULL || n->kind != NODE_TEXT || *n->text == '\0')
		return;
	len = strlen(n->text);
	if (strpbrk(n->text, "+#") || strstr(n->text, "//") ||
	    *n->text == '/' || *n->text == '$' || n->text[len - 1] == '/')
		walk_refuse(w, n,
		    "is no beginning of a topic; write levels "
		    "such as riser or city/riser, without + and #");
}

static const char *
url_fault(const char *text, struct url *u, bool *tls)
{
	const char *why = url_split(text, u);

	if (why)
		return why;
	*tls = strcmp(u->scheme, "mqtts") == 0;
	if (!*tls && strcmp(u->scheme, "mqtt") != 0)
		return "has an unknown scheme; write mqtts://HOST:8883, or "
		       "mqtt:// for a broker on this machine";
	if (*u->host == '\0' || *u->query)
		return "is no broker; write mqtts://HOST:8883";
	if (u->port == 0)
		return "has no valid port; write one from 1 to 65535";
	return NULL;
}

/* With the port, whether it was said or not. */
static const char *
whole_url(struct walk *w, const struct url *u, bool tls)
{
	bool v6 = strchr(u->host, ':') != NULL;
	struct buf b = {0};
	const char *url;

	buf_printf(&b, "%s://%s%s%s:%d", u->scheme, v6 ? "[" : "", u->host,
	    v6 ? "]" : "",
	    u->port > 0 ? u->port
		: tls	? PORT_TLS
			: PORT_PLAIN);
	url = arena_text(w->memory, b.data);
	buf_free(&b);
	return url;
}

static void
judge_plaintext(struct walk *w, const struct node *n, const struct draft *d)
{
	if (d->files[FILE_PASSWORD])
		walk_refuse(w, n,
		    "would send the password in the clear; "
		    "write mqtts://");
	else if (!d->allow_plaintext)
		walk_refuse(w, n,
		    "would send everything in the clear; write "
		    "mqtts://, or add allow_plaintext: true if that is meant");
}

static void
refuse_tls_files(struct walk *w, const struct draft *d)
{
	for (int i = FILE_CA; i <= FILE_KEY; i++)
		if (d->files[i])
			node_key_error(w->diag, d->files[i],
			    "is for TLS, and the url is mqtt://; write "
			    "mqtts:// there, or drop this key");
}

static void
judge_url(struct walk *w, const struct node *n, struct draft *d)
{
	const char *why;
	struct url u;
	bool tls;

	if (n == NULL || n->kind != NODE_TEXT || *n->text == '\0')
		return;
	if (strchr(n->text, '@')) { /* and do not repeat it */
		node_error(w->diag, n,
		    "has a user or password in it; write "
		    "username: and password_file: instead");
		return;
	}
	if ((why = url_fault(n->text, &u, &tls)) != NULL) {
		walk_refuse(w, n, "%s", why);
		return;
	}
	d->conf.url = whole_url(w, &u, tls);
	if (tls)
		return;
	if (!url_loopback(u.host))
		judge_plaintext(w, n, d);
	refuse_tls_files(w, d);
}

static void
want_other(struct walk *w, const struct node *n, bool there, const char *key)
{
	if (n && !there)
		node_key_error(w->diag, n, "is of no use alone; add %s:", key);
}

static void
read_files(
    struct walk *w, const struct node *mqtt, const char *dir, struct draft *d)
{
	const struct node **files = d->files;

	d->conf.ca_file = file_secret(w, files[FILE_CA], dir, false);
	d->conf.cert_file = file_secret(w, files[FILE_CERT], dir, false);
	d->conf.key_file = file_secret(w, files[FILE_KEY], dir, true);
	d->conf.password = file_password(w, files[FILE_PASSWORD], dir);
	want_other(w, files[FILE_CERT], node_get(mqtt, "key_file"), "key_file");
	want_other(
	    w, files[FILE_KEY], node_get(mqtt, "cert_file"), "cert_file");
	want_other(
	    w, files[FILE_PASSWORD], node_get(mqtt, "username"), "username");
}

void
uplink_read(struct walk *w, const struct node *mqtt, const char *site,
    const char *dir, struct mqtt_conf *out)
{
	struct draft d = {.conf = {.version = 5,
			      .prefix = "riser",
			      .site = site,
			      .state_every_ms = 10 * 1000}};
	struct buf id = {0};

	buf_printf(&id, "riser-%s", site ? site : "");
	d.conf.client_id = arena_text(w->memory, id.data);
	buf_free(&id);
	walk_map(w, mqtt, fields, &d);
	if (mqtt->kind != NODE_MAP)
		return;
	for (int i = 0; i < FILE_COUNT; i++)
		if (d.names[i])
			d.files[i] = node_get(mqtt, file_keys[i]);
	judge_version(w, node_get(mqtt, "version"));
	judge_prefix(w, node_get(mqtt, "prefix"));
	judge_url(w, node_get(mqtt, "url"), &d);
	read_files(w, mqtt, dir, &d);
	*out = d.conf;
}
