/*
 * callout.h - the `people` and `notify` of a configuration: who is told what,
 * and when
 */
#ifndef CALLOUT_H
#define CALLOUT_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

/* Fills c->notify.  people, notify: NULL where the file has none; without
 * notify nobody is told, but people are judged.  dir: where relative file names
 * begin.  Site, store and devices must be complete. */
void callout_read(struct walk *w, const struct node *people,
    const struct node *notify, const char *dir, struct conf *c);

#endif
