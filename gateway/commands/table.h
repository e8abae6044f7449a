/*
 * table.h - columns of text for a terminal
 *
 *	struct table *t = table_new(columns, 3);
 *	table_line(t, "bus shaft");             begins at the margin
 *	table_cell(t, "4"), table_cell(t, "input"), table_cell(t, "1 s");
 *	table_note(t, "%s", names);             below the row, further in
 *	table_print(t, stdout), table_free(t);
 *
 * A column is as wide as its widest cell; a Chinese character takes two columns
 * of a terminal and is counted so.  A line, a note and a row's last cell that
 * would pass TABLE_COLUMNS go on in the next line, below where they began, at a
 * space.  Control characters, and bytes that are not UTF-8, come out as '?'.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS 100

struct table;

struct table_column {
	const char *title; /* NULL in the first: no line of titles */
	bool right; /* its cells end, and do not begin, below one another */
};

/* Keeps columns. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *t);

/* The next cell of a row; as many as there are columns make one. */
void table_cell(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The row that was just completed stands out on a terminal: it is red. */
void table_urgent(struct table *t);

/* Between two rows. */
void table_line(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void table_note(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void table_print(const struct table *t, FILE *out);

#endif
