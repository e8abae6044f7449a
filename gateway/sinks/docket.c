/*
 * docket.c - the alarms that people are told of
 *
 * An array, searched from its begin: a site has some dozens of alarms at once,
 * and some changes a second at the worst.
 */
#include "gateway/sinks/docket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/dispatch.h"

static size_t
told_size(const struct docket *d)
{
	return DISPATCH_ALARMS_MAX * d->conf->channel_count *
	    sizeof(struct told);
}

void
docket_open(struct docket *d, const struct notify_conf *conf)
{
	*d = (struct docket){.conf = conf};
	d->all = must_map(DISPATCH_ALARMS_MAX * sizeof(*d->all));
	d->told = must_map(told_size(d));
}

void
docket_close(struct docket *d)
{
	must_unmap(d->all, DISPATCH_ALARMS_MAX * sizeof(*d->all));
	must_unmap(d->told, told_size(d));
}

struct telling *
docket_next(const struct docket *d, struct telling *t)
{
	t = t == NULL ? d->all : t + 1;
	while (t < d->all + d->high && !t->used)
		t++;
	return t < d->all + d->high ? t : NULL;
}

struct telling *
docket_find(const struct docket *d, const char *device, const char *alarm)
{
	struct telling *t = NULL;

	while ((t = docket_next(d, t)) != NULL)
		if (strcmp(t->notice.alarm, alarm) == 0 &&
		    strcmp(t->notice.device, device) == 0)
			break;
	return t;
}

/* ---- who gives way ---- */

/* The one of least severity; among these one that is settled. */
static struct telling *
find_least(
    const struct docket *d, const struct telling_view *v, uint8_t severity)
{
	struct telling *t = NULL, *least = NULL;
	bool settled = false;

	while ((t = docket_next(d, t)) != NULL) {
		uint8_t has = t->notice.severity;

		if (t->flights > 0 || has < severity ||
		    (least != NULL && has < least->notice.severity))
			continue;
		if (least == NULL || has > least->notice.severity || !settled) {
			least = t;
			settled = telling_is_settled(v, t);
		}
	}
	return least != NULL && (least->notice.severity > severity || settled)
	    ? least
	    : NULL;
}

static struct telling *
displace(struct docket *d, const struct telling_view *v, uint8_t severity)
{
	struct telling *t = find_least(d, v, severity);

	if (t != NULL && !telling_is_settled(v, t))
		d->displaced[t->notice.severity]++;
	return t;
}

/* ---- places ---- */

static struct telling *
find_empty(struct docket *d)
{
	for (size_t i = 0; i < d->high; i++)
		if (!d->all[i].used)
			return &d->all[i];
	return d->high < DISPATCH_ALARMS_MAX ? &d->all[d->high++] : NULL;
}

static int
compare(const void *id, const void *device)
{
	return strcmp(id, ((const struct notify_device *)device)->id);
}

struct telling *
docket_claim(struct docket *d, const struct telling_view *v, const char *device,
    const char *alarm, uint8_t severity)
{
	struct telling *t = find_empty(d);
	size_t channels = d->conf->channel_count;

	if (t == NULL && (t = displace(d, v, severity)) == NULL)
		return NULL;
	*t = (struct telling){
	    .used = true, .told = &d->told[(size_t)(t - d->all) * channels]};
	memset(t->told, 0, channels * sizeof(*t->told));
	strcpy(t->notice.device, device);
	strcpy(t->notice.alarm, alarm);
	t->notice.severity = severity;
	t->device = bsearch(device, d->conf->devices, d->conf->device_count,
	    sizeof(*d->conf->devices), compare);
	return t;
}

void
docket_free(struct docket *d, struct telling *t)
{
	assert(t->used && t->flights == 0);
	t->used = false;
	while (d->high > 0 && !d->all[d->high - 1].used)
		d->high--;
}
