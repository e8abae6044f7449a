/*
 * request.h - one request over HTTP, from its heads to its answer
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "gateway/web/api.h"
#include "gateway/web/crowd.h"
#include "gateway/web/ration.h"
#include "gateway/web/session.h"
#include "gateway/web/stream.h"
#include "gateway/web/worker.h"

/* One socket that is served.  All it points to is borrowed. */
struct server {
	struct api *api;
	struct worker *orders, *queries, *logins;
	struct sessions *sessions; /* or NULL: nobody can log in */
	void (*told)(void *cls, const struct act *act); /* see http.h */
	void *told_to;
	struct stream *stream;
	bool tcp; /* anybody may come; not only who may open the socket */
	bool tls, allow_plaintext;
	const char *proxy; /* the trusted one's address; or NULL */
	const char *const *hosts; /* names it may be called by */
	size_t host_count;
	struct ration *ration; /* of TCP */
	struct crowd *crowd; /* of TCP */
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
