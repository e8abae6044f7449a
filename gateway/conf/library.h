/*
 * library.h - the folders profiles are looked for in, and those already read
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "gateway/conf/profile.h"

struct library;

/* Lives in the walk's memory; the profiles' trees until library_close. folders:
 * the configuration's list, relative to dir; NULL: dir/profiles, if there is
 * one.  The installed profiles are always looked for last. */
struct library *library_open(struct walk *w, struct kinds *kinds,
    const char *dir, const struct node *folders);
void library_close(struct library *l); /* NULL is fine */

/* The profile that n names; NULL if there is none without mistakes, and told.
 * Its own mistakes are told once, however many devices ask. */
const struct profile *library_take(struct library *l, const struct node *n);

/* The kind of a device that is another one than its profile's; as kinds_take.
 */
const struct kind *library_kind(struct library *l, const char *name);

#endif
