/*
 * node.h - a YAML file as a tree that remembers where everything stood
 *
 * Only the plain part of YAML: one document of maps, lists and single values.
 * Anchors, aliases and tags are refused, for what a line says must stand in
 * that line.  Values stay text; what they mean is judged by who wants them.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/conf/diag.h"

#define NODE_BYTES_MAX (1024 * 1024) /* of a file; ours are below 100 KiB */
#define NODE_DEPTH_MAX 16 /* maps and lists in one another; ours have 5 */

enum node_kind {
	NODE_BAD, /* could not be read, which was told */
	NODE_TEXT,
	NODE_LIST,
	NODE_MAP,
};

struct node {
	enum node_kind kind;
	bool quoted; /* a text in quotes, never a number */
	bool literal; /* a text that stands in one line, letter by letter */
	const char *text; /* of NODE_TEXT */
	struct diag_place at;

	const struct node *parent; /* NULL: the root */
	const char *key; /* in a map, or NULL */
	bool key_quoted;
	struct diag_place key_at;
	size_t index; /* in a list */

	size_t count; /* of children */
	struct node *first, *last, *next;
};

/* NULL if there is nothing to go on with; whatever was wrong is in diag.  The
 * tree lives in memory. */
struct node *node_read(const char *file, const char *bytes, size_t len,
    struct arena *memory, struct diag *diag);

/* The child of this key, or NULL.  map may be anything. */
const struct node *node_get(const struct node *map, const char *key);

/* A mistake in the value, or in its key. */
void node_error(struct diag *diag, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A mistake at a byte of a text; at its beginning if it is not literal. */
void node_error_at(struct diag *diag, const struct node *n, size_t byte,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void node_key_error(struct diag *diag, const struct node *n, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

#endif
