/*
 * show.h - buses and devices as plan, read and check tell of them
 */
#ifndef SHOW_H
#define SHOW_H

#include "gateway/conf/conf.h"

/* What a pass over all requests of a bus is on its wire, and the share of the
 * bus's time that their periods take, at least: without the devices' own. */
struct show_wire {
	size_t question_bytes, answer_bytes;
	int64_t pass_us;
	double load;
};

struct show_wire show_wire(
    const struct conf *c, size_t bus, const struct plan *p);

/* What people call it; "" if that is its id. */
const char *show_name(const struct conf_device *d);

/* "21.2 ms", "1.204 s". */
#define SHOW_TIME_TEXT 24
const char *show_time(int64_t us, char text[SHOW_TIME_TEXT]);

#endif
