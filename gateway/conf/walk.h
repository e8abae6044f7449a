/*
 * walk.h - a map of a configuration -> a struct, by a table
 *
 * A table says which keys a map may have, what each must be and where it goes:
 *
 *	static const struct field fields[] = {
 *	    {"unit", WANT_INTEGER, INTO(struct conf_device, unit), .max = 255,
 *	        .required = "unit: 1"},
 *	    ...
 *	    {.key = NULL}};
 *
 * Unknown keys, missing keys and values of the wrong kind are mistakes; a key
 * that is not given leaves its place as it is, so defaults are put there first.
 * Maps and lists with rules of their own are handed out as nodes (WANT_NODE).
 */
#ifndef WALK_H
#define WALK_H

#include "gateway/conf/node.h"
#include "gateway/measure/decode.h"

/* What a value must be -> the type of its place. */
enum want {
	WANT_NAME, /* -> const char * */
	WANT_PATH_NAME, /* meter/schneider-pm5000 -> const char * */
	WANT_TEXT, /* one line -> const char * */
	WANT_PROSE, /* any lines -> const char * */
	WANT_PEOPLE, /* a text or {zh:, en:} -> struct text */
	WANT_WORD, /* one of .words -> const char *, that word */
	WANT_CHOICE, /* one of .words -> uint8_t, its index */
	WANT_BOOL, /* -> bool */
	WANT_INTEGER, /* .min ... .max -> any integer */
	WANT_DURATION, /* the same, in ms */
	WANT_SIZE, /* the same, in bytes */
	WANT_CLOCK, /* 07:30, in quotes or not: the same, in minutes */
	WANT_NUMBER, /* 0 or more -> double */
	WANT_DECIMAL, /* -> struct decimal */
	WANT_FACTOR, /* more than 0 -> struct decimal */
	WANT_MAP, /* .table, which fills the same struct */
	WANT_NODE, /* whatever it is -> const struct node * */
};

#define INTO(type, member)                                                     \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

struct field {
	const char *key; /* NULL ends the table, or goes on in .table */
	enum want want;
	size_t offset, size;
	int64_t min, max;
	const char *required; /* what to write if it is missing; NULL: may be */
	const char *const *words; /* NULL ends */
	const struct field *table;
};

struct walk {
	struct diag *diag;
	struct arena *memory; /* of the texts that are read */
	uint32_t checksum; /* crc32c of all files, in the order in which they
			      were read */
};

void walk_map(struct walk *w, const struct node *map, const struct field *table,
    void *into);

/* One value as the first row of a table wants it. */
void walk_field(
    struct walk *w, const struct node *n, const struct field *f, void *into);

/* Without a table; false if it was a mistake, and told. */
bool walk_is(struct walk *w, const struct node *n, enum node_kind kind);
bool walk_integer(struct walk *w, const struct node *n, int64_t min,
    int64_t max, int64_t *out);
bool walk_integers(struct walk *w, const struct node *list, int64_t min,
    int64_t max, int64_t pair[2]); /* [low, high], low <= high */
bool walk_numbers(struct walk *w, const struct node *list, double pair[2]);

/* Index of the word that n is, or -1. */
int walk_word(struct walk *w, const struct node *n, const char *const *words);

/* What text may have been meant for: "; did you mean "x"?" of the one that is
 * nearest, else "; write a, b or c". */
const char *walk_choice(
    struct walk *w, const char *text, const char *const *words);

/* A mistake, with `"the value" ` before the sentence if it is one. */
void walk_refuse(struct walk *w, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "; did you mean "x"?", or "": of a struct near's best. */
const char *walk_hint(struct walk *w, const char *best);

#endif
