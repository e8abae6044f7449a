/*
 * api.h - the API's documents, put together from copies
 *
 * Each function appends one document to out and returns its HTTP status.  Any
 * thread may call; none waits for the loop.
 */
#ifndef API_H
#define API_H

#include "gateway/base/buf.h"
#include "gateway/web/http.h"

struct api;

struct api *api_new(
    const struct http_conf *conf, struct journal *j, struct live *live);
void api_free(struct api *a); /* NULL is fine */

/* The loop turned at this monotonic time. */
void api_alive(struct api *a, int64_t now_ms);

unsigned api_healthz(struct api *a, struct buf *out);
unsigned api_metrics(struct api *a, struct buf *out); /* Prometheus' text */
unsigned api_snapshot(struct api *a, struct buf *out); /* values, now */
unsigned api_site(struct api *a, struct buf *out);
unsigned api_points(struct api *a, struct buf *out); /* what points mean */

/* {"error":"..."} */
void api_error(struct buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
