/*
 * kind.h - config/kinds/<kind>.yaml: what a kind of device is asked for
 *
 * The vocabulary: names, units, forms and the standard numbers of enumerations,
 * the same whoever made the device; and what belongs to the kind and not to a
 * maker: derived points and default alarms.  A point that has a name of the
 * vocabulary agrees with it; other names are welcome.
 */
#ifndef KIND_H
#define KIND_H

#include "gateway/conf/conf.h"
#include "gateway/conf/walk.h"

struct kind_point {
	const char *name; /* {n} stands for a decimal number: socket{n}_state */
	struct text title;
	const char *unit; /* "" dimensionless */
	const char *role; /* "" or "counter" */
	uint8_t form; /* enum point_form */
	bool journal; /* its changes are events */
	uint16_t name_count;
	const struct enum_name *names; /* of an enumeration */
	const struct text *name_texts; /* of each name, for people, or NULLs; or
					  NULL: there are none */
};

struct kind {
	const char *name;
	struct text title;
	size_t point_count;
	const struct kind_point *points;
	const struct kind *base; /* whose points, derive and alarms it has too,
				    where it has none of the name; or NULL */
	const struct node *derive, *alarms; /* or NULL; live as long as the
					       kinds */
};

/* Why no number has `journal: true`. */
#define KIND_JOURNAL_WHY                                                       \
	"is for a boolean, an enumeration or a text, and this point is a "     \
	"number, which changes all the time; drop it"

struct kinds;

/* Lives in the walk's memory; the trees of the files too, until kinds_close. */
struct kinds *kinds_open(struct walk *w);
void kinds_close(struct kinds *k);

/* The kind of this name (one of profile_kinds), read when first asked for.
 * Mistakes in a kind's file, and that there is none, are told once, and NULL
 * returned. */
const struct kind *kinds_take(struct kinds *k, const char *name);

/* The same of a text that is already here, before anybody asked for the kind;
 * file is its name. */
const struct kind *kinds_read(struct kinds *k, const char *name,
    const char *file, const char *bytes, size_t len);

/* Whether it is the kind of this name, or based on it; NULL is none. */
bool kind_is(const struct kind *k, const char *name);

/* What the kind, or its base, calls so; NULL if it has no such word. */
const struct kind_point *kind_find(const struct kind *k, const char *point);

/* What {n} is in the word that the kind has for point; false if it has none, or
 * one without {n}. */
bool kind_number(const struct kind *k, const char *point, long *number);

/* The word's title for this point: {n} is its number there too. */
struct text kind_title(
    struct arena *memory, const struct kind_point *word, const char *point);

#endif
