/*
 * api.h - the API's documents, put together from copies
 *
 * Each function appends one document to out and returns its HTTP status.  Any
 * thread may call.  Only api_order waits, for the loop.
 */
#ifndef API_H
#define API_H

#include "gateway/base/buf.h"
#include "gateway/base/json.h"
#include "gateway/store/chronicle.h"
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

/* Whom to call, and a lift's code: {"devices":{"lift-1-1":{"phone":..,
 * "rescue_code":..},..}}, of those that have one.  For who may act. */
unsigned api_contacts(struct api *a, struct buf *out);

/* The board as it stands: {"ts":..,"alarms":[..],"counts":{..}}. */
unsigned api_alarms(struct api *a, struct buf *out);

/* The document of api_points, of one catalog; NULL is an empty one.  And one
 * alarm, as it stands in api_alarms. */
void api_catalog(const struct catalog *c, struct buf *out);
void api_alarm(struct json *j, const struct board_alarm *alarm);

int64_t api_loop_age_ms(const struct api *a); /* since the loop turned */

/* The folder of what the chronicle is asked. */
const char *api_store(const struct api *a);

/* An order to an alarm, and what became of it: 200 {"ok":true}, 404, 409, 503.
 * Any thread but the loop. */
unsigned api_order(struct api *a, const struct order *o, struct buf *out);

/* {"error":"..."} */
void api_error(struct buf *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
