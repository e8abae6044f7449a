/*
 * http.c - the pages and the API over HTTP
 *
 * Two servers of libmicrohttpd, one a socket, each with one epoll thread of its
 * own; both answer from the same api.  A request is judged in the first call of
 * the handler, before any body is read: a refusal there ends the connection, so
 * that no body is ever read.  Answers are given in the second call, which
 * leaves the connection open for the next request.  Who asks too slowly, too
 * much or from too many connections meets libmicrohttpd's limits below; the
 * loop never notices.
 *
 * Whoever can open a page in a browser on this network could have a foreign
 * site's name point to us (DNS rebinding) and read along.  So over TCP a Host
 * must be a name we know.  An address is never refused: a name is what
 * rebinding needs.  Nor is a request without Host: no browser sends one, health
 * checks do.
 *
 * Not done: TLS, users, compression, ranges.
 */
#include "gateway/web/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/web/api.h"
#include "gateway/web/assets.h"
#include "gateway/web/listener.h"

#define CONNECTIONS_MAX 64 /* a server; a page needs one or two */
#define CONNECTIONS_AN_ADDRESS 32 /* nobody takes all of them */
#define IDLE_S 10 /* seconds without a byte, then it is closed */
#define MEMORY_BYTES 16384 /* a connection; bounds URL and headers */

#define MIME_JSON "application/json"

struct server {
	struct api *api; /* borrowed */
	bool judge_host;
	char host[LISTENER_HOST_MAX]; /* as it stands in `listen` */
	struct MHD_Daemon *daemon;
};

struct http {
	struct api *api;
	char *socket_path; /* NULL: not made yet */
	int port;
	struct server local, tcp;
};

struct route {
	const char *path, *type;
	unsigned (*print)(struct api *a, struct buf *out);
};

static const struct route routes[] = {
    {"/healthz", MIME_JSON, api_healthz},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", api_metrics},
    {"/api/v1/snapshot", MIME_JSON, api_snapshot},
    {"/api/v1/site", MIME_JSON, api_site},
    {"/api/v1/points", MIME_JSON, api_points},
};
#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

struct header {
	const char *name, *value;
};

/* On every answer: nothing foreign is loaded, nobody frames us. */
static const struct header headers[] = {
    {"Content-Security-Policy",
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self'; img-src 'self'; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
};
#define HEADER_COUNT (sizeof(headers) / sizeof(headers[0]))

/* ---- answers ---- */

/* Adds a header; a response without one of them would be a wrong one. */
static void
header_add(struct MHD_Response *r, const char *name, const char *value)
{
	enum MHD_Result rc = MHD_add_response_header(r, name, value);

	assert(rc == MHD_YES); /* only memory or a malformed header can fail */
}

static void
headers_add(struct MHD_Response *r, const char *type, const char *cache)
{
	for (size_t i = 0; i < HEADER_COUNT; i++)
		header_add(r, headers[i].name, headers[i].value);
	header_add(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	header_add(r, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
}

static enum MHD_Result
send_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result rc = MHD_queue_response(c, status, r);

	MHD_destroy_response(r); /* our reference of it */
	return rc;
}

/* Takes the text away from b. */
static struct MHD_Response *
response_of(struct buf *b, const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    b->len, b->data, MHD_RESPMEM_MUST_FREE);

	assert(r != NULL); /* as must_alloc */
	headers_add(r, type, "no-store");
	*b = (struct buf){0};
	return r;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, unsigned status, const char *why)
{
	struct buf b = {0};
	struct MHD_Response *r;

	api_error(&b, "%s", why);
	r = response_of(&b, MIME_JSON);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		header_add(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return send_response(c, status, r);
}

static enum MHD_Result
answer_route(struct MHD_Connection *c, struct api *a, const struct route *route)
{
	struct buf b = {0};
	unsigned status = route->print(a, &b);

	return send_response(c, status, response_of(&b, route->type));
}

static const char *
header_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* An asset changes with the program only: the browser asks each time whether
 * its copy still holds, and mostly it does. */
static enum MHD_Result
answer_asset(struct MHD_Connection *c, const struct asset *asset)
{
	size_t size = (size_t)(asset->end - asset->begin);
	const char *had = header_of(c, MHD_HTTP_HEADER_IF_NONE_MATCH);
	struct MHD_Response *r;
	char tag[16];
	bool same;

	snprintf(tag, sizeof(tag), "\"%08x\"", crc32c(0, asset->begin, size));
	same = had != NULL && strstr(had, tag) != NULL;
	r = MHD_create_response_from_buffer(same ? 0 : size,
	    (void *)(uintptr_t)asset->begin, MHD_RESPMEM_PERSISTENT);
	assert(r != NULL);
	headers_add(r, asset->type, "no-cache");
	header_add(r, MHD_HTTP_HEADER_ETAG, tag);
	return send_response(c, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r);
}

static enum MHD_Result
answer_nothing_here(struct MHD_Connection *c)
{
	struct buf paths = {0}, b = {0};

	buf_puts(&paths, "/");
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		buf_printf(&paths, ", %s", routes[i].path);
	api_error(&b, "nothing is here; there are %s", paths.data);
	buf_free(&paths);
	return send_response(c, MHD_HTTP_NOT_FOUND, response_of(&b, MIME_JSON));
}

static enum MHD_Result
answer_path(struct MHD_Connection *c, struct api *a, const char *path)
{
	for (size_t i = 0; i < ROUTE_COUNT; i++)
		if (strcmp(path, routes[i].path) == 0)
			return answer_route(c, a, &routes[i]);
	for (size_t i = 0; i < ASSET_COUNT; i++)
		if (strcmp(path, assets[i].path) == 0)
			return answer_asset(c, &assets[i]);
	return answer_nothing_here(c);
}

/* ---- judging requests ---- */

static bool
is_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;
}

/* text is "name", "name:port", "[v6]" or "[v6]:port". */
static bool
host_known(const struct server *s, const char *text)
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
	return is_address(host) || strcasecmp(host, "localhost") == 0 ||
	    strcasecmp(host, s->host) == 0;
}

