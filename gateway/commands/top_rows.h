/*
 * top_rows.h - the lists of riser top
 */
#ifndef TOP_ROWS_H
#define TOP_ROWS_H

#include "gateway/commands/top_frame.h"

/* How many rows a list would like. */
size_t top_rows_count(const struct top_picture *p, enum top_list list);

/* Its title, and count of its rows from the first on. */
void top_rows_draw(struct top_frame *f, const struct top_picture *p,
    enum top_list list, size_t first, size_t count);

/* For who draws one: a cell and the space before it; and behind a title which
 * of its rows these are. */
void top_rows_put(
    struct top_frame *f, const char *text, size_t width, bool right);
void top_rows_part(
    struct top_frame *f, size_t first, size_t shown, size_t count);

/* The columns of the buses take a line of their own. */
#define TOP_ROWS_TITLES(list) ((list) == TOP_BUSES ? 2 : 1)

#endif
