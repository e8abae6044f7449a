/*
 * kind.c - config/kinds/<kind>.yaml: what a kind of device is asked for
 *
 * A file is read when the first device or profile asks for its kind.  What
 * `derive` and `alarms` say is judged where they meet a device's points
 * (formula.c, rule.c), so here they stay trees.  A base has no base of its own:
 * one step is all that is needed, and a circle cannot be written.
 */
#include "gateway/conf/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/crc32c.h"
#include "gateway/conf/file.h"
#include "gateway/conf/formula.h"
#include "gateway/conf/profile.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/unit.h"

#define POINTS_MAX 512 /* the longest vocabulary of ours has 80 */
#define NAMES_MAX 256 /* of an enumeration */
#define NUMBER "{n}"
#define DIGITS_MAX 6 /* of a number in a name */

struct entry {
	const char *name;
	const struct kind *kind; /* NULL: it has mistakes */
	bool reading;
	struct entry *next;
};

struct kinds {
	struct walk *walk;
	struct arena *nodes;
	struct entry *entries;
	bool missing; /* a file, and it was told */
};

struct draft {
	struct kind kind;
	const char *based_on;
	bool lame; /* its base has mistakes, which were told */
	const struct node *points;
};

struct point_draft {
	struct kind_point point;
	const struct node *self, *unit, *names, *texts;
	uint8_t form; /* FORM_UNSAID, or what the file says */
};

#define FORM_UNSAID 255

static const char *const roles[] = {"counter", NULL};

/* In the order of enum point_form. */
static const char *const forms[] = {
    "number", "boolean", "enumeration", "text", NULL};

static const struct field kind_fields[] = {
    {"kind", WANT_WORD, INTO(struct draft, kind.name), .words = profile_kinds,
	.required = "kind: water, the file's name without .yaml"},
    {"title", WANT_PEOPLE, INTO(struct draft, kind.title),
	.required = "title: {zh: ..., en: ...}"},
    {"based_on", WANT_WORD, INTO(struct draft, based_on),
	.words = profile_kinds},
    {"points", WANT_NODE, INTO(struct draft, points)},
    {"derive", WANT_NODE, INTO(struct draft, kind.derive)},
    {"alarms", WANT_NODE, INTO(struct draft, kind.alarms)},
    {.key = NULL},
};

static const struct field point_fields[] = {
    {"title", WANT_PEOPLE, INTO(struct point_draft, point.title),
	.required = "title: {zh: ..., en: ...}"},
    {"unit", WANT_NODE, INTO(struct point_draft, unit)},
    {"role", WANT_WORD, INTO(struct point_draft, point.role), .words = roles},
    {"form", WANT_CHOICE, INTO(struct point_draft, form), .words = forms},
    {"enum", WANT_NODE, INTO(struct point_draft, names)},
    {"texts", WANT_NODE, INTO(struct point_draft, texts)},
    {"journal", WANT_BOOL, INTO(struct point_draft, point.journal)},
    {.key = NULL},
};

/* ---- a point ---- */

/* Expressions name it, so it is what they call a name; one {n} may stand in
 * it. */
static const char *
name_fault(const char *name)
{
	const char *number = strstr(name, NUMBER);
	char plain[SCALAR_NAME_MAX + 2];
	size_t head = number ? (size_t)(number - name) : strlen(name);

	snprintf(plain, sizeof(plain), "%.*s%s%s", (int)head, name,
	    number ? "1" : "", number ? number + strlen(NUMBER) : "");
	if (scalar_name(plain) || strchr(plain, '-') || *plain <= '9' ||
	    head == 0)
		return "is not a name of a vocabulary; write small letters, "
		       "digits and _, beginning with a letter, and {n} for a "
		       "number: socket{n}_state";
	return formula_reserved(plain);
}

static bool
take_number(struct walk *w, const struct node *n, int64_t *number)
{
	if (!n->key_quoted && scalar_integer(n->key, number) == NULL)
		return true;
	node_key_error(w->diag, n,
	    "the key of an enumeration is its number; write for example 0: "
	    "closed");
	return false;
}

