/*
 * draft.h - a point while it is read: its keys, and where mistakes stand
 *
 * Keys come in layers: the profile's, and on top of it those of a device, which
 * may speak of all parts (pump{pump}_hours) and of one (pump3_hours).  Of a key
 * that several have the last counts.  Then the point is judged as a whole, by
 * place.h, absent.h, state.h and scaling.h, each with the draft in its hands.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include "gateway/conf/point.h"

#define DRAFT_LAYERS_MAX 3

struct point_draft {
	struct walk *walk;
	const struct point_frame *frame;
	const struct node *layers[DRAFT_LAYERS_MAX];
	size_t layer_count;
	/* What made the first layer wrong, which was right by itself: a
	 * device's own keys.  NULL: nothing did, it is read by itself. */
	const struct node *cause;
	long shift; /* addresses that this part lies behind the first */
	const struct kind_point *word; /* of the vocabulary; or NULL */
	const struct point_device *device; /* NULL: all ratings are 1 */
	unsigned lacks; /* bits of ratings that the device does not say */
	struct conf_point point;
	/* As they are written; NULL: not given. */
	const struct node *at, *type, *bits, *names, *valid, *unit;
	const struct node *absent, *scale_by, *pow10, *unit_from, *repeat;
	bool invert;
};

/* Fills the point with defaults and the layers' keys. */
void draft_open(struct point_draft *d);

/* The node of a key in the last layer that has it, or NULL. */
const struct node *draft_key(const struct point_draft *d, const char *key);

/* How far an address moves that stands in n: not at all in a layer that speaks
 * of one part. */
long draft_shift(const struct point_draft *d, const struct node *n);

/* Whether n is the profile's and was right until the device came. */
bool draft_spoilt(const struct point_draft *d, const struct node *n);

/* A mistake in a value, as walk_refuse, or in a key.  One in the profile's keys
 * is told where the device made it one. */
void draft_refuse(struct point_draft *d, const struct node *n, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
void draft_refuse_key(struct point_draft *d, const struct node *n,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
