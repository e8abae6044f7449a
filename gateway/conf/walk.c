/*
 * walk.c - a map of a configuration -> a struct, by a table
 *
 * Tables and keys are short (20 at most), so every search is linear.  What a
 * value means is scalar.c's business; here is only which of them is wanted, how
 * far it may go and where it is put.
 */
#include "gateway/conf/walk.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/conf/near.h"
#include "gateway/conf/scalar.h"

#define SHOWN_MAX 80 /* bytes of a value that a sentence repeats */

/* ---- sentences ---- */

static const char *
kind_text(const struct node *n)
{
	static const char *const kinds[] = {
	    [NODE_BAD] = "unreadable",
	    [NODE_TEXT] = "a single value",
	    [NODE_LIST] = "a list",
	    [NODE_MAP] = "a map of keys",
	};

	return n->kind == NODE_TEXT && *n->text == '\0' ? "empty"
							: kinds[n->kind];
}

void
walk_refuse(struct walk *w, const struct node *n, const char *fmt, ...)
{
	char why[512];
	size_t len, shown;
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (n->kind != NODE_TEXT || *n->text == '\0') {
		node_error(w->diag, n, "%s", why);
		return;
	}
	len = strlen(n->text);
	shown = len > SHOWN_MAX ? utf8_cut(n->text, SHOWN_MAX) : len;
	node_error(w->diag, n, "\"%.*s%s\" %s", (int)shown, n->text,
	    shown < len ? "..." : "", why);
}

const char *
walk_hint(struct walk *w, const char *best)
{
	struct buf b = {0};
	char *hint;

	if (best == NULL)
		return "";
	buf_printf(&b, "; did you mean \"%s\"?", best);
	hint = arena_text(w->memory, b.data);
	buf_free(&b);
	return hint;
}

static const char *
wanted_text(enum node_kind kind)
{
	if (kind == NODE_LIST)
		return "write a list, [a, b] or a line each with -";
	if (kind == NODE_MAP)
		return "write keys and values, {a: 1} or a line each";
	return "write a single value";
}

bool
walk_is(struct walk *w, const struct node *n, enum node_kind kind)
{
	if (n->kind == kind)
		return true;
	if (n->kind != NODE_BAD)
		node_error(
		    w->diag, n, "is %s; %s", kind_text(n), wanted_text(kind));
	return false;
}

/* ---- single values ---- */

/* A value that is no text: one that is there and not in quotes. */
static bool
plain(struct walk *w, const struct node *n)
{
	if (!walk_is(w, n, NODE_TEXT))
		return false;
	if (n->quoted)
		walk_refuse(w, n,
		    "is a text, for it stands in quotes; write it without");
	else if (*n->text == '\0')
		node_error(w->diag, n,
		    "has no value; write one, or leave the key out");
	else
		return true;
	return false;
}

static bool
is_null(const struct node *n)
{
	return !n->quoted &&
	    (strcmp(n->text, "~") == 0 || strcasecmp(n->text, "null") == 0);
}

static const char *
line_fault(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "has a line break or control character in it; "
			       "write it in one line";
	return NULL;
}

static const char *
text_fault(enum want want, const struct node *n)
{
	if (want == WANT_NAME)
		return scalar_name(n->text);
	if (want == WANT_PATH_NAME)
		return scalar_path_name(n->text);
	return want == WANT_PROSE ? NULL : line_fault(n->text);
}

static bool
nonempty(struct walk *w, const struct node *n)
{
	if (!walk_is(w, n, NODE_TEXT))
		return false;
	if (*n->text == '\0')
		node_error(w->diag, n,
		    "has no value; write one, or leave the key out");
	else if (is_null(n))
		walk_refuse(w, n,
		    "is YAML for nothing; leave the key out, or quote it");
	else
		return true;
	return false;
}

/* A text that is wrong in itself is kept all the same: the names that refer to
 * it shall not be mistakes too. */
static void
take_text(struct walk *w, const struct node *n, enum want want, void *place)
{
	const char *why;

	if (!nonempty(w, n))
		return;
	if ((why = text_fault(want, n)) != NULL)
		walk_refuse(w, n, "%s", why);
	*(const char **)place = arena_text_once(w->memory, n->text);
}

