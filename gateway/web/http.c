/*
 * http.c - the pages and the API over HTTP: start and stop
 *
 * Two servers of libmicrohttpd, one a socket, each with one epoll thread of its
 * own; both answer from the same api, and have the same workers for what takes
 * time.  Who asks too slowly or from too many connections over TCP meets
 * crowd.h, too often ration.h, too much libmicrohttpd's limits below; the loop
 * never notices.
 *
 * To stop, the workers end first: libmicrohttpd does not stop while a
 * connection is suspended.  The board is closed meanwhile, for the verdict one
 * of them may wait for would have to come from the very thread that stops it;
 * and the chronicle hushes.  A question that hangs in the disk all the same is
 * left behind with its thread: it holds nothing of what is freed.
 *
 * TLS is libmicrohttpd's own, 1.2 and 1.3.
 *
 * Not done: ranges.
 */
#include "gateway/web/http.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/chronicle.h"
#include "gateway/web/assets.h"
#include "gateway/web/listener.h"
#include "gateway/web/request.h"

#define LOCAL_MAX (64 + STREAMS_MAX) /* connections of the Unix socket */
#define TLS_VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define IDLE_S 10 /* seconds without a byte, then it is closed */
#define MEMORY_BYTES 16384 /* a connection; bounds URL and headers */

struct http {
	struct api *api;
	struct board *board; /* or NULL */
	struct worker *orders, *queries, *logins;
	struct arena *memory; /* of the names */
	struct crowd *crowd;
	struct ration ration;
	struct pulse *pulse;
	struct stream *stream;
	char *socket_path; /* NULL: not made yet */
	int port;
	struct server local, tcp;
};

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

/* Ends with MHD_OPTION_END. */
struct options {
	struct MHD_OptionItem items[8];
	size_t count;
};

/* An option with one pointer has it in two. */
static void
option_add(
    struct options *o, enum MHD_OPTION option, const void *one, const void *two)
{
	assert(o->count < sizeof(o->items) / sizeof(o->items[0]));
	o->items[o->count++] = (struct MHD_OptionItem){
	    option, (intptr_t)one, (void *)(uintptr_t)two};
}

static void
tls_options(struct options *o, const struct http_conf *conf)
{
	option_add(o, MHD_OPTION_HTTPS_MEM_CERT, NULL, conf->cert);
	option_add(o, MHD_OPTION_HTTPS_MEM_KEY, NULL, conf->key);
	option_add(o, MHD_OPTION_HTTPS_PRIORITIES, NULL, TLS_VERSIONS);
}

/* Takes the descriptor, whatever comes of it. */
static int
server_start(struct server *s, const struct http *h, unsigned connections,
    struct options *more, int fd, struct err *err)
{
	option_add(more, MHD_OPTION_END, NULL, NULL);
	s->api = h->api;
	s->orders = h->orders;
	s->queries = h->queries;
	s->logins = h->logins;
	s->stream = h->stream;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
		MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
		(s->tls ? MHD_USE_TLS : 0u),
	    0, s->crowd != NULL ? crowd_accept : NULL, s->crowd, request_handle,
	    s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    connections, MHD_OPTION_ARRAY, more->items,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
	    request_completed, s, MHD_OPTION_UNESCAPE_CALLBACK,
	    request_unescape, s, MHD_OPTION_END);
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
	struct options none = {.count = 0};
	int fd = listener_unix(path, err);

	if (fd == -1 && is_the_disks(errno)) {
		log_warn("%s: going on without it", err->text);
		return 0;
	}
	if (fd == -1)
		return -1;
	h->socket_path = must_text(path);
	return server_start(&h->local, h, LOCAL_MAX, &none, fd, err);
}

/* That of listen, and those that the configuration adds. */
static void
name_hosts(struct http *h, const struct http_conf *conf, const char *own)
{
	const char **hosts =
	    arena_array(h->memory, conf->host_count + 1, sizeof(*hosts));

	hosts[0] = arena_text(h->memory, own);
	for (size_t i = 0; i < conf->host_count; i++)
		hosts[i + 1] = arena_text(h->memory, conf->hosts[i]);
	h->tcp.hosts = hosts;
	h->tcp.host_count = conf->host_count + 1;
}

static void
tcp_rules(struct http *h, const struct http_conf *conf)
{
	struct server *s = &h->tcp;

	s->tcp = true;
	s->tls = conf->cert != NULL;
	s->allow_plaintext = conf->allow_plaintext;
	s->sessions = conf->sessions;
	s->told = conf->told;
	s->told_to = conf->told_to;
	s->ration = &h->ration;
}

static int
tcp_start(struct http *h, const struct http_conf *conf, struct err *err)
{
	struct options options = {.count = 0};
	char host[LISTENER_HOST_MAX];
	int fd = listener_tcp(conf->listen, host, err);

	if (fd == -1)
		return -1;
	h->tcp.proxy = arena_text(h->memory, conf->trusted_proxy);
	h->crowd = crowd_start(h->tcp.proxy, err);
	if (h->crowd == NULL) {
		close(fd);
		return -1;
	}
	h->tcp.crowd = h->crowd;
	h->port = listener_port(fd);
	name_hosts(h, conf, host);
	tcp_rules(h, conf);
	option_add(&options, MHD_OPTION_NOTIFY_CONNECTION,
	    (const void *)(intptr_t)crowd_notice, h->crowd);
	if (h->tcp.tls)
		tls_options(&options, conf);
	return server_start(&h->tcp, h, CROWD_MAX, &options, fd, err);
}

static int
workers_start(struct http *h, struct err *err)
{
	h->orders = worker_start("web-orders", err);
	if (h->orders != NULL)
		h->queries = worker_start("web-queries", err);
	if (h->queries != NULL)
		h->logins = worker_start("web-logins", err);
	return h->logins != NULL ? 0 : -1;
}

/* Whoever else asks meanwhile is told that he may try again. */
static void
workers_stop(struct http *h)
{
	struct worker *const all[] = {h->orders, h->queries, h->logins};

	if (h->board != NULL)
		board_close(h->board);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		worker_end(all[i]);
	chronicle_hush(true);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		worker_stop(all[i]);
	chronicle_hush(false);
	if (h->board != NULL)
		board_open(h->board);
}

struct http *
http_start(const struct http_conf *conf, struct journal *j, struct live *live,
    struct err *err)
{
	struct http *h = must_alloc(1, sizeof(*h));

	h->memory = arena_new();
	h->api = api_new(conf, j, live);
	h->board = conf->board;
	h->pulse = pulse_new(assets_build);
	h->stream = stream_start(h->api, live, h->board, h->pulse, err);
	if (h->stream == NULL || workers_start(h, err) == -1)
		goto fail;
	if (local_start(h, conf->socket_path, err) == -1)
		goto fail;
	if (conf->listen != NULL && tcp_start(h, conf, err) == -1)
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
	stream_stop(h->stream);
	workers_stop(h);
	if (h->local.daemon != NULL)
		MHD_stop_daemon(h->local.daemon);
	if (h->tcp.daemon != NULL)
		MHD_stop_daemon(h->tcp.daemon);
	worker_free(h->orders);
	worker_free(h->queries);
	worker_free(h->logins);
	crowd_stop(h->crowd);
	stream_free(h->stream);
	pulse_free(h->pulse);
	api_free(h->api);
	arena_free(h->memory);
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

void
http_know(struct http *h, const struct pulse_known *known)
{
	pulse_know(h->pulse, known);
}
