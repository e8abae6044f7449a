/* diag.c - the mistakes found in a configuration, collected and told at once */
#include "gateway/conf/diag.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"

struct mistake {
	struct diag_place at;
	const char *text; /* path and sentence */
};

struct diag {
	struct arena *memory;
	size_t count;
	struct mistake told[DIAG_MAX];
};

struct diag *
diag_new(void)
{
	struct diag *d = must_alloc(1, sizeof(*d));

	d->memory = arena_new();
	return d;
}

void
diag_free(struct diag *d)
{
	if (d == NULL)
		return;
	arena_free(d->memory);
	free(d);
}

void
diag_vadd(struct diag *d, const struct diag_place *at, const char *path,
    const char *fmt, va_list args)
{
	char text[1024];
	struct buf b;
	size_t head;

	if (d->count++ >= DIAG_MAX)
		return;
	buf_fixed(&b, text, sizeof(text));
	if (*path != '\0')
		buf_printf(&b, "%s: ", path);
	head = b.len;
	vsnprintf(text + head, sizeof(text) - head, fmt, args);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	d->told[d->count - 1] = (struct mistake){
	    .at = {arena_text(d->memory, at->file), at->line, at->col},
	    .text = arena_text(d->memory, text),
	};
}

void
diag_add(struct diag *d, const struct diag_place *at, const char *path,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_vadd(d, at, path, fmt, args);
	va_end(args);
}

size_t
diag_count(const struct diag *d)
{
	return d->count;
}

static int
by_place(const void *left, const void *right)
{
	const struct mistake *a = left, *b = right;
	int order = strcmp(a->at.file, b->at.file);

	if (order == 0)
		order = (a->at.line > b->at.line) - (a->at.line < b->at.line);
	if (order == 0)
		order = (a->at.col > b->at.col) - (a->at.col < b->at.col);
	return order != 0 ? order : strcmp(a->text, b->text);
}

void
diag_print(struct diag *d, FILE *out)
{
	size_t told = d->count < DIAG_MAX ? d->count : DIAG_MAX;

	qsort(d->told, told, sizeof(d->told[0]), by_place);
	for (size_t i = 0; i < told; i++)
		fprintf(out, "%s:%d:%d: %s\n", d->told[i].at.file,
		    d->told[i].at.line, d->told[i].at.col, d->told[i].text);
	if (d->count > told)
		fprintf(out, "and %zu more\n", d->count - told);
}
