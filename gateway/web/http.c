/*
 * http.c - the pages and the API over HTTP: start and stop
 *
 * Two servers of libmicrohttpd, one a socket, each with one epoll thread of its
 * own; both answer from the same api, and have the same two workers for what
 * takes time.  Who asks too slowly, too much or from too many connections meets
 * libmicrohttpd's limits below; the loop never notices.
 *
 * To stop, the workers end first: libmicrohttpd does not stop while a
 * connection is suspended.  The board is closed meanwhile, for the verdict one
 * of them may wait for would have to come from the very thread that stops it;
 * and the chronicle hushes.  A question that hangs in the disk all the same is
 * left behind with its thread: it holds nothing of what is freed.
 *
 * Not done: TLS, users, compression, ranges.
 */
#include "gateway/web/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/store/chronicle.h"
#include "gateway/web/request.h"

#define CONNECTIONS_MAX (64 + STREAMS_MAX) /* a server */
#define CONNECTIONS_AN_ADDRESS (32 + STREAMS_MAX) /* a proxy comes for many */
#define IDLE_S 10 /* seconds without a byte, then it is closed */
#define MEMORY_BYTES 16384 /* a connection; bounds URL and headers */

struct http {
	struct api *api;
	struct board *board; /* or NULL */
	struct worker *orders, *queries;
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

/* Takes the descriptor, whatever comes of it. */
static int
server_start(struct server *s, const struct http *h, int fd, struct err *err)
{
	s->api = h->api;
	s->orders = h->orders;
	s->queries = h->queries;
	s->stream = h->stream;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
		MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
	    0, NULL, NULL, request_handle, s, MHD_OPTION_EXTERNAL_LOGGER,
	    on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_AN_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, request_completed, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, request_unescape, s, MHD_OPTION_END);
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
	return server_start(&h->local, h, fd, err);
}

static int
tcp_start(struct http *h, const char *listen, struct err *err)
{
	int fd = listener_tcp(listen, h->tcp.host, err);

	if (fd == -1)
		return -1;
	h->tcp.tcp = true;
	h->port = listener_port(fd);
	return server_start(&h->tcp, h, fd, err);
}

static int
workers_start(struct http *h, struct err *err)
{
	h->orders = worker_start("web-orders", err);
	if (h->orders != NULL)
		h->queries = worker_start("web-queries", err);
	return h->queries != NULL ? 0 : -1;
}

/* Whoever else asks meanwhile is told that he may try again. */
static void
workers_stop(struct http *h)
{
	if (h->board != NULL)
		board_close(h->board);
	chronicle_hush(true);
	worker_stop(h->orders);
	worker_stop(h->queries);
	chronicle_hush(false);
	if (h->board != NULL)
		board_open(h->board);
}

struct http *
http_start(const struct http_conf *conf, struct journal *j, struct live *live,
    struct err *err)
{
	struct http *h = must_alloc(1, sizeof(*h));

	h->api = api_new(conf, j, live);
	h->board = conf->board;
	h->pulse = pulse_new(conf->version);
	h->stream = stream_start(h->api, live, h->board, h->pulse, err);
	if (h->stream == NULL || workers_start(h, err) == -1)
		goto fail;
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
	stream_stop(h->stream);
	workers_stop(h);
	if (h->local.daemon != NULL)
		MHD_stop_daemon(h->local.daemon);
	if (h->tcp.daemon != NULL)
		MHD_stop_daemon(h->tcp.daemon);
	worker_free(h->orders);
	worker_free(h->queries);
	stream_free(h->stream);
	pulse_free(h->pulse);
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

void
http_know(struct http *h, const struct pulse_known *known)
{
	pulse_know(h->pulse, known);
}
