/*
 * play.h - a profile's `sim`: how the simulator plays its points
 */
#ifndef PLAY_H
#define PLAY_H

#include "gateway/conf/point.h"

/* Fills sim of the set's points; what is wrong is told. */
void play_read(
    struct walk *w, const struct node *sim, const struct point_set *set);

#endif
