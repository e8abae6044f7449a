/*
 * docket.h - the alarms that people are told of, pure
 *
 * DISPATCH_ALARMS_MAX of them.  All memory is taken at the start, and costs
 * little until it is used.
 */
#ifndef DOCKET_H
#define DOCKET_H

#include "gateway/sinks/telling.h"

struct docket {
	const struct notify_conf *conf;
	size_t displaced[4]; /* by severity: alarms that gave way before all
				was told of them; who counts them sets it back
			      */
	size_t high; /* places used so far: those behind are empty */
	struct telling *all;
	struct told *told;
};

void docket_open(struct docket *d, const struct notify_conf *conf);
void docket_close(struct docket *d);

/* The used ones, in no order: from NULL to NULL. */
struct telling *docket_next(const struct docket *d, struct telling *t);

struct telling *docket_find(
    const struct docket *d, const char *device, const char *alarm);

/* A place for an alarm that is not there yet: all of it zero but its ids,
 * severity and device.  When all are taken, one of less severity, or of the
 * same that is settled, gives way; NULL if there is none. */
struct telling *docket_claim(struct docket *d, const struct telling_view *v,
    const char *device, const char *alarm, uint8_t severity);

/* None of it is under way. */
void docket_free(struct docket *d, struct telling *t);

#endif
