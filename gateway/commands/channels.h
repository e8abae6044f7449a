/*
 * channels.h - the channels of a configuration as check and notify tell of them
 */
#ifndef CHANNELS_H
#define CHANNELS_H

#include <stdio.h>

#include "gateway/sinks/notify.h"

/* A table, a row each: of which alarms it is told, and whom it mentions. */
void channels_show(const struct notify_conf *n, FILE *out);

#endif
