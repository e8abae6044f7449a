/* profile.c - a profile: what one model of device has where */
#include "gateway/conf/profile.h"

#include <string.h>

#include "gateway/conf/point.h"

#define MAX_GAP_DEFAULT                                                        \
	8 /* words: cheaper than a request, at any baud rate                   \
	   */
#define HOLES_MAX 64
#define LAST_ADDRESS 65535

struct draft {
	struct conf_profile profile;
	struct point_frame frame;
	const char *source; /* for readers of the file; not kept */
	const struct node *holes, *points;
};

const char *const profile_kinds[] = {"elevator", "transformer", "feeder",
    "water", "charger", "lamp", "solar_lamp", "gas", "sewage", "heat",
    "drinking_water", "access", "barrier", "gateway", NULL};

static const char *const grades[] = {"A", "B", "C", NULL};

static const struct field modbus_fields[] = {
    {"address_base", WANT_INTEGER, INTO(struct draft, frame.address_base),
	.max = 40001},
    {"word_order", WANT_CHOICE, INTO(struct draft, frame.order),
	.words = point_orders},
    {"max_read", WANT_INTEGER, INTO(struct draft, frame.max_read), .min = 1,
	.max = DRIVER_WORDS_MAX},
    {"max_gap", WANT_INTEGER, INTO(struct draft, profile.max_gap),
	.max = DRIVER_WORDS_MAX},
    {"min_gap_time", WANT_DURATION, INTO(struct draft, profile.min_gap_ms),
	.max = 60 * 1000},
    {"holes", WANT_NODE, INTO(struct draft, holes)},
    {.key = NULL},
};

static const struct field profile_fields[] = {
    {"profile", WANT_PATH_NAME, INTO(struct draft, profile.name),
	.required = "profile: meter/maker-model, its path below the folder"},
    {"title", WANT_PEOPLE, INTO(struct draft, profile.title)},
    {"kind", WANT_WORD, INTO(struct draft, profile.kind),
	.words = profile_kinds, .required = "kind: transformer"},
    {"verified", WANT_WORD, INTO(struct draft, profile.verified),
	.words = grades},
    {"source", WANT_PROSE, INTO(struct draft, source)},
    {"modbus", WANT_MAP, .table = modbus_fields},
    {"points", WANT_NODE, INTO(struct draft, points),
	.required = "points: {pressure: {at: \"holding:4\"}}"},
    {.key = NULL},
};

/* ---- parts ---- */

static bool
ends_with_name(const char *path, const char *name)
{
	size_t path_len = strlen(path), len = strlen(name);

	return path_len > len && path[path_len - len - 1] == '/' &&
	    strcmp(path + path_len - len, name) == 0;
}

static void
judge_name(struct walk *w, const struct node *n, const struct profile_text *t)
{
	if (n == NULL || n->kind != NODE_TEXT)
		return;
	if (t->name && strcmp(n->text, t->name) != 0)
		walk_refuse(w, n,
		    "is not this file's path below its folder; "
		    "write %s",
		    t->name);
	else if (t->path && !ends_with_name(t->path, n->text))
		walk_refuse(w, n,
		    "is not the end of this file's path; write "
		    "its path below the profiles folder, without .yaml");
}

static void
judge_base(struct walk *w, const struct node *modbus, int64_t base)
{
	const struct node *n = modbus ? node_get(modbus, "address_base") : NULL;

	if (n && base != 0 && base != 1 && base != 40001)
		walk_refuse(w, n,
		    "is no way to count registers; write 0, 1 or "
		    "40001: the number the maker gives the first of them");
}

static void
read_holes(struct walk *w, const struct node *list, struct draft *d)
{
	struct conf_profile *p = &d->profile;
	int64_t base = d->frame.address_base, pair[2];

	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count > HOLES_MAX) {
		node_error(w->diag, list, "has %zu holes; write at most %d",
		    list->count, HOLES_MAX);
		return;
	}
	p->holes = arena_array(w->memory, list->count, sizeof(*p->holes));
	for (const struct node *n = list->first; n; n = n->next) {
		if (!walk_integers(w, n, base, base + LAST_ADDRESS, pair))
			continue;
		p->holes[p->hole_count++] = (struct plan_range){
		    (uint16_t)(pair[0] - base), (uint16_t)(pair[1] - base)};
	}
}

static void
read_tree(struct walk *w, const struct node *root, const struct profile_text *t,
    struct draft *d)
{
	struct conf_profile *p = &d->profile;

	walk_map(w, root, profile_fields, d);
	if (root->kind != NODE_MAP)
		return;
	judge_name(w, node_get(root, "profile"), t);
	judge_base(w, node_get(root, "modbus"), d->frame.address_base);
	read_holes(w, d->holes, d);
	if (d->points)
		point_read(w, d->points, &d->frame, p);
	p->max_read = d->frame.max_read;
	if (p->title.zh == NULL && p->title.en == NULL)
		p->title.zh = p->title.en = p->name;
}

struct conf_profile *
profile_read(struct walk *w, const struct profile_text *t)
{
	struct draft d = {.profile = {.file = arena_text(w->memory, t->file),
			      .verified = "C",
			      .max_gap = MAX_GAP_DEFAULT},
	    .frame.max_read = DRIVER_WORDS_MAX};
	size_t before = diag_count(w->diag);
	struct arena *nodes = arena_new();
	struct node *root =
	    node_read(t->file, t->bytes, t->len, nodes, w->diag);
	struct conf_profile *p = NULL;

	if (root)
		read_tree(w, root, t, &d);
	if (diag_count(w->diag) == before) {
		p = arena_alloc(w->memory, sizeof(*p));
		*p = d.profile;
	}
	arena_free(nodes);
	return p;
}
