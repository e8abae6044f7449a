/*
 * request.h - one request over HTTP, from its heads to its answer
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "gateway/web/api.h"
#include "gateway/web/listener.h"
#include "gateway/web/stream.h"
#include "gateway/web/worker.h"

/* One socket that is served. */
struct server {
	struct api *api; /* borrowed, and so are the workers */
	struct worker *orders, *queries;
	struct stream *stream;
	bool tcp; /* anybody may come; not only who may open the socket */
	char host[LISTENER_HOST_MAX]; /* as it stands in `listen` */
	struct MHD_Daemon *daemon;
};

/* libmicrohttpd's handler, of a server; its parameters are not ours to choose.
 * *state is the request, NULL at first. */
enum MHD_Result request_handle(void *server, struct MHD_Connection *c,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **state);

/* MHD_OPTION_NOTIFY_COMPLETED: frees the request. */
void request_completed(void *server, struct MHD_Connection *c, void **state,
    enum MHD_RequestTerminationCode why);

/* MHD_OPTION_UNESCAPE_CALLBACK: a text with %00 stays as it is, for its end
 * would be cut off and what is left may mean something else. */
size_t request_unescape(void *cls, struct MHD_Connection *c, char *text);

#endif
