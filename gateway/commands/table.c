/*
 * table.c - columns of text for a terminal
 *
 * Everything is kept until it is printed, for the last row may have the widest
 * cell.  A text is made clean when it comes in, so that from then on each of
 * its characters has a width.
 *
 * Not done: breaking a text that has no spaces, as Chinese has none.  Names are
 * short, and a sentence's words are ours.
 */
#include "gateway/commands/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/commands/fit.h"

#define INDENT 2 /* of a row */
#define GAP 2 /* between two columns */
#define NOTE_INDENT 6
#define LAST_MIN 20 /* columns; a narrower last cell is not worth wrapping */

enum entry_kind { ENTRY_LINE, ENTRY_ROW, ENTRY_NOTE };

struct entry {
	enum entry_kind kind;
	bool urgent;
	const char **texts; /* of a row: its cells; else one */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	size_t cell_count; /* of the row in hand; 0: none is */
	size_t *widths;
	size_t entry_count, entry_room;
	struct entry *entries;
	struct arena *memory;
};

/* ---- texts ---- */

static const char *take_text(struct table *t, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static const char *
take_text(struct table *t, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	assert(len >= 0);
	text = arena_alloc(t->memory, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return fit_clean(text);
}

/* ---- putting it together ---- */

struct table *
table_new(const struct table_column *columns, size_t count)
{
	struct arena *memory = arena_new();
	struct table *t = arena_alloc(memory, sizeof(*t));

	assert(count > 0);
	t->memory = memory;
	t->columns = columns;
	t->column_count = count;
	t->widths = arena_array(memory, count, sizeof(*t->widths));
	for (size_t i = 0; i < count && columns[0].title != NULL; i++)
		t->widths[i] = fit_width(columns[i].title);
	return t;
}

void
table_free(struct table *t)
{
	free(t->entries);
	arena_free(t->memory); /* t lies in it */
}

static const char **
add_entry(struct table *t, enum entry_kind kind, size_t text_count)
{
	const char **texts = arena_array(t->memory, text_count, sizeof(*texts));

	assert(t->cell_count == 0); /* the row before is complete */
	if (t->entry_count == t->entry_room) {
		t->entry_room = t->entry_room > 0 ? 2 * t->entry_room : 64;
		t->entries =
		    must_grow(t->entries, t->entry_room, sizeof(*t->entries));
	}
	t->entries[t->entry_count++] = (struct entry){kind, false, texts};
	return texts;
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	const char **cells;
	size_t i, width;
	va_list args;

	if (t->cell_count == 0)
		add_entry(t, ENTRY_ROW, t->column_count);
	cells = t->entries[t->entry_count - 1].texts;
	i = t->cell_count;
	va_start(args, fmt);
	cells[i] = take_text(t, fmt, args);
	va_end(args);
	width = fit_width(cells[i]);
	if (width > t->widths[i])
		t->widths[i] = width;
	t->cell_count = (i + 1) % t->column_count;
}

void
table_urgent(struct table *t)
{
	assert(t->cell_count == 0 && t->entry_count > 0);
	t->entries[t->entry_count - 1].urgent = true;
}

void
table_line(struct table *t, const char *fmt, ...)
{
	const char **text = add_entry(t, ENTRY_LINE, 1);
	va_list args;

	va_start(args, fmt);
	text[0] = take_text(t, fmt, args);
	va_end(args);
}

void
table_note(struct table *t, const char *fmt, ...)
{
	const char **text = add_entry(t, ENTRY_NOTE, 1);
	va_list args;

	va_start(args, fmt);
	text[0] = take_text(t, fmt, args);
	va_end(args);
}

/* ---- printing ---- */

static void
add_newline(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
	buf_puts(b, "\n");
}

/* The text, begun in column `at`, to which its next lines are indented.  Spaces
 * belong to the word behind them, and go where a line is broken. */
static void
add_wrapped(struct buf *b, const char *text, size_t at)
{
	size_t used = at;

	while (*text != '\0') {
		const char *word = text + strspn(text, " ");
		const char *end = word + strcspn(word, " ");
		size_t width = fit_columns(text, end);

		if (used > at && used + width > TABLE_COLUMNS) {
			add_newline(b);
			fit_spaces(b, at);
			width = fit_columns(text = word, end);
			used = at;
		}
		buf_add(b, text, (size_t)(end - text));
		used += width;
		text = end;
	}
	add_newline(b);
}

static void
add_cell(struct buf *b, const struct table *t, size_t i, const char *cell)
{
	fit_put(b, cell, t->widths[i], t->columns[i].right);
	fit_spaces(b, GAP);
}

static void
add_row(struct buf *b, const struct table *t, const char **cells)
{
	size_t last = t->column_count - 1, at = INDENT;

	fit_spaces(b, INDENT);
	for (size_t i = 0; i < last; i++) {
		add_cell(b, t, i, cells[i]);
		at += t->widths[i] + GAP;
	}
	if (!t->columns[last].right && at + LAST_MIN <= TABLE_COLUMNS) {
		add_wrapped(b, cells[last], at);
	} else {
		add_cell(b, t, last, cells[last]);
		add_newline(b);
	}
}

/* Red up to its end of line: what follows is not. */
static void
add_urgent(struct buf *b, const struct table *t, const char **cells)
{
	buf_puts(b, "\033[1;31m");
	add_row(b, t, cells);
	b->data[--b->len] = '\0';
	buf_puts(b, "\033[m\n");
}

static void
add_titles(struct buf *b, const struct table *t)
{
	const char **titles = must_alloc(t->column_count, sizeof(*titles));

	for (size_t i = 0; i < t->column_count; i++)
		titles[i] = t->columns[i].title;
	add_row(b, t, titles);
	free(titles);
}

void
table_print(const struct table *t, FILE *out)
{
	bool colour = isatty(fileno(out)) == 1;
	struct buf b = {0};

	assert(t->cell_count == 0);
	if (t->columns[0].title != NULL)
		add_titles(&b, t);
	for (size_t i = 0; i < t->entry_count; i++) {
		const struct entry *e = &t->entries[i];

		if (e->kind == ENTRY_ROW) {
			if (e->urgent && colour)
				add_urgent(&b, t, e->texts);
			else
				add_row(&b, t, e->texts);
			continue;
		}
		fit_spaces(&b, e->kind == ENTRY_NOTE ? NOTE_INDENT : 0);
		add_wrapped(
		    &b, e->texts[0], e->kind == ENTRY_NOTE ? NOTE_INDENT : 0);
	}
	if (b.len > 0)
		fwrite(b.data, 1, b.len, out);
	buf_free(&b);
}
