/*
 * device.h - the `devices` of a configuration
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "gateway/conf/conf.h"
#include "gateway/conf/library.h"
#include "gateway/conf/walk.h"

/* Fills c->devices; c->buses must be complete. */
void device_read(struct walk *w, const struct node *list,
    struct library *library, struct conf *c);

#endif
