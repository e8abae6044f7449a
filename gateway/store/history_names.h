/*
 * history_names.h - what the points of a catalog are called in the history
 *
 * The log's catalogs name points; the history gives each definition of a point
 * a number, in which is also how long its value holds.  know and find: any
 * thread; the rest belongs to the history's.
 */
#ifndef HISTORY_NAMES_H
#define HISTORY_NAMES_H

#include "gateway/store/history_file.h"

struct history_names;

struct history_names *history_names_new(void);
void history_names_free(struct history_names *n); /* NULL is fine */

/* The points as they are now, and how long each holds; see history.h. */
void history_names_know(
    struct history_names *n, struct catalog *c, const int64_t *holds_ms);
bool history_names_known(struct history_names *n);

/* Whether it is this catalog that is mapped, by what is known now.  If not:
 * want keeps a reference to it, and map, unless it is mapped, looks its points
 * up, or adds them, in a transaction of its own: 0; -1: f->why. */
bool history_names_have(struct history_names *n, const struct catalog *c);
void history_names_want(struct history_names *n, const struct catalog *c);
int history_names_map(struct history_names *n, struct history_file *f);
void history_names_forget(struct history_names *n); /* it is another file */

/* Of a device of the mapped catalog, by index: its number, and the names of its
 * points. */
const uint32_t *history_names_of(
    const struct history_names *n, uint16_t index, uint16_t *device);

/* Of the mapped catalog; false: not in it. */
bool history_names_find(struct history_names *n, const char *device,
    const char *point, uint16_t *number, uint32_t *name);

#endif
