/*
 * uplink.h - the `mqtt` of a configuration
 */
#ifndef UPLINK_H
#define UPLINK_H

#include "gateway/conf/walk.h"
#include "gateway/sinks/mqtt.h"

/* site: the site's id; dir: where relative file names begin. */
void uplink_read(struct walk *w, const struct node *mqtt, const char *site,
    const char *dir, struct mqtt_conf *out);

#endif
