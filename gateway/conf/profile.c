/*
 * profile.c - a profile: what one model of device has where
 *
 * A profile is judged by itself when it is first read, formulas and alarms
 * among it: for them there is a pretended device that says every rating.  So
 * its mistakes are told once and not by each device, of which then only what is
 * its own can be wrong.
 */
#include "gateway/conf/profile.h"

#include <string.h>

#include "gateway/base/crc32c.h"
#include "gateway/conf/derived.h"
#include "gateway/conf/fault.h"
#include "gateway/conf/play.h"
#include "gateway/conf/probe.h"
#include "gateway/conf/rule.h"

#define MAX_GAP_DEFAULT                                                        \
	8 /* words: cheaper than a request, at any baud rate                   \
	   */
#define HOLES_MAX 64
#define LAST_ADDRESS 65535

struct draft {
	struct profile profile;
	const struct node *holes, *identity, *repeat, *points, *faults, *sim;
};

const char *const profile_kinds[] = {"elevator", "transformer", "feeder",
    "water", "charger", "lamp", "solar_lamp", "gas", "sewage", "heat",
    "drinking_water", "access", "barrier", "gateway", NULL};

static const char *const grades[] = {"A", "B", "C", NULL};

static const struct field modbus_fields[] = {
    {"address_base", WANT_INTEGER,
	INTO(struct draft, profile.frame.address_base), .max = 40001},
    {"word_order", WANT_CHOICE, INTO(struct draft, profile.frame.order),
	.words = point_orders},
    {"max_read", WANT_INTEGER, INTO(struct draft, profile.frame.max_read),
	.min = 1, .max = DRIVER_WORDS_MAX},
    {"max_gap", WANT_INTEGER, INTO(struct draft, profile.conf.max_gap),
	.max = DRIVER_WORDS_MAX},
    {"min_gap_time", WANT_DURATION, INTO(struct draft, profile.conf.min_gap_ms),
	.max = 60 * 1000},
    {"holes", WANT_NODE, INTO(struct draft, holes)},
    {.key = NULL},
};

static const struct field profile_fields[] = {
    {"profile", WANT_PATH_NAME, INTO(struct draft, profile.conf.name),
	.required = "profile: meter/maker-model, its path below the folder"},
    {"title", WANT_PEOPLE, INTO(struct draft, profile.conf.title)},
    {"kind", WANT_WORD, INTO(struct draft, profile.conf.kind),
	.words = profile_kinds, .required = "kind: transformer"},
    {"verified", WANT_WORD, INTO(struct draft, profile.conf.verified),
	.words = grades},
    {"source", WANT_PROSE, INTO(struct draft, profile.conf.source)},
    {"modbus", WANT_MAP, .table = modbus_fields},
    {"identity", WANT_NODE, INTO(struct draft, identity)},
    {"repeat", WANT_NODE, INTO(struct draft, repeat)},
    {"points", WANT_NODE, INTO(struct draft, points),
	.required = "points: {pressure: {at: \"holding:4\"}}"},
    {"derive", WANT_NODE, INTO(struct draft, profile.derive)},
    {"alarms", WANT_NODE, INTO(struct draft, profile.alarms)},
    {"faults", WANT_NODE, INTO(struct draft, faults)},
    {"sim", WANT_NODE, INTO(struct draft, sim)},
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
read_holes(struct walk *w, const struct node *list, struct profile *p)
{
	int64_t base = p->frame.address_base, pair[2];
	struct plan_range *holes;
	size_t count = 0;

	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count > HOLES_MAX) {
		node_error(w->diag, list, "has %zu holes; write at most %d",
		    list->count, HOLES_MAX);
		return;
	}
	holes = arena_array(w->memory, list->count, sizeof(*holes));
	for (const struct node *n = list->first; n; n = n->next) {
		if (!walk_integers(w, n, base, base + LAST_ADDRESS, pair))
			continue;
		holes[count++] = (struct plan_range){
		    (uint16_t)(pair[0] - base), (uint16_t)(pair[1] - base)};
	}
	p->frame.holes = p->conf.holes = holes;
	p->frame.hole_count = p->conf.hole_count = count;
}

static void
read_points(struct walk *w, struct draft *d)
{
	struct profile *p = &d->profile;

	if (d->repeat)
		p->frame.repeats =
		    repeat_read(w, d->repeat, &p->frame.repeat_count);
	if (d->points)
		point_read(w, d->points, &p->frame, &p->points);
}

