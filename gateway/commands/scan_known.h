/*
 * scan_known.h - the profiles by which `riser scan` knows a device
 *
 * Those of ./profiles, /etc/riser/profiles and the installed ones, the first of
 * a name.  One without an `identity` can be told of no device and is counted.
 */
#ifndef SCAN_KNOWN_H
#define SCAN_KNOWN_H

#include "gateway/conf/conf.h"

struct scan_place {
	uint8_t space; /* enum driver_space */
	uint16_t address, count;
};

struct scan_known {
	size_t profile_count; /* with an identity */
	const struct conf_profile **profiles; /* sorted by name */
	size_t other_count; /* without one */
	size_t broken_count; /* with mistakes */
	char *broken; /* the file of the first of them; or NULL */
	size_t place_count;
	struct scan_place *places; /* of identities, each once */
	struct arena **memories;
	size_t memory_count;
};

/* folders: NULL ends; one that is not there is empty. */
struct scan_known *scan_known_read(const char *const folders[]);
void scan_known_free(struct scan_known *k);

/* Whether the answer at that place is what the profile's identity wants. */
bool scan_known_fits(const struct conf_profile *p,
    const struct scan_place *place, const struct driver_reply *reply);

bool scan_place_same(const struct scan_place *a, const struct scan_place *b);

#endif