static bool
has_body(struct MHD_Connection *c)
{
	const char *length = header_of(c, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header_of(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
	    (length != NULL && strcmp(length, "0") != 0);
}

/* Refuses what is not served; MHD_YES if it was not refused. */
static enum MHD_Result
judge(const struct server *s, struct MHD_Connection *c, const char *method)
{
	const char *host = header_of(c, MHD_HTTP_HEADER_HOST);

	if (s->judge_host && host != NULL && !host_known(s, host))
		return refuse(c, MHD_HTTP_MISDIRECTED_REQUEST,
		    "this host name is not served here; use the address, or "
		    "the name that web.listen has");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "only GET and HEAD are served here");
	if (has_body(c))
		return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE,
		    "a request with a body is not served here");
	return MHD_YES;
}

/* libmicrohttpd's handler: its parameters are not ours to choose.  *state is
 * ours and begins as NULL; a request that was refused does not come again. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct server *s = cls;

	(void)version, (void)upload, (void)upload_size;
	if (*state == NULL) {
		*state = s;
		return judge(s, c, method);
	}
	return answer_path(c, s->api, url);
}

/* ---- start and stop ---- */

static void on_log(void *cls, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* What a foreign client did wrong is no news of ours. */
static void
on_log(void *cls, const char *fmt, va_list ap)
{
	char text[512];
	size_t len;

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	log_debug("http: %s", text);
}

/* Takes the descriptor, whatever comes of it. */
static int
server_start(struct server *s, struct api *a, int fd, struct err *err)
{
	s->api = a;
	s->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
	    on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_AN_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_END);
	if (s->daemon == NULL)
		return err_set(err,
		    "the web server does not start: no threads, descriptors "
		    "or memory left");
	return 0;
}

static bool
is_the_disks(int error)
{
	return error == EROFS || error == ENOSPC || error == EDQUOT ||
	    error == EIO;
}

/* A gateway that polls is worth more than one that can be asked: it goes
 * without its socket where the disk takes nothing. */
static int
local_start(struct http *h, const char *path, struct err *err)
{
	int fd = listener_unix(path, err);

	if (fd == -1 && is_the_disks(errno)) {
		log_warn("%s: going on without it", err->text);
		return 0;
	}
	if (fd == -1)
		return -1;
	h->socket_path = must_text(path);
	return server_start(&h->local, h->api, fd, err);
}

static int
tcp_start(struct http *h, const char *listen, struct err *err)
{
	int fd = listener_tcp(listen, h->tcp.host, err);

	if (fd == -1)
		return -1;
	h->tcp.judge_host = true;
	h->port = listener_port(fd);
	return server_start(&h->tcp, h->api, fd, err);
}

struct http *
http_start(const struct http_conf *conf, struct journal *j, struct live *live,
    struct err *err)
{
	struct http *h = must_alloc(1, sizeof(*h));

	h->api = api_new(conf, j, live);
	if (local_start(h, conf->socket_path, err) == -1)
		goto fail;
	if (conf->listen != NULL && tcp_start(h, conf->listen, err) == -1)
		goto fail;
	return h;

fail:
	http_stop(h);
	return NULL;
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	if (h->socket_path != NULL)
		unlink(h->socket_path);
	if (h->local.daemon != NULL)
		MHD_stop_daemon(h->local.daemon);
	if (h->tcp.daemon != NULL)
		MHD_stop_daemon(h->tcp.daemon);
	api_free(h->api);
	free(h->socket_path);
	free(h);
}

int
http_port(const struct http *h)
{
	return h->port;
}

void
http_alive(struct http *h, int64_t now_ms)
{
	api_alive(h->api, now_ms);
}
