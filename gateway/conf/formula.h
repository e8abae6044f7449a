/*
 * formula.h - one expression of a device, parsed and judged
 */
#ifndef FORMULA_H
#define FORMULA_H

#include "gateway/conf/layer.h"

/* One expression, or another text with names in it, and whose it is. */
struct formula {
	struct walk *walk;
	const struct layers *layers;
	struct conf_device *device;
	const char *name; /* of the point or alarm */
	enum layer layer; /* that says this */
	const struct layer_part *part;
	const struct node *text;
	const char *use; /* "computed", for: load is not computed without ... */
	bool watches; /* it is an alarm's, and may ask what riser itself knows
			 (known.h) */
	const struct layer_names
	    *others; /* that a slip may mean too; or NULL */
};

/* Its expression, over the device's points as far as they are there; or NULL
 * with *fault, untold. */
const struct expr *formula_try(
    const struct formula *f, struct expr_fault *fault);

/* What the device has not, where that is no mistake: a point, for a kind speaks
 * of all that a device may have, or a rating or the floors, then among
 * d->lacks. NULL: it is a mistake, and told. */
const char *formula_judge(
    const struct formula *f, const struct expr_fault *fault);

/* False if it asks for no point, so that no reading would ever change it: told.
 */
bool formula_asks(const struct formula *f, const struct expr *e);

/* A mistake at a byte of the text; says on which device, if it is none in
 * itself. */
void formula_refuse(const struct formula *f, size_t byte, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Of a name that the device has not: "; did you mean ...", one of its points or
 * of words (NULL ends; or NULL); if nothing is near, which points it has. */
const char *formula_hint(
    const struct formula *f, const char *name, const char *const *words);

/* Why no point may be called so, as the end of a sentence: riser has that name
 * for what it knows itself.  NULL: it may. */
const char *formula_reserved(const char *name);

/* The device's point of this name, or -1. */
int formula_point(const struct conf_device *d, const char *name);

/* What was derived once more but is not there; or NULL. */
const struct conf_gone *formula_gone(
    const struct conf_device *d, const char *name);

/* Room for one more behind count, in an array that doubles. */
void *formula_grow(struct walk *w, void *old, size_t count, size_t size);

#endif
