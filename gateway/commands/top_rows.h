/*
 * top_rows.h - the lists of riser top
 */
#ifndef TOP_ROWS_H
#define TOP_ROWS_H

#include "gateway/commands/top_frame.h"

/* A bus on which no device answers; which asks later than it should; on which
 * some question failed, or a device does not answer. */
enum top_state { TOP_FINE, TOP_MARRED, TOP_LATE, TOP_DOWN };

enum top_state top_bus_state(const struct top_bus *b);
size_t top_bus_count(const struct top_picture *p, enum top_state state);

/* How many rows a list would like. */
size_t top_rows_count(const struct top_picture *p, enum top_list list);

/* Its title, and count of its rows from the first on. */
void top_rows_draw(struct top_frame *f, const struct top_picture *p,
    enum top_list list, size_t first, size_t count);

/* The columns of the buses take a line of their own. */
#define TOP_ROWS_TITLES(list) ((list) == TOP_BUSES ? 2 : 1)

#endif
