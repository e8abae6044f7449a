/*
 * history_table.c - rows of the history on a terminal
 *
 * The columns have widths that were fixed before: a year is shown as it comes,
 * and what is wider pushes the rest of its line aside.
 */
#include "gateway/commands/history_table.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 8
#define MEAN 3
#define COVERAGE 5

static const int widths[COLUMNS] = {25, 12, 12, 12, 14, 9, 12, 6};

/* The cell at *at, of RFC 4180, in its place; *at is then the next one's, or
 * NULL. */
static char *
cut_cell(char **at)
{
	char *from = *at, *to = *at, *cell = *at;
	bool quoted = *from == '"';

	for (from += quoted; *from != '\0'; from++) {
		if (!quoted && *from == ',')
			break;
		if (quoted && *from == '"' && *++from != '"')
			break;
		*to++ = *from;
	}
	*at = *from == ',' ? from + 1 : NULL;
	*to = '\0';
	return cell;
}

static void
show_cell(FILE *out, int column, char *cell, bool title)
{
	char text[48];
	double number = strtod(cell, NULL);

	for (char *c = cell; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	if (!title && column == 0 && strlen(cell) > 10)
		cell[10] = ' '; /* the T of ISO 8601 */
	if (!title && cell[0] != '\0' && column == MEAN) {
		snprintf(text, sizeof(text), "%.10g", number);
		cell = text;
	}
	if (!title && column == COVERAGE) {
		snprintf(text, sizeof(text), "%.4g%%", 100 * number);
		cell = text;
	}
	fprintf(out, column == 0 ? "%-*s" : " %*s", widths[column],
	    cell[0] != '\0' ? cell : "-");
}

static void
show_line(struct history_table *t)
{
	char *at = t->line.data;
	bool title = strncmp(at, "t,", 2) == 0;

	for (int i = 0; i < COLUMNS && at != NULL; i++)
		show_cell(t->out, i, cut_cell(&at), title);
	fputc('\n', t->out);
	buf_clear(&t->line);
}

void
history_table_add(struct history_table *t, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		t->quoted ^= bytes[i] == '"';
		if (t->quoted || (bytes[i] != '\n' && bytes[i] != '\r'))
			buf_char(&t->line, bytes[i]);
		else if (bytes[i] == '\n')
			show_line(t);
	}
}

void
history_table_free(struct history_table *t)
{
	buf_free(&t->line);
}
