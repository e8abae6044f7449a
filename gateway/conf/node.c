/*
 * node.c - a YAML file as a tree that remembers where everything stood
 *
 * libyaml's events are hung into a tree by a loop without recursion: `open` is
 * the innermost map or list not yet ended, `due` the child of a map whose key
 * was read and whose value comes next.
 *
 * Not libyaml's own document loader: it resolves aliases (and so lets a small
 * file grow without bound), keeps duplicate keys and forgets where keys stood.
 * Bytes are judged before libyaml sees them, since its reader knows offsets but
 * no lines.
 */
#include "gateway/conf/node.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"

struct builder {
	yaml_parser_t parser;
	const char *file;
	struct arena *memory;
	struct diag *diag;
	struct node *root, *open, *due;
	int depth;
	bool done; /* the stream ended, or there is no point in going on */
};

/* ---- mistakes ---- */

/* devices[2].points.door */
static void
write_path(struct buf *b, const struct node *n)
{
	const struct node *chain[NODE_DEPTH_MAX + 2];
	int depth = 0;

	for (; n->parent; n = n->parent)
		chain[depth++] = n;
	while (depth-- > 0) {
		n = chain[depth];
		if (n->key)
			buf_printf(b, "%s%.64s", b->len ? "." : "", n->key);
		else
			buf_printf(b, "[%zu]", n->index);
	}
}

static void __attribute__((format(printf, 4, 0)))
add_error(struct diag *diag, const struct node *n, const struct diag_place *at,
    const char *fmt, va_list args)
{
	char path[512];
	struct buf b;

	buf_fixed(&b, path, sizeof(path));
	write_path(&b, n);
	diag_vadd(diag, at, path, fmt, args);
}

void
node_error(struct diag *diag, const struct node *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_error(diag, n, &n->at, fmt, args);
	va_end(args);
}

/* Characters: the bytes that do not go on with one. */
static size_t
columns(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

void
node_error_at(
    struct diag *diag, const struct node *n, size_t byte, const char *fmt, ...)
{
	struct diag_place at = n->at;
	va_list args;

	if (n->literal)
		at.col += n->quoted + (int)columns(n->text, byte);
	va_start(args, fmt);
	add_error(diag, n, &at, fmt, args);
	va_end(args);
}

void
node_key_error(struct diag *diag, const struct node *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_error(diag, n, n->key ? &n->key_at : &n->at, fmt, args);
	va_end(args);
}

/* ---- bytes ---- */

/* Reports the first byte that no text file of ours may have. */
static bool
bytes_fine(struct builder *b, const char *bytes, size_t len)
{
	struct diag_place at = {b->file, 1, 1};

	for (size_t i = 0, n; i < len; i += n, at.col++) {
		unsigned char c = (unsigned char)bytes[i];

		n = utf8_char(bytes + i, len - i);
		if (n == 0) {
			diag_add(b->diag, &at, "",
			    "byte 0x%02x is not UTF-8; save the file as UTF-8",
			    c);
			return false;
		}
		if (c == 0x7f || (c < ' ' && !memchr("\t\n\r", c, 3))) {
			diag_add(b->diag, &at, "",
			    "control character 0x%02x; remove it", c);
			return false;
		}
		if (c == '\n')
			at = (struct diag_place){b->file, at.line + 1, 0};
	}
	return true;
}

/* ---- the tree ---- */

static struct diag_place
place(const struct builder *b, yaml_mark_t mark)
{
	return (struct diag_place){
	    b->file, (int)mark.line + 1, (int)mark.column + 1};
}

/* Half a tree would only give mistakes that are none. */
static void
give_up(struct builder *b, yaml_mark_t mark, const char *why)
{
	struct diag_place at = place(b, mark);

	diag_add(b->diag, &at, "", "%s", why);
	b->done = true;
	b->root = NULL;
}

static struct node *
add_child(struct builder *b, yaml_mark_t mark)
{
	struct node *n = arena_alloc(b->memory, sizeof(*n));

	n->at = n->key_at = place(b, mark);
	n->parent = b->open;
	if (b->open == NULL) {
		b->root = n;
		return n;
	}
	n->index = b->open->count++;
	if (b->open->last)
		b->open->last->next = n;
	else
		b->open->first = n;
	b->open->last = n;
	return n;
}

static char *
copy_text(struct builder *b, const yaml_event_t *e)
{
	return arena_text(b->memory, (const char *)e->data.scalar.value);
}

static void
take_key(struct builder *b, const yaml_event_t *e)
{
	if (e->type != YAML_SCALAR_EVENT) {
		give_up(b, e->start_mark,
		    "a key must be a single word, such as `unit: 1`");
		return;
	}
	b->due = add_child(b, e->start_mark);
	b->due->key = copy_text(b, e);
	b->due->key_quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

/* Neither folded nor escaped, so that a byte of it has a column. */
static bool
is_literal(const struct node *n, const yaml_event_t *e)
{
	size_t wide = e->end_mark.column - e->start_mark.column;

	return e->end_mark.line == e->start_mark.line &&
	    wide == columns(n->text, strlen(n->text)) + (n->quoted ? 2 : 0);
}

static void
take_text(struct builder *b, struct node *n, const yaml_event_t *e)
{
	n->kind = NODE_TEXT;
	n->text = copy_text(b, e);
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->literal = is_literal(n, e);
	if (strlen(n->text) == e->data.scalar.length)
		return;
	n->kind = NODE_BAD;
	node_error(b->diag, n, "contains a NUL character; remove it");
}

static void
open_group(struct builder *b, struct node *n, enum node_kind kind)
{
	n->kind = kind;
	b->open = n;
	b->depth++;
}

static void
refuse_extras(struct builder *b, const struct node *n, const yaml_event_t *e)
{
	const void *anchor = NULL, *tag = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor)
		node_error(b->diag, n,
		    "anchors (&name) are not supported; drop it and write the "
		    "value where it is needed");
	if (tag)
		node_error(
		    b->diag, n, "tags (!name) are not supported; drop it");
}

static void
take_value(struct builder *b, const yaml_event_t *e)
{
	struct node *n = b->due ? b->due : add_child(b, e->start_mark);

	if (b->depth == NODE_DEPTH_MAX) {
		give_up(b, e->start_mark,
		    "too many lists and maps in one another; "
		    "riser's files need 5 of them");
		return;
	}
	b->due = NULL;
	n->at = place(b, e->start_mark);
	if (e->type == YAML_SCALAR_EVENT)
		take_text(b, n, e);
	else if (e->type == YAML_SEQUENCE_START_EVENT)
		open_group(b, n, NODE_LIST);
	else if (e->type == YAML_MAPPING_START_EVENT)
		open_group(b, n, NODE_MAP);
	else
		node_error(b->diag, n,
		    "aliases (*name) are not supported; write the value here");
	refuse_extras(b, n, e);
}

static int
by_key(const void *left, const void *right)
{
	const struct node *a = *(struct node *const *)left;
	const struct node *b = *(struct node *const *)right;
	int order = strcmp(a->key, b->key);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Takes out the children whose key is NULL. */
static void
drop_keyless(struct node *map)
{
	struct node *next;

	map->count = 0;
	map->last = NULL;
	for (struct node *n = map->first; n; n = next) {
		next = n->next;
		n->next = NULL;
		if (n->key == NULL)
			continue;
		if (map->last)
			map->last->next = n;
		else
			map->first = n;
		map->last = n;
		map->count++;
	}
}

/* Sorted, so that a hostile file costs no square of its keys.  The first of a
 * key counts: what follows from the others is no mistake of its own. */
static void
refuse_duplicates(struct builder *b, struct node *map)
{
	struct node **all;
	size_t count = 0, kept = 0;

	if (map->count < 2)
		return;
	all = must_alloc(map->count, sizeof(struct node *));
	for (struct node *n = map->first; n; n = n->next)
		all[count++] = n;
	qsort(all, count, sizeof(struct node *), by_key);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(all[i]->key, all[kept]->key) != 0) {
			kept = i;
			continue;
		}
		node_key_error(b->diag, all[i],
		    "given twice; it already stands in line %d",
		    all[kept]->key_at.line);
		all[i]->key = NULL;
	}
	free(all);
	drop_keyless(map);
}