/* Whether the last of the names is another than those before. */
static bool
is_new(struct walk *w, const struct node *n, const struct enum_name *names,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].number == names[count].number) {
			node_key_error(w->diag, n,
			    "is the number of \"%s\" too; give each number "
			    "once",
			    names[i].name);
			return false;
		}
		if (strcmp(names[i].name, names[count].name) == 0) {
			walk_refuse(w, n,
			    "is the name of %lld too; give each name once",
			    (long long)names[i].number);
			return false;
		}
	}
	return true;
}

static void
read_names(struct walk *w, const struct node *map, struct kind_point *p)
{
	static const struct field name_field[] = {
	    {"name", WANT_TEXT, INTO(struct enum_name, name)}, {.key = NULL}};
	struct enum_name *names;

	if (!walk_is(w, map, NODE_MAP))
		return;
	if (map->count == 0 || map->count > NAMES_MAX) {
		node_error(w->diag, map, "has %zu names; write 1 to %d",
		    map->count, NAMES_MAX);
		return;
	}
	names = arena_array(w->memory, map->count, sizeof(*names));
	for (const struct node *n = map->first; n; n = n->next) {
		struct enum_name *last = &names[p->name_count];

		if (!take_number(w, n, &last->number))
			continue;
		last->name = "";
		walk_field(w, n, name_field, last);
		if (*last->name && is_new(w, n, names, p->name_count))
			p->name_count++;
	}
	p->names = names;
}

/* Which of its names people read otherwise. */
static void
read_texts(struct walk *w, const struct node *map, struct kind_point *p)
{
	static const struct field text_field[] = {
	    {"text", WANT_PEOPLE, .size = sizeof(struct text)}, {.key = NULL}};
	struct text *texts;

	if (!walk_is(w, map, NODE_MAP))
		return;
	texts = arena_array(w->memory, p->name_count, sizeof(*texts));
	for (const struct node *n = map->first; n; n = n->next) {
		size_t i = 0;

		while (
		    i < p->name_count && strcmp(p->names[i].name, n->key) != 0)
			i++;
		if (i < p->name_count)
			walk_field(w, n, text_field, &texts[i]);
		else
			node_key_error(w->diag, n,
			    "is none of its names; write one of enum");
	}
	p->name_texts = texts;
}

static void
judge_form(struct walk *w, const struct point_draft *d)
{
	uint8_t form = d->point.form;

	if (d->form != FORM_UNSAID && d->names && d->form != FORM_ENUM)
		node_key_error(w->diag, d->names,
		    "only an enumeration has names; drop it, or the form");
	else if (d->form == FORM_ENUM && d->names == NULL)
		node_error(w->diag, d->self,
		    "the key \"enum\" is missing; write for example enum: "
		    "{0: closed, 1: open}");
	else if (form != FORM_NUMBER && d->unit)
		node_key_error(w->diag, d->unit,
		    "only numbers have a unit; drop it, or the form");
	else if (form != FORM_NUMBER && *d->point.role)
		node_key_error(w->diag, node_get(d->self, "role"),
		    "only numbers have a role; drop it, or the form");
	else if (d->texts && d->names == NULL)
		node_key_error(w->diag, d->texts,
		    "only an enumeration has texts for its names; drop it");
	else if (form == FORM_NUMBER && d->point.journal)
		node_key_error(
		    w->diag, node_get(d->self, "journal"), KIND_JOURNAL_WHY);
}

