/*
 * history_table.h - rows of the history on a terminal, as they come
 *
 * From CSV, of which it takes any piece: so a number is shown as it was
 * written, but the mean, of which ten digits are shown, and the coverage, in
 * percent.  What there is not is "-"; control characters are '?'.
 */
#ifndef HISTORY_TABLE_H
#define HISTORY_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "gateway/base/buf.h"

/* Begins as {.out = ..}. */
struct history_table {
	FILE *out;
	struct buf line; /* so far */
	bool quoted; /* its end is within quotes */
};

void history_table_add(
    struct history_table *t, const char *bytes, size_t length);
void history_table_free(struct history_table *t);

#endif
