/*
 * repeat.h - parts that a device has several of: pump{pump}_hours
 *
 *	repeat: {pump: [1, 6], step: 10}
 *
 * A name with {pump} in it stands for pump1_hours to pump6_hours, each 10
 * registers (or bits) behind the one before.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include "gateway/conf/walk.h"

#define REPEAT_LAST_MAX 999
#define REPEAT_PARTS_MAX 256

/* {var} -> first..last, each step addresses on. */
struct repeat {
	const char *var; /* NULL: once, under the name as it is; in a list: one
			    that is wrong, and whose variable nobody misses */
	long first, last;
	long step;
};

/* What a profile says at its top: one such map or a list of them.  Gives the
 * array, in the walk's memory, and its length. */
struct repeat *repeat_read(struct walk *w, const struct node *n, size_t *count);

/* Whether the name that is n's key has no braces, or one variable in a pair of
 * them; false: told. */
bool repeat_braces(struct walk *w, const struct node *n);

/* How often the key of n is there: as its map's own `repeat` says, else as the
 * one of list with its variable.  False if there is none, or its braces are
 * wrong, and told. */
bool repeat_of(struct walk *w, const struct node *n, const struct repeat *list,
    size_t count, struct repeat *out);

/* The name of one part, in the walk's memory. */
const char *repeat_name(
    struct walk *w, const char *name, const struct repeat *r, long number);

#endif
