/*
 * profile.h - a profile: what one model of device has where
 */
#ifndef PROFILE_H
#define PROFILE_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

struct profile_text {
	const char *file; /* as mistakes show it */
	const char *bytes;
	size_t len;
	/* What the key `profile` must say: the name, or where that is not
	 * known, the end of the path (without .yaml).  NULL: anything. */
	const char *name, *path;
};

/* NULL if it has mistakes, which were told. */
struct conf_profile *profile_read(struct walk *w, const struct profile_text *t);

extern const char *const profile_kinds[]; /* of devices; NULL ends */

#endif
