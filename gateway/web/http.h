/*
 * http.h - the pages and the API, on libmicrohttpd's own threads
 *
 * Always on the Unix socket <store>/riser.sock (0660), unless the disk does not
 * take one (full, read-only), which is said; and on TCP where `web` says so.
 * GET and HEAD, and POST for orders to alarms and logins; who may do what is
 * said in access.h.  Reads
 * copies of the live table, the board and the figures, and asks the chronicle;
 * holds nothing the loop waits for.
 */
#ifndef HTTP_H
#define HTTP_H

#include "gateway/base/err.h"
#include "gateway/store/board.h"
#include "gateway/store/journal.h"
#include "gateway/store/live.h"
#include "gateway/web/pulse.h"
#include "gateway/web/session.h"

/* What somebody did, for the log of events. */
struct act {
	const char *what; /* "login", "logout", "lock", "order" */
	const char *user, *name; /* name: NULL of nobody */
	uint8_t role; /* enum role */
	const char *address;
	const char *alarm, *verb; /* of an order: device/alarm; or NULLs */
	unsigned status; /* of HTTP: what became of an order; or 0 */
};

struct http_conf {
	const char *socket_path; /* of the Unix socket */
	const char *listen; /* "127.0.0.1:8080", "[::1]:8080"; NULL: no TCP */
	const char *site_id;
	struct text site_name;
	const char *timezone; /* of the site; or NULL */
	const char *version;
	int64_t started_mono_ms; /* of the process; the server may be younger */
	const char *store; /* the folder, for what the chronicle knows; or NULL
			    */
	struct board *board; /* or NULL: no alarms */
	/* The rest is of TCP only. */
	const char *cert, *key; /* texts in PEM: TLS; or NULL: without */
	const char *trusted_proxy; /* an address, or NULL */
	const char *const *hosts; /* names beside that of listen */
	size_t host_count;
	bool allow_plaintext; /* beyond loopback */
	struct sessions *sessions; /* outlives it; NULL: nobody can log in */
	void (*told)(
	    void *cls, const struct act *act); /* any thread; or NULL */
	void *told_to;
};

struct http;

/* NULL with the reason (address in use, bad address).  Texts are copied; the
 * journal and the live table outlive it.  May ask a name server, if `listen`
 * is given by name. */
struct http *http_start(const struct http_conf *conf, struct journal *j,
    struct live *live, struct err *err);

/* Ends what is being sent and closes.  Does not wait for anybody who asks, and
 * at most WORKER_STOP_MS for a disk that hangs.  Loop only.  NULL is fine. */
void http_stop(struct http *h);

/* Port TCP is listening on (for listen "...:0"), 0 without TCP. */
int http_port(const struct http *h);

/* The loop's sign of life, at each turn; /healthz says 503 when it is old.
 * Monotonic; any thread. */
void http_alive(struct http *h, int64_t now_ms);

/* What pages are told with each heartbeat.  Copied; any thread. */
void http_know(struct http *h, const struct pulse_known *known);

#endif
