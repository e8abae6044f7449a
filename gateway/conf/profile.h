/*
 * profile.h - a profile: what one model of device has where
 */
#ifndef PROFILE_H
#define PROFILE_H

#include "gateway/conf/point.h"

struct profile_text {
	const char *file; /* as mistakes show it */
	const char *bytes;
	size_t len;
	/* What the key `profile` must say: the name, or where that is not
	 * known, the end of the path (without .yaml).  NULL: anything. */
	const char *name, *path;
};

/* A profile with what its devices need while they are read: the nodes, on top
 * of which stand their own keys. */
struct profile {
	struct conf_profile conf;
	const struct kind *kind; /* NULL: its file has mistakes */
	struct point_frame frame;
	struct point_set points;
	const struct node *derive, *alarms; /* or NULL */
};

/* NULL if it has mistakes, which were told.  Its trees lie in nodes. */
struct profile *profile_read(struct walk *w, const struct profile_text *t,
    struct kinds *kinds, struct arena *nodes);

extern const char *const profile_kinds[]; /* of devices; NULL ends */

#endif