static void
take_people(struct walk *w, const struct node *n, struct text *t)
{
	static const struct field fields[] = {
	    {"zh", WANT_TEXT, INTO(struct text, zh)},
	    {"en", WANT_TEXT, INTO(struct text, en)},
	    {.key = NULL},
	};
	struct text both = {0};

	if (n->kind == NODE_MAP) {
		walk_map(w, n, fields, &both);
		if (n->count == 0)
			node_error(w->diag, n,
			    "is empty; write {zh: ..., en: ...} or one text");
	} else {
		take_text(w, n, WANT_TEXT, &both.zh);
		both.en = both.zh;
	}
	*t = both;
}

/* "a, b or c" */
static void
list_words(struct buf *b, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		buf_printf(b, "%s%s",
		    i == 0	       ? ""
			: words[i + 1] ? ", "
				       : " or ",
		    words[i]);
}

const char *
walk_choice(struct walk *w, const char *text, const char *const *words)
{
	struct near near = {.text = text};
	struct buf b = {0};
	const char *choice;

	for (size_t i = 0; words[i]; i++)
		near_try(&near, words[i]);
	if (near.best && !near.tied)
		return walk_hint(w, near.best);
	buf_puts(&b, "; write ");
	list_words(&b, words);
	choice = arena_text(w->memory, b.data);
	buf_free(&b);
	return choice;
}

int
walk_word(struct walk *w, const struct node *n, const char *const *words)
{
	if (!nonempty(w, n))
		return -1;
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], n->text) == 0)
			return i;
	walk_refuse(w, n, "is not known%s", walk_choice(w, n->text, words));
	return -1;
}

static void
put_integer(void *place, size_t size, int64_t value)
{
	if (size == 1)
		*(uint8_t *)place = (uint8_t)value;
	else if (size == 2)
		*(uint16_t *)place = (uint16_t)value;
	else if (size == 4)
		*(uint32_t *)place = (uint32_t)value;
	else
		*(int64_t *)place = value;
}

static const char *
bound_text(enum want want, int64_t value, char text[24])
{
	if (want == WANT_DURATION)
		return scalar_duration_text(value, text);
	if (want == WANT_SIZE)
		return scalar_size_text(value, text);
	if (want == WANT_CLOCK)
		return scalar_clock_text(value, text);
	snprintf(text, 24, "%lld", (long long)value);
	return text;
}

static bool
take_bounded(
    struct walk *w, const struct node *n, const struct field *f, int64_t *out)
{
	char min[24], max[24];
	const char *why;

	/* In quotes a clock's time is no number for anybody's YAML. */
	if (f->want == WANT_CLOCK ? !nonempty(w, n) : !plain(w, n))
		return false;
	why = f->want == WANT_DURATION ? scalar_duration(n->text, out)
	    : f->want == WANT_SIZE     ? scalar_size(n->text, out)
	    : f->want == WANT_CLOCK    ? scalar_clock(n->text, out)
				       : scalar_integer(n->text, out);
	if (why)
		walk_refuse(w, n, "%s", why);
	else if (*out < f->min || *out > f->max)
		walk_refuse(w, n, "is out of range; write %s to %s",
		    bound_text(f->want, f->min, min),
		    bound_text(f->want, f->max, max));
	else
		return true;
	return false;
}

static void
take_bool(struct walk *w, const struct node *n, bool *out)
{
	const char *why;
	bool value;

	if (!plain(w, n))
		return;
	if ((why = scalar_bool(n->text, &value)) != NULL)
		walk_refuse(w, n, "%s", why);
	else
		*out = value;
}

static void
take_number(struct walk *w, const struct node *n, double *out)
{
	const char *why;
	double value;

	if (!plain(w, n))
		return;
	if ((why = scalar_number(n->text, &value)) != NULL)
		walk_refuse(w, n, "%s", why);
	else if (value < 0)
		walk_refuse(w, n, "is negative; write a number from 0 up");
	else
		*out = value;
}

static void
take_decimal(
    struct walk *w, const struct node *n, enum want want, struct decimal *out)
{
	struct decimal value;
	const char *why;

	if (!plain(w, n))
		return;
	if ((why = scalar_decimal(n->text, &value)) != NULL)
		walk_refuse(w, n, "%s", why);
	else if (value.mantissa < 0 && want == WANT_FACTOR)
		walk_refuse(w, n, "is negative; write a number above 0");
	else if (value.mantissa == 0 && want == WANT_FACTOR)
		walk_refuse(w, n, "is nothing; write a number above 0");
	else
		*out = value;
}

static void
take_word(
    struct walk *w, const struct node *n, const struct field *f, void *place)
{
	int found = walk_word(w, n, f->words);