/* Those that were read lie where there was room for more. */
static void
keep_points(struct walk *w, struct profile *p)
{
	size_t count = p->points.count;

	p->conf.points = arena_array(w->memory, count, sizeof(*p->conf.points));
	p->conf.point_count = count;
	if (count > 0)
		memcpy(p->conf.points, p->points.points,
		    count * sizeof(*p->conf.points));
}

/* On a device that has all there is to have, which is forgotten when it is
 * judged. */
static void
judge_formulas(struct walk *w, struct profile *p)
{
	struct arena *kept = w->memory;
	struct layers layers = {
	    .kind = p->kind,
	    .profile = p->derive,
	    .repeats = p->frame.repeats,
	    .repeat_count = p->frame.repeat_count,
	};
	struct conf_device pretended = {
	    .id = "",
	    .profile = &p->conf,
	    .kind = p->conf.kind,
	    .feeds_lift = true,
	    .floors = 1,
	    .rating_kva = 1,
	    .rating_in = 1,
	    .rating_ct = 1,
	    .rating_pt = 1,
	    .point_count = p->conf.point_count,
	    .polled_count = p->conf.point_count,
	    .points = p->conf.points,
	};

	w->memory = arena_new();
	derived_read(w, &layers, &p->conf, &pretended, w->memory);
	layers.profile = p->alarms;
	rule_read(w, &layers, &pretended);
	arena_free(w->memory);
	w->memory = kept;
}

/* A kind names its words and says of none where it is read. */
static bool
is_kind(const struct node *root)
{
	const struct node *points = node_get(root, "points");

	if (node_get(root, "profile") || node_get(root, "kind") == NULL)
		return false;
	if (points == NULL || points->kind != NODE_MAP)
		return node_get(root, "based_on") != NULL;
	for (const struct node *n = points->first; n; n = n->next)
		if (node_get(n, "at") || node_get(n, "title") == NULL)
			return false;
	return points->first != NULL;
}

static void
read_tree(struct walk *w, const struct node *root, const struct profile_text *t,
    struct kinds *kinds, struct draft *d)
{
	struct profile *p = &d->profile;

	if (root->kind == NODE_MAP && is_kind(root)) {
		node_key_error(w->diag, node_get(root, "kind"),
		    "this file is a kind, not a profile; check a profile of "
		    "this kind, which reads it too");
		return;
	}
	walk_map(w, root, profile_fields, d);
	if (root->kind != NODE_MAP)
		return;
	judge_name(w, node_get(root, "profile"), t);
	judge_base(w, node_get(root, "modbus"), p->frame.address_base);
	if (p->conf.title.zh == NULL && p->conf.title.en == NULL)
		p->conf.title.zh = p->conf.title.en = p->conf.name;
	p->conf.address_base = (uint16_t)p->frame.address_base;
	p->conf.max_read = p->frame.max_read;
	if (p->conf.kind)
		p->frame.kind = p->kind = kinds_take(kinds, p->conf.kind);
	read_holes(w, d->holes, p);
	read_points(w, d);
	if (d->identity)
		probe_read(w, d->identity, &p->frame, &p->conf.identity);
	if (d->sim)
		play_read(w, d->sim, &p->points);
	keep_points(w, p);
	if (d->faults)
		fault_read(w, d->faults, p->kind, &p->conf);
	if (p->points.formed && p->kind)
		judge_formulas(w, p);
}

struct profile *
profile_read(struct walk *w, const struct profile_text *t, struct kinds *kinds,
    struct arena *nodes)
{
	struct draft d = {
	    .profile.conf = {.file = arena_text(w->memory, t->file),
		.verified = "C",
		.max_gap = MAX_GAP_DEFAULT},
	    .profile.frame.max_read = DRIVER_WORDS_MAX,
	    .profile.points.memory = nodes};
	size_t before = diag_count(w->diag);
	struct node *root =
	    node_read(t->file, t->bytes, t->len, nodes, w->diag);
	struct profile *p;

	w->checksum = crc32c(w->checksum, t->bytes, t->len);
	if (root)
		read_tree(w, root, t, kinds, &d);
	if (diag_count(w->diag) != before)
		return NULL;
	p = arena_alloc(w->memory, sizeof(*p));
	*p = d.profile;
	return p;
}
