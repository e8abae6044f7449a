/*
 * portal.c - the `web` of a configuration
 *
 * Beyond loopback somebody must have decided how it is protected: TLS, a proxy,
 * or in the clear for a page that only shows.  A certificate that is not its
 * key's would be found out by whoever comes first, so it is found out here; one
 * that has expired is only a warning (conf_warn.c): a gateway that polls is
 * worth more than its page, and its clock may be what is wrong.  So is a users
 * file that is not there yet, for `riser passwd` reads this configuration to
 * make it.
 *
 * The names in the certificate are names we are called by.
 */
#include "gateway/conf/portal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/ip.h"
#include "gateway/conf/file.h"
#include "gateway/conf/url.h"

#define PEM_MAX 65536 /* bytes; a chain has some thousands */
#define HOSTS_MAX 16
#define HOST_LETTERS                                                           \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

struct draft {
	const char *listen, *users, *cert, *key;
	const struct node *hosts;
	struct conf_web web;
};

static const struct field fields[] = {
    {"listen", WANT_TEXT, INTO(struct draft, web.listen)},
    {"users_file", WANT_TEXT, INTO(struct draft, users)},
    {"cert_file", WANT_TEXT, INTO(struct draft, cert)},
    {"key_file", WANT_TEXT, INTO(struct draft, key)},
    {"trusted_proxy", WANT_TEXT, INTO(struct draft, web.trusted_proxy)},
    {"hosts", WANT_NODE, INTO(struct draft, hosts)},
    {"allow_plaintext", WANT_BOOL, INTO(struct draft, web.allow_plaintext)},
    {.key = NULL},
};

/* ---- where ---- */

static const char *
open_fault(const struct draft *d)
{
	if (d->cert == NULL && d->web.trusted_proxy == NULL &&
	    !d->web.allow_plaintext)
		return "is open to other machines: add cert_file and key_file, "
		       "or trusted_proxy, or allow_plaintext: true for a page "
		       "that only shows";
	if (d->users == NULL && !d->web.allow_plaintext)
		return "is open to other machines, from which one must log in: "
		       "add users_file";
	return NULL;
}

static const char *
listen_fault(const struct draft *d)
{
	const char *why;
	struct url u;

	if ((why = url_listen(d->web.listen, &u)) != NULL)
		return why;
	if (!ip_is_address(u.host))
		return "has no address but a name; write 127.0.0.1:8080";
	return url_loopback(u.host) ? NULL : open_fault(d);
}

static bool
is_loopback(const char *listen)
{
	struct url u;

	return url_listen(listen, &u) == NULL && url_loopback(u.host);
}

static void
judge_ways(struct walk *w, const struct node *web, const struct draft *d)
{
	const struct node *n = node_get(web, "allow_plaintext");
	const char *why = listen_fault(d);

	if (why != NULL)
		walk_refuse(w, node_get(web, "listen"), "%s", why);
	if (d->web.allow_plaintext && d->cert != NULL)
		node_key_error(w->diag, n,
		    "is of no use beside cert_file: all is encrypted; drop "
		    "this key");
	else if (d->web.allow_plaintext && is_loopback(d->web.listen))
		node_key_error(w->diag, n,
		    "is of no use on loopback, which nobody else hears; drop "
		    "this key");
	if (d->web.trusted_proxy != NULL &&
	    !ip_is_address(d->web.trusted_proxy))
		walk_refuse(w, node_get(web, "trusted_proxy"),
		    "is no address; write the one that the proxy comes from, "
		    "such as 127.0.0.1");
}

/* ---- names ---- */

static void
host_add(struct walk *w, struct conf_web *web, const char *name)
{
	if (web->hosts == NULL)
		web->hosts =
		    arena_array(w->memory, HOSTS_MAX, sizeof(*web->hosts));
	for (size_t i = 0; i < web->host_count; i++)
		if (strcmp(web->hosts[i], name) == 0)
			return;
	if (web->host_count < HOSTS_MAX)
		web->hosts[web->host_count++] = arena_text(w->memory, name);
}

static bool
is_host(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < 254 && strspn(text, HOST_LETTERS) == len &&
	    *text != '.' && *text != '-';
}

static void
read_hosts(struct walk *w, const struct node *list, struct conf_web *web)
{
	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count > HOSTS_MAX) {
		node_error(
		    w->diag, list, "has %zu names; 16 will do", list->count);
		return;
	}
	for (const struct node *n = list->first; n; n = n->next) {
		if (!walk_is(w, n, NODE_TEXT))
			continue;
		if (is_host(n->text))
			host_add(w, web, n->text);
		else
			walk_refuse(w, n,
			    "is no host's name; write one such as "
			    "gateway.lan, without a port");
	}
}

