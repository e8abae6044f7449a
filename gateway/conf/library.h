/*
 * library.h - the folders profiles are looked for in, and those already read
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

struct library;

/* Lives in the walk's memory.  folders: the configuration's list, relative to
 * dir; NULL: dir/profiles, if there is one.  The installed profiles are always
 * looked for last. */
struct library *library_new(
    struct walk *w, const char *dir, const struct node *folders);

/* The profile that n names; NULL if there is none without mistakes, and told.
 * Its own mistakes are told once, however many devices ask. */
const struct conf_profile *library_take(
    struct library *l, const struct node *n);

#endif
