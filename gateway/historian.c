/* historian.c - the history, as the configuration wants it */
#include "gateway/historian.h"

#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"

struct history *
historian_open(const struct conf *c, struct journal *readings)
{
	struct history_conf conf = {.dir = c->store.path,
	    .keep = {.raw_ms = HISTORY_RAW_MS,
		.minutes_ms = HISTORY_MINUTES_MS,
		.quarters_ms = HISTORY_QUARTERS_MS,
		.max_bytes = c->store.history_max_bytes}};
	struct err err = {""};
	struct history *h = history_open(&conf, readings, &err);

	if (h == NULL)
		log_error("%s", err.text);
	return h;
}

static size_t
count_points(const struct conf *c)
{
	size_t count = c->gateway.point_count;

	for (size_t i = 0; i < c->device_count; i++)
		count += c->devices[i].point_count;
	return count;
}

/* Returns how many. */
static size_t
fill_holds(int64_t *holds_ms, const struct conf_device *d)
{
	for (size_t i = 0; i < d->point_count; i++)
		holds_ms[i] = history_hold_ms(
		    d->points[i].rule.heartbeat_ms, d->points[i].rule.every_ms);
	return d->point_count;
}

void
historian_know(struct history *h, const struct conf *c, struct catalog *catalog)
{
	int64_t *holds_ms = must_alloc(count_points(c) + 1, sizeof(*holds_ms));
	size_t n = 0;

	for (size_t i = 0; i < c->device_count; i++)
		n += fill_holds(holds_ms + n, &c->devices[i]);
	fill_holds(holds_ms + n, &c->gateway);
	history_know(h, catalog, holds_ms);
	free(holds_ms);
}

void
historian_tell(struct history *h, struct alarming *a)
{
	struct history_state s;

	history_state(h, &s);
	alarming_history(a, &s);
}
