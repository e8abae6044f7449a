/*
 * portal.h - the `web` of a configuration
 */
#ifndef PORTAL_H
#define PORTAL_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

/* Reads node `web` into c->web; files that it names lie below dir. */
void portal_read(
    struct walk *w, const struct node *web, const char *dir, struct conf *c);

#endif