static struct kind_point
read_point(struct walk *w, const struct node *n)
{
	struct point_draft d = {.self = n, .form = FORM_UNSAID};
	struct kind_point *p = &d.point;
	const char *why = name_fault(n->key);
	int found;

	p->name = arena_text_once(w->memory, n->key);
	p->unit = p->role = "";
	if (why)
		node_key_error(w->diag, n, "\"%s\" %s", n->key, why);
	walk_map(w, n, point_fields, &d);
	p->form = d.names ? FORM_ENUM : FORM_NUMBER;
	if (d.form != FORM_UNSAID)
		p->form = d.form;
	judge_form(w, &d);
	if (d.names)
		read_names(w, d.names, p);
	if (d.names && d.texts)
		read_texts(w, d.texts, p);
	found = d.unit ? walk_word(w, d.unit, unit_names) : -1;
	if (found >= 0 && strcmp(unit_names[found], "1") != 0)
		p->unit = unit_names[found];
	return d.point;
}

static void
read_points(struct walk *w, const struct node *map, struct kind *k)
{
	struct kind_point *points;

	if (!walk_is(w, map, NODE_MAP))
		return;
	if (map->count > POINTS_MAX) {
		node_error(w->diag, map, "has %zu points; write at most %d",
		    map->count, POINTS_MAX);
		return;
	}
	points = arena_array(w->memory, map->count, sizeof(*points));
	for (const struct node *n = map->first; n; n = n->next)
		points[k->point_count++] = read_point(w, n);
	k->points = points;
}

/* ---- a file ---- */