static void
close_group(struct builder *b)
{
	struct node *n = b->open;

	if (n->kind == NODE_MAP)
		refuse_duplicates(b, n);
	b->open = (struct node *)n->parent;
	b->depth--;
}

static void
take_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT: b->done = true; break;
	case YAML_DOCUMENT_START_EVENT:
		if (b->root)
			give_up(b, e->start_mark,
			    "a second document; one file is one document");
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_group(b); break;
	case YAML_ALIAS_EVENT:
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (b->open && b->open->kind == NODE_MAP && b->due == NULL)
			take_key(b, e);
		else
			take_value(b, e);
		break;
	default: break;
	}
}

static void
syntax_error(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	struct diag_place at = place(b, p->problem_mark);

	diag_add(b->diag, &at, "",
	    "not YAML: %s%s%s; check indentation (blanks, no tabs), quotes and "
	    "brackets up to here",
	    p->problem ? p->problem : "out of memory", p->context ? " " : "",
	    p->context ? p->context : "");
	b->done = true;
	b->root = NULL;
}

static void
parse(struct builder *b, const char *bytes, size_t len)
{
	yaml_event_t event;

	if (!yaml_parser_initialize(&b->parser)) {
		syntax_error(b);
		return;
	}
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &b->parser, (const unsigned char *)bytes, len);
	while (!b->done) {
		if (!yaml_parser_parse(&b->parser, &event)) {
			syntax_error(b);
			break;
		}
		take_event(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&b->parser);
}

struct node *
node_read(const char *file, const char *bytes, size_t len, struct arena *memory,
    struct diag *diag)
{
	struct builder b = {.file = file, .memory = memory, .diag = diag};
	struct diag_place top = {file, 1, 1};
	size_t before = diag_count(diag);

	if (len > NODE_BYTES_MAX) {
		diag_add(diag, &top, "",
		    "larger than %d bytes; no file of "
		    "riser's is, so this is something else",
		    NODE_BYTES_MAX);
		return NULL;
	}
	if (!bytes_fine(&b, bytes, len))
		return NULL;
	parse(&b, bytes, len);
	if (b.root == NULL && diag_count(diag) == before)
		diag_add(diag, &top, "", "the file is empty");
	return b.root;
}

const struct node *
node_get(const struct node *map, const char *key)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->first; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}
