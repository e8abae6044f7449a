/*
 * layer.h - what kind, profile and device say under one key, name by name
 *
 * Names are written out first: {n} of a kind for every number that a name of
 * its vocabulary has on the device, {var} of a profile for every part of its
 * repeat.  So a device may say something of socket3_hot alone.
 */
#ifndef LAYER_H
#define LAYER_H

#include "gateway/conf/kind.h"
#include "gateway/conf/repeat.h"

/* Where one key (`derive`, `alarms`) is said; each may be NULL.  A later one
 * overrides an earlier one by name. */
struct layers {
	const struct kind *kind; /* and its base */
	const struct node *profile, *device;
	/* A repeat at the profile's top, for names with {var} in it. */
	const struct repeat *repeats;
	size_t repeat_count;
	bool riser; /* the device is riser itself, and on no bus */
};

/* The weakest first. */
enum layer {
	LAYER_BASE, /* of the kind */
	LAYER_KIND,
	LAYER_PROFILE,
	LAYER_DEVICE,
	LAYER_COUNT
};

enum layer_key { LAYER_DERIVE, LAYER_ALARMS };

/* What one layer says of a name. */
struct layer_part {
	const struct node *node; /* NULL: nothing */
	const char *var; /* stands for number in its texts; or NULL */
	long number;
};

struct layer_name {
	const char *name;
	struct layer_part parts[LAYER_COUNT];
};

struct layer_names {
	size_t count, room;
	struct layer_name *names; /* in the order in which they were said */
};

#define LAYER_NAMES_MAX 4096 /* 200 sockets with five alarms are 1000 */

/* Tells names that are none; they are left out.  The rows live until
 * layer_free, the names as long as the walk's memory. */
void layer_collect(struct walk *w, const struct layers *l, enum layer_key key,
    const struct conf_device *d, struct layer_names *out);
void layer_free(struct layer_names *n);

/* The strongest layer that says something of it. */
enum layer layer_top(const struct layer_name *n);

/* text with each {var} of the part replaced by its number. */
const char *layer_fill(
    struct walk *w, const struct layer_part *part, const char *text);

#endif
