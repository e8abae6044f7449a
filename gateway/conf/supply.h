/*
 * supply.h - which device feeds which: `fed_by`
 */
#ifndef SUPPLY_H
#define SUPPLY_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

/* list is the `devices`, all of which are in c by now.  Fills their feeder and
 * feeds_lift. */
void supply_read(struct walk *w, const struct node *list, struct conf *c);

#endif