/* ---- certificates ---- */

static char *
read_pem(struct walk *w, const struct node *n, const char *dir, bool private)
{
	const char *path = file_secret(w, n, dir, private);
	char *bytes = NULL, *text;
	size_t len;

	if (path == NULL)
		return NULL;
	bytes = file_read(path, PEM_MAX, &len);
	if (bytes == NULL) {
		walk_refuse(w, n, "is too large: name a file of PEM texts");
		return NULL;
	}
	text = arena_text(w->memory, bytes);
	explicit_bzero(bytes, len);
	free(bytes);
	return text;
}

static X509 *
parse_cert(struct walk *w, const struct node *n, const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);

	BIO_free(in);
	if (cert == NULL)
		walk_refuse(w, n,
		    "is no certificate: it must begin with -----BEGIN "
		    "CERTIFICATE-----");
	return cert;
}

/* Nobody is there to say a key's password. */
static int
no_password(char *out, int size, int writing, void *cls)
{
	(void)out, (void)size, (void)writing, (void)cls;
	return -1;
}

static EVP_PKEY *
parse_key(struct walk *w, const struct node *n, const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);

	BIO_free(in);
	if (key == NULL)
		walk_refuse(w, n,
		    "is no private key, or has a password: it must begin with "
		    "-----BEGIN PRIVATE KEY-----");
	return key;
}

static int64_t
time_of(const ASN1_TIME *t)
{
	struct tm tm = {0};

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void
read_names(struct walk *w, X509 *cert, struct conf_web *web)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		const char *name;

		if (g->type != GEN_DNS)
			continue;
		name = (const char *)ASN1_STRING_get0_data(g->d.dNSName);
		if ((size_t)ASN1_STRING_length(g->d.dNSName) == strlen(name) &&
		    is_host(name))
			host_add(w, web, name);
	}
	GENERAL_NAMES_free(names);
}

static void
judge_pair(struct walk *w, const struct node *web, struct draft *d)
{
	const struct node *key_node = node_get(web, "key_file");
	X509 *cert = parse_cert(w, node_get(web, "cert_file"), d->web.cert);
	EVP_PKEY *key = parse_key(w, key_node, d->web.key);

	if (cert != NULL && key != NULL &&
	    X509_check_private_key(cert, key) != 1)
		walk_refuse(w, key_node,
		    "is not the key of the certificate in cert_file; name the "
		    "one it was made with");
	if (cert != NULL) {
		d->web.cert_from_ms = time_of(X509_get0_notBefore(cert));
		d->web.cert_until_ms = time_of(X509_get0_notAfter(cert));
		read_names(w, cert, &d->web);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

static void
read_tls(
    struct walk *w, const struct node *web, const char *dir, struct draft *d)
{
	const struct node *cert = d->cert ? node_get(web, "cert_file") : NULL;
	const struct node *key = d->key ? node_get(web, "key_file") : NULL;

	if (cert != NULL && key == NULL)
		node_key_error(
		    w->diag, cert, "is of no use alone; add key_file:");
	if (key != NULL && cert == NULL)
		node_key_error(
		    w->diag, key, "is of no use alone; add cert_file:");
	if (cert != NULL)
		d->web.cert = read_pem(w, cert, dir, false);
	if (key != NULL)
		d->web.key = read_pem(w, key, dir, true);
	if (d->web.cert != NULL && d->web.key != NULL)
		judge_pair(w, web, d);
}

/* ---- all of it ---- */

static const char *
users_place(
    struct walk *w, const struct node *n, const char *dir, const char *name)
{
	const char *path = file_place(name, dir, w->memory);

	if (access(path, F_OK) == 0)
		file_secret(w, n, dir, true);
	return path;
}

void
portal_read(
    struct walk *w, const struct node *web, const char *dir, struct conf *c)
{
	struct draft d = {
	    .web = {.listen = "127.0.0.1:8080", .source_line = web->at.line}};

	c->has_web = true;
	walk_map(w, web, fields, &d);
	if (web->kind != NODE_MAP)
		return;
	judge_ways(w, web, &d);
	read_hosts(w, d.hosts, &d.web);
	read_tls(w, web, dir, &d);
	if (d.users != NULL)
		d.web.users_file =
		    users_place(w, node_get(web, "users_file"), dir, d.users);
	c->web = d.web;
}
