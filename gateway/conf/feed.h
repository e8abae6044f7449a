/*
 * feed.h - the `influx` of a configuration
 */
#ifndef FEED_H
#define FEED_H

#include "gateway/conf/walk.h"
#include "gateway/sinks/influx.h"

/* site: the site's id; dir: where relative file names begin. */
void feed_read(struct walk *w, const struct node *influx, const char *site,
    const char *dir, struct influx_conf *out);

#endif
