/*
 * demo_stage.h - how to let something happen in a demo
 */
#ifndef DEMO_STAGE_H
#define DEMO_STAGE_H

#include <stdio.h>

#include "gateway/conf/conf.h"

/* How many doors its simulator opens (riser sim --doors). */
int demo_stage_doors(const struct conf *c);

/* Commands to paste: people stuck in the first lift, a cut of what feeds it,
 * and the end of both.  door_port: of the first serial bus; each needs nothing
 * but bash.  Nothing of a site without lifts. */
void demo_stage_print(const struct conf *c, int door_port, FILE *out);

#endif
