/*
 * phrase.c - an alarm's text for people, judged: which {words} it may have
 *
 * Only judged: what a word stands for is filled in when the alarm is raised.
 */
#include "gateway/conf/phrase.h"

#include <string.h>

#include "gateway/base/buf.h"

#define ABSENT_TEXT "?" /* of a point that the device has not */

/* What renderers fill in, beside the device's points. */
static const char *const words[] = {"place", "name", "v", "dur", NULL};
static const char *const bus_words[] = {"bus", "devices", NULL};

static bool
is_among(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

/* Whether a renderer knows the word; one that this device cannot have is
 * *absent. */
static bool
knows(const struct formula *f, bool of_bus, const char *word, bool *absent)
{
	*absent = false;
	if (is_among(words, word) || (of_bus && is_among(bus_words, word)) ||
	    formula_point(f->device, word) >= 0)
		return true;
	*absent = formula_gone(f->device, word) ||
	    (f->layer <= LAYER_KIND && kind_find(f->layers->kind, word));
	return *absent;
}

static void
refuse(const struct formula *f, size_t column, const char *word)
{
	if (is_among(bus_words, word))
		formula_refuse(f, column,
		    "{%s} is only known to an alarm that asks bus_up; drop it",
		    word);
	else
		formula_refuse(f, column,
		    "{%s} is no word of a text; write {place}, {name}, {v}, "
		    "{dur} or a point of the device%s",
		    word, formula_hint(f, word, words));
}

/* The word in the braces that open at a byte of the text, judged and put into
 * b.  Returns how many bytes it took; 0: told. */
static size_t
put_word(const struct formula *f, bool of_bus, struct buf *b, const char *text,
    size_t at)
{
	const char *open = text + at;
	size_t len = strcspn(open + 1, "{}");
	size_t column = f->part->var ? 0 : at; /* numbers filled in move it */
	char *word = arena_text(f->walk->memory, open + 1);
	bool absent;

	if (*open == '}' || open[1 + len] != '}') {
		formula_refuse(f, column,
		    "has a brace without the other; write {place}, {name}, "
		    "{v}, {dur} or a point in both");
		return 0;
	}
	word[len] = '\0';
	if (!knows(f, of_bus, word, &absent)) {
		refuse(f, column, word);
		return 0;
	}
	if (absent)
		buf_puts(b, ABSENT_TEXT);
	else
		buf_printf(b, "{%s}", word);
	return len + 2;
}

const char *
phrase_read(const struct formula *f, bool of_bus)
{
	const char *text = layer_fill(f->walk, f->part, f->text->text);
	const char *filled = NULL;
	struct buf b = {0};
	size_t at = 0, len;

	buf_puts(&b, "");
	while (text[at]) {
		len = strcspn(text + at, "{}");
		buf_add(&b, text + at, len);
		at += len;
		if (text[at] && (len = put_word(f, of_bus, &b, text, at)) == 0)
			break;
		at += text[at] ? len : 0;
	}
	if (text[at] == '\0')
		filled = arena_text(f->walk->memory, b.data);
	buf_free(&b);
	return filled;
}