	if (found < 0)
		return;
	if (f->want == WANT_WORD)
		*(const char **)place = f->words[found];
	else
		*(uint8_t *)place = (uint8_t)found;
}

/* ---- maps ---- */

void
walk_field(
    struct walk *w, const struct node *n, const struct field *f, void *into)
{
	void *place = (char *)into + f->offset;
	int64_t value;

	switch (f->want) {
	case WANT_NAME:
	case WANT_PATH_NAME:
	case WANT_TEXT:
	case WANT_PROSE: take_text(w, n, f->want, place); break;
	case WANT_PEOPLE: take_people(w, n, place); break;
	case WANT_WORD:
	case WANT_CHOICE: take_word(w, n, f, place); break;
	case WANT_BOOL: take_bool(w, n, place); break;
	case WANT_INTEGER:
	case WANT_DURATION:
	case WANT_SIZE:
	case WANT_CLOCK:
		if (take_bounded(w, n, f, &value))
			put_integer(place, f->size, value);
		break;
	case WANT_NUMBER: take_number(w, n, place); break;
	case WANT_DECIMAL:
	case WANT_FACTOR: take_decimal(w, n, f->want, place); break;
	case WANT_MAP: walk_map(w, n, f->table, into); break;
	case WANT_NODE: *(const struct node **)place = n; break;
	}
}

/* The next row that has a key, or NULL. */
static const struct field *
row(const struct field *f)
{
	while (f && f->key == NULL)
		f = f->table;
	return f;
}

static void
refuse_key(struct walk *w, const struct node *n, const struct field *table)
{
	struct near near = {.text = n->key};
	struct buf known = {0};

	for (const struct field *f = row(table); f; f = row(f + 1)) {
		near_try(&near, f->key);
		buf_printf(&known, "%s%s", known.len ? ", " : "", f->key);
	}
	if (near.best)
		node_key_error(
		    w->diag, n, "unknown key%s", walk_hint(w, near.best));
	else
		node_key_error(w->diag, n, "unknown key; the keys here are %s",
		    known.data);
	buf_free(&known);
}

void
walk_map(struct walk *w, const struct node *map, const struct field *table,
    void *into)
{
	const struct field *f;

	if (!walk_is(w, map, NODE_MAP))
		return;
	for (const struct node *n = map->first; n; n = n->next) {
		f = row(table);
		while (f && strcmp(f->key, n->key) != 0)
			f = row(f + 1);
		if (f == NULL)
			refuse_key(w, n, table);
		else
			walk_field(w, n, f, into);
	}
	for (f = row(table); f; f = row(f + 1))
		if (f->required && node_get(map, f->key) == NULL)
			node_error(w->diag, map,
			    "the key \"%s\" is missing; write for example %s",
			    f->key, f->required);
}

/* ---- without a table ---- */

bool
walk_integer(struct walk *w, const struct node *n, int64_t min, int64_t max,
    int64_t *out)
{
	const struct field f = {.want = WANT_INTEGER, .min = min, .max = max};

	return take_bounded(w, n, &f, out);
}

static bool
is_pair(struct walk *w, const struct node *list)
{
	if (!walk_is(w, list, NODE_LIST))
		return false;
	if (list->count != 2)
		node_error(w->diag, list,
		    "has %zu values; write two, [lowest, highest]",
		    list->count);
	return list->count == 2;
}

bool
walk_integers(struct walk *w, const struct node *list, int64_t min, int64_t max,
    int64_t pair[2])
{
	if (!is_pair(w, list) ||
	    !walk_integer(w, list->first, min, max, &pair[0]) ||
	    !walk_integer(w, list->last, min, max, &pair[1]))
		return false;
	if (pair[0] <= pair[1])
		return true;
	node_error(w->diag, list, "is upside down; write [%lld, %lld]",
	    (long long)pair[1], (long long)pair[0]);
	return false;
}

static bool
any_number(struct walk *w, const struct node *n, double *out)
{
	const char *why;

	if (!plain(w, n))
		return false;
	if ((why = scalar_number(n->text, out)) != NULL)
		walk_refuse(w, n, "%s", why);
	return why == NULL;
}

bool
walk_numbers(struct walk *w, const struct node *list, double pair[2])
{
	if (!is_pair(w, list) || !any_number(w, list->first, &pair[0]) ||
	    !any_number(w, list->last, &pair[1]))
		return false;
	if (pair[0] <= pair[1])
		return true;
	node_error(w->diag, list, "is upside down; write [lowest, highest]");
	return false;
}