static struct entry *
find_entry(const struct kinds *k, const char *name)
{
	for (struct entry *e = k->entries; e; e = e->next)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static void
read_base(struct kinds *k, const struct node *n, struct draft *d)
{
	const struct entry *e = find_entry(k, d->based_on);
	const struct kind *base;

	if (e && e->reading) {
		walk_refuse(k->walk, n,
		    "goes round in a circle; write a kind that is based on "
		    "none");
		return;
	}
	base = d->kind.base = kinds_take(k, d->based_on);
	d->lame = base == NULL;
	if (base && base->base)
		walk_refuse(k->walk, n,
		    "is based on %s itself; write based_on: %s",
		    base->base->name, base->base->name);
}

static void
read_tree(
    struct kinds *k, const char *name, const struct node *root, struct draft *d)
{
	struct walk *w = k->walk;

	walk_map(w, root, kind_fields, d);
	if (root->kind != NODE_MAP)
		return;
	if (d->kind.name && strcmp(d->kind.name, name) != 0)
		walk_refuse(w, node_get(root, "kind"),
		    "is not what this file is called; write kind: %s", name);
	if (d->based_on)
		read_base(k, node_get(root, "based_on"), d);
	if (d->points)
		read_points(w, d->points, &d->kind);
	if (d->kind.derive)
		walk_is(w, d->kind.derive, NODE_MAP);
	if (d->kind.alarms)
		walk_is(w, d->kind.alarms, NODE_MAP);
}

const struct kind *
kinds_read(struct kinds *k, const char *name, const char *file,
    const char *bytes, size_t len)
{
	struct walk *w = k->walk;
	struct entry *e = arena_alloc(w->memory, sizeof(*e));
	size_t before = diag_count(w->diag);
	struct draft d = {.kind = {.name = NULL}};
	const struct node *root;
	struct kind *kind;

	w->checksum = crc32c(w->checksum, bytes, len);
	*e = (struct entry){
	    arena_text_once(w->memory, name), NULL, true, k->entries};
	k->entries = e;
	root = node_read(
	    arena_text_once(w->memory, file), bytes, len, k->nodes, w->diag);
	if (root)
		read_tree(k, name, root, &d);
	e->reading = false;
	if (diag_count(w->diag) != before || d.lame)
		return NULL;
	kind = arena_alloc(w->memory, sizeof(*kind));
	*kind = d.kind;
	e->kind = kind;
	return kind;
}

/* ---- all of them ---- */

struct kinds *
kinds_open(struct walk *w)
{
	struct kinds *k = arena_alloc(w->memory, sizeof(*k));

	k->walk = w;
	k->nodes = arena_new();
	return k;
}

void
kinds_close(struct kinds *k)
{
	if (k)
		arena_free(k->nodes);
}

/* Each kind there is has a file.  Without them every name would do and no alarm
 * would be known, so this is no smaller matter than a damaged one. */
static void
unread(struct kinds *k, const char *name, const struct diag_place *top)
{
	struct arena *memory = k->walk->memory;
	struct entry *e = arena_alloc(memory, sizeof(*e));
	bool missing = errno == ENOENT || errno == ENOTDIR;

	if (!missing)
		diag_add(k->walk->diag, top, "", "cannot be read: %s",
		    strerror(errno));
	else if (!k->missing)
		diag_add(k->walk->diag, top, "",
		    "is not there; riser's kinds and profiles are looked for "
		    "in %s: `make install` puts them into PREFIX/share/riser "
		    "and riser into PREFIX/bin",
		    conf_share_places());
	k->missing |= missing;
	*e = (struct entry){
	    arena_text_once(memory, name), NULL, false, k->entries};
	k->entries = e;
}

static const struct kind *
find_file(struct kinds *k, const char *name)
{
	struct walk *w = k->walk;
	const char *dir = file_below(conf_share_dir(), "kinds", w->memory);
	const struct kind *kind;
	struct diag_place top = {.line = 1, .col = 1};
	char below[SCALAR_NAME_MAX + 8], *bytes;
	size_t len;

	snprintf(below, sizeof(below), "%s.yaml", name);
	top.file = file_below(dir, below, w->memory);
	bytes = file_read(top.file, NODE_BYTES_MAX + 1, &len);
	if (bytes == NULL) {
		unread(k, name, &top);
		return NULL;
	}
	kind = kinds_read(k, name, top.file, bytes, len);
	free(bytes);
	return kind;
}

const struct kind *
kinds_take(struct kinds *k, const char *name)
{
	const struct entry *e = find_entry(k, name);

	return e ? e->kind : find_file(k, name);
}

/* ---- asking ---- */

/* socket{n}_state and socket12_state: where its number stands, or NULL. */
static const char *
find_number(const char *pattern, const char *name)
{
	const char *number = strstr(pattern, NUMBER);
	size_t head, digits;

	if (number == NULL)
		return NULL;
	head = (size_t)(number - pattern);
	if (strncmp(pattern, name, head) != 0)
		return NULL;
	digits = strspn(name + head, "0123456789");
	if (digits == 0 || digits > DIGITS_MAX ||
	    (digits > 1 && name[head] == '0') ||
	    strcmp(number + strlen(NUMBER), name + head + digits) != 0)
		return NULL;
	return name + head;
}

bool
kind_is(const struct kind *k, const char *name)
{
	for (; k; k = k->base)
		if (strcmp(k->name, name) == 0)
			return true;
	return false;
}

const struct kind_point *
kind_find(const struct kind *k, const char *point)
{
	for (; k; k = k->base)
		for (size_t i = 0; i < k->point_count; i++)
			if (strcmp(k->points[i].name, point) == 0 ||
			    find_number(k->points[i].name, point))
				return &k->points[i];
	return NULL;
}

bool
kind_number(const struct kind *k, const char *point, long *number)
{
	const struct kind_point *word = kind_find(k, point);
	const char *digits = word ? find_number(word->name, point) : NULL;

	if (digits)
		*number = strtol(digits, NULL, 10);
	return digits != NULL;
}

static const char *
fill(struct arena *memory, const char *title, const char *number)
{
	const char *mark = title ? strstr(title, NUMBER) : NULL;
	size_t size;
	char *text;

	if (mark == NULL || number == NULL)
		return arena_text_once(memory, title);
	size = strlen(title) + DIGITS_MAX + 1;
	text = arena_alloc(memory, size);
	snprintf(text, size, "%.*s%ld%s", (int)(mark - title), title,
	    strtol(number, NULL, 10), mark + strlen(NUMBER));
	return text;
}

struct text
kind_title(
    struct arena *memory, const struct kind_point *word, const char *point)
{
	const char *number = find_number(word->name, point);

	return (struct text){fill(memory, word->title.zh, number),
	    fill(memory, word->title.en, number)};
}
